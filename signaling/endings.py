"""The end of a call for everybody at once: who may bring it about, and how those are known who were in it.

It is in the project's stream, so that the end of a lesson is one decision with it. Everybody in a call keeps how often
it had been ended when they came in. Who dropped before the end, and comes back after it, is known by their `resume`:
they were in that call, and do not begin another one.
"""

from rooms.events import CallEnded
from rooms.lesson.model import CallEnding
from rooms.permissions import Action, Standing, require
from rooms.stream import Decision
from signaling.messages import CallEnd

DIVIDER = "."
"""Between the count and the secret of a `resume`; it is in no URL-safe Base64 (RFC 4648, section 5)."""


def decide(standing: Standing, command: CallEnd) -> Decision:
    """What the command leads to: whether somebody is in the call is not known here. Raises `Refused`."""
    require(standing, Action.MODERATE_CALL)
    return Decision((CallEnded(command.room, None if standing.member is None else standing.member.id),))


def resume_of(ending: CallEnding, secret: str) -> str:
    """The word by which somebody who comes into a call now is known when they come back."""
    return f"{ending.count}{DIVIDER}{secret}"


def is_of_ended_call(resume: str | None, ending: CallEnding) -> bool:
    """Whether somebody who comes back with this word was in a call that was ended meanwhile."""
    count, divider, _ = (resume or "").partition(DIVIDER)
    return bool(divider) and count.isdecimal() and int(count) < ending.count
