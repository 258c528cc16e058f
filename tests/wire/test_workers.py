"""`rtserver serve --workers 2` with real workers on PostgreSQL."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from loadtests.topology.postgres import Postgres
from loadtests.topology.process import free_port
from rtserver.workers.health import Address, status_of
from tests.wire.classroom import NewDriver, open_classroom
from tests.wire.conftest import LONG_RUNNING, QUICK
from tests.wire.server import Server, ServerEnded

pytestmark = [pytest.mark.one_driver, pytest.mark.timeout(240)]

HOST = "127.0.0.1"


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[str]:
    url = await postgres.new_database()
    yield url
    await postgres.drop(url)


def lines(server: Server, event: str) -> list[dict[str, Any]]:
    """The lines of the log about an event; every line but the greeting is JSON."""
    found = [json.loads(line) for line in server.log().splitlines() if not line.startswith("Serving ")]
    return [line for line in found if line["event"] == event]


class OtherWorker(Server):
    """The second worker, where clients connect to."""

    def __init__(self, server: Server) -> None:
        self.overrides = {**server.overrides, "port": server.overrides["port"] + 1}


async def test_two_workers(tmp_path: Path, database: str, driver: NewDriver) -> None:
    """People on both meet; a worker that dies is there again; replaced one by one; none outlives its supervisor."""
    settings = {**QUICK, **LONG_RUNNING, "database_url": database, "drain_spread": 0.2}
    server = Server(tmp_path, workers=2, **settings)
    await asyncio.to_thread(server.start)
    try:
        first, second = server.overrides["port"], server.overrides["port"] + 1
        assert lines(server, "workers.no_redis")
        assert {line["worker"] for line in lines(server, "server.ready")} == {0, 1}
        async with open_classroom(server, driver) as here, open_classroom(OtherWorker(server), driver) as there:
            there.project, there.members, there.room = here.project, here.members, here.room
            claire = await here.enter(here.claire)
            leo = await there.enter(here.leo)
            seq = await here.post(claire, "from one worker to the other")
            await leo.reached(here.room, seq)

            (victim,) = [line["pid"] for line in lines(server, "worker.started") if line["port"] == second]
            os.kill(victim, signal.SIGKILL)
            await leo.connected(times=2)
            await leo.resume(here.room)
            assert await status_of(Address(HOST, first, False), "/readyz", 5) == 200
            seq = await here.post(claire, "and again")
            await leo.reached(here.room, seq)

            await server.logged("worker.ready", 3)
            server.send(signal.SIGHUP)
            await server.logged("workers.rolled")
            await asyncio.gather(claire.connected(times=2), leo.connected(times=3))
        started = [line["pid"] for line in lines(server, "worker.started")]
        assert len(set(started)) == 5
        orphans = [os.pidfd_open(pid) for pid in started[-2:]]
    finally:
        server.kill()
    await asyncio.gather(*map(gone, orphans))
    server.check_log(expected='"event": "worker.ended"')


async def gone(process: int) -> None:
    """Wait until a process, known by its descriptor, has ended."""
    over = asyncio.Event()
    asyncio.get_running_loop().add_reader(process, over.set)
    async with asyncio.timeout(20):
        await over.wait()
    asyncio.get_running_loop().remove_reader(process)
    os.close(process)


def refusal(folder: Path, **settings: Any) -> str:
    """The sentence with which workers are not started."""
    server = Server(folder, workers=2, **QUICK, **settings)
    with pytest.raises(ServerEnded):
        server.start()
    (sentence,) = [line for line in server.log().splitlines() if line.startswith("rtserver: ")]
    return sentence


def test_settings_that_do_not_fit(tmp_path: Path) -> None:
    """SQLite, as said in one sentence before anything is started."""
    assert "SQLite serves one process" in refusal(tmp_path)


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    """Each worker says so; the supervisor gives up, and does not try again and again."""
    port = free_port()
    server = Server(tmp_path, workers=2, **QUICK, database_url=f"postgresql+asyncpg://rt:rt@{HOST}:{port}/rt")
    with pytest.raises(ServerEnded, match="ended with 1"):
        server.start()
    sentences = [line for line in server.log().splitlines() if line.startswith("rtserver: ")]
    assert any("could not start (it ended with 1): its lines above say why" in line for line in sentences), sentences
