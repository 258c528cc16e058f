"""One port for two protocols: who gets a connection, whatever pieces its first request comes in."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from rooms.errors import ErrorCode, Refused
from rtserver.hub import one_port
from rtserver.hub.one_port import HEAD_BYTES_MAX, OnePort, is_websocket_request
from tests.rtserver.hub.drivers import PATH, Door, Socket
from tests.wire.frames import (
    BINARY,
    TEXT,
    WITHIN,
    Closed,
    FrameClient,
    client_frame,
    frame_client,
    upgrade_request,
)

WEBSOCKET = upgrade_request(PATH)
PAGE = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"
POLL = b"GET /socket.io/?EIO=4&transport=polling&project=p1 HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /page HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
SECOND_UPGRADE = "WebSocket by aiohttp"


class TestFirstBytes:
    @pytest.mark.parametrize(
        ("head", "is_websocket"),
        [
            (WEBSOCKET, True),
            (WEBSOCKET + client_frame(TEXT, b"4x"), True),
            (WEBSOCKET.replace(b"Upgrade: websocket", b"UPGRADE:   WebSocket  "), True),
            (WEBSOCKET.replace(b"Connection: Upgrade\r\n", b""), True),  # admission refuses it
            (WEBSOCKET.replace(b"GET /socket.io/", b"GET /page"), False),
            (WEBSOCKET.replace(b"GET ", b"POST "), False),
            (WEBSOCKET.replace(b"Upgrade: websocket", b"Upgrade: h2c"), False),
            (WEBSOCKET.replace(b"Upgrade: websocket", b"X-Upgrade: websocket"), False),
            (WEBSOCKET.replace(b"Upgrade: websocket", b"X: upgrade: websocket"), False),
            (POLL, False),
            (POLL + WEBSOCKET, False),
            (POLL[:-2] + b"X: y\r\n\r\n", False),
            (PAGE, False),
            (POST, False),
            (b"\x16\x03\x01\x02\x00", False),
            (b"\x00", False),
            (b"get /socket.io/", False),
        ],
    )
    def test_of_a_whole_request(self, head: bytes, is_websocket: bool) -> None:
        """Told from its path and its Upgrade header; what follows the head does not count."""
        assert is_websocket_request(head) is is_websocket

    @pytest.mark.parametrize("whole", [WEBSOCKET, POLL, PAGE, POST])
    def test_of_every_beginning(self, whole: bytes) -> None:
        """As long as it cannot be told it is not; once it was told, more bytes do not change it."""
        told: set[bool] = set()
        for at in range(len(whole) + 1):
            answer = is_websocket_request(whole[:at])
            assert told == set() or answer in told, "it has changed its mind"
            if answer is not None:
                told.add(answer)
        assert len(told) == 1

    def test_every_head_is_waited_for(self) -> None:
        """A page's too: aiohttp would wait as long as for a second request. What is no request is refused at once."""
        for beginning in (b"", b"P", b"GET /s", b"GET /session HTTP/1.1", PAGE[:-1]):
            assert is_websocket_request(beginning) is None
        for nonsense in (b"\x16\x03\x01", b"get /", b"G?", b"A" * 30):
            assert is_websocket_request(nonsense) is False

    def test_one_that_is_too_long(self) -> None:
        """Is for aiohttp to refuse, whether its end has come or not."""
        endless = WEBSOCKET[:-4] + b"\r\nX: " + b"x" * HEAD_BYTES_MAX
        assert is_websocket_request(endless[: HEAD_BYTES_MAX - 1]) is None
        assert is_websocket_request(endless) is False
        assert is_websocket_request(endless + b"\r\n\r\n") is False


class Port:
    """An aiohttp application and a door behind one port."""

    def __init__(self, url: str, door: Door, requests: list[str]) -> None:
        self.url = url
        self.door = door
        self.requests = requests
        """The bodies or paths that aiohttp has handled."""

    @property
    def received(self) -> list[tuple[bytes, bool]]:
        assert self.door.socket is not None
        return self.door.socket.received

    async def next_socket(self) -> None:
        """Wait for the end of this one; the next connection gets another."""
        if self.door.socket is not None and self.door.socket.carrier is not None:
            await self.door.socket.ended()
        self.door.socket = Socket()

    async def until_received(self, count: int) -> None:
        assert self.door.socket is not None
        await self.door.socket.until(lambda: len(self.received) >= count)


