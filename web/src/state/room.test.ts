import { describe, expect, it } from "vitest";
import type { Body, ChatView, Event, Message } from "../protocol/generated";
import { findMessage, joinRoom, prependHistory, type RoomState, receiveRoomEvent } from "./room";

const PLAIN = {
  nonce: null,
  edited_at: null,
  deleted: false,
  reply: null,
  mentions: [],
  language: null,
  reactions: [],
  pinned: false,
  files: [],
} satisfies Partial<Message>;

function message(id: number, changes: Partial<Message> = {}): Message {
  return { id, at: 1000 * id, actor: "zoe", text: `text ${id}`, ...PLAIN, ...changes };
}

function joined(snapshot: ChatView, seq = 10): RoomState {
  const rights = { room: "r", denied: {} };
  const state = joinRoom(null, {
    room: "r",
    position: { epoch: "e", seq },
    snapshot,
    events: null,
    rights,
  });
  if (state === null) {
    throw new Error("a snapshot makes a room");
  }
  return state;
}

function followed(state: RoomState, ...bodies: (Body | [string, Body])[]): RoomState {
  return bodies.reduce((before, each) => {
    const [actor, body] = Array.isArray(each) ? each : ["zoe", each];
    const seq = before.position.seq + 1;
    const event: Event = { stream: "room:r", seq, at: 1000 * seq, actor, nonce: null, body };
    return receiveRoomEvent(before, event);
  }, state);
}

const room = joined({ messages: [message(8), message(9)], more: true });

function react(reaction: string, on = true): Body {
  return { kind: "chat.reacted", message: 9, reaction, on };
}

describe("messages", () => {
  it("have nothing but a text when nothing else is said", () => {
    expect(followed(room, { kind: "chat.posted", text: "Salut" }).messages[2]).toEqual(
      message(11, { text: "Salut" }),
    );
  });

  it("say what they answer, whom they mention and which language they are in", () => {
    const more = { reply: 9, mentions: ["jan"], language: "fr" };
    const text = "Salut <@jan>";
    expect(followed(room, { kind: "chat.posted", text, ...more }).messages[2]).toEqual(
      message(11, { text, ...more }),
    );
  });

  it("lose what they mentioned when an edit does not", () => {
    const state = joined({
      messages: [message(9, { mentions: ["jan"], language: "fr" })],
      more: false,
    });
    const edited = followed(state, { kind: "chat.edited", message: 9, text: "hm" });
    expect(edited.messages).toEqual([message(9, { text: "hm", edited_at: 11_000 })]);
  });

  it("get the language that somebody says", () => {
    const said = followed(room, { kind: "chat.language_set", message: 9, language: "uk" });
    expect(said.messages[1]).toEqual(message(9, { language: "uk" }));
  });

  it("lose everything but their place and what they answered when they are deleted", () => {
    const full = { reply: 8, mentions: ["jan"], language: "fr", pinned: true };
    const reactions = [{ reaction: "👍", members: ["jan"] }];
    const one = message(9, { ...full, reactions });
    const gone = followed(
      joined({ messages: [one], more: false, pins: [one] }),
      { kind: "chat.deleted", message: 9 },
      { kind: "chat.edited", message: 9, text: "again" },
      react("👍"),
      { kind: "chat.pinned", message: 9, pinned: true },
    );
    expect(gone.messages).toEqual([message(9, { text: "", deleted: true, reply: 8 })]);
    expect(gone.pins).toEqual([]);
  });
});

describe("reactions", () => {
  it("stand in the order in which each came first, and so do their members", () => {
    const state = followed(room, ["jan", react("🎉")], react("👍"), react("🎉"));
    expect(state.messages[1]?.reactions).toEqual([
      { reaction: "🎉", members: ["jan", "zoe"] },
      { reaction: "👍", members: ["zoe"] },
    ]);
  });

  it("count once a member, and are gone with the last one", () => {
    const twice = followed(room, react("🎉"), react("🎉"), ["jan", react("👍")]);
    expect(twice.messages[1]?.reactions?.map(({ members }) => members)).toEqual([["zoe"], ["jan"]]);
    const none = followed(
      twice,
      react("🎉", false),
      ["jan", react("👍", false)],
      react("👍", false),
    );
    expect(none.messages[1]?.reactions).toEqual([]);
  });

  it("are nothing when the log does not tell any more which it was", () => {
    expect(followed(room, react("")).messages).toEqual(room.messages);
  });

  it("to a message that is not loaded change nothing here", () => {
    const elsewhere: Body = { kind: "chat.reacted", message: 3, reaction: "👍", on: true };
    const state = followed(room, elsewhere);
    expect(state.messages).toBe(room.messages);
    expect(state.position.seq).toBe(11);
  });
});

