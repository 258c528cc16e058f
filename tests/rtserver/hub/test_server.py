"""`HubServer` without a network: packets of Socket.IO, in and out. Real clients are in tests/wire."""

import asyncio
import json

import msgpack
import pytest
from structlog.testing import capture_logs

from rooms.errors import Refused
from rtserver.hub import outbox as outbox_module
from rtserver.hub import server as server_module
from rtserver.hub.admit import Knock
from rtserver.hub.outbox import Lane, OutboxLimits, Outgoing
from rtserver.hub.packets import Codec
from rtserver.hub.polling import POST_BYTES_MAX
from tests.rtserver.hub.opened import ADMITTED, WITHIN, Hub, hub, settled, take

__all__ = ["hub"]


class TestHandshake:
    async def test_over_a_websocket(self, hub: Hub) -> None:
        """The first frame, with the server's times in milliseconds."""
        socket, transport = hub.open()
        await settled(socket)
        (opened,) = transport.texts()
        assert opened[0] == "0"
        assert json.loads(opened[1:]) == {
            "sid": socket.sid,
            "upgrades": [],
            "pingTimeout": 20_000,
            "pingInterval": 25_000,
            "maxPayload": POST_BYTES_MAX,
        }

    async def test_over_polling(self, hub: Hub) -> None:
        """With the upgrade that is offered."""
        socket = hub.poll()
        (opened,) = await socket.poll()
        assert json.loads(str(opened.encode())[1:])["upgrades"] == ["websocket"]

    async def test_admission(self, hub: Hub) -> None:
        """It is remembered; sockets are counted; a sid belongs to its project."""
        socket, _ = hub.open()
        assert hub.server.admission(socket.sid) is ADMITTED
        engine = hub.server.eio
        assert (engine.count(), engine.project_of(socket.sid), engine.project_of("unknown")) == (1, "p1", None)

    @pytest.mark.parametrize("state", ["new", "websocket", "finished", "gone"])
    async def test_an_upgrade_needs_a_socket_that_polls(self, hub: Hub, state: str) -> None:
        """Admission refuses all others, and looks again when the WebSocket stands."""
        query = {"EIO": "4", "transport": "websocket", "project": "p1"}
        socket = hub.poll()
        engine = hub.server.eio
        admission = engine.admit_websocket(Knock("GET", {**query, "sid": socket.sid}, None, is_upgrade=True))
        assert admission.sid == socket.sid
        assert engine.open_websocket(admission, {}) is socket
        if state == "new":
            socket.connected = False
        elif state == "websocket":
            socket.upgraded = True
        elif state == "finished":
            socket.outbox.finish()
        else:
            del engine.sockets[socket.sid]
        assert engine.open_websocket(admission, {}) is None
        with pytest.raises(Refused):
            engine.admit_websocket(Knock("GET", {**query, "sid": socket.sid}, None, is_upgrade=True))

    async def test_the_first_request_is_let_go_of(self, hub: Hub) -> None:
        """It holds headers and cookies; without the word it is kept until the end."""
        socket, _ = hub.open()
        assert hub.server.environ[socket.sid] == {"QUERY_STRING": ""}
        hub.server.forget_handshake(socket.sid)
        assert hub.server.environ[socket.sid] == {}
        socket.end("test")
        await settled(socket)
        assert hub.server.environ == {}

    async def test_the_connect_deadline(self) -> None:
        """Who has not signed in by then is cut; who has is left alone."""
        hub = Hub(connect_deadline=1.0)
        with capture_logs() as logs:
            late, _ = hub.open()
            in_time, _ = await hub.signed_in()
            async with asyncio.timeout(WITHIN):
                while late.sid in hub.server.eio.sockets:  # noqa: ASYNC110 - the end tells nobody who is not signed in
                    await asyncio.sleep(0)
        assert [entry["event"] for entry in logs] == ["socket.connect_deadline"]
        assert hub.transports[0].is_aborted
        assert hub.server.is_open(in_time.sid)
        in_time.end("test")
        await settled(in_time)


