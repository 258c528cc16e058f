/** The server of the tests takes and refuses what the real one does: what it is newest and narrowest in. */

import { describe, expect, it } from "vitest";
import type { BoardAnswered, Element } from "../protocol/generated";
import { LUCAS, TEACHER, ZOSIA } from "./fakePage";
import type { FakeMember } from "./fakeRules";
import { FakeBoard } from "./fakeServer";
import { arrow, deleted, rectangle, text } from "./samples";

class Lesson {
  readonly board = new FakeBoard();
  #nonces = 0;

  /** Changes upon what is there, or upon `base`. */
  change(who: FakeMember, elements: readonly Element[], base?: number): BoardAnswered {
    const changes = elements.map((element) => ({
      base: base ?? this.board.elements.get(element.id)?.version ?? this.base(element.id),
      element,
    }));
    this.#nonces += 1;
    return this.board.change({ nonce: `n${this.#nonces}`, board: "r", changes }, who);
  }

  base(id: string): number {
    return this.board.gone.get(id)?.version ?? 0;
  }
}

function codes({ superseded }: BoardAnswered): string[] {
  return (superseded ?? []).map(({ code }) => code);
}

const bound = (id: string, type: "arrow" | "text") => ({ boundElements: [{ id, type }] });

describe("an element that is gone", () => {
  it("does not become another's by being called new", () => {
    const lesson = new Lesson();
    lesson.change(ZOSIA, [rectangle("1")]);
    lesson.change(ZOSIA, [deleted(rectangle("1"))]);
    expect(codes(lesson.change(LUCAS, [rectangle("1")], 0))).toEqual(["not_your_element"]);
    expect(codes(lesson.change(ZOSIA, [rectangle("1")], 0))).toEqual([]);
    expect(lesson.board.elements.get("1")).toMatchObject({ creator: ZOSIA.id, version: 3 });
  });

  it("stays its author's when a teacher brings it back", () => {
    const lesson = new Lesson();
    lesson.change(ZOSIA, [rectangle("1")]);
    lesson.change(TEACHER, [deleted(rectangle("1"))]);
    lesson.change(TEACHER, [rectangle("1")]);
    expect(lesson.board.elements.get("1")).toMatchObject({ creator: ZOSIA.id, editor: TEACHER.id });
  });

  it("does not come back upon another version than its last", () => {
    const lesson = new Lesson();
    lesson.change(ZOSIA, [rectangle("1")]);
    lesson.change(ZOSIA, [deleted(rectangle("1"))]);
    expect(codes(lesson.change(ZOSIA, [rectangle("1")], 1))).toEqual(["element_gone"]);
  });

  it("is put aside still when it was, and no pupil's to bring back", () => {
    const lesson = new Lesson();
    lesson.change(ZOSIA, [rectangle("1")]);
    lesson.board.append(TEACHER.id, null, { kind: "board.hidden", elements: ["1"] });
    lesson.change(TEACHER, [deleted(rectangle("1"))]);
    expect(codes(lesson.change(ZOSIA, [rectangle("1")]))).toEqual(["element_gone"]);
    lesson.change(TEACHER, [rectangle("1")]);
    expect([...lesson.board.hidden]).toEqual(["1"]);
  });
});

describe("what is bound to a thing of one's own", () => {
  function tied(): Lesson {
    const lesson = new Lesson();
    lesson.change(ZOSIA, [rectangle("box", { index: "a1" })]);
    lesson.change(LUCAS, [
      arrow("arrow", "box", null, { index: "a2" }),
      text("words", { containerId: "box", index: "a3" }),
      rectangle("box", {
        index: "a1",
        boundElements: [...bound("arrow", "arrow").boundElements, { id: "words", type: "text" }],
      }),
    ]);
    return lesson;
  }

  function now(lesson: Lesson, id: string, changed: Partial<Element> = {}): Element {
    return { ...lesson.board.elements.get(id)?.element, ...changed } as Element;
  }

  it("goes along when that is moved", () => {
    const lesson = tied();
    const moved = [now(lesson, "box", { x: 50 }), now(lesson, "words", { x: 50 })];
    expect(codes(lesson.change(ZOSIA, [...moved, now(lesson, "arrow", { width: 9 })]))).toEqual([]);
  });

  it("does not when that stays, nor with other words", () => {
    const lesson = tied();
    expect(codes(lesson.change(ZOSIA, [now(lesson, "arrow", { width: 9 })]))).toEqual([
      "not_your_element",
    ]);
    const worded = now(lesson, "words", { text: "other" } as Partial<Element>);
    expect(codes(lesson.change(ZOSIA, [now(lesson, "box", { x: 50 }), worded]))).toEqual([
      "not_your_element",
      "not_your_element",
    ]);
  });

  it("goes, comes off, and is back and tied again when its deletion is undone", () => {
    const lesson = tied();
    const before = ["box", "words", "arrow"].map((id) => now(lesson, id));
    const [box, words, line] = before as [Element, Element, Element];
    const off = { ...line, startBinding: null } as Element;
    expect(codes(lesson.change(ZOSIA, [deleted(box), deleted(words), off]))).toEqual([]);
    expect([...lesson.board.elements.keys()]).toEqual(["arrow"]);
    expect(codes(lesson.change(ZOSIA, before))).toEqual([]);
    expect([...lesson.board.elements.values()].map(({ creator }) => creator).sort()).toEqual(
      [LUCAS.id, LUCAS.id, ZOSIA.id].sort(),
    );
  });

  it("does not come back as something else", () => {
    const lesson = tied();
    const [box, words] = [now(lesson, "box"), now(lesson, "words")];
    const off = { ...now(lesson, "arrow"), startBinding: null } as Element;
    lesson.change(ZOSIA, [deleted(box), deleted(words), off]);
    const other = { ...words, text: "other", originalText: "other" } as Element;
    expect(codes(lesson.change(ZOSIA, [box, other]))).toEqual([
      "not_your_element",
      "not_your_element",
    ]);
  });

  it("may be noted on a thing that a teacher holds", () => {
    const lesson = new Lesson();
    lesson.change(TEACHER, [rectangle("held", { locked: true, index: "a1" })]);
    const noted = rectangle("held", { locked: true, index: "a1", ...bound("arrow", "arrow") });
    const drawn = arrow("arrow", "held", null, { index: "a2" });
    expect(codes(lesson.change(ZOSIA, [noted, drawn]))).toEqual([]);
    expect(codes(lesson.change(LUCAS, [rectangle("held", { locked: true, index: "a1" })]))).toEqual(
      ["element_locked"],
    );
  });
});
