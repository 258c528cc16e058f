/** Whose view of the board can be followed, and whose is. Pure, but for its few timestamps, which are passed in. */

/** A teacher who presents says so this often, also while nothing moves. */
export const PRESENTING_AGAIN_MS = 1_000;

/** Without a word for so long somebody does not present any more: they have stopped, or two words were lost. */
export const PRESENTER_EXPIRES_MS = 3_000;

/** Whom one follows is waited for longer: their line, or one's own, may hang for a moment. */
export const FOLLOWED_EXPIRES_MS = 8_000;

export interface Following {
  /** Who presents, by when they were heard last. */
  presenters: ReadonlyMap<string, number>;
  following: string | null;
}

export const NOBODY: Following = { presenters: new Map(), following: null };

/** A teacher has shown a part of the board. */
export function heard(state: Following, member: string, now: number): Following {
  return { ...state, presenters: new Map(state.presenters).set(member, now) };
}

/** Without those who have been silent for too long; the same value when there are none. */
export function withoutSilent(state: Following, now: number): Following {
  const patience = (member: string) =>
    member === state.following ? FOLLOWED_EXPIRES_MS : PRESENTER_EXPIRES_MS;
  const silent = [...state.presenters].filter(([member, at]) => now - at >= patience(member));
  if (silent.length === 0) {
    return state;
  }
  const presenters = new Map(state.presenters);
  for (const [member] of silent) {
    presenters.delete(member);
  }
  const isGone = state.following !== null && !presenters.has(state.following);
  return { presenters, following: isGone ? null : state.following };
}
