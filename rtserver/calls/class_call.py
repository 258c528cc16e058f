"""What teachers decided in the call of the class, at hand while its pupils are in groups: it holds in theirs, too."""

from typing import Protocol

from rooms.groups.model import Grouping
from rooms.groups.state import running
from rooms.model import RoomId
from rooms.stream import call_stream
from rtserver.live_stream import LiveStream
from rtserver.owners import Owners
from signaling.holds import CallState


class ClassCall:
    """Keeps the stream of the call from which a project's groups came, also while nobody here is in its room."""

    def __init__(self) -> None:
        self._stream: LiveStream[CallState] | None = None

    def decisions(self, grouping: Grouping | None) -> LiveStream[CallState] | None:
        """The stream, if it is at hand; None as well when no groups are at work."""
        if self._stream is not None and self._stream.name != _name(grouping):
            self._stream = None
        return self._stream

    def missing(self, grouping: Grouping | None) -> RoomId | None:
        """The room whose stream is wanted, and not at hand."""
        is_wanted = self.decisions(grouping) is None and running(grouping)
        return grouping.origin if is_wanted and grouping is not None else None

    def keep(self, stream: LiveStream[CallState]) -> None:
        """It was loaded."""
        self._stream = stream


class Grouped(Protocol):
    """A project whose pupils may be in groups."""

    class_call: ClassCall

    def class_call_missing(self) -> RoomId | None:
        """The room whose decisions have to be loaded first."""
        ...

    def call_decided(self, room: RoomId) -> None:
        """Apply what teachers decided in the call of a room to whom it concerns."""
        ...


async def know_class_call(owners: Owners, live: Grouped) -> None:
    """Returns when the decisions of the class's call are at hand, if they are wanted. Raises `LogUnavailable`."""
    while (room := live.class_call_missing()) is not None:
        stream = await owners.call(room)
        if live.class_call_missing() == room:
            live.class_call.keep(stream)
            live.call_decided(room)


def _name(grouping: Grouping | None) -> str | None:
    return call_stream(grouping.origin) if grouping is not None and running(grouping) else None
