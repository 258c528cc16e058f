"""Two servers on one database are restarted one after the other during a lesson, and nobody loses anything."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from statistics import median

import pytest

from loadtests.topology.postgres import Postgres
from tests.wire.balancer import Balancer, balancing
from tests.wire.classroom import NewDriver, open_classroom
from tests.wire.clients import KINDS, NPM_POLLING, NPM_WEBSOCKET, PYTHON_POLLING, PYTHON_WEBSOCKET, Client
from tests.wire.conftest import LONG_RUNNING, QUICK
from tests.wire.server import Server
from tests.wire.writer import Writer, check_against_log, whole_log

pytestmark = [pytest.mark.one_driver, pytest.mark.timeout(240)]

BACK_WITHIN = 3.0
"""Seconds in which everybody has to be back: what the project promises. On a busy machine most are."""

BACK_AT_LAST = 20.0
"""Seconds in which the last one is, there: less than what a heartbeat would take to notice."""

NOTICE, SPREAD = 0.5, 1.0

LINES = 10_000
"""Lines of each writer: more than there is time for."""

PACE = 0.15
"""Seconds from an acknowledgement to the next line of a writer."""

BETWEEN = 6
"""Acknowledgements of each writer from one restart to the next."""


class Front(Server):
    """Where clients connect to: the balancer, with the settings of a server behind it."""

    def __init__(self, server: Server, balancer: Balancer) -> None:
        self.overrides = server.overrides
        self._balancer = balancer

    @property
    def url(self) -> str:
        return self._balancer.url


class Pause:
    """How long a client was away, each time; and whether it goes when it is asked to, as our page does."""

    def __init__(self, client: Client, *, moves: bool) -> None:
        self.seconds: list[float] = []
        self.asked = 0
        self._client = client
        self._moves = moves
        self._is_leaving = False
        self._following = asyncio.get_running_loop().create_task(self._follow())

    async def _follow(self) -> None:
        seen, left = 0, None
        while True:
            entries = self._client.journal[seen:]
            seen = len(self._client.journal)
            for entry in entries:
                if entry.kind == "disconnected" and left is None:
                    left = time.monotonic()
                    if self._is_leaving:
                        self._is_leaving = False
                        self._client.online()
                elif entry.kind == "connected" and left is not None:
                    self.seconds.append(time.monotonic() - left)
                    left = None
                elif entry.kind == "push" and entry.name == "moving":
                    self.asked += 1
                    if self._moves:
                        asyncio.get_running_loop().call_later(entry.value["after_ms"] / 1000, self._move)
            await self._client.change()

    def _move(self) -> None:
        if self._client.is_connected:
            self._is_leaving = True
            self._client.offline()

    async def close(self) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)


class PacedWriter(Writer):
    """Writes no faster than a very busy room: what is measured is the restart."""

    def _go_on(self) -> None:
        asyncio.get_running_loop().call_later(PACE, super()._go_on)


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[str]:
    url = await postgres.new_database()
    yield url
    await postgres.drop(url)


@pytest.fixture
async def servers(tmp_path: Path, database: str) -> AsyncIterator[list[Server]]:
    made = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        drain = {"drain_notice": NOTICE, "drain_spread": SPREAD}
        made.append(Server(folder, **{**QUICK, **LONG_RUNNING, **drain, "database_url": database}))
    await asyncio.gather(*(asyncio.to_thread(server.start) for server in made))
    yield made
    for server in made:
        server.close()
        server.check_log()


@pytest.fixture
async def front(servers: list[Server]) -> AsyncIterator[Front]:
    async with balancing([server.overrides["port"] for server in servers]) as balancer:
        yield Front(servers[0], balancer)


async def acknowledged(writers: list[Writer], more: int) -> None:
    """Wait until each writer has so many acknowledgements more."""
    for writer in writers:
        goal = len(writer.acknowledged) + more
        await writer.client.until(
            lambda writer=writer, goal=goal: writer.refused or len(writer.acknowledged) >= goal,  # type: ignore[misc]
            f"acknowledgement {goal}: {writer.describe()}",
            30,
        )
        assert writer.refused == []


async def test_a_rolling_restart(servers: list[Server], front: Front, driver: NewDriver) -> None:
    """Everything acknowledged is there once and in order; clients old and new, moving or not, are back in 3 s."""
    async with open_classroom(front, driver) as classroom:
        kinds = (NPM_WEBSOCKET, NPM_WEBSOCKET, PYTHON_WEBSOCKET, NPM_POLLING, PYTHON_POLLING, KINDS[4])
        names = ("claire", "ewa", "leo", "zoe", "jan", "ola")
        writers: list[Writer] = []
        pauses: list[Pause] = []
        for number, (name, kind) in enumerate(zip(names, kinds, strict=True)):
            client = await classroom.enter(classroom.members[name], kind)
            pauses.append(Pause(client, moves=number != 1))  # the second one stays until it is sent away
            writers.append(PacedWriter(classroom, client, f"{name} on {kind}"))
        for writer in writers:
            writer.write(LINES)
        for server in servers:
            await acknowledged(writers, BETWEEN)
            code, _ = await asyncio.to_thread(server.stop)
            assert code == 0
            await acknowledged(writers, BETWEEN)
            if server is not servers[-1]:  # when that one is new too, it has nothing to do yet
                await asyncio.to_thread(server.start)
        await asyncio.gather(*(writer.finish() for writer in writers))
        log = await whole_log(await classroom.connect(classroom.ola), classroom.room)
        await asyncio.gather(*(writer.client.reached(classroom.room, len(log)) for writer in writers))
        check_against_log(writers, classroom.room, log)
        assert not any(writer.client.pushes("bye") for writer in writers)
        for pause in pauses:
            await pause.close()
        seconds = sorted(second for pause in pauses for second in pause.seconds)
        # Who polls opens connections all the time: the balancer gives the next one to the other server before that.
        asked = [pause.asked for pause, kind in zip(pauses, kinds, strict=True) if "websocket" in kind.transports]
        assert asked == [2] * len(asked)
        assert median(seconds) <= BACK_WITHIN, seconds
        assert seconds[-1] <= BACK_AT_LAST, seconds
