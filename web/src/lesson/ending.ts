/** What ends with a lesson: the twin of rooms/lesson/ending.py, for what a teacher is asked before. Pure. */

import { peopleIn } from "../call/people";
import type { ProjectView, RoomView } from "../protocol/generated";
import { runningRooms } from "../state/groups";
import type { TwinSpaceState } from "../state/twinspace";

/** What goes on now and would end. */
export interface Ending {
  /** The room in which the lesson is led: that of a group's room is the one where its groups came from. */
  room: RoomView;
  hasGroups: boolean;
  hasTimer: boolean;
  hasPoll: boolean;
  /** The people in the calls of its rooms, as far as this page knows of them. */
  callers: number;
}

/** The rooms of the lesson that goes on in a room: the one where it is led first. */
export function roomsOfLesson({ groups }: ProjectView, room: string): readonly string[] {
  const running = runningRooms(groups);
  const origin = groups?.origin;
  return origin !== undefined && (room === origin || running.includes(room))
    ? [origin, ...running]
    : [room];
}

export function endingOf({ project, call }: TwinSpaceState, room: string): Ending | null {
  if (project === null) {
    return null;
  }
  const { view } = project;
  const rooms = roomsOfLesson(view, room);
  const led = view.rooms.find(({ id }) => id === rooms[0]);
  return led === undefined
    ? null
    : {
        room: led,
        hasGroups: rooms.length > 1,
        hasTimer: view.timer != null,
        hasPoll: (view.polls ?? []).some(
          (poll) => rooms.includes(poll.room) && poll.counts == null,
        ),
        callers: peopleIn(rooms.map((id) => call.views[id])),
      };
}

/** Whether there is something to end: what is over, or was never begun, is not. */
export function canEnd({ room, hasGroups, callers }: Ending): boolean {
  return room.open || hasGroups || (callers > 0 && room.lesson_over !== true);
}
