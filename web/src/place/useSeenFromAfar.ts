import { useEffect, useState } from "react";

/** After the last move of the pointer the controls stay so long: enough to read where one is, and to press it. */
const CONTROLS_SHOWN_MS = 4_000;

const SIGNS = ["pointermove", "pointerdown", "keydown"] as const;

/**
 * A class camera's screen hangs in front of a classroom: letters are larger, and the controls are out of the way while
 * nobody uses them. Answers whether nobody does.
 */
export function useSeenFromAfar(isAfar: boolean): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => {
    if (!isAfar) {
      return;
    }
    document.documentElement.dataset.seenFrom = "afar";
    dispatchEvent(new Event("resize")); // larger letters leave less space
    let timer: ReturnType<typeof setTimeout>;
    function stir(): void {
      setIdle(false);
      clearTimeout(timer);
      timer = setTimeout(() => setIdle(true), CONTROLS_SHOWN_MS);
    }
    for (const sign of SIGNS) {
      addEventListener(sign, stir, { passive: true });
    }
    stir();
    return () => {
      delete document.documentElement.dataset.seenFrom;
      dispatchEvent(new Event("resize"));
      clearTimeout(timer);
      setIdle(false);
      for (const sign of SIGNS) {
        removeEventListener(sign, stir);
      }
    };
  }, [isAfar]);
  return isIdle;
}
