import { describe, expect, it } from "vitest";
import {
  type Arrangement,
  bringBeside,
  DEFAULTS,
  enlarge,
  fitted,
  nameOf,
  PARTS,
  present,
  putAway,
  type Situation,
  sizeOf,
} from "./arrangement";

const lesson: Arrangement = { large: "board", small: ["call", "chat"] };

describe("an arrangement", () => {
  it("has one large part; the others are small or away", () => {
    expect(PARTS.map((part) => sizeOf(lesson, part))).toEqual(["away", "small", "small", "large"]);
  });

  it("keeps what was large beside what becomes it", () => {
    expect(enlarge(lesson, "call")).toEqual({ large: "call", small: ["board", "chat"] });
    expect(enlarge(lesson, "people")).toEqual({
      large: "people",
      small: ["board", "call", "chat"],
    });
    expect(enlarge(lesson, "board")).toBe(lesson);
  });

  it("brings a part once", () => {
    expect(bringBeside(lesson, "people").small).toEqual(["people", "call", "chat"]);
    expect(bringBeside(lesson, "chat")).toBe(lesson);
    expect(bringBeside(lesson, "board")).toBe(lesson);
  });

  it("gives the large place to what goes on when its part goes, and the last part stays", () => {
    expect(putAway(lesson, "chat")).toEqual({ large: "board", small: ["call"] });
    expect(putAway(lesson, "board")).toEqual({ large: "call", small: ["chat"] });
    const alone = putAway(putAway(putAway(lesson, "board"), "call"), "chat");
    expect(alone).toEqual({ large: "chat", small: [] });
  });

  it("shows what came last where not all fits, and the call before it", () => {
    const full: Arrangement = { large: "board", small: ["people", "chat", "call"] };
    expect(fitted(full, 2).small).toEqual(["call", "people"]);
    expect(fitted(full, 1).small).toEqual(["people"]);
    expect(fitted(full, 0).small).toEqual([]);
    expect(fitted(full, 3).small).toHaveLength(3);
  });

  it("is complete in every situation, and holds nothing that is not there", () => {
    for (const isCalling of [false, true]) {
      for (const isBoardOpen of [false, true]) {
        const situation: Situation = { isCalling, isBoardOpen };
        const usual = DEFAULTS[nameOf(situation)];
        expect(present(usual, situation)).toEqual(usual);
      }
    }
    const quiet = { isCalling: false, isBoardOpen: false };
    expect(present(lesson, quiet)).toEqual({ large: "chat", small: [] });
    expect(present({ large: "people", small: ["call"] }, quiet)).toEqual({
      large: "people",
      small: [],
    });
  });
});
