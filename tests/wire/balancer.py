"""What a load balancer does in front of several servers, in a few lines: new connections go to the first that is ready.

HAProxy itself, with the configuration that is shipped, is tested in tests/deploy.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

from loadtests.topology.process import free_port
from rtserver.workers.health import Address, status_of

HOST = "127.0.0.1"

LOOK_INTERVAL = 0.05
"""Seconds between two looks at /readyz."""

ANSWER_WITHIN = 2.0

CHUNK = 65_536

ACCEPTING_TURNS = 3
"""Turns of the loop in which a connection that was just being accepted is taken, and can be cut."""


class Balancer:
    """Passes connections on. Looks at each server, in the order of preference, as a balancer's health check does."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.port = free_port()
        self.ready: set[int] = set()
        """The ports of servers that say they are."""
        self._ports = ports
        self._lines: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def url(self) -> str:
        """Where clients connect to."""
        return f"http://{HOST}:{self.port}"

    async def look(self) -> None:
        """One look at each server."""
        answers = await asyncio.gather(
            *(status_of(Address(HOST, port, False), "/readyz", ANSWER_WITHIN) for port in self._ports)
        )
        self.ready = {port for port, status in zip(self._ports, answers, strict=True) if status == HTTPStatus.OK}

    async def watch(self) -> None:
        """Look again and again."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_INTERVAL)

    def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take a connection of a client."""
        line = asyncio.get_running_loop().create_task(self._line(reader, writer))
        self._lines[line] = writer
        line.add_done_callback(self._lines.pop)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        port = next((port for port in self._ports if port in self.ready), None)
        back: asyncio.StreamWriter | None = None
        try:
            if port is not None:
                there, back = await asyncio.open_connection(HOST, port)
                await asyncio.gather(_pour(reader, back), _pour(there, writer))
        except OSError:
            pass
        finally:
            writer.transport.abort()
            if back is not None:  # cancelled before it began, a pour has not closed it
                back.close()

    async def close(self) -> None:
        """Cut what is left."""
        for _ in range(ACCEPTING_TURNS):
            await asyncio.sleep(0)
        lines = dict(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
        for writer in lines.values():  # also of those whose line had not begun
            writer.transport.abort()
        await asyncio.sleep(0)  # in which they are closed


async def _pour(source: asyncio.StreamReader, drain: asyncio.StreamWriter) -> None:
    """From the one to the other; when the one ends, the other is ended at once, as with HAProxy."""
    try:
        while data := await source.read(CHUNK):
            drain.write(data)
            await drain.drain()
    finally:
        drain.close()


@asynccontextmanager
async def balancing(ports: Sequence[int]) -> AsyncIterator[Balancer]:
    """A balancer in front of servers on these ports."""
    balancer = Balancer(ports)
    await balancer.look()
    watching = asyncio.get_running_loop().create_task(balancer.watch())
    server = await asyncio.start_server(balancer.pass_on, HOST, balancer.port)
    try:
        yield balancer
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        server.close()
        await balancer.close()
