import { describe, expect, it } from "vitest";
import { excerpt, highlight, type Piece } from "./highlight";

function hits(pieces: Piece[]): string[] {
  return pieces.flatMap(({ text, isHit }) => (isHit ? [text] : []));
}

function whole(pieces: Piece[]): string {
  return pieces.map(({ text }) => text).join("");
}

describe("what was searched for", () => {
  it("is marked, whatever case and accents, from the beginning of words", () => {
    expect(hits(highlight("Żółty rzeki, RZEKA i porzeczki", "rzek zolty"))).toEqual([
      "Żółty",
      "rzeki",
      "RZEKA",
    ]);
    expect(hits(highlight("Straße, Œuvre, مدرسة", "strasse oeuv مدرسه"))).toHaveLength(3);
    expect(hits(highlight("L’élève et les Élèves", "eleve"))).toEqual(["élève", "Élèves"]);
  });

  it("is marked in scripts without case", () => {
    expect(hits(highlight("نهر الفيستولا طويل", "نهر"))).toEqual(["نهر"]);
  });

  it("leaves every letter in its place", () => {
    for (const [text, query] of [
      ["", "a"],
      ["a.b*c", "b*"],
      ["abc", ""],
      ["<b>abc</b>", "b"],
    ] as const) {
      expect(whole(highlight(text, query))).toBe(text);
    }
  });
});

describe("the excerpt of a message", () => {
  it("is all of a short one, in one line", () => {
    expect(whole(excerpt("one\n two  three", "two"))).toBe("one two three");
  });

  it("shows the first word that was found, however far behind it stands", () => {
    const long = `${"word ".repeat(200)}Wisła ${"word ".repeat(200)}`;
    const pieces = excerpt(long, "wis");
    expect(hits(pieces)).toEqual(["Wisła"]);
    expect(whole(pieces).length).toBeLessThan(200);
    expect(pieces[0]?.text).toBe("…");
    expect(pieces.at(-1)?.text).toBe("…");
  });

  it("cuts a text without spaces where it must", () => {
    expect(whole(excerpt("x".repeat(1000), "y")).length).toBeLessThan(170);
  });
});
