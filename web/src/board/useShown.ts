import { useSyncExternalStore } from "react";
import type { BoardSession, Shown } from "./boardSession";

const subscribeToNothing = () => () => {};

/** A part of what this person sees and does on a board; null before the editor is there. */
export function useShown<T>(session: BoardSession | null, select: (shown: Shown) => T): T | null {
  return useSyncExternalStore(session?.subscribe ?? subscribeToNothing, () =>
    session === null ? null : select(session.getShown()),
  );
}
