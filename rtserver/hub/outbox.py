"""What waits for one socket: frames in order, one write a loop turn, bounded in bytes, on either of two lanes.

Durable frames are never dropped: a socket that cannot take them is cut as SLOW and resumes from its position.
Volatile frames are dropped when the socket is behind, or, when only the newest counts, replaced by the newer one.

An outbox is in one of these states:

- polling: packets wait in a mailbox for the next poll;
- direct: frames are collected in `pending`, and the `Flusher` writes them at the end of the loop's turn;
- behind: the transport has not taken all that was written; frames go to its buffer as long as the bounds allow;
- finished: nothing is taken any more.

In all of them the order is that of `send`, also while a polling socket is upgraded to WebSocket.
"""

import asyncio
import base64
from collections import deque
from collections.abc import Callable, Hashable
from enum import StrEnum
from time import perf_counter
from typing import Protocol

import structlog

from rtserver.hub.frames import CLOSE_NORMAL, Opcode, frame
from rtserver.metrics.figures import FIGURES

log = structlog.get_logger(__name__)

FLUSH_DEADLINE = 0.5
"""Seconds for the last frames of a connection that is ended, before it is cut."""

BEHIND_LOOK_INTERVAL = 0.02
"""Seconds between two looks at the sockets that are behind: shorter than what a person notices."""

LATEST_MAX = 512
"""Signals of which only the newest counts that are kept for a socket that is behind: some for each member of a room."""

LARGE_FRAME = 16_384
"""Bytes from which it is looked at what has been collected in this turn. Only answers are as large: a client may ask
for hundreds in one write, and all of them are worked off in one turn of the loop."""

BASE64_PREFIX = "b"
"""Before a binary message in a polling payload (Engine.IO protocol v4, "HTTP long-polling")."""


NewestOf = tuple[Hashable, ...]
"""Of what only the newest counts; begins with the group (a room) in which it counts."""


class Lane(StrEnum):
    """Whether a frame may be dropped."""

    DURABLE = "durable"
    VOLATILE = "volatile"


class OutboxLimits:
    """Bytes that may wait for one socket: `volatile` before signals are dropped, `durable` before it is SLOW."""

    __slots__ = ("durable", "volatile")

    def __init__(self, durable: int, volatile: int) -> None:
        self.durable = durable
        self.volatile = volatile


