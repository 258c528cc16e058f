/** When a page goes to another room by itself: once for each change, so that nobody is held where they are. */

import type { Grouping, MemberView, ProjectView } from "../protocol/generated";
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

/** The pupils of the groups at work. */
export function groupedPupils({ groups, rooms }: ProjectView): ReadonlySet<string> {
  const running = runningRooms(groups);
  return new Set(rooms.flatMap(({ id, group }) => (running.includes(id) ? (group ?? []) : [])));
}

/** The pupils whose group is at work in a room that they are kept out of, in the order of the members. */
export function keptOut({ groups, rooms, members }: ProjectView): string[] {
  const running = runningRooms(groups);
  const barred = ({ id, room_bans }: MemberView) =>
    rooms.some(
      (room) =>
        running.includes(room.id) && room.group?.includes(id) && room_bans.includes(room.id),
    );
  return members.filter(barred).map(({ id }) => id);
}

/**
 * The pupils of the groups at work who are in the room from which these went and could go, in the order of the members.
 */
export function stillBehind(
  view: ProjectView,
  presence: Readonly<Record<string, readonly string[]>>,
): string[] {
  const barred = keptOut(view);
  const grouped = groupedPupils(view);
  const origin = view.groups?.origin;
  return view.members
    .filter(({ id }) => grouped.has(id) && !barred.includes(id))
    .filter(({ id }) => origin != null && presence[id]?.includes(origin))
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

/**
 * The room of a group at work that a teacher visits now; null: none. `before`: the same a moment ago. Whoever stays there
 * after its group's work visits it still, and whoever comes later to read does not.
 */
export function visitedNow(
  groups: Grouping | null | undefined,
  before: string | null,
  open: string | null,
): string | null {
  return open !== null && (open === before || runningRooms(groups).includes(open)) ? open : null;
}

/** The room to which a teacher goes back who visits a group, now that all groups are over; null to stay. */
export function roomAfterVisit(
  groups: Grouping | null | undefined,
  visited: string | null,
  open: string | null,
): string | null {
  return groups?.on === false && visited !== null && visited === open ? groups.origin : null;
}
