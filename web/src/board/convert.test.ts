import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Element } from "../protocol/generated";
import { isDrawable, ON_TOP, toEditor, toWire } from "./convert";
import type { EditorElement } from "./scene";

type Loose = Record<string, unknown> & { id: string; type: string };

/** The editor's own reading of elements, which wants a page around it. */
let restore: (elements: readonly Loose[]) => EditorElement[];

beforeAll(async () => {
  const nothing: object = new Proxy(() => nothing, {
    get: (_, name) => (name === Symbol.toPrimitive ? () => "" : nothing),
    set: () => true,
  });
  const nobody = () => {};
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("document", nothing);
  vi.stubGlobal("location", new URL("http://class.example/#"));
  vi.stubGlobal("devicePixelRatio", 1);
  vi.stubGlobal("addEventListener", nobody);
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: nobody }));
  for (const name of ["Element", "HTMLElement", "FontFace"]) {
    vi.stubGlobal(name, class {});
  }
  const { restoreElements } = await import("@excalidraw/excalidraw");
  restore = (elements) => restoreElements(elements as never, null) as unknown as EditorElement[];
}, 60_000);

const COMMON = [
  ...["id", "type", "x", "y", "width", "height", "angle", "strokeColor", "backgroundColor"],
  ...["fillStyle", "strokeWidth", "strokeStyle", "roundness", "roughness", "opacity", "seed"],
  ...["index", "isDeleted", "groupIds", "frameId", "boundElements", "link", "locked"],
];
const LINE = [
  ...["points", "lastCommittedPoint", "startBinding", "endBinding"],
  ...["startArrowhead", "endArrowhead"],
];
const TEXT = [
  ...["fontSize", "fontFamily", "text", "textAlign", "verticalAlign", "containerId"],
  ...["originalText", "autoResize", "lineHeight"],
];
const ELBOW = ["elbowed", "fixedSegments", "startIsSpecial", "endIsSpecial"];

/** The fields of rooms/board/elements.py, besides those of all. */
const FIELDS: Record<Element["type"], readonly string[]> = {
  rectangle: [],
  diamond: [],
  ellipse: [],
  text: TEXT,
  line: LINE,
  arrow: [...LINE, ...ELBOW],
  freedraw: ["points", "pressures", "simulatePressure", "lastCommittedPoint"],
  image: ["fileId", "status", "scale", "crop"],
  frame: ["name"],
  magicframe: ["name"],
  embeddable: [],
  iframe: [],
};

const HASH = "0123456789abcdef".repeat(4);
const POINTS = [
  [0, 0],
  [10.5, 4.25],
  [20, 0],
];

/** One of each type, as they are in files. */
const ELEMENTS: Loose[] = [
  {
    type: "rectangle",
    id: "r",
    x: 1.5,
    y: 2,
    width: 100,
    height: 50,
    roundness: { type: 3, value: 12 },
    boundElements: [
      { id: "t", type: "text" },
      { id: "a", type: "arrow" },
    ],
    groupIds: ["g", "h"],
    customData: { note: ["kept", 1, null] },
    opacity: 40,
    locked: true,
  },
  { type: "diamond", id: "d", x: 1, y: 2, width: 3, height: 4, angle: 0.5, roundness: { type: 2 } },
  {
    type: "ellipse",
    id: "e",
    x: 1,
    y: 2,
    width: 3,
    height: 4,
    strokeStyle: "dotted",
    frameId: "f",
  },
  {
    type: "text",
    id: "t",
    x: 1,
    y: 2,
    width: 30,
    height: 25,
    text: "zażółć",
    originalText: "zażółć",
    containerId: "r",
    fontSize: 20,
    fontFamily: 5,
    textAlign: "center",
    verticalAlign: "middle",
    lineHeight: 1.25,
  },
  { type: "line", id: "l", x: 1, y: 2, width: 20, height: 4.25, points: POINTS, polygon: false },
  {
    type: "arrow",
    id: "a",
    x: 1,
    y: 2,
    width: 20,
    height: 4.25,
    points: POINTS,
    elbowed: false,
    startBinding: { elementId: "r", focus: 0.1, gap: 4.5 },
    endArrowhead: "triangle_outline",
  },
  {
    type: "freedraw",
    id: "s",
    x: 1,
    y: 2,
    width: 20,
    height: 4.25,
    points: POINTS,
    pressures: [0.25, 0.5, 0.75],
    simulatePressure: false,
    lastCommittedPoint: [20, 0],
  },
  {
    type: "image",
    id: "i",
    x: 1,
    y: 2,
    width: 20,
    height: 20,
    fileId: HASH,
    status: "saved",
    scale: [-1, 1],
    crop: { x: 1, y: 2, width: 3, height: 4, naturalWidth: 50, naturalHeight: 60 },
  },
  { type: "frame", id: "f", x: 1, y: 2, width: 200, height: 200, name: "Group 1" },
  { type: "magicframe", id: "m", x: 1, y: 2, width: 200, height: 200, name: null },
  { type: "embeddable", id: "b", x: 1, y: 2, width: 200, height: 200 },
  { type: "iframe", id: "w", x: 1, y: 2, width: 200, height: 200 },
];

function withoutStamps(elements: readonly EditorElement[]) {
  return elements.map(({ version: _, versionNonce: __, updated: ___, ...element }) => element);
}

