"""A lesson's tools: what a command leads to, and the state that events lead to."""

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from rooms import events
from rooms.board.model import Board
from rooms.errors import ErrorCode, Refused
from rooms.lesson.messages import AttentionCall, LessonChange, Part, PollOpen, PollPutAway, TimerSet
from rooms.lesson.model import READY_CHOICES, CallEnding, Lesson, Milliseconds, Poll, PollId, PollKind, Timer
from rooms.model import MemberId, RoomId
from rooms.permissions import Action, Standing, require
from rooms.stream import Decision
from rooms.text import checked_name

MILLISECONDS = 1000

LessonEvent = (
    events.TimerChanged
    | events.PollOpened
    | events.PollClosed
    | events.PollRemoved
    | events.CallEnded
    | events.LessonEnded
)
LESSON_EVENTS = LessonEvent.__args__


def decide(lesson: Lesson, standing: Standing, command: LessonChange, now: Milliseconds, new_id: str) -> Decision:
    """What a command leads to. `new_id` names a poll that it opens. Raises `Refused`."""
    require(standing, Action.LEAD_LESSON)
    match command:
        case TimerSet(seconds=int(seconds)):
            return Decision((events.TimerChanged(now + seconds * MILLISECONDS, seconds),))
        case TimerSet():
            return Decision((events.TimerChanged(None, None),)) if lesson.timer is not None else Decision()
        case PollOpen():
            return Decision((_opened(lesson, command, new_id),))
        case PollPutAway(room=room, poll=poll):
            found = lesson.poll(room, poll)
            if found is None:
                return Decision()  # another teacher has put it away, or asked the next question
            if found.is_open:
                raise Refused(ErrorCode.POLL_OPEN)
            return Decision((events.PollRemoved(room, poll),))


def decide_close(lesson: Lesson, standing: Standing, room: RoomId, poll: PollId, counts: tuple[int, ...]) -> Decision:
    """The end of the voting. `counts`: as they were stored, see `counted`. Raises `Refused`.

    With UNAVAILABLE where the poll was opened after its votes were looked for: asked again they are found.
    """
    found = closable(lesson, standing, room, poll)
    if found is None:
        return Decision()
    if len(counts) != len(found.choices):
        raise Refused(ErrorCode.UNAVAILABLE)
    return Decision((events.PollClosed(room, poll, counts),))


def closable(lesson: Lesson, standing: Standing, room: RoomId, poll: PollId) -> Poll | None:
    """The poll that a teacher wants to close; None when it was closed, or put away, before. Raises `Refused`."""
    require(standing, Action.LEAD_LESSON)
    found = lesson.poll(room, poll)
    return found if found is not None and found.is_open else None


def check_vote(lesson: Lesson, standing: Standing, room: RoomId, poll: PollId, choice: int | None) -> None:
    """Whether somebody may vote so now. Raises `Refused`."""
    require(standing, Action.VOTE)
    found = lesson.poll(room, poll)
    if found is None or not found.is_open:
        raise Refused(ErrorCode.POLL_CLOSED)
    if choice is not None and choice >= len(found.choices):
        raise Refused(ErrorCode.INVALID, "choice: there are not that many")


def check_attention(command: AttentionCall, board: Board | None) -> None:
    """Whether a call for attention names what there is. `board`: the one of its name. Raises `Refused`."""
    if command.board is None:
        if command.view is not None:
            raise Refused(ErrorCode.INVALID, "view: of which board?")
    elif command.part is not Part.BOARD:
        raise Refused(ErrorCode.INVALID, "board: goes with the part board only")
    elif board is None or board.room != command.room:
        raise Refused(ErrorCode.UNKNOWN_BOARD)


def counted(votes: Mapping[MemberId, int], choices: int, members: Collection[MemberId]) -> tuple[int, ...]:
    """How many chose each; votes of those who are no members any more do not count."""
    counts = [0] * choices
    for member, choice in votes.items():
        if member in members and choice < choices:
            counts[choice] += 1
    return tuple(counts)


def apply(lesson: Lesson, body: LessonEvent) -> Lesson:
    """The lesson after something has happened."""
    match body:
        case events.TimerChanged(ends_at, seconds):
            timer = None if ends_at is None or seconds is None else Timer(ends_at, seconds)
            return replace(lesson, timer=timer)
        case events.PollOpened(room, poll, question, choices, kind):
            return replace(lesson, polls={**lesson.polls, room: Poll(poll, room, question, choices, kind)})
        case events.PollClosed(room, poll, counts):
            found = lesson.poll(room, poll)
            if found is None:
                return lesson
            return replace(lesson, polls={**lesson.polls, room: replace(found, counts=counts)})
        case events.PollRemoved(room, poll):
            return replace(lesson, polls={of: kept for of, kept in lesson.polls.items() if kept.id != poll})
        case events.CallEnded(room, by):
            ending = CallEnding(lesson.call_ending(room).count + 1, by)
            return replace(lesson, call_endings={**lesson.call_endings, room: ending})
        case events.LessonEnded(room):
            return replace(lesson, over=lesson.over | {room})


def reopened(lesson: Lesson, room: RoomId) -> Lesson:
    """The lesson after somebody has opened a room: what ended there is not the latest any more."""
    return replace(lesson, over=lesson.over - {room})


def _opened(lesson: Lesson, command: PollOpen, poll: PollId) -> events.PollOpened:
    there = lesson.polls.get(command.room)
    if there is not None and there.is_open:
        raise Refused(ErrorCode.POLL_OPEN)
    if command.question or command.kind is PollKind.FREE:  # a ready-made poll brings its question
        checked_name(command.question, "question")
    for choice in command.choices:
        checked_name(choice, "choices")
    if command.kind is not PollKind.FREE and len(command.choices) != READY_CHOICES[command.kind]:
        raise Refused(ErrorCode.INVALID, f"choices: a poll of kind {command.kind} has {READY_CHOICES[command.kind]}")
    if len({choice.strip() for choice in command.choices}) < len(command.choices):
        raise Refused(ErrorCode.INVALID, "choices: one of them twice")
    return events.PollOpened(command.room, poll, command.question, command.choices, command.kind)
