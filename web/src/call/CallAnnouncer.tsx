import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CallView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { type Heard, type News, newsSince } from "./announcements";

/** Between two announcements: in a lively talk the reader would not come to rest. */
const EVERY_MS = 4_000;

/** More names than this are counted instead of read. */
const NAMES_MAX = 3;

/** Tells screen readers what the eye sees of a call. Polite, and never more often than one can listen to. */
export function CallAnnouncer({ view }: { view: CallView }) {
  const { t, i18n } = useTranslation();
  const me = useTwinSpace((state) => state.call.mine.me);
  const speakers = useTwinSpace((state) => state.call.speakers[view.room] ?? null);
  const names = useTwinSpace((state) => state.names);
  const now: Heard = {
    speakers: speakers ?? [],
    participants: view.participants.map(({ id }) => id),
    hands: view.hands,
  };
  const latest = useRef({ now, me, say });
  const told = useRef({ heard: now, members: membersOf(view) });
  const [said, setSaid] = useState("");
  useEffect(() => {
    latest.current = { now, me, say };
    told.current.members = { ...told.current.members, ...membersOf(view) };
  });

  useEffect(() => {
    const timer = setInterval(() => {
      const { now: heard, me: own, say: words } = latest.current;
      const news = newsSince(told.current.heard, heard, own);
      told.current.heard = heard;
      if (news.length > 0) {
        setSaid(news.map(words).join(" "));
      }
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  function nameOf(id: string): string {
    return names[told.current.members[id] ?? ""] ?? t("common.somebody");
  }

  function say(news: News): string {
    if (news.kind === "speaks") {
      return t("call.announce.speaks", { name: nameOf(news.who) });
    }
    const count = news.who.length;
    const list = new Intl.ListFormat(i18n.language).format(
      news.who.slice(0, NAMES_MAX).map(nameOf),
    );
    switch (news.kind) {
      case "joined":
        return count > NAMES_MAX
          ? t("call.announce.manyJoined", { count })
          : t("call.announce.joined", { count, names: list });
      case "left":
        return count > NAMES_MAX
          ? t("call.announce.manyLeft", { count })
          : t("call.announce.left", { count, names: list });
      case "hand":
        return t("call.announce.hand", { count, names: list });
    }
  }

  return (
    <div className="visually-hidden" role="status" aria-live="polite" data-testid="call-announcer">
      {said}
    </div>
  );
}

/** Members by participant: of those who have left, too, whose name is still to be said. */
function membersOf(view: CallView): Record<string, string> {
  return Object.fromEntries(view.participants.map(({ id, member }) => [id, member]));
}
