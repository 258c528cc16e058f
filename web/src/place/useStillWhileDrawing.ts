import { type RefObject, useEffect } from "react";

/** Where a pen may be down. */
const CANVAS = ".board-stage";

/**
 * Keeps the height of a row above the board while somebody draws: what comes into the row or goes meanwhile lies over the
 * board until the pen is up. A board that moves under a pen bends the stroke.
 */
export function useStillWhileDrawing(row: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    function hold({ target }: PointerEvent): void {
      const element = row.current;
      if (element !== null && target instanceof Element && target.closest(CANVAS) !== null) {
        const { height, marginBottom } = getComputedStyle(element);
        Object.assign(element.style, { height, marginBottom });
      }
    }
    function release(): void {
      row.current?.style.removeProperty("height");
      row.current?.style.removeProperty("margin-bottom");
    }
    addEventListener("pointerdown", hold, true);
    addEventListener("pointerup", release, true);
    addEventListener("pointercancel", release, true);
    return () => {
      release();
      removeEventListener("pointerdown", hold, true);
      removeEventListener("pointerup", release, true);
      removeEventListener("pointercancel", release, true);
    };
  }, [row]);
}
