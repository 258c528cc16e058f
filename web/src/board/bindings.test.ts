import { describe, expect, it } from "vitest";
import type { Element } from "../protocol/generated";
import { boundTo, inGroups, withoutBindings } from "./bindings";
import { arrow, rectangle, text } from "./samples";

const NOTHING = new Map<string, { element: Element }>();

function idsOf(elements: Element[], before = NOTHING): string[] {
  const groups = inGroups(
    elements.map((element) => ({ element })),
    before,
  );
  return groups.map((group) => group.map(({ element }) => element.id).join("+"));
}

describe("bindings", () => {
  it("are those of containers, arrows' ends, and what is noted at shapes", () => {
    expect(boundTo(text("1", { containerId: "2" }))).toEqual(["2"]);
    expect(boundTo(arrow("1", "2", "3"))).toEqual(["2", "3"]);
    const shape = rectangle("1", { boundElements: [{ id: "4", type: "text" }] });
    expect(boundTo(shape)).toEqual(["4"]);
  });

  it("are taken off where they are lost, and nothing else is touched", () => {
    const shape = rectangle("1", {
      boundElements: [
        { id: "4", type: "text" },
        { id: "5", type: "arrow" },
      ],
    });
    const isLost = (id: string) => id === "5" || id === "2";
    expect(withoutBindings(shape, isLost).boundElements).toEqual([{ id: "4", type: "text" }]);
    expect(withoutBindings(text("1", { containerId: "2" }), isLost)).toMatchObject({
      containerId: null,
    });
    const both = arrow("1", "2", "3");
    expect(withoutBindings(both, isLost)).toEqual({ ...both, startBinding: null });
    expect(withoutBindings(both, () => false)).toBe(both);
  });

  it("make groups, in the order of their first ones", () => {
    const elements = [
      rectangle("1"),
      rectangle("2"),
      arrow("3", "2", "4"),
      rectangle("4"),
      text("5", { containerId: "1" }),
      rectangle("6"),
    ];
    expect(idsOf(elements)).toEqual(["1+5", "2+3+4", "6"]);
  });

  it("make groups by what was bound before, too", () => {
    const elements = [rectangle("1"), rectangle("2")];
    const before = new Map([["2", { element: arrow("2", "1", null) as Element }]]);
    expect(idsOf(elements, before)).toEqual(["1+2"]);
  });
});
