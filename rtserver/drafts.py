"""Commands of one stream under way: as they were submitted, and as a batch that was decided but is not stored yet."""

from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct

from rooms.chat.model import MessageId
from rooms.errors import Refused
from rooms.messages import Accepted
from rooms.model import Identity, MemberId
from rooms.ports import UsedNonce
from rooms.stream import Decision, Event
from rtserver.tracing import CommandTrace, Stage

State = TypeVar("State")
Answer = Callable[[Accepted | Refused], None]
Decide = Callable[[State], Decision]
"""Decides one command on the state it is given; may be called again after a conflict. Raises `Refused`."""
Needed = Callable[[State], MessageId | None]
"""The chat message that has to be fetched before a command can be decided on a state, if any."""


class Submission(Struct, Generic[State], eq=False):
    """One command under way. `repeated` is called when it turns out to be a resend, before `answer`."""

    actor: MemberId
    nonce: str
    decide: Decide[State]
    answer: Answer
    message: Needed[State] | None
    repeated: Callable[[], None] | None = None
    trace: CommandTrace | None = None

    def missing(self, state: State) -> MessageId | None:
        """The chat message that has to be fetched before the command can be decided on this state."""
        return None if self.message is None else self.message(state)


class Draft(Struct, Generic[State]):
    """A batch decided, not yet stored."""

    state: State
    events: list[Event]
    nonces: list[UsedNonce]
    identities: list[Identity]
    answers: list[tuple[Answer, Accepted | Refused]]
    traces: list[CommandTrace]
    """Of those of its commands that are traced."""

    def enters(self, stage: Stage) -> None:
        """The whole batch does."""
        for trace in self.traces:
            trace.enters(stage)
