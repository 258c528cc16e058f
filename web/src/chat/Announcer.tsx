import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Message } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { AfterFirst } from "../ui/afterFirst";
import { announced } from "./announced";

/** Messages that come within this time after the first one are said together. */
const COLLECT_MS = 1_500;

/** More than this at once are counted instead of read. */
const READ_MAX = 3;

/**
 * Tells screen readers what comes in. The list itself stays silent: history that is loaded, messages on their way and
 * one's own would all be read out.
 */
export function Announcer({ messages, me }: { messages: readonly Message[]; me: string }) {
  const { t } = useTranslation();
  const names = useTwinSpace((state) => state.names);
  const newest = messages.at(-1)?.id ?? 0;
  const heard = useRef(newest);
  const [said, setSaid] = useState("");

  function say(): void {
    const fresh = messages.filter(
      ({ id, actor, deleted }) => id > heard.current && actor !== me && deleted !== true,
    );
    heard.current = Math.max(heard.current, newest);
    if (fresh.length > READ_MAX) {
      setSaid(t("chat.announceMany", { count: fresh.length }));
    } else if (fresh.length > 0) {
      const lines = fresh.map((message) => announced(t, message, names));
      setSaid(lines.join("\n"));
    }
  }
  const latest = useRef(say);
  latest.current = say;
  const [saying] = useState(() => new AfterFirst(COLLECT_MS, () => latest.current()));
  useEffect(() => () => saying.cancel(), [saying]);
  useEffect(() => {
    if (newest > heard.current) {
      saying.request();
    }
  }, [newest, saying]);

  return (
    <div className="visually-hidden" role="status" aria-live="polite" data-testid="announcer">
      {said}
    </div>
  );
}