describe("elements on their way", () => {
  it.each(ELEMENTS.map((element) => [element.type as Element["type"], element] as const))(
    "have the fields of their type, and no others: %s",
    (type, element) => {
      const [restored] = restore([element]);
      const known = new Set([...COMMON, ...FIELDS[type], "customData"]);
      const given = { ...restored, fromTheFuture: 1 } as unknown as Loose;
      const wire = toWire(given);
      expect(Object.keys(wire).filter((name) => !known.has(name))).toEqual([]);
      const optional = new Set([...ELBOW.slice(1), "customData"]);
      const needed = [...COMMON, ...FIELDS[type]].filter((name) => !optional.has(name));
      expect(needed.filter((name) => (wire as unknown as Loose)[name] === undefined)).toEqual([]);
    },
  );

  it("are the same after the way there and back, for the editor's own reading", () => {
    const before = restore(ELEMENTS);
    const after = restore(
      before.map((element) => {
        const held = { element: toWire(element), version: 3, creator: "me", class_id: null };
        return toEditor({ ...held, editor: "me", at: 9 }) as unknown as Loose;
      }),
    );
    const editor = withoutStamps(before).map((element) =>
      element.type === "line" ? { ...element, polygon: undefined } : element,
    );
    expect(withoutStamps(after)).toEqual(editor);
  });

  it("change no more when they go twice, numbers rounded", () => {
    const rough = { ...ELEMENTS[6], x: 1.23456, points: [[0.001, 5.126]], pressures: [0.12345] };
    const once = toWire(rough as Loose);
    expect(once).toMatchObject({ x: 1.23, points: [[0, 5.13]], pressures: [0.123] });
    expect(toWire(once)).toEqual(once);
  });

  it("of elbow arrows keep what was fixed, and of bindings what is known", () => {
    const elbow = {
      ...ELEMENTS[5],
      elbowed: true,
      startBinding: { elementId: "r", focus: 0, gap: 1, fixedPoint: [0.5001, 1], mode: "orbit" },
      fixedSegments: [{ start: [0, 0], end: [10.501, 0], index: 1, extra: true }],
      startIsSpecial: null,
      endIsSpecial: false,
    } as unknown as Loose;
    expect(toWire(elbow)).toMatchObject({
      startBinding: { elementId: "r", focus: 0, gap: 1, fixedPoint: [0.5001, 1] },
      fixedSegments: [{ start: [0, 0], end: [10.5, 0], index: 1 }],
      startIsSpecial: null,
      endIsSpecial: false,
    });
    const { startBinding, fixedSegments } = toWire(elbow) as Element & Loose;
    expect(startBinding).not.toHaveProperty("mode");
    expect((fixedSegments as Loose[])[0]).not.toHaveProperty("extra");
  });

  it("lead nowhere but to their own board", () => {
    const linked = (link: unknown, type = "rectangle") =>
      toWire({ id: "1", type, link } as Loose).link;
    expect(linked("https://class.example/room?element=abc_1-2")).toBe("?element=abc_1-2");
    expect(linked("#abc")).toBe("#abc");
    expect(linked("https://elsewhere.example/#abc")).toBeNull();
    expect(linked("javascript:alert(1)")).toBeNull();
    expect(linked("#abc", "embeddable")).toBeNull();
    const noted = (customData: unknown, type = "rectangle") =>
      toWire({ id: "1", type, customData } as Loose).customData;
    expect(noted({ a: undefined, b: Number.NaN })).toEqual({ b: null });
    expect(noted({ a: "https://elsewhere.example" })).toBeUndefined();
    expect(noted({ a: ["javascript:alert(1)"] })).toBeUndefined();
    expect(noted({ a: "x".repeat(5_000) })).toBeUndefined();
    expect(noted({ generationData: { html: "" } }, "iframe")).toBeUndefined();
  });

  it("are made whole where something is missing or of no use", () => {
    const bare = toWire({ id: "1", type: "text", text: "a\0b\ud800", x: Number.NaN } as Loose);
    expect(bare).toMatchObject({ x: 0, index: ON_TOP, text: "ab\ufffd", originalText: "ab\ufffd" });
    expect(toWire({ id: "1", type: "rectangle", index: null } as Loose).index).toBe(ON_TOP);
    const twice = [
      { id: "2", type: "arrow" },
      { id: "2", type: "arrow" },
      { id: "1", type: "arrow" },
    ];
    expect(
      toWire({ id: "1", type: "rectangle", boundElements: twice, groupIds: ["g", "g"] } as Loose),
    ).toMatchObject({ boundElements: [{ id: "2", type: "arrow" }], groupIds: ["g"] });
    const uneven = { ...ELEMENTS[6], pressures: [0.5] } as Loose;
    expect(toWire(uneven)).toMatchObject({ pressures: [0.5, 0.5, 0.5] });
    const uploading = { ...ELEMENTS[7], fileId: "not-yet-there" } as Loose;
    expect(toWire(uploading)).toMatchObject({ fileId: null });
  });

  it("are none for the rectangle with which one selects", () => {
    const selection = { id: "1", type: "selection" };
    expect(isDrawable(selection)).toBe(false);
    expect(isDrawable({ type: "constructor" })).toBe(false);
    expect(() => toWire(selection)).toThrow("selection");
  });

  it("have the same stamps on every page, and others for every version", () => {
    const stamped = (version: number) => {
      const held = {
        element: toWire(ELEMENTS[0] as Loose),
        version,
        creator: "me",
        class_id: null,
      };
      return toEditor({ ...held, editor: "me", at: 9 });
    };
    expect(stamped(1)).toEqual(stamped(1));
    expect(stamped(1)).toMatchObject({ version: 1, updated: 9 });
    const nonces = Array.from({ length: 100 }, (_, version) => stamped(version).versionNonce);
    expect(new Set(nonces).size).toBe(100);
    expect(nonces.every((nonce) => nonce >= 0 && nonce < 2 ** 31)).toBe(true);
  });
});
