import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "../locales/en.json";
import fr from "../locales/fr.json";
import pl from "../locales/pl.json";
import { CHANGES_MAX, type Element, type Line } from "../protocol/generated";
import { boundsOfAll } from "./menu/bounds";
import { strictElement } from "./menu/strict";
import { kwlTable, mapOfEurope, TEMPLATES, type Template, type TemplateText } from "./templates";

const MIDDLE = { x: 0, y: 0 };

/** A map that grows beyond this is not worth its download. */
const MAP_BYTES_MAX = 40_000;

function counting(): () => string {
  let made = 0;
  return () => {
    made += 1;
    return `id-${made}`;
  };
}

function label(key: TemplateText): string {
  return `<${key.replace("boardTemplates.", "")}>`;
}

function make(template: Template, at = MIDDLE): Promise<Element[]> {
  return template.make(label, at, counting());
}

function textsOf(elements: readonly Element[]): string[] {
  return elements.flatMap((element) => (element.type === "text" ? [element.text] : []));
}

function linesOf(elements: readonly Element[]): Line[] {
  return elements.filter((element) => element.type === "line");
}

describe.each(TEMPLATES.map((template) => [template.id, template] as const))(
  "%s",
  (_, template) => {
    it("is made of elements that the server takes", async () => {
      const elements = await make(template);
      expect(elements.length).toBeGreaterThan(0);
      expect(elements.length).toBeLessThanOrEqual(CHANGES_MAX);
      for (const element of elements) {
        expect(strictElement({ ...element })).toEqual(element);
      }
    });

    it("is one group of locked elements, each with an id of its own", async () => {
      const elements = await make(template);
      expect(elements.every(({ locked }) => locked)).toBe(true);
      expect(new Set(elements.map(({ groupIds }) => groupIds.join(" "))).size).toBe(1);
      expect(elements[0]?.groupIds).toHaveLength(1);
      const ids = new Set(elements.map(({ id }) => id));
      expect(ids.size).toBe(elements.length);
      expect(ids).not.toContain(elements[0]?.groupIds[0]);
    });

    it("lies around the point that is given", async () => {
      const around = boundsOfAll(await make(template));
      const moved = boundsOfAll(await make(template, { x: 5_000, y: -3_000 }));
      if (around === null || moved === null) {
        expect.fail("nothing was drawn");
      }
      expect(Math.abs(around.x + around.width / 2)).toBeLessThan(around.width / 10);
      expect(Math.abs(around.y + around.height / 2)).toBeLessThan(around.height / 10);
      expect(moved.x - around.x).toBeCloseTo(5_000);
      expect(moved.y - around.y).toBeCloseTo(-3_000);
    });

    it("is of a size that a class can draw in", async () => {
      const around = boundsOfAll(await make(template));
      expect(around?.width).toBeGreaterThan(600);
      expect(around?.width).toBeLessThan(2_000);
      expect(around?.height).toBeGreaterThan(300);
      expect(around?.height).toBeLessThan(1_200);
    });

    it("has lines as large as their points say", async () => {
      for (const line of linesOf(await make(template))) {
        const xs = line.points.map(([x]) => x);
        const ys = line.points.map(([, y]) => y);
        expect(line.points[0]).toEqual([0, 0]);
        expect(line.width).toBeCloseTo(Math.max(...xs) - Math.min(...xs));
        expect(line.height).toBeCloseTo(Math.max(...ys) - Math.min(...ys));
      }
    });
  },
);

describe("the words", () => {
  it("are those of the catalogue, and each is somewhere", async () => {
    const written = (await Promise.all(TEMPLATES.map((template) => make(template)))).flatMap(
      textsOf,
    );
    const words = new Set(written.filter((text) => text.startsWith("<")));
    const names = new Set<string>(TEMPLATES.map(({ labelKey }) => labelKey));
    const keys = Object.keys(en.boardTemplates);
    expect(words).toEqual(
      new Set(keys.filter((key) => !names.has(`boardTemplates.${key}`)).map((key) => `<${key}>`)),
    );
    expect(
      written.filter((text) => !words.has(text)).every((text) => /^[xy0-9−]+$/.test(text)),
    ).toBe(true);
  });

  it.each(Object.entries({ en, fr, pl }))("fit into the table's columns in %s", (_, catalogue) => {
    const words: Record<string, string> = catalogue.boardTemplates;
    const labels = (key: TemplateText) => words[key.replace("boardTemplates.", "")] ?? "";
    const elements = kwlTable(labels, MIDDLE, counting());
    const columns = elements.filter(({ type }) => type === "rectangle").map(({ width }) => width);
    const heads = elements.filter((element) => element.type === "text");
    expect(heads).toHaveLength(3);
    for (const { text, fontSize } of heads) {
      expect(text).not.toBe("");
      expect(text.length * fontSize * 0.6).toBeLessThan(Math.min(...columns)); // 0.6: a usual letter's width
    }
  });
});

describe("the coordinate axes", () => {
  it("are numbered upwards and to the right, with signs", async () => {
    const [axes] = TEMPLATES.filter(({ id }) => id === "axes");
    const elements = axes === undefined ? [] : await make(axes);
    const middles = elements.flatMap((element) =>
      element.type === "text"
        ? [{ text: element.text, x: element.x + element.width, y: element.y + element.height / 2 }]
        : [],
    );
    const beside = middles.filter(({ text, x }) => Math.abs(x) < 10 && /[1-9]/.test(text));
    const upwards = [...beside].sort((one, other) => other.y - one.y).map(({ text }) => text);
    expect(upwards).toEqual(["−10", "−8", "−6", "−4", "−2", "2", "4", "6", "8", "10"]);
  });
});

describe("the map", () => {
  it("is small to load", () => {
    const { size } = statSync(join(import.meta.dirname, "europeMap.ts"));
    expect(size).toBeLessThan(MAP_BYTES_MAX);
  });

  it("lies within its frame, in coasts and borders", async () => {
    const lines = linesOf(await mapOfEurope(MIDDLE, counting()));
    expect(new Set(lines.map(({ strokeColor }) => strokeColor)).size).toBe(2);
    for (const { x, y, points } of lines) {
      expect(points.length).toBeGreaterThan(1);
      for (const [right, down] of points) {
        expect(Math.abs(x + right)).toBeLessThanOrEqual(600);
        expect(Math.abs(y + down)).toBeLessThanOrEqual(476);
      }
    }
  });
});
