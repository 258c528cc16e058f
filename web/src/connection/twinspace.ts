/**
 * A TwinSpace kept up to date: joins the project and the open room on every connection, applies what is pushed, reads
 * the log where something was missed, and sends what people do.
 */

import { Boards } from "../board/boards";
import { openPendingStore } from "../board/pendingStore";
import { CallClient } from "../call/callClient";
import { type CallBrowser, thisBrowser } from "../call/ports";
import type { Commands, ErrorCode, Event, Invitation, Position } from "../protocol/generated";
import { noteConnection } from "../report/happenings";
import type { SendingFile } from "../state/outgoing";
import { findMember, lacksNames } from "../state/selectors";
import type { Store } from "../state/store";
import { streamOfProject } from "../state/twinspace";
import { ChatClient } from "./chatClient";
import { asCommandFailed, CommandFailed, noAnswer } from "./failure";
import type { CommandName, Link, OpenLink, Push } from "./link";
import { type DurableCommand, makeNonce, withNonce } from "./nonce";
import { Outbox } from "./outbox";
import type { OutboxStore } from "./outboxStore";
import { reloadThisPage } from "./outdated";
import { OwnEvents } from "./ownEvents";
import { Reconnector } from "./reconnector";
import { thisTab } from "./tabs";
import { UnreadCounter } from "./unread";
import { loadUploads } from "./uploads";

/** Who connects: on our own page a member whose cookie this browser has; on a portal's page a ticket or session. */
export type Credential = { member: string } | { ticket: string } | { session: string };

export interface TwinSpaceOptions {
  project: string;
  credential: Credential;
  store: Store;
  outboxStore: OutboxStore;
  openLink: OpenLink;
  /** What calls need of the browser: this one's, but for tests. */
  browser?: CallBrowser;
  /** Fetches the page anew; false: that was done a moment ago, in vain. */
  reload?: () => boolean;
}

/** The first version of the protocol in which a page gives its name when it connects: servers before that refuse it. */
const PAGE_NAME_SINCE = 3;

/** How often expired typing marks are looked for. */
const TYPING_SWEEP_MS = 1_000;

export class TwinSpaceConnection {
  readonly call: CallClient;
  readonly boards: Boards;
  readonly chat: ChatClient;
  readonly #options: TwinSpaceOptions;
  readonly #store: Store;
  readonly #reconnector: Reconnector;
  readonly #outbox: Outbox;
  readonly #unread: UnreadCounter;
  #credential: Credential;
  #room: string | null = null;
  /** The room that was joined over this connection, and not left. */
  #entered: string | null = null;
  /** The connection that has joined what was open: what is opened from now on is joined over it at once. */
  #inUse: Link | null = null;
  /** Streams being joined: a second gap meanwhile needs no second join. */
  readonly #joining = new Set<string>();
  readonly #ownEvents = new OwnEvents();
  readonly #tab = thisTab();
  #rosterAsked = false;
  #sweep: ReturnType<typeof setInterval> | undefined;

