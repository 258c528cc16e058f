import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { BoardElement } from "../protocol/generated";
import { readPage } from "./pages";
import { rectangle } from "./samples";

const ELEMENTS: BoardElement[] = [
  {
    element: rectangle("1", { customData: { note: "zażółć 𝄞" } }),
    version: 1,
    creator: "me",
    class_id: null,
    editor: "me",
    at: 1,
  },
];

describe("a page of a snapshot", () => {
  const packed = deflateSync(JSON.stringify(ELEMENTS));

  it("is read from the bytes that the server compressed", async () => {
    expect(await readPage(packed)).toEqual(ELEMENTS);
  });

  it("is read from what the parser gives in browsers, too", async () => {
    const { buffer, byteOffset, byteLength } = packed;
    expect(
      await readPage(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer),
    ).toEqual(ELEMENTS);
  });

  it("that was cut off is an error", async () => {
    await expect(readPage(packed.subarray(0, packed.length - 8))).rejects.toThrow();
  });
});
