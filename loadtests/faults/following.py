"""What one member has seen of a stream: dense and in order, or how it was not."""

import msgspec
from msgspec import Raw, Struct


class At(Struct, frozen=True):
    """What is read of a position."""

    epoch: str
    seq: int


class Event(Struct, frozen=True):
    """What is read of an event."""

    stream: str
    seq: int
    nonce: str | None = None


class Snapshot(Struct, frozen=True):
    """What is read of a snapshot: that there is one."""


class Joined(Struct, frozen=True):
    """What is read of the answer to a join. `snapshot_position`: of boards, whose snapshots may be a little older."""

    position: At
    events: tuple[Event, ...] | None = None
    snapshot: Snapshot | None = None
    snapshot_position: At | None = None


class Broken(Struct):
    """How often a promise of delivery was not kept."""

    twice: int = 0
    """Events that came again."""
    gaps: int = 0
    """Events that came before the ones ahead of them."""
    epochs: int = 0
    """Streams that were begun anew: nothing here replaces a log."""
    short: int = 0
    """Joins whose events did not lead to the position that they told."""


class Following:
    """A stream as one device follows it, over all its connections."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.epoch: str | None = None
        self.seq = 0
        self.seen: dict[int, str | None] = {}
        """The nonce of each event that came, by its seq."""
        self.snapshots = 0
        """How often it had missed too much, and was given a state instead of events."""
        self.broken = Broken()

    @property
    def position(self) -> dict[str, object] | None:
        """For a join."""
        return None if self.epoch is None else {"epoch": self.epoch, "seq": self.seq}

    def joined(self, answer: Raw) -> tuple[Event, ...]:
        """Go on from the answer to a join; the events in it."""
        joined = msgspec.json.decode(answer, type=Joined)
        if self.epoch is not None and joined.position.epoch != self.epoch:
            self.broken.epochs += 1
        is_new, self.epoch = self.epoch is None, joined.position.epoch
        events = joined.events or ()
        if joined.snapshot is not None:
            self.snapshots += not is_new
            self.seq = (joined.snapshot_position or joined.position).seq
        for event in events:
            self.take(event)
        if self.seq != joined.position.seq:
            self.broken.short += 1
            self.seq = joined.position.seq
        return events

    def take(self, event: Event) -> None:
        """The next event, as it should be."""
        if event.seq <= self.seq:
            self.broken.twice += 1
            return
        if event.seq > self.seq + 1:
            self.broken.gaps += 1
        self.seq = event.seq
        self.seen[event.seq] = event.nonce
