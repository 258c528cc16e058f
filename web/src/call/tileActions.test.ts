import { describe, expect, it } from "vitest";
import type { Medium, Participant } from "../protocol/generated";
import { type TileQuestion, tileActions } from "./tileActions";

function ask(
  { sends = [], held = [] }: { sends?: Medium[]; held?: Medium[] },
  more: Partial<TileQuestion> = {},
) {
  const tracks = sends.map((medium) => ({ medium, muted: false, stopped: false }));
  return tileActions({
    participant: { id: "p", member: "m", tracks, held } as unknown as Participant,
    role: "pupil",
    isMe: false,
    isLarge: false,
    hasHandUp: false,
    moderates: true,
    ...more,
  });
}

describe("tileActions", () => {
  it("offers to stop what is sent, to allow what is held, and to ask for the rest", () => {
    expect(ask({ sends: ["audio"], held: ["video"] })).toEqual([
      "enlarge",
      "stop-audio",
      "allow-video",
      "remove",
    ]);
    expect(ask({})).toEqual(["enlarge", "ask-audio", "ask-video", "remove"]);
  });

  it("offers to stop a screen, or to allow it again", () => {
    expect(ask({ sends: ["screen"] })).toContain("stop-screen");
    expect(ask({ held: ["screen"] })).toContain("allow-screen");
  });

  it("offers to lower a hand that is up", () => {
    expect(ask({}, { hasHandUp: true })).toContain("lower-hand");
  });

  it("does not offer to remove a teacher", () => {
    expect(ask({}, { role: "founder" })).not.toContain("remove");
  });

  it("offers everybody else the size only, and nothing on one's own small tile", () => {
    expect(ask({ sends: ["audio"] }, { moderates: false, isLarge: true })).toEqual(["shrink"]);
    expect(ask({}, { isMe: true })).toEqual([]);
  });
});
