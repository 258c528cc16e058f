/** What is new in a room: the line above it, what waits to be read, and telling what was read. */

import { useCallback, useEffect, useRef, useState } from "react";
import { readMark, setReadMark } from "../connection/memory";
import type { Message } from "../protocol/generated";
import type { Outgoing } from "../state/outgoing";
import { useStore, useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import {
  countUnread,
  firstUnread,
  lineAfter,
  lineGone,
  lineOnEntering,
  lineRead,
  type UnreadLine,
} from "./unreadLine";

interface ReadingOptions {
  room: string;
  me: string;
  /** The newest messages of the room, whatever is shown. */
  messages: readonly Message[];
  /** What is shown instead of them. */
  past: readonly Message[] | null;
  outgoing: readonly Outgoing[];
}

export interface Reading {
  /** The message above which the line stands, among those that are shown. */
  firstUnread: number | null;
  /** The line has nothing below it that was read. */
  isLineOpen: boolean;
  unread: number;
  /** Up to where one has read. */
  read: number;
  /** What is unread begins before the messages at hand. */
  beginsEarlier: boolean;
  onSeen(message: number): void;
  /** The reader is at the newest message, or not. */
  setAtEnd(isAtEnd: boolean): void;
}

export function useReading({ room, me, messages, past, outgoing }: ReadingOptions): Reading {
  const connection = useConnection();
  const store = useStore();
  const joinedAt = useTwinSpace((state) => state.rooms[room]?.joinedAt ?? 0);
  const hasEarlier = useTwinSpace((state) => state.rooms[room]?.more ?? false);
  const isAtEnd = useRef(true);
  const [line, setLine] = useState<UnreadLine>(() =>
    lineOnEntering(messages, me, knownMark(store.getState().rooms[room]?.marks[me], me, room)),
  );
  const newest = messages.at(-1)?.id ?? 0;
  const [known, setKnown] = useState({ joinedAt, newest });

  // Before the list is painted, so that it comes up at the line.
  if (newest !== known.newest || joinedAt !== known.joinedAt) {
    const isComeBack = joinedAt !== known.joinedAt;
    setKnown({ joinedAt, newest });
    const isLooking = !isComeBack && isAtEnd.current && document.visibilityState === "visible";
    setLine(lineAfter(line, messages, me, isLooking));
  }

  // On another device one may have read further.
  const mark = useTwinSpace((state) => state.rooms[room]?.marks[me] ?? 0);
  useEffect(() => setLine((before) => lineRead(before, mark)), [mark]);

  const lastOutgoing = outgoing.at(-1)?.nonce;
  useEffect(() => {
    if (lastOutgoing !== undefined) {
      setLine(lineGone);
    }
  }, [lastOutgoing]);

  const oldest = messages[0]?.id ?? 0;
  const follows = past === null || (past[0]?.id ?? 0) <= line.read || line.since === line.read;
  const onSeen = useCallback(
    (message: number) => {
      // Who has jumped over what is new has not read it.
      if (follows) {
        setLine((before) => lineRead(before, message));
        setReadMark(me, room, message);
        store.dispatch({ type: "read-marks", room, marks: [{ member: me, message }] });
        connection.chat.read(room, message);
      }
    },
    [connection, store, me, room, follows],
  );
  const setAtEnd = useCallback((isAt: boolean) => {
    isAtEnd.current = isAt;
  }, []);

  return {
    firstUnread: firstUnread(past ?? messages, me, line.since),
    isLineOpen: line.since !== null && line.since >= line.read,
    unread: countUnread(messages, me, line.read),
    read: line.read,
    beginsEarlier: past === null && hasEarlier && line.read < oldest && line.since !== null,
    onSeen,
    setAtEnd,
  };
}

/** Up to where the room was read, here or on another device; null when it never was. */
function knownMark(told: number | undefined, me: string, room: string): number | null {
  const here = readMark(me, room);
  return told === undefined ? here : Math.max(told, here ?? 0);
}
