/**
 * Messages that were written and are not in the log yet. They survive a lost connection and a reload.
 *
 * Per room they go out in order, one after the other: sent together, one that is to be tried again would come after
 * those behind it. A resend has the same nonce, so the server takes each once. Tabs of one person share the store; a
 * lock lets one of them send at a time, and where the browser has no locks the nonce makes double sends harmless.
 */

import type { Accepted, ChatPost, SentFile } from "../protocol/generated";
import type { Outgoing, SendingFile } from "../state/outgoing";
import { delayBefore } from "./backoff";
import { asCommandFailed } from "./failure";
import { makeNonce } from "./nonce";
import { MemoryStore, type OutboxStore, type StoredMessage } from "./outboxStore";

export interface OutboxOptions {
  owner: string;
  store: OutboxStore;
  send(post: ChatPost): Promise<Accepted>;
  /** Have the server keep a file of the message for its room; answers the file's id. */
  upload?(message: StoredMessage, file: SendingFile): Promise<string>;
  /** Not any more: it was discarded. */
  cancelUpload?(nonce: string): void;
  /** The messages now held, for the page to show. */
  onChange(held: Outgoing[]): void;
  onAccepted(nonce: string, seq: number): void;
}

/** What tabs of one person tell each other. */
type Notice = { about: "changed" } | { about: "accepted"; nonce: string; seq: number };

