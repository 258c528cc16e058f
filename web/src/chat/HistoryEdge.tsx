import { type RefObject, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { RoomView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";

/** Earlier messages are asked for when the reader is this close to the oldest one. */
const AHEAD = "400px 0px 0px 0px";

interface HistoryEdgeProps {
  room: RoomView;
  scroller: RefObject<HTMLElement | null>;
}

/** The top of the list: loads earlier messages when it comes near, or says that this is the beginning. */
export function HistoryEdge({ room, scroller }: HistoryEdgeProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const hasMore = useTwinSpace((state) => state.rooms[room.id]?.more ?? false);
  const oldest = useTwinSpace((state) => state.rooms[room.id]?.messages[0]?.id);
  const [status, setStatus] = useState<"idle" | "loading" | "failed">("idle");
  const edge = useRef<HTMLDivElement>(null);

  const load = useCallback(() => {
    setStatus("loading");
    connection
      .loadHistory(room.id)
      .then(() => setStatus("idle"))
      .catch(() => setStatus("failed"));
  }, [connection, room.id]);

  // Observed anew after each page: an edge that stays in view is not reported twice.
  // biome-ignore lint/correctness/useExhaustiveDependencies: oldest is what makes it anew
  useEffect(() => {
    if (!hasMore || status !== "idle" || edge.current === null) {
      return;
    }
    const observer = new IntersectionObserver(
      ([entry]) => {
        if (entry?.isIntersecting) {
          load();
        }
      },
      { root: scroller.current, rootMargin: AHEAD },
    );
    observer.observe(edge.current);
    return () => observer.disconnect();
  }, [hasMore, status, oldest, load, scroller]);

  if (!hasMore) {
    return oldest === undefined ? null : (
      <p className="history-edge">{t("chat.start", { room: room.name })}</p>
    );
  }
  return (
    <div ref={edge} className="history-edge">
      {status === "loading" ? (
        <span>{t("chat.loadingEarlier")}</span>
      ) : (
        <>
          {status === "failed" && <span>{t("chat.earlierFailed")}</span>}
          <Button look="quiet" small onPress={load}>
            {t("chat.earlier")}
          </Button>
        </>
      )}
    </div>
  );
}
