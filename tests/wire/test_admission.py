"""Each bad request is refused, whichever way it comes, before anything of it is used.

By polling; by a WebSocket, the first transport or an upgrade, on a connection of its own; and on a connection that has
carried a request before, as proxies send it, where aiohttp serves it whatever the driver is.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from urllib.parse import urlencode

import aiohttp
import pytest

from tests.wire.classroom import NewDriver, open_classroom
from tests.wire.frames import frame_client
from tests.wire.raw import RawPolling, answer_of, query
from tests.wire.server import Server

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


WEBSOCKET_WAYS = ("websocket", "upgrade", "kept websocket", "kept upgrade")


@dataclass(frozen=True)
class Bad:
    """What is wrong with a request: `change` to its query (None: left out), `headers`, `method`."""

    name: str
    status: int
    code: str
    change: dict[str, str | None] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    ways: tuple[str, ...] = ("polling", *WEBSOCKET_WAYS)


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
    Bad("upgrade of polling", 400, "invalid", {"transport": "polling"}, ways=WEBSOCKET_WAYS),
    Bad("half an upgrade", 400, "invalid", headers={"Upgrade": "h2c"}, ways=WEBSOCKET_WAYS),
    Bad("the other half", 400, "invalid", headers={"Connection": "keep-alive"}, ways=WEBSOCKET_WAYS),
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
    status, _, body = await _request(http, classroom, way, bad.change, bad.headers, bad.method)
    return status, body


async def _request(
    http: aiohttp.ClientSession,
    classroom: SimpleNamespace,
    way: str,
    change: dict[str, str | None],
    headers: dict[str, str],
    method: str = "GET",
) -> tuple[int, dict[str, str], bytes]:
    """The status, the headers and the body that a request gets."""
    asked = query(classroom.project, "polling" if way == "polling" else "websocket")
    if "upgrade" in way:
        asked["sid"] = (await _sid(http, classroom))._query["sid"]
    changed = {name: value for name, value in {**asked, **change}.items() if value is not None}
    fields = {"Host": "127.0.0.1", **(UPGRADE if way != "polling" else {}), **headers}
    lines = [f"{method} /socket.io/?{urlencode(changed)} HTTP/1.1", *(f"{name}: {fields[name]}" for name in fields)]
    async with frame_client(classroom.server.url) as client:
        if way.startswith("kept"):
            client.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert (await client.answer())[0] == 200
        client.write("\r\n".join(lines).encode() + b"\r\n\r\n")
        head = await client.head()
        found = dict(line.lower().split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
        status = int(head.split()[1])
        size = 0 if status == 101 else int(found.get("content-length", 0))
        return status, found, await client.reader.readexactly(size)


@pytest.mark.parametrize(("bad", "way"), CASES, ids=[f"{bad.name} by {way}" for bad, way in CASES])
async def test_a_bad_request_is_refused(
    classroom: SimpleNamespace, http: aiohttp.ClientSession, bad: Bad, way: str
) -> None:
    """It gets its status and code over every transport."""
    status, body = await _ask(http, classroom, bad, way)
    error = json.loads(body)["error"]
    assert (status, error["code"]) == (bad.status, bad.code)
    assert set(error) == {"code", "message", "retry"}


@pytest.mark.parametrize("way", ["polling", "upgrade", "kept upgrade"])
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
    """The same requests with nothing wrong in them are let in, by whom they are meant to be served."""
    for way in ("polling", *WEBSOCKET_WAYS):
        status, headers, _ = await _request(http, classroom, way, {}, {"Origin": classroom.server.url})
        assert status == (200 if way == "polling" else 101)
        by_picows = classroom.server.overrides["websocket_driver"] == "picows" and way in ("websocket", "upgrade")
        assert ("date" in headers) is not by_picows  # aiohttp dates its answers


@pytest.mark.parametrize("way", WEBSOCKET_WAYS)
async def test_nothing_is_compressed(classroom: SimpleNamespace, http: aiohttp.ClientSession, way: str) -> None:
    """Compression costs more than it saves and leaks lengths: it is offered by browsers and not taken."""
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    status, headers, _ = await _request(http, classroom, way, {}, offer)
    assert status == 101
    assert "sec-websocket-extensions" not in headers


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
