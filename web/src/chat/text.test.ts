import { describe, expect, it } from "vitest";
import { MESSAGE_BYTES_MAX } from "../protocol/generated";
import { byteLength, bytesLeft, wellFormed } from "./bytes";
import { linkCards, splitLinks } from "./links";

function links(text: string): (string | null)[] {
  return splitLinks(text).flatMap(({ href, text: shown }) => (href === null ? [] : [shown]));
}

describe("links in a text", () => {
  it("are found, without the sentence around them", () => {
    expect(links("See https://example.eu/a, and (http://example.org/b).")).toEqual([
      "https://example.eu/a",
      "http://example.org/b",
    ]);
  });

  it("keep the bracket that is theirs", () => {
    expect(links("https://example.eu/Lublin_(city)")).toEqual(["https://example.eu/Lublin_(city)"]);
  });

  it("are only those of the web", () => {
    expect(links("javascript:alert(1) data:text/html,x ftp://a.eu //b.eu mailto:a@b.eu")).toEqual(
      [],
    );
    expect(links("https:// http://")).toEqual([]);
    expect(links("https://[not-an-address")).toEqual([]);
  });

  it("leave every letter of the text in its place", () => {
    const texts = [
      "",
      "no link",
      "https://a.eu",
      "a https://a.eu b http://b.eu\nc.",
      "<b>https://a.eu</b>",
      "“https://a.eu”…",
    ];
    for (const text of texts) {
      expect(
        splitLinks(text)
          .map((part) => part.text)
          .join(""),
      ).toBe(text);
    }
  });
});

describe("the cards of links", () => {
  const HERE = "https://live.example.eu";

  it("show the host, and what stands behind it as people write it", () => {
    expect(linkCards("see https://pl.wikipedia.org/wiki/Wis%C5%82a?a=1#top", HERE)).toEqual([
      {
        href: "https://pl.wikipedia.org/wiki/Wis%C5%82a?a=1#top",
        host: "pl.wikipedia.org",
        path: "/wiki/Wisła?a=1#top",
      },
    ]);
    expect(linkCards("http://example.org:8080/", HERE)[0]).toMatchObject({
      host: "example.org:8080",
      path: "",
    });
  });

  it("show where a link really leads", () => {
    const [card] = linkCards("https://school.eu@evil.example/login https://шкoлa.eu", HERE);
    expect(card?.host).toBe("evil.example");
    expect(linkCards("https://шкoлa.eu", HERE)[0]?.host).toMatch(/^xn--/);
  });

  it("are not there for links that stay here", () => {
    expect(linkCards(`${HERE}/p/1`, HERE)).toEqual([]);
  });

  it("are few, and each address has one", () => {
    const links = [1, 1, 2, 3, 4].map((n) => `https://example.org/${n}`).join(" ");
    expect(linkCards(links, HERE).map(({ path }) => path)).toEqual(["/1", "/2", "/3"]);
  });

  it("keep what is not UTF-8 as it is", () => {
    expect(linkCards("https://example.org/%E9", HERE)[0]?.path).toBe("/%E9");
  });
});

describe("the length of a text", () => {
  it("is counted in bytes of UTF-8", () => {
    expect(byteLength("abc")).toBe(3);
    expect(byteLength("zażółć")).toBe(10);
    expect(byteLength("👩‍🏫")).toBe(11);
    expect(bytesLeft("ł".repeat(MESSAGE_BYTES_MAX / 2))).toBe(0);
    expect(bytesLeft("ł".repeat(MESSAGE_BYTES_MAX / 2 + 1))).toBe(-2);
  });

  it("half an emoji becomes what UTF-8 can carry, and the rest stays as typed", () => {
    expect(wellFormed("a\uD83D")).toBe("a\uFFFD");
    expect(wellFormed("  zażółć 👩‍🏫\n")).toBe("  zażółć 👩‍🏫\n");
    expect(wellFormed("a\x0bb\0\tc\r\n")).toBe("a b \tc\r\n");
  });
});
