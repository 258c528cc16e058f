import { Encoder } from "socket.io-msgpack-parser";
import { describe, expect, it } from "vitest";
import { packedSize } from "./packedSize";
import { arrow, rectangle, stroke, text } from "./samples";

/** Bytes of the packet that carries it. */
function written(value: unknown): number {
  const [packet] = new Encoder().encode({ type: 2, nsp: "/", data: value }) as unknown as [
    Uint8Array,
  ];
  return packet.byteLength;
}

describe("the size of a packet", () => {
  const long = Array.from({ length: 3_000 }, (_, index) => [index / 7, -index] as const);
  const values = [
    rectangle("1", { customData: { note: "ź".repeat(500), flag: true, nothing: null } }),
    stroke("2", long, { pressures: long.map(([x]) => x / 3_000) }),
    text("3", { text: "𝄞 zażółć ".repeat(800) }),
    arrow("4", "1", "3"),
    [0, 127, 128, -32, -33, 1e12, 0.5],
    Array.from({ length: 400 }, (_, index) => rectangle(String(index))),
  ];

  it.each(values)("is never more than what was reckoned, and not much less (%#)", (value) => {
    const envelope = written(null) - 1;
    const size = written(value) - envelope;
    expect(packedSize(value)).toBeGreaterThanOrEqual(size);
    expect(packedSize(value)).toBeLessThan(1.6 * size + 20);
  });
});
