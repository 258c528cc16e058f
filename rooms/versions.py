"""What came with which version of the protocol, so that older clients work beside newer ones.

A client says its version once, when it connects (`ConnectAuth.version`), and is treated as one of that version as long
as the connection lives: what came later is unknown from it, and is not sent to it. New kinds of events, new fields of
what the server sends and new error codes need no version: a client ignores what it does not know.
"""

from collections.abc import Mapping

from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rooms.messages import OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION


class Since(Struct, frozen=True):
    """The version with which something came; what is not named was there from the first.

    `commands` and `pushes` by the names of their Socket.IO events, `fields` of commands by command and field.
    """

    commands: Mapping[str, int]
    fields: Mapping[tuple[str, str], int]
    pushes: Mapping[str, int]

    def knows_command(self, version: int, command: str) -> bool:
        """Whether a client of this version may send a command."""
        return self.commands.get(command, OLDEST_PROTOCOL_VERSION) <= version

    def knows_push(self, version: int, push: str) -> bool:
        """Whether a client of this version is to be sent a push."""
        return self.pushes.get(push, OLDEST_PROTOCOL_VERSION) <= version

    def later_fields(self, version: int, command: str) -> frozenset[str]:
        """The fields of a command that a client of this version does not know."""
        return frozenset(name for (of, name), since in self.fields.items() if of == command and since > version)


SINCE = Since(
    commands={
        "timer.set": 3,
        "poll.open": 3,
        "poll.vote": 3,
        "poll.close": 3,
        "poll.put_away": 3,
        "attention.call": 3,
        "lesson.end": 3,
        "call.end": 3,
        "groups.form": 3,
        "groups.end": 3,
        "chat.react": 3,
        "chat.pin": 3,
        "chat.set_language": 3,
        "chat.read": 3,
        "chat.search": 3,
        "rehearsal.begin": 3,
        "rehearsal.echo": 3,
        "rehearsal.offer": 3,
    },
    fields={("chat.post", "reply"): 3, ("chat.post", "files"): 3, ("chat.history", "after"): 3},
    pushes={"moving": 2, "read_marks": 3, "mentioned": 3, "poll_progress": 3, "attention": 3},
)
"""Of this protocol. Version 2: `moving`; 3: the rest of the chat."""


def require_supported(version: int) -> None:
    """Raises `Refused` with VERSION_UNSUPPORTED for a version that this server does not speak."""
    if not OLDEST_PROTOCOL_VERSION <= version <= PROTOCOL_VERSION:
        raise Refused(
            ErrorCode.VERSION_UNSUPPORTED,
            f"version {version}; this server speaks {OLDEST_PROTOCOL_VERSION} to {PROTOCOL_VERSION}",
        )
