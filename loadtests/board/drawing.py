"""People who draw while the others look on: from when something was due until each of them has it (an open loop)."""

import secrets
from array import array
from collections.abc import Iterator, Sequence
from time import perf_counter_ns
from typing import NamedTuple

import msgspec
from msgspec import Raw, Struct, structs

from loadtests.board.elements import order_key, path, stroke
from loadtests.board.lesson import Answered, Lesson
from loadtests.entrance import Guest
from loadtests.machine import without_garbage_collection
from loadtests.packets import decode_ack
from loadtests.peer import Peer
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS
from rooms.board.elements import FreeDraw
from rooms.board.messages import BoardChange, BoardCursor, BoardStroke, Change, StrokeLook

POINTS_HZ = 60
"""Points of a pen a second."""

SEND_INTERVAL = 0.05
"""Seconds between two messages with points, or two of the cursor: a page sends twenty a second."""

POINTS_AT_ONCE = round(POINTS_HZ * SEND_INTERVAL)

STROKE_SECONDS = 1.2
"""How long a stroke takes: the points of a letter or two."""

STROKE_PERIOD = 2.0
"""Seconds from one stroke of a person to their next."""

STROKE_POINTS = round(POINTS_HZ * STROKE_SECONDS)

LEAD = NANOSECONDS // 10
"""Nanoseconds before the first thing is due: the generator is at its loop by then."""

DRAIN_DEADLINE = 20.0
"""Seconds after the last thing was due in which everything durable has to arrive."""

LOOK = StrokeLook(x=0.0, y=0.0, color="#1e1e1e", width=2.0, opacity=100.0)

KEYS_FROM = 1_000_000
"""Order keys of what is drawn begin here: above any filling."""

RUN_BYTES = 4


class Deed(NamedTuple):
    """Something a drawer does, `at` nanoseconds after the start. `part`: the number of the message of its stroke.

    `stroke` is its number; `part` None: the stroke is finished.
    """

    at: int
    drawer: int
    stroke: int
    part: int | None


class Drawn(Struct, frozen=True):
    """What is read of an event."""

    stream: str
    seq: int
    nonce: str | None


class Piece(Struct, frozen=True):
    """What is read of points."""

    stroke: str
    offset: int


class Drawing(Struct, frozen=True):
    """What came of it. Latencies in nanoseconds, from when it was due: `strokes` and `points` until each receiver had
    it, `lateness` until we sent it. `point_bytes`: of the messages with points that one onlooker was sent, and
    `points_shown` how many points these held."""

    strokes: Sequence[int]
    points: Sequence[int]
    lateness: Sequence[int]
    points_expected: int
    lost: int
    doubled: int
    point_bytes: int
    points_shown: int


def human(drawers: int, seconds: float) -> list[Deed]:
    """Everybody draws one stroke after the other, at human speed; they begin one after the other."""
    deeds: list[Deed] = []
    number = 0
    for drawer in range(drawers):
        begin = drawer * STROKE_PERIOD / drawers
        while begin + STROKE_SECONDS <= seconds:
            deeds += _stroke(begin, drawer, number, STROKE_POINTS)
            number += 1
            begin += STROKE_PERIOD
    return sorted(deeds)


def finishing(rate: float, count: int, drawers: int, first: int = 0) -> list[Deed]:
    """`count` finished strokes, `rate` a second at equal distances, the drawers taking turns. `first`: the number of
    the first of them."""
    return [
        Deed(round(number * NANOSECONDS / rate), (first + number) % drawers, first + number, None)
        for number in range(count)
    ]


def single(points: int) -> list[Deed]:
    """One stroke of so many points."""
    return sorted(_stroke(0.0, 0, 0, points))