@asynccontextmanager
async def opened(context: ssl.SSLContext | None = None) -> AsyncIterator[Port]:
    door = Door()
    requests: list[str] = []

    async def page(request: web.Request) -> web.StreamResponse:
        requests.append((await request.text()) or request.path)
        return web.Response(text="a page")

    async def endpoint(request: web.Request) -> web.StreamResponse:
        if "Upgrade" not in request.headers:
            requests.append("poll")
            return web.Response(text="a poll")
        requests.append(SECOND_UPGRADE)
        response = web.WebSocketResponse()
        await response.prepare(request)
        async for message in response:
            await response.send_str(f"aiohttp got {message.data}")
        return response

    app = web.Application()
    app.router.add_route("*", "/page", page)
    app.router.add_get("/socket.io/", endpoint)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = OnePort(runner, "127.0.0.1", 0, door, context)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield Port(f"{'http' if context is None else 'https'}://{host}:{port}", door, requests)
    await runner.cleanup()
    if door.socket is not None and door.socket.carrier is not None:
        door.socket.transport.abort()
        await door.socket.ended()


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    async with opened() as made:
        yield made


@pytest.fixture
async def client(port: Port) -> AsyncIterator[FrameClient]:
    async with frame_client(port.url) as connected:
        yield connected


async def in_two(client: FrameClient, data: bytes, at: int) -> None:
    """Write something in two pieces that arrive one after the other."""
    client.write(data[:at])
    await client.flush()
    for _ in range(3):
        await asyncio.sleep(0)
    client.write(data[at:])


class TestHandingOver:
    async def test_a_websocket(self, port: Port, client: FrameClient) -> None:
        """To picows; aiohttp has not heard of it."""
        await client.upgrade(PATH)
        client.send_text("4a")
        await port.until_received(1)
        assert port.received == [(b"4a", True)]
        assert port.requests == []

    async def test_what_came_behind_the_head(self, port: Port, client: FrameClient) -> None:
        """Frames that a client sent without waiting for the answer, a megabyte of them, are taken in order."""
        frames = [client_frame(BINARY, b"%d" % number * 1000) for number in range(300)]
        client.write(WEBSOCKET, *frames)
        await client.upgraded()
        await port.until_received(300)
        assert [message for message, _ in port.received] == [b"%d" % number * 1000 for number in range(300)]

    async def test_a_head_cut_at_every_byte(self, port: Port) -> None:
        """Wherever TCP cuts it, with frames behind it."""
        whole = WEBSOCKET + client_frame(TEXT, b"4a")
        for at in range(1, len(whole)):
            async with frame_client(port.url) as client:
                await in_two(client, whole, at)
                await client.upgraded()
                await port.until_received(1)
                assert port.received == [(b"4a", True)]
            await port.next_socket()
        assert port.door.opened == len(whole) - 1

    async def test_byte_by_byte(self, port: Port, client: FrameClient) -> None:
        """A client that has all the time in the world, within the deadline."""
        for at in range(len(WEBSOCKET)):
            client.write(WEBSOCKET[at : at + 1])
            await client.flush()
            await asyncio.sleep(0)
        await client.upgraded()

    @pytest.mark.parametrize("request_", [PAGE, POLL, POST], ids=["page", "poll", "post"])
    async def test_requests_cut_at_every_byte(self, port: Port, request_: bytes) -> None:
        """To aiohttp, with their bodies."""
        for at in range(1, len(request_)):
            async with frame_client(port.url) as client:
                await in_two(client, request_, at)
                status, body = await client.answer()
                assert (status, body[:2]) == (200, b"a ")
        assert port.door.knocks == []
        assert len(port.requests) == len(request_) - 1

    async def test_many_requests_at_once(self, port: Port, client: FrameClient) -> None:
        """Pipelined: aiohttp answers each, in order."""
        client.write(PAGE, POST, POLL, PAGE)
        answers = [(await client.answer())[1] for _ in range(4)]
        assert answers == [b"a page", b"a page", b"a poll", b"a page"]
        assert port.requests == ["/page", "hello", "poll", "/page"]

    @pytest.mark.parametrize("before", [PAGE, POLL], ids=["page", "poll"])
    async def test_an_upgrade_on_a_connection_that_has_carried_a_request(
        self, port: Port, client: FrameClient, before: bytes
    ) -> None:
        """As a proxy may send it: it stays with aiohttp and its WebSocket."""
        client.write(before)
        await client.answer()
        await client.upgrade(PATH)
        client.send_text("4x")
        assert await client.receive_text() == "aiohttp got 4x"
        assert port.requests[-1] == SECOND_UPGRADE
        assert port.door.knocks == []

    async def test_an_upgrade_of_another_path(self, port: Port, client: FrameClient) -> None:
        """Is aiohttp's, too."""
        client.write(upgrade_request("/page"))
        assert await client.answer() == (200, b"a page")

    async def test_a_refused_websocket(self, port: Port, client: FrameClient) -> None:
        """By the door, before anything was opened."""
        port.door.refusal = Refused(ErrorCode.SERVER_FULL)
        client.write(WEBSOCKET)
        assert (await client.answer())[0] == 503
        assert port.door.opened == 0

    async def test_no_http_at_all(self, port: Port, client: FrameClient) -> None:
        """aiohttp says so."""
        client.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert b" 400 " in await client.head()
        assert port.door.knocks == []

    async def test_a_head_that_is_too_long(self, port: Port, client: FrameClient) -> None:
        """aiohttp refuses it, whether it comes at once or in pieces."""
        client.write(WEBSOCKET[:-4], b"\r\nX: ", b"x" * (2 * HEAD_BYTES_MAX), b"\r\n\r\n")
        assert b" 400 " in await client.head()
        assert port.door.knocks == []

    async def test_many_connections_at_once(self, port: Port) -> None:
        """A class comes in."""
        sockets = [Socket() for _ in range(50)]
        free = list(sockets)
        port.door.new_socket = free.pop

        async def come(number: int) -> None:
            async with frame_client(port.url) as client:
                if number % 2:
                    await client.upgrade(PATH)
                else:
                    client.write(PAGE)
                    assert await client.answer() == (200, b"a page")

        await asyncio.gather(*(come(number) for number in range(100)))
        assert (free, len(port.requests)) == ([], 50)
        for socket in sockets:
            await socket.ended()


