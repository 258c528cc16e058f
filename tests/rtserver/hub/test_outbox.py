"""`EngineOutbox` over a real Engine.IO socket without a network: order, bounds and ends."""

import asyncio
from typing import Any

import pytest

from rtserver.hub import server as server_module
from rtserver.hub.admit import Admission
from rtserver.hub.outbox import Lane, OutboxLimits
from rtserver.hub.server import EngineOutbox, HubServer, HubSocket

LIMITS = OutboxLimits(durable=200, volatile=100)


class Sockets(dict[str, HubSocket]):
    """The server's sockets; says when one is forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.forgotten = asyncio.Event()

    def pop(self, *arguments: Any) -> Any:
        self.forgotten.set()
        return super().pop(*arguments)


class Wire:
    """A socket whose queue nobody reads, and its outbox."""

    def __init__(self) -> None:
        self.server = HubServer(async_mode="aiohttp", outbox_limits=LIMITS)
        self.socket = HubSocket(self.server.eio, "sid1", Admission("p1", "sid1", own_origin=True))
        self.socket.connected = self.socket.upgraded = True
        self.sockets = self.server.eio.sockets = Sockets()
        self.sockets["sid1"] = self.socket
        self.slow: list[str] = []
        self.outbox: EngineOutbox = self.server.outbox("sid1", lambda: self.slow.append("slow"))

    def waiting(self) -> list[Any]:
        """What is queued: the data of each packet, None for the end."""
        found = []
        while not self.socket.queue.empty():
            packet = self.socket.queue.get_nowait()
            found.append(None if packet is None else packet.data)
        return found

    async def ended(self) -> None:
        """Returns when the server has forgotten the socket."""
        await self.sockets.forgotten.wait()
        assert self.socket.closed
        assert self.sockets == {}


@pytest.fixture
async def wire() -> Wire:
    return Wire()


async def test_order_is_kept(wire: Wire) -> None:
    """Over both lanes, text and bytes."""
    for number, lane in enumerate([Lane.DURABLE, Lane.VOLATILE, Lane.DURABLE, Lane.VOLATILE]):
        wire.outbox.send(str(number) if number % 2 else str(number).encode(), lane)
    assert wire.waiting() == [b"0", "1", b"2", "3"]


async def test_no_packet_is_shared_between_sockets() -> None:
    """One engineio packet caches its encoding for one transport: a mixed room would get the wrong one."""
    first, second = Wire(), Wire()
    for wire in (first, second):
        wire.outbox.send(b"same", Lane.DURABLE)
    assert first.socket.queue.get_nowait() is not second.socket.queue.get_nowait()


async def test_volatile_is_dropped_first(wire: Wire) -> None:
    """Behind by more than the volatile bound: signals go, messages stay; in time again: signals go on."""
    wire.outbox.send("a" * 90, Lane.DURABLE)
    wire.outbox.send("b" * 10, Lane.VOLATILE)
    wire.outbox.send("c" * 1, Lane.VOLATILE)
    wire.outbox.send("d" * 50, Lane.DURABLE)
    wire.outbox.send("e" * 1, Lane.VOLATILE)
    assert wire.outbox.dropped == 2
    assert [text[0] for text in wire.waiting()] == ["a", "b", "d"]
    wire.outbox.send("f", Lane.VOLATILE)
    assert wire.waiting() == ["f"]
    assert wire.slow == []


async def test_durable_over_the_bound_is_slow(wire: Wire) -> None:
    """Told once, cut once, nothing queued any more."""
    wire.outbox.send("a" * 200, Lane.DURABLE)
    assert wire.slow == []
    wire.outbox.send("b", Lane.DURABLE)
    wire.outbox.send("c", Lane.DURABLE)
    assert wire.slow == ["slow"]
    await wire.ended()
    wire.outbox.send("d", Lane.DURABLE)
    assert wire.slow == ["slow"]
    assert not wire.server.is_open("sid1")


async def test_a_volatile_frame_never_makes_a_socket_slow(wire: Wire) -> None:
    """Whatever its size."""
    wire.outbox.send("a" * 1000, Lane.VOLATILE)
    assert (wire.slow, wire.outbox.dropped, wire.waiting()) == ([], 1, [])


async def test_what_was_read_makes_room(wire: Wire) -> None:
    """The bound is on what waits, not on what was ever sent."""
    for _ in range(20):
        wire.outbox.send("a" * 150, Lane.DURABLE)
        assert wire.waiting() == ["a" * 150]
    assert wire.slow == []
    assert wire.socket.queue.waiting_bytes == 0


async def test_finish_delivers_what_is_queued(wire: Wire) -> None:
    """Then the end; nothing after it."""
    wire.outbox.send("last", Lane.DURABLE)
    wire.outbox.finish()
    wire.outbox.send("too late", Lane.DURABLE)
    wire.outbox.finish()
    assert wire.waiting() == ["last", None]


@pytest.mark.parametrize("upgraded", [True, False], ids=["websocket", "polling"])
async def test_finish_cuts_who_does_not_read(wire: Wire, upgraded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the deadline for the last frames."""
    monkeypatch.setattr(server_module, "FLUSH_DEADLINE", 0)
    wire.socket.upgraded = upgraded
    wire.outbox.send("last", Lane.DURABLE)
    wire.outbox.finish()
    await wire.ended()


async def test_abort_cuts_at_once(wire: Wire) -> None:
    """What is queued is not waited for; twice is once."""
    wire.outbox.abort()
    wire.outbox.abort()
    await wire.ended()


async def test_a_closed_socket_takes_nothing(wire: Wire) -> None:
    """It went by itself: no error, nothing is queued."""
    await wire.socket.close(wait=False, abort=True)
    assert wire.waiting() == [None]
    wire.outbox.send("late", Lane.DURABLE)
    assert wire.waiting() == []
    assert wire.slow == []
