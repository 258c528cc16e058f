/**
 * Puts groups together in blocks: what the browser lays out, or leaves out, as one, and what React compares as one. Each
 * costs a little with every new message, and a list may have a thousand groups. Pure.
 */

import type { Day, Group } from "./groups";

/**
 * Ids of messages in one block. A block begins where the ids say, not so many groups after the one before: it stays the
 * same block when earlier messages come in above, or new ones below. Few screens of messages, so that little is laid out
 * that nobody sees.
 */
export const BLOCK_IDS = 64;

export interface Block {
  /** Its place among those of its day. */
  key: number;
  groups: readonly Group[];
}

/** A day as it is drawn. */
export interface DrawnDay {
  /** Start of the day in the reader's time zone. */
  start: number;
  blocks: readonly Block[];
}

/** The days in blocks. Block and group are each the very object that they were before if nothing in them has changed. */
export function drawnDays(before: readonly DrawnDay[], days: readonly Day[]): DrawnDay[] {
  const known = new Map(before.map(({ start, blocks }) => [start, blocks]));
  return days.map(({ start, groups }) => ({
    start,
    blocks: blocksOf(groups, known.get(start) ?? []),
  }));
}

function blocksOf(groups: readonly Group[], before: readonly Block[]): Block[] {
  const known = new Map(before.map((block) => [block.key, block]));
  const blocks: { key: number; groups: Group[] }[] = [];
  for (const group of groups) {
    const last = blocks.at(-1);
    const key = placeOf(group) ?? last?.key ?? 0;
    if (last?.key === key) {
      last.groups.push(group);
    } else {
      blocks.push({ key, groups: [group] });
    }
  }
  return blocks.map((block) => keptBlock(block, known.get(block.key)));
}

/** Where the id of its first message puts it; null: all of it is still on its way. */
function placeOf({ messages: [first] }: Group): number | null {
  return first?.from === "log" ? Math.floor(first.message.id / BLOCK_IDS) : null;
}

function keptBlock(block: Block, before: Block | undefined): Block {
  const known = new Map(before?.groups.map((group) => [group.key, group]));
  const groups = block.groups.map((group) => {
    const old = known.get(group.key);
    return old !== undefined && isSameGroup(old, group) ? old : group;
  });
  const isSame =
    before?.groups.length === groups.length &&
    groups.every((group, index) => group === before.groups[index]);
  return isSame ? before : { ...block, groups };
}

function isSameGroup(one: Group, other: Group): boolean {
  return (
    one.actor === other.actor &&
    one.at === other.at &&
    one.messages.length === other.messages.length &&
    one.messages.every((message, index) => message === other.messages[index])
  );
}
