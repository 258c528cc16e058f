/**
 * How many messages wait in the rooms that are not open.
 *
 * The server tells about a room only those who are in it, so the page looks now and then: when the connection is there,
 * when the page comes to the front, and twice a minute; at once when the server says that a message calls the reader, but
 * no room again and again. What was read is remembered on this device.
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

/** A room is counted so often at most, whoever calls the reader there as often as they like. */
export const COUNT_EVERY_MS = 3_000;

/** Page of the newest messages: older than the newest there can ever be. */
const NEWEST = Number.MAX_SAFE_INTEGER;

/** How far the counting of a room is. */
interface Counting {
  /** The newest message that was counted, or that a count was asked for. */
  newest: number;
  /** Until a count is answered, and for `COUNT_EVERY_MS` at least. */
  isResting: boolean;
  /** To be counted once more after that; `old` as of `#count`. */
  next: { old: number | undefined } | null;
}

export class UnreadCounter {
  readonly #store: Store;
  readonly #history: (params: ChatHistory) => Promise<HistoryPage>;
  readonly #countings = new Map<string, Counting>();
  readonly #rests = new Set<ReturnType<typeof setTimeout>>();
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
    for (const rest of this.#rests) {
      clearTimeout(rest);
    }
    this.#rests.clear();
    this.#countings.clear();
  }

  setOpenRoom(room: string | null): void {
    this.#openRoom = room;
    if (room !== null) {
      this.#store.dispatch({ type: "unread", room, count: 0 });
    }
  }

  /** A message in a room calls the reader. */
  onMentioned(room: string, message: number): void {
    const counting = this.#countingOf(room);
    if (room !== this.#openRoom && message > counting.newest) {
      counting.newest = message;
      this.#countInTime(room, message - 1);
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
        this.#countInTime(room.id);
      }
    }
  };

  #countingOf(room: string): Counting {
    const counting = this.#countings.get(room) ?? { newest: 0, isResting: false, next: null };
    this.#countings.set(room, counting);
    return counting;
  }

  /** At once, or when the count before is done and some time ago; however often it is asked for until then. */
  #countInTime(room: string, old?: number): void {
    const counting = this.#countingOf(room);
    if (!counting.isResting) {
      void this.#countAndRest(room, counting, old);
      return;
    }
    const before = counting.next?.old;
    const oldest = old === undefined ? before : Math.min(old, before ?? old);
    counting.next = { old: oldest };
  }

  async #countAndRest(room: string, counting: Counting, old?: number): Promise<void> {
    counting.isResting = true;
    await Promise.all([this.#count(room, counting, old), this.#rest()]);
    counting.isResting = false;
    const { next } = counting;
    counting.next = null;
    const isOngoing = this.#countings.get(room) === counting; // else it was stopped, or begun anew
    if (next !== null && isOngoing && room !== this.#openRoom) {
      this.#countInTime(room, next.old);
    }
  }

  #rest(): Promise<void> {
    return new Promise((resolve) => {
      const rest = setTimeout(() => {
        this.#rests.delete(rest);
        resolve();
      }, COUNT_EVERY_MS);
      this.#rests.add(rest);
    });
  }

  /** `old`: up to where all is old when the room was never read on this device; all of it without. */
  async #count(room: string, counting: Counting, old?: number): Promise<void> {
    const me = this.#store.getState().me;
    if (me === null) {
      return;
    }
    try {
      const page = await this.#history({ room, before: NEWEST, limit: UNREAD_SHOWN_MAX });
      counting.newest = Math.max(counting.newest, page.messages.at(-1)?.id ?? 0);
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