describe("pins", () => {
  const pin = (id: number, pinned = true): Body => ({
    kind: "chat.pinned",
    message: id,
    pinned,
    content: pinned ? message(id) : null,
  });

  it("stand in the order they were pinned, whether they are loaded or not", () => {
    const state = followed(room, pin(9), pin(2), pin(8));
    expect(state.pins.map(({ id }) => id)).toEqual([9, 2, 8]);
    expect(state.messages.map(({ pinned }) => pinned)).toEqual([true, true]);
    expect(followed(state, pin(2, false)).pins.map(({ id }) => id)).toEqual([9, 8]);
  });

  it("come with the snapshot of a server that knows them", () => {
    expect(room.pins).toEqual([]);
    const pinned = message(2, { pinned: true });
    expect(joined({ messages: [], more: true, pins: [pinned] }).pins).toEqual([pinned]);
  });

  it("go on changing", () => {
    const edited = followed(room, pin(2), { kind: "chat.edited", message: 2, text: "better" });
    expect(edited.pins).toEqual([message(2, { text: "better", edited_at: 12_000, pinned: true })]);
  });

  it("are there once", () => {
    expect(followed(room, pin(9), pin(9)).pins).toHaveLength(1);
  });

  it("do not come back from a log in which they were blanked", () => {
    const state = followed(
      room,
      { kind: "chat.pinned", message: 2, pinned: true },
      { kind: "chat.deleted", message: 2 },
    );
    expect(state.pins).toEqual([]);
  });
});

describe("older pages", () => {
  it("bring what their messages have", () => {
    const older = message(7, { reactions: [{ reaction: "👍", members: ["jan"] }], pinned: true });
    const state = prependHistory(room, { messages: [older], more: false }, 8);
    expect(state.messages.map(({ id }) => id)).toEqual([7, 8, 9]);
    expect(state.messages[0]).toEqual(older);
  });
});

describe("a message that somebody looks for", () => {
  const past = { messages: [message(2), message(5)], more: true };
  const pins = [message(1, { pinned: true })];
  const state: RoomState = { ...room, past, pins, originals: { 3: message(3), 4: null } };

  it("is found wherever it is at hand", () => {
    for (const id of [8, 9, 2, 5, 1, 3]) {
      expect(findMessage(state, id)?.id).toBe(id);
    }
  });

  it("is known not to be there, or not known", () => {
    expect(findMessage(state, 4)).toBeNull();
    expect(findMessage(state, 7)).toBeUndefined();
  });

  it("changes wherever it is at hand", () => {
    const deleted = followed(
      state,
      { kind: "chat.deleted", message: 5 },
      { kind: "chat.deleted", message: 3 },
    );
    expect(findMessage(deleted, 5)).toMatchObject({ text: "", deleted: true });
    expect(findMessage(deleted, 3)).toMatchObject({ text: "", deleted: true });
  });
});

describe("read marks", () => {
  const marks = [{ member: "jan", message: 8 }];

  it("come with the snapshot, and only move forward", () => {
    const state = joined({ messages: [message(8), message(9)], more: false, marks });
    expect(state.marks).toEqual({ jan: 8 });
    const snapshot = {
      messages: [message(9)],
      more: false,
      marks: [{ member: "jan", message: 7 }],
    };
    const again = joinRoom(state, {
      room: "r",
      position: { epoch: "e", seq: 12 },
      snapshot,
      events: null,
      rights: { room: "r", denied: {} },
    });
    expect(again?.marks).toEqual({ jan: 8 });
  });
});
