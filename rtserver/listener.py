"""Who is told what has become of a stream."""

from typing import Protocol

from rooms.stream import Event, StreamName


class Listener(Protocol):
    """Who is told what has become durable."""

    def committed(self, stream: StreamName, events: list[Event]) -> None:
        """These events are on disk, in order, each told once."""
        ...

    def reset(self, stream: StreamName) -> None:
        """The log was replaced (another epoch): whoever follows the stream has to start anew."""
        ...
