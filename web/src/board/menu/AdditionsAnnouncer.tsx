import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useStore } from "../../state/store";
import { AfterFirst } from "../../ui/afterFirst";
import type { BoardClient } from "../ports";
import { additions } from "./additions";
import { namedWords } from "./words";

/** Additions within this time are said together: a class that draws must leave room for the lesson. */
const COLLECT_MS = 6_000;

/** More than this at once are counted instead of read. */
const READ_MAX = 2;

/** Tells screen readers what others add to the board; never what was there before, or is one's own. */
export function AdditionsAnnouncer({ client }: { client: BoardClient }) {
  const { t, i18n } = useTranslation();
  const store = useStore();
  const [said, setSaid] = useState("");
  const words = useRef(t);
  words.current = t;

  useEffect(() => {
    let heard: ReturnType<BoardClient["getState"]>["elements"] | null = null;
    const telling = new AfterFirst(COLLECT_MS, tell);

    function tell(): void {
      const { names, me } = store.getState();
      const { elements } = client.getState();
      const fresh = additions(heard ?? elements, elements, me);
      heard = elements;
      const nameOf = (member: string) => names[member] ?? words.current("common.somebody");
      if (fresh.length > READ_MAX) {
        const people = [...new Set(fresh.map(({ creator }) => nameOf(creator)))];
        const list = new Intl.ListFormat(i18n.language, { type: "conjunction" }).format(people);
        setSaid(words.current("boardMenu.announce.many", { count: fresh.length, names: list }));
      } else if (fresh.length > 0) {
        const lines = fresh.map((one) =>
          words.current("boardMenu.announce.one", {
            name: nameOf(one.creator),
            what: namedWords(words.current, one),
          }),
        );
        setSaid(lines.join("\n"));
      }
    }

    function listen(): void {
      const { phase, elements } = client.getState();
      if (phase !== "ready") {
        heard = null; // whatever comes with the snapshot was there
      } else if (heard === null) {
        heard = elements;
      } else if (heard !== elements) {
        telling.request();
      }
    }

    listen();
    const stop = client.subscribe(listen);
    return () => {
      stop();
      telling.cancel();
    };
  }, [client, store, i18n]);

  return (
    <div className="visually-hidden" role="status" aria-live="polite" data-testid="board-additions">
      {said}
    </div>
  );
}
