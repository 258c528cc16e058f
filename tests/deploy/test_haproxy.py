"""Real servers on PostgreSQL and Redis behind the shipped HAProxy, and people who come in by TLS."""

import asyncio
import io
import random
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import aiohttp
import pytest
from PIL import Image

from loadtests.topology.postgres import Postgres
from loadtests.topology.server import Server
from loadtests.topology.topology import Topology
from rtserver.pages import cookie_name
from tests.deploy.balanced import Traffic, balanced_classroom, home_of
from tests.wire.classroom import Classroom
from tests.wire.clients import KINDS, Client, NpmDriver
from tests.wire.conftest import GENEROUS, QUICK
from tests.wire.writer import Writer, check_against_log, whole_log

NPM = KINDS[:6]
"""The official client over WebSocket, polling, and from one to the other, with each parser."""

DRAIN = {"drain_notice": 2, "drain_spread": 1, "drain_deadline": 15}
"""Seconds. The balancer needs 1.3 to notice; a second is over soon."""

HEAD_WITHIN = 10.0
"""Seconds that HAProxy waits for a request's head."""

LATE = 5.0
"""Seconds by which everything may be later on a busy machine."""

LINES = 150
"""Of each writer: more than there is time for before its server ends."""

PICTURE_SIDE = 1_200
"""Pixels; of noise, so that it does not get smaller: more than a megabyte."""

OpenRoom = Callable[[], Any]


class SlowHead:
    """One who begins a request and never ends it: what becomes of them while everybody else goes on."""

    def __init__(self, topology: Topology) -> None:
        self.line = topology.context.wrap_socket(
            socket.create_connection(("127.0.0.1", topology.balancer.port)), server_hostname="127.0.0.1"
        )
        self.line.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nX-Long: ")
        self.began = time.monotonic()

    def answer(self) -> bytes:
        """All that comes until the end; waits for it no longer than it may take."""
        self.line.settimeout(max(0.1, self.began + HEAD_WITHIN + LATE - time.monotonic()))
        said = b""
        while part := self.line.recv(65_536):
            said += part
        return said


@pytest.fixture(scope="module")
def topology(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Topology]:
    folder = tmp_path_factory.mktemp("topology")
    settings = {**QUICK, **GENEROUS, **DRAIN, "recovery_events_max": 5_000}
    with Topology(folder, settings=settings, postgres=postgres) as topology:
        yield topology


@pytest.fixture(scope="module")
def slow_head(topology: Topology) -> Iterator[SlowHead]:
    """Begins with the module: it takes ten seconds, in which the other tests run."""
    slow = SlowHead(topology)
    yield slow
    slow.line.close()


@pytest.fixture(scope="module")
def driver(topology: Topology) -> Iterator[NpmDriver]:
    driver = NpmDriver(topology.authority.certificate)
    yield driver
    driver.close()


@pytest.fixture
async def classroom(topology: Topology, driver: NpmDriver, slow_head: SlowHead) -> AsyncIterator[Classroom]:
    async with balanced_classroom(topology, lambda: driver) as classroom:
        yield classroom


@pytest.fixture
async def http(topology: Topology) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(ssl=topology.context)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield http


async def signed_in(classroom: Classroom, member: str) -> dict[str, str]:
    """The headers of this member's browser."""
    session = (await classroom.session(member))["session"]
    return {"Cookie": f"{cookie_name(member)}={session}", "Origin": classroom.server.url}


async def enter_all(classroom: Classroom) -> list[Client]:
    """One client of each kind, in the class room."""
    names = ("claire", "ewa", "leo", "zoe", "jan", "ola")
    return [await classroom.enter(classroom.members[name], kind) for name, kind in zip(names, NPM, strict=True)]


async def test_members_of_a_project_meet_on_one_node(
    topology: Topology, classroom: Classroom, http: aiohttp.ClientSession
) -> None:
    """Over every transport, beside its page, its API and its pictures; what one writes all others read."""
    traffic = Traffic(topology)
    clients = await enter_all(classroom)
    for number, client in enumerate(clients):
        await classroom.post(client, f"line {number}")
    await asyncio.gather(*(client.reached(classroom.room, len(clients)) for client in clients))
    headers = await signed_in(classroom, classroom.leo)
    for path, status in (
        (f"/twinspace/{classroom.project}/{classroom.leo}", 200),
        (f"/api/v1/projects/{classroom.project}", 401),
        (f"/projects/{classroom.project}/files/none?member={classroom.leo}", 404),
    ):
        async with http.get(topology.url + path, headers=headers) as response:
            assert response.status == status, path
            assert "wss://" in response.headers["Content-Security-Policy"]
    assert len(traffic.homes()) == 1


