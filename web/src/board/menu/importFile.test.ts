import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  type BoardElement,
  COORDINATE_MAX,
  CUSTOM_BYTES_MAX,
  CUSTOM_VALUES_MAX,
  type Element,
  EXTENT_MAX,
  FILL_GAPS,
  FILL_LINES_MAX,
} from "../../protocol/generated";
import { editorInNode } from "./fixtures/editorInNode";
import {
  type BoardFile,
  type ImportPlan,
  ImportRefused,
  planImport,
  readBoardFile,
  withPictures,
} from "./importFile";
import type { RestoreElements } from "./order";
import { board, element, item } from "./samples";

/** Drawn and written by the public editor itself, in a browser: `python -m tests.browser.public_editor`. */
const FILE = readFileSync(join(import.meta.dirname, "fixtures/publicEditor.excalidraw"), "utf8");
const HASH = "ab".repeat(32);
const TYPES = [
  ...["rectangle", "diamond", "ellipse", "text", "line", "arrow", "freedraw"],
  ...["image", "frame", "magicframe", "embeddable", "iframe"],
];

type Raw = Record<string, unknown>;

/** The name that the file gives the shape which holds a text, and is pointed at and linked to. */
const BOX = String(readBoardFile(FILE).elements.find(({ type }) => type === "rectangle")?.id);

/** The editor's load takes seconds on a slow machine. */
const LOAD_MS = 60_000;

let restoreElements: RestoreElements;
beforeAll(async () => {
  restoreElements = (await editorInNode()).restoreElements as unknown as RestoreElements;
}, LOAD_MS);

function plan(file: BoardFile, present: ReadonlyMap<string, BoardElement> = new Map()): ImportPlan {
  let count = 0;
  const newId = () => `new-${++count}`;
  return planImport(file, { present, restoreElements, newId });
}

function fileOf(...elements: Raw[]): BoardFile {
  return { elements, pictures: new Map() };
}

function raw(given: { type: Element["type"]; id: string } & Raw): Raw {
  return { ...element(given), version: 7, versionNonce: 1, updated: 1 };
}

/** As `GET …/boards/{board}.excalidraw` writes what was put on a board. */
function saved(elements: readonly Element[]): Raw[] {
  return elements.map((each) => ({ version: 1, versionNonce: 99, updated: 5, ...each }));
}

/** What the editor makes of elements, without the stamps that each program gives anew. */
function restored(elements: readonly Raw[]): Raw[] {
  const all = restoreElements(elements, null, { repairBindings: true }) as readonly Raw[];
  return all.map(({ version: _, versionNonce: __, updated: ___, ...rest }) => rest);
}

describe("a file of the public editor", () => {
  it("has an element of every type", () => {
    const types = new Set(readBoardFile(FILE).elements.map(({ type }) => type));
    expect([...types].sort()).toEqual([...TYPES].sort());
  });

  it("comes back equal after the editor's own restore, stamps and what leads to other sites aside", () => {
    const file = readBoardFile(FILE);
    const { elements, pictures } = plan(file);
    const [picture] = [...pictures.keys()];
    const put = withPictures(elements, new Map([[picture ?? "", HASH]]));
    const expected = restored(file.elements).map((each) => {
      const isPage = each.type === "iframe" || each.type === "embeddable";
      const isForeign = typeof each.link === "string" && !each.link.includes("?element=");
      return {
        ...each,
        link: isPage || isForeign ? null : (each.link as string | null),
        ...(each.type === "diamond" && { link: `?element=${BOX}` }),
        ...(each.type === "image" && { fileId: HASH }),
        ...(each.type === "iframe" && { customData: undefined }),
      };
    });
    expect(put.lost).toBe(0);
    expect(restored(saved(put.elements))).toEqual(expected);
  });

  it("tells what was not taken", () => {
    const { linksDropped, leftOut } = plan(readBoardFile(FILE));
    expect(linksDropped).toBe(3); // a page, a generated page, a link
    expect(leftOut).toEqual([]);
  });

  it("names nothing of another site", () => {
    const { elements } = plan(readBoardFile(FILE));
    expect(JSON.stringify(elements)).not.toMatch(/https?:|<!doctype/);
  });

  it("is put beside what is there, above it, under new names where there are such already", () => {
    const there = board(
      item({
        type: "rectangle",
        id: BOX,
        x: 10,
        y: -50,
        width: 90,
        index: "b05",
      }),
      item({ type: "line", id: "mine", index: "a1", groupIds: ["gr0upOuter_0123456789"] }),
    );
    const { elements } = plan(readBoardFile(FILE), there);
    const byType = (type: string) => elements.filter((each) => each.type === type);
    const [box] = byType("rectangle");
    expect(Math.min(...elements.map(({ x }) => x))).toBe(220);
    expect(Math.min(...elements.map(({ y }) => y))).toBe(-50);
    expect(elements.every(({ index }) => index > "b05")).toBe(true);
    expect(new Set(elements.map(({ index }) => index)).size).toBe(elements.length);
    expect(box?.id).toBe("new-1");
    expect(byType("text")[0]).toMatchObject({ containerId: "new-1" });
    expect(byType("arrow")[0]).toMatchObject({ startBinding: { elementId: "new-1" } });
    expect(byType("diamond")[0]).toMatchObject({ link: "?element=new-1" });
    const groups = new Set(elements.flatMap(({ groupIds }) => groupIds));
    expect([...groups].sort()).toEqual(["gr0upInner_0123456789", "new-2"]);
  });

  it("loses a picture that could not be stored, and nothing else", () => {
    const { elements } = plan(readBoardFile(FILE));
    const put = withPictures(elements, new Map());
    expect(put.lost).toBe(1);
    expect(put.elements).toHaveLength(elements.length - 1);
  });
});

