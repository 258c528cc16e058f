/** What each video slot of the subscribe session shows: the page's side of `call_slots`. Pure. */

import type { Medium, Slot } from "../protocol/generated";

export type Picture = Exclude<Medium, "audio">;

/** A slot in use. */
export interface FilledSlot {
  readonly mid: string;
  readonly participant: string;
  readonly medium: Picture;
  /** Frames up to this RTP timestamp are another's; null: the slot has shown nothing before. */
  readonly after: number | null;
  /** The assignment it came with: a new one is a new picture, even in the same slot. */
  readonly revision: number;
}

export type SlotTable = readonly FilledSlot[];

/**
 * The slots after an assignment. Those that keep their source stay the very objects they were.
 *
 * The connection delivers assignments in order, and a server that has restarted counts anew: each one is taken.
 */
export function assignSlots(
  before: SlotTable,
  slots: readonly Slot[],
  revision: number,
): SlotTable {
  const after: FilledSlot[] = [];
  for (const { mid, participant, medium, after: last } of slots) {
    if (participant === null || medium === null || medium === "audio") {
      continue;
    }
    const isNewSession = last === null; // nothing was ever shown: what the table says of it is another session's
    const same = before.find(
      (slot) =>
        slot.mid === mid &&
        slot.participant === participant &&
        slot.medium === medium &&
        !(isNewSession && slot.after !== null),
    );
    after.push(same ?? { mid, participant, medium, after: last, revision });
  }
  return after;
}
