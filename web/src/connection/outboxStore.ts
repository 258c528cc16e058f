/** Where the outbox keeps its messages: IndexedDB, so that they survive a reload; memory where there is none. */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import type { Refusal, SendingFile } from "../state/outgoing";

export interface StoredMessage {
  nonce: string;
  /** Project and member: a browser may hold several persons. */
  owner: string;
  room: string;
  text: string;
  /** The message that it answers; those stored by an earlier page answer none. */
  reply?: number | null;
  /** Pictures and documents that go with it; those stored by an earlier page have none. */
  files?: readonly SendingFile[];
  at: number;
  refusal: Refusal | null;
  /** Given by the store when first put: messages go out in this order. */
  order?: number;
}

export interface OutboxStore {
  /** All messages of an owner, in order. */
  all(owner: string): Promise<StoredMessage[]>;
  /** Keep a message, or change the one of the same order. Answers its order. */
  put(message: StoredMessage): Promise<number>;
  remove(order: number): Promise<void>;
}

interface Schema extends DBSchema {
  outbox: { key: number; value: StoredMessage; indexes: { owner: string } };
}

const DATABASE = "rtserver";
const DATABASE_VERSION = 1;

export async function openOutboxStore(): Promise<OutboxStore> {
  try {
    return new DurableStore(
      await openDB<Schema>(DATABASE, DATABASE_VERSION, {
        upgrade(database) {
          const store = database.createObjectStore("outbox", {
            keyPath: "order",
            autoIncrement: true,
          });
          store.createIndex("owner", "owner");
        },
      }),
    );
  } catch {
    return new MemoryStore(); // a private window, or storage switched off
  }
}

class DurableStore implements OutboxStore {
  readonly #database: IDBPDatabase<Schema>;

  constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  async all(owner: string): Promise<StoredMessage[]> {
    const messages = await this.#database.getAllFromIndex("outbox", "owner", owner);
    return messages.sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  }

  async put(message: StoredMessage): Promise<number> {
    return this.#database.put("outbox", message);
  }

  async remove(order: number): Promise<void> {
    await this.#database.delete("outbox", order);
  }
}

export class MemoryStore implements OutboxStore {
  readonly #messages = new Map<number, StoredMessage>();
  #last = 0;

  async all(owner: string): Promise<StoredMessage[]> {
    const own = [...this.#messages.values()].filter((message) => message.owner === owner);
    return own.sort((a, b) => (a.order ?? 0) - (b.order ?? 0));
  }

  async put(message: StoredMessage): Promise<number> {
    const order = message.order ?? ++this.#last;
    this.#messages.set(order, { ...message, order });
    return order;
  }

  async remove(order: number): Promise<void> {
    this.#messages.delete(order);
  }
}
