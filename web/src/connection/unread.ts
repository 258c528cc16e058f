/**
 * How many messages wait in the rooms that are not open.
 *
 * The server tells about a room only those who are in it, so the page looks now and then: when the connection is there,
 * when the page comes to the front, and twice a minute; at once when the server says that a message calls the reader. What
 * was read is remembered on this device.
 */

import type { ChatHistory, HistoryPage } from "../protocol/generated";
import { isOfGroup, isPutAway } from "../state/groups";
import { isStaff, myself } from "../state/selectors";
import type { Store } from "../state/store";
import { asCommandFailed } from "./failure";
import { readMark, setReadMark } from "./memory";

/** Beyond so many a number says nothing: "20+". */
export const UNREAD_SHOWN_MAX = 20;

const LOOK_EVERY_MS = 30_000;

/** Page of the newest messages: older than the newest there can ever be. */
const NEWEST = Number.MAX_SAFE_INTEGER;

export class UnreadCounter {
  readonly #store: Store;
  readonly #history: (params: ChatHistory) => Promise<HistoryPage>;
  #openRoom: string | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(store: Store, history: (params: ChatHistory) => Promise<HistoryPage>) {
    this.#store = store;
    this.#history = history;
  }

  start(): void {
    this.stop();
    document.addEventListener("visibilitychange", this.#look);
    this.#timer = setInterval(this.#look, LOOK_EVERY_MS);
    this.#look();
  }

  stop(): void {
    document.removeEventListener("visibilitychange", this.#look);
    clearInterval(this.#timer);
  }

  setOpenRoom(room: string | null): void {
    this.#openRoom = room;
    if (room !== null) {
      this.#store.dispatch({ type: "unread", room, count: 0 });
    }
  }

  /** A message in a room calls the reader. */
  onMentioned(room: string, message: number): void {
    if (room !== this.#openRoom) {
      void this.#count(room, message - 1);
    }
  }

  readonly #look = (): void => {
    const { project, connection, me } = this.#store.getState();
    if (document.visibilityState === "hidden" || project === null || connection.phase === "ended") {
      return;
    }
    const { role } = myself(this.#store.getState()) ?? {};
    const isTeacher = role !== undefined && isStaff(role);
    for (const room of project.view.rooms) {
      const mayRead = isTeacher || isOfGroup(room, me);
      if (room.id !== this.#openRoom && mayRead && !isPutAway(room)) {
        void this.#count(room.id);
      }
    }
  };

  /** `old`: up to where all is old when the room was never read on this device; all of it without. */
  async #count(room: string, old?: number): Promise<void> {
    const me = this.#store.getState().me;
    if (me === null) {
      return;
    }
    try {
      const page = await this.#history({ room, before: NEWEST, limit: UNREAD_SHOWN_MAX });
      const known = readMark(me, room);
      const read = known ?? old ?? page.messages.at(-1)?.id ?? 0;
      if (known === null) {
        setReadMark(me, room, read);
      }
      const waiting = page.messages.filter(
        (message) => message.id > read && message.actor !== me && !message.deleted,
      );
      if (room !== this.#openRoom) {
        const isMentioned = waiting.some(({ mentions = [] }) => mentions.includes(me));
        this.#store.dispatch({ type: "unread", room, count: waiting.length, isMentioned });
      }
    } catch (error) {
      if (asCommandFailed(error).code === "not_joined") {
        this.stop(); // this server tells only who is in the room
      }
    }
  }
}
