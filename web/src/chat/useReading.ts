/** What is new in a room: the line above it, what waits to be read, and telling what was read. */

import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { readMark, setReadMark } from "../connection/memory";
import type { Message } from "../protocol/generated";
import type { Outgoing } from "../state/outgoing";
import type { Past } from "../state/past";
import { useStore, useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import {
  countUnread,
  firstUnread,
  lineAfter,
  lineGone,
  lineOnEntering,
  lineRead,
  skipsUnread,
  type UnreadLine,
} from "./unreadLine";

interface ReadingOptions {
  room: string;
  me: string;
  /** The newest messages of the room, whatever is shown. */
  messages: readonly Message[];
  /** What is shown instead of them. */
  past: Past | null;
  outgoing: readonly Outgoing[];
}

export interface Reading {
  /** The message above which the line stands, among those that are shown. */
  firstUnread: number | null;
  /** Whether the line has nothing below it that was read, as of now: a list may be settled before it is drawn anew. */
  isLineOpen(): boolean;
  unread: number;
  /** What is new begins after this message, before what is shown; null: it begins in sight, or there is nothing. */
  beginsAfter: number | null;
  /** The reader has jumped over something that is unread: it stays so. */
  isAhead: boolean;
  /** Messages from `first` to `last` are in front of the reader. Stays the same function: the list watches with it. */
  onSeen(first: () => number, last: number): void;
  /** The reader goes to the newest message and is done with those before. */
  catchUp(): void;
  /** The reader is at the newest message, or not. */
  setAtEnd(isAtEnd: boolean): void;
}

export function useReading({ room, me, messages, past, outgoing }: ReadingOptions): Reading {
  const connection = useConnection();
  const store = useStore();
  const joinedAt = useTwinSpace((state) => state.rooms[room]?.joinedAt ?? 0);
  const hasEarlier = useTwinSpace((state) => state.rooms[room]?.more ?? false);
  const isAtEnd = useRef(true);
  const newest = messages.at(-1)?.id ?? 0;
  const [line, setLine, known] = useLine(() => {
    const mark = knownMark(store.getState().rooms[room]?.marks[me], me, room);
    return { line: lineOnEntering(messages, me, mark), joinedAt, newest };
  });

  // Before the list is painted, so that it comes up at the line.
  if (newest !== known.newest || joinedAt !== known.joinedAt) {
    const isComeBack = joinedAt !== known.joinedAt;
    const isLooking = !isComeBack && isAtEnd.current && document.visibilityState === "visible";
    known.line = lineAfter(line(), messages, me, { isLooking, newest: known.newest });
    known.newest = newest;
    known.joinedAt = joinedAt;
  }
  const { read, since } = line();

  // On another device one may have read further.
  const mark = useTwinSpace((state) => state.rooms[room]?.marks[me] ?? 0);
  useEffect(() => setLine((before) => lineRead(before, mark)), [setLine, mark]);

  // The title of the tab counts what is not read.
  useEffect(() => {
    store.dispatch({ type: "read-marks", room, marks: [{ member: me, message: read }] });
  }, [store, room, me, read]);

  const oldest = messages[0]?.id ?? 0;
  const list = past?.messages ?? messages;
  const begin = past === null ? (hasEarlier ? oldest : 0) : (past.after ?? list[0]?.id ?? 0);
  const shown = useRef({ list, begin });
  shown.current = { list, begin };
  const ahead = useAhead(room);
  const onRead = useCallback(
    (message: number) => {
      ahead.end();
      setLine((before) => lineRead(before, message));
      setReadMark(me, room, message);
      connection.chat.read(room, message);
    },
    [connection, ahead, setLine, me, room],
  );
  const onSeen = useCallback(
    (first: () => number, last: number) => {
      if (store.getState().jump?.room === room) {
        return; // on the way: what is passed is not read
      }
      // Nor is what lies between, for whoever has jumped over it.
      const now = shown.current;
      const gap = () => ({ read: known.line.read, first: first(), after: now.begin });
      if (ahead.isSo() && skipsUnread(now.list, me, gap())) {
        ahead.tell();
      } else {
        onRead(last);
      }
    },
    [store, room, ahead, known, onRead, me],
  );
  // Whoever comes in reads the newest ones first: the way to where the new ones begin stays open meanwhile.
  const beginsEarlier = hasEarlier && since !== null && since < oldest;
  const catchUp = useCallback(() => {
    if (beginsEarlier) {
      setLine(lineGone);
    }
    onRead(newest);
  }, [beginsEarlier, setLine, onRead, newest]);

  const isLineOpen = useCallback(
    () => known.line.since !== null && known.line.since >= known.line.read,
    [known],
  );

  const lastOutgoing = outgoing.at(-1)?.nonce;
  useEffect(() => {
    if (lastOutgoing !== undefined) {
      ahead.end();
      setLine(lineGone);
    }
  }, [ahead, setLine, lastOutgoing]);
  const setAtEnd = useCallback((isAt: boolean) => {
    isAtEnd.current = isAt;
  }, []);

  return {
    firstUnread: firstUnread(list, me, since),
    isLineOpen,
    unread: countUnread(messages, me, read),
    beginsAfter: ahead.isTold ? read : beginsEarlier && past === null ? since : null,
    isAhead: ahead.isTold,
    onSeen,
    catchUp,
    setAtEnd,
  };
}

/** Whether the reader has jumped within the room and not come back to where they had read. */
function useAhead(room: string) {
  const isJumping = useTwinSpace((state) => state.jump?.room === room);
  const isAhead = useRef(false);
  const [isTold, setTold] = useState(false);
  useEffect(() => {
    isAhead.current ||= isJumping;
  }, [isJumping]);
  return useMemo(
    () => ({
      isTold,
      isSo: () => isAhead.current,
      /** Something unread was jumped over: the page says so. */
      tell: () => setTold(true),
      end: () => {
        isAhead.current = false;
        setTold(false);
      },
    }),
    [isTold],
  );
}

interface Known {
  line: UnreadLine;
  /** Of what the line was last drawn for. */
  newest: number;
  joinedAt: number;
}

/**
 * The line, which may move while the list is being drawn. Not a state of React: what is set in drawing is lost there
 * when something else is still to be set.
 */
function useLine(begin: () => Known) {
  const [known] = useState(begin);
  const [, setDrawn] = useState(known.line);
  const set = useCallback(
    (change: (line: UnreadLine) => UnreadLine) => {
      known.line = change(known.line);
      setDrawn(known.line);
    },
    [known],
  );
  return [() => known.line, set, known] as const;
}

/** Up to where the room was read, here or on another device; null when it never was. */
function knownMark(told: number | undefined, me: string, room: string): number | null {
  const here = readMark(me, room);
  return told === undefined ? here : Math.max(told, here ?? 0);
}
