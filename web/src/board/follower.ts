/**
 * Follows the stream of a board: joins it, fetches the pages of its snapshot, applies events in order, and joins again
 * from where it stands when something was missed.
 */

import type { Request } from "../call/ports";
import { delayBefore } from "../connection/backoff";
import { asCommandFailed, CommandFailed } from "../connection/failure";
import type {
  BoardElement,
  BoardJoined,
  BoardPage,
  BoardRights,
  ErrorCode,
  Event,
} from "../protocol/generated";
import { joinMirror, type Mirror, type Reader, receive, startMirror } from "./mirror";
import { readPage } from "./pages";

/** An answer and the event it tells of leave the server together; after so long the event was dropped on the way. */
export const EVENT_EXPECTED_MS = 2_000;

export interface FollowerOptions {
  board: string;
  request: Request;
  reader(): Reader;
  /** `applied`: events that were not seen before. `isFresh`: begun anew, from a snapshot. */
  onMirror(mirror: Mirror, applied: readonly Event[], isFresh: boolean): void;
  /** The board is up to date, over this connection. */
  onJoined(rights: BoardRights): void;
  onPages(done: number, total: number): void;
  onRefused(code: ErrorCode): void;
}

export class BoardFollower {
  readonly #options: FollowerOptions;
  #mirror: Mirror | null = null;
  /** Counts joins, so that what a former one still brings is ignored. */
  #turn = 0;
  /** Joining, or waiting to: events are kept until then. */
  #isJoining = false;
  #kept: Event[] = [];
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #expected: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get mirror(): Mirror | null {
    return this.#mirror;
  }

  get isJoining(): boolean {
    return this.#isJoining;
  }

  /** Over a new connection, or since something was missed. */
  join(): void {
    this.suspend();
    this.#isJoining = true;
    void this.#join(this.#turn);
  }

  /** The connection is gone, or the room was left. */
  suspend(): void {
    this.#turn += 1;
    this.#isJoining = false;
    this.#kept = [];
    clearTimeout(this.#retry);
    clearTimeout(this.#expected);
  }

  /** Events of this board. */
  take(events: readonly Event[]): void {
    const before = this.#mirror;
    if (this.#isJoining || before === null) {
      this.#kept.push(...events);
      return;
    }
    const after = receive(before, events, this.#options.reader());
    if (after !== before) {
      this.#set(after, events, false);
      this.#joinAgainIfBehind(after);
    }
  }

  /** The board is known to have got as far as `seq`: where its events do not come, they are fetched. */
  expect(seq: number): void {
    clearTimeout(this.#expected);
    if (this.#seq < seq && !this.#isJoining) {
      this.#expected = setTimeout(() => {
        if (this.#seq < seq) {
          this.join();
        }
      }, EVENT_EXPECTED_MS);
    }
  }

  get #seq(): number {
    return this.#mirror?.position.seq ?? 0;
  }

  async #join(turn: number): Promise<void> {
    try {
      const { board, request } = this.#options;
      const joined = await request("board.join", { board, ...at(this.#mirror) });
      const elements = turn === this.#turn ? await this.#readPages(joined, turn) : null;
      if (turn === this.#turn) {
        this.#onJoined(joined, elements);
      }
    } catch (error) {
      if (turn === this.#turn) {
        this.#onFailure(error, turn);
      }
    }
  }

  /** The elements of a snapshot, one page after the other. Null when the join was abandoned meanwhile. */
  async #readPages(joined: BoardJoined, turn: number): Promise<BoardElement[] | null> {
    if (joined.snapshot === null) {
      return null;
    }
    const { first, pages } = joined.snapshot;
    const elements: BoardElement[] = [];
    for (let page = first; ; page = await this.#askPage(page.page + 1)) {
      const read = await readPage(page.elements);
      if (turn !== this.#turn) {
        return null;
      }
      elements.push(...read);
      this.#options.onPages(page.page, pages);
      if (page.page >= pages) {
        return elements;
      }
    }
  }

  /** A page that is refused is no refusal of the board: joining again tells. */
  async #askPage(page: number): Promise<BoardPage> {
    const { board, request } = this.#options;
    try {
      return await request("board.page", { board, page });
    } catch (error) {
      const { code, message } = asCommandFailed(error);
      throw new CommandFailed(code, message, true);
    }
  }

  #onJoined(joined: BoardJoined, elements: readonly BoardElement[] | null): void {
    const { snapshot } = joined;
    const before = this.#mirror;
    const position = joined.snapshot_position ?? joined.position;
    const start =
      snapshot === null ? before : startMirror(elements ?? [], snapshot, position, before);
    if (start === null) {
      throw new Error("The server answered events to one who has nothing yet.");
    }
    const reader = this.#options.reader();
    const kept = this.#kept;
    const after = receive(joinMirror(start, joined, reader), kept, reader);
    this.#isJoining = false;
    this.#kept = [];
    this.#failures = 0;
    this.#set(after, [...joined.events, ...kept], snapshot !== null);
    this.#options.onJoined(joined.rights);
    this.#joinAgainIfBehind(after);
  }

  #set(mirror: Mirror, events: readonly Event[], isFresh: boolean): void {
    const seen = isFresh ? 0 : this.#seq;
    this.#mirror = mirror;
    const { seq } = mirror.position;
    const applied = events.filter((event) => event.seq > seen && event.seq <= seq);
    this.#options.onMirror(mirror, applied, isFresh);
  }

  #joinAgainIfBehind(mirror: Mirror): void {
    if (mirror.behind || mirror.stale) {
      this.join();
    }
  }

  #onFailure(error: unknown, turn: number): void {
    const { code, retry } = asCommandFailed(error);
    // Not joined: the room is being entered again. Unknown: the next try may make sense.
    if (retry || code === "no_answer" || code === "unknown" || code === "not_joined") {
      this.#retry = setTimeout(() => void this.#join(turn), delayBefore(this.#failures));
      this.#failures += 1;
      return;
    }
    this.suspend();
    this.#options.onRefused(code);
  }
}

/** Where one stands, unless only a new snapshot helps. */
function at(mirror: Mirror | null): { position?: { epoch: string; seq: number } } {
  return mirror === null || mirror.stale ? {} : { position: mirror.position };
}
