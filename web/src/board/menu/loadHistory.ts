/** Fetches how a board came to be, page by page. */

import type { Event } from "../../protocol/generated";
import type { BoardClient } from "../ports";
import { Replay } from "./replay";

export interface Progress {
  done: number;
  total: number;
}

export interface History {
  replay: Replay;
  /** The log's beginning is no longer kept. */
  isPruned: boolean;
}

/** The whole replay of a board, up to what it is now. `signal` ends it early: null. */
export async function loadHistory(
  client: Pick<BoardClient, "history" | "getState">,
  seesHidden: boolean,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<History | null> {
  const events: Event[] = [];
  let pruned = 0;
  let after = 0;
  while (true) {
    const page = await client.history(after);
    if (signal.aborted) {
      return null;
    }
    pruned = Math.max(pruned, page.pruned);
    events.push(...page.events);
    const last = page.events.at(-1)?.seq ?? after;
    const isStuck = last <= after && page.events.length > 0;
    after = Math.max(last, pruned);
    onProgress({ done: after - pruned, total: Math.max(1, page.head - pruned) });
    if (page.events.length === 0 || isStuck || after >= page.head) {
      break;
    }
  }
  const now = client.getState().elements;
  return { replay: new Replay({ events, pruned, now, seesHidden }), isPruned: pruned > 0 };
}
