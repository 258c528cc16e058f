"""The picows driver behind a real port, with a client that sends what it likes."""

import asyncio
import json
import socket as sockets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from rooms.errors import ErrorCode, Refused
from rtserver.hub.picows_driver import (
    PONG_BACKLOG_BYTES,
    RECEIVE_BUFFER_BYTES,
    HubListener,
    prepare,
    websocket_protocol,
)
from rtserver.hub.polling import POST_BYTES_MAX
from tests.rtserver.hub.drivers import PATH, Door, Socket
from tests.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    WITHIN,
    Closed,
    FrameClient,
    client_frame,
    frame_client,
    upgrade_request,
)

NORMAL = (CLOSE, b"\x03\xe8")


@asynccontextmanager
async def served(door: Door) -> AsyncIterator[str]:
    """A port; at the end its connections have ended, too."""
    protocols: list[Any] = []

    def protocol() -> Any:
        protocols.append(websocket_protocol(door))
        return protocols[-1]

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    yield f"http://{host}:{port}"
    server.close()
    async with asyncio.timeout(WITHIN):
        while not all(one.transport.is_disconnected for one in protocols):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0)


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def socket(door: Door) -> Socket:
    assert door.socket is not None
    return door.socket


@pytest.fixture
async def client(door: Door) -> AsyncIterator[FrameClient]:
    """A connection that has not said anything."""
    async with served(door) as url, frame_client(url) as connected:
        yield connected


@pytest.fixture
async def websocket(client: FrameClient) -> FrameClient:
    return await client.upgrade(PATH)


