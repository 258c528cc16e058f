import { describe, expect, it } from "vitest";
import type { PupilEntry } from "./requests";
import {
  CARDS_PER_PAGE,
  isThisDeviceOnly,
  languageOfCards,
  pagesOf,
  progressOf,
  whoNeedsCards,
} from "./sheets";

function pupil(member: string, more: Partial<PupilEntry> = {}): PupilEntry {
  return { member, name: member, came_in_at: null, devices: 0, link_until: null, ...more };
}

describe("who needs a card", () => {
  const never = pupil("ana");
  const invited = pupil("ben", { link_until: 9 });
  const here = pupil("eva", { came_in_at: 1, devices: 2 });
  const gone = pupil("jan", { came_in_at: 1 });

  it("is told by devices first, then by whether there ever was one", () => {
    expect([never, invited, here, gone].map(progressOf)).toEqual(["never", "never", "in", "out"]);
  });

  it("is who is on no device, whatever link there is", () => {
    expect([...whoNeedsCards([never, invited, here, gone])]).toEqual(["ana", "ben", "jan"]);
  });
});

describe("pages", () => {
  it.each([
    [0, []],
    [1, [1]],
    [CARDS_PER_PAGE, [CARDS_PER_PAGE]],
    [CARDS_PER_PAGE * 2 + 1, [CARDS_PER_PAGE, CARDS_PER_PAGE, 1]],
  ])("%i cards", (count, lengths) => {
    const cards = Array.from({ length: count }, (_, at) => at);
    expect(pagesOf(cards).map((page) => page.length)).toEqual(lengths);
    expect(pagesOf(cards).flat()).toEqual(cards);
  });
});

describe("where cards lead", () => {
  it.each([
    ...["127.0.0.1:8080", "127.1.2.3", "localhost", "LOCALHOST:80", "a.localhost:1"],
    ...["[::1]:8080", "[::1]", "[::]:8080", "0.0.0.0:8080"],
  ])("%s is this device only", (site) => expect(isThisDeviceOnly(site)).toBe(true));

  it.each([
    ...["rt.example.eu", "rt.example.eu:8443", "192.168.1.7:8080", "10.0.0.127", "school.local"],
    ...["localhost.example.eu", "[2001:db8::1]:8080", "[2001:db8::1]", "mylocalhost"],
  ])("%s is reached by others", (site) => expect(isThisDeviceOnly(site)).toBe(false));
});

describe("the language of cards", () => {
  it.each([
    [["fr-BE", "nl"], "en", "fr"],
    [["nl", "DE"], "en", "de"],
    [["nl"], "pl", "pl"],
    [[], "xx", "en"],
  ])("of a class that speaks %j, for a teacher who reads %s", (ofClass, ofPage, expected) => {
    expect(languageOfCards(ofClass, ofPage)).toBe(expected);
  });
});
