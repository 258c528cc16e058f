/**
 * The board as the server has it: the twin of the server's rules for the stream `board:<id>`.
 *
 * Pure: what is in the log has happened, so nothing is refused here. Maps are replaced, never changed; the events of one
 * flush are taken together, so that a board of thousands of elements is copied once for all of them.
 */

import type {
  BoardElement,
  BoardJoined,
  BoardPolicy,
  BoardSnapshot,
  Body,
  Event,
  Position,
} from "../protocol/generated";
import type { Followed } from "../state/stream";

/** Deleted elements whose version is remembered: far more than anybody takes back. */
export const GONE_MAX = 2_000;

/** Twin of CLEARED_MAX in rooms/board/rules.py. */
const CLEARED_MAX = 20;

/** An element that is not there any more. */
export interface Gone {
  /** The version that a change of one's own is made upon. */
  readonly version: number;
  /** It was put aside for review, and is again when it comes back. */
  readonly isAside: boolean;
}

export interface Mirror extends Followed {
  /** By id, those put aside for review too where this reader sees them. */
  readonly elements: ReadonlyMap<string, BoardElement>;
  readonly hidden: ReadonlySet<string>;
  readonly gone: ReadonlyMap<string, Gone>;
  readonly policy: BoardPolicy;
  /** Clearings that can be undone, by their seq, the newest last. */
  readonly undoable: readonly number[];
  /** Something has happened that events do not tell: a new snapshot is needed. */
  readonly stale: boolean;
}

/** Who reads: teachers keep what is put aside, and one may take back one's own deletions. */
export interface Reader {
  readonly me: string | null;
  readonly isStaff: boolean;
}

/** The board of a snapshot that is whole. `before`: the one it replaces. */
export function startMirror(
  elements: readonly BoardElement[],
  snapshot: BoardSnapshot,
  position: Position,
  before: Mirror | null,
): Mirror {
  const byId = new Map(elements.map((one) => [one.element.id, one]));
  return {
    elements: byId,
    hidden: new Set(snapshot.hidden),
    gone: before?.position.epoch === position.epoch ? goneSince(before, byId) : new Map(),
    policy: snapshot.policy,
    undoable: snapshot.undoable,
    position,
    behind: false,
    stale: false,
  };
}

/** The board after the answer to `board.join`, of which `start` is the snapshot or what one had. */
export function joinMirror(start: Mirror, joined: BoardJoined, reader: Reader): Mirror {
  const after = receive({ ...start, behind: false }, joined.events, reader);
  return after.behind || after.stale ? after : { ...after, position: joined.position };
}

/** The board after these events, as far as none is missing. Those that were seen already change nothing. */
export function receive(mirror: Mirror, events: readonly Event[], reader: Reader): Mirror {
  let { seq } = mirror.position;
  if (mirror.behind || mirror.stale || events.every((event) => event.seq <= seq)) {
    return mirror;
  }
  const draft = new Draft(mirror, reader);
  let behind = false;
  for (const event of events) {
    if (event.seq > seq + 1) {
      behind = true;
      break;
    }
    if (event.seq === seq + 1) {
      seq = event.seq;
      draft.apply(event);
    }
  }
  return { ...draft.finished(), position: { ...mirror.position, seq }, behind };
}

/** A copy of a board while events are applied to it. */
class Draft {
  readonly #reader: Reader;
  readonly #elements: Map<string, BoardElement>;
  readonly #hidden: Set<string>;
  readonly #gone: Map<string, Gone>;
  #policy: BoardPolicy;
  #undoable: readonly number[];
  #stale = false;

  constructor(mirror: Mirror, reader: Reader) {
    this.#reader = reader;
    this.#elements = new Map(mirror.elements);
    this.#hidden = new Set(mirror.hidden);
    this.#gone = new Map(mirror.gone);
    this.#policy = mirror.policy;
    this.#undoable = mirror.undoable;
  }

  finished(): Omit<Mirror, keyof Followed> {
    return {
      elements: this.#elements,
      hidden: this.#hidden,
      gone: this.#gone,
      policy: this.#policy,
      undoable: this.#undoable,
      stale: this.#stale,
    };
  }

  apply({ body, seq }: Event): void {
    switch (body.kind) {
      case "board.changed":
        for (const element of body.elements) {
          this.#put(element);
        }
        break;
      case "board.cleared":
        this.#clear(body);
        this.#undoable = [...this.#undoable, seq].slice(-CLEARED_MAX);
        break;
      case "board.clear_undone":
        this.#stale = true;
        break;
      case "board.hidden":
        this.#hide(body.elements);
        break;
      case "board.shown":
        for (const element of body.elements) {
          this.#put(element);
          this.#hidden.delete(element.element.id);
        }
        break;
      case "board.policy_set":
        this.#policy = body.policy;
        break;
    }
  }

  #put(changed: BoardElement): void {
    const { id, isDeleted } = changed.element;
    if (!isDeleted) {
      this.#elements.set(id, changed);
      if (this.#gone.get(id)?.isAside) {
        this.#hidden.add(id);
      }
      this.#gone.delete(id);
      return;
    }
    // Only one's own deletion can be taken back: what somebody else deleted, one has seen as it was before.
    const isOwn = changed.editor === this.#reader.me;
    this.#takeAway(id, isOwn ? changed.version : changed.version - 1);
  }

  #clear({ member }: Extract<Body, { kind: "board.cleared" }>): void {
    for (const [id, { creator, version }] of this.#elements) {
      if (member === null || creator === member) {
        this.#takeAway(id, version);
      }
    }
  }

  #hide(ids: readonly string[]): void {
    for (const id of ids) {
      if (this.#reader.isStaff) {
        this.#hidden.add(id);
      } else {
        this.#takeAway(id, this.#elements.get(id)?.version ?? 0);
      }
    }
  }

  #takeAway(id: string, version: number): void {
    this.#elements.delete(id);
    remember(this.#gone, id, { version, isAside: this.#hidden.delete(id) });
  }
}

/** What one had and the snapshot has not was deleted by somebody, after the version that one has seen. */
function goneSince(before: Mirror, elements: ReadonlyMap<string, BoardElement>): Map<string, Gone> {
  const gone = new Map<string, Gone>();
  for (const [id, known] of before.gone) {
    if (!elements.has(id)) {
      gone.set(id, known);
    }
  }
  for (const [id, { version }] of before.elements) {
    if (!elements.has(id)) {
      remember(gone, id, { version, isAside: before.hidden.has(id) });
    }
  }
  return gone;
}

function remember(gone: Map<string, Gone>, id: string, known: Gone): void {
  gone.delete(id); // the newest is the last
  gone.set(id, known);
  const [oldest] = gone.keys();
  if (gone.size > GONE_MAX && oldest !== undefined) {
    gone.delete(oldest);
  }
}
