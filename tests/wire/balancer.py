"""What a load balancer does in front of several servers, in a few lines: new connections go to the first that is ready.

HAProxy itself, with the configuration that is shipped, is tested in tests/deploy.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from http import HTTPStatus

from loadtests.topology.process import free_port
from rtserver.workers.health import Address, status_of

HOST = "127.0.0.1"

LOOK_INTERVAL = 0.05
"""Seconds between two looks at /readyz."""

ANSWER_WITHIN = 2.0

CHUNK = 65_536


class Balancer:
    """Passes connections on. Looks at each server, in the order of preference, as a balancer's health check does."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.port = free_port()
        self.ready: set[int] = set()
        """The ports of servers that say they are."""
        self._ports = ports
        self._lines: set[asyncio.Task[None]] = set()

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

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client, to its end."""
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        task.add_done_callback(self._lines.discard)
        port = next((port for port in self._ports if port in self.ready), None)
        with suppress(OSError):
            if port is not None:
                there, back = await asyncio.open_connection(HOST, port)
                await asyncio.gather(_pour(reader, back), _pour(there, writer))
        writer.transport.abort()

    async def close(self) -> None:
        """Cut what is left."""
        lines = list(self._lines)
        for line in lines:
            line.cancel()
        await asyncio.gather(*lines, return_exceptions=True)


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
    async with await asyncio.start_server(balancer.pass_on, HOST, balancer.port):
        try:
            yield balancer
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await balancer.close()
