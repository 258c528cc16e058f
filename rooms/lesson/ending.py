"""The end of a lesson: all that was begun in it stops, in one decision, so that nothing is ever left half ended."""

from collections.abc import Mapping

from rooms import events
from rooms.errors import ErrorCode, Refused
from rooms.groups.model import Grouping
from rooms.groups.state import Rooms, running
from rooms.lesson.model import Lesson, Poll, PollId
from rooms.model import RoomId
from rooms.permissions import Action, Standing, require
from rooms.stream import Decision

Counts = tuple[int, ...]


def rooms_of(grouping: Grouping | None, room: RoomId) -> tuple[RoomId, ...]:
    """The rooms of the lesson that goes on in a room: the one where it is led, then those of its groups."""
    groups = running(grouping)
    if grouping is None or room not in (grouping.origin, *groups):
        return (room,)
    return (grouping.origin, *groups)


def polls_of(lesson: Lesson, grouping: Grouping | None, room: RoomId) -> tuple[Poll, ...]:
    """The open polls of that lesson, whose votes are to be counted before it ends."""
    rooms = rooms_of(grouping, room)
    return tuple(poll for poll in lesson.open_polls() if poll.room in rooms)


def decide(
    lesson: Lesson,
    rooms: Rooms,
    grouping: Grouping | None,
    standing: Standing,
    room: RoomId,
    counts: Mapping[PollId, Counts],
) -> Decision:
    """What ending the lesson of a room leads to. Raises `Refused`.

    What is over already ends again with all that was begun since. Whether somebody is in a call is not known here: it
    ends each time.

    `counts`: of the votes in `polls_of` it, as they were stored. With UNAVAILABLE where a poll was opened after they
    were looked for: asked again they are found.
    """
    require(standing, Action.END_LESSON)
    led, *groups = rooms_of(grouping, room)
    by = None if standing.member is None else standing.member.id
    bodies: list[events.Body] = [_closed(poll, counts) for poll in polls_of(lesson, grouping, room)]
    if lesson.timer is not None:
        bodies.append(events.TimerChanged(None, None))
    bodies += [events.CallEnded(each, by) for each in (led, *groups)]
    bodies += [events.RoomOpenSet(each, False) for each in (*groups, led) if rooms[each].open]
    if groups:
        bodies.append(events.GroupsEnded())
    if led not in lesson.over:
        bodies.append(events.LessonEnded(led))
    return Decision(tuple(bodies))


def _closed(poll: Poll, counts: Mapping[PollId, Counts]) -> events.PollClosed:
    counted = counts.get(poll.id, ())
    if len(counted) != len(poll.choices):
        raise Refused(ErrorCode.UNAVAILABLE)
    return events.PollClosed(poll.room, poll.id, counted)
