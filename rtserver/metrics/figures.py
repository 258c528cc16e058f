"""What this process counts while it works: plain ints, so that the hot paths pay some hundred nanoseconds at most.

They are the process's, as its memory and its CPU time are: `FIGURES` is what everybody counts in. `exposition` reads
them when somebody asks for metrics. Nothing here holds an id, a name or a text: every key is of a small, known set.
"""

from bisect import bisect_left
from collections.abc import Sequence
from enum import StrEnum

from rooms.errors import Refused
from rtserver.wire import WireCommand

COMMAND_NAMES = frozenset(str(command.__struct_config__.tag) for command in WireCommand.__args__)
"""What clients may ask for."""

UNKNOWN = "unknown"
"""Every name that a client makes up counts as this one: they have no end."""

DONE = "ok"
"""The result of a command that was carried out; of others it is the error's code."""

APPEND_BOUNDS = (0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds. A commit of SQLite takes 0.25 ms, one of PostgreSQL 1 to 8 ms; 15 ms is what a busy room may take on top of
a commit; above 250 ms a person notices; at 5 s SQLite gives up. Steps of two: a quantile is off by half at most."""

FANOUT_BOUNDS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.004, 0.008, 0.015, 0.03, 0.06, 0.125, 0.5, 1.0)
"""Seconds. A class of 30 takes 50 us, a room of 500 a millisecond; what is above 15 ms is a loop that is too busy."""

LAG_BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Seconds. Below 5 ms is idle, from 25 ms on a lesson feels it, 10 s is a process that was stopped."""


class Joined(StrEnum):
    """What is joined."""

    PROJECT = "project"
    ROOM = "room"
    BOARD = "board"


class Histogram:
    """How many observations fell into each bucket, and their sum. `bounds` are the buckets' upper ends, ascending."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = tuple(bounds)
        self.counts = [0] * (len(self.bounds) + 1)
        """Not cumulative; the last one is for what is above every bound."""
        self.total = 0.0

    def observe(self, seconds: float) -> None:
        """One more. A value at a bound belongs below it, as Prometheus's `le` says."""
        self.counts[bisect_left(self.bounds, seconds)] += 1
        self.total += seconds


class Figures:
    """All that is counted."""

    __slots__ = (
        "append",
        "commands",
        "crowded_closes",
        "dropped",
        "fanout",
        "frames",
        "loop_lag",
        "resumes",
        "resyncs",
        "slow_closes",
    )

    def __init__(self) -> None:
        self.commands: dict[tuple[str, str], int] = {(name, DONE): 0 for name in sorted(COMMAND_NAMES)}
        """Answers, by the command's name and its result: known ones begin at nought, so that a rate sees the first."""
        self.append = Histogram(APPEND_BOUNDS)
        """From handing events to the log until they are committed, waiting for a place in a commit included."""
        self.fanout = Histogram(FANOUT_BOUNDS)
        """From the commit until the last frame of it was handed to its transport."""
        self.loop_lag = Histogram(LAG_BOUNDS)
        """How much later than it asked for a timer was called."""
        self.frames = 0
        """Frames that were written to WebSockets, and packets that were polled."""
        self.dropped = 0
        """Volatile frames that were not sent, or replaced by newer ones, since their socket was behind."""
        self.slow_closes = 0
        """Sockets that were cut since they did not take their durable frames."""
        self.crowded_closes = 0
        """Connections that were closed to make room for others."""
        self.resumes: dict[str, int] = dict.fromkeys(Joined, 0)
        """Joins from a position that were answered with the missed events."""
        self.resyncs: dict[str, int] = dict.fromkeys(Joined, 0)
        """Joins from a position that needed a snapshot instead."""

    def answered(self, name: str, outcome: object) -> None:
        """A command was answered with its result, or with the `Refused` that says why not."""
        key = (name if name in COMMAND_NAMES else UNKNOWN, outcome.code if isinstance(outcome, Refused) else DONE)
        self.commands[key] = self.commands.get(key, 0) + 1

    def joined(self, what: Joined, from_position: bool, by_events: bool) -> None:
        """Something was joined: anew (not counted here), or by somebody who came back with a position."""
        if from_position:
            counts = self.resumes if by_events else self.resyncs
            counts[what] += 1


FIGURES = Figures()
"""Those of this process."""
