"""The generator's loop: publishers send when a frame is due, subscribers are swept every few milliseconds.

One thread, one epoll, no task and no callback per packet. Sweeping, instead of waking for every datagram, lets packets
gather in the sockets' buffers: thousands a second more fit on the generator's core, and the server does not see it.
"""

import heapq
import os
import select
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from loadtests.machine import without_garbage_collection
from loadtests.media.arrivals import Counts
from loadtests.media.numbering import is_video
from loadtests.media.publisher import Publisher, SentTrack
from loadtests.media.receiver import Receiver
from loadtests.media.srtp import Buffer
from loadtests.media.transport import Transport
from loadtests.problem import Problem
from loadtests.results.words import MS_PER_SECOND

SWEEP_INTERVAL = 0.004
"""Seconds between two looks at the sockets: at most a few packets wait in each."""

TICK_INTERVAL = 0.02
"""Seconds between two looks at what is due besides frames."""

DRAIN = 0.5
"""Seconds after the measurement in which what is on its way may arrive."""

DRAIN_MAX = 10.0
"""The same at most, while something is missing: what is late on a busy machine is not lost."""

DATAGRAM_TABLE = Path("/proc/net/udp")
"""Where the kernel tells how many datagrams it dropped because a socket's buffer was full (the last column)."""

INODE_COLUMN = 9

Cpu = dict[str, float]
"""Seconds of processor time so far, by process."""


class Taken(Struct, frozen=True):
    """What was measured in `seconds`: `cpu` of the server's processes, `generator_cpu` of ours, in seconds.

    `streams`: RTP streams that reached subscribers, by kind. `overrun`: datagrams that our own sockets had no room for;
    `late_ms`: the worst delay of a frame, and `refused`: packets that did not leave.
    """

    seconds: float
    cpu: Cpu
    generator_cpu: float
    counts: Counts
    video_streams: int
    audio_streams: int
    overrun: int
    late_ms: float
    refused: int


class _Snapshot(NamedTuple):
    at: float
    cpu: Cpu
    own_cpu: float
    counts: Counts
    last: list[list[int | None]]
    sent: dict[int, int]
    overrun: int