describe("readBoardFile", () => {
  it.each([
    "",
    "{",
    "[]",
    "null",
    '{"type":"excalidrawlib","elements":[]}',
    '{"type":"excalidraw","elements":{}}',
  ])("refuses what is no board: %s", (text) => {
    expect(() => readBoardFile(text)).toThrow(new ImportRefused("notBoard"));
  });

  it("takes pictures only as such", () => {
    const files = {
      a: { dataURL: "data:image/png;base64,AA==" },
      b: { dataURL: "https://example.org/a.png" },
      c: { dataURL: "data:text/html,x" },
      d: null,
    };
    const { pictures } = readBoardFile(
      JSON.stringify({ type: "excalidraw", elements: [null, 3, {}], files }),
    );
    expect([...pictures.keys()]).toEqual(["a"]);
  });
});

describe("a file of a later editor", () => {
  it("loses what this one does not know of an element", () => {
    const { elements, leftOut } = plan(
      fileOf({ ...raw({ type: "line", id: "a" }), polygon: true }),
    );
    expect(elements).toMatchObject([{ id: "a" }]);
    expect(elements[0]).not.toHaveProperty("polygon");
    expect(leftOut).toEqual([]);
  });
});

describe("a file of 2024", () => {
  it("has arrows that know no elbows", () => {
    const { elbowed: _, ...arrow } = raw({ type: "arrow", id: "arrow" });
    const { elements, leftOut } = plan(fileOf(arrow));
    expect(elements).toMatchObject([{ id: "arrow", elbowed: false }]);
    expect(leftOut).toEqual([]);
  });
});

