"""The listener on the whole application: what a scrape says while people are there, and when something is gone."""

import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from loadtests.topology.process import free_port
from media.engine import EngineUnavailable
from rooms.messages import PROTOCOL_VERSION
from rooms.model import ProjectPhase
from rtserver.app import ADMINISTRATION, _site, create_app
from rtserver.config import Settings
from rtserver.serving import CannotListen
from rtserver.top.scrape import Scrape, parse
from tests.media_engine import FakeEngine
from tests.rtserver.portal_fixtures import new_project


class Watched:
    """A running application, with its two ports."""

    def __init__(self, app: web.Application, url: str, metrics_url: str, http: aiohttp.ClientSession) -> None:
        self.app = app
        self.url = url
        self.metrics_url = metrics_url
        self.http = http

    async def scrape(self) -> Scrape:
        async with self.http.get(f"{self.metrics_url}/metrics") as response:
            assert response.status == HTTPStatus.OK
            assert response.headers["Content-Type"].startswith("text/plain; version=")
            return parse(await response.text(), 0.0)

    async def enter(self) -> tuple[aiohttp.ClientWebSocketResponse, str]:
        """A founder's signed-in WebSocket, and the project."""
        administration = self.app[ADMINISTRATION]
        project = await administration.open_project("lyon", new_project())
        await administration.set_phase(project.id, ProjectPhase.ACTIVE)
        ticket = (await administration.issue_ticket(project.id, project.founders[0].id))[0]
        talk = await self.http.ws_connect(f"{self.url}/socket.io/?EIO=4&transport=websocket&project={project.id}")
        assert (await talk.receive_str()).startswith("0{")
        await talk.send_str("40" + json.dumps({"version": PROTOCOL_VERSION, "ticket": ticket}))
        assert (await talk.receive_str()).startswith("40{")
        assert (await talk.receive_str()).startswith('42["session"')
        return talk, project.id


@asynccontextmanager
async def watched(folder: Path, engine: FakeEngine | None = None, **chosen: Any) -> AsyncIterator[Watched]:
    port = free_port()
    settings = Settings(data=folder, port=0, media=engine is not None, **{"metrics_port": port, **chosen})
    app = await create_app(settings, new_engine=lambda _: engine or FakeEngine())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    try:
        await runner.setup()
        await _site(settings, runner, app, None).start()
        async with aiohttp.ClientSession() as http:
            yield Watched(app, "http://{}:{}".format(*runner.addresses[0]), f"http://127.0.0.1:{port}", http)
    finally:
        await runner.cleanup()


async def ask(talk: aiohttp.ClientWebSocketResponse, number: int, name: str, fields: dict[str, Any]) -> Any:
    """Ask for something; what the ack says."""
    await talk.send_str(f"42{number}" + json.dumps([name, fields]))
    while not (text := await talk.receive_str()).startswith(f"43{number}["):
        pass
    return json.loads(text.removeprefix(f"43{number}"))[0]


async def test_people_and_what_they_do(tmp_path: Path) -> None:
    """Who is connected, what they asked for and how it ended, and how long the log and the fan-out took."""
    async with watched(tmp_path) as server:
        before = await server.scrape()
        assert before.sum("rtserver_connections") == 0
        talk, _ = await server.enter()
        joined = await ask(talk, 1, "project.join", {})
        room = joined["ok"]["snapshot"]["rooms"][0]["id"]
        await ask(talk, 2, "room.join", {"room": room})
        await ask(talk, 3, "chat.post", {"room": room, "text": "Dzień dobry!", "nonce": "nonce-0001"})
        await ask(talk, 4, "room.join", {"room": room, "position": {"epoch": "of-another-life", "seq": 1}})
        await ask(talk, 5, "made.up", {})
        after = await server.scrape()

    def more(name: str, **labels: str) -> float:
        return after.sum(name, **labels) - before.sum(name, **labels)

    assert after.sum("rtserver_connections") == 1
    assert after.sum("rtserver_sockets", transport="websocket") == 1
    assert (after.sum("rtserver_projects"), after.sum("rtserver_rooms")) == (1, 1)
    assert after.sum("rtserver_database_up") == 1
    assert after.sum("rtserver_disk_size_bytes") > after.sum("rtserver_disk_free_bytes") > 0
    assert more("rtserver_commands_total", type="chat.post", result="ok") == 1
    assert more("rtserver_commands_total", type="unknown", result="unknown_command") == 1
    assert more("rtserver_resyncs_total", kind="room") == 1
    assert more("rtserver_append_seconds_count") >= 1
    assert more("rtserver_fanout_seconds_count") >= 1
    assert more("rtserver_frames_sent_total") >= 5
    assert not [name for name, _ in after.values if "broker" in name or "media" in name]


async def test_calls(tmp_path: Path) -> None:
    """How many workers answer: none while the engine does not."""
    engine = FakeEngine()
    async with watched(tmp_path, engine) as server:
        found = await server.scrape()
        assert (found.sum("rtserver_media_workers"), found.sum("rtserver_media_workers_wanted")) == (1, 1)
        engine.fault = EngineUnavailable("restarting")
        found = await server.scrape()
        assert (found.sum("rtserver_media_workers"), found.sum("rtserver_media_workers_wanted")) == (0, 1)


async def test_health(tmp_path: Path) -> None:
    """As on the public port, where there are no metrics."""
    async with watched(tmp_path) as server:
        for path in ("/healthz", "/readyz"):
            async with server.http.get(server.metrics_url + path) as here, server.http.get(server.url + path) as there:
                assert (here.status, await here.text()) == (there.status, await there.text())
        async with server.http.get(f"{server.url}/metrics") as response:
            assert response.status == HTTPStatus.NOT_FOUND


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    """Is a sentence that says which setting to change."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"^Port {port} for metrics is taken .*RT_METRICS_PORT\.$"):
            async with watched(tmp_path, metrics_port=port):
                pass


async def test_an_address_that_is_not_ours(tmp_path: Path) -> None:
    """The same."""
    with pytest.raises(CannotListen, match=r"^192\.0\.2\.1 port \d+ for metrics cannot be listened on: "):
        async with watched(tmp_path, metrics_host="192.0.2.1"):
            pass


async def test_without_a_port(tmp_path: Path) -> None:
    """Nothing listens."""
    async with watched(tmp_path, metrics_port=0) as server:
        with pytest.raises(aiohttp.ClientConnectorError):
            await server.http.get(f"{server.metrics_url}/metrics")