class TestDeadlines:
    @pytest.mark.parametrize(
        "so_far", [b"", b"G", WEBSOCKET[:-1], PAGE[:-2], POST[:30], b"\r\n", b"\r\n\r\n" + PAGE[:-1]]
    )
    async def test_half_a_request(self, monkeypatch: pytest.MonkeyPatch, so_far: bytes) -> None:
        """Who only holds a connection open is cut, whoever's the request would be."""
        monkeypatch.setattr(one_port, "HEAD_DEADLINE", 0.05)
        async with opened() as port, frame_client(port.url) as client:
            client.write(so_far)
            with pytest.raises(Closed):
                await client.head()
            assert port.door.knocks == []
            assert port.requests == []

    async def test_one_that_goes_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A byte now and then does not put it off."""
        monkeypatch.setattr(one_port, "HEAD_DEADLINE", 0.05)
        async with opened() as port, frame_client(port.url) as client:
            head = asyncio.ensure_future(client.head())
            sent = 0
            async with asyncio.timeout(WITHIN):
                while not head.done():
                    client.write(WEBSOCKET[sent : sent + 1] if sent < 30 else b"")
                    sent += 1
                    await asyncio.sleep(0.005)
            with pytest.raises(Closed):
                await head

    async def test_the_clock_stops_with_the_head(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither a WebSocket nor a request that takes its time is cut by it."""
        timers: list[Any] = []
        call_later = asyncio.get_running_loop().call_later

        def note(delay: float, *arguments: Any, **options: Any) -> Any:
            timer = call_later(delay, *arguments, **options)
            if delay == one_port.HEAD_DEADLINE:
                timers.append(timer)
            return timer

        monkeypatch.setattr(one_port, "HEAD_DEADLINE", 12.345)
        monkeypatch.setattr(asyncio.get_running_loop(), "call_later", note)
        async with opened() as port:
            async with frame_client(port.url) as client:
                await client.upgrade(PATH)
            await port.next_socket()
            async with frame_client(port.url) as client:
                client.write(PAGE)
                await client.answer()
            async with frame_client(port.url) as client:  # one that ends before it has said anything
                client.write(b"GET")
                await client.flush()
            async with asyncio.timeout(WITHIN):
                while len(timers) < 3 or not all(one.cancelled() for one in timers):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0)
        assert len(timers) == 3


class TestSite:
    async def test_name(self) -> None:
        """Where it listens."""
        runner = web.AppRunner(web.Application())
        await runner.setup()
        assert OnePort(runner, "127.0.0.1", 8080, Door()).name == "http://127.0.0.1:8080"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        assert OnePort(runner, "127.0.0.1", 8080, Door(), context).name == "https://127.0.0.1:8080"
        await runner.cleanup()

    async def test_a_port_that_is_taken(self, port: Port) -> None:
        """`OSError`, as for aiohttp's own sites."""
        runner = web.AppRunner(web.Application())
        await runner.setup()
        with pytest.raises(OSError, match="address already in use"):
            await OnePort(runner, "127.0.0.1", int(port.url.rpartition(":")[2]), Door()).start()
        await runner.cleanup()

    async def test_no_new_connections_after_the_end(self) -> None:
        """aiohttp's runner stops it as it stops its own."""
        async with opened() as port:
            url = port.url
        with pytest.raises(ConnectionRefusedError):
            async with frame_client(url):
                pass
