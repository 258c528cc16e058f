"""A relay between a client and PostgreSQL that loses the answer to what commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from loadtests.topology.process import HOST

CHUNK_BYTES = 65_536


class Relay:
    """Passes everything on, but the answer to what `lose_answer` has said."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._words = b""
        self._is_committed: Callable[[], Awaitable[None]] | None = None
        self._at_work: set[asyncio.Task[None]] = set()
        self.port = 0

    def lose_answer(self, words: bytes, is_committed: Callable[[], Awaitable[None]]) -> None:
        """Pass on what has these words in it, in clear on loopback; cut the connection when `is_committed` returns,
        instead of answering."""
        self._words, self._is_committed = words, is_committed

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends."""
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        try:
            there, back = await asyncio.open_connection(HOST, self._to)
        except BaseException:
            writer.transport.abort()
            raise
        answering = asyncio.create_task(self._answer(there, writer))
        try:
            while data := await reader.read(CHUNK_BYTES):
                if self._is_committed is not None and self._words in data:
                    answering.cancel()
                    back.write(data)
                    is_committed, self._is_committed = self._is_committed, None
                    await is_committed()
                    return
                back.write(data)
        except ConnectionError:
            pass
        finally:
            answering.cancel()
            for one in (writer, back):
                one.transport.abort()

    async def _answer(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await there.read(CHUNK_BYTES):
                writer.write(data)
        finally:
            writer.close()

    async def close(self) -> None:
        """Cut what is open."""
        for task in self._at_work:
            task.cancel()
        await asyncio.gather(*self._at_work, return_exceptions=True)


@asynccontextmanager
async def relay_to(port: int) -> AsyncIterator[Relay]:
    """A relay on a port of its own."""
    relay = Relay(port)
    server = await asyncio.start_server(relay.serve, HOST, 0)
    relay.port = server.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        server.close()
        await relay.close()
        await server.wait_closed()
