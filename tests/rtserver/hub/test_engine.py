"""The sockets of `HubEngine` without a network: polling, upgrades, requests. Real clients are in tests/wire."""

import asyncio

import pytest
from aiohttp.test_utils import make_mocked_request
from engineio import exceptions

from rtserver.hub.engine import ADMISSION, ANYBODY
from rtserver.hub.outbox import Lane, Outgoing
from rtserver.hub.server import HubServer
from tests.rtserver.hub.opened import Hub, hub, settled, take

__all__ = ["hub"]


class TestPolling:
    async def test_a_poll_waits(self, hub: Hub) -> None:
        """For the next packet."""
        socket = hub.poll()
        await socket.poll()
        poll = asyncio.ensure_future(socket.poll())
        await asyncio.sleep(0)
        socket.outbox.send(Outgoing.of("4x"), Lane.DURABLE)
        assert [packet.encode() for packet in await poll] == ["4x"]

    async def test_a_second_poll(self, hub: Hub) -> None:
        """Is refused: two readers would share the order."""
        socket = hub.poll()
        await socket.poll()
        poll = asyncio.ensure_future(socket.poll())
        await asyncio.sleep(0)
        with pytest.raises(exceptions.EngineIOError):
            await socket.poll()
        socket.outbox.send(Outgoing.of("4x"), Lane.DURABLE)
        await poll

    async def test_a_poll_has_an_end(self) -> None:
        """With nothing to send, as engineio's: an error that ends the socket."""
        hub = Hub(ping_interval=0.005, ping_timeout=0.005)
        socket = hub.poll()
        await socket.poll()
        with pytest.raises(exceptions.QueueEmpty):
            await socket.poll()
        hub.server.eio.heartbeat.close()

    async def test_a_poll_of_a_socket_that_has_ended(self, hub: Hub) -> None:
        """Answers nothing, which is the end."""
        socket = hub.poll()
        await socket.poll()
        socket.end("test")
        assert await socket.poll() == []
        await settled(socket)


class TestUpgrading:
    async def test_in_the_middle_of_a_burst(self, hub: Hub) -> None:
        """What was sent before goes first, over whichever transport; what comes over the WebSocket is in order."""
        socket = hub.poll()
        await take(socket, "40")
        await socket.poll()
        poll = asyncio.ensure_future(socket.poll())
        await asyncio.sleep(0)
        transport = hub.carry(socket)
        carrier = socket._upgrade.carrier if socket._upgrade is not None else None
        assert carrier is not None
        carrier.receive(b"2probe", True)
        assert [packet.encode() for packet in await poll] == ["6"], "the poll that waited is ended"
        for number in range(3):
            socket.outbox.send(Outgoing.of(f"4{number}"), Lane.DURABLE)
        socket.take(b'42["polled"]', True)
        carrier.receive(b"5", True)
        carrier.receive(b'42["by websocket"]', True)
        socket.outbox.send(Outgoing.of("43"), Lane.DURABLE)
        await settled(socket)
        assert transport.texts() == ["3probe", "40", "41", "42", "43"]
        assert hub.notes.names == ["polled", "by websocket"]
        assert (socket.upgraded, socket.upgrading) == (True, False)

    async def test_one_that_failed_is_tried_again(self, hub: Hub) -> None:
        """The first WebSocket is cut, polling goes on, the second one is taken."""
        socket = hub.poll()
        first = hub.carry(socket)
        assert socket._upgrade is not None
        socket.dropped_by(socket._upgrade.carrier)
        assert first.is_aborted
        assert (socket.upgraded, socket.upgrading, socket.is_deaf) == (False, False, False)
        hub.carry(socket)
        carrier = socket._upgrade.carrier
        carrier.receive(b"2probe", True)
        carrier.receive(b"5", True)
        assert socket.upgraded
        socket.end("test")
        await settled(socket)

    async def test_a_second_websocket(self, hub: Hub) -> None:
        """While one is being upgraded to, or is there: cut, and the first one goes on."""
        socket = hub.poll()
        first = hub.carry(socket)
        assert socket._upgrade is not None
        carrier = socket._upgrade.carrier
        assert hub.carry(socket).is_aborted
        carrier.receive(b"2probe", True)
        carrier.receive(b"5", True)
        assert hub.carry(socket).is_aborted
        assert not first.is_aborted
        socket.end("test")
        await settled(socket)

    async def test_ended_meanwhile(self, hub: Hub) -> None:
        """A socket that was finished gets its last frames over the WebSocket that is being upgraded to."""
        socket = hub.poll()
        await socket.poll()
        transport = hub.carry(socket)
        assert socket._upgrade is not None
        carrier = socket._upgrade.carrier
        carrier.receive(b"2probe", True)
        socket.outbox.send(Outgoing.of("4last"), Lane.DURABLE)
        socket.outbox.finish()
        carrier.receive(b"5", True)
        assert transport.texts() == ["3probe", "4last"]
        socket.end("test")
        await settled(socket)


async def test_requests_without_rules() -> None:
    """A server of another program lets everybody in, as far as engineio does."""
    server = HubServer(async_mode="aiohttp")
    request = make_mocked_request("GET", "/socket.io/?EIO=4&transport=polling")
    response = await server.eio.handle_request(request)
    assert response.status == 200
    assert request[ADMISSION] is ANYBODY
    for socket in list(server.eio.sockets.values()):
        socket.end("test")
        await settled(socket)
    server.eio.heartbeat.close()
