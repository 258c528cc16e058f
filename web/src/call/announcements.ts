/** What screen readers are told of a call: who speaks, who comes and goes, who raises a hand. Pure. */

import type { CallView, Participant } from "../protocol/generated";

/** Those in a call, by their seats: ids of participants are others when it goes on at another server. */
export interface Heard {
  /** The loudest first. */
  speakers: readonly string[];
  participants: readonly string[];
  hands: readonly string[];
}

export type News =
  | { kind: "speaks"; who: string }
  | { kind: "joined" | "left" | "hand"; who: readonly string[] }
  /** Hands of others are down again. `areAll`: no hand is up any more. */
  | { kind: "lowered"; areAll: boolean };

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
  if (without(before.hands, now.hands).some((id) => id !== me)) {
    news.push({ kind: "lowered", areAll: now.hands.length === 0 });
  }
  const [loudest] = now.speakers;
  if (loudest !== undefined && loudest !== me && loudest !== before.speakers[0]) {
    news.push({ kind: "speaks", who: loudest });
  }
  return news;
}

/** What there is to tell of a call. `speakers`: participants, the loudest first. */
export function heardIn(view: CallView, speakers: readonly string[]): Heard {
  const seats = new Map(
    view.participants.map((participant) => [participant.id, seatOf(participant)]),
  );
  const seated = (ids: readonly string[]) => ids.flatMap((id) => seats.get(id) ?? []);
  return {
    speakers: seated(speakers),
    participants: [...seats.values()],
    hands: seated(view.hands),
  };
}

/** A member's seat: a teacher may also have one as a class camera. */
export function seatOf({ member, kind }: Pick<Participant, "member" | "kind">): string {
  return `${kind}/${member}`;
}

/** Whose seat it is. */
export function memberIn(seat: string): string {
  return seat.slice(seat.indexOf("/") + 1);
}

function without(all: readonly string[], some: readonly string[]): string[] {
  return all.filter((id) => !some.includes(id));
}
