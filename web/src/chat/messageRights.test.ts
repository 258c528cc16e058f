import { describe, expect, it } from "vitest";
import { messageRights } from "./messageRights";

const PUPIL = {
  post: null,
  react: null,
  pin: "teachers_only",
  delete_others: "not_your_message",
} as const;
const TEACHER = { post: null, react: null, pin: null, delete_others: null };

describe("what one may do with a message", () => {
  it("is all but pinning with one's own", () => {
    expect(messageRights(PUPIL, true)).toEqual({
      react: true,
      reply: true,
      edit: true,
      remove: true,
      pin: false,
      setLanguage: true,
    });
  });

  it("is to answer and react to those of others", () => {
    const may = messageRights(PUPIL, false);
    expect(may).toMatchObject({ react: true, reply: true, edit: false, remove: false });
    expect(may.setLanguage).toBe(false);
  });

  it("is for teachers all but to put words into the mouths of others", () => {
    expect(messageRights(TEACHER, false)).toMatchObject({ edit: false, remove: true, pin: true });
    expect(messageRights(TEACHER, false).setLanguage).toBe(true);
  });

  it("is to take back one's own where one may not write", () => {
    const closed = { ...PUPIL, post: "room_closed", react: "room_closed" } as const;
    expect(messageRights(closed, true)).toMatchObject({ remove: true, edit: false, reply: false });
  });

  it("is nothing new on a server that does not know it", () => {
    expect(messageRights({ post: null }, false)).toMatchObject({ react: false, pin: false });
    expect(messageRights(undefined, false)).toMatchObject({ react: false, reply: false });
  });
});