class TestHandshake:
    async def test_what_admission_sees(self, door: Door, client: FrameClient) -> None:
        """As of aiohttp's requests: method, query with the first of doubled names, origin, and whether it upgrades."""
        await client.upgrade(f"{PATH}&project=p2&empty=&%C3%A9=%20", "Origin: https://own.example")
        (knock,) = door.knocks
        assert (knock.method, knock.origin, knock.is_upgrade) == ("GET", "https://own.example", True)
        assert dict(knock.query) == {
            "EIO": "4",
            "transport": "websocket",
            "project": "p1",
            "empty": "",
            "é": " ",
        }

    async def test_without_an_origin(self, door: Door, client: FrameClient) -> None:
        """None, which is not the same as an empty one."""
        await client.upgrade(PATH)
        assert door.knocks[0].origin is None

    async def test_environ(self, door: Door, client: FrameClient) -> None:
        """What `connect` handlers are given: the names of WSGI."""
        await client.upgrade(PATH, "Cookie: a=b; c=d", "X-Forwarded-For: 10.0.0.1")
        assert door.environ["REQUEST_METHOD"] == "GET"
        assert door.environ["QUERY_STRING"] == PATH.partition("?")[2]
        assert door.environ["HTTP_COOKIE"] == "a=b; c=d"
        assert door.environ["HTTP_X_FORWARDED_FOR"] == "10.0.0.1"

    async def test_nothing_is_compressed(self, client: FrameClient) -> None:
        """It is offered by browsers and not taken."""
        client.write(upgrade_request(PATH, "Sec-WebSocket-Extensions: permessage-deflate"))
        assert b"permessage-deflate" not in await client.head()

    async def test_a_refusal(self, door: Door, client: FrameClient) -> None:
        """Its status and code as JSON, then the end; nothing was opened."""
        door.refusal = Refused(ErrorCode.ORIGIN_REFUSED)
        client.write(upgrade_request(PATH))
        status, body = await client.answer()
        error = json.loads(body)["error"]
        assert (status, error["code"], set(error)) == (403, "origin_refused", {"code", "message", "retry"})
        assert await client.rest() == []
        assert door.opened == 0

    async def test_more_behind_a_refusal(self, door: Door, client: FrameClient) -> None:
        """Is not looked at: there is one answer."""
        door.refusal = Refused(ErrorCode.ORIGIN_REFUSED)
        client.write(upgrade_request(PATH), upgrade_request(PATH), client_frame(TEXT, b"4x"))
        assert (await client.answer())[0] == 403
        assert await client.reader.read() == b""
        assert len(door.knocks) == 1

    async def test_half_an_upgrade(self, door: Door, client: FrameClient) -> None:
        """Is one for admission to refuse."""
        door.refusal = Refused(ErrorCode.INVALID)
        client.write(upgrade_request(PATH).replace(b"Connection: Upgrade", b"Connection: close"))
        assert (await client.answer())[0] == 400
        assert not door.knocks[0].is_upgrade

    @pytest.mark.parametrize(
        ("line", "instead"),
        [
            (b"Sec-WebSocket-Key: ", b"X-Key: "),
            (b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Version: 12"),
            (b" HTTP/1.1\r\n", b" HTTP/1.0\r\n"),
            (b"Host: 127.0.0.1", b"no colon"),
        ],
    )
    async def test_a_broken_handshake(self, door: Door, client: FrameClient, line: bytes, instead: bytes) -> None:
        """Is told so, and nothing is opened."""
        request = upgrade_request(PATH)
        assert line in request
        client.write(request.replace(line, instead))
        status, _ = await client.answer()
        assert 400 <= status < 500
        assert door.opened == 0

    async def test_a_bug(self, door: Door, client: FrameClient) -> None:
        """Is answered without its details, which are in the log."""
        door.fault = ZeroDivisionError("the details")
        with capture_logs() as logs:
            client.write(upgrade_request(PATH))
            status, body = await client.answer()
        assert (status, json.loads(body)["error"]["code"]) == (500, "internal")
        assert b"details" not in body
        assert [(entry["event"], entry["log_level"]) for entry in logs] == [("websocket.failed", "error")]

    async def test_a_bug_after_the_answer(self, door: Door, client: FrameClient) -> None:
        """The connection ends, and the log tells of it."""
        door.opening_fault = ZeroDivisionError("the details")
        with capture_logs() as logs:
            client.write(upgrade_request(PATH))
            await client.upgraded()
            await client.rest()
        assert [(entry["event"], entry["log_level"]) for entry in logs] == [("websocket.failed", "error")]

    async def test_a_socket_that_has_gone_meanwhile(self, door: Door, client: FrameClient) -> None:
        """The one that was to be upgraded: the WebSocket is cut."""
        door.socket = None
        client.write(upgrade_request(PATH))
        with suppress(ConnectionError):
            assert (await client.reader.read()).count(b"\r\n\r\n") == 1
        assert door.opened == 1

    async def test_cut_anywhere(self, door: Door, client: FrameClient) -> None:
        """The head may come in any two pieces, with the first frames right behind it."""
        assert door.socket is not None
        whole = upgrade_request(PATH) + client_frame(TEXT, b"4a") + client_frame(BINARY, b"b")
        client.write(whole[:20])
        await client.flush()
        client.write(whole[20:])
        await client.upgraded()
        await door.socket.until(lambda: len(door.socket.received) == 2)  # type: ignore[union-attr]
        assert door.socket.received == [(b"4a", True), (b"b", False)]

    async def test_what_is_kept_of_it(self, door: Door, socket: Socket) -> None:
        """Neither headers nor path: they are most of what an idle connection costs, and hold cookies."""
        kept = []

        class Looking(HubListener):
            def on_ws_connected(self, transport: Any) -> None:
                super().on_ws_connected(transport)
                kept.append((dict(transport.request.headers), dict(transport.response.headers), transport.request.path))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("rtserver.hub.picows_driver.HubListener", Looking)
            async with served(door) as url, frame_client(url) as client:
                await client.upgrade(PATH, "Cookie: secret=1")
        assert kept == [({}, {}, b"")]
        await socket.ended()

    def test_the_kernel_keeps_little(self) -> None:
        """What one client sends in a burst is handled in one turn of the loop."""
        with sockets.socket() as kernel:
            prepare(cast(Any, SimpleNamespace(get_extra_info={"socket": kernel}.get)))
            assert kernel.getsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF) <= 2 * RECEIVE_BUFFER_BYTES


