import { afterEach, describe, expect, it, vi } from "vitest";
import { CommandFailed } from "../connection/failure";
import { chatUrl, downloadChat } from "./downloadChat";

const CLAIRE = { project: "p/1", member: "claire", room: "r/1" };

afterEach(() => vi.unstubAllGlobals());

describe("chatUrl", () => {
  it("says who asks for what, and how their device writes", () => {
    const [path, query] = chatUrl(CLAIRE, "csv", { language: "fr", locale: "fr-FR" }).split("?");
    expect(path).toBe("/projects/p%2F1/rooms/r%2F1/messages");
    expect(Object.fromEntries(new URLSearchParams(query))).toEqual({
      member: "claire",
      format: "csv",
      language: "fr",
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      separator: "semicolon",
    });
  });

  it.each([
    ["en-GB", "comma"],
    ["de-DE", "semicolon"],
    ["ar-EG", "semicolon"],
  ])("asks for a table that a spreadsheet of %s takes", (locale, separator) => {
    expect(chatUrl(CLAIRE, "csv", { language: "en", locale })).toContain(`separator=${separator}`);
  });
});

describe("downloadChat", () => {
  it("gives the file", async () => {
    vi.stubGlobal("fetch", async () => new Response("<!doctype html>"));
    const file = await downloadChat(CLAIRE, "html", { language: "en" });
    expect(await file.text()).toBe("<!doctype html>");
  });

  it("says why not", async () => {
    const error = { code: "teachers_only", message: "For teachers.", retry: false };
    vi.stubGlobal("fetch", async () => Response.json({ error }, { status: 403 }));
    await expect(downloadChat(CLAIRE, "html", { language: "en" })).rejects.toThrow(CommandFailed);
  });
});