def _stroke(begin: float, drawer: int, number: int, points: int) -> list[Deed]:
    parts = -(-points // POINTS_AT_ONCE)
    moments = [begin + (part + 1) * SEND_INTERVAL for part in range(parts)]
    deeds = [Deed(round(at * NANOSECONDS), drawer, number, part) for part, at in enumerate(moments)]
    return [*deeds, Deed(deeds[-1].at + 1, drawer, number, None)]


class Drawers:
    """Carries deeds out and sees what arrives. The `Listener` of everybody on the board meanwhile."""

    def __init__(
        self, lesson: Lesson, drawers: Sequence[Guest], points: int, warm_up: float = 0.0, keep: int | None = None
    ) -> None:
        """`points` of each stroke. What is due in the first `warm_up` seconds is checked and not measured. `keep`:
        whoever finishes a stroke deletes their own of so many before; None: all stay."""
        self._lesson = lesson
        self._drawers = drawers
        self._points = path(points)
        self._warm_up = round(warm_up * NANOSECONDS)
        self._keep = keep
        self._run = secrets.token_hex(RUN_BYTES)
        self._stream = f"board:{lesson.board}"
        self._event = msgspec.json.Decoder(Drawn)
        self._piece = msgspec.json.Decoder(Piece)
        self._due: dict[tuple[int, int | None], int] = {}
        self._seen: dict[Peer, set[int]] = {guest.peer: set() for guest in lesson.guests}
        self._heads: dict[Peer, int] = {}
        self._onlooker = lesson.guests[-1].peer
        self._strokes, self._points_taken, self._lateness = array("q"), array("q"), array("q")
        self._arrived = self._doubled = 0
        self._points_expected = self._point_bytes = self._points_shown = 0
        self._start = 0

    def run(self, deeds: Sequence[Deed]) -> Drawing:
        """Do everything when it is due, and wait until all that is durable has arrived. Again for what comes after."""
        self._strokes, self._points_taken, self._lateness = array("q"), array("q"), array("q")
        self._arrived = self._doubled = 0
        self._points_expected = self._point_bytes = self._points_shown = 0
        for guest in self._lesson.guests:
            guest.peer.listener = self
        self._start = perf_counter_ns() + LEAD
        finished = [deed for deed in deeds if deed.part is None]
        wanted = len(finished) * len(self._lesson.guests)
        end = self._start + deeds[-1].at + round(DRAIN_DEADLINE * NANOSECONDS)
        done = 0
        with without_garbage_collection():
            while (now := perf_counter_ns()) < end and (done < len(deeds) or self._arrived < wanted):
                while done < len(deeds) and self._start + deeds[done].at <= now:
                    self._do(deeds[done])
                    done += 1
                self._lesson.loop.turn(self._start + deeds[done].at if done < len(deeds) else end)
        if not self._strokes:
            raise Problem("Nothing that was drawn arrived at anybody: see the server's log.")
        return Drawing(
            self._strokes,
            self._points_taken,
            self._lateness,
            self._points_expected,
            wanted - self._arrived,
            self._doubled,
            self._point_bytes,
            self._points_shown,
        )

    def _do(self, deed: Deed) -> None:
        peer = self._drawers[deed.drawer].peer
        self._due[deed.stroke, deed.part] = deed.at
        board, name = self._lesson.board, self._name(deed.stroke)
        if deed.at >= self._warm_up:
            self._lateness.append(perf_counter_ns() - self._start - deed.at)
        if deed.part is None:
            peer.ask(BoardChange(nonce=name, board=board, changes=tuple(self._changes(deed))))
            return
        offset = deed.part * POINTS_AT_ONCE
        new = self._points[offset : offset + POINTS_AT_ONCE]
        look = LOOK if deed.part == 0 else None
        peer.tell(BoardStroke(board=board, stroke=name, offset=offset, points=new, look=look))
        peer.tell(BoardCursor(board=board, x=new[-1][0], y=new[-1][1], pressed=True))
        if deed.at >= self._warm_up:
            self._points_expected += len(self._lesson.guests) - 1

    def _changes(self, deed: Deed) -> Iterator[Change]:
        yield Change(0, self._element(deed.stroke))
        if self._keep is not None:
            old = deed.stroke - self._keep * len(self._drawers)
            if old >= 0:
                yield Change(1, structs.replace(self._element(old), is_deleted=True))

    def _element(self, number: int) -> FreeDraw:
        return stroke(self._name(number), order_key(KEYS_FROM + number), len(self._points))

    def _name(self, number: int) -> str:
        return f"{self._run}-{number:06d}"

    def _number(self, name: str | None) -> int | None:
        run, _, number = (name or "").rpartition("-")
        return int(number) if run == self._run else None

    # --- Listener ---

    def opened(self, peer: Peer) -> None:
        """They have been here for long."""

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        """Something was drawn; cursors and the like do not matter."""
        if name == "board_stroke":
            self._points_arrived(peer, payload, at)
        elif name == "event":
            self._element_arrived(peer, self._event.decode(payload), at)

    def _points_arrived(self, peer: Peer, payload: Raw, at: int) -> None:
        piece = self._piece.decode(payload)
        number = self._number(piece.stroke)
        if number is None:
            return
        due = self._due[number, piece.offset // POINTS_AT_ONCE]
        if peer is self._onlooker:
            self._point_bytes += len(bytes(payload))
            self._points_shown += min(POINTS_AT_ONCE, len(self._points) - piece.offset)
        if due >= self._warm_up:
            self._points_taken.append(at - self._start - due)

    def _element_arrived(self, peer: Peer, drawn: Drawn, at: int) -> None:
        if drawn.stream != self._stream:
            return
        before = self._heads.get(peer)
        if before is not None and drawn.seq != before + 1:
            raise Problem(f"A member was sent event {drawn.seq} of the board after event {before}.")
        self._heads[peer] = drawn.seq
        number = self._number(drawn.nonce)
        if number is None:
            return
        if number in self._seen[peer]:
            self._doubled += 1
            return
        self._seen[peer].add(number)
        self._arrived += 1
        due = self._due[number, None]
        if due >= self._warm_up:
            self._strokes.append(at - self._start - due)

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        """Taken, as nobody else touches it; or the measurement is worth nothing."""
        answer = decode_ack(payload)
        if answer.error is not None:
            raise Problem(f"The server refused a stroke ({answer.error.code}): {answer.error.message}")
        if msgspec.json.decode(answer.ok, type=Answered).superseded:
            raise Problem("The server did not take a stroke that nobody else has touched.")

    def closed(self, peer: Peer, reason: str) -> None:
        """Nobody may be cut off at a load that is to be measured."""
        raise Problem(f"A member lost the connection during the measurement: {reason}.")
