"""Each bad request is refused over polling, over a WebSocket and on the way to one, before anything of it is used."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import aiohttp
import pytest

from tests.wire.classroom import NewDriver, open_classroom
from tests.wire.raw import RawPolling, answer_of, query
from tests.wire.server import Server

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@dataclass(frozen=True)
class Bad:
    """What is wrong with a request: `change` to its query (None: left out), `headers`, `method`."""

    name: str
    status: int
    code: str
    change: dict[str, str | None] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    ways: tuple[str, ...] = ("polling", "websocket", "upgrade")


BAD = [
    Bad("foreign origin", 403, "origin_refused", headers={"Origin": "https://stranger.example.org"}),
    Bad("null origin", 403, "origin_refused", headers={"Origin": "null"}),
    Bad("another port", 403, "origin_refused", headers={"Origin": "http://127.0.0.1:1"}),
    Bad("https instead of http", 403, "origin_refused", headers={"Origin": "https://127.0.0.1"}),
    Bad("empty origin", 403, "origin_refused", headers={"Origin": ""}),
    Bad("no version", 400, "version_unsupported", {"EIO": None}),
    Bad("old version", 400, "version_unsupported", {"EIO": "3"}),
    Bad("unknown transport", 400, "invalid", {"transport": "smoke"}),
    Bad("no transport", 400, "invalid", {"transport": None}),
    Bad("no project", 404, "unknown_project", {"project": None}),
    Bad("empty project", 404, "unknown_project", {"project": ""}),
    Bad("strange project", 404, "unknown_project", {"project": "../../etc"}),
    Bad("unknown sid", 400, "invalid", {"sid": "AAAAAAAAAAAAAAAAAAAA"}),
    Bad("empty sid", 400, "invalid", {"sid": ""}),
    Bad("JSONP", 400, "invalid", {"j": "0"}),
    Bad("POST as first request", 400, "invalid", {"sid": None}, method="POST", ways=("polling",)),
    Bad("websocket without upgrade", 400, "invalid", {"transport": "websocket"}, ways=("polling",)),
    Bad("upgrade of polling", 400, "invalid", {"transport": "polling"}, ways=("websocket", "upgrade")),
]

CASES = [(bad, way) for bad in BAD for way in bad.ways]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(scope="module")
def classroom(server: Server, driver: NewDriver) -> SimpleNamespace:
    """One project for all of these tests: nothing gets far enough to change it."""

    async def make() -> SimpleNamespace:
        async with open_classroom(server, driver) as made:
            session = await made.session(made.leo)
            return SimpleNamespace(server=server, project=made.project, session=json.dumps(session).encode())

    return asyncio.run(make())


async def _sid(http: aiohttp.ClientSession, classroom: SimpleNamespace, project: str | None = None) -> RawPolling:
    polling = RawPolling(http, classroom.server.url, project or classroom.project)
    await polling.open()
    return polling


async def _ask(http: aiohttp.ClientSession, classroom: SimpleNamespace, bad: Bad, way: str) -> tuple[int, bytes]:
    """Send the request as it would be right, but for what is bad in it."""
    asked = query(classroom.project, "polling" if way == "polling" else "websocket")
    if way == "upgrade":
        asked["sid"] = (await _sid(http, classroom))._query["sid"]
    changed = {name: value for name, value in {**asked, **bad.change}.items() if value is not None}
    headers = {**(UPGRADE if way != "polling" else {}), **bad.headers}
    url = f"{classroom.server.url}/socket.io/"
    async with http.request(bad.method, url, params=changed, headers=headers) as response:
        return response.status, await response.read()


@pytest.mark.parametrize(("bad", "way"), CASES, ids=[f"{bad.name} by {way}" for bad, way in CASES])
async def test_a_bad_request_is_refused(
    classroom: SimpleNamespace, http: aiohttp.ClientSession, bad: Bad, way: str
) -> None:
    """It gets its status and code over every transport."""
    status, body = await _ask(http, classroom, bad, way)
    error = json.loads(body)["error"]
    assert (status, error["code"]) == (bad.status, bad.code)
    assert set(error) == {"code", "message", "retry"}


@pytest.mark.parametrize("way", ["polling", "upgrade"])
async def test_a_sid_belongs_to_its_project(classroom: SimpleNamespace, http: aiohttp.ClientSession, way: str) -> None:
    """A sid is of no use with another project's id, and goes on with its own."""
    polling = await _sid(http, classroom)
    sid = polling._query["sid"]
    stolen = Bad("sid of another project", 400, "invalid", {"sid": sid, "project": "p_another"})
    status, body = await _ask(http, classroom, stolen, way)
    assert (status, json.loads(body)["error"]["code"]) == (400, "invalid")
    await polling.send(b"40" + classroom.session)
    await answer_of(polling, 0)


async def test_a_good_request_shows_that_the_table_is_right(
    classroom: SimpleNamespace, http: aiohttp.ClientSession
) -> None:
    """The same requests with nothing wrong in them are let in."""
    for way, status in (("polling", 200), ("websocket", 101), ("upgrade", 101)):
        asked = query(classroom.project, "polling" if way == "polling" else "websocket")
        if way == "upgrade":
            asked["sid"] = (await _sid(http, classroom))._query["sid"]
        headers = {**(UPGRADE if way != "polling" else {}), "Origin": classroom.server.url}
        async with http.get(f"{classroom.server.url}/socket.io/", params=asked, headers=headers) as response:
            assert response.status == status


async def test_nothing_is_compressed(classroom: SimpleNamespace, http: aiohttp.ClientSession) -> None:
    """Compression costs more than it saves and leaks lengths: it is offered by browsers and not taken."""
    asked = query(classroom.project, "websocket")
    headers = {**UPGRADE, "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    async with http.get(f"{classroom.server.url}/socket.io/", params=asked, headers=headers) as response:
        assert response.status == 101
        assert "Sec-WebSocket-Extensions" not in response.headers


async def test_two_polls_at_once_end_the_socket(classroom: SimpleNamespace, http: aiohttp.ClientSession) -> None:
    """Two readers would share the order between them: the second poll is an error, and the socket is gone."""
    polling = await _sid(http, classroom)
    await polling.send(b"40" + classroom.session)
    await answer_of(polling, 0)

    async def poll() -> int:
        async with http.get(f"{classroom.server.url}/socket.io/", params=polling._query) as response:
            return response.status

    assert sorted(await asyncio.gather(poll(), poll())) == [200, 400]
    assert await poll() == 400
