"""`rooms.lesson.ending`: a lesson ends with all that was begun in it, or not at all."""

from typing import Any

from rooms import events
from rooms.audience import as_seen, project_view
from rooms.errors import ErrorCode
from rooms.lesson.ending import Counts, decide, polls_of, rooms_of
from rooms.lesson.model import NEVER_ENDED, CallEnding
from rooms.messages import RoomView
from rooms.project import ProjectRules
from rooms.stream import Decision
from tests.rooms.lesson.test_decide import QUESTION, LiveLesson
from tests.rooms.samples import CLAIRE, CLASS_ROOM, MAREK, STAFF_ROOM, refusal


class Ending(LiveLesson):
    """A lesson that can be ended."""

    def end(
        self, actor: str = CLAIRE, room: str = CLASS_ROOM, counts: dict[str, Counts] | None = None
    ) -> tuple[events.Body, ...]:
        state = self.live.state
        standing = self.standing(actor, room)
        return self.keep(decide(state.lesson, state.rooms, state.grouping, standing, room, counts or {}))

    def form(self, room: str = CLASS_ROOM) -> list[str]:
        """Two groups; their rooms."""
        wanted: list[dict[str, Any]] = [{"room": None, "name": name, "members": []} for name in ("Oder", "Loire")]
        self.live.do(CLAIRE, "groups.form", room=room, groups=wanted)
        assert self.live.state.grouping is not None
        return list(self.live.state.grouping.rooms)

    def is_open(self, room: str) -> bool:
        return self.live.state.rooms[room].open

    def view(self, room: str = CLASS_ROOM) -> RoomView:
        return next(each for each in project_view(self.live.state, to_staff=False).rooms if each.id == room)


def test_everything_stops() -> None:
    """The poll is counted, the timer stops, groups come back, calls end, the rooms close: one decision."""
    live = Ending()
    oder, loire = live.form()
    live.do(CLAIRE, "timer.set", seconds=60)
    live.do(CLAIRE, "poll.open", **QUESTION)
    poll = live.lesson.polls[CLASS_ROOM].id
    assert live.end(counts={poll: (1, 0, 2)}) == (
        events.PollClosed(CLASS_ROOM, poll, (1, 0, 2)),
        events.TimerChanged(None, None),
        events.CallEnded(CLASS_ROOM, CLAIRE),
        events.CallEnded(oder, CLAIRE),
        events.CallEnded(loire, CLAIRE),
        events.RoomOpenSet(oder, False),
        events.RoomOpenSet(loire, False),
        events.RoomOpenSet(CLASS_ROOM, False),
        events.GroupsEnded(),
        events.LessonEnded(CLASS_ROOM),
    )
    assert not any(map(live.is_open, (CLASS_ROOM, oder, loire)))
    assert live.live.state.grouping is not None
    assert not live.live.state.grouping.on
    assert live.lesson.timer is None
    assert live.lesson.polls[CLASS_ROOM].counts == (1, 0, 2), "who was asked last still sees the result"
    assert live.lesson.call_ending(oder) == CallEnding(1, CLAIRE)


def test_only_what_goes_on() -> None:
    """Where nothing else was begun, the call ends and the room closes; other rooms go on."""
    live = Ending()
    other = live.live.add_room("Library", open=True)
    assert live.end(MAREK) == (
        events.CallEnded(CLASS_ROOM, MAREK),
        events.RoomOpenSet(CLASS_ROOM, False),
        events.LessonEnded(CLASS_ROOM),
    )
    assert live.is_open(other)
    assert live.lesson.call_ending(other) == NEVER_ENDED


def test_twice_is_once() -> None:
    """Two teachers who end it at the same time end it once; the call each time, whoever is in it then."""
    live = Ending()
    live.end()
    assert live.end(MAREK) == (events.CallEnded(CLASS_ROOM, MAREK),)
    live.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
    assert live.end(MAREK)[-1] == events.LessonEnded(CLASS_ROOM)
    assert live.lesson.call_ending(CLASS_ROOM) == CallEnding(3, MAREK)


