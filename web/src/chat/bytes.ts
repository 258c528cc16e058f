/** How long a text is for the server: in bytes of UTF-8, not in letters. */

import { MESSAGE_BYTES_MAX } from "../protocol/generated";

/** From here on the writer is told how much is left. */
const NEAR_LIMIT_BYTES = 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

export function bytesLeft(text: string): number {
  return MESSAGE_BYTES_MAX - byteLength(text);
}

export function isNearLimit(left: number): boolean {
  return left <= NEAR_LIMIT_BYTES;
}

/** Control characters that show nothing, as a text that is pasted from a word processor may hold them: rooms/text.py. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f]/g;

/**
 * The text as the server takes it: half a surrogate pair, as a cut emoji leaves it, becomes U+FFFD, a control character a
 * space.
 */
export function wellFormed(text: string): string {
  return decoder.decode(encoder.encode(text)).replace(CONTROL, " ");
}
