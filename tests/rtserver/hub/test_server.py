"""Parts of `rtserver.hub.server` that need no network. The rest is driven by real clients in tests/wire."""

import asyncio
import base64
from typing import Any

import pytest
from engineio import exceptions
from engineio import packet as eio_packet

from rtserver.hub import server
from rtserver.hub.admit import Admission
from rtserver.hub.server import HubServer, HubSocket


def socket_of(**options: Any) -> HubSocket:
    """An open socket of a server without a network."""
    made = HubServer(async_mode="aiohttp", **options)
    socket = HubSocket(made.eio, "sid1", Admission("p1", "sid1", own_origin=True))
    made.eio.sockets["sid1"] = socket
    socket.connected = True
    return socket


class TestHeartbeat:
    async def test_each_answer_schedules_the_next(self) -> None:
        """A ping, once, after the interval; the next one when it was answered."""
        socket = socket_of(ping_interval=0)
        for _ in range(3):
            socket.schedule_ping()
            socket.schedule_ping()
            packet = await socket.queue.get()
            assert packet.packet_type == eio_packet.PING
            assert socket.queue.empty()
            assert socket.last_ping is not None

    async def test_while_one_is_due_nothing_is_overdue(self) -> None:
        """As engineio has it: no time stands while no answer is awaited."""
        socket = socket_of(ping_interval=1000)
        socket.schedule_ping()
        assert socket.last_ping is None
        assert await socket.check_ping_timeout()
        await socket.close(abort=True)

    async def test_ends_with_the_socket(self) -> None:
        """No task and no timer keeps a connection that is gone."""
        tasks = asyncio.all_tasks()
        socket = socket_of(ping_interval=1000)
        socket.schedule_ping()
        assert asyncio.all_tasks() == tasks
        assert socket._next_ping is not None
        await socket.close(abort=True)
        assert socket._next_ping.cancelled()
        socket.last_ping = 1.0
        socket.schedule_ping()
        assert socket._next_ping.cancelled(), "an answer that comes late starts nothing"

    async def test_an_unanswered_one_closes(self) -> None:
        """The look at the heartbeats ends a socket that is silent for too long."""
        socket = socket_of(ping_interval=0, ping_timeout=20)
        socket.schedule_ping()
        await socket.queue.get()
        assert await socket.check_ping_timeout()
        assert socket.last_ping is not None
        socket.last_ping -= 21
        assert not await socket.check_ping_timeout()
        assert socket.closed


class TestEnginePackets:
    @pytest.mark.parametrize(
        ("encoded", "kind", "data"),
        [
            ("42[1]", eio_packet.MESSAGE, "2[1]"),
            ("4", eio_packet.MESSAGE, ""),
            ('4{"a":1}', eio_packet.MESSAGE, '{"a":1}'),
            ("4é", eio_packet.MESSAGE, "é"),
            (b"42", eio_packet.MESSAGE, b"42"),
            (b"", eio_packet.MESSAGE, b""),
            ("b" + base64.b64encode(b"\x00\xff").decode(), eio_packet.MESSAGE, b"\x00\xff"),
            ("3", eio_packet.PONG, ""),
            ("1", eio_packet.CLOSE, ""),
        ],
    )
    def test_of_clients(self, encoded: str | bytes, kind: int, data: str | bytes) -> None:
        """A message stays as it came: what looks like JSON is not parsed here."""
        packet = server._decode_engine_packet(encoded)
        assert (packet.packet_type, packet.data) == (kind, data)

    @pytest.mark.parametrize(
        "encoded", ["", "0{}", "2", "2probe", "5", "6", "9zzz", "x", "[1]", "٤x", "b!", "bé", "bA"]
    )
    def test_of_nobody(self, encoded: str) -> None:
        """What a client may not send, or what is no packet."""
        with pytest.raises(exceptions.EngineIOError):
            server._decode_engine_packet(encoded)

    def test_however_deep(self) -> None:
        """Nothing in it is followed."""
        assert server._decode_engine_packet("4" + "[" * 200_000).data == "[" * 200_000

    def test_of_a_payload(self) -> None:
        """Many, up to a bound."""
        assert server._split_payload("41\x1e42\x1e") == ["41", "42", ""]
        assert len(server._split_payload("\x1e".join(["4x"] * server.POST_PACKETS_MAX))) == server.POST_PACKETS_MAX
        with pytest.raises(exceptions.EngineIOError):
            server._split_payload("\x1e".join(["4x"] * (server.POST_PACKETS_MAX + 1)))
