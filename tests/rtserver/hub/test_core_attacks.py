"""What clients try against the core: each of these once cost more than it should, or left something behind."""

import asyncio
import tracemalloc

import pytest

from rooms.permissions import Action
from rtserver.hub import outbox as outbox_module
from rtserver.hub.engine import HubSocket
from rtserver.hub.frames import Assembler, Opcode
from rtserver.hub.outbox import FLUSH_DEADLINE
from rtserver.hub.polling import POST_BYTES_MAX
from rtserver.hub.server import WAITING_OVERHEAD, HubServer
from tests.rtserver.hub.fakes import FakeLoop, FakeTransport
from tests.rtserver.hub.opened import Hub, hub, settled, take
from tests.rtserver.hub.support import Classroom

__all__ = ["hub"]

MANY = 500


def test_fragments_without_end() -> None:
    """Empty ones take no memory, however many there are."""
    assembler = Assembler(10)
    assembler.add(Opcode.TEXT, b"4", is_final=False)
    tracemalloc.start()
    try:
        for _ in range(20_000):
            assert assembler.add(Opcode.CONTINUATION, b"", is_final=False) is None
        assert tracemalloc.get_traced_memory()[0] < 10_000
    finally:
        tracemalloc.stop()
    assert assembler.add(Opcode.CONTINUATION, b"3", is_final=True) == (b"43", True)


async def test_packets_that_take_time(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many at once are handled one by one, in order; those that wait are not moved about after each."""
    kept = 0
    keep = HubServer._keep_waiting

    def count(server: HubServer, socket: HubSocket, message: bytes, is_text: bool) -> None:
        nonlocal kept
        kept += 1
        keep(server, socket, message, is_text)

    socket, transport = await hub.signed_in()
    monkeypatch.setattr(HubServer, "_keep_waiting", count)
    await take(socket, *(f"40/n{number}," for number in range(MANY)), '42["last"]')
    assert kept == MANY
    answers = [text for text in transport.texts() if text.startswith("44/n")]
    assert [text.partition(",")[0] for text in answers] == [f"44/n{number}" for number in range(MANY)]
    assert hub.notes.names == ["last"]
    assert socket.waiting_bytes == 0


async def test_acks_that_nobody_asked_for(hub: Hub) -> None:
    """Cost no task each, and nothing waits for them."""
    socket, _ = await hub.signed_in()
    tasks = asyncio.all_tasks()
    for packet in (b"431[]", b'42/other,["x"]'):
        socket.take(packet, True)
        assert not socket.must_wait
    assert asyncio.all_tasks() == tasks


async def test_empty_messages_before_connect_is_answered(hub: Hub) -> None:
    """Are counted with what they take."""
    hub.gate.clear()
    socket, _ = hub.open()
    socket.take(b"40", True)
    await asyncio.sleep(0)
    for _ in range(POST_BYTES_MAX // WAITING_OVERHEAD):
        socket.take(b"", False)
    assert not socket.is_deaf
    socket.take(b"", False)
    assert socket.is_deaf
    hub.gate.set()
    await settled(socket)


async def _upgrading(hub: Hub) -> tuple[HubSocket, FakeTransport]:
    socket = hub.poll()
    await take(socket, "40")
    transport = hub.carry(socket)
    assert socket._upgrade is not None
    socket._upgrade.carrier.receive(b"2probe", True)
    return socket, transport


async def test_the_end_in_the_middle_of_an_upgrade(hub: Hub) -> None:
    """Takes the WebSocket with it: who confirms it afterwards would hold it open for ever, counted by nobody."""
    socket, transport = await _upgrading(hub)
    assert socket._upgrade is not None
    carrier = socket._upgrade.carrier
    await take(socket, "1")
    assert transport.is_aborted
    carrier.receive(b"5", True)
    assert transport.texts() == ["3probe"]
    assert hub.server.eio.count() == 0


async def test_engineio_forgets_a_websocket(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a malformed POST that was on its way when its socket was upgraded: cut after the deadline as any."""
    socket, transport = await _upgrading(hub)
    assert socket._upgrade is not None
    socket._upgrade.carrier.receive(b"5", True)
    loop = FakeLoop.under(monkeypatch, outbox_module)
    await hub.server.eio.disconnect(socket.sid)
    assert hub.server.eio.count() == 0
    assert not transport.is_aborted
    loop.advance(FLUSH_DEADLINE)
    assert transport.is_aborted


async def test_rooms_that_a_client_makes_up(classroom: Classroom) -> None:
    """Leave nothing behind: what was said of them is not kept."""
    seat = classroom.sit(await classroom.add("pupil"))
    await seat.join(classroom.hall)
    live = classroom.live
    assert live.denial(seat.member, classroom.hall, Action.READ_ROOM) is None
    kept = len(live._verdicts)
    for number in range(MANY):
        assert live.denial(seat.member, f"r{number}", Action.READ_ROOM) == "unknown_room"
    assert len(live._verdicts) == kept
