import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import type { Message, RoomView } from "../protocol/generated";
import { useStore } from "../state/store";
import type { Notice } from "./notices";

/** Tells who looks elsewhere that somebody mentions them in the open room. */
export function useMentionNotices(room: RoomView, messages: readonly Message[] | null): void {
  const { t } = useTranslation();
  const store = useStore();
  const called = roomName(t, room);
  const newest = messages === null ? null : (messages.at(-1)?.id ?? 0);
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
    if (call !== undefined && document.visibilityState === "hidden") {
      const name = names[call.actor] ?? t("common.somebody");
      const notice = {
        text: t("notices.mention", { name, room: called }),
        room: room.id,
        onPress: () => store.dispatch({ type: "jump", jump: { room: room.id, message: call.id } }),
      };
      void showIfWanted(me, notice).catch(() => {}); // the title says it too
    }
  }, [store, t, room.id, called, messages, newest]);
}

/** Few have switched them on: what shows them comes when it is needed. */
async function showIfWanted(me: string, notice: Notice): Promise<void> {
  const { areNoticesOn, showNotice } = await import("./notices");
  if (areNoticesOn(me)) {
    showNotice(notice);
  }
}
