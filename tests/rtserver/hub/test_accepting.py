"""Places, and a pause without files: who is cut, who stays, and what is said of it."""

import asyncio
import errno
import inspect
import resource
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import version
from typing import Any, cast

import aiofastnet
import pytest
from aiofastnet.api_utils import Server
from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from structlog.testing import capture_logs

from rtserver.hub import accepting
from rtserver.hub.accepting import ACCEPTED_BEYOND, EXHAUSTED, ErrorTeller, PatientServer, patient
from rtserver.hub.one_port import OnePort
from rtserver.metrics.figures import FIGURES
from tests.rtserver.hub.drivers import Door, Socket
from tests.wire.frames import WITHIN, Closed, FrameClient, frame_client

PAGE = b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n"
LONG = b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n"


def test_upstream_is_the_one_that_needs_it() -> None:
    """When this fails, read `Server._accept_connection` of the new version: is it mended? Then accepting.py can go."""
    assert version("aiofastnet") == "1.2.0"
    assert "listening_sock.remove_reader(" in inspect.getsource(Server._accept_connection)


def test_what_is_asked_of_aiohttp() -> None:
    """When this fails, look whether these still mean what `accepting` takes them for."""
    assert version("aiohttp") == "3.14.5"
    start = inspect.getsource(RequestHandler.start)
    assert "self._waiter = loop.create_future()\n                    await self._waiter\n" in start
    assert "close_time = loop.time() + keepalive_timeout\n" in start
    assert "self._next_keepalive_close_time = close_time" in start
    assert "self._next_keepalive_close_time = close_time" in inspect.getsource(RequestHandler.connection_made)


def test_another_kind_of_server_is_refused() -> None:
    with pytest.raises(TypeError):
        patient(cast(Any, object()))


class Listening:
    """A listening socket of a process that has no file left, for the first `failures` times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.tries = 0

    def fileno(self) -> int:
        return 7

    def accept(self) -> tuple[socket.socket, Any]:
        self.tries += 1
        if self.tries <= self.failures:
            raise OSError(errno.EMFILE, "Too many open files")
        raise BlockingIOError

    def listen(self, backlog: int) -> None:
        pass


class Loop:
    """Notes what the server asks its loop for."""

    def __init__(self) -> None:
        self.now = 0.0
        self.done: list[str] = []
        self.later: list[tuple[float, Any, Any]] = []

    def add_reader(self, fileno: int, *_: Any) -> None:
        self.done.append(f"add {fileno}")

    def remove_reader(self, fileno: int) -> None:
        self.done.append(f"remove {fileno}")

    def call_later(self, delay: float, what: Any, given: Any) -> None:
        self.later.append((delay, what, given))

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        self.done.append(context["message"])

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False


def made(listening: Listening) -> tuple[Any, Loop]:
    loop = Loop()
    server: Any = Server(loop, [listening], asyncio.Protocol, None, 9, None, None, None, None)
    return patient(server), loop


def test_it_pauses_and_tries_again() -> None:
    listening = Listening(failures=1)
    server, loop = made(listening)
    server._accept_connection(listening)
    assert loop.done == [EXHAUSTED, "remove 7"]
    ((delay, again, given),) = loop.later
    assert delay == accepting.RETRY_DELAY
    again(given)
    assert loop.done[-1] == "add 7"
    server._accept_connection(listening)
    assert listening.tries == 2
    assert len(loop.later) == 1


def test_one_that_is_closed_meanwhile_stays_so() -> None:
    listening = Listening(failures=1)
    server, loop = made(listening)
    server._accept_connection(listening)
    server._sockets = None
    ((_, again, given),) = loop.later
    again(given)
    assert "add 7" not in loop.done


async def test_a_real_one_serves() -> None:
    loop = asyncio.get_running_loop()
    server = patient(await aiofastnet.create_server(loop, asyncio.Protocol, "127.0.0.1", 0, start_serving=False))
    await server.start_serving()
    assert isinstance(server, PatientServer)
    _, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()


def test_no_more_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    """And some, for which others go; the rest waits in the system's queue, and is asked for again soon."""
    monkeypatch.setattr(accepting, "places_of_process", lambda: 3)
    listening = Listening(failures=0)
    listening.accept = lambda: (cast(Any, Accepted()), None)  # type: ignore[method-assign]
    server, loop = made(listening)
    server._backlog = 1_000
    coming: list[Any] = []
    monkeypatch.setattr(asyncio, "create_task", coming.append)
    server._accept_connection(listening)
    assert (len(coming), server._coming, loop.done) == (3 + ACCEPTED_BEYOND, 3 + ACCEPTED_BEYOND, [])
    server._accept_connection(listening)
    assert (len(coming), loop.done) == (3 + ACCEPTED_BEYOND, ["remove 7"])
    ((delay, again, given),) = loop.later
    assert delay == accepting.ROOM_DELAY
    again(given)
    assert loop.done[-1] == "add 7"
    for one in coming:
        one.close()


class Accepted:
    """A connection."""

    def setblocking(self, flag: bool) -> None:
        pass


