"""An event loop whose time a test moves, and a transport whose other side reads when a test says so."""

import asyncio
import heapq
import itertools
from collections.abc import Callable, Coroutine
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar

import pytest
from websocket._abnf import frame_buffer

from rtserver.hub.frames import Opcode

Result = TypeVar("Result")


class FakeTimer:
    """As `asyncio.TimerHandle`."""

    def __init__(self, callback: Callable[[], object]) -> None:
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class FakeLoop:
    """As much of an event loop as the hub's timers need; nothing happens unless a test lets it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._soon: list[Callable[[], object]] = []
        self._timers: list[tuple[float, int, FakeTimer]] = []
        self._numbers = itertools.count()

    @classmethod
    def under(cls, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> "FakeLoop":
        """The loop that these modules get for the running one."""
        loop = cls()
        for module in modules:
            monkeypatch.setattr(module, "asyncio", SimpleNamespace(get_running_loop=lambda: loop))
        return loop

    # --- For the code under test ---

    def time(self) -> float:
        return self.now

    def call_soon(self, callback: Callable[..., object], *arguments: object, context: object = None) -> None:
        self._soon.append(lambda: callback(*arguments))

    def call_later(self, delay: float, callback: Callable[..., object], *arguments: object) -> FakeTimer:
        timer = FakeTimer(lambda: callback(*arguments))
        heapq.heappush(self._timers, (self.now + delay, next(self._numbers), timer))
        return timer

    def create_future(self) -> "asyncio.Future[Any]":
        return asyncio.Future(loop=self)  # type: ignore[arg-type]

    def get_debug(self) -> bool:
        return False

    # --- For the test ---

    @property
    def timers(self) -> int:
        """How many timers are set."""
        return sum(not timer.is_cancelled for _, _, timer in self._timers)

    def turn(self) -> None:
        """One turn: what was to be called soon is called."""
        soon, self._soon = self._soon, []
        for callback in soon:
            callback()

    def advance(self, seconds: float) -> None:
        """Let time pass; each timer that goes off has a turn of its own."""
        until = self.now + seconds
        self.turn()
        while self._timers and self._timers[0][0] <= until:
            self.now, _, timer = heapq.heappop(self._timers)
            if not timer.is_cancelled:
                timer.callback()
                self.turn()
        self.now = until


class Waiting:
    """A coroutine that a test drives by hand: it goes on when what it waits for is done."""

    def __init__(self, coroutine: Coroutine[Any, Any, Result]) -> None:
        self._coroutine = coroutine
        self._waits_for: asyncio.Future[Any] | None = None
        self.result: Any = None
        self.is_done = False
        self.go_on()

    def go_on(self) -> bool:
        """Whether it is over, as far as it can go now."""
        while not self.is_done and (self._waits_for is None or self._waits_for.done()):
            try:
                self._waits_for = self._coroutine.send(None)
            except StopIteration as end:
                self.result, self.is_done = end.value, True
        return self.is_done

    def cancel(self) -> None:
        """As a task would be."""
        with pytest.raises(asyncio.CancelledError):
            self._coroutine.throw(asyncio.CancelledError())


class FakeTransport:
    """As an `asyncio.Transport`: the kernel takes `room` bytes, the rest waits until the test drains it."""

    def __init__(self, room: int | None = None) -> None:
        """`room`: None for a kernel that takes everything."""
        self.taken = b""
        self.writes: list[bytes] = []
        self.is_aborted = False
        self._room = room
        self._buffer = b""

    def write(self, data: bytes) -> None:
        assert not self.is_aborted, "written after the end"
        self.writes.append(data)
        self._buffer += data
        self._push()

    def get_write_buffer_size(self) -> int:
        return len(self._buffer)

    def abort(self) -> None:
        self.is_aborted = True
        self._buffer = b""

    def drain(self, size: int | None = None) -> None:
        """The other side reads `size` bytes; None: from now on whatever comes."""
        self._room = None if size is None else (self._room or 0) + size
        self._push()

    def _push(self) -> None:
        size = len(self._buffer) if self._room is None else min(self._room, len(self._buffer))
        self.taken += self._buffer[:size]
        self._buffer = self._buffer[size:]
        if self._room is not None:
            self._room -= size

    def frames(self) -> list[tuple[Opcode, bytes]]:
        """What the other side has got, as another library reads it."""
        return read_frames(self.taken)

    def texts(self) -> list[str]:
        """The text messages that the other side has got."""
        return [payload.decode() for opcode, payload in self.frames() if opcode is Opcode.TEXT]


def read_frames(stream: bytes) -> list[tuple[Opcode, bytes]]:
    """The frames of a server, as websocket-client reads them. What it does not like fails the test."""
    rest = stream

    def receive(size: int) -> bytes:
        nonlocal rest
        assert rest, "the last frame is not whole"
        got, rest = rest[:size], rest[size:]
        return got

    reader = frame_buffer(receive, skip_utf8_validation=False)
    found = []
    while rest:
        frame = reader.recv_frame()
        assert (frame.fin, frame.rsv1, frame.rsv2, frame.rsv3, frame.mask_value) == (1, 0, 0, 0, 0)
        found.append((Opcode(frame.opcode), frame.data.encode() if isinstance(frame.data, str) else bytes(frame.data)))
    return found
