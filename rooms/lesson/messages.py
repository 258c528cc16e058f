"""The wire of a lesson's tools, since version 3 of the protocol.

What is durable goes to the stream `project:<project>`, so that it reaches its members in whichever room they are; votes
are kept beside the log.
"""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from rooms.board.elements import Number
from rooms.board.model import BoardId
from rooms.lesson.model import PollId, PollKind
from rooms.messages import Accepted, Command, Done, DurableCommand, Id
from rooms.model import MemberId, RoomId

TIMER_SECONDS_MIN, TIMER_SECONDS_MAX = 10, 10_800
"""Seconds of a timer: shorter ones are over before all have looked; three hours are longer than any lesson."""

QUESTION_CHARACTERS_MAX = 200
"""Of a poll's question: two lines on a projector."""

CHOICES_MIN, CHOICES_MAX = 2, 6
"""Choices of a poll: as many large buttons as fit on a telephone."""

CHOICE_CHARACTERS_MAX = 80
"""Of one choice: a line on a large button."""

Choice = Annotated[str, Meta(min_length=1, max_length=CHOICE_CHARACTERS_MAX)]


class Part(StrEnum):
    """A part of the page that one can be asked to look at; `teacher`: the one who asks, in the call."""

    CALL = "call"
    BOARD = "board"
    CHAT = "chat"
    PEOPLE = "people"
    TEACHER = "teacher"


class BoardArea(Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a board, in pixels of the board."""

    x: Number
    y: Number
    width: Number
    height: Number


# --- Durable commands ---


class TimerSet(DurableCommand, frozen=True, tag="timer.set"):
    """Teachers set the project's timer anew, or (null) stop it. Answer: `Accepted`.

    `room`: where it is asked from; everybody sees it, wherever they are.
    """

    room: Id
    seconds: Annotated[int, Meta(ge=TIMER_SECONDS_MIN, le=TIMER_SECONDS_MAX)] | None


class PollOpen(DurableCommand, frozen=True, tag="poll.open"):
    """Teachers ask a question in a room, one at a time; a closed one makes place for it. Answer: `Accepted`.

    `kind`: when it is a ready-made one; it has as many choices as `READY_CHOICES` says, and may leave the question
    empty: each reads the ready-made one in their own language.
    """

    room: Id
    question: Annotated[str, Meta(max_length=QUESTION_CHARACTERS_MAX)]
    choices: Annotated[tuple[Choice, ...], Meta(min_length=CHOICES_MIN, max_length=CHOICES_MAX)]
    kind: PollKind = PollKind.FREE


class PollVote(DurableCommand, frozen=True, tag="poll.vote"):
    """Choose (from 0), choose anew, or (null) take it back, as long as the poll is open. Answer: `Done`.

    It is stored before it is answered, and deleted when the poll closes; it is in no log. The last one sent counts.
    """

    room: Id
    poll: Id
    choice: Annotated[int, Meta(ge=0, le=CHOICES_MAX - 1)] | None


class PollClose(DurableCommand, frozen=True, tag="poll.close"):
    """Teachers end the voting; everybody sees how many chose what. Answer: `Accepted`."""

    room: Id
    poll: Id


class PollPutAway(DurableCommand, frozen=True, tag="poll.put_away"):
    """Teachers take the result of a closed poll off everybody's screen. Answer: `Accepted`."""

    room: Id
    poll: Id


class LessonEnd(DurableCommand, frozen=True, tag="lesson.end"):
    """Teachers end the lesson that goes on in a room, all at once. Answer: `Accepted`.

    Open polls are closed, the timer stops, groups are asked back, calls end for everybody, the rooms close. `room`: the
    one that the groups came from, or one of theirs; or any other, which has no groups.
    """

    room: Id


# --- Commands that change nothing durable ---


class AttentionCall(Command, frozen=True, tag="attention.call"):
    """Teachers ask everybody who may read a room to look at a part of it; not more than one in 3 s. Answer: `Done`.

    With the part `board`, `board` is which one of the room's is to be opened (null: whichever each has chosen), and
    `view` the part of that board that everybody is brought to (null: they look where they like).
    """

    room: Id
    part: Part
    board: Id | None = None
    view: BoardArea | None = None


LessonChange = TimerSet | PollOpen | PollPutAway
"""Those that lead to events by themselves; the counts of `PollClose` have to be found out first."""

LessonCommand = LessonChange | PollVote | PollClose | LessonEnd | AttentionCall

LESSON_RESULTS: dict[type[Command], Any] = {
    TimerSet: Accepted,
    PollOpen: Accepted,
    PollVote: Done,
    PollClose: Accepted,
    PollPutAway: Accepted,
    LessonEnd: Accepted,
    AttentionCall: Done,
}
"""What each command is answered with."""


# --- Pushes ---


class PollProgress(Struct, frozen=True):
    """ "poll_progress": how many have voted until now, to all who may read the room; at most one a second."""

    room: RoomId
    poll: PollId
    votes: int


class Attention(Struct, frozen=True, omit_defaults=True):
    """ "attention": a teacher asks all who may read the room to look at a part of it. `board` and `view`: as asked."""

    room: RoomId
    part: Part
    by: MemberId
    board: BoardId | None = None
    view: BoardArea | None = None


LESSON_PUSHES: dict[str, Any] = {"poll_progress": PollProgress, "attention": Attention}
"""The name of each Socket.IO event that the server sends, and what it carries."""