describe("what a board does not take", () => {
  it("is left out and counted", () => {
    const { elements, leftOut } = plan(
      fileOf(
        raw({ type: "rectangle", id: "fine" }),
        { ...raw({ type: "rectangle", id: "a" }), type: "hologram" },
        raw({ type: "rectangle", id: "b", fillStyle: "glitter" }),
        raw({ type: "text", id: "c", text: "x".repeat(10_001) }),
        raw({ type: "line", id: "d", points: Array.from({ length: 4_001 }, (_, n) => [n, n]) }),
        raw({ type: "line", id: "e", points: [[0, 0], null] }),
        raw({ type: "text", id: "half", text: "\ud800", originalText: "\ud800" }),
        raw({ type: "frame", id: "blue", name: "Seas", strokeColor: "url(//evil.example)" }),
      ),
    );
    expect(elements.map(({ id }) => id)).toEqual(["fine"]);
    expect(leftOut.map(({ why, what }) => [why, what?.type])).toEqual([
      ["unknown", undefined],
      ["broken", "line"],
      ["broken", "rectangle"],
      ["tooLong", "text"],
      ["tooLong", "line"],
      ["broken", "text"],
      ["broken", "frame"],
    ]);
    expect(leftOut.at(-1)?.what).toEqual({ type: "frame", text: "Seas" });
  });

  it("is what is farther out, or larger, than a page can show", () => {
    const { elements, leftOut } = plan(
      fileOf(
        raw({ type: "ellipse", id: "far", x: COORDINATE_MAX + 1 }),
        raw({ type: "rectangle", id: "wide", width: EXTENT_MAX + 1 }),
        raw({
          type: "line",
          id: "long",
          points: [
            [0, 0],
            [0, -EXTENT_MAX - 1],
          ],
        }),
        raw({ type: "text", id: "most", x: -COORDINATE_MAX, width: EXTENT_MAX, text: "edge" }),
      ),
    );
    expect(elements.map(({ id }) => id)).toEqual(["most"]);
    expect(leftOut.map(({ why }) => why)).toEqual(["outOfReach", "outOfReach", "outOfReach"]);
  });

  it("is what is filled with more lines than a page can draw", () => {
    const thin = { fillStyle: "hachure", backgroundColor: "#ffc9c9", strokeWidth: 0.5 };
    const most = FILL_LINES_MAX * FILL_GAPS * thin.strokeWidth;
    const { elements, leftOut } = plan(
      fileOf(
        raw({ type: "rectangle", id: "full", ...thin, width: most / 2, height: most / 2 }),
        raw({ type: "diamond", id: "over", ...thin, width: -most / 2, height: most / 2 + 1 }),
        raw({
          type: "line",
          id: "spread",
          ...thin,
          width: 1,
          height: 1,
          points: [
            [-most / 2, 0],
            [most / 2, 1],
          ],
        }),
        raw({
          type: "ellipse",
          id: "solid",
          ...thin,
          fillStyle: "solid",
          width: most,
          height: most,
        }),
        raw({
          type: "ellipse",
          id: "bare",
          ...thin,
          backgroundColor: "transparent",
          width: most,
          height: most,
        }),
      ),
    );
    expect(elements.map(({ id }) => id)).toEqual(["full", "solid", "bare"]);
    expect(leftOut).toEqual([
      { why: "hatched", what: { type: "diamond", text: "" } },
      { why: "hatched", what: { type: "line", text: "" } },
    ]);
  });

  it("is not the name that every object of JavaScript has: that is changed", () => {
    const { elements } = plan(
      fileOf(
        raw({
          type: "rectangle",
          id: "constructor",
          groupIds: ["toString"],
          boundElements: [{ id: "words", type: "text" }],
        }),
        raw({ type: "text", id: "words", text: "hello", containerId: "constructor" }),
      ),
    );
    expect(elements).toMatchObject([
      { id: "new-1", groupIds: ["new-2"] },
      { id: "words", containerId: "new-1" },
    ]);
  });

  it("is not spoken of by what is taken", () => {
    const { elements } = plan(
      fileOf(
        raw({
          type: "rectangle",
          id: "box",
          frameId: "frame",
          boundElements: [{ id: "arrow", type: "arrow" }],
        }),
        { ...raw({ type: "frame", id: "frame" }), name: "x".repeat(201) },
        raw({ type: "arrow", id: "arrow", endBinding: { elementId: "box", focus: 9e9, gap: 1 } }),
      ),
    );
    expect(elements).toMatchObject([{ id: "box", frameId: null, boundElements: [] }]);
  });

  it("does not count what the editor itself would not show", () => {
    const { elements, leftOut } = plan(
      fileOf(
        raw({ type: "rectangle", id: "fine" }),
        raw({ type: "rectangle", id: "gone", isDeleted: true }),
        raw({ type: "rectangle", id: "dot", width: 0, height: 0 }),
      ),
    );
    expect(elements).toHaveLength(1);
    expect(leftOut).toEqual([]);
  });

  it("is data that leads elsewhere, or is much", () => {
    const { elements, linksDropped } = plan(
      fileOf(
        raw({ type: "ellipse", id: "a", customData: { at: "see //evil.example" } }),
        raw({ type: "ellipse", id: "b", customData: { deep: { src: "//evil.example/x" } } }),
        raw({ type: "ellipse", id: "c", customData: { much: "x".repeat(5_000) } }),
        raw({ type: "ellipse", id: "d", link: "javascript:alert(1)" }),
        raw({ type: "ellipse", id: "e", link: "#a" }),
        raw({ type: "ellipse", id: "f", customData: { many: Array(CUSTOM_VALUES_MAX).fill(0) } }),
        raw({ type: "ellipse", id: "g", customData: { euros: "€".repeat(CUSTOM_BYTES_MAX / 2) } }),
      ),
    );
    expect(elements.map(({ customData }) => customData)).toEqual([
      { at: "see //evil.example" },
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(elements[4]?.link).toBe("?element=a");
    expect(linksDropped).toBe(5);
  });

  it("is a file of nothing, or of more than fits beside what is there", () => {
    expect(() => plan(fileOf())).toThrow(new ImportRefused("empty"));
    const full = board(
      ...Array.from({ length: 10_000 }, (_, n) => item({ type: "line", id: `e${n}` })),
    );
    expect(() => plan(fileOf(raw({ type: "line", id: "one" })), full)).toThrow(
      new ImportRefused("tooMany"),
    );
    const heavy = Array.from({ length: 10 }, (_, n) =>
      raw({ type: "text", id: `t${n}`, text: "x".repeat(10_000), originalText: "x" }),
    );
    const large = board(
      ...Array.from({ length: 2_000 }, (_, n) =>
        item({ type: "text", id: `e${n}`, text: "x".repeat(9_900) }),
      ),
    );
    expect(() => plan(fileOf(...heavy), large)).toThrow(new ImportRefused("tooLarge"));
  });
});
