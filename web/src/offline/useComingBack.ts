import { useEffect } from "react";

/** How often a page that shows a failure asks again: often enough to wait for, and a school of them is no load. */
export const AGAIN_MS = 15_000;

/** While `isFailed`, try again by itself: when the browser is back on the network, and now and then. */
export function useComingBack(isFailed: boolean, tryAgain: () => void): void {
  useEffect(() => {
    if (!isFailed) {
      return;
    }
    const timer = setInterval(tryAgain, AGAIN_MS);
    window.addEventListener("online", tryAgain);
    return () => {
      clearInterval(timer);
      window.removeEventListener("online", tryAgain);
    };
  }, [isFailed, tryAgain]);
}
