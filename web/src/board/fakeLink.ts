/** A member's connection to a board's server, for tests: what travels waits until the test lets it, or loses it. */

import type { Request } from "../call/ports";
import { noAnswer } from "../connection/failure";
import type { BoardChange, BoardJoin, BoardPage, Event } from "../protocol/generated";
import type { FakeMember } from "./fakeRules";
import type { FakeBoard } from "./fakeServer";

export interface Asked {
  name: string;
  params: Record<string, unknown>;
}

/** A member's connection to a board. What is asked waits in `asked`, what comes back in `inbox`. */
export class FakeLink {
  readonly member: FakeMember;
  readonly asked: Asked[] = [];
  /** Everything that was asked, also what was answered. */
  readonly history: Asked[] = [];
  readonly inbox: { isEvent: boolean; come: () => void }[] = [];
  onEvent: (event: Event) => void = () => {};
  isOpen = true;
  /** Serve and deliver at once. */
  isPrompt = true;
  readonly #board: FakeBoard;
  /** Those of the snapshot that it was given on joining. */
  #pages: readonly BoardPage[] = [];
  #waiting: { asked: Asked; serve: () => void; fail: () => void }[] = [];

  constructor(board: FakeBoard, member: FakeMember) {
    this.#board = board;
    this.member = member;
  }

  readonly request: Request = (name, params) => {
    const asked = { name, params: params as unknown as Record<string, unknown> };
    this.history.push(asked);
    if (!this.isOpen) {
      return Promise.reject(noAnswer());
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        asked,
        serve: () => {
          const answer = this.#answer(asked);
          this.inbox.push({ isEvent: false, come: () => answer(resolve as never, reject) });
        },
        fail: () => reject(noAnswer()),
      });
      if (this.isPrompt) {
        this.serveAll();
      }
    });
  };

  /** All commands of a name, the oldest first. */
  of(name: string): Record<string, unknown>[] {
    return this.history.filter((one) => one.name === name).map(({ params }) => params);
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  push(event: Event): void {
    this.inbox.push({ isEvent: true, come: () => this.onEvent(event) });
    if (this.isPrompt) {
      this.deliverAll();
    }
  }

  /** The server takes the oldest command. */
  serve(): void {
    this.#waiting.shift()?.serve();
  }

  serveAll(): void {
    while (this.#waiting.length > 0) {
      this.serve();
    }
    this.deliverAll();
  }

  /** The oldest of what waits reaches the page. */
  deliver(): void {
    this.inbox.shift()?.come();
  }

  deliverAll(): void {
    while (this.inbox.length > 0) {
      this.deliver();
    }
  }

  /** An answer overtakes the event before it, or the other way round. */
  swap(): void {
    const [first, second] = this.inbox;
    if (first !== undefined && second !== undefined && first.isEvent !== second.isEvent) {
      this.inbox.splice(0, 2, second, first);
    }
  }

  /** The connection breaks: what is under way, in either direction, is lost. */
  cut(): void {
    this.isOpen = false;
    this.#board.links.delete(this);
    this.inbox.length = 0;
    const lost = this.#waiting;
    this.#waiting = [];
    for (const { fail } of lost) {
      fail();
    }
  }

  #answer({
    name,
    params,
  }: Asked): (resolve: (value: unknown) => void, reject: (why: unknown) => void) => void {
    try {
      const value = this.#serve(name, params);
      return (resolve) => resolve(value);
    } catch (error) {
      return (_resolve, reject) => reject(error);
    }
  }

  #serve(name: string, params: Record<string, unknown>): unknown {
    const board = this.#board;
    switch (name) {
      case "board.join": {
        const joined = board.join(params as unknown as BoardJoin, this.member);
        this.#pages = board.pages(this.member);
        board.links.add(this);
        return joined;
      }
      case "board.page":
        return this.#pages[(params.page as number) - 1];
      case "board.leave":
        board.links.delete(this);
        return {};
      case "board.change":
        return board.change(params as unknown as BoardChange, this.member);
      default:
        return {};
    }
  }
}
