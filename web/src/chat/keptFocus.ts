/** Keeps the keyboard where it is in a list of messages, also when its message is drawn as another row. */

import { type FocusEvent, useLayoutEffect, useRef } from "react";
import { mayMoveFocus } from "../ui/lateFocus";
import type { Shown } from "./groups";

/** Something in a row: its kind, and the how manieth of that kind it is there. */
interface Spot {
  selector: string;
  index: number;
}

interface Kept {
  /** What has the focus. */
  element: HTMLElement;
  /** Its message, by the key that it has on its way and in the log. */
  key: string;
  spot: Spot;
}

/**
 * A message that was on its way becomes one of the log: another row, maybe in another block. The element that had the focus
 * goes with the old row, and the one in its place gets it. `shown`: the messages of the rows, in their order.
 */
export function useKeptFocus(shown: readonly Shown[]) {
  const kept = useRef<Kept | null>(null);
  const list = useRef<HTMLElement | null>(null);

  useLayoutEffect(() => {
    const { current: box } = list;
    if (kept.current === null || box === null || kept.current.element.isConnected) {
      return;
    }
    const { key, spot } = kept.current;
    kept.current = null;
    if (!mayMoveFocus(null)) {
      return; // it has gone somewhere else by itself
    }
    const row = box.querySelectorAll("article")[shown.findIndex((message) => message.key === key)];
    // Discarded, or not in this part of the past: Tab goes on from the list.
    const next =
      row === undefined
        ? box
        : (row.querySelectorAll<HTMLElement>(spot.selector)[spot.index] ?? row);
    next.focus({ preventScroll: true });
  });

  function onFocus({ currentTarget, target }: FocusEvent<HTMLElement>): void {
    list.current = currentTarget;
    const element = target as HTMLElement;
    const row = element.closest("article");
    const at = row === null ? -1 : [...currentTarget.querySelectorAll("article")].indexOf(row);
    const key = shown[at]?.key;
    kept.current =
      row === null || key === undefined ? null : { element, key, spot: spotOf(row, element) };
  }

  /** Not when the window lost it: it is here still. What React takes away does not say so here. */
  function onBlur({ target }: FocusEvent<HTMLElement>): void {
    if (document.activeElement !== target) {
      kept.current = null;
    }
  }
  return { onFocus, onBlur };
}

function spotOf(row: HTMLElement, element: HTMLElement): Spot {
  const kind = [element.localName, ...[...element.classList].map((name) => CSS.escape(name))];
  const selector = kind.join(".");
  return { selector, index: [...row.querySelectorAll(selector)].indexOf(element) };
}
