import { useEffect, useState } from "react";
import { thisTab } from "../connection/tabs";
import { useTwinSpace } from "../state/store";
import { type Draft, Drafts } from "./drafts";

const drafts = new Drafts(thisTab(), ownStorage(), Date.now());
addEventListener("pagehide", () => drafts.leave());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) {
    drafts.comeBack();
  }
});

/** What was typed and not sent in this tab, and how to keep a change of it. */
export function useDraft(
  room: string,
): [initial: Draft | null, keep: (change: Partial<Draft>) => void] {
  const me = useTwinSpace((state) => state.me);
  const [initial] = useState(() => (me === null ? null : drafts.take(me, room)));
  return [
    initial,
    (change) => {
      if (me !== null) {
        drafts.change(me, room, change, Date.now());
      }
    },
  ];
}

/** The message that the draft answers, kept with it. */
export function useDraftReply(room: string): [number | null, (message: number | null) => void] {
  const [draft, keep] = useDraft(room);
  const [reply, setReply] = useState(draft?.reply ?? null);
  return [
    reply,
    (message) => {
      setReply(message);
      keep({ reply: message });
    },
  ];
}

/** Keep the names of the files that would go with the draft, to say later what has to be added again. */
export function useDraftFiles(
  keep: (change: Partial<Draft>) => void,
  names: readonly string[],
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: when there are others
  useEffect(() => keep({ files: names }), [JSON.stringify(names)]);
}

function ownStorage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null; // switched off
  }
}
