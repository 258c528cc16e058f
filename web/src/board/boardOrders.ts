/** What teachers decide about one board, and what anybody asks of its past: commands that are answered at once. */

import type { Request } from "../call/ports";
import { makeNonce } from "../connection/nonce";
import type { BoardElement, BoardHistoryPage, BoardPolicy } from "../protocol/generated";
import { inParts } from "./chunks";
import { roundRect } from "./pointing";
import type { Rect } from "./ports";

export class BoardOrders {
  readonly #board: string;
  readonly #request: Request;

  constructor(board: string, request: Request) {
    this.#board = board;
    this.#request = request;
  }

  async bring(rect: Rect): Promise<void> {
    await this.#request("board.bring", { board: this.#board, ...roundRect(rect) });
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
