import type { TFunction } from "i18next";
import { describe, expect, it } from "vitest";
import { answersOf, areAskable, filled, questionOf, shares } from "./polls";

const t = ((key: string) => key) as TFunction;

describe("the question of a poll", () => {
  it("is what the teacher wrote, or the ready-made one in the reader's language", () => {
    expect(questionOf({ kind: "yes_no", question: "Gotowi?" }, t)).toBe("Gotowi?");
    expect(questionOf({ kind: "yes_no", question: "" }, t)).toBe("lesson.poll.askClear");
    expect(questionOf({ kind: "how_sure", question: "" }, t)).toBe("lesson.poll.askSure");
  });
});

describe("the answers of a poll", () => {
  it("are in the reader's language where they are ready-made", () => {
    expect(answersOf({ kind: "yes_no", choices: ["Oui", "Non"] }, t)).toEqual([
      "lesson.poll.yes",
      "lesson.poll.no",
    ]);
    const sure = answersOf({ kind: "how_sure", choices: ["1", "2", "3", "4", "5"] }, t);
    expect(sure).toEqual(["lesson.poll.sure1", "2", "3", "4", "lesson.poll.sure5"]);
  });

  it("are as they were typed where they are not, or are of a later version", () => {
    expect(answersOf({ kind: "free", choices: ["Oder", "Loire"] }, t)).toEqual(["Oder", "Loire"]);
    expect(answersOf({ kind: "yes_no", choices: ["a", "b", "c"] }, t)).toEqual(["a", "b", "c"]);
  });

  it("can be asked when there are enough, and each once", () => {
    expect(areAskable(["a", " "], 2)).toBe(false);
    expect(areAskable(["a", " a "], 2)).toBe(false);
    expect(areAskable([" a", "", "b "], 2)).toBe(true);
    expect(filled([" a", "", "b "])).toEqual(["a", "b"]);
  });
});

describe("shares", () => {
  it("are of all votes", () => {
    expect(shares([3, 1, 0])).toEqual([0.75, 0.25, 0]);
    expect(shares([0, 0])).toEqual([0, 0]);
  });
});
