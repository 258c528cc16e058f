/** Who is in calls, as people: somebody with two devices in one, or with a class camera, is one person. Pure. */

import type { CallView } from "../protocol/generated";

/** How many people are in these calls; one that does not go on has none. */
export function peopleIn(calls: readonly (CallView | null | undefined)[]): number {
  const members = calls.flatMap((call) => call?.participants.map(({ member }) => member) ?? []);
  return new Set(members).size;
}

/** Whether somebody is in a call already. One who has lost their line may be about to come back: that is no second device. */
export function isAlreadyIn(call: CallView | null, member: string | null): boolean {
  return call?.participants.some((one) => one.member === member && !one.away) ?? false;
}
