import { type PointerEvent, useRef } from "react";

/** A finger that stays for so long means the thing under it; that of Android. */
const LONG_PRESS_MS = 400;

/** A finger that moves further scrolls. */
const MOVED_PX = 10;

/** Handlers for something that a finger may rest on. A mouse has its own ways. */
export function useLongPress(onLongPress: () => void) {
  const press = useRef<{ timer: ReturnType<typeof setTimeout>; x: number; y: number } | null>(null);

  function end(): void {
    clearTimeout(press.current?.timer);
    press.current = null;
  }

  return {
    onPointerDown(event: PointerEvent): void {
      end();
      if (event.pointerType !== "mouse") {
        const timer = setTimeout(onLongPress, LONG_PRESS_MS);
        press.current = { timer, x: event.clientX, y: event.clientY };
      }
    },
    onPointerMove(event: PointerEvent): void {
      const from = press.current;
      if (from !== null && Math.hypot(event.clientX - from.x, event.clientY - from.y) > MOVED_PX) {
        end();
      }
    },
    onPointerUp: end,
    onPointerCancel: end,
  };
}
