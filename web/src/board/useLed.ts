import { useEffect } from "react";
import { useStore, useTwinSpace } from "../state/store";
import type { BoardSession } from "./boardSession";

interface LedQuestion {
  room: string;
  session: BoardSession | null;
  /** While it is small all of a board is seen, wherever somebody is brought. */
  isSmall: boolean;
  onChoose(board: string): void;
}

/** Goes to the board, and to the part of it, that a teacher has called everybody to: at once, or as soon as it is there. */
export function useLed({ room, session, isSmall, onChoose }: LedQuestion): void {
  const store = useStore();
  const led = useTwinSpace(({ lesson }) => (lesson.led?.room === room ? lesson.led : null));
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each call, whoever goes to another board stays there
  useEffect(() => {
    if (led !== null) {
      onChoose(led.board);
    }
  }, [led]);
  useEffect(() => {
    if (led === null || session?.board !== led.board || isSmall) {
      return;
    }
    if (led.view !== null) {
      session.bringTo(led.view, led.by);
      if (store.getState().lesson.attention?.view === led.view) {
        store.dispatch({ type: "attention", attention: null }); // the board says it now
      }
    }
    store.dispatch({ type: "led", led: null });
  }, [led, session, isSmall, store]);
}
