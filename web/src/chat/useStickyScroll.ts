/**
 * Keeps the reader's place in the list: at the newest message, at the line above what is new, or where they have scrolled
 * to.
 */

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Shown } from "./groups";
import { firstDrawnRow, firstSeen, lastSeen, rowOf } from "./rows";

/** Closer to the end than this counts as being there. */
const NEAR_PX = 60;

/** What is new is shown with so much of what was before it. */
const ABOVE_LINE_PX = 48;

interface StickyScrollOptions {
  shown: readonly Shown[];
  /** What is shown ends before now: there is no newest message to stay at. */
  isPast: boolean;
  /** Whether the line above what is new has nothing below it that was read: it must not go out of sight then. */
  isLineOpen(): boolean;
  /** From `first` to `last` all that is shown is in front of somebody. */
  onSeen(first: () => number, last: number): void;
}

export interface StickyScroll {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  isAtBottom: boolean;
  toBottom(): void;
  /** Bring a message to the middle and focus it. False: it is not in the list. */
  toMessage(message: number): boolean;
  onScroll(): void;
}

export function useStickyScroll(options: StickyScrollOptions): StickyScroll {
  const { shown, isPast, isLineOpen, onSeen } = options;
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [isAtBottom, setAtBottom] = useState(true);
  const sticks = useRef(true);
  const anchor = useRef<Anchor | null>(null);
  const settled = useRef("");
  const limits = useRef({ isPast, isLineOpen });
  limits.current = { isPast, isLineOpen };
  const lastOutgoing = shown.findLast((message) => message.from === "outbox")?.key;

  const settle = useCallback(() => {
    const box = scroller.current;
    if (box !== null && box.clientHeight > 0) {
      if (sticks.current && !limits.current.isPast) {
        sticks.current = stickToEnd(box, limits.current.isLineOpen());
        setAtBottom(sticks.current);
      } else {
        sticks.current = false;
        setAtBottom(isNearEnd(box));
        box.scrollTop += movedBy(box, anchor.current);
      }
      anchor.current = anchorIn(box);
      settled.current = sizeOf(box);
    }
  }, []);

  const toBottom = useCallback(() => {
    sticks.current = true;
    limits.current = { isPast: false, isLineOpen: () => false };
    settle();
  }, [settle]);

  const toMessage = useCallback((message: number) => {
    const box = scroller.current;
    const row = box === null ? null : rowOf(box, message);
    if (box === null || row === null) {
      return false;
    }
    sticks.current = false;
    // One that is higher than the list is read from its beginning.
    row.scrollIntoView({ block: row.offsetHeight > box.clientHeight ? "start" : "center" });
    row.focus({ preventScroll: true });
    anchor.current = anchorAt(box, row);
    return true;
  }, []);

  const see = useSeeing(scroller, onSeen);

  const onScroll = useCallback(() => {
    const box = scroller.current;
    // What the list did on being made smaller is no wish of the reader's: the observer below is about to settle it.
    if (box !== null && sizeOf(box) === settled.current) {
      sticks.current = isNearEnd(box) && !limits.current.isPast;
      setAtBottom(isNearEnd(box));
      anchor.current = anchorIn(box);
      see();
    }
  }, [see]);

  // Before painting: earlier messages came in above, so what is being read must not move.
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured after each change of the list
  useLayoutEffect(settle, [shown, isPast]);

  // What one has just written is to be seen.
  useLayoutEffect(() => {
    if (lastOutgoing !== undefined) {
      toBottom();
    }
  }, [lastOutgoing, toBottom]);

  // The keyboard of a phone, the growing composer and late layout change the height without a new message.
  useEffect(() => {
    const box = scroller.current;
    const inner = content.current;
    if (box === null || inner === null) {
      return;
    }
    const observer = new ResizeObserver(() => {
      settle();
      see();
    });
    observer.observe(box);
    observer.observe(inner);
    return () => observer.disconnect();
  }, [settle, see]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at after each change of the list
  useEffect(see, [see, shown]);

  return { scroller, content, isAtBottom, toBottom, toMessage, onScroll };
}

/** Tells what is seen: when asked, and when the page comes to the front. */
function useSeeing(
  scroller: RefObject<HTMLDivElement | null>,
  onSeen: (first: () => number, last: number) => void,
): () => void {
  const see = useCallback(() => {
    const box = scroller.current;
    const last = box === null || document.visibilityState !== "visible" ? null : lastSeen(box);
    if (box !== null && last !== null) {
      onSeen(() => firstSeen(box) ?? last, last);
    }
  }, [scroller, onSeen]);
  useEffect(() => {
    document.addEventListener("visibilitychange", see);
    return () => document.removeEventListener("visibilitychange", see);
  }, [see]);
  return see;
}

/** A message that was in sight, and where in the list it stood. */
interface Anchor {
  seq: string;
  top: number;
}

/** To the end, but not further than to the line above what is new. Answers whether that is the end. */
function stickToEnd(box: HTMLElement, isLineOpen: boolean): boolean {
  const end = box.scrollHeight - box.clientHeight;
  const line = isLineOpen ? box.querySelector<HTMLElement>(".unread-line") : null;
  const limit = line === null ? end : topIn(box, line) - ABOVE_LINE_PX;
  box.scrollTop = Math.min(end, limit);
  return isNearEnd(box);
}

/** Of the place that the list has, not of what is in it. */
function sizeOf(box: HTMLElement): string {
  return `${box.clientWidth} ${box.clientHeight}`;
}

function isNearEnd(box: HTMLElement): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
}

function anchorIn(box: HTMLElement): Anchor | null {
  const row = firstDrawnRow(box);
  return row === null ? null : anchorAt(box, row);
}

function anchorAt(box: HTMLElement, row: HTMLElement): Anchor | null {
  const { seq } = row.dataset;
  return seq === undefined ? null : { seq, top: topIn(box, row) };
}

function movedBy(box: HTMLElement, anchor: Anchor | null): number {
  const row = anchor === null ? null : rowOf(box, anchor.seq);
  return anchor === null || row === null ? 0 : topIn(box, row) - anchor.top;
}

/** How far below the beginning of the list it stands, wherever the list is scrolled to. */
function topIn(box: HTMLElement, row: HTMLElement): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
}
