/** What screen readers are told of a call: who speaks, who comes and goes, who raises a hand. Pure. */

export interface Heard {
  /** The loudest first. */
  speakers: readonly string[];
  participants: readonly string[];
  hands: readonly string[];
}

export type News =
  | { kind: "speaks"; who: string }
  | { kind: "joined" | "left" | "hand"; who: readonly string[] };

/** What is new since `before`, but for oneself. */
export function newsSince(before: Heard, now: Heard, me: string | null): News[] {
  const news: News[] = [];
  const add = (kind: "joined" | "left" | "hand", who: readonly string[]) => {
    const others = who.filter((id) => id !== me);
    if (others.length > 0) {
      news.push({ kind, who: others });
    }
  };
  add("joined", without(now.participants, before.participants));
  add("left", without(before.participants, now.participants));
  add("hand", without(now.hands, before.hands));
  const [loudest] = now.speakers;
  if (loudest !== undefined && loudest !== me && loudest !== before.speakers[0]) {
    news.push({ kind: "speaks", who: loudest });
  }
  return news;
}

function without(all: readonly string[], some: readonly string[]): string[] {
  return all.filter((id) => !some.includes(id));
}