class TestMessages:
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, POST_BYTES_MAX])
    @pytest.mark.parametrize("opcode", [TEXT, BINARY])
    async def test_of_any_size(self, websocket: FrameClient, socket: Socket, opcode: int, size: int) -> None:
        """Come whole, as bytes, with their kind."""
        websocket.send(opcode, b"x" * size)
        await socket.until(lambda: bool(socket.received))
        ((message, is_text),) = socket.received
        assert (len(message), is_text) == (size, opcode == TEXT)
        assert message == b"x" * size

    async def test_in_order(self, websocket: FrameClient, socket: Socket) -> None:
        """However many there are in one read."""
        websocket.write(*(client_frame(TEXT, b"4%d" % number) for number in range(500)))
        await socket.until(lambda: len(socket.received) == 500)
        assert [message for message, _ in socket.received] == [b"4%d" % number for number in range(500)]

    @pytest.mark.parametrize("opcode", [TEXT, BINARY])
    async def test_in_fragments(self, websocket: FrameClient, socket: Socket, opcode: int) -> None:
        """With a ping between them, whose pong does not wait; what comes behind is a message of its own."""
        websocket.send(opcode, b"4aa", is_final=False)
        websocket.send(CONTINUATION, b"", is_final=False)
        websocket.send(PING, b"still there?")
        websocket.send(PONG, b"that nobody asked for")
        websocket.send(CONTINUATION, b"bb", is_final=False)
        assert await websocket.receive() == (PONG, b"still there?")
        assert socket.received == []
        websocket.send(CONTINUATION, b"cc")
        websocket.send(TEXT, b"4next")
        await socket.until(lambda: len(socket.received) == 2)
        assert socket.received == [(b"4aabbcc", opcode == TEXT), (b"4next", True)]

    async def test_a_letter_cut_in_two(self, websocket: FrameClient, socket: Socket) -> None:
        """UTF-8 is looked at in the whole message, not in its fragments."""
        letter = "é".encode()
        websocket.send(TEXT, b"4" + letter[:1], is_final=False)
        websocket.send(CONTINUATION, letter[1:])
        await socket.until(lambda: bool(socket.received))
        assert socket.received == [("4é".encode(), True)]

    async def test_cut_at_every_byte(self, websocket: FrameClient, socket: Socket) -> None:
        """TCP has no messages."""
        stream = client_frame(TEXT, b"4hello") + client_frame(BINARY, b"b" * 130)
        for at in range(len(stream)):
            websocket.write(stream[at : at + 1])
            await websocket.flush()
            await asyncio.sleep(0)
        await socket.until(lambda: len(socket.received) == 2)
        assert socket.received == [(b"4hello", True), (b"b" * 130, False)]

    async def test_what_the_outbox_writes(self, websocket: FrameClient, socket: Socket) -> None:
        """Goes out as it is."""
        await socket.until(lambda: socket.carrier is not None)
        socket.transport.write(b"\x81\x02ok")
        assert await websocket.receive() == (TEXT, b"ok")


