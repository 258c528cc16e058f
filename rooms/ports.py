"""What the rules and the live streams need from outside: the log, and what is stored beside it.

Every implementation passes the one contract suite in `tests/contract/`.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from rooms.chat.model import Message, MessageId
from rooms.model import Identity, MemberId
from rooms.stream import Event, Position, StreamName


class StreamHead(Struct, frozen=True):
    """Where a stream ends (`position.seq`: its last event, 0 when empty) and up to which seq it was pruned."""

    position: Position
    pruned: int


class Tail(Struct, frozen=True):
    """Where a stream ends, and the next events of it, as of one moment."""

    head: StreamHead
    events: Sequence[Event]


class UsedNonce(Struct, frozen=True):
    """A command of `actor` took effect (or was found to be so already) when the stream stood at `seq`."""

    actor: MemberId
    nonce: str
    seq: int


class Append(Struct, frozen=True):
    """A wish to append `events` (dense, from `expected.seq` + 1) and to remember `nonces`, all or nothing.

    Events may be empty (a command that changed nothing is remembered too). `identities` are stored in the same
    transaction.
    """

    stream: StreamName
    expected: Position
    events: tuple[Event, ...]
    nonces: tuple[UsedNonce, ...]
    identities: tuple[Identity, ...] = ()


class Appended(Struct, frozen=True):
    """Everything is on disk."""


class Conflict(Struct, frozen=True):
    """Nothing was written: the stream does not stand at the expected position (another process was first)."""


class Repeated(Struct, frozen=True):
    """Nothing was written: these commands have been stored before. `nonces` holds their first outcome."""

    nonces: tuple[UsedNonce, ...]


AppendOutcome = Appended | Conflict | Repeated


class LogUnavailable(Exception):
    """The store cannot be reached or refuses to write. Whether a pending append took effect is unknown."""


class StoredSnapshot(Struct, frozen=True):
    """The state of a stream at `position`, encoded by its rules. `version` is that of the encoding."""

    position: Position
    version: int
    state: bytes


class Log(Protocol):
    """Ordered, durable streams. Methods raise `LogUnavailable` when the store fails."""

    async def open(self, stream: StreamName) -> StreamHead:
        """The head of a stream, which is created (empty, with a new epoch) when it does not exist."""
        ...

    async def append(self, append: Append) -> AppendOutcome:
        """Append when the stream stands where the caller believes; returns after the commit is durable.

        Appends that arrive while a commit runs share the next one; one stream's conflict does not fail another's.
        """
        ...

    async def read(self, stream: StreamName, after: int, limit: int, bytes_max: int | None = None) -> list[Event]:
        """Up to `limit` events with seq greater than `after`, in order and without a gap between them.

        `bytes_max`: as many of the first as their bodies, as they lie in the log, come to that; one at least.
        """
        ...

    async def tail(self, stream: StreamName, after: int, limit: int) -> Tail | None:
        """The head of a stream, and its events as `read` gives them; None when it does not exist."""
        ...

    async def heads(self, streams: Sequence[StreamName]) -> dict[StreamName, StreamHead]:
        """The heads of those streams that exist, in one query."""
        ...

    async def renew_epoch(self, stream: StreamName, expected: Position) -> None:
        """Give a stream that stands at `expected` a new epoch: its newest events were lost. Else nothing happens."""
        ...

    async def used_nonces(self, stream: StreamName, limit: int) -> list[UsedNonce]:
        """The `limit` most recently used nonces of a stream, the oldest of them first."""
        ...

    async def load_snapshot(self, stream: StreamName) -> StoredSnapshot | None:
        """The newest stored snapshot of a stream's current epoch."""
        ...

    async def save_snapshot(self, stream: StreamName, snapshot: StoredSnapshot) -> None:
        """Keep a snapshot; it replaces an older one and never a newer one.

        Dropped are one of another epoch, and one from before a stored deletion, which would bring text back. Raises
        `ValueError` when it lies beyond the stream's head.
        """
        ...

    async def weight(self, stream: StreamName, after: int, up_to: int) -> int:
        """The bytes of the bodies of a stream's kept events with seq greater than `after`, up to `up_to`."""
        ...

    async def surplus(self, stream: StreamName, bytes_max: int) -> int:
        """Up to which seq events would have to be forgotten for the bodies of the rest to come to `bytes_max`; or 0."""
        ...

    async def prune(self, stream: StreamName, up_to: int) -> None:
        """Forget the events with seq up to `up_to` (nonces stay).

        Raises `ValueError` unless a snapshot of at least that seq is stored.
        """
        ...


class ChatArchive(Protocol):
    """The messages of rooms as they are now, kept by the log in the transaction of each append."""

    async def messages(
        self, stream: StreamName, before: MessageId, limit: int, after: MessageId | None = None
    ) -> list[Message]:
        """Up to `limit` messages older than `before`, oldest first, deleted ones (without text) included.

        The newest of them; with `after`, of those newer than it the oldest.
        """
        ...

    async def message(self, stream: StreamName, message: MessageId) -> Message | None:
        """One message."""
        ...


class Identities(Protocol):
    """The names of members."""

    async def identities(self, members: Sequence[MemberId]) -> dict[MemberId, Identity]:
        """The names of those members that have any."""
        ...
