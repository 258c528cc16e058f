import { useState } from "react";
import { draftKey, draftReplyKey, recall, remember } from "../connection/memory";
import { useTwinSpace } from "../state/store";

/** What was typed and not sent, kept on this device per person and room until it is sent or they sign out. */
export function useDraft(room: string): [initial: string, keep: (text: string) => void] {
  const me = useTwinSpace((state) => state.me);
  const key = me === null ? null : draftKey(me, room);
  const [initial] = useState(() => (key === null ? "" : (recall(key) ?? "")));
  return [
    initial,
    (changed) => {
      if (key !== null) {
        remember(key, changed === "" ? null : changed);
      }
    },
  ];
}

/** The message that the draft answers, kept with it. */
export function useDraftReply(room: string): [number | null, (message: number | null) => void] {
  const me = useTwinSpace((state) => state.me);
  const key = me === null ? null : draftReplyKey(me, room);
  const [reply, setReply] = useState<number | null>(() => {
    const kept = Number(key === null ? null : recall(key));
    return Number.isSafeInteger(kept) && kept > 0 ? kept : null;
  });
  return [
    reply,
    (message) => {
      setReply(message);
      if (key !== null) {
        remember(key, message === null ? null : String(message));
      }
    },
  ];
}
