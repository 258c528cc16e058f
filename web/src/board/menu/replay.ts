/**
 * How a board came to be: its events as steps, and the board as it stood after any of them. Pure.
 *
 * A step is found from the nearest board that is kept whole, so going back is as cheap as going on. Whole boards are
 * kept as far apart as they are large: together they hold no more elements than there are events.
 */

import type { BoardElement, Event } from "../../protocol/generated";

/** Steps between two boards that are kept whole, at least. */
export const KEYFRAME_STEPS_MIN = 64;

/** Nobody watches a pause: of the time between two steps this much is played, in milliseconds. */
export const PAUSE_MAX_MS = 1_200;

/** Each step is to be seen for so long, in milliseconds: an import is many of one moment. */
export const STEP_MIN_MS = 40;

export type Elements = ReadonlyMap<string, BoardElement>;

export type Deed = "drew" | "changed" | "deleted" | "cleared" | "restored" | "hid" | "showed";

export interface Step {
  seq: number;
  /** Milliseconds since 1970 UTC. */
  at: number;
  actor: string;
  deed: Deed;
  /** How many elements it is about. */
  count: number;
  /** When it is played, in milliseconds from the beginning at the usual speed. */
  playAt: number;
}

export interface ReplaySource {
  events: readonly Event[];
  /** Events up to this seq are no longer kept; 0: the log is whole. */
  pruned: number;
  /** The board as it is after the last event: what the log no longer tells is taken from it. */
  now: Elements;
  /** Teachers see what was put aside, here as on the board. */
  seesHidden: boolean;
}

/** What a step does to the elements: those to put there, and ids of those to take away. */
interface Delta {
  put: readonly BoardElement[];
  drop: readonly string[];
}

export class Replay {
  /** The first board is before the first step: step 0 is what was there, step n the board after `steps[n - 1]`. */
  readonly steps: readonly Step[];
  readonly #deltas: readonly Delta[];
  readonly #keyframes: { step: number; elements: Elements }[];
  #last: { step: number; elements: Elements };

  constructor(source: ReplaySource) {
    const start = source.pruned > 0 ? beforeTheLog(source) : new Map<string, BoardElement>();
    const { steps, deltas, keyframes } = record(source, start);
    this.steps = steps;
    this.#deltas = deltas;
    this.#keyframes = keyframes;
    this.#last = { step: 0, elements: start };
  }

  /** The board after so many steps. */
  at(step: number): Elements {
    const wanted = Math.max(0, Math.min(this.steps.length, Math.trunc(step)));
    const keyframe = this.#keyframeBefore(wanted);
    const isNearer = this.#last.step <= wanted && this.#last.step >= keyframe.step;
    const from = isNearer ? this.#last : keyframe;
    if (from.step !== wanted) {
      const elements = new Map(from.elements);
      for (const delta of this.#deltas.slice(from.step, wanted)) {
        apply(elements, delta);
      }
      this.#last = { step: wanted, elements };
    } else {
      this.#last = from;
    }
    return this.#last.elements;
  }

  /** The step that is shown when it has been played for so long, in milliseconds at the usual speed. */
  stepAt(playedMs: number): number {
    return countUpTo(this.steps, ({ playAt }) => playAt <= playedMs);
  }

  /** How long it was played when a step is shown. */
  playedAt(step: number): number {
    return this.steps[step - 1]?.playAt ?? 0;
  }

  #keyframeBefore(step: number): { step: number; elements: Elements } {
    const found = this.#keyframes[countUpTo(this.#keyframes, (each) => each.step <= step) - 1];
    return found ?? { step: 0, elements: new Map() };
  }
}

