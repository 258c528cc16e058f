/** When a pupil's page goes to another room by itself: once for each change, so that nobody is held where they are. */

import type { ProjectView } from "../protocol/generated";
import { runningRooms } from "../state/groups";

export interface Whereabouts {
  /** The room of one's group; null: there is none now. */
  group: string | null;
  /** Where one comes from and is asked back to; null: there never were groups. */
  origin: string | null;
}

/** Where somebody belongs now. */
export function whereabouts({ groups, rooms }: ProjectView, me: string | null): Whereabouts {
  const running = runningRooms(groups);
  const own = rooms.find(
    ({ id, group }) => running.includes(id) && me !== null && group?.includes(me),
  );
  return { group: own?.id ?? null, origin: groups?.origin ?? null };
}

/** The pupils of the groups at work who are in the room from which these went, in the order of the members. */
export function stillBehind(
  { groups, rooms, members }: ProjectView,
  presence: Readonly<Record<string, readonly string[]>>,
): string[] {
  const running = runningRooms(groups);
  const grouped = new Set(
    rooms.flatMap(({ id, group }) => (running.includes(id) ? (group ?? []) : [])),
  );
  const origin = groups?.origin;
  return members
    .filter(({ id }) => grouped.has(id) && origin != null && presence[id]?.includes(origin))
    .map(({ id }) => id);
}

/**
 * The room to go to, or null to stay. `led`: the group's room to which this page has led before (null: none, or back
 * again); whoever has left it since is not brought back there.
 */
export function roomToGoTo(
  { group, origin }: Whereabouts,
  led: string | null,
  open: string | null,
): string | null {
  if (group === led) {
    return null;
  }
  if (group !== null) {
    return group === open ? null : group;
  }
  return open === led ? origin : null; // it is over, or one is in no group any more
}