class Stage:
    """Everybody who sends and receives in one run."""

    def __init__(self, tick: Callable[[float], None]) -> None:
        """`tick` is called now and then, for signalling that goes on meanwhile."""
        self._tick_others = tick
        self._epoll = select.epoll()
        self._readers: dict[int, Publisher | Receiver] = {}
        self._publishers: list[Publisher] = []
        self._receivers: list[Receiver] = []
        self._due: list[tuple[float, int, SentTrack, Transport]] = []
        self._sweep_at = 0.0
        self._tick_at = 0.0
        self._worst_late = 0.0
        self._refused = 0
        self.buffer = Buffer()
        """Through which every packet goes."""

    def add(self, peer: Publisher | Receiver) -> None:
        """Read from a peer from now on."""
        file = peer.transport.socket.fileno()
        self._readers[file] = peer
        self._epoll.register(file, select.EPOLLIN)
        if isinstance(peer, Publisher):
            self._publishers.append(peer)
        else:
            self._receivers.append(peer)

    def begin(self, publisher: Publisher) -> None:
        """Let a connected publisher send; each of its tracks at the times that it has."""
        now = time.monotonic()
        for track in publisher.tracks:
            track.due += now
            heapq.heappush(self._due, (track.due, track.number, track, publisher.transport))

    def close(self) -> None:
        """Hang everybody up."""
        for reader in self._readers.values():
            reader.transport.close()
        self._readers.clear()
        self._epoll.close()

    def run(self, is_done: Callable[[], bool], deadline: float) -> bool:
        """Turn until `is_done`; False when `deadline` seconds have passed before."""
        end = time.monotonic() + deadline
        while not is_done():
            if time.monotonic() >= end:
                return False
            self._turn(self._sweep_at)
        return True

    def measure(self, seconds: float, cpu: Callable[[], Cpu]) -> Taken:
        """Go on for so long, and tell what has come. `cpu`: what the server has used so far."""
        with without_garbage_collection():
            self._worst_late, self._refused = 0.0, 0
            before = self._snapshot(cpu)
            self._last_for(seconds)
            after = self._snapshot(cpu)
            worst_late, refused = self._worst_late, self._refused
            end = time.monotonic() + DRAIN_MAX
            self._last_for(DRAIN)
            taken = self._taken(before, after, worst_late, refused)
            while taken.counts.lost and time.monotonic() < end:
                self._last_for(DRAIN)
                later = self._taken(before, after, worst_late, refused)
                # What is lost only now is not of the time that was measured.
                taken = min(taken, later, key=lambda one: one.counts.lost)
        return taken

    def _last_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._turn(min(end, self._sweep_at))

    def _turn(self, until: float) -> None:
        """Sleep until something is due, at most until then, and do it."""
        due = self._due
        now = time.monotonic()
        wait = min(until, due[0][0] if due else until) - now
        if wait > 0:
            time.sleep(wait)
            now = time.monotonic()
        while due and due[0][0] <= now:
            at, number, track, transport = due[0]
            self._worst_late = max(self._worst_late, now - at)
            self._refused += track.send_frame(transport, self.buffer, now)
            heapq.heapreplace(due, (track.due, number, track, transport))
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_INTERVAL
            for file, _ in self._epoll.poll(0):
                reader = self._readers[file]
                reader.receive(now)
                if reader.transport.is_closed:
                    raise Problem("The server has ended a media session during the measurement: see its log.")
        if now >= self._tick_at:
            self._tick_at = now + TICK_INTERVAL
            for reader in self._readers.values():
                reader.tick(now)
            self._tick_others(now)

    def _snapshot(self, cpu: Callable[[], Cpu]) -> _Snapshot:
        return _Snapshot(
            at=time.monotonic(),
            cpu=cpu(),
            own_cpu=time.process_time(),
            counts=self._counts(),
            last=[list(receiver.arrivals.last) for receiver in self._receivers],
            sent={track.number: track.packets for publisher in self._publishers for track in publisher.tracks},
            overrun=overrun(self._readers),
        )

    def _counts(self) -> Counts:
        return sum((receiver.counts() for receiver in self._receivers), Counts())

    def _taken(self, before: _Snapshot, after: _Snapshot, worst_late: float, refused: int) -> Taken:
        """`lost` is judged now, when what was on its way has arrived; the rest is of the time that was measured."""
        now = self._counts()
        lost = now.lost - before.counts.lost
        streams = [0, 0]
        for receiver, first, last in zip(self._receivers, before.last, after.last, strict=True):
            for track, number in enumerate(last):
                if number is None or number == first[track]:
                    continue
                streams[is_video(track)] += 1
                if receiver.is_numbered:
                    lost += max(0, after.sent[track] - (receiver.arrivals.last[track] or 0))
        counts = after.counts - before.counts
        return Taken(
            seconds=after.at - before.at,
            cpu={name: used - before.cpu.get(name, 0.0) for name, used in after.cpu.items()},
            generator_cpu=after.own_cpu - before.own_cpu,
            counts=replace(counts, lost=lost, duplicates=now.duplicates - before.counts.duplicates),
            video_streams=streams[True],
            audio_streams=streams[False],
            overrun=after.overrun - before.overrun,
            late_ms=worst_late * MS_PER_SECOND,
            refused=refused,
        )


def overrun(files: Iterable[int]) -> int:
    """Datagrams that the kernel dropped because these sockets had no room for them; 0 where it does not tell."""
    inodes = {str(os.fstat(file).st_ino) for file in files}
    try:
        rows = DATAGRAM_TABLE.read_text().splitlines()[1:]
    except OSError:
        return 0
    return sum(int(columns[-1]) for columns in map(str.split, rows) if columns[INODE_COLUMN] in inodes)
