import { useCallback, useSyncExternalStore } from "react";
import { onAppearance } from "../ui/appearance";
import { type Space, spaceOf } from "./space";

const USUAL_LETTER = 16;

/** How much space the window has for the letters that its reader has chosen, as it is now. */
export function useWindowSpace(): (isStaged: boolean) => Space {
  const snapshot = useSyncExternalStore(subscribe, measure);
  return useCallback(
    (isStaged) => {
      const [width = 0, height = 0, scale = 1] = snapshot.split(" ").map(Number);
      return spaceOf({ width, height, scale }, isStaged);
    },
    [snapshot],
  );
}

/** As a text: the same window is the same snapshot. */
function measure(): string {
  const letter = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return `${innerWidth} ${innerHeight} ${letter / USUAL_LETTER}`;
}

function subscribe(onChange: () => void): () => void {
  addEventListener("resize", onChange);
  const stop = onAppearance(onChange);
  return () => {
    removeEventListener("resize", onChange);
    stop();
  };
}
