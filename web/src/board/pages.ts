/** Pages of a snapshot: JSON arrays of elements, compressed (zlib, RFC 1950), unpacked off the page's own thread. */

import type { BoardElement } from "../protocol/generated";

/** `bytes`: a `Uint8Array` by the protocol; the parser of packets gives browsers an `ArrayBuffer`. */
export async function readPage(bytes: Uint8Array | ArrayBuffer): Promise<BoardElement[]> {
  const unpacked = new Blob([bytes as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream("deflate"));
  return (await new Response(unpacked).json()) as BoardElement[];
}