  constructor(options: TwinSpaceOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#credential = options.credential;
    this.#reconnector = new Reconnector({
      project: options.project,
      auth: (version) => ({
        version,
        ...(version >= PAGE_NAME_SINCE && { page: this.#tab.own }),
        ...this.#credential,
      }),
      onOutdated: () => this.#reload(),
      openLink: options.openLink,
      onLink: (link) => this.#onLink(link),
      onPush: (push) => this.#onPush(push),
      onState: (connection) => {
        noteConnection(connection, this.#reconnector.link?.transport() ?? null);
        this.#store.dispatch({ type: "connection", connection });
        if (connection.phase !== "online") {
          this.#outbox.pause();
          this.chat.pause();
          this.call.onLinkLost({ isMove: connection.phase === "moving" });
          this.boards.onLinkLost();
        }
      },
    });
    this.#outbox = new Outbox({
      owner: ownerOf(options),
      store: options.outboxStore,
      send: (post) => this.request("chat.post", post),
      upload: async ({ room, nonce }, file) => {
        const member = this.#store.getState().me ?? "";
        const asker = { project: options.project, member, room };
        const { upload } = await loadUploads();
        return upload(asker, nonce, file);
      },
      cancelUpload: (nonce) => void loadUploads().then(({ cancel }) => cancel(nonce)),
      onChange: (held) => this.#store.dispatch({ type: "outgoing", held }),
      onAccepted: (nonce, seq) => this.#store.dispatch({ type: "accepted", nonce, seq }),
    });
    this.#unread = new UnreadCounter(this.#store, (params) => this.request("chat.history", params));
    this.chat = new ChatClient({
      store: options.store,
      request: (name, params) => this.request(name, params),
      change: (name, params) => this.change(name, params),
    });
    this.call = new CallClient({
      store: options.store,
      request: (name, params) => this.request(name, params),
      browser: options.browser ?? thisBrowser(),
      openRoom: () => this.#room,
    });
    this.boards = new Boards({
      store: options.store,
      request: (name, params) => this.request(name, params),
      owner: ownerOf(options),
      openPendingStore,
      tabs: this.#tab,
    });
  }

  start(): void {
    void this.#outbox.load();
    this.#reconnector.start();
    this.#sweep = setInterval(() => {
      const now = Date.now();
      if (Object.values(this.#store.getState().typing).some(hasAny)) {
        this.#store.dispatch({ type: "typing-expired", now });
      }
    }, TYPING_SWEEP_MS);
  }

  stop(): void {
    clearInterval(this.#sweep);
    this.call.close();
    this.chat.close();
    void this.boards.close();
    this.#tab.release();
    this.#unread.stop();
    this.#outbox.close();
    this.#reconnector.stop();
  }

  tryNow(): void {
    this.#reconnector.tryNow();
  }

  /** Enter a room, leaving the one before. */
  async openRoom(room: string | null): Promise<void> {
    const before = this.#room;
    if (room === before) {
      return;
    }
    this.#room = room;
    this.#unread.setOpenRoom(room);
    const link = this.#reconnector.link;
    if (before !== null) {
      const isEntered = this.#entered === before; // otherwise it is left once it has been joined
      this.#onRoomLeft(before, null);
      if (isEntered) {
        void link?.request("room.leave", { room: before }).catch(() => {});
      }
    }
    if (link === null || link !== this.#inUse) {
      return; // it is joined with the next connection
    }
    if (room !== null) {
      await this.#joinRoom(link, room).catch(() => this.#reconnector.restart());
    }
  }

  async request<Name extends CommandName>(
    name: Name,
    params: Commands[Name]["params"],
  ): Promise<Commands[Name]["result"]> {
    const link = this.#reconnector.link;
    if (link === null) {
      throw noAnswer();
    }
    return link.request(name, params);
  }

  /** Do something durable once. */
  async change<Name extends DurableCommand>(
    name: Name,
    params: Omit<Commands[Name]["params"], "nonce">,
  ): Promise<Commands[Name]["result"]> {
    return this.request(name, withNonce(name, params, makeNonce()));
  }

  /** Add a person, and answer their id: it is in the event, not in the ack. */
  async addMember(params: Omit<Commands["member.add"]["params"], "nonce">): Promise<string> {
    const nonce = makeNonce();
    const { body } = await this.#ownEvents.of(nonce, () =>
      this.request("member.add", { ...params, nonce }),
    );
    if (body.kind !== "member.added") {
      throw new CommandFailed("unknown", `Unexpected event ${body.kind}`, false);
    }
    return body.member;
  }

  invite(member: string): Promise<Invitation> {
    return this.request("invitation.create", { member });
  }

  post(
    room: string,
    text: string,
    reply: number | null = null,
    files: readonly SendingFile[] = [],
  ): void {
    this.chat.leavePast(room); // what one writes stands at the end, and is to be seen
    void this.#outbox.add(room, text, reply, files);
  }

  retryPost(nonce: string): void {
    void this.#outbox.retry(nonce);
  }

  /** A message that was refused goes to another room instead. */
  postElsewhere(nonce: string, room: string): void {
    void this.#outbox.redirect(nonce, room);
  }

  discardPost(nonce: string): void {
    void this.#outbox.discard(nonce);
  }

  /** Keep nothing that was written or drawn and not sent: the person has signed out of this browser. */
  async forgetPosts(): Promise<void> {
    await this.#outbox.clear();
    await this.boards.forget();
  }

  signalTyping(room: string, typing: boolean): void {
    const signal = { room, topic: "typing", data: typing ? "1" : "0", latest: true };
    // Volatile: nobody misses it.
    void this.request("room.signal", signal).catch(() => {});
  }

  /** Fetch the page anew, if it loses nothing by that: not a portal's session, nor what is only in memory. */
  #reload(): boolean {
    const isSafe = "member" in this.#credential && this.#outbox.survivesReload;
    return isSafe && (this.#options.reload ?? reloadThisPage)();
  }

  async #onLink(link: Link): Promise<void> {
    this.#joining.clear();
    this.#entered = null;
    await this.#joinProject(link);
    let joined: string | null = null;
    while (joined !== this.#room) {
      joined = this.#room; // another may be opened while this one is joined
      if (joined !== null) {
        await this.#joinRoom(link, joined);
      }
    }
    this.#inUse = link;
    void this.#outbox.resume();
    this.chat.resume();
    this.#unread.start();
  }

  async #joinProject(link: Link): Promise<void> {
    await this.#once(this.#projectStream, async () => {
      const project = this.#store.getState().project;
      const asked = performance.now();
      const joined = await link.request("project.join", at(project?.position));
      // The server said so at some time between asking and hearing: the middle is wrong by half of it at most.
      const said = (asked + performance.now()) / 2;
      this.#store.dispatch({ type: "clock", clock: joined.server_time - said });
      this.#store.dispatch({ type: "project-joined", joined });
    });
    await this.#joinAgainIfBehind(link);
  }

  async #joinRoom(link: Link, room: string): Promise<void> {
    await this.#once(room, async () => {
      try {
        const position = this.#store.getState().rooms[room]?.position;
        const joined = await link.request("room.join", { room, ...at(position) });
        if (this.#room === room) {
          if (this.#entered !== room) {
            this.#store.dispatch({ type: "call-forgotten", room }); // of one that is on, the server tells next
          }
          this.#entered = room;
          this.#store.dispatch({ type: "room-joined", joined });
          this.call.onRoomJoined(room);
          this.boards.onRoomJoined(room);
        } else {
          void link.request("room.leave", { room }).catch(() => {}); // gone elsewhere meanwhile
        }
      } catch (error) {
        const { code, retry } = asCommandFailed(error);
        if (retry || code === "unknown" || code === "no_answer") {
          throw error;
        }
        this.#onRefused(room, code);
      }
    });
    await this.#joinAgainIfBehind(link);
  }

  /** One is not let into a room, or was put out of it. */
  #onRefused(room: string, code: ErrorCode): void {
    this.#store.dispatch({ type: "room-refused", room, code });
    this.#onRoomLeft(room, code);
  }

  /** Nothing is heard of what goes on in a room any more. */
  #onRoomLeft(room: string, code: ErrorCode | null): void {
    if (this.#entered === room) {
      this.#entered = null;
    }
    this.call.onRoomLeft(room, code);
    this.boards.onRoomLeft(room, code);
    this.#store.dispatch({ type: "call-forgotten", room });
  }

  /** A gap was seen: read the log from where we stand. What is being joined is looked at again after its answer. */
  async #joinAgainIfBehind(link: Link): Promise<void> {
    const { project, rooms, refusedRooms } = this.#store.getState();
    if (project?.behind && !this.#joining.has(this.#projectStream)) {
      await this.#joinProject(link);
    }
    const room = this.#room;
    if (room === null || refusedRooms[room] !== undefined || this.#joining.has(room)) {
      return;
    }
    if (rooms[room]?.behind) {
      await this.#joinRoom(link, room);
    }
  }

  async #once(stream: string, join: () => Promise<void>): Promise<void> {
    if (this.#joining.has(stream)) {
      return;
    }
    this.#joining.add(stream);
    try {
      await join();
    } finally {
      this.#joining.delete(stream);
    }
  }

  get #projectStream(): string {
    return streamOfProject(this.#options.project);
  }

  #onPush(push: Push): void {
    this.call.onPush(push);
    this.boards.onPush(push);
    const now = Date.now();
    switch (push.name) {
      case "event":
        this.#onEvent(push.payload, now);
        break;
      case "read_marks":
        this.#store.dispatch({ type: "read-marks", ...push.payload });
        break;
      case "mentioned":
        this.#unread.onMentioned(push.payload.room, push.payload.message);
        break;
      case "rights":
        this.#store.dispatch({ type: "rights", rights: push.payload });
        break;
      case "presence":
        this.#store.dispatch({ type: "presence", changes: push.payload.changes });
        break;
      case "signal":
        this.#store.dispatch({ type: "signal", signal: push.payload, now });
        break;
      case "expelled":
        this.#onRefused(push.payload.room, push.payload.code);
        break;
      case "poll_progress":
        this.#store.dispatch({ type: "poll-progress", progress: push.payload });
        break;
      case "attention":
        this.#store.dispatch({ type: "attention", attention: push.payload });
        break;
      case "session":
        this.#credential = { session: push.payload.session };
        break;
      case "moving":
        this.#reconnector.moveAfter(push.payload.after_ms, push.payload.node ?? null);
        break;
      case "bye":
        this.#reconnector.end(push.payload.code, push.payload.message);
        break;
      case "problem":
        // Our packet could not be read: the command it held gets no ack and is sent again.
        break;
    }
  }

  #onEvent(event: Event, now: number): void {
    this.#store.dispatch({ type: "event", event, now });
    const link = this.#reconnector.link;
    if (link !== null) {
      void this.#joinAgainIfBehind(link).catch(() => this.#reconnector.restart());
    }
    this.#ownEvents.take(event);
    if (event.stream === this.#projectStream) {
      this.#askForNames();
      this.#comeBackIn(event);
    } else if (findMember(this.#store.getState(), event.actor) === null) {
      this.#askForNames();
    }
  }

  /** Somebody new: names are not in the log. */
  #askForNames(): void {
    if (this.#rosterAsked || !lacksNames(this.#store.getState())) {
      return;
    }
    this.#rosterAsked = true;
    this.request("project.roster", {})
      .then((roster) => this.#store.dispatch({ type: "roster", roster }))
      .catch(() => {})
      .finally(() => {
        this.#rosterAsked = false;
      });
  }

  /** The open room was refused and something about it, or about us, has changed: try again. */
  #comeBackIn(event: Event): void {
    const room = this.#room;
    const link = this.#reconnector.link;
    const { refusedRooms } = this.#store.getState();
    const mayMatter = "room" in event.body ? event.body.room === room : true;
    if (room !== null && link !== null && refusedRooms[room] !== undefined && mayMatter) {
      void this.#joinRoom(link, room).catch(() => this.#reconnector.restart());
    }
  }
}

function at(position: Position | undefined): { position?: Position } {
  return position === undefined ? {} : { position };
}

function ownerOf({ project, credential }: TwinSpaceOptions): string {
  // A portal's page has no member's id beforehand; its outbox is that of whoever it signs in.
  return `${project}/${"member" in credential ? credential.member : "portal"}`;
}

function hasAny(members: Record<string, number>): boolean {
  return Object.keys(members).length > 0;
}
