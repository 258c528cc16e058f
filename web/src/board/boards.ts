/** The boards that are open on this page: told of the connection, of their rooms, and of what the server pushes. */

import type { Request } from "../call/ports";
import type { Push } from "../connection/link";
import type { Tabs } from "../connection/tabs";
import type { ErrorCode } from "../protocol/generated";
import { isStaff, myself } from "../state/selectors";
import type { Store } from "../state/store";
import type { BoardMember, OpenBoard, OpenBoardOptions } from "./boardClient";
import { PendingKeeper } from "./pendingKeeper";
import type { PendingStore } from "./pendingStore";
import type { BoardClient } from "./ports";

const STREAM_PREFIX = "board:";

export interface BoardsOptions {
  request: Request;
  store: Store;
  /** Project and member: whose changes are kept. */
  owner: string;
  openPendingStore(): Promise<PendingStore>;
  tabs: Tabs;
}

/** Makes the client of one board. It comes with the boards' part of the page, which is loaded later. */
export type OpenBoards = (options: OpenBoardOptions) => OpenBoard;

export class Boards {
  readonly #options: BoardsOptions;
  readonly #boards = new Map<string, OpenBoard>();
  #pendingStore: Promise<PendingStore> | null = null;
  /** The room that is joined over this connection. */
  #room: string | null = null;

  constructor(options: BoardsOptions) {
    this.#options = options;
  }

  /** Open a board; it is followed as soon as its room is joined, until everybody who opened it has closed it. */
  open(board: string, open: OpenBoards): BoardClient {
    const known = this.#boards.get(board);
    if (known !== undefined) {
      known.hold();
      return known;
    }
    const { request, owner, tabs } = this.#options;
    const client = open({
      board,
      room: () => this.#roomOf(board),
      request,
      member: () => this.#member(),
      keeper: new PendingKeeper(this.#kept(), { owner, board, tab: tabs.own }, tabs),
      onClosed: () => this.#boards.delete(board),
    });
    this.#boards.set(board, client);
    if (this.#room !== null && this.#room === this.#roomOf(board)) {
      client.join();
    }
    return client;
  }

  onRoomJoined(room: string): void {
    if (this.#room === room) {
      return; // its chat was behind, not its boards
    }
    this.#room = room;
    for (const client of this.#of(room)) {
      client.join();
    }
  }

  /** `code`: why one is out; null: by oneself. */
  onRoomLeft(room: string, code: ErrorCode | null): void {
    if (this.#room === room) {
      this.#room = null;
    }
    for (const client of this.#of(room)) {
      client.refuse(code ?? "not_joined");
    }
  }

  onLinkLost(): void {
    this.#room = null;
    for (const client of this.#boards.values()) {
      client.suspend();
    }
  }

  onPush(push: Push): void {
    switch (push.name) {
      case "event": {
        const { stream } = push.payload;
        if (stream.startsWith(STREAM_PREFIX)) {
          this.#client(stream.slice(STREAM_PREFIX.length))?.takeEvent(push.payload);
        }
        break;
      }
      case "presence":
        for (const client of this.#boards.values()) {
          client.takePresence(push.payload.changes);
        }
        break;
      case "board_rights":
        this.#client(push.payload.board)?.takeRights(push.payload);
        break;
      case "board_cursor":
        this.#client(push.payload.board)?.takePassing({ kind: "cursor", cursor: push.payload });
        break;
      case "board_stroke":
        this.#client(push.payload.board)?.takeStroke(push.payload);
        break;
      case "board_viewport":
      case "board_brought": {
        const { board, member, ...rect } = push.payload;
        const kind = push.name === "board_viewport" ? "viewport" : "brought";
        this.#client(board)?.takePassing({ kind, member, rect });
        break;
      }
    }
  }

  /** Resolves when what waits is kept. */
  async close(): Promise<void> {
    await Promise.all([...this.#boards.values()].map((client) => client.shut()));
  }

  /** Keep nothing that was drawn and not sent: the person has signed out of this browser. */
  async forget(): Promise<void> {
    await this.close();
    await (await this.#kept()).clear(this.#options.owner);
  }

  /** Not opened before it is needed. */
  #kept(): Promise<PendingStore> {
    this.#pendingStore ??= this.#options.openPendingStore();
    return this.#pendingStore;
  }

  #client(board: string): OpenBoard | undefined {
    return this.#boards.get(board);
  }

  #of(room: string): OpenBoard[] {
    return [...this.#boards.values()].filter(({ board }) => this.#roomOf(board) === room);
  }

  /** The first board of a room is named like the room. */
  #roomOf(board: string): string {
    const rooms = this.#options.store.getState().project?.view.rooms ?? [];
    return rooms.find(({ boards }) => boards.some(({ id }) => id === board))?.id ?? board;
  }

  #member(): BoardMember {
    const state = this.#options.store.getState();
    const member = myself(state);
    return {
      me: state.me,
      classId: member?.class_id ?? null,
      isStaff: member !== null && isStaff(member.role),
    };
  }
}
