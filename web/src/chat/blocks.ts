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
  groups: readonly DrawnGroup[];
}

/** A group keeps its key and its block when earlier messages come in at its beginning: who is in it stays there. */
export interface DrawnGroup extends Group {
  block: number;
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
  const old = before.flatMap((block) => block.groups);
  const byKey = new Map(old.map((group) => [group.key, group]));
  const blocks: { key: number; groups: DrawnGroup[] }[] = [];
  for (const group of groups) {
    const last = blocks.at(-1);
    const drawn = keptGroup(group, byKey.get(group.key) ?? grownFrom(old, group), last?.key ?? 0);
    if (last?.key === drawn.block) {
      last.groups.push(drawn);
    } else {
      blocks.push({ key: drawn.block, groups: [drawn] });
    }
  }
  const byPlace = new Map(before.map((block) => [block.key, block]));
  return blocks.map((block) => keptBlock(block, byPlace.get(block.key)));
}

/** The group that has come by this one's beginning: they end with the same message. */
function grownFrom(old: readonly DrawnGroup[], group: Group): DrawnGroup | undefined {
  const end = group.messages.at(-1)?.key;
  return old.find(({ messages }) => messages.at(-1)?.key === end);
}

function keptGroup(group: Group, old: DrawnGroup | undefined, last: number): DrawnGroup {
  if (old === undefined) {
    return { ...group, block: Math.max(placeOf(group) ?? last, last) };
  }
  // What was on its way has its place in the log by now.
  const block = old.messages[0]?.from === "log" ? old.block : (placeOf(group) ?? old.block);
  const kept = { ...group, key: old.key, block: Math.max(block, last) };
  return kept.block === old.block && isSameGroup(old, kept) ? old : kept;
}

/** Where the id of its first message puts it; null: all of it is still on its way. */
function placeOf({ messages: [first] }: Group): number | null {
  return first?.from === "log" ? Math.floor(first.message.id / BLOCK_IDS) : null;
}

function keptBlock(block: Block, before: Block | undefined): Block {
  const isSame =
    before?.groups.length === block.groups.length &&
    block.groups.every((group, index) => group === before.groups[index]);
  return isSame ? before : block;
}

function isSameGroup(one: Group, other: Group): boolean {
  return (
    one.actor === other.actor &&
    one.at === other.at &&
    one.messages.length === other.messages.length &&
    one.messages.every((message, index) => message === other.messages[index])
  );
}
