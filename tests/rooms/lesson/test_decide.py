"""`rooms.lesson.decide`: what commands lead to, and what events lead to."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import events
from rooms.audience import as_seen, project_view, room_to_read
from rooms.errors import ErrorCode
from rooms.lesson.decide import LESSON_EVENTS, apply, check_vote, closable, counted, decide, decide_close
from rooms.lesson.messages import LessonChange, LessonCommand
from rooms.lesson.model import Lesson, PollKind, Timer
from rooms.project import ProjectRules
from rooms.stream import Decision, Event
from tests.rooms.samples import CLAIRE, CLASS_ROOM, MAREK, STAFF_ROOM, LiveProject, refusal

NOW = 1_795_327_810_874
QUESTION: dict[str, Any] = {"question": "How far is the sea?", "choices": ["10 km", "100 km", "1000 km"]}


class LiveLesson:
    """A lesson in a live project; polls are named by their number."""

    def __init__(self) -> None:
        self.live = LiveProject()
        self.zoe = self.live.add("pupil", "fr", by=CLAIRE)
        self.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
        self._made = 0

    @property
    def lesson(self) -> Lesson:
        return self.live.state.lesson

    def standing(self, actor: str, room: str = CLASS_ROOM, teacher_present: bool = True) -> Any:
        return self.live.state.standing(actor, teacher_present, room)

    def do(self, actor: str, tag: str, room: str = CLASS_ROOM, **fields: Any) -> tuple[events.Body, ...]:
        """Decide a command and apply what follows. Raises `Refused`."""
        self._made += 1
        made = {"command": tag, "nonce": "nonce-0001", "room": room, **fields}
        command: LessonChange = msgspec.convert(made, LessonCommand)
        return self.keep(decide(self.lesson, self.standing(actor, room), command, NOW, f"q{self._made}"))

    def close(self, actor: str, poll: str, counts: tuple[int, ...], room: str = CLASS_ROOM) -> tuple[events.Body, ...]:
        return self.keep(decide_close(self.lesson, self.standing(actor, room), room, poll, counts))

    def keep(self, decision: Decision) -> tuple[events.Body, ...]:
        self.live.keep(decision)
        return decision.bodies

    def vote(self, actor: str, poll: str, choice: int | None = 0, **standing: Any) -> ErrorCode | None:
        """Why a vote is refused."""
        return refusal(check_vote, self.lesson, self.standing(actor, **standing), CLASS_ROOM, poll, choice)


def test_timer() -> None:
    """It ends so many seconds from now; set anew it begins anew; to stop what does not run is nothing."""
    live = LiveLesson()
    assert live.do(CLAIRE, "timer.set", seconds=None) == ()
    assert live.do(CLAIRE, "timer.set", seconds=90) == (events.TimerChanged(NOW + 90_000, 90),)
    assert live.lesson.timer == Timer(NOW + 90_000, 90)
    live.do(MAREK, "timer.set", room=STAFF_ROOM, seconds=10)
    assert live.lesson.timer == Timer(NOW + 10_000, 10)
    assert live.do(MAREK, "timer.set", seconds=None) == (events.TimerChanged(None, None),)
    assert live.lesson.timer is None


def test_a_poll_from_its_opening_to_its_end() -> None:
    """One is open in a room at a time; closed it shows its counts; put away it is gone."""
    live = LiveLesson()
    (opened,) = live.do(CLAIRE, "poll.open", **QUESTION)
    assert opened == events.PollOpened(
        CLASS_ROOM, "q1", QUESTION["question"], ("10 km", "100 km", "1000 km"), PollKind.FREE
    )
    assert refusal(live.do, MAREK, "poll.open", **QUESTION) is ErrorCode.POLL_OPEN
    live.do(MAREK, "poll.open", room=STAFF_ROOM, **QUESTION)
    assert refusal(live.do, CLAIRE, "poll.put_away", poll="q1") is ErrorCode.POLL_OPEN
    assert live.close(MAREK, "q1", (1, 0, 5)) == (events.PollClosed(CLASS_ROOM, "q1", (1, 0, 5)),)
    assert live.lesson.polls[CLASS_ROOM].counts == (1, 0, 5)
    assert live.close(CLAIRE, "q1", (0, 0, 0)) == ()
    assert live.do(CLAIRE, "poll.put_away", poll="q1") == (events.PollRemoved(CLASS_ROOM, "q1"),)
    assert live.do(CLAIRE, "poll.put_away", poll="q1") == ()
    assert list(live.lesson.polls) == [STAFF_ROOM]


def test_the_votes_of_a_poll_are_looked_for_before_it_is_closed() -> None:
    """Whoever asks for the end before the opening is stored is asked to come again: no poll ends uncounted."""
    live = LiveLesson()
    live.do(CLAIRE, "poll.open", **QUESTION)
    assert refusal(live.close, CLAIRE, "q1", ()) is ErrorCode.UNAVAILABLE
    assert live.lesson.polls[CLASS_ROOM].is_open


def test_the_next_question_takes_the_place_of_a_closed_one() -> None:
    """What comes late about the earlier one changes nothing."""
    live = LiveLesson()
    live.do(CLAIRE, "poll.open", **QUESTION)
    live.close(CLAIRE, "q1", (0, 0, 0))
    (opened,) = live.do(CLAIRE, "poll.open", **QUESTION)
    assert isinstance(opened, events.PollOpened)
    assert live.do(MAREK, "poll.put_away", poll="q1") == live.close(MAREK, "q1", (9, 9, 9)) == ()
    assert live.lesson.polls[CLASS_ROOM].id == opened.poll
    assert apply(live.lesson, events.PollClosed(CLASS_ROOM, "q1", (9, 9, 9))) == live.lesson


@pytest.mark.parametrize(
    ("fields", "is_refused"),
    [
        ({"choices": ["Yes", "No"], "kind": "yes_no"}, False),
        ({"choices": ["Yes", "No", "Perhaps"], "kind": "yes_no"}, True),
        ({"choices": list("12345"), "kind": "how_sure"}, False),
        ({"choices": list("1234"), "kind": "how_sure"}, True),
        ({"choices": ["a", "a"]}, True),
        ({"choices": ["a", " a "]}, True),
        ({"choices": ["a", "  "]}, True),
        ({"choices": ["a", "b\u202e"]}, True),
        ({"choices": ["a", "b\x00"]}, True),
        ({"question": "", "choices": ["Yes", "No"], "kind": "yes_no"}, False),
        ({"question": "   ", "choices": ["Yes", "No"], "kind": "yes_no"}, True),
        ({"question": ""}, True),
        ({"question": "   "}, True),
        ({"question": "one\ntwo"}, True),
        ({"question": "\ud800"}, True),
    ],
)
def test_what_can_be_asked(fields: dict[str, Any], is_refused: bool) -> None:
    """Nothing that misleads, cannot be stored, or is no choice; ready-made polls have their number of choices."""
    live = LiveLesson()
    found = refusal(live.do, CLAIRE, "poll.open", **{**QUESTION, **fields})
    assert found is (ErrorCode.INVALID if is_refused else None)


def test_teachers_lead() -> None:
    """And nobody else, in no room; nobody leads where they cannot be."""
    live = LiveLesson()
    live.do(CLAIRE, "poll.open", **QUESTION)
    for tag, fields in (("timer.set", {"seconds": 10}), ("poll.open", QUESTION), ("poll.put_away", {"poll": "q1"})):
        assert refusal(live.do, live.zoe, tag, **fields) is ErrorCode.TEACHERS_ONLY
        assert refusal(live.do, live.zoe, tag, room=STAFF_ROOM, **fields) is ErrorCode.UNKNOWN_ROOM
        assert refusal(live.do, CLAIRE, tag, room="elsewhere", **fields) is ErrorCode.UNKNOWN_ROOM
    assert refusal(live.close, live.zoe, "q1", (1, 0, 0)) is ErrorCode.TEACHERS_ONLY
    assert refusal(closable, live.lesson, live.standing(live.zoe), CLASS_ROOM, "q1") is ErrorCode.TEACHERS_ONLY


def test_what_can_be_closed() -> None:
    """An open poll, where it is."""
    live = LiveLesson()
    live.do(CLAIRE, "poll.open", **QUESTION)
    standing = live.standing(CLAIRE)
    assert closable(live.lesson, standing, CLASS_ROOM, "q1") is live.lesson.polls[CLASS_ROOM]
    assert closable(live.lesson, standing, CLASS_ROOM, "q9") is None
    assert closable(live.lesson, live.standing(CLAIRE, STAFF_ROOM), STAFF_ROOM, "q1") is None
    live.close(CLAIRE, "q1", (0, 0, 0))
    assert closable(live.lesson, standing, CLASS_ROOM, "q1") is None


def test_votes() -> None:
    """In an open poll of an open room, under a teacher's eyes, for one of its choices or none; a muted pupil too."""
    live = LiveLesson()
    assert live.vote(live.zoe, "q1") is ErrorCode.POLL_CLOSED
    live.do(CLAIRE, "poll.open", **QUESTION)
    live.live.do(CLAIRE, "member.set_capability", member=live.zoe, capability="post", allowed=False)
    for choice in (0, 2, None):
        assert live.vote(live.zoe, "q1", choice) is live.vote(CLAIRE, "q1", choice) is None
    assert live.vote(live.zoe, "q1", 3) is ErrorCode.INVALID
    assert live.vote(live.zoe, "q1", teacher_present=False) is ErrorCode.NO_TEACHER_PRESENT
    assert live.vote(live.zoe, "q1", room=STAFF_ROOM) is ErrorCode.UNKNOWN_ROOM
    live.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=False)
    assert live.vote(live.zoe, "q1") is ErrorCode.ROOM_CLOSED
    live.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
    live.close(CLAIRE, "q1", (0, 0, 0))
    assert live.vote(live.zoe, "q1") is ErrorCode.POLL_CLOSED