function record(
  { events, seesHidden }: ReplaySource,
  start: Elements,
): {
  steps: Step[];
  deltas: Delta[];
  keyframes: { step: number; elements: Elements }[];
} {
  const steps: Step[] = [];
  const deltas: Delta[] = [];
  const keyframes = [{ step: 0, elements: start }];
  const board = new Map(start);
  const cleared = new Map<number, BoardElement[]>();
  let playAt = 0;
  let lastAt: number | null = null;
  for (const event of events) {
    const told = tell(event, { board, cleared, seesHidden });
    if (told === null) {
      continue;
    }
    const { deed, delta } = told;
    apply(board, delta);
    playAt += Math.max(STEP_MIN_MS, Math.min(PAUSE_MAX_MS, event.at - (lastAt ?? event.at)));
    lastAt = event.at;
    const count = delta.put.length + delta.drop.length;
    steps.push({ seq: event.seq, at: event.at, actor: event.actor, deed, count, playAt });
    deltas.push(delta);
    const since = steps.length - (keyframes.at(-1)?.step ?? 0);
    if (since >= Math.max(KEYFRAME_STEPS_MIN, board.size)) {
      keyframes.push({ step: steps.length, elements: new Map(board) });
    }
  }
  return { steps, deltas, keyframes };
}

interface Known {
  board: Elements;
  /** What each clearing took away, by its seq. */
  cleared: Map<number, BoardElement[]>;
  seesHidden: boolean;
}

/** What an event shows; null when that is nothing. */
function tell(event: Event, known: Known): { deed: Deed; delta: Delta } | null {
  const { board, cleared, seesHidden } = known;
  const { body } = event;
  switch (body.kind) {
    case "board.changed": {
      const put = body.elements.filter(({ element }) => !element.isDeleted);
      const drop = body.elements
        .filter(({ element }) => element.isDeleted && board.has(element.id))
        .map(({ element }) => element.id);
      const isNew = put.some(({ element }) => !board.has(element.id));
      return shown(isNew ? "drew" : put.length > 0 ? "changed" : "deleted", { put, drop });
    }
    case "board.cleared": {
      const isMeant = ({ creator }: BoardElement) => [null, creator].includes(body.member);
      const taken = [...board.values()].filter(isMeant);
      cleared.set(event.seq, taken);
      return shown("cleared", { put: [], drop: taken.map(({ element }) => element.id) });
    }
    case "board.clear_undone": {
      const taken = cleared.get(body.clear) ?? [];
      const put = taken
        .filter(({ element }) => !board.has(element.id))
        .map((item) => ({ ...item, version: item.version + 1 }));
      return shown("restored", { put, drop: [] });
    }
    case "board.hidden": {
      const drop = seesHidden ? [] : body.elements.filter((id) => board.has(id));
      return shown("hid", { put: [], drop });
    }
    case "board.shown":
      return shown("showed", { put: seesHidden ? [] : body.elements, drop: [] });
    default:
      return null; // who may draw, or nothing that this reader may see
  }
}

function shown(deed: Deed, delta: Delta): { deed: Deed; delta: Delta } | null {
  return delta.put.length + delta.drop.length > 0 ? { deed, delta } : null;
}

function apply(board: Map<string, BoardElement>, { put, drop }: Delta): void {
  for (const id of drop) {
    board.delete(id);
  }
  for (const item of put) {
    board.set(item.element.id, item);
  }
}

/**
 * What was on the board when the log that is kept begins. Elements that no event speaks of were there as they are now; of
 * those that were changed or deleted later, the first look that is known stands for how they were. (One that had been
 * deleted, and came back after the beginning, cannot be told from them: it is shown too early.)
 */
function beforeTheLog({ events, now }: ReplaySource): Elements {
  const start = new Map<string, BoardElement>();
  const spoken = new Set<string>();
  for (const { body } of events) {
    if (body.kind !== "board.changed" && body.kind !== "board.shown") {
      continue;
    }
    for (const item of body.elements) {
      const { element, version } = item;
      if (!spoken.has(element.id) && version > 1) {
        start.set(element.id, { ...item, element: { ...element, isDeleted: false } });
      }
      spoken.add(element.id);
    }
  }
  const lastAt = events.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  for (const [id, item] of now) {
    if (!spoken.has(id) && item.version > 0 && item.at <= lastAt) {
      start.set(id, item);
    }
  }
  return start;
}

/** How many of the first ones fulfil a condition that holds up to some point and not after. */
function countUpTo<T>(items: readonly T[], holds: (item: T) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = items[middle];
    if (item !== undefined && holds(item)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
