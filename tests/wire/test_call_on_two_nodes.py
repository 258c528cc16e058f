"""Calls on two servers: one that became two is one again, and what was decided in the class holds in its groups."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from loadtests.topology.postgres import Postgres
from loadtests.topology.redis import Redis
from tests.media.classroom import Picture, Silence
from tests.wire.caller import Caller
from tests.wire.classroom import Classroom, NewDriver, new_nonce, open_classroom
from tests.wire.clients import NPM_WEBSOCKET, PYTHON_WEBSOCKET, Kind
from tests.wire.conftest import GENEROUS, QUICK
from tests.wire.media_peer import publishing, viewing
from tests.wire.server import Server

pytestmark = pytest.mark.one_driver

BRIGHT, DARK = 200, 60
"""By these two a picture is recognised."""

CALLS = {"media": True, "mesh_participants_max": 0}

LATE = {"presence_interval": 30}
"""Seconds: nobody hears by presence reports where a call is, within a test that is quick."""

MOVED_WITHIN = 20.0
"""Seconds from the moment that the servers can hear each other until whoever has to move is told: less than `LATE`."""


@pytest.fixture
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
async def nodes(
    tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis: Redis
) -> AsyncIterator[dict[str, Server]]:
    database = await postgres.new_database()
    shared = {**QUICK, **GENEROUS, **CALLS, **LATE, "database_url": database, "redis_url": redis.url}
    names = ("node1", "node2")
    servers = {name: Server(tmp_path_factory.mktemp(name), **shared, node_name=name) for name in names}
    with ThreadPoolExecutor(max_workers=len(servers)) as threads:
        list(threads.map(Server.start, servers.values()))
    yield servers
    for server in servers.values():
        server.close()
        server.check_log()
    await postgres.drop(database)


async def enter(classroom: Classroom, node: Server, name: str, kind: Kind) -> Caller:
    """Somebody in the class room, by way of a server."""
    classroom.server = node
    return Caller(await classroom.enter(classroom.members[name], kind), classroom.room)


async def publish(caller: Caller, picture: Picture) -> None:
    """Send a camera until cancelled."""
    await caller.call("publish", medium="video")
    async with publishing(caller, Silence(), picture):
        await asyncio.Event().wait()


async def test_moved_while_publishing(nodes: dict[str, Server], redis: Redis, driver: NewDriver) -> None:
    """Who began it again while the servers could not hear each other is told to come over, and is seen there."""
    async with open_classroom(nodes["node1"], driver) as classroom:
        claire = await enter(classroom, nodes["node1"], "claire", NPM_WEBSOCKET)
        ewa = await enter(classroom, nodes["node2"], "ewa", PYTHON_WEBSOCKET)
        await claire.join()
        await claire.call("publish", medium="video")
        async with publishing(claire, Silence(), Picture(BRIGHT)), viewing(claire) as at_claire:
            redis.pause()
            try:
                await ewa.join()
                await ewa.sees(ewa.me)
            finally:
                redis.resume()
            await claire.sees(claire.me)
            # Not waited for: on a busy machine she is told before it stands, and cut two seconds later.
            begun = asyncio.ensure_future(publish(ewa, Picture(DARK)))
            moving = await ewa.client.push("moving", within=MOVED_WITHIN)
            assert moving == {"after_ms": 0, "node": "node1"}
            assert claire.client.pushes("moving") == []
            assert not begun.done(), begun.exception()
            await ewa.client.close()
            begun.cancel()
            await asyncio.gather(begun, return_exceptions=True)
            over = await enter(classroom, nodes[moving["node"]], "ewa", PYTHON_WEBSOCKET)
            assert not (await over.join(resume=ewa.resume))["resumed"]
            await over.call("publish", medium="video")
            async with publishing(over, Silence(), Picture(DARK)), viewing(over) as at_ewa:
                await asyncio.gather(at_claire.sees(over.me, DARK), at_ewa.sees(claire.me, BRIGHT))
            await claire.sees(claire.me, over.me)


async def test_in_a_group_on_another_server(nodes: dict[str, Server], driver: NewDriver) -> None:
    """What a teacher decides in the class's call holds where nobody is in the class room, before and meanwhile."""
    async with open_classroom(nodes["node1"], driver) as classroom:
        claire = await enter(classroom, nodes["node1"], "claire", NPM_WEBSOCKET)
        await claire.decide("remove", member=classroom.jan, removed=True)
        group = {"room": None, "name": "Oder", "members": [classroom.jan, classroom.leo]}
        await claire.client.call("groups.form", room=classroom.room, groups=[group], nonce=new_nonce())
        formed = await claire.client.push("event", lambda event: event["body"]["kind"] == "groups.formed")
        (there,) = (each["room"] for each in formed["body"]["groups"])
        classroom.server = nodes["node2"]
        callers = {}
        for name in ("ewa", "jan", "leo"):
            client = await classroom.connect(classroom.members[name], PYTHON_WEBSOCKET)
            await client.join_project()
            await client.join(there)
            callers[name] = Caller(client, there)
        assert await callers["jan"].refusal("join") == "call_removed"
        for name in ("ewa", "leo"):
            await callers[name].join()
        leo = callers["leo"]
        await leo.call("publish", medium="audio")
        await claire.decide("hold_pupils", medium="audio", held=True)
        await leo.until(lambda: leo.tracks(leo.me) == {"audio": (True, True)}, "the hold")
        await callers["ewa"].decide("remove", member=classroom.jan, removed=False)
        await callers["jan"].join()
        await claire.decide("remove", member=classroom.leo, removed=True)
        assert (await leo.client.push("call_left"))["code"] == "call_removed"
