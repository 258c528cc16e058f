/** What a call for attention brings to the front, that it does so once, and who has sent it. */

import type { Request } from "../call/ports";
import type { Part as PartOfPage } from "../place/arrangement";
import type { Attention, AttentionCall, Part } from "../protocol/generated";
import type { Store } from "../state/store";

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

/** Nothing is said any more of this call; one that has come meanwhile, and is not drawn yet, stays. */
export function forget(store: Store, attention: Attention): void {
  if (store.getState().lesson.attention === attention) {
    store.dispatch({ type: "attention", attention: null });
  }
}

/** What this page has asked for: the same teacher's other page, on the projector, is to follow as everybody's does. */
const asked = new Set<string>();

/** Asks everybody to look. Throws `CommandFailed`. */
export async function callAttention(request: Request, call: AttentionCall): Promise<void> {
  const key = keyOf(call);
  const isFirst = !asked.has(key);
  asked.add(key); // before: the push may come ahead of the answer
  try {
    await request("attention.call", call);
  } catch (error) {
    if (isFirst) {
      asked.delete(key);
    }
    throw error;
  }
}

/** Whether this very page has asked for it. */
export function isOwn(attention: Attention, me: string | null): boolean {
  return attention.by === me && asked.has(keyOf(attention));
}

function keyOf({ room, part, board, view }: AttentionCall): string {
  const place = view == null ? null : [view.x, view.y, view.width, view.height];
  return JSON.stringify([room, part, board ?? null, place]);
}
