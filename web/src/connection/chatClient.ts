/** What the page asks about a room's messages besides posting them: history, jumps, quotes, read marks, reactions. */

import type { ChatReact, Commands, Message } from "../protocol/generated";
import { findMessage } from "../state/room";
import type { Store } from "../state/store";
import type { CommandName } from "./link";
import { ReadReporter } from "./readReporter";

type Request = <Name extends CommandName>(
  name: Name,
  params: Commands[Name]["params"],
) => Promise<Commands[Name]["result"]>;

type Change = <Name extends "chat.react" | "chat.pin" | "chat.set_language">(
  name: Name,
  params: Omit<Commands[Name]["params"], "nonce">,
) => Promise<Commands[Name]["result"]>;

export type Reaction = ChatReact["reaction"];

/** How much after a message is shown with it when one jumps there: what was answered. In positions of the log. */
const CONTEXT_AFTER = 25;

/** Of a jump's page: some screens around the message. */
const JUMP_PAGE = 50;

export class ChatClient {
  readonly #store: Store;
  readonly #request: Request;
  readonly #change: Change;
  readonly #reporter: ReadReporter;
  /** Originals that were asked for: one request each, and one at a time, for a page of replies may quote fifty. */
  readonly #asked = new Set<string>();
  #asking: Promise<void> = Promise.resolve();
  /** Those whose answer was lost, to be asked for once more over the next connection. */
  readonly #lost = new Map<string, () => void>();
  /** Per room: how often the reader has wished to be elsewhere in it. An answer to an earlier wish is not wanted. */
  readonly #wishes = new Map<string, number>();

  constructor(options: { store: Store; request: Request; change: Change }) {
    this.#store = options.store;
    this.#request = options.request;
    this.#change = options.change;
    this.#reporter = new ReadReporter((room, message) =>
      this.#request("chat.read", { room, message }),
    );
  }

  close(): void {
    this.#reporter.close();
  }

  /** A page of messages older than those that are shown. */
  async loadEarlier(room: string): Promise<void> {
    const shown = this.#room(room);
    const past = shown?.past ?? null;
    const before = (past ?? shown)?.messages[0]?.id;
    if (before !== undefined) {
      const page = await this.#request("chat.history", { room, before });
      const type = past === null ? "history" : "past-earlier";
      this.#store.dispatch({ type, room, page, before });
    }
  }

  /** In the past: a page of messages newer than those that are shown. */
  async loadLater(room: string): Promise<void> {
    const after = this.#room(room)?.past?.messages.at(-1)?.id;
    const before = this.#room(room)?.messages[0]?.id;
    if (after !== undefined && before !== undefined) {
      const page = await this.#request("chat.history", { room, before, after });
      this.#store.dispatch({ type: "past-later", room, page, after, before });
    }
  }

  /**
   * Have a message among those that are shown, with what was said around it. False: it is not there any more. Who wishes
   * to be elsewhere meanwhile stays there.
   */
  async reach(room: string, message: number): Promise<boolean> {
    const isWanted = this.#wish(room);
    const shown = this.#room(room);
    const isIn = (messages: readonly Message[]) => messages.some(({ id }) => id === message);
    if (shown === undefined) {
      return false;
    }
    if (shown.past !== null && isIn(shown.past.messages)) {
      return true;
    }
    if (isIn(shown.messages)) {
      this.#showNow(room);
      return true;
    }
    const before = message + CONTEXT_AFTER;
    const page = await this.#request("chat.history", { room, before, limit: JUMP_PAGE });
    if (!isWanted()) {
      return true; // nobody is to hear of it
    }
    this.#store.dispatch({ type: "past-opened", room, page, before });
    return isIn(page.messages);
  }

  /** Have the first messages after `mark` among those that are shown; the first of them. Null: none, or not wanted now. */
  async reachAfter(room: string, mark: number): Promise<number | null> {
    const isWanted = this.#wish(room);
    this.#endJump(room);
    const oldest = this.#room(room)?.messages[0]?.id;
    if (oldest !== undefined && oldest > mark) {
      const page = await this.#request("chat.history", { room, before: oldest, after: mark });
      if (!isWanted()) {
        return null;
      }
      const end = page.more ? (page.messages.at(-1)?.id ?? mark) + 1 : oldest;
      // Before the first unread one there are read ones, which the page does not hold.
      const withOlder = { ...page, more: true };
      this.#store.dispatch({
        type: "past-opened",
        room,
        page: withOlder,
        before: end,
        after: mark,
      });
      return page.messages[0]?.id ?? null;
    }
    return this.#room(room)?.messages.find(({ id }) => id > mark)?.id ?? null;
  }

  /** Back to now, wherever in the room the reader is or was going to. */
  leavePast(room: string): void {
    this.#wish(room);
    this.#endJump(room);
    this.#showNow(room);
  }

  #endJump(room: string): void {
    if (this.#store.getState().jump?.room === room) {
      this.#store.dispatch({ type: "jump", jump: null });
    }
  }

  #showNow(room: string): void {
    if (this.#room(room)?.past) {
      this.#store.dispatch({ type: "past-left", room });
    }
  }

  /** The reader wishes to be elsewhere in a room. Answers whether that is still so. */
  #wish(room: string): () => boolean {
    const wish = (this.#wishes.get(room) ?? 0) + 1;
    this.#wishes.set(room, wish);
    return () => this.#wishes.get(room) === wish;
  }

  /** Ask for a message that a reply quotes and that is not at hand. */
  fetchOriginal(room: string, id: number): void {
    const key = `${room}/${id}`;
    const state = this.#room(room);
    if (this.#asked.has(key) || state === undefined || findMessage(state, id) !== undefined) {
      return;
    }
    this.#asked.add(key);
    this.#asking = this.#asking.then(() => this.#askForOriginal(room, id, key));
  }

  async #askForOriginal(room: string, id: number, key: string): Promise<void> {
    try {
      const page = await this.#request("chat.history", { room, before: id + 1, limit: 1 });
      const found = page.messages.find((message) => message.id === id) ?? null;
      this.#store.dispatch({ type: "original", room, id, message: found });
    } catch {
      this.#lost.set(key, () => this.fetchOriginal(room, id));
    } finally {
      this.#asked.delete(key);
    }
  }

  /** The reader has seen up to this message. */
  read(room: string, message: number): void {
    this.#reporter.read(room, message);
  }

  /** Connected anew: what was read meanwhile is told, and what was asked in vain asked again. */
  resume(): void {
    this.#reporter.resume();
    const lost = [...this.#lost.values()];
    this.#lost.clear();
    for (const askAgain of lost) {
      askAgain();
    }
  }

  pause(): void {
    this.#reporter.pause();
  }

  react(room: string, message: number, reaction: Reaction, on: boolean): Promise<unknown> {
    return this.#change("chat.react", { room, message, reaction, on });
  }

  pin(room: string, message: number, pinned: boolean): Promise<unknown> {
    return this.#change("chat.pin", { room, message, pinned });
  }

  setLanguage(room: string, message: number, language: string | null): Promise<unknown> {
    return this.#change("chat.set_language", { room, message, language });
  }

  search(params: Commands["chat.search"]["params"]): Promise<Commands["chat.search"]["result"]> {
    return this.#request("chat.search", params);
  }

  #room(room: string) {
    return this.#store.getState().rooms[room];
  }
}
