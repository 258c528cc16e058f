/** A page with a board open, for tests: the client, its connection, and what survives a reload. */

import type { Tabs } from "../connection/tabs";
import type { Event } from "../protocol/generated";
import { OpenBoard } from "./boardClient";
import { FakeLink } from "./fakeLink";
import type { FakeMember } from "./fakeRules";
import type { FakeBoard } from "./fakeServer";
import { PendingKeeper } from "./pendingKeeper";
import { MemoryPendingStore, type PendingStore } from "./pendingStore";
import type { Passing } from "./ports";

export const ZOSIA: FakeMember = { id: "zosia", isStaff: false, classId: "1a" };
export const LUCAS: FakeMember = { id: "lucas", isStaff: false, classId: "2b" };
export const TEACHER: FakeMember = { id: "teacher", isStaff: true, classId: "1a" };

/** Lets everything run that waits for nothing but its turn. */
export async function turns(count = 30): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    await Promise.resolve();
  }
}

let tabs = 0;

/** A browser tab in which every other counts as closed. */
export function fakeTab(own = `tab-${++tabs}`): Tabs {
  return { own, closed: async (others) => [...others] };
}

export class FakePage {
  readonly server: FakeBoard;
  readonly member: FakeMember;
  readonly store: PendingStore;
  link: FakeLink;
  client: OpenBoard;
  readonly passed: Passing[] = [];
  #isPrompt = true;

  constructor(
    server: FakeBoard,
    member: FakeMember,
    store: PendingStore = new MemoryPendingStore(),
  ) {
    this.server = server;
    this.member = member;
    this.store = store;
    this.link = new FakeLink(server, member);
    this.client = this.#open(fakeTab());
  }

  get state() {
    return this.client.getState();
  }

  get shown(): string[] {
    return [...this.state.elements.keys()].sort();
  }

  /** Join over the connection that is there. */
  async join(): Promise<this> {
    this.client.join();
    await turns();
    return this;
  }

  /** What travels waits for the test from now on. */
  slow(): void {
    this.#isPrompt = false;
    this.link.isPrompt = false;
  }

  async prompt(): Promise<void> {
    this.#isPrompt = true;
    this.link.isPrompt = true;
    this.link.serveAll();
    await turns();
  }

  /** The connection breaks. */
  cut(): void {
    this.link.cut();
    this.client.suspend();
  }

  /** A new connection; the board is joined over it. */
  async reconnect(): Promise<void> {
    this.cut();
    this.#connect();
    await this.join();
  }

  /** The page is left and comes back; `join` it then. What it had sent is lost on the way. */
  reload(): void {
    const before = this.client;
    this.link.cut();
    before.suspend();
    this.#connect();
    this.client = this.#open(fakeTab());
  }

  #connect(): void {
    this.link = new FakeLink(this.server, this.member);
    this.link.isPrompt = this.#isPrompt;
    this.#listen();
  }

  #listen(): void {
    this.link.onEvent = (event: Event) => this.client.takeEvent(event);
  }

  #open(tab: Tabs): OpenBoard {
    const { id, isStaff, classId } = this.member;
    const board = this.server.id;
    const shelf = { owner: `p/${id}`, board, tab: tab.own };
    const client = new OpenBoard({
      board,
      room: () => "r",
      request: (name, params) => this.link.request(name, params),
      member: () => ({ me: id, isStaff, classId }),
      keeper: new PendingKeeper(Promise.resolve(this.store), shelf, tab),
      onClosed: () => {},
    });
    client.onPassing((passing) => this.passed.push(passing));
    this.client = client;
    this.#listen();
    return client;
  }
}

/** A page whose board is joined. */
export async function openPage(server: FakeBoard, member: FakeMember): Promise<FakePage> {
  return new FakePage(server, member).join();
}
