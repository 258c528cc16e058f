/** What teachers decide about one board, and what anybody asks of its past: commands that are answered at once. */

import type { Request } from "../call/ports";
import { makeNonce } from "../connection/nonce";
import { callAttention } from "../lesson/attention";
import type { BoardElement, BoardHistoryPage, BoardPolicy } from "../protocol/generated";
import { inParts } from "./chunks";
import { roundRect } from "./pointing";
import type { Rect } from "./ports";

export class BoardOrders {
  readonly #board: string;
  readonly #room: () => string;
  readonly #request: Request;

  /** `room`: the one that the board belongs to. */
  constructor(board: string, room: () => string, request: Request) {
    this.#board = board;
    this.#room = room;
    this.#request = request;
  }

  /** Not `board.bring`: that reaches those only who have the board open. */
  async callTo(rect: Rect | null): Promise<void> {
    const view = rect === null ? null : roundRect(rect);
    const call = { room: this.#room(), part: "board", board: this.#board, view } as const;
    await callAttention(this.#request, call);
  }

  async clear(member: string | null): Promise<void> {
    await this.#request("board.clear", { ...this.#durable(), member });
  }

  async undoClear(clear: number): Promise<void> {
    await this.#request("board.undo_clear", { ...this.#durable(), clear });
  }

  /** `onBoard`: what is there, by id. */
  async setHidden(
    elements: readonly string[],
    hidden: boolean,
    onBoard: ReadonlyMap<string, BoardElement>,
  ): Promise<void> {
    for (const part of inParts(elements, onBoard)) {
      await this.#request("board.set_hidden", { ...this.#durable(), elements: part, hidden });
    }
  }

  async setPolicy(policy: BoardPolicy): Promise<void> {
    await this.#request("board.set_policy", { ...this.#durable(), policy });
  }

  history(after: number): Promise<BoardHistoryPage> {
    return this.#request("board.history", { board: this.#board, after });
  }

  #durable(): { nonce: string; board: string } {
    return { nonce: makeNonce(), board: this.#board };
  }
}
