/**
 * How many bytes a value takes in a packet (MessagePack as `socket.io-msgpack-parser` writes it: numbers that are not
 * whole take nine). Never less than what is written.
 */

/** The sign and length before a text, list or map: of short ones, and of all others at most. */
const SHORT_HEAD_BYTES = 1;
const HEAD_BYTES = 5;

/** Up to so many bytes of a text, or parts of a list or map, are short. */
const SHORT_TEXT_BYTES = 31;
const SHORT_PARTS = 15;

const NUMBER_BYTES = 9;
const SMALL_NUMBER_BYTES = 1;

/** Whole numbers that are written as their own sign. */
const SMALL_MIN = -32;
const SMALL_MAX = 127;

const utf8 = new TextEncoder();

export function packedSize(value: unknown): number {
  switch (typeof value) {
    case "string":
      return packedSizeOfText(utf8.encode(value).length);
    case "number":
      return Number.isInteger(value) && value >= SMALL_MIN && value <= SMALL_MAX
        ? SMALL_NUMBER_BYTES
        : NUMBER_BYTES;
    case "object":
      return value === null ? 1 : packedSizeOfParts(value);
    default:
      return 1;
  }
}

function packedSizeOfText(bytes: number): number {
  return bytes + (bytes <= SHORT_TEXT_BYTES ? SHORT_HEAD_BYTES : HEAD_BYTES);
}

function packedSizeOfParts(value: object): number {
  const parts = Array.isArray(value) ? value : Object.entries(value).flat();
  const count = Array.isArray(value) ? parts.length : parts.length / 2;
  let size = count <= SHORT_PARTS ? SHORT_HEAD_BYTES : HEAD_BYTES;
  for (const part of parts) {
    size += packedSize(part);
  }
  return size;
}
