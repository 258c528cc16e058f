import { describe, expect, it } from "vitest";
import { textParts } from "./textParts";

describe("a message's text", () => {
  it("is words, links and members, in the order it was typed", () => {
    const parts = textParts("Hi <@m_1>, see https://a.eu now", ["m_1"]);
    expect(parts.map(({ kind, text }) => [kind, text])).toEqual([
      ["words", "Hi "],
      ["mention", "<@m_1>"],
      ["words", ", see "],
      ["link", "https://a.eu"],
      ["words", " now"],
    ]);
  });

  it("shows an id that the server does not mention as it was typed", () => {
    expect(textParts("<@m_2>", ["m_1"])).toEqual([{ kind: "words", text: "<@m_2>" }]);
  });
});
