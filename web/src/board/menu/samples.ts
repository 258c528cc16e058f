/** Elements for tests: whole ones, of which a test says only what it is about. */

import type { BoardElement, Element } from "../../protocol/generated";
import { COMMON } from "../samples";

type Given = { type: Element["type"]; id: string } & Record<string, unknown>;

const BASE = { ...COMMON, width: 100, height: 50 };

const LINE = {
  points: [
    [0, 0],
    [100, 50],
  ],
  lastCommittedPoint: null,
  startBinding: null,
  endBinding: null,
  startArrowhead: null,
  endArrowhead: null,
};

const OWN: Partial<Record<Element["type"], object>> = {
  text: {
    fontSize: 20,
    fontFamily: 5,
    text: "",
    textAlign: "left",
    verticalAlign: "top",
    containerId: null,
    originalText: "",
    autoResize: true,
    lineHeight: 1.25,
  },
  line: LINE,
  arrow: { ...LINE, endArrowhead: "arrow", elbowed: false },
  freedraw: {
    points: [
      [0, 0],
      [100, 50],
    ],
    pressures: [],
    simulatePressure: true,
    lastCommittedPoint: null,
  },
  image: { fileId: null, status: "saved", scale: [1, 1], crop: null },
  frame: { name: null },
  magicframe: { name: null },
};

export function element(given: Given): Element {
  return { ...BASE, ...OWN[given.type], ...given } as unknown as Element;
}

export function item(given: Given, about: Partial<BoardElement> = {}): BoardElement {
  return {
    element: element(given),
    version: 1,
    creator: "anna",
    class_id: "fr",
    editor: about.creator ?? "anna",
    at: 1_000,
    ...about,
  };
}

export function board(...items: BoardElement[]): Map<string, BoardElement> {
  return new Map(items.map((each) => [each.element.id, each]));
}
