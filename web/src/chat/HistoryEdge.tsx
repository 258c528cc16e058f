import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { roomName } from "../groups/roomName";
import type { RoomView } from "../protocol/generated";
import { isConnected } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";

/** More messages are asked for when the reader is this close to the last ones that are there. */
const AHEAD = "400px 0px 400px 0px";

interface HistoryEdgeProps {
  room: RoomView;
  scroller: RefObject<HTMLElement | null>;
  /** At the top of the list; in a look into the past also at its end. */
  direction: "earlier" | "later";
}

/** An end of the list: loads more messages when it comes near, or says that this is the beginning. */
export function HistoryEdge({ room, scroller, direction }: HistoryEdgeProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const isEarlier = direction === "earlier";
  const hasMore = useTwinSpace((state) => {
    const found = state.rooms[room.id];
    return isEarlier ? ((found?.past ?? found)?.more ?? false) : found?.past != null;
  });
  const last = useTwinSpace((state) => {
    const found = state.rooms[room.id];
    return (found?.past ?? found)?.messages.at(isEarlier ? 0 : -1)?.id;
  });
  const [status, setStatus] = useState<"idle" | "loading" | "failed">("idle");
  const edge = useRef<HTMLDivElement>(null);

  const load = useCallback(() => {
    setStatus("loading");
    const loading = isEarlier
      ? connection.chat.loadEarlier(room.id)
      : connection.chat.loadLater(room.id);
    loading.then(() => setStatus("idle")).catch(() => setStatus("failed"));
  }, [connection, room.id, isEarlier]);

  // What was lost with the line is asked for again when it is back.
  const mayAsk = useTwinSpace(isConnected);
  useEffect(() => {
    if (mayAsk) {
      setStatus((before) => (before === "failed" ? "idle" : before));
    }
  }, [mayAsk]);

  // Observed anew after each page: an edge that stays in view is not reported twice.
  // biome-ignore lint/correctness/useExhaustiveDependencies: last is what makes it anew
  useEffect(() => {
    if (!hasMore || status !== "idle" || edge.current === null) {
      return;
    }
    const observer = new IntersectionObserver(
      (entries) => {
        // A busy browser tells what came one after the other at once: the last one is what holds now.
        if (entries.at(-1)?.isIntersecting) {
          load();
        }
      },
      { root: scroller.current, rootMargin: AHEAD },
    );
    observer.observe(edge.current);
    return () => observer.disconnect();
  }, [hasMore, status, last, load, scroller]);

  if (!hasMore) {
    return last === undefined || !isEarlier ? null : (
      <p className="history-edge">{t("chat.start", { room: roomName(t, room) })}</p>
    );
  }
  return (
    <div ref={edge} className="history-edge">
      {status === "loading" ? (
        <span>{t(isEarlier ? "chat.loadingEarlier" : "chat.loadingLater")}</span>
      ) : (
        <>
          {status === "failed" && (
            <span>{t(isEarlier ? "chat.earlierFailed" : "chat.laterFailed")}</span>
          )}
          <Button look="quiet" small onPress={load}>
            {t(isEarlier ? "chat.earlier" : "chat.later")}
          </Button>
        </>
      )}
    </div>
  );
}