BROKEN: dict[str, list[bytes]] = {
    "no mask": [client_frame(TEXT, b"4x", mask=None)],
    "rsv1": [client_frame(TEXT, b"4x", rsv=4)],
    "rsv2": [client_frame(TEXT, b"4x", rsv=2)],
    "rsv3": [client_frame(BINARY, b"x", rsv=1)],
    "rsv of a ping": [client_frame(PING, b"", rsv=4)],
    "rsv of a fragment": [client_frame(TEXT, b"4", is_final=False), client_frame(CONTINUATION, b"x", rsv=4)],
    "opcode 3": [client_frame(3, b"x")],
    "opcode 11": [client_frame(11, b"x")],
    "opcode 15": [client_frame(15, b"x")],
    "fragmented ping": [client_frame(PING, b"x", is_final=False)],
    "long ping": [client_frame(PING, b"x" * 126)],
    "long close": [client_frame(CLOSE, b"\x03\xe8" + b"x" * 124)],
    "close of one byte": [client_frame(CLOSE, b"\x03")],
    "close 1005": [client_frame(CLOSE, (1005).to_bytes(2, "big"))],
    "close with a reason that is no UTF-8": [client_frame(CLOSE, b"\x03\xe8\xff")],
    "continuation of nothing": [client_frame(CONTINUATION, b"x")],
    "continuation of a whole message": [client_frame(TEXT, b"4"), client_frame(CONTINUATION, b"x")],
    "text inside text": [client_frame(TEXT, b"4", is_final=False), client_frame(TEXT, b"x")],
    "binary inside text": [client_frame(TEXT, b"4", is_final=False), client_frame(BINARY, b"x", is_final=False)],
    "no UTF-8": [client_frame(TEXT, b"4\xff")],
    "half a surrogate": [client_frame(TEXT, b"4\xed\xa0\x80")],
    "no UTF-8 in fragments": [client_frame(TEXT, b"4\xc3", is_final=False), client_frame(CONTINUATION, b"(")],
    "too long": [client_frame(BINARY, b"x" * (POST_BYTES_MAX + 1))],
    "said to be too long": [b"\x82\xff\x7f" + b"\xff" * 7 + b"mask"],
    "a length of 64 bits with the highest set": [b"\x82\xff\x80" + b"\x00" * 7 + b"mask"],
    "a length that is not the shortest": [b"\x82\xfe\x00\x05" + b"mask" + b"xxxxx"],
    "too long in fragments": [
        client_frame(BINARY, b"x" * (POST_BYTES_MAX // 2), is_final=False),
        client_frame(CONTINUATION, b"x" * (POST_BYTES_MAX // 2), is_final=False),
        client_frame(CONTINUATION, b"x", is_final=False),
    ],
}


class TestBrokenFrames:
    @pytest.mark.parametrize("what", BROKEN)
    async def test_end_the_connection(self, websocket: FrameClient, socket: Socket, what: str) -> None:
        """Whatever was right before is taken; nothing behind it is; no traceback, and not a word of it in the log."""
        before = [client_frame(TEXT, b"4before")]
        with capture_logs() as logs:
            websocket.write(*before, *BROKEN[what], client_frame(TEXT, b"4after"))
            await socket.ended()
        messages = [message for message, _ in socket.received]
        assert b"4after" not in messages
        assert messages in ([b"4before"], [b"4before", b"4"])
        assert {entry["event"] for entry in logs} == {"websocket.broken"}
        assert all(entry["log_level"] == "info" for entry in logs)
        assert "before" not in str(logs)
        assert all(opcode == CLOSE for opcode, _ in await websocket.rest())

    async def test_a_flood_of_them_is_little_in_the_log(self, websocket: FrameClient, socket: Socket) -> None:
        """The first one ends it."""
        with capture_logs() as logs:
            for _ in range(200):
                websocket.send(TEXT, b"4x", mask=None)
                await websocket.flush()
            await socket.ended()
        assert len(logs) <= 3


class TestPings:
    async def test_a_flood_is_answered_in_order(self, websocket: FrameClient) -> None:
        """As long as the other side reads."""
        websocket.write(*(client_frame(PING, b"%d" % number) for number in range(1000)))
        assert [await websocket.receive() for _ in range(1000)] == [(PONG, b"%d" % number) for number in range(1000)]

    async def test_nobody_reads_the_pongs(
        self, websocket: FrameClient, socket: Socket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """They are bounded; messages are taken all the same."""
        await socket.until(lambda: socket.carrier is not None)
        websocket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        socket.transport.write(client_frame(BINARY, b"x" * 8_000_000, mask=None))
        full = socket.transport.get_write_buffer_size()
        assert full > PONG_BACKLOG_BYTES, "the kernel has taken all of it"
        websocket.write(*(client_frame(PING, b"x" * 125) for _ in range(2000)), client_frame(TEXT, b"4on"))
        await socket.until(lambda: bool(socket.received))
        assert socket.transport.get_write_buffer_size() <= full


class TestEnding:
    @pytest.mark.parametrize("payload", [b"", b"\x03\xe8", b"\x03\xe9going away"])
    async def test_the_client_closes(self, websocket: FrameClient, socket: Socket, payload: bytes) -> None:
        """Answered, then the TCP connection ends from this side (RFC 6455, 7.1.1); nothing behind it is taken."""
        websocket.send(CLOSE, payload)
        websocket.send(TEXT, b"4late")
        assert await websocket.rest() == [NORMAL]
        await socket.ended()
        assert socket.received == []

    async def test_the_client_is_cut(self, websocket: FrameClient, socket: Socket) -> None:
        """Without a word."""
        websocket.writer.transport.abort()
        await socket.ended()

    async def test_in_the_middle_of_a_message(self, websocket: FrameClient, socket: Socket) -> None:
        """What was not whole is dropped."""
        websocket.send(TEXT, b"4x", is_final=False)
        websocket.write(client_frame(BINARY, b"x" * 100)[:50])
        await websocket.flush()
        websocket.writer.transport.abort()
        await socket.ended()
        assert socket.received == []

    async def test_the_server_cuts(self, websocket: FrameClient, socket: Socket) -> None:
        """The outbox aborts the transport."""
        await socket.until(lambda: socket.carrier is not None)
        socket.transport.abort()
        assert await websocket.rest() == []
        await socket.ended()

    async def test_the_server_closes(self, websocket: FrameClient, socket: Socket) -> None:
        """Its close frame is answered by the client, and that ends it."""
        await socket.until(lambda: socket.carrier is not None)
        socket.transport.write(b"\x88\x02\x03\xe8")
        socket.is_deaf = True
        assert await websocket.receive() == NORMAL
        websocket.send(CLOSE, b"\x03\xe8")
        assert await websocket.rest() == [], "a second close frame"
        await socket.ended()

    async def test_before_the_handshake(self, client: FrameClient, door: Door) -> None:
        """It ends without having been anything."""
        client.write(b"GET /")
        await client.flush()
        client.writer.transport.abort()
        with pytest.raises(Closed):
            await client.head()
        assert door.knocks == []


async def test_no_task_and_no_cycle_is_left(door: Door, socket: Socket) -> None:
    """A connection costs no task of its own."""
    before = asyncio.all_tasks()
    async with served(door) as url, frame_client(url) as client:
        await client.upgrade(PATH)
        await socket.until(lambda: socket.carrier is not None)
        assert asyncio.all_tasks() == before
