import i18next from "i18next";
import { describe, expect, it } from "vitest";
import { filling } from "../locales/filling";
import type { RoomKind } from "../protocol/generated";
import { roomName } from "./roomName";

async function called(
  language: string,
  name: string,
  number?: number | null,
  kind: RoomKind = "group-room",
) {
  const { default: words } = await import(`../locales/${language}.json`);
  const translations = i18next.createInstance();
  await translations.use(filling).init({
    lng: language,
    resources: { [language]: { translation: words } },
    interpolation: { escapeValue: false, alwaysFormat: true },
  });
  return roomName(translations.t, {
    kind,
    name,
    ...(number === undefined ? {} : { group_number: number }),
  });
}

describe("what a room is called", () => {
  it("is counted in the reader's language, whatever its teacher's is", async () => {
    expect(await called("pl", "Gruppe 2", 2)).toBe("Grupa 2");
    expect(await called("en", "Groupe 12", 12)).toBe("Group 12");
  });

  it("is the name that it was given, also where the server says nothing of numbers", async () => {
    expect(await called("pl", "Oder", null)).toBe("Oder");
    expect(await called("pl", "Group 1", undefined)).toBe("Group 1");
    expect(await called("pl", "Class room")).toBe("Class room");
  });

  it("is in the reader's language where a project's rooms were given no name", async () => {
    expect(await called("pl", "Class room", null, "class-room")).toBe("Sala lekcyjna");
    expect(await called("pl", "Staff room", null, "staff-room")).toBe("Pokój nauczycielski");
    expect(await called("pl", "Rivers", null, "class-room")).toBe("Rivers");
  });
});