class Transport(Protocol):
    """What an outbox needs of an `asyncio.Transport`."""

    def write(self, data: bytes) -> None:
        """Write or keep; never waits."""
        ...

    def get_write_buffer_size(self) -> int:
        """Bytes that the other side has not taken."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...


class Outgoing:
    """An Engine.IO packet on its way out, made once for whoever gets it: as a WebSocket frame, or to be polled."""

    __slots__ = ("_payload", "frame")

    def __init__(self, opcode: Opcode, payload: bytes) -> None:
        """`payload`: with the packet type in front when it is text; a binary message as it is."""
        self._payload = payload
        self.frame = frame(opcode, payload)

    @classmethod
    def of(cls, encoded: str | bytes) -> "Outgoing":
        """From an encoded Engine.IO packet."""
        if isinstance(encoded, bytes):
            return cls(Opcode.BINARY, encoded)
        return cls(Opcode.TEXT, encoded.encode())

    @property
    def is_text(self) -> bool:
        """Whether it is text; else a binary message."""
        return self.frame[0] & 0x0F == Opcode.TEXT

    def encode(self, b64: bool = False) -> str | bytes:
        """As `engineio.packet.Packet.encode`, which a polling payload is built with."""
        if self.is_text:
            return self._payload.decode()
        return BASE64_PREFIX + base64.b64encode(self._payload).decode() if b64 else self._payload


class Flusher:
    """Writes what outboxes have collected: one write for each at the end of a turn of the event loop."""

    __slots__ = ("_behind", "_commits", "_dirty", "_is_scheduled", "_late", "window")

    def __init__(self, window: float = 0) -> None:
        """`window`: seconds for which the frames of hot rooms may be collected; 0: until the end of the turn."""
        self.window = window
        self._dirty: list[Outbox] = []
        self._is_scheduled = False
        self._late: list[Outbox] = []
        self._commits: list[float] = []
        """When what leaves with this turn was committed, by `perf_counter`."""
        self._behind: dict[Outbox, None] = {}

    def mark(self, outbox: "Outbox") -> None:
        """Write this one at the end of the turn."""
        self._dirty.append(outbox)
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def committed(self) -> None:
        """Something was committed just now: how long it takes until its last frame is handed over is counted."""
        self._commits.append(perf_counter())
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._flush)

    def mark_late(self, outbox: "Outbox") -> None:
        """Write this one at the end of the window: what else comes for it until then leaves in the same write."""
        if not self._late:
            asyncio.get_running_loop().call_later(self.window, self._flush_late)
        self._late.append(outbox)

    def watch(self, outbox: "Outbox") -> None:
        """Look at this one, which is behind, until it is no more."""
        if not self._behind:
            asyncio.get_running_loop().call_later(BEHIND_LOOK_INTERVAL, self._look)
        self._behind[outbox] = None

    def _flush(self) -> None:
        self._is_scheduled = False
        dirty, self._dirty = self._dirty, []
        _flush_all(dirty)
        if self._commits:
            commits, self._commits = self._commits, []
            if dirty:  # else nobody was there to be told
                now = perf_counter()
                for at in commits:
                    FIGURES.fanout.observe(now - at)

    def _flush_late(self) -> None:
        late, self._late = self._late, []
        _flush_all(late)

    def _look(self) -> None:
        self._behind = {outbox: None for outbox in self._behind if _is_still_behind(outbox)}
        if self._behind:
            asyncio.get_running_loop().call_later(BEHIND_LOOK_INTERVAL, self._look)


def _flush_all(outboxes: "list[Outbox]") -> None:
    for outbox in outboxes:
        try:
            outbox.flush()
        except Exception:  # a bug; the others must not wait for ever because of this one
            log.exception("outbox.failed")
            outbox.abort()


def _is_still_behind(outbox: "Outbox") -> bool:
    try:
        return outbox.is_still_behind()
    except Exception:  # as above
        log.exception("outbox.failed")
        outbox.abort()
        return False


class Outbox:
    """The way to one socket. Frames leave in the order in which they were sent, over whatever transport it has."""

    __slots__ = (
        "_cut",
        "_flusher",
        "_is_finished",
        "_latest",
        "_limits",
        "_mailbox",
        "_mailbox_bytes",
        "_poll",
        "_transport",
        "dropped",
        "on_slow",
        "pending",
    )

    def __init__(self, flusher: Flusher, limits: OutboxLimits, cut: Callable[[], None]) -> None:
        """`cut` ends the socket at once."""
        self.pending: list[bytes] | None = None
        """Frames of this turn, when they may be added by whoever has marked the outbox; None: only by `send`."""
        self.dropped = 0
        """Volatile frames that were not sent."""
        self.on_slow: Callable[[], None] | None = None
        """Told once, when the socket could not keep up and is cut."""
        self._flusher = flusher
        self._limits = limits
        self._cut = cut
        self._transport: Transport | None = None
        self._mailbox: deque[Outgoing] | None = None
        self._mailbox_bytes = 0
        self._poll: asyncio.Future[None] | None = None
        self._latest: dict[NewestOf, Outgoing] | None = None
        self._is_finished = False

    # --- Sending ---

    def send(self, outgoing: Outgoing, lane: Lane, newest_of: NewestOf | None = None) -> None:
        """Send a packet. Never waits and never raises; a finished outbox takes nothing more.

        `newest_of`: a volatile packet replaces an earlier one with the same key that a socket which is behind has not
        got yet; None: it stands for itself.
        """
        pending = self.pending
        if pending is not None:
            if not pending:
                self._flusher.mark(self)
            pending.append(outgoing.frame)
            if len(outgoing.frame) >= LARGE_FRAME and lane is Lane.DURABLE:
                self._bound(pending)
        elif not self._is_finished:
            if lane is Lane.VOLATILE:
                self._send_volatile(outgoing, newest_of)
            elif self.waiting() + len(outgoing.frame) > self._limits.durable:
                self._be_slow()
            else:
                self._add(outgoing)

    def forget(self, group: Hashable) -> None:
        """Drop what is kept of a group, of which the socket gets no more: keys of `newest_of` begin with it."""
        if self._latest:
            self._latest = {key: kept for key, kept in self._latest.items() if key[0] != group}

    def waiting(self) -> int:
        """Bytes that were sent and not yet taken, those of this turn left out."""
        if self._transport is not None:
            return self._transport.get_write_buffer_size()
        return self._mailbox_bytes

    def finish(self) -> None:
        """Take nothing more, deliver what is there, then end the transport; cut it after `FLUSH_DEADLINE`."""
        if self._is_finished:
            return
        self._is_finished = True
        if self._transport is not None:
            self._transport.write(b"".join((*(self.pending or ()), CLOSE_NORMAL)))
        self.pending = None
        asyncio.get_running_loop().call_later(FLUSH_DEADLINE, self._cut)

    def abort(self) -> None:
        """End the transport at once; what is there is dropped."""
        self.close()
        self._cut()

    def close(self) -> None:
        """The socket has ended: take nothing more; a poll that waits gets what there is."""
        self._is_finished = True
        self.pending = None
        self._latest = None
        if self._transport is None:
            self._release_poll()

    @property
    def is_finished(self) -> bool:
        """Whether nothing is taken any more."""
        return self._is_finished

    # --- The transports ---

    def attach(self, transport: Transport) -> None:
        """From now on by WebSocket; what waits for a poll goes first."""
        self._transport = transport
        frames = [outgoing.frame for outgoing in self._mailbox or ()]
        self._mailbox, self._mailbox_bytes = None, 0
        if self._is_finished:
            transport.write(b"".join((*frames, CLOSE_NORMAL)))
            return
        self.pending = frames
        if frames:
            self._flusher.mark(self)

    async def polled(self) -> list[Outgoing]:
        """What waits, in order, as soon as there is something. Empty when the socket has ended."""
        if not self._mailbox and not self._is_finished:
            self._poll = asyncio.get_running_loop().create_future()
            try:
                await self._poll
            finally:
                self._poll = None
        packets = list(self._mailbox or ())
        FIGURES.frames += len(packets)
        self._mailbox, self._mailbox_bytes = None, 0
        return packets

    def flush(self) -> None:
        """Write the frames of this turn. Called by the `Flusher`."""
        pending = self.pending
        transport = self._transport
        if not pending or transport is None:
            return
        transport.write(pending[0] if len(pending) == 1 else b"".join(pending))
        FIGURES.frames += len(pending)
        pending.clear()
        waiting = transport.get_write_buffer_size()
        if waiting:
            self.pending = None
            if waiting > self._limits.durable:
                self._be_slow()
            else:
                self._flusher.watch(self)

    def is_still_behind(self) -> bool:
        """Whether the transport has not caught up yet; what was kept for that moment is sent. For the `Flusher`."""
        if self._is_finished or self._transport is None:
            return False
        if self._transport.get_write_buffer_size():
            return True
        latest, self._latest = self._latest, None
        self.pending = [outgoing.frame for outgoing in latest.values()] if latest else []
        if self.pending:
            self._flusher.mark(self)
        return False

    def _bound(self, pending: list[bytes]) -> None:
        if sum(map(len, pending)) > self._limits.durable:
            self._be_slow()

    # --- While it cannot go straight to the transport ---

    def _send_volatile(self, outgoing: Outgoing, newest_of: NewestOf | None) -> None:
        latest = self._latest
        if latest is not None and newest_of is not None and newest_of in latest:
            del latest[newest_of]
            self._drop()
        if self.waiting() + len(outgoing.frame) <= self._limits.volatile:
            self._add(outgoing)
        elif newest_of is None or self._transport is None or (latest is not None and len(latest) >= LATEST_MAX):
            self._drop()
        else:
            if latest is None:
                latest = self._latest = {}
            latest[newest_of] = outgoing

    def _drop(self) -> None:
        self.dropped += 1
        FIGURES.dropped += 1

    def _add(self, outgoing: Outgoing) -> None:
        if self._transport is not None:
            FIGURES.frames += 1
            self._transport.write(outgoing.frame)
            return
        if self._mailbox is None:
            self._mailbox = deque()
        self._mailbox.append(outgoing)
        self._mailbox_bytes += len(outgoing.frame)
        self._release_poll()

    def _release_poll(self) -> None:
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)

    def _be_slow(self) -> None:
        FIGURES.slow_closes += 1
        if self.on_slow is not None:
            self.on_slow()
        self.abort()
