/** Keeps the reader's place in the list: at the newest message, or where they have scrolled to. */

import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Shown } from "./groups";

/** Closer to the end than this counts as being there. */
const NEAR_PX = 60;

interface StickyScrollOptions {
  shown: Shown[];
  me: string;
  /** The newest message is on the screen, in front of somebody. */
  onSeen(): void;
}

export function useStickyScroll({ shown, me, onSeen }: StickyScrollOptions) {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [isAtBottom, setAtBottom] = useState(true);
  const sticks = useRef(true);
  const anchor = useRef<Anchor | null>(null);
  const [seen, setSeen] = useState(() => newestSeq(shown));
  const lastOutgoing = shown.findLast((message) => message.from === "outbox")?.key;

  const toBottom = useCallback(() => {
    sticks.current = true;
    setAtBottom(true);
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }, []);

  const onScroll = useCallback(() => {
    const box = scroller.current;
    if (box !== null) {
      const isNear = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
      sticks.current = isNear;
      setAtBottom(isNear);
    }
  }, []);

  // Before painting: earlier messages came in above, so what is being read must not move.
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured after each change of the list
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) {
      return;
    }
    keepPlace(box, sticks.current, anchor);
  }, [shown]);

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
      keepPlace(box, sticks.current, anchor);
    });
    observer.observe(box);
    observer.observe(inner);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (!isAtBottom) {
      return;
    }
    setSeen(newestSeq(shown));
    const markSeen = () => {
      if (document.visibilityState === "visible") {
        onSeen();
      }
    };
    markSeen();
    document.addEventListener("visibilitychange", markSeen);
    return () => document.removeEventListener("visibilitychange", markSeen);
  }, [isAtBottom, shown, onSeen]);

  const unseen = shown.filter(
    (message) => message.from === "log" && message.message.id > seen && message.actor !== me,
  ).length;
  return { scroller, content, isAtBottom, unseen, toBottom, onScroll };
}

/** The oldest message of the log that was there, and how far below the top of the list it stood. */
interface Anchor {
  seq: string;
  top: number;
}

/** To the end, or to where what is being read has moved; and remember where that is. */
function keepPlace(box: HTMLElement, isAtEnd: boolean, anchor: RefObject<Anchor | null>): void {
  if (isAtEnd) {
    box.scrollTop = box.scrollHeight;
  } else {
    box.scrollTop += movedBy(box, anchor.current);
  }
  anchor.current = firstRow(box);
}

function firstRow(box: HTMLElement): Anchor | null {
  const row = box.querySelector<HTMLElement>("article[data-seq]");
  return row === null ? null : { seq: row.dataset.seq ?? "", top: topIn(box, row) };
}

function movedBy(box: HTMLElement, anchor: Anchor | null): number {
  const row = box.querySelector<HTMLElement>(`article[data-seq="${anchor?.seq}"]`);
  return anchor === null || row === null ? 0 : topIn(box, row) - anchor.top;
}

function topIn(box: HTMLElement, row: HTMLElement): number {
  return row.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
}

function newestSeq(shown: Shown[]): number {
  const newest = shown.findLast((message) => message.from === "log");
  return newest?.from === "log" ? newest.message.id : 0;
}