@pytest.mark.parametrize("end", [Server.stop, Server.kill], ids=["stopped", "killed"])
async def test_a_node_that_ends_costs_nobody_a_word(topology: Topology, classroom: Classroom, end: Any) -> None:
    """Everybody is in mid-sentence, comes back on the other node, resumes by position and sends again what was not
    acknowledged: all of it is there, once, in one order."""
    traffic = Traffic(topology)
    writers = [Writer(classroom, client, str(client.kind)) for client in await enter_all(classroom)]
    home = home_of(topology, traffic)
    (other,) = (node for node in topology.nodes if node is not home)
    for writer in writers:
        writer.write(LINES)
    await asyncio.gather(*(writer.client.reached(classroom.room, 30) for writer in writers))
    moved = Traffic(topology)
    await asyncio.to_thread(end, home.server)
    try:
        await asyncio.gather(*(writer.client.connected(times=2) for writer in writers))
        await asyncio.gather(*(writer.finish() for writer in writers))
        assert other.name in moved.homes()
        await asyncio.to_thread(topology.balancer.wait_for_nodes, [other.name])
        log = await whole_log(await classroom.connect(classroom.ola), classroom.room)
        await asyncio.gather(*(writer.client.reached(classroom.room, len(log)) for writer in writers))
        check_against_log(writers, classroom.room, log)
    finally:
        await asyncio.to_thread(home.server.start)
        await asyncio.to_thread(topology.balancer.wait_for_nodes, [node.name for node in topology.nodes])


async def test_a_balancer_that_drops_everybody(topology: Topology, classroom: Classroom) -> None:
    """They come back through it at once, and miss nothing."""
    writers = [Writer(classroom, client, str(client.kind)) for client in await enter_all(classroom)]
    for writer in writers:
        writer.write(LINES)
    await asyncio.gather(*(writer.client.reached(classroom.room, 30) for writer in writers))
    for _ in range(2):
        await asyncio.to_thread(topology.balancer.drop_connections)
    # A poll that is dropped between two others is asked again; a WebSocket is a new connection.
    held = [writer for writer in writers if "websocket" in writer.client.kind.transports]
    await asyncio.gather(*(writer.client.connected(times=2) for writer in held))
    await asyncio.gather(*(writer.finish() for writer in writers))
    log = await whole_log(await classroom.connect(classroom.ola), classroom.room)
    await asyncio.gather(*(writer.client.reached(classroom.room, len(log)) for writer in writers))
    check_against_log(writers, classroom.room, log)


async def test_a_picture_goes_through(topology: Topology, classroom: Classroom, http: aiohttp.ClientSession) -> None:
    """More than a megabyte, up and down again; too much of it is refused by rtserver, in its own words."""
    noise = random.Random(6).randbytes(PICTURE_SIDE * PICTURE_SIDE * 3)
    file = io.BytesIO()
    Image.frombytes("RGB", (PICTURE_SIDE, PICTURE_SIDE), noise).save(file, "JPEG", quality=95)
    assert len(file.getvalue()) > 1_000_000
    headers = await signed_in(classroom, classroom.claire)
    query = f"member={classroom.claire}&room={classroom.room}"
    files = f"{topology.url}/projects/{classroom.project}/files"
    async with http.post(f"{files}?{query}", data=io.BytesIO(file.getvalue()), headers=headers) as response:
        assert response.status == 201, await response.text()
        (stored,) = (await response.json())["files"]
    async with http.get(f"{files}/{stored['id']}?member={classroom.claire}", headers=headers) as response:
        assert response.status == 200
        picture = Image.open(io.BytesIO(await response.read()))
    assert picture.size == (PICTURE_SIDE, PICTURE_SIDE)
    async with http.post(f"{files}?{query}", data=io.BytesIO(bytes(10_000_001)), headers=headers) as response:
        assert response.status == 413
        assert (await response.json())["error"]["code"] == "too_large"


def test_who_only_begins_a_request_is_let_go(slow_head: SlowHead) -> None:
    """After ten seconds, with the status that says so (RFC 9110, 15.5.9)."""
    assert b" 408 " in slow_head.answer().partition(b"\r\n")[0]
    assert time.monotonic() - slow_head.began >= HEAD_WITHIN - 1
