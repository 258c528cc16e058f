import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CallView } from "../protocol/generated";
import { useTwinSpace } from "../state/store";
import { heardIn, memberIn, type News, newsSince, seatOf } from "./announcements";

/** Between two announcements: in a lively talk the reader would not come to rest. */
const EVERY_MS = 4_000;

/** More names than this are counted instead of read. */
const NAMES_MAX = 3;

/** Tells screen readers what the eye sees of a call. Polite, and never more often than one can listen to. */
export function CallAnnouncer({ view }: { view: CallView }) {
  const { t, i18n } = useTranslation();
  const me = useTwinSpace((state) =>
    seatOf({ member: state.me ?? "", kind: state.call.mine.kind }),
  );
  const phase = useTwinSpace((state) => state.call.mine.phase);
  const speakers = useTwinSpace((state) => state.call.speakers[view.room] ?? null);
  const names = useTwinSpace((state) => state.names);
  const now = heardIn(view, speakers ?? []);
  const latest = useRef({ now, me, phase, say });
  const told = useRef({ heard: now, isUnsettled: false });
  const [said, setSaid] = useState("");
  useEffect(() => {
    latest.current = { now, me, phase, say };
    // Those who come back do so one after the other.
    told.current.isUnsettled ||= phase === "reconnecting";
  });

  useEffect(() => {
    const timer = setInterval(() => {
      const { now: heard, me: own, phase: mine, say: words } = latest.current;
      if (told.current.isUnsettled) {
        told.current.isUnsettled = mine === "reconnecting";
        return;
      }
      const news = newsSince(told.current.heard, heard, own);
      told.current.heard = heard;
      if (news.length > 0) {
        setSaid(news.map(words).filter(Boolean).join(" "));
      }
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);

  function nameOf(seat: string): string {
    return names[memberIn(seat)] ?? t("common.somebody");
  }

  function say(news: News): string {
    if (news.kind === "speaks") {
      return t("call.announce.speaks", { name: nameOf(news.who) });
    }
    if (news.kind === "lowered") {
      // Of single hands nothing is said; but what was read out of them does not stay as if it were so still.
      return news.areAll ? t("call.announce.handsDown") : "";
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
