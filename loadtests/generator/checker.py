"""What one receiver has got: the proof, message by message, that nothing was lost, doubled or put out of order.

A sender numbers its messages of each topic. A number that is skipped is a hole; one that fills a hole came out of
order; one that is neither new nor fills a hole came twice. What holes are left in the end, and what never came after
the last number seen, is counted by the parent, who knows how many were sent.
"""

import zlib
from collections import defaultdict

from msgspec import Struct

from loadtests.generator.activity import Topic
from loadtests.generator.tags import Tag

Source = tuple[int, int]
"""A sender's number in the room, and the topic."""


class Counts(Struct):
    """What a receiver has seen since the last account. `durable`, `volatile`: messages that came, each counted once.

    `twice`: came again; `disorder`: after a later one of the same sender and topic; `gaps`: holes in the stream's
    own numbering that were noticed (and then filled by joining again); `strange`: messages that nobody of us sent.
    """

    durable: int = 0
    volatile: int = 0
    twice: int = 0
    disorder: int = 0
    gaps: int = 0
    strange: int = 0


class Receiver:
    """Takes down what one member receives, in the order in which it comes."""

    __slots__ = ("_holes", "_last", "chain", "counts", "seq")

    def __init__(self) -> None:
        self.counts = Counts()
        self.seq = 0
        """Where it stands in the room's stream: the number of the last event that it has."""
        self.chain = 0
        """A checksum over the chat in the order of the log: two who stand at the same seq must agree."""
        self._last: dict[Source, int] = {}
        self._holes: defaultdict[Source, set[int]] = defaultdict(set)

    def event(self, seq: int) -> bool:
        """An event of the stream came; False when it is not the next one, and must not be taken."""
        if seq == self.seq + 1:
            self.seq = seq
            return True
        if seq <= self.seq:
            self.counts.twice += 1
        else:
            self.counts.gaps += 1
        return False

    def message(self, tag: Tag) -> bool:
        """A message came, chat after `event` has let it in. True when it is the first time."""
        if not self._is_new(tag):
            return False
        if tag.topic is Topic.CHAT:
            self.counts.durable += 1
            self.chain = zlib.crc32(b"%d.%d" % (tag.sender, tag.number), self.chain)
        else:
            self.counts.volatile += 1
        return True

    def forget_holes(self) -> Counts:
        """The counts so far, for an account; what has not come by now is the past."""
        counts, self.counts = self.counts, Counts()
        self._holes.clear()
        return counts

    def _is_new(self, tag: Tag) -> bool:
        source = (tag.sender, tag.topic)
        last = self._last.get(source, -1)
        number = tag.number
        if number == last + 1:
            self._last[source] = number
            return True
        if number > last:
            self._holes[source].update(range(last + 1, number))
            self._last[source] = number
            return True
        holes = self._holes.get(source)
        if holes is not None and number in holes:
            holes.discard(number)
            self.counts.disorder += 1
            return True
        self.counts.twice += 1
        return False
