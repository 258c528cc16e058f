"""What a room was told, byte for byte, and whether every receiver was told exactly that.

Members of one room get identical bytes, so they are parsed once, for the member who gets them first: from then on they
are the room's transcript, and checking another member is one comparison of memory, however many messages have come.
Only what differs is looked at frame by frame: heartbeats, and broken promises.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import NamedTuple

from loadtests.compare.signals import Number, is_signal, number_of
from loadtests.frames import LENGTH_16, LENGTH_64, BrokenStream
from loadtests.ledger import Violations
from loadtests.packets import PING

FINAL_TEXT = 0x81
"""First byte of a frame that is a whole text message."""


class Frame(NamedTuple):
    """A server's frame in a stream: all its bytes, and where its payload begins in them."""

    first: int
    whole: bytes
    payload: bytes


class Order:
    """The numbers that one receiver saw, sender by sender: what was missing, came again, or came too late."""

    def __init__(self, senders: int) -> None:
        self._next = [0] * senders
        self._missing: set[Number] = set()
        self._twice = self._disorder = self._unknown = 0

    def saw(self, number: Number) -> None:
        """The next message that arrived."""
        sender, seq = number
        if sender >= len(self._next):
            self._unknown += 1
            return
        expected = self._next[sender]
        if seq == expected:
            self._next[sender] = seq + 1
        elif seq > expected:
            self._missing.update(Number(sender, skipped) for skipped in range(expected, seq))
            self._next[sender] = seq + 1
        elif number in self._missing:
            self._missing.discard(number)
            self._disorder += 1
        else:
            self._twice += 1

    def violations(self, sent: Sequence[int]) -> Violations:
        """What was broken, when `sent` messages of each sender should have come."""
        pairs = list(zip(sent, self._next, strict=True))
        return Violations(
            lost=len(self._missing) + sum(max(0, count - came) for count, came in pairs),
            twice=self._twice,
            disorder=self._disorder,
            unknown=self._unknown + sum(max(0, came - count) for count, came in pairs),
        )


class Transcript:
    """The messages of one room in the order in which they were told."""

    def __init__(self, senders: int) -> None:
        self.stream = bytearray()
        self.ends: list[int] = []
        """Where in the stream each message ends."""
        self.numbers: list[Number] = []
        self.own: list[list[int]] = [[] for _ in range(senders)]
        """Of each sender, which of the messages are its own: it is not told those."""
        self._orders: dict[tuple[int, int | None], Order] = {}

    def append(self, frame: bytes, number: Number) -> None:
        """A message that nobody had got so far."""
        if number.sender < len(self.own):
            self.own[number.sender].append(len(self.ends))
        self.stream += frame
        self.ends.append(len(self.stream))
        self.numbers.append(number)

    def start(self, message: int) -> int:
        """Where in the stream a message begins."""
        return self.ends[message - 1] if message else 0

    def messages_before(self, offset: int) -> int:
        """How many messages end at or before `offset`."""
        return bisect_right(self.ends, offset)

    def order_of_first(self, count: int, left_out: int | None) -> Order:
        """What somebody saw who got the first `count` messages but those of one sender. Not to be written to: many may
        share it."""
        key = (count, left_out)
        order = self._orders.get(key)
        if order is None:
            order = self._orders[key] = Order(len(self.own))
            for number in self.numbers[:count]:
                if number.sender != left_out:
                    order.saw(number)
        return order


