import { describe, expect, it } from "vitest";
import {
  type Mentionable,
  offered,
  splitMentions,
  typedMention,
  withIds,
  withNames,
} from "./mentions";

function person(id: string, name: string, isHere = false): Mentionable {
  return { id, name, isHere };
}

const PEOPLE = [
  person("m_1", "Leo"),
  person("m_2", "Leo G."),
  person("m_3", "Zoé Łukasz"),
  person("m_4", "Jan"),
  person("m_5", "Jan"),
];
const NOBODY = new Map<string, string>();

describe("a text with mentions", () => {
  it("is taken apart and loses nothing", () => {
    const text = "<@m_1>, and <@m_2>! <@ m_3> <@>";
    const parts = splitMentions(text);
    expect(parts.map((part) => part.text).join("")).toBe(text);
    expect(parts.flatMap(({ member }) => member ?? [])).toEqual(["m_1", "m_2"]);
  });

  it("shows the names that are known", () => {
    expect(withNames("<@m_1> <@m_9>", { m_1: "Leo" })).toBe("@Leo <@m_9>");
  });

  it("holds the ids of names, the longest name first", () => {
    expect(withIds("@Leo, @Leo G. and @Zoé Łukasz!", PEOPLE, NOBODY)).toBe(
      "<@m_1>, <@m_2> and <@m_3>!",
    );
  });

  it("means whom the writer has chosen where two have one name, and nobody without a choice", () => {
    expect(withIds("@Jan", PEOPLE, NOBODY)).toBe("@Jan");
    expect(withIds("@Jan", PEOPLE, new Map([["Jan", "m_5"]]))).toBe("<@m_5>");
  });

  it("takes neither mail addresses nor beginnings of other words", () => {
    expect(withIds("a@Leo.eu @Leonie", PEOPLE, NOBODY)).toBe("a@Leo.eu @Leonie");
  });

  it("comes back as it was", () => {
    const names = Object.fromEntries(PEOPLE.map(({ id, name }) => [id, name]));
    const wire = "Hi <@m_2> (<@m_3>)\n@ you";
    expect(withIds(withNames(wire, names), PEOPLE, NOBODY)).toBe(wire);
  });
});

describe("the name that is being typed", () => {
  it("begins at its @ and ends at the caret", () => {
    expect(typedMention("Hi @Le", 6)).toEqual({ start: 3, query: "Le" });
    expect(typedMention("@", 1)).toEqual({ start: 0, query: "" });
    expect(typedMention("@Leo G and", 6)).toEqual({ start: 0, query: "Leo G" });
  });

  it("is none after a space, a line, or inside a word", () => {
    for (const text of ["@ ", "@Leo ", "@Leo\nand", "leo@school", "Leo"]) {
      expect(typedMention(text, text.length), text).toBeNull();
    }
  });
});

describe("the names that are offered", () => {
  it("are those of which a word begins so, whatever case and accents", () => {
    expect(offered(PEOPLE, "zoe").map(({ id }) => id)).toEqual(["m_3"]);
    expect(offered(PEOPLE, "ŁU").map(({ id }) => id)).toEqual(["m_3"]);
    expect(offered(PEOPLE, "leo g").map(({ id }) => id)).toEqual(["m_2"]);
    expect(offered(PEOPLE, "x")).toEqual([]);
  });

  it("are few, and who is here comes first", () => {
    const class60 = Array.from({ length: 60 }, (_, n) => person(`m_${n}`, `A${n}`, n === 59));
    const names = offered(class60, "");
    expect(names).toHaveLength(6);
    expect(names[0]?.id).toBe("m_59");
  });
});
