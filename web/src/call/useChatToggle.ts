import { useState } from "react";
import { useTwinSpace } from "../state/store";
import type { ChatToggle } from "./CallBar";

/** Whether the messages are shown beside the call; without a call they always are. */
export function useChatToggle(room: string | null, isCalling: boolean): ChatToggle {
  const newest = useTwinSpace((state) =>
    room === null ? 0 : (state.rooms[room]?.messages.at(-1)?.id ?? 0),
  );
  /** The newest message when they were put away; null: they are shown. */
  const [hiddenAt, setHiddenAt] = useState<number | null>(null);
  const isShown = !isCalling || hiddenAt === null;
  const unseen = useTwinSpace((state) => {
    const messages = room === null || isShown ? [] : (state.rooms[room]?.messages ?? []);
    return messages.filter(({ id, actor }) => id > (hiddenAt ?? 0) && actor !== state.me).length;
  });
  return { isShown, unseen, toggle: () => setHiddenAt(isShown ? newest : null) };
}
