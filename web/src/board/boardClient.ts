/** One open board: `follower.ts` keeps the server's, `pendingChanges.ts` one's own changes on top of it. */

import type { Request } from "../call/ports";
import type {
  BoardAnswered,
  BoardHistoryPage,
  BoardPolicy,
  BoardRights,
  BoardStrokeDrawn,
  Element,
  ErrorCode,
  Event,
  PresenceChange,
  StrokeLook,
} from "../protocol/generated";
import { BoardOrders } from "./boardOrders";
import { ChangeSender } from "./changeSender";
import { Clearings } from "./clearings";
import { BoardFollower } from "./follower";
import type { Mirror, Reader } from "./mirror";
import { PassingLane } from "./passingLane";
import { PendingChanges } from "./pendingChanges";
import type { PendingKeeper } from "./pendingKeeper";
import type { SentCommand } from "./pendingStore";
import type { BoardClient, BoardState, Cursor, Passing, Rect } from "./ports";
import { NO_BOARD, type Self, Shown } from "./shown";

/** Who is at this page. */
export interface BoardMember extends Self, Reader {}

export interface OpenBoardOptions {
  board: string;
  /** The room that the board belongs to. */
  room(): string;
  request: Request;
  member(): BoardMember;
  keeper: PendingKeeper;
  onClosed(): void;
}

export function openBoard(options: OpenBoardOptions): OpenBoard {
  return new OpenBoard(options);
}

export class OpenBoard implements BoardClient {
  readonly board: string;
  readonly #options: OpenBoardOptions;
  readonly #follower: BoardFollower;
  readonly #pending = new PendingChanges();
  readonly #sender: ChangeSender;
  readonly #clearings = new Clearings(() => this.#changed());
  readonly #passing: PassingLane;
  readonly #orders: BoardOrders;
  readonly #listeners = new Set<() => void>();
  readonly #shown = new Shown();
  /** Null: it has to be made anew. */
  #state: BoardState | null = NO_BOARD;
  /** What listeners were told of last. */
  #told: BoardState = NO_BOARD;
  /** The log that the board was begun from. */
  #epoch = "";
  #refusal: ErrorCode | null = null;
  #pages: BoardState["pages"] = { done: 0, total: 0 };
  #rights: BoardRights["denied"] = {};
  /** What this person did before has been read. */
  #isRestored = false;
  /** The board is followed over this connection. */
  #isJoined = false;
  #holders = 1;
  #isShut = false;
  #events: Event[] = [];
  #isFlushAsked = false;

