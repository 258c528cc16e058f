"""A line that can be made bad: what passes, in which order, and who is told when it does not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from loadtests.problem import Problem
from loadtests.topology.process import HOST, free_port
from loadtests.topology.relay import Relay

DELAY = 0.05
"""Seconds: the slow Redis of the fault tests."""

LONG = 10.0
"""Seconds in which whatever is waited for has to happen."""

MUCH = bytes(range(256)) * 40_000
"""Ten megabytes: more than all buffers between here and there hold."""

ACCEPTING_TURNS = 3
"""Turns of the loop in which a connection that was just being accepted is taken, and can be cut."""


class Echo:
    """A server that sends back what it is sent, and keeps it."""

    def __init__(self) -> None:
        self.port = free_port()
        self.heard = bytearray()
        self.ended: asyncio.Queue[None] = asyncio.Queue()
        """One for each connection that has ended."""
        self._server: asyncio.Server | None = None
        self._lines: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._take, HOST, self.port)

    async def stop(self) -> None:
        """Take no new connections."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def close(self) -> None:
        """End it, and what is left of connections: also those that were just being accepted."""
        await self.stop()
        for _ in range(ACCEPTING_TURNS):
            await asyncio.sleep(0)
        lines = dict(self._lines)
        for line, writer in lines.items():
            line.cancel()
            writer.transport.abort()
        await asyncio.gather(*lines, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._lines[line] = writer
        line.add_done_callback(self._lines.pop)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                self.heard += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.ended.put_nowait(None)
            writer.close()


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def said(self, data: bytes) -> bytes:
        """What comes back."""
        self.writer.write(data)
        return await asyncio.wait_for(self.reader.readexactly(len(data)), LONG)


@asynccontextmanager
async def client(relay: Relay) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection(HOST, relay.port)
    try:
        yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def until_reset(reader: asyncio.StreamReader) -> None:
    """Read what is still there. An end that is none but in order fails the test."""
    try:
        while await asyncio.wait_for(reader.read(65_536), LONG):
            pass
    except ConnectionResetError:
        return
    raise AssertionError("it ended in order")


async def all_that_is_said(relay: Relay) -> bytes:
    """To one who only listens. The reset may come while one still connects."""
    async with client(relay) as one:
        return await asyncio.wait_for(one.reader.read(), LONG)


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    server = Echo()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
def relay(echo: Echo, tmp_path: Path) -> Iterator[Relay]:
    with Relay(tmp_path, (HOST, echo.port)) as relay:
        yield relay


async def test_everything_passes(relay: Relay, echo: Echo) -> None:
    """Much of it, both ways, unchanged and counted; the end of one side, too."""
    async with client(relay) as one, client(relay) as other:
        assert await one.said(b"hello") == b"hello"
        back, _ = await asyncio.gather(other.said(MUCH), one.said(b"beside it"))
        assert back == MUCH
        counters = relay.counters()
        assert counters.to_server == counters.to_client == len(MUCH) + len(b"hello" + b"beside it")
        assert (counters.accepted, counters.open, counters.cuts, counters.failed) == (2, 2, 0, 0)
        one.writer.write_eof()
        assert await asyncio.wait_for(one.reader.read(), LONG) == b""
    await asyncio.wait_for(echo.ended.get(), LONG)


async def test_a_slow_line(relay: Relay) -> None:
    """Each way takes its time, and what is sent one after the other arrives so, when the line is quick again, too."""
    loop = asyncio.get_running_loop()
    async with client(relay) as one:
        await one.said(b"before")
        relay.delay(DELAY)
        started = loop.time()
        one.writer.write(b"first")
        relay.delay(0)
        one.writer.write(b"second")
        assert await asyncio.wait_for(one.reader.readexactly(11), LONG) == b"firstsecond"
        relay.delay(DELAY)
        started = loop.time()
        assert await one.said(b"slow") == b"slow"
        assert loop.time() - started >= 2 * DELAY


async def test_a_line_that_hangs(relay: Relay, echo: Echo) -> None:
    """Nothing passes, and nobody is told; afterwards all of it does, and who came meanwhile is served."""
    async with client(relay) as one, client(relay) as gone:
        assert await one.said(b"before") == b"before"
        assert await gone.said(b"gone") == b"gone"
        relay.hang()
        one.writer.write(b"during")
        gone.writer.close()
        async with client(relay) as late:
            late.writer.write(b"late")
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(one.reader.readexactly(1), DELAY)
            assert bytes(echo.heard) == b"beforegone"
            assert relay.counters().open == 3
            relay.let_go()
            assert await asyncio.wait_for(one.reader.readexactly(6), LONG) == b"during"
            assert await asyncio.wait_for(late.reader.readexactly(4), LONG) == b"late"
            await asyncio.wait_for(echo.ended.get(), LONG)


async def test_a_cut(relay: Relay, echo: Echo) -> None:
    """Both sides are told at once, with a reset; the next connection gets through."""
    async with client(relay) as one:
        assert await one.said(b"before") == b"before"
        relay.cut()
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(one.reader.read(), LONG)
        await asyncio.wait_for(echo.ended.get(), LONG)
    assert (relay.counters().open, relay.counters().cuts) == (0, 1)
    async with client(relay) as another:
        assert await another.said(b"after") == b"after"


@pytest.mark.parametrize("count", [1, 70_001, len(MUCH) - 1])
async def test_a_cut_in_the_middle(relay: Relay, echo: Echo, count: int) -> None:
    """So many bytes reach the server and not one more; all other connections end, too."""
    async with client(relay) as one, client(relay) as bystander:
        await bystander.said(b"")
        relay.cut_after(count, "to_server")
        one.writer.write(MUCH)
        assert await asyncio.to_thread(relay.wait_until_cut, LONG)
        for each in (one, bystander):
            await until_reset(each.reader)
            await asyncio.wait_for(echo.ended.get(), LONG)
    assert bytes(echo.heard) == MUCH[:count]
    async with client(relay) as another:
        assert await another.said(b"after") == b"after"


async def test_a_cut_in_the_middle_of_an_answer(relay: Relay) -> None:
    """The client sees exactly so many bytes, and then the end."""
    async with client(relay) as one:
        relay.cut_after(5, "to_client")
        one.writer.write(b"0123456789")
        assert await asyncio.wait_for(one.reader.read(), LONG) == b"01234"
    assert relay.wait_until_cut(0)


async def test_nobody_is_taken(relay: Relay) -> None:
    """Who is connected stays so; on the same port it goes on later."""
    async with client(relay) as one:
        assert await one.said(b"before") == b"before"
        relay.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(HOST, relay.port)
        assert await one.said(b"during") == b"during"
        relay.accept()
        async with client(relay) as another:
            assert await another.said(b"after") == b"after"


async def test_a_server_that_has_gone(relay: Relay, echo: Echo) -> None:
    """The client is told, and the relay goes on."""
    await echo.stop()
    with pytest.raises(ConnectionResetError):
        await all_that_is_said(relay)
    assert relay.counters().failed == 1
    await echo.start()
    async with client(relay) as one:
        assert await one.said(b"again") == b"again"


async def test_restored(relay: Relay) -> None:
    """Whatever was wrong with it."""
    relay.delay(LONG)
    relay.hang()
    relay.refuse()
    relay.cut_after(2, "to_server")
    relay.restore()
    async with client(relay) as one:
        assert await one.said(b"quickly") == b"quickly"
    assert relay.counters().cuts == 0


async def test_a_relay_that_has_ended_says_so(relay: Relay) -> None:
    """And is not waited for."""
    relay.close()
    with pytest.raises(Problem, match="does not run"):
        relay.cut()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(HOST, relay.port)
