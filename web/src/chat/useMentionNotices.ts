import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { Message, RoomView } from "../protocol/generated";
import { useStore } from "../state/store";
import { areNoticesOn, showNotice } from "./notices";

/** Tells who looks elsewhere that somebody mentions them in the open room. */
export function useMentionNotices(room: RoomView, messages: readonly Message[] | null): void {
  const { t } = useTranslation();
  const store = useStore();
  const newest = messages?.at(-1)?.id ?? null;
  const known = useRef(newest);
  useEffect(() => {
    const before = known.current;
    known.current = newest;
    const { me, names } = store.getState();
    if (before === null || newest === null || me === null || newest <= before) {
      return;
    }
    const call = messages?.findLast(
      ({ id, actor, mentions = [] }) => id > before && actor !== me && mentions.includes(me),
    );
    if (call !== undefined && document.visibilityState === "hidden" && areNoticesOn(me)) {
      const name = names[call.actor] ?? t("common.somebody");
      showNotice({
        text: t("notices.mention", { name, room: room.name }),
        room: room.id,
        onPress: () => store.dispatch({ type: "jump", jump: { room: room.id, message: call.id } }),
      });
    }
  }, [store, t, room.id, room.name, messages, newest]);
}