  constructor(options: OpenBoardOptions) {
    const { board, request } = options;
    this.board = board;
    this.#options = options;
    this.#follower = new BoardFollower({
      board,
      request,
      reader: options.member,
      onMirror: (mirror, applied, isFresh) => this.#onMirror(mirror, applied, isFresh),
      onJoined: (rights) => this.#onJoined(rights),
      onPages: (done, total) => {
        this.#pages = { done, total };
        this.#changed();
      },
      onRefused: (code) => this.refuse(code),
    });
    this.#sender = new ChangeSender({
      nextCommand: () => this.#nextCommand(),
      send: ({ nonce, changes }) => request("board.change", { board, nonce, changes }),
      onAnswered: (nonce, answer) => this.#onAnswered(nonce, answer),
      onRefused: (nonce, code) => {
        this.#pending.refused(nonce, code, this.#follower.mirror);
        this.#pendingChanged();
      },
      onNotJoined: () => this.#follower.join(),
    });
    this.#passing = new PassingLane({
      ...options,
      mayDraw: () => this.#isJoined && this.#rights.draw === null,
      mayLead: () => this.#isJoined && this.#rights.moderate === null,
    });
    this.#orders = new BoardOrders(board, options.room, request);
    void options.keeper.load(this.#pending).then(() => {
      this.#isRestored = true;
      this.#startSending();
    });
  }

  getState(): BoardState {
    this.#state ??= this.#makeState();
    return this.#state;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onPassing(listener: (passing: Passing) => void): () => void {
    return this.#passing.subscribe(listener);
  }

  change(elements: readonly Element[], seen?: ReadonlyMap<string, number>): void {
    this.#pending.change(elements, this.#follower.mirror, Date.now(), seen);
    for (const { id } of elements) {
      this.#passing.finishStroke(id);
    }
    this.#pendingChanged();
  }

  add(elements: readonly Element[]): void {
    this.#pending.add(elements, this.#follower.mirror, Date.now());
    this.#pendingChanged();
  }

  keepLost(id: string): void {
    this.#pending.keepLost(id, Date.now());
    this.#pendingChanged();
  }

  dismissLost(id: string): void {
    this.#pending.dismissLost(id);
    this.#pendingChanged();
  }

  point(cursor: Cursor): void {
    this.#passing.point(cursor);
  }

  stroke(stroke: string, look: StrokeLook, points: readonly (readonly [number, number])[]): void {
    this.#passing.stroke(stroke, look, points);
  }

  dropStroke(stroke: string): void {
    this.#passing.dropStroke(stroke);
  }

  showViewport(rect: Rect): void {
    this.#passing.showViewport(rect);
  }

  callTo(rect: Rect | null): Promise<void> {
    return this.#orders.callTo(rect);
  }

  clear(member: string | null): Promise<void> {
    return this.#orders.clear(member);
  }

  undoClear(clear: number): Promise<void> {
    return this.#orders.undoClear(clear);
  }

  setHidden(elements: readonly string[], hidden: boolean): Promise<void> {
    return this.#orders.setHidden(elements, hidden, this.getState().elements);
  }

  setPolicy(policy: BoardPolicy): Promise<void> {
    return this.#orders.setPolicy(policy);
  }

  history(after: number): Promise<BoardHistoryPage> {
    return this.#orders.history(after);
  }

  close(): void {
    this.#holders -= 1;
    this.#shutWhenSent();
  }

  /** One more has opened it. */
  hold(): void {
    this.#holders += 1;
  }

  /** It is over. Resolves when what waits is kept. */
  shut(): Promise<void> {
    this.#isShut = true;
    if (this.#isJoined || this.#follower.isJoining) {
      this.#options.request("board.leave", { board: this.board }).catch(() => {});
    }
    this.#listeners.clear();
    this.#passing.close();
    this.suspend();
    this.#clearings.close();
    this.#options.onClosed();
    return this.#options.keeper.saved;
  }

  /** The room was joined, over a new connection or anew: follow its board. */
  join(): void {
    this.#follower.join();
  }

  /** The connection is gone. */
  suspend(): void {
    this.#isJoined = false;
    this.#follower.suspend();
    this.#sender.pause();
    this.#passing.suspend();
  }

  /** The board may not be seen (any more), or its room was left. */
  refuse(code: ErrorCode): void {
    this.suspend();
    this.#refusal = code;
    this.#changed();
    this.#shutWhenSent();
  }

  takeEvent(event: Event): void {
    this.#events.push(event);
    this.#askFlush();
  }

  takeRights({ denied }: BoardRights): void {
    this.#rights = denied;
    this.#changed();
  }

  takeStroke(drawn: BoardStrokeDrawn): void {
    this.#passing.takeStroke(drawn);
  }

  takePassing(passing: Passing): void {
    this.#passing.take(passing);
  }

  takePresence(changes: readonly PresenceChange[]): void {
    this.#passing.takePresence(changes);
  }

  #startSending(): void {
    if (this.#isRestored && this.#isJoined) {
      this.#sender.resume();
    }
    this.#changed();
  }

  #onMirror(mirror: Mirror, applied: readonly Event[], isFresh: boolean): void {
    if (isFresh) {
      this.#pending.restart(mirror.position.epoch !== this.#epoch);
      this.#epoch = mirror.position.epoch;
    }
    for (const event of applied) {
      this.#pending.confirm(event);
    }
    this.#clearings.note(mirror.undoable, Date.now());
    this.#settle();
    this.#changed();
    this.#passing.endFinished(applied, () => this.#notify());
  }

  #onJoined({ denied }: BoardRights): void {
    this.#rights = denied;
    this.#refusal = null;
    this.#isJoined = true;
    this.#startSending();
  }

  #nextCommand(): SentCommand | null {
    const command = this.#pending.next(this.#follower.mirror, Date.now());
    this.#options.keeper.save(this.#pending);
    return command;
  }

  #onAnswered(nonce: string, answer: BoardAnswered): void {
    this.#pending.answered(nonce, answer);
    this.#flush(); // its event may have come with it
    this.#settle();
    this.#follower.expect(this.#pending.awaitedSeq ?? 0);
  }

  /** Make use of what was answered, as far as the board is. */
  #settle(): void {
    const { mirror } = this.#follower;
    if (mirror !== null && this.#pending.settle(mirror)) {
      this.#pendingChanged();
    }
  }

  #pendingChanged(): void {
    this.#options.keeper.save(this.#pending);
    this.#changed();
    this.#shutWhenSent();
  }

  /** What was drawn last, when nobody shows it any more, still reaches the others: as long as one is in the room. */
  #shutWhenSent(): void {
    const isSent = this.#refusal !== null || this.#pending.ids.size === 0;
    if (this.#holders === 0 && isSent && !this.#isShut) {
      void this.shut();
    }
  }

  #changed(): void {
    this.#state = null;
    this.#askFlush();
  }

  /** What comes in one go is taken, sent and told together. */
  #askFlush(): void {
    if (!this.#isFlushAsked) {
      this.#isFlushAsked = true;
      queueMicrotask(() => {
        this.#isFlushAsked = false;
        this.#flush();
        this.#sender.next();
        this.#notify();
      });
    }
  }

  #flush(): void {
    const events = this.#events;
    this.#events = [];
    if (events.length > 0) {
      this.#follower.take(events);
    }
  }

  #notify(): void {
    const state = this.getState();
    if (this.#told !== state) {
      this.#told = state;
      for (const listener of this.#listeners) {
        listener();
      }
    }
  }

  #makeState(): BoardState {
    const { mirror } = this.#follower;
    const isRefused = this.#refusal !== null;
    const isReady = mirror !== null && this.#isRestored;
    const member = this.#options.member();
    return {
      phase: isRefused ? "refused" : isReady ? "ready" : "loading",
      refusal: this.#refusal,
      pages: this.#pages,
      elements: isRefused
        ? NO_BOARD.elements
        : this.#shown.over(mirror, this.#pending.overlay(), member),
      hidden: isRefused ? NO_BOARD.hidden : (mirror?.hidden ?? NO_BOARD.hidden),
      policy: mirror?.policy ?? NO_BOARD.policy,
      rights: this.#rights,
      pending: this.#pending.ids.size,
      undoable: member.isStaff ? this.#clearings.at(Date.now()) : NO_BOARD.undoable,
      lost: this.#pending.lost,
      seq: mirror?.position.seq ?? 0,
    };
  }
}
