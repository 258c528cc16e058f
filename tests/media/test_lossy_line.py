"""The pure classes together: a stream over two bad lines, with a source that changes on the way, arrives whole."""

import heapq
import random
from collections.abc import Iterator

import pytest

from media.losses import Losses
from media.packet_cache import VIDEO_PACKETS, PacketCache
from media.sequence_map import SequenceMap

PACKET_TIME = 0.005
DELAY, JITTER = 0.02, 0.012
"""Seconds on a line, at least and more: packets overtake each other."""

LOST, DOUBLED = 0.05, 0.02
PACKETS = 1500
TAIL = 40
"""Packets at the end for which nobody asks, since nothing comes after them."""


class BadLine:
    """Loses, delays and doubles packets; from a seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._on_the_way: list[tuple[float, int]] = []

    def send(self, packet: int, now: float) -> None:
        copies = 2 if self._random.random() < DOUBLED else 1
        for _ in range(copies):
            if self._random.random() >= LOST:
                heapq.heappush(self._on_the_way, (now + DELAY + self._random.random() * JITTER, packet))

    def arrived(self, now: float) -> Iterator[int]:
        while self._on_the_way and self._on_the_way[0][0] <= now:
            yield heapq.heappop(self._on_the_way)[1]


class Sender:
    """Sends packets by number, and again what it is asked for."""

    def __init__(self, first: int, out: BadLine, back: BadLine) -> None:
        self.next = first
        self.out = out
        self.back = back

    def step(self, now: float, sends: bool) -> None:
        for asked in self.back.arrived(now):
            self.out.send(asked, now)
        if sends:
            self.out.send(self.next & 0xFFFF, now)
            self.next += 1


def body(sequence: int, source: int) -> bytes:
    return b"%d of source %d" % (sequence, source)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("first", [0, 0xFF00])
def test_everything_arrives_whole_and_as_it_was(seed: int, first: int) -> None:
    """Both lines lose 5 %, reorder and double, requests are lost too; numbers wrap; every packet comes to the end."""
    up, up_back, down, down_back = (BadLine(seed * 4 + number) for number in range(4))
    sender = Sender(first, up, up_back)
    cache, numbers = PacketCache(VIDEO_PACKETS), SequenceMap(0xFFF0)
    numbers.switch(first)
    heard, seen = Losses(), Losses()
    arrived: dict[int, bytes] = {}
    for step in range(PACKETS + 300):
        now = step * PACKET_TIME
        sender.step(now, sends=step < PACKETS)
        for sequence in up.arrived(now):
            if cache.add(sequence, body(sequence, 1)):
                outgoing = numbers.forward(sequence)
                if outgoing is not None:  # None: from before the first one that was sent
                    down.send(outgoing, now)
            for missing in heard.received(sequence, now):
                up_back.send(missing, now)
        for asked in down_back.arrived(now):
            original = numbers.source_of(asked)
            if original is not None and cache.get(original) is not None:
                down.send(asked, now)
        for outgoing in down.arrived(now):
            original = numbers.source_of(outgoing)
            assert original is not None
            packet = cache.get(original)
            if packet is not None:
                assert arrived.setdefault(outgoing, packet) == packet
            for missing in seen.received(outgoing, now):
                down_back.send(missing, now)
        for missing in heard.due(now):
            up_back.send(missing, now)
        for missing in seen.due(now):
            down_back.send(missing, now)
    for place in range(TAIL, PACKETS - TAIL):
        assert arrived[(0xFFF0 + place) & 0xFFFF] == body((first + place) & 0xFFFF, 1)