def test_what_is_begun_after_the_end() -> None:
    """In a room that is closed: it ends when a teacher asks again."""
    live = Ending()
    live.end()
    live.do(CLAIRE, "timer.set", seconds=60)
    live.do(CLAIRE, "poll.open", **QUESTION)
    poll = live.lesson.polls[CLASS_ROOM].id
    assert live.end(MAREK, counts={poll: (0, 0, 1)}) == (
        events.PollClosed(CLASS_ROOM, poll, (0, 0, 1)),
        events.TimerChanged(None, None),
        events.CallEnded(CLASS_ROOM, MAREK),
    )
    assert live.view().lesson_over


def test_from_a_groups_room() -> None:
    """The lesson is that of the room where the groups came from; who ends it elsewhere leaves the groups alone."""
    live = Ending()
    oder, loire = live.form()
    grouping = live.live.state.grouping
    assert rooms_of(grouping, oder) == rooms_of(grouping, CLASS_ROOM) == (CLASS_ROOM, oder, loire)
    other = live.live.add_room("Library", open=True)
    assert rooms_of(grouping, other) == (other,)
    live.end(room=other)
    assert live.is_open(oder)
    assert live.end(room=oder)[-1] == events.LessonEnded(CLASS_ROOM)
    assert rooms_of(live.live.state.grouping, oder) == (oder,), "they are no groups any more"


def test_groups_after_the_end() -> None:
    """Groups that were formed while the room was closed end with a lesson of their own."""
    live = Ending()
    live.end()
    oder, _ = live.form()
    assert events.GroupsEnded() in live.end(room=oder)


def test_votes_are_counted_before() -> None:
    """A poll of this lesson that nobody has counted: whoever ends it is asked to come again, and nothing ends."""
    live = Ending()
    oder, _ = live.form()
    other = live.live.add_room("Library", open=True)
    for room in (oder, other):
        live.do(CLAIRE, "poll.open", room=room, **QUESTION)
    (poll,) = polls_of(live.lesson, live.live.state.grouping, CLASS_ROOM)
    assert poll.room == oder
    assert refusal(live.end) is ErrorCode.UNAVAILABLE
    assert refusal(live.end, counts={poll.id: (0, 0)}) is ErrorCode.UNAVAILABLE
    assert live.is_open(CLASS_ROOM)
    live.end(counts={poll.id: (0, 0, 0)})
    assert live.lesson.polls[other].is_open


def test_who_ends_it() -> None:
    """Teachers; not in the staff room, which does not close."""
    live = Ending()
    assert refusal(live.end, live.zoe) is ErrorCode.TEACHERS_ONLY
    assert refusal(live.end, room=STAFF_ROOM) is ErrorCode.NOT_FOR_STAFF_ROOM
    assert refusal(live.end, room="elsewhere") is ErrorCode.UNKNOWN_ROOM


def test_what_is_seen_of_it() -> None:
    """The room says that the lesson is over until it is opened again, not when it is closed by itself."""
    live = Ending()
    assert not live.view().lesson_over
    live.end()
    assert live.view().lesson_over
    live.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
    assert not live.view().lesson_over
    live.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=False)
    assert not live.view().lesson_over


def test_calls_of_the_staff_room() -> None:
    """Others than teachers are not told that one was ended there."""
    live = Ending()
    for room in (STAFF_ROOM, CLASS_ROOM):
        live.live.keep(_call_ended(room))
    staff, hall = live.live.events[-2:]
    assert as_seen(staff, live.live.state, False).body == events.Hidden()
    assert as_seen(staff, live.live.state, True) == staff
    assert as_seen(hall, live.live.state, False) == hall


def test_the_snapshot_has_it() -> None:
    """What is stored and read again is the same."""
    live = Ending()
    live.do(CLAIRE, "timer.set", seconds=60)
    live.end()
    rules = ProjectRules()
    assert rules.decode(rules.encode(live.live.state)) == live.live.state
    state = rules.empty(live.live.stream)
    for event in live.live.events:
        state = rules.apply(state, event)
    assert state == live.live.state


def _call_ended(room: str) -> Decision:
    return Decision((events.CallEnded(room, CLAIRE),))