MEMBERS = st.sampled_from([f"m{number}" for number in range(8)])


@given(votes=st.dictionaries(MEMBERS, st.integers(0, 5)), members=st.sets(MEMBERS), choices=st.integers(2, 6))
def test_counting(votes: dict[str, int], members: set[str], choices: int) -> None:
    """Each vote of a member for a choice that there is counts once, and says nothing of whose it was."""
    counts = counted(votes, choices, members)
    assert len(counts) == choices
    assert sum(counts) == sum(member in members and choice < choices for member, choice in votes.items())
    assert counts == counted(
        dict(zip(sorted(members), sorted(votes[m] for m in votes if m in members), strict=False)), choices, members
    )


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["timer", "stop", "open", "close", "away"]),
        st.sampled_from([CLASS_ROOM, STAFF_ROOM]),
        st.integers(1, 12),
    ),
    max_size=12,
)


@given(steps=STEPS)
def test_every_history(steps: list[tuple[str, str, int]]) -> None:
    """Whatever is asked in whichever order: a room has one poll at most, and snapshot and events agree."""
    live = LiveLesson()
    for what, room, number in steps:
        poll = f"q{number}"
        match what:
            case "timer":
                live.do(CLAIRE, "timer.set", room=room, seconds=number * 10)
            case "stop":
                live.do(CLAIRE, "timer.set", room=room, seconds=None)
            case "open":
                refusal(live.do, CLAIRE, "poll.open", room=room, **QUESTION)
            case "close":
                live.close(CLAIRE, poll, (number, 0, 0), room)
            case _:
                refusal(live.do, CLAIRE, "poll.put_away", room=room, poll=poll)
        assert all(poll.room == of for of, poll in live.lesson.polls.items())
    rules = ProjectRules()
    assert rules.decode(rules.encode(live.live.state)) == live.live.state
    state = rules.empty(live.live.stream)
    for event in live.live.events:
        state = rules.apply(state, event)
    assert state.lesson == live.lesson


