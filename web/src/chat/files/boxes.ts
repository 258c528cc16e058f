/** The space that a file takes in the list, known before it is there: what one reads must not jump. */

import type { CSSProperties } from "react";

interface Sized {
  width?: number | null;
  height?: number | null;
}

/** CSS pixels of a picture that is alone in its message; of one beside others; of a document's line. */
const ALONE_MAX = 320;
const BESIDE = 150;
const DOCUMENT_HEIGHT = 56;

/** A panorama is cut, and a small icon has a frame, so that a finger finds them. */
const RATIO_MIN = 0.5;
const RATIO_MAX = 3;
const SIDE_MIN = 96;

export function boxOf({ width, height }: Sized, count: number): CSSProperties {
  if (!width || !height) {
    return { inlineSize: ALONE_MAX, blockSize: DOCUMENT_HEIGHT, maxInlineSize: "100%" };
  }
  if (count > 1) {
    return { inlineSize: BESIDE, aspectRatio: 1, maxInlineSize: "calc(50% - 2px)" };
  }
  const ratio = Math.min(RATIO_MAX, Math.max(RATIO_MIN, width / height));
  const side = Math.max(SIDE_MIN, Math.min(ALONE_MAX, ALONE_MAX * ratio, width));
  return { inlineSize: Math.round(side), aspectRatio: ratio, maxInlineSize: "100%" };
}
