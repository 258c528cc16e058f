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

/** The text as UTF-8 can carry it: half a surrogate pair, as a cut emoji leaves it, becomes U+FFFD. */
export function wellFormed(text: string): string {
  return decoder.decode(encoder.encode(text));
}