export class Outbox {
  readonly #options: OutboxOptions;
  #store: OutboxStore;
  readonly #channel: BroadcastChannel;
  #isClosed = false;
  /** Shown at once, before the store has them. */
  #unsaved: StoredMessage[] = [];
  readonly #sending = new Set<string>();
  /** Looks into the store are counted: the answer of an earlier one must not replace that of a later one. */
  #looks = 0;
  #newestLook = 0;
  #open = false;
  /** Each ends a wait: rooms wait apart. */
  readonly #wakes = new Set<() => void>();

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#channel = new BroadcastChannel(`rtserver-outbox/${options.owner}`);
    this.#channel.onmessage = ({ data }: MessageEvent<Notice>) => void this.#onNotice(data);
  }

  /** The connection is there: send what waits. */
  async resume(): Promise<void> {
    this.#open = true;
    this.#wakeAll();
    this.#sendWhatWaits(await this.#refresh());
  }

  /** The connection is gone: keep what waits. */
  pause(): void {
    this.#open = false;
    this.#wakeAll();
  }

  close(): void {
    this.pause();
    this.#isClosed = true;
    this.#channel.close();
  }

  /** Whether what waits is there again after a reload. */
  get survivesReload(): boolean {
    return this.#unsaved.length === 0 && !(this.#store instanceof MemoryStore);
  }

  async load(): Promise<void> {
    await this.#refresh();
  }

  async add(
    room: string,
    text: string,
    reply: number | null = null,
    files: readonly SendingFile[] = [],
  ): Promise<void> {
    const owner = this.#options.owner;
    const at = Date.now();
    const message = { nonce: makeNonce(), owner, room, text, reply, files, at, refusal: null };
    this.#unsaved = [...this.#unsaved, message];
    const saved = this.#put(message); // begun at once, for the store numbers messages in the order of their writing
    await this.#refresh();
    await saved;
    this.#unsaved = this.#unsaved.filter((other) => other !== message);
    await this.#changed();
    void this.#sendAll(room);
  }

  /** Send a refused message once more. */
  async retry(nonce: string): Promise<void> {
    const message = await this.#find(nonce);
    if (message !== undefined) {
      // The server may have forgotten what it was given a day ago.
      const files = message.files?.map(({ id: _, ...file }) => file) ?? [];
      await this.#put({ ...message, files, refusal: null });
      await this.#changed();
      void this.#sendAll(message.room);
    }
  }

  /** Send a message that was refused to another room. There it is a new one, and answers nothing. */
  async redirect(nonce: string, room: string): Promise<void> {
    const message = await this.#find(nonce);
    if (message !== undefined) {
      const files = message.files?.map(({ id: _, ...file }) => file) ?? [];
      await this.add(room, message.text, null, files);
      await this.discard(nonce); // afterwards: kept twice for a moment rather than lost
    }
  }

  async discard(nonce: string): Promise<void> {
    const message = await this.#find(nonce);
    if (message?.order !== undefined) {
      await this.#store.remove(message.order);
      this.#options.cancelUpload?.(nonce);
      await this.#changed();
    }
  }

  /** Forget what waits, on this device and in every tab: the person has signed out. */
  async clear(): Promise<void> {
    this.pause();
    this.#unsaved = [];
    for (const { order } of await this.#store.all(this.#options.owner)) {
      if (order !== undefined) {
        await this.#store.remove(order);
      }
    }
    await this.#changed();
  }

  async #sendAll(room: string): Promise<void> {
    if (this.#sending.has(room)) {
      return;
    }
    this.#sending.add(room);
    try {
      await exclusively(`rtserver-outbox/${this.#options.owner}/${room}`, () => this.#drain(room));
    } finally {
      this.#sending.delete(room);
    }
    // One may have been added between the last look and the end.
    if (this.#open && (await this.#next(room)) !== undefined) {
      void this.#sendAll(room);
    }
  }

  async #drain(room: string): Promise<void> {
    let failures = 0;
    while (this.#open) {
      const message = await this.#next(room);
      if (message === undefined) {
        return;
      }
      try {
        const { nonce, text, reply = null } = message;
        const files = await this.#uploaded(message);
        if (files.length > 0 && (await this.#find(nonce)) === undefined) {
          continue; // discarded meanwhile
        }
        // An older server knows neither replies nor files: what has none is sent as it always was.
        const answer = reply === null ? {} : { reply };
        const attached = files.length === 0 ? {} : { files };
        const { seq } = await this.#options.send({ room, nonce, text, ...answer, ...attached });
        failures = 0;
        await this.#onAccepted(message, seq);
      } catch (error) {
        const { code, message: reason, retry } = asCommandFailed(error);
        if (message.files !== undefined && (await this.#find(message.nonce)) === undefined) {
          continue;
        }
        if (retry) {
          await this.#wait(delayBefore(failures));
          failures += 1;
        } else {
          const known = code === "no_answer" ? "unknown" : code;
          await this.#put({ ...message, refusal: { code: known, message: reason } });
          await this.#changed();
        }
      }
    }
  }

  /** The files of a message, all of them with the server. What it has is not sent again after a lost line. */
  async #uploaded(message: StoredMessage): Promise<SentFile[]> {
    const files = [...(message.files ?? [])];
    for (const [index, file] of files.entries()) {
      if (file.id === undefined && this.#options.upload !== undefined) {
        files[index] = { ...file, id: await this.#options.upload(message, file) };
        const held = await this.#find(message.nonce);
        if (held !== undefined) {
          await this.#put({ ...held, files: [...files] });
        }
      }
    }
    return files.flatMap(({ id, name }) => (id === undefined ? [] : [{ file: id, name }]));
  }

  async #onAccepted(message: StoredMessage, seq: number): Promise<void> {
    this.#options.onAccepted(message.nonce, seq);
    this.#tell({ about: "accepted", nonce: message.nonce, seq });
    if (message.order !== undefined) {
      await this.#store.remove(message.order);
    }
    await this.#changed();
  }

  async #next(room: string): Promise<StoredMessage | undefined> {
    const held = await this.#store.all(this.#options.owner);
    return held.find((message) => message.room === room && message.refusal === null);
  }

  async #find(nonce: string): Promise<StoredMessage | undefined> {
    const held = await this.#store.all(this.#options.owner);
    return held.find((message) => message.nonce === nonce);
  }

  async #put(message: StoredMessage): Promise<void> {
    try {
      await this.#store.put(message);
    } catch {
      // The disk is full or storage was taken away: go on in memory rather than lose it now.
      const held = await this.#store.all(this.#options.owner).catch(() => []);
      this.#store = new MemoryStore();
      for (const other of [...held, message]) {
        await this.#store.put(other);
      }
    }
  }

  async #changed(): Promise<void> {
    await this.#refresh();
    this.#tell({ about: "changed" });
  }

  async #refresh(): Promise<StoredMessage[]> {
    this.#looks += 1;
    const look = this.#looks;
    const unsaved = this.#unsaved; // before the store is asked: each message is in the one or the other
    const saved = await this.#store.all(this.#options.owner);
    const nonces = new Set(saved.map((message) => message.nonce));
    const held = [...saved, ...unsaved.filter((message) => !nonces.has(message.nonce))];
    if (look < this.#newestLook) {
      return held; // a later look was quicker
    }
    this.#newestLook = look;
    this.#options.onChange(
      held.map(({ nonce, room, text, reply = null, files = [], at, refusal }) => {
        return { nonce, room, text, reply, files, at, refusal, accepted: null };
      }),
    );
    return held;
  }

  async #onNotice(notice: Notice): Promise<void> {
    if (notice.about === "accepted") {
      this.#options.onAccepted(notice.nonce, notice.seq);
      return;
    }
    const held = await this.#refresh();
    if (this.#open) {
      this.#sendWhatWaits(held); // the other tab may have been closed before it could
    }
  }

  #sendWhatWaits(held: StoredMessage[]): void {
    const waiting = held.filter((message) => message.refusal === null);
    for (const room of new Set(waiting.map((message) => message.room))) {
      void this.#sendAll(room);
    }
  }

  /** Other tabs. Not once this page has gone on: what was kept meanwhile they find for themselves. */
  #tell(notice: Notice): void {
    if (!this.#isClosed) {
      this.#channel.postMessage(notice);
    }
  }

  /** Wait, but no longer than until the connection comes or goes. */
  #wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wakes.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#wakes.add(wake);
    });
  }

  #wakeAll(): void {
    for (const wake of this.#wakes) {
      wake();
    }
  }
}

async function exclusively(name: string, work: () => Promise<void>): Promise<void> {
  if (navigator.locks === undefined) {
    await work(); // no locks without TLS, except on this very machine
    return;
  }
  await navigator.locks.request(name, work);
}
