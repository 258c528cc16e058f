import { useEffect, useRef, useState } from "react";
import { useTwinSpace } from "../state/store";
import type { ChatToggle } from "./CallBar";

/**
 * Whether the messages are shown beside a call or a board (`isBeside`); without one they always are. `isInstead`: there
 * is no space for both, and the messages come when they are asked for.
 */
export function useChatToggle(
  room: string | null,
  isBeside: boolean,
  isInstead = false,
): ChatToggle {
  const newest = useTwinSpace((state) =>
    room === null ? 0 : (state.rooms[room]?.messages.at(-1)?.id ?? 0),
  );
  const newestNow = useRef(newest);
  newestNow.current = newest;
  /** The newest message when they were put away; null: they are shown. */
  const [hiddenAt, setHiddenAt] = useState<number | null>(null);
  useEffect(() => {
    if (!isInstead) {
      return;
    }
    setHiddenAt(newestNow.current);
    return () => setHiddenAt(null);
  }, [isInstead]);
  const isShown = !isBeside || hiddenAt === null;
  const unseen = useTwinSpace((state) => {
    const messages = room === null || isShown ? [] : (state.rooms[room]?.messages ?? []);
    return messages.filter(({ id, actor }) => id > (hiddenAt ?? 0) && actor !== state.me).length;
  });
  return { isShown, unseen, toggle: () => setHiddenAt(isShown ? newest : null) };
}
