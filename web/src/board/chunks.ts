/** Which of the changes that wait go into the next command. Pure. */

import { CHANGES_MAX, type Element } from "../protocol/generated";
import { inGroups } from "./bindings";
import { COMMAND_BYTES_MAX, sizeOf } from "./fitting";

interface Waiting {
  readonly element: Element;
}

type OnBoard = ReadonlyMap<string, Waiting>;

/**
 * The first of `waiting` that fit into one command: those that are bound to each other together, of at most `groupsMax`
 * such groups. `before`: the board. Never empty where `waiting` is not.
 */
export function takeChunk<Item extends Waiting>(
  waiting: readonly Item[],
  before: OnBoard,
  groupsMax: number,
): Item[] {
  const taken: Item[] = [];
  let bytes = 0;
  let groups = 0;
  for (const group of inGroups(waiting, before)) {
    const size = sizeOfAll(group);
    const isFull = taken.length + group.length > CHANGES_MAX || bytes + size > COMMAND_BYTES_MAX;
    if (groups === groupsMax || isFull) {
      return taken.length > 0 ? taken : firstThatFit(group);
    }
    taken.push(...group);
    bytes += size;
    groups += 1;
  }
  return taken;
}

/** Half of SHOWN_AT_ONCE_BYTES_MAX in rooms/board/decide.py: texts come with their containers. */
const SHOWN_BYTES_MAX = 500_000;

/** Ids of elements that are put aside, or to be, in parts that one command may name. */
export function inParts(ids: readonly string[], board: OnBoard): string[][] {
  const parts: string[][] = [[]];
  let bytes = 0;
  for (const id of ids) {
    const one = board.get(id);
    const size = one === undefined ? 0 : sizeOf(one.element);
    const isFull = parts.at(-1)?.length === CHANGES_MAX || bytes + size > SHOWN_BYTES_MAX;
    if (isFull && bytes > 0) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(id);
    bytes += size;
  }
  return parts;
}

/** Of a group that is too large for one command: shapes before what is bound to them. */
function firstThatFit<Item extends Waiting>(group: readonly Item[]): Item[] {
  const inOrder = [...group].sort((a, b) => rank(a.element) - rank(b.element));
  const taken: Item[] = [];
  let bytes = 0;
  for (const item of inOrder) {
    bytes += sizeOf(item.element);
    if (taken.length > 0 && (taken.length === CHANGES_MAX || bytes > COMMAND_BYTES_MAX)) {
      break;
    }
    taken.push(item);
  }
  return taken;
}

function rank(element: Element): number {
  switch (element.type) {
    case "text":
      return element.containerId === null ? 0 : 2; // its container may be an arrow
    case "line":
    case "arrow":
      return element.startBinding === null && element.endBinding === null ? 0 : 1;
    default:
      return 0;
  }
}

function sizeOfAll(items: readonly Waiting[]): number {
  return items.reduce((sum, { element }) => sum + sizeOf(element), 0);
}
