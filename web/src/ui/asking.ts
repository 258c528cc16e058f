/** What is asked of the server from a dialog or a form: its answer may come when whoever asked is long gone. */

import { useCallback, useEffect, useRef, useState } from "react";
import { useNotices } from "./Notices";

/** Runs what it is given, and nothing else meanwhile: who presses twice asks once. */
export function oneAtATime(): (work: () => Promise<void>) => Promise<void> {
  let isBusy = false; // no button is disabled by it: it would lose the focus
  return async (work) => {
    if (isBusy) {
      return;
    }
    isBusy = true;
    try {
      await work();
    } finally {
      isBusy = false;
    }
  };
}

/** Whether the component that uses this is shown still: another one in its place is not it. */
export function useIsHere(): () => boolean {
  const isHere = useRef(false);
  useEffect(() => {
    isHere.current = true;
    return () => {
      isHere.current = false;
    };
  }, []);
  return useCallback(() => isHere.current, []);
}

/** Asks once at a time; what goes wrong is said. `onDone`: it went well, and the component that asked is shown still. */
export function useAsking(): (work: () => Promise<unknown>, onDone: () => void) => Promise<void> {
  const { attempt } = useNotices();
  const isHere = useIsHere();
  const [once] = useState(oneAtATime);
  return (work, onDone) =>
    once(async () => {
      if ((await attempt(work)) && isHere()) {
        onDone();
      }
    });
}