class Receiver:
    """One member's side: how far along its room's transcript it has come."""

    __slots__ = ("_left_out", "_order", "_own", "_own_passed", "_rest", "_transcript", "at", "on_ping")

    def __init__(self, transcript: Transcript, left_out: int | None = None) -> None:
        """`left_out`: the sender whose messages it is not told, because they are its own."""
        self.on_ping: Callable[[], None] = _ignore
        """Told when the server wants to know whether this member is alive."""
        self.at = 0
        """Bytes of the transcript that it has got, or that were left out for it."""
        self._transcript = transcript
        self._left_out = left_out
        self._own = [] if left_out is None else transcript.own[left_out]
        self._own_passed = 0
        self._rest = b""
        self._order: Order | None = None

    def take(self, block: memoryview) -> None:
        """Check what has arrived. Raises `BrokenStream` when it is no WebSocket stream."""
        if not self._rest:
            if self._left_out is not None:
                block = block[self._take_pieces(block) :]
            elif self._transcript.stream.startswith(block, self.at):
                self.at += len(block)
                return
        if block:
            self._read(bytes(block))

    @property
    def seen(self) -> int:
        """Whole messages of the transcript that it has got, or that were left out for it."""
        return self._transcript.messages_before(self.at)

    @property
    def is_up_to_date(self) -> bool:
        """Whether it has all of its transcript. One that was told something else never is."""
        self._catch_up()
        return self.at == len(self._transcript.stream)

    def violations(self, sent: Sequence[int]) -> Violations:
        """What was broken, when `sent` messages of each sender of the room should have come."""
        expected = [0 if sender == self._left_out else count for sender, count in enumerate(sent)]
        self._catch_up()
        if self._left_out is not None and self._rest:
            self._settle()
        return (self._order or self._transcript.order_of_first(self.seen, self._left_out)).violations(expected)

    def _catch_up(self) -> None:
        """Judge what could not be judged when it came."""
        if self._rest:
            self._read(b"")
        self._pass_own()

    def _take_pieces(self, block: memoryview) -> int:
        """Compare what lies between one's own messages; how many bytes were as they should be."""
        transcript, size, taken = self._transcript, len(block), 0
        if self._order is not None:
            return 0
        while taken < size:
            self._pass_own()
            end = len(transcript.stream)
            if self._own_passed < len(self._own):
                end = transcript.start(self._own[self._own_passed])
            piece = block[taken : taken + end - self.at]
            if not piece or not transcript.stream.startswith(piece, self.at):
                break
            self.at += len(piece)
            taken += len(piece)
        return taken

    def _pass_own(self) -> None:
        """Go past what is left out."""
        own, ends = self._own, self._transcript.ends
        while self._own_passed < len(own) and self._transcript.start(own[self._own_passed]) == self.at:
            self.at = ends[own[self._own_passed]]
            self._own_passed += 1

    def _read(self, block: bytes) -> None:
        """Frame by frame, from the last one that was there whole."""
        transcript = self._transcript
        data = self._rest + block
        if self._order is None:
            boundary = transcript.start(self.seen)
            data = bytes(transcript.stream[boundary : self.at]) + data
            self.at = boundary
        used = 0
        for frame in frames(data):
            if not self._frame(frame):
                break
            used += len(frame.whole)
        self._rest = data[used:]

    def _frame(self, frame: Frame) -> bool:
        """Take one frame; False when it cannot be judged yet."""
        if frame.first != FINAL_TEXT:
            raise BrokenStream(f"a frame that begins with {frame.first:#x}")
        if not is_signal(frame.payload):
            if frame.payload == PING:
                self.on_ping()
            return True
        if self._order is not None:
            self._order.saw(number_of(frame.payload))
            return True
        self._pass_own()
        transcript = self._transcript
        if self.at == len(transcript.stream):
            if self._left_out is not None:
                return False
            transcript.append(frame.whole, number_of(frame.payload))
        elif not transcript.stream.startswith(frame.whole, self.at):
            self._order = deepcopy(transcript.order_of_first(self.seen, self._left_out))
            self._order.saw(number_of(frame.payload))
            return True
        self.at += len(frame.whole)
        return True

    def _settle(self) -> None:
        """At the end nothing more will come that could explain what is left."""
        rest, self._rest = self._rest, b""
        if self._order is None:
            self._order = deepcopy(self._transcript.order_of_first(self.seen, self._left_out))
        for frame in frames(rest):
            self._frame(frame)


def frames(data: bytes) -> Iterator[Frame]:
    """The whole frames at the beginning of what a server sent."""
    at, end = 0, len(data)
    while end - at >= 2:
        length, start = data[at + 1], at + 2
        if length == LENGTH_16:
            start = at + 4
            length = int.from_bytes(data[at + 2 : start], "big")
        elif length == LENGTH_64:
            start = at + 10
            length = int.from_bytes(data[at + 2 : start], "big")
        stop = start + length
        if stop > end:
            return
        yield Frame(data[at], data[at:stop], data[start:stop])
        at = stop


def _ignore() -> None: ...
