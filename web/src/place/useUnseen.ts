import { useEffect, useRef, useState } from "react";
import { useTwinSpace } from "../state/store";

/** How many messages of others have come into a room since they were put away; none while they are shown. */
export function useUnseen(room: string | null, isShown: boolean): number {
  const newest = useTwinSpace((state) =>
    room === null ? 0 : (state.rooms[room]?.messages.at(-1)?.id ?? 0),
  );
  const newestNow = useRef(newest);
  newestNow.current = newest;
  /** The newest message when they were put away; null: they are shown, or the room is not known yet. */
  const [hiddenAt, setHiddenAt] = useState<number | null>(null);
  const isKnown = useTwinSpace((state) => room !== null && state.rooms[room] !== undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: in another room one starts anew
  useEffect(() => {
    setHiddenAt(isShown || !isKnown ? null : newestNow.current);
  }, [isShown, isKnown, room]);
  return useTwinSpace((state) => {
    const messages = room === null || hiddenAt === null ? [] : (state.rooms[room]?.messages ?? []);
    return messages.filter(({ id, actor }) => id > (hiddenAt ?? 0) && actor !== state.me).length;
  });
}
