"""What a lesson is led with, as it is kept: one timer a project, one poll a room. Values only."""

from enum import StrEnum

import msgspec
from msgspec import Struct

from rooms.model import MemberId, RoomId

PollId = str
Milliseconds = int


class PollKind(StrEnum):
    """How choices are shown: those of a ready-made poll in each reader's own language, free ones as they were typed."""

    YES_NO = "yes_no"
    HOW_SURE = "how_sure"
    FREE = "free"


READY_CHOICES = {PollKind.YES_NO: 2, PollKind.HOW_SURE: 5}
"""How many choices a ready-made poll has, in the order of its name: yes, no; from 1 (not at all) to 5 (quite)."""


class Timer(Struct, frozen=True):
    """A time that runs for the whole project, and still stands there when it is over.

    `ends_at`: by the server's clock, milliseconds since 1970 UTC; `seconds`: how long it was set to. A client's clock
    may be minutes off: it takes the server's from `ProjectJoined.server_time`, which it was told when it last joined,
    and counts on from there.
    """

    ends_at: Milliseconds
    seconds: int


class Poll(Struct, frozen=True):
    """A question to those who are in a room. `counts`: how many chose each, once it is closed; null: it is open.

    Nobody is told who chose what, teachers neither: votes are not in the log. `question`: empty for that of its `kind`.
    """

    id: PollId
    room: RoomId
    question: str
    choices: tuple[str, ...]
    kind: PollKind = PollKind.FREE
    counts: tuple[int, ...] | None = None

    @property
    def is_open(self) -> bool:
        """Whether one can vote."""
        return self.counts is None


class Ballot(Struct, frozen=True):
    """An open poll as one member finds it: how many have voted until now, and what this member chose (or null)."""

    room: RoomId
    poll: PollId
    votes: int
    choice: int | None


class CallEnding(Struct, frozen=True):
    """How often the call of a room was ended for everybody, and by whom last.

    Who came into it when it had been ended less often was in a call that is over.
    """

    count: int = 0
    by: MemberId | None = None


NEVER_ENDED = CallEnding()


class Lesson(Struct, frozen=True):
    """The timer, if one was set, and the poll of each room that was not put away yet.

    `call_endings` are of rooms whose call was ended at least once; `over` are the rooms whose lesson was ended, and
    which nobody has opened since.
    """

    timer: Timer | None = None
    polls: dict[RoomId, Poll] = msgspec.field(default_factory=dict)
    call_endings: dict[RoomId, CallEnding] = msgspec.field(default_factory=dict)
    over: frozenset[RoomId] = frozenset()

    def poll(self, room: RoomId, poll: PollId) -> Poll | None:
        """The poll of a room, if it is this one."""
        found = self.polls.get(room)
        return found if found is not None and found.id == poll else None

    def call_ending(self, room: RoomId) -> CallEnding:
        """How often the call of a room was ended."""
        return self.call_endings.get(room, NEVER_ENDED)

    def open_polls(self) -> tuple[Poll, ...]:
        """Those that one can vote in."""
        return tuple(poll for poll in self.polls.values() if poll.is_open)