class TestSigningIn:
    @pytest.mark.parametrize("codec", list(Codec))
    async def test_codec(self, hub: Hub, codec: Codec) -> None:
        """The form of the first packet says how all later ones are answered."""
        socket, transport = hub.open()
        assert hub.server.codec(socket.sid) is Codec.JSON
        connect = "40" if codec is Codec.JSON else msgpack.dumps({"type": 0, "nsp": "/", "data": None})
        await take(socket, connect)
        assert hub.server.codec(socket.sid) is codec
        sid = hub.server.manager.sid_from_eio_sid(socket.sid, "/")
        assert hub.server.engine_sid(sid) == socket.sid
        answer = transport.frames()[1][1]
        if codec is Codec.JSON:
            assert answer == f'40{{"sid":"{sid}"}}'.encode()
        else:
            assert msgpack.loads(answer) == {"type": 0, "nsp": "/", "data": {"sid": sid}}

    async def test_auth(self, hub: Hub) -> None:
        """What the client shows reaches the handler."""
        socket, _ = hub.open()
        await take(socket, '40{"version":1}')
        assert hub.told == ["connect {'version': 1}"]

    async def test_what_is_sent_behind_it_waits(self, hub: Hub) -> None:
        """For the answer, in order; then it goes straight on."""
        hub.gate.clear()
        socket, _ = hub.open()
        for packet in ("40", '42["a"]', '42["b"]'):
            socket.take(packet.encode(), True)
        await asyncio.sleep(0)
        assert hub.notes.names == []
        hub.gate.set()
        await settled(socket)
        socket.take(b'42["c"]', True)
        assert hub.notes.names == ["a", "b", "c"]

    async def test_one_that_waits_may_wait_again(self, hub: Hub) -> None:
        """Another namespace's CONNECT in the middle of what waits keeps its place."""
        hub.gate.clear()
        socket, transport = hub.open()
        for packet in ("40", '42["a"]', "40/other,", '42["b"]'):
            socket.take(packet.encode(), True)
        hub.gate.set()
        await settled(socket)
        assert hub.notes.names == ["a", "b"]
        assert any("Invalid namespace" in text for text in transport.texts())

    async def test_too_much_that_waits(self, hub: Hub) -> None:
        """Is malformed: nobody sends a megabyte before the answer."""
        hub.gate.clear()
        socket, transport = hub.open()
        socket.take(b"40", True)
        for _ in range(11):
            socket.take(b'42["' + b"a" * (POST_BYTES_MAX // 10) + b'"]', True)
        assert socket.is_deaf
        hub.gate.set()
        await settled(socket)
        assert hub.notes.names == []
        assert any('"malformed"' in text for text in transport.texts())

    async def test_refused(self, hub: Hub) -> None:
        """Told why, then ended: one try a connection."""
        hub.refuses = True
        socket, transport = hub.open()
        await take(socket, "40", '42["a"]', "40")
        assert json.loads(transport.texts()[1][2:]) == {"message": "no", "data": {"code": "no"}}
        assert socket.is_deaf
        assert hub.notes.names == []
        assert len(hub.told) == 1

    async def test_gone_before_it_is_answered(self, hub: Hub) -> None:
        """What the CONNECT made is undone behind it."""
        hub.gate.clear()
        socket, transport = hub.open()
        socket.take(b"40", True)
        await asyncio.sleep(0)
        socket.end("transport close")
        assert transport.is_aborted
        await asyncio.sleep(0)
        assert hub.told == ["connect None"]
        hub.gate.set()
        await settled(socket)
        assert hub.told == ["connect None", "disconnect: transport close"]
        assert hub.server.manager.rooms == {}
        assert hub.server.eio.sockets == {}

    async def test_twice(self, hub: Hub) -> None:
        """A second CONNECT is malformed."""
        socket, transport = await hub.signed_in()
        await take(socket, "40")
        assert socket.is_deaf
        assert '"malformed"' in transport.texts()[-1]

    async def test_leaving(self, hub: Hub) -> None:
        """DISCONNECT ends the connection, too: its last namespace is gone."""
        socket, _ = await hub.signed_in()
        await take(socket, "41")
        assert hub.told[-1] == "disconnect: client disconnect"
        assert socket.is_deaf


class TestReceiving:
    async def test_events_in_order(self, hub: Hub) -> None:
        """At once, without a task."""
        socket, _ = await hub.signed_in()
        tasks = asyncio.all_tasks()
        for number in range(5):
            socket.take(f'42["e{number}"]'.encode(), True)
        assert hub.notes.events == [(socket.sid, f"e{number}") for number in range(5)]
        assert asyncio.all_tasks() == tasks

    @pytest.mark.parametrize("packet", ['42/other,["a"]', '431["x"]', "41/other,", "3", "3probe"])
    async def test_what_asks_for_nothing(self, hub: Hub, packet: str) -> None:
        """Is passed over; the connection goes on."""
        socket, _ = await hub.signed_in()
        await take(socket, packet, '42["a"]')
        assert hub.notes.names == ["a"]

    @pytest.mark.parametrize("packet", ["4", "4zzz", "42[]", "44", '451-["a"]', b"", b"\xff"])
    async def test_malformed_socketio(self, hub: Hub, packet: str | bytes) -> None:
        """A `problem` says so, then the end; nothing behind it is taken; one line in the log, without its text."""
        socket, transport = await hub.signed_in()
        with capture_logs() as logs:
            await take(socket, packet, '42["late"]', packet)
        assert [entry["event"] for entry in logs] == ["socket.malformed"]
        assert hub.notes.names == []
        problem = json.loads(transport.texts()[-1][2:])
        assert (problem[0], problem[1]["code"]) == ("problem", "malformed")
        assert transport.frames()[-1][0].name == "CLOSE"

    @pytest.mark.parametrize("packet", ["", "0{}", "2", "2probe", "5", "6", "9", "x", "b42"])
    async def test_malformed_engineio(self, hub: Hub, packet: str) -> None:
        """Cut."""
        socket, transport = await hub.signed_in()
        with capture_logs() as logs:
            await take(socket, packet, '42["late"]')
        assert [entry["event"] for entry in logs] == ["socket.malformed"]
        assert transport.is_aborted
        assert hub.told[-1] == "disconnect: transport error"
        assert hub.notes.names == []

    async def test_the_client_closes(self, hub: Hub) -> None:
        """Engine.IO's CLOSE."""
        socket, _ = await hub.signed_in()
        await take(socket, "1", '42["late"]')
        assert hub.told[-1] == "disconnect: client disconnect"
        assert hub.notes.names == []
        assert hub.server.eio.sockets == {}

    async def test_a_bug_of_a_handler(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is logged; what comes behind it is taken."""

        async def fail(*_: object) -> None:
            raise ZeroDivisionError

        socket, _ = await hub.signed_in()
        monkeypatch.setattr(hub.server, "_handle_disconnect", fail)
        with capture_logs() as logs:
            await take(socket, "41/other,", '42["a"]')
        assert [entry["event"] for entry in logs] == ["packet.failed"]
        assert hub.notes.names == ["a"]


class TestEnding:
    async def test_by_the_transport(self, hub: Hub) -> None:
        """The application is told once, and nothing is left."""
        tasks = asyncio.all_tasks()
        socket, _ = await hub.signed_in()
        carrier = socket._carrier
        assert carrier is not None
        socket.dropped_by(carrier)
        socket.dropped_by(carrier)
        await settled(socket)
        assert hub.told[1:] == ["disconnect: transport close"]
        assert (hub.server.eio.sockets, hub.server.environ, hub.server.manager.rooms) == ({}, {}, {})
        assert asyncio.all_tasks() == tasks
        assert not hub.server.is_open(socket.sid)

    async def test_by_the_heartbeat(self) -> None:
        """A ping; who does not answer is given up; who does is asked again."""
        hub = Hub(ping_interval=0.05, ping_timeout=1.0)
        silent, silents = await hub.signed_in()
        lively, livelys = await hub.signed_in()
        answered = 0
        async with asyncio.timeout(WITHIN):
            while silent.sid in hub.server.eio.sockets:
                await asyncio.sleep(0)
                pings = livelys.texts().count("2")
                if pings > answered:
                    answered = pings
                    lively.take(b"3", True)
        assert silents.texts().count("2") == 1
        assert answered >= 2
        assert hub.server.is_open(lively.sid)
        assert "disconnect: ping timeout" in hub.told
        lively.end("test")
        await settled(lively)

    async def test_slow(self) -> None:
        """Told once, cut, and gone."""
        hub = Hub(outbox_limits=OutboxLimits(1000, 500))
        socket, transport = await hub.signed_in(room=300)
        slow: list[str] = []
        outbox = hub.server.outbox(socket.sid, lambda: slow.append("slow"))
        for _ in range(20):
            outbox.send(Outgoing.of("4" + "x" * 100), Lane.DURABLE)
            await asyncio.sleep(0)
        assert slow == ["slow"]
        assert transport.is_aborted
        await settled(socket)
        assert hub.told[-1] == "disconnect: server disconnect"
        assert hub.server.eio.sockets == {}

    async def test_finished_is_cut_after_a_while(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who does not answer the close frame."""
        monkeypatch.setattr(outbox_module, "FLUSH_DEADLINE", 0.005)
        socket, transport = await hub.signed_in()
        socket.outbox.finish()
        assert not hub.server.is_open(socket.sid)
        async with asyncio.timeout(WITHIN):
            while socket.sid in hub.server.eio.sockets:  # noqa: ASYNC110 - the transport is not a real one
                await asyncio.sleep(0)
        assert transport.is_aborted

    async def test_shutdown(self, hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
        """All get their last frames, also those who have not signed in; then all are gone."""
        monkeypatch.setattr(server_module, "FLUSH_DEADLINE", 0.005)
        tasks = asyncio.all_tasks()
        sockets = [await hub.signed_in(), hub.open(), (hub.poll(), None)]
        for socket, _ in sockets:
            socket.outbox.send(Outgoing.of("4last"), Lane.DURABLE)
        await hub.server.shutdown()
        for _, transport in sockets[:2]:
            assert transport is not None
            assert transport.texts()[-1] == "4last"
            assert transport.frames()[-1][0].name == "CLOSE"
            assert transport.is_aborted
        assert hub.server.eio.sockets == {}
        assert asyncio.all_tasks() == tasks


class TestSending:
    async def test_without_a_socket(self, hub: Hub) -> None:
        """It has gone: nothing happens."""
        await hub.server._send_packet("gone", hub.server.packet_class(2, data=["x"], namespace="/"))
        await hub.server._send_eio_packet("gone", None)
        assert hub.server.codec("gone") is Codec.JSON

    async def test_emit_by_python_socketio(self, hub: Hub) -> None:
        """Its own way to send works on sockets of the hub that speak JSON, and skips whom it is told to."""
        first, second = await hub.signed_in(), await hub.signed_in()
        sid = hub.server.manager.sid_from_eio_sid(first[0].sid, "/")
        await hub.server.emit("news", {"a": b"\x00"}, skip_sid=sid)
        await settled(second[0])
        assert len(first[1].frames()) == 2
        assert [payload for _, payload in second[1].frames()[2:]] == [
            b'451-["news",{"a":{"_placeholder":true,"num":0}}]',
            b"\x00",
        ]