def test_who_sees_a_poll() -> None:
    """Of one in the staff room only teachers are told; each event of a poll names the room that one has to read."""
    live = LiveLesson()
    live.do(CLAIRE, "poll.open", room=STAFF_ROOM, **QUESTION)
    live.do(CLAIRE, "poll.open", **{**QUESTION, "kind": PollKind.FREE})
    live.do(CLAIRE, "timer.set", seconds=60)
    live.close(CLAIRE, "q1", (0, 0, 0), STAFF_ROOM)
    live.do(CLAIRE, "poll.put_away", room=STAFF_ROOM, poll="q1")
    of_lesson = [event for event in live.live.events if isinstance(event.body, LESSON_EVENTS)]
    rooms = [room_to_read(event.body) for event in of_lesson]
    assert rooms == [STAFF_ROOM, CLASS_ROOM, None, STAFF_ROOM, STAFF_ROOM]
    live.do(CLAIRE, "poll.open", room=STAFF_ROOM, **QUESTION)
    for_staff, for_others = (project_view(live.live.state, to_staff) for to_staff in (True, False))
    assert [poll.room for poll in for_staff.polls] == [CLASS_ROOM, STAFF_ROOM]
    assert [poll.room for poll in for_others.polls] == [CLASS_ROOM]
    assert for_staff.timer == for_others.timer == Timer(NOW + 60_000, 60)
    hidden = [isinstance(as_seen(event, live.live.state, False).body, events.Hidden) for event in of_lesson]
    assert hidden == [True, False, False, True, True]
    assert as_seen(of_lesson[0], live.live.state, True) == of_lesson[0]
    assert isinstance(of_lesson[0], Event)