@pytest.mark.parametrize(
    ("soft", "places"), [(10_200, 10_100), (1_024, 924), (150, 75), (resource.RLIM_INFINITY, sys.maxsize)]
)
def test_places_of_the_process(soft: int, places: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files, but for those that it needs besides."""
    monkeypatch.setattr(resource, "getrlimit", lambda _: (soft, resource.RLIM_INFINITY))
    assert accepting.places_of_process() == places


class Port:
    """A page, an answer that does not come, and WebSockets, behind one port with so many places."""

    def __init__(self, places: int) -> None:
        self.asked = asyncio.Semaphore(0)
        """Released for each request whose answer does not come."""
        self.door = Door()
        self.door.new_socket = Socket
        self._places = places

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text="a page")

    async def _long(self, _: web.Request) -> web.Response:
        self.asked.release()
        return await asyncio.get_running_loop().create_future()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator["Port"]:
        app = web.Application()
        app.add_routes([web.get("/page", self._page), web.get("/long", self._long)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = OnePort(runner, "127.0.0.1", 0, self.door)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(accepting, "places_of_process", lambda: self._places)
            await site.start()
        self.server = cast(PatientServer, site._server)
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        try:
            yield self
        finally:
            self.server.abort_clients()
            await runner.cleanup()

    async def client(self, stack: AsyncExitStack, data: bytes = b"") -> FrameClient:
        """One more connection, with what it has sent."""
        client = await stack.enter_async_context(frame_client(self.url))
        client.write(data)
        await client.flush()
        return client

    async def in_use(self, stack: AsyncExitStack) -> FrameClient:
        """One with a request under way."""
        client = await self.client(stack, LONG)
        await self.asked.acquire()
        return client

    async def idle(self, stack: AsyncExitStack) -> FrameClient:
        """One whose request has been answered."""
        client = await self.client(stack, PAGE)
        assert await client.answer() == (200, b"a page")
        return client


async def is_cut(client: FrameClient) -> bool:
    """Waits until the server has ended a connection that it says nothing on."""
    with pytest.raises(Closed):
        await client.head()
    return True


async def is_served(client: FrameClient) -> bool:
    client.write(PAGE)
    return await client.answer() == (200, b"a page")


class TestPlaces:
    async def test_a_flood_of_half_open_ones(self) -> None:
        """Who is in stays, who comes is served: those that were opened first go. It is told once in a while."""
        with capture_logs() as logs:
            async with Port(places=20).opened() as port, AsyncExitStack() as stack:
                in_use = await port.in_use(stack)
                flood = [await port.client(stack, b"GET /pa") for _ in range(60)]
                assert await is_served(await port.client(stack))
                for client in flood[:40]:
                    assert await is_cut(client)
                assert not in_use.reader.at_eof()
                assert len(port.server._clients) <= 20
        (line,) = [line for line in logs if line["event"] == "connections.crowded"]
        assert (line["log_level"], line["places"], line["closed"] >= 1) == ("warning", 20, True)

    async def test_what_was_unused_for_the_longest_time(self) -> None:
        """Idle ones too; one that was used again has its turn later."""
        async with Port(places=3).opened() as port, AsyncExitStack() as stack:
            one, two, three = [await port.idle(stack) for _ in range(3)]
            assert await is_served(one)
            four = await port.idle(stack)
            assert await is_cut(two)
            for client in (three, one, four):
                assert await is_served(client)

    async def test_all_are_of_use(self) -> None:
        """Then who comes is turned away, and the files that are kept back stay free."""
        async with Port(places=3).opened() as port, AsyncExitStack() as stack:
            used = [await port.in_use(stack) for _ in range(3)]
            for data in (b"", LONG, PAGE[:9]):
                late = await port.client(stack, data)
                assert await is_cut(late)
            assert not any(client.reader.at_eof() for client in used)
            used[0].writer.close()
            async with asyncio.timeout(WITHIN):
                while len(port.server._clients) == 3:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0)
            assert await is_served(await port.client(stack))

    async def test_many_that_ask_at_once(self) -> None:
        """Also when they ask before they are counted."""
        async with Port(places=5).opened() as port, AsyncExitStack() as stack:
            clients = await asyncio.gather(*(port.client(stack, LONG) for _ in range(40)))
            async with asyncio.timeout(WITHIN):
                while len(port.server._clients) > 5:  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0)
            assert len(clients) == 40

    def test_how_often_it_is_told(self) -> None:
        """Those of the time between are counted in the next line."""
        server, loop = made(Listening(failures=0))
        counted = FIGURES.crowded_closes
        with capture_logs() as logs:
            for loop.now in (0.0, 1.0, 9.9, 10.0, 10.1):
                server._tell(2)
        assert FIGURES.crowded_closes == counted + 10
        assert [(line["event"], line["closed"]) for line in logs] == [("connections.crowded", n) for n in (2, 6)]


async def test_it_is_told_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = asyncio.get_running_loop()
    now = [0.0]
    monkeypatch.setattr(loop, "time", lambda: now[0])
    others: list[dict[str, Any]] = []
    monkeypatch.setattr(loop, "default_exception_handler", others.append)
    tell = ErrorTeller()
    with capture_logs() as logs:
        for now[0] in (0.0, 1.0, 9.9, 10.0):
            tell(loop, {"message": EXHAUSTED, "exception": OSError(errno.EMFILE, "Too many open files")})
        tell(loop, {"message": "something else"})
    assert [line["event"] for line in logs] == ["files.exhausted"] * 2
    assert others == [{"message": "something else"}]
