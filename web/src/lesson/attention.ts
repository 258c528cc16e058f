/** What a call for attention brings to the front, and that it does so once. */

import type { Part as PartOfPage } from "../place/arrangement";
import type { Part } from "../protocol/generated";

/** The part of the page: a teacher's face is in the call. */
export function partOf(part: Part): PartOfPage {
  return part === "teacher" ? "call" : part;
}

const done = new WeakSet<object>();

/** Whether nothing was done about this very call yet: who puts a part away again afterwards keeps it so. */
export function firstTime(attention: object): boolean {
  const isNew = !done.has(attention);
  done.add(attention);
  return isNew;
}
