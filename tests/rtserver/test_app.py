"""The whole application in this process: it answers, is served once, and leaves nothing behind."""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from aiohttp import web

from loadtests.topology.process import free_port
from media.engine import EngineUnavailable
from rooms.messages import PROTOCOL_VERSION
from rooms.model import ProjectPhase
from rtserver import __version__
from rtserver import app as app_module
from rtserver.app import ADMINISTRATION, _site, create_app, serve
from rtserver.config import Settings
from rtserver.database import AlreadyServed, Database
from rtserver.ending import Ending
from rtserver.hub.one_port import OnePort
from rtserver.tls import CertificateUnusable
from tests.media_engine import FakeEngine
from tests.rtserver.certificates import EC, RSA, Authority
from tests.rtserver.portal_fixtures import new_project
from tests.wire.frames import frame_client

THREAD_ENDS_WITHIN = 10
"""Seconds in which a thread is gone after it has said that its work is done."""

Talk = aiohttp.ClientWebSocketResponse


class Running:
    """A served application and a client of it."""

    def __init__(self, app: web.Application, runner: web.AppRunner, http: aiohttp.ClientSession) -> None:
        self.app = app
        self.runner = runner
        self.http = http
        self.url = "http://{}:{}".format(*runner.addresses[0])

    async def get(self, path: str) -> tuple[int, str]:
        async with self.http.get(self.url + path, allow_redirects=False) as response:
            return response.status, await response.text()

    async def ticket(self) -> tuple[str, str]:
        """A project, and a ticket for one of its founders."""
        administration = self.app[ADMINISTRATION]
        project = await administration.open_project("lyon", new_project())
        await administration.set_phase(project.id, ProjectPhase.ACTIVE)
        return project.id, (await administration.issue_ticket(project.id, project.founders[0].id))[0]

    async def enter(self) -> Talk:
        """A signed-in WebSocket."""
        project, ticket = await self.ticket()
        talk = await self.http.ws_connect(f"{self.url}/socket.io/?EIO=4&transport=websocket&project={project}")
        assert (await talk.receive_str()).startswith("0{")
        await talk.send_str("40" + json.dumps({"version": PROTOCOL_VERSION, "ticket": ticket}))
        assert (await talk.receive_str()).startswith("40{")
        assert (await talk.receive_str()).startswith('42["session"')
        return talk


BOTH_DRIVERS = pytest.mark.parametrize("driver", ["picows", "aiohttp"])


@asynccontextmanager
async def running(folder: Path, driver: str = "picows", engine: FakeEngine | None = None) -> AsyncIterator[Running]:
    settings = Settings(data=folder, port=0, websocket_driver=driver, media=engine is not None)
    app = await create_app(settings, new_engine=lambda _: engine or FakeEngine())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await _site(settings, runner, app, None).start()
        async with aiohttp.ClientSession() as http:
            yield Running(app, runner, http)
    finally:
        await runner.cleanup()


def open_files(folder: Path) -> set[str]:
    """The files below a folder that this process has open."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = str(link.readlink())
        except FileNotFoundError:
            continue
        if target.startswith(str(folder)):
            found.add(target)
    return found


class TestAnswering:
    async def test_health(self, tmp_path: Path) -> None:
        """Alive, and ready while the database answers."""
        async with running(tmp_path) as server:
            status, body = await server.get("/healthz")
            assert (status, json.loads(body)) == (HTTPStatus.OK, {"status": "ok", "version": __version__})
            status, body = await server.get("/readyz")
            assert (status, json.loads(body)) == (HTTPStatus.OK, {"status": "ready", "parts": {"database": "ok"}})

    async def test_calls(self, tmp_path: Path) -> None:
        """Their engine runs as long as the server does, and is a part of being ready."""
        engine = FakeEngine()
        async with running(tmp_path, engine=engine) as server:
            assert engine.is_running
            assert json.loads((await server.get("/readyz"))[1])["parts"] == {"database": "ok", "media": "ok"}
            engine.fault = EngineUnavailable("restarting")
            status, body = await server.get("/readyz")
            assert status == HTTPStatus.SERVICE_UNAVAILABLE
            assert json.loads(body)["parts"] == {"database": "ok", "media": "failed"}
        assert not engine.is_running

    async def test_an_engine_that_cannot_be_started(self, tmp_path: Path) -> None:
        """Is told to whoever starts the server; nothing stays open."""
        with pytest.raises(EngineUnavailable, match="port 5 is taken"):
            async with running(tmp_path, engine=FakeEngine(cannot_start="port 5 is taken")):
                pass
        assert open_files(tmp_path) == set()

    async def test_the_embedded_engine(self, tmp_path: Path) -> None:
        """Is what a server has that nothing is configured of."""
        app = await create_app(Settings(data=tmp_path, port=0))
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            (worker,) = [child for child in psutil.Process().children() if "media.worker" in child.cmdline()]
        finally:
            await runner.cleanup()
        assert not worker.is_running()

    async def test_routes(self, tmp_path: Path) -> None:
        """The pages, the portals' API, health and the socket are all there; the page's paths answer with the page."""
        async with running(tmp_path) as server:
            paths = {resource.canonical for resource in server.app.router.resources()}
            assert {"/", "/join", "/session", "/healthz", "/readyz", "/socket.io/", "/api/v1/projects"} <= paths
            pages = [await server.get(path) for path in ("/", "/join")]
            assert len({body for _, body in pages}) == 1
            assert {status for status, _ in pages} <= {HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE}
            assert (await server.get("/api/v1/projects"))[0] == HTTPStatus.UNAUTHORIZED
            assert (await server.get("/api/v1/nowhere"))[0] == HTTPStatus.NOT_FOUND

    @BOTH_DRIVERS
    async def test_the_socket(self, tmp_path: Path, driver: str) -> None:
        """From the ticket to an answered command, and a refusal before anything is opened."""
        async with running(tmp_path, driver) as server:
            assert [type(site) for site in server.runner.sites] == [OnePort if driver == "picows" else web.TCPSite]
            talk = await server.enter()
            await talk.send_str('421["project.roster"]')
            answer = await talk.receive_str()
            assert answer.startswith('431[{"ok":{"names":[')
            status, body = await server.get("/socket.io/?EIO=3&transport=polling&project=p1")
            assert (status, json.loads(body)["error"]["code"]) == (HTTPStatus.BAD_REQUEST, "version_unsupported")
            await talk.close()

    async def test_the_clock_is_passed_on(self, tmp_path: Path) -> None:
        """To whatever notes a time."""
        app = await create_app(Settings(data=tmp_path, port=0, media=False), clock=lambda: 12_345)
        runner = web.AppRunner(app)
        await runner.setup()
        project = await app[ADMINISTRATION].open_project("lyon", new_project())
        assert project.created_at == 12_345
        await runner.cleanup()


class TestServingOnce:
    async def test_a_second_one_is_refused(self, tmp_path: Path) -> None:
        """With a sentence; the first goes on."""
        async with running(tmp_path) as server:
            with pytest.raises(AlreadyServed, match=r"Another rtserver is already serving .*rtserver\.db"):
                await create_app(Settings(data=tmp_path, port=0))
            assert (await server.get("/readyz"))[0] == HTTPStatus.OK

    async def test_the_next_one_finds_everything(self, tmp_path: Path) -> None:
        """After the first has ended."""
        async with running(tmp_path) as server:
            project, _ = await server.ticket()
        async with running(tmp_path) as server:
            assert (await server.app[ADMINISTRATION].project(project)).title == "Rivers"

    async def test_two_folders(self, tmp_path: Path) -> None:
        """Are two servers."""
        async with running(tmp_path / "one") as one, running(tmp_path / "two") as two:
            assert (await one.get("/readyz"))[0] == (await two.get("/readyz"))[0] == HTTPStatus.OK


class TestLeaving:
    async def test_nothing_behind(self, tmp_path: Path) -> None:
        """No task, no open file, no thread."""
        tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
        async with running(tmp_path) as server:
            await server.ticket()
            await server.get("/readyz")
            assert open_files(tmp_path)
        assert asyncio.all_tasks() == tasks
        assert open_files(tmp_path) == set()
        new = [one for one in set(threading.enumerate()) - threads if "asyncio_" not in one.name]
        for thread in new:
            thread.join(THREAD_ENDS_WITHIN)  # it has reported that it is done
        assert not [thread for thread in new if thread.is_alive()]

    @BOTH_DRIVERS
    async def test_sockets_are_sent_away(self, tmp_path: Path, driver: str) -> None:
        """Without a farewell, so that their clients come back; the server does not wait for them."""
        tasks = asyncio.all_tasks()
        async with running(tmp_path, driver) as server:
            talk = await server.enter()
            cleanup = asyncio.ensure_future(server.runner.cleanup())
            received = [message async for message in talk]
            await cleanup
            assert not [message for message in received if "bye" in str(message.data)]
            assert talk.closed
        for _ in range(3):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == tasks
        assert open_files(tmp_path) == set()

    async def test_a_polling_client_too(self, tmp_path: Path) -> None:
        """Its pending poll ends."""
        async with running(tmp_path) as server:
            project, ticket = await server.ticket()
            path = f"/socket.io/?EIO=4&transport=polling&project={project}"
            opened = json.loads((await server.get(path))[1][1:])
            path += f"&sid={opened['sid']}"
            auth = "40" + json.dumps({"version": PROTOCOL_VERSION, "ticket": ticket})
            async with server.http.post(server.url + path, data=auth) as response:
                assert await response.text() == "OK"
            while "session" not in (await server.get(path))[1]:
                pass
            poll = asyncio.ensure_future(server.get(path))
            await asyncio.sleep(0)
            await server.runner.cleanup()
            assert (await asyncio.gather(poll, return_exceptions=True))[0] is not None
        assert open_files(tmp_path) == set()

    async def test_a_database_that_cannot_be_migrated(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The failure is told; the file and its lock are let go of."""

        async def fail(*_arguments: object) -> None:
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(Database, "migrate", fail)
            with pytest.raises(ZeroDivisionError):
                await create_app(Settings(data=tmp_path, port=0))
        assert open_files(tmp_path) == set()
        async with running(tmp_path) as server:
            assert (await server.get("/readyz"))[0] == HTTPStatus.OK


class TestServe:
    @pytest.fixture(autouse=True)
    def switch_interval(self) -> Iterator[None]:
        """Serving sets it for the process."""
        before = sys.getswitchinterval()
        yield
        sys.setswitchinterval(before)

    @pytest.fixture
    def ending(self) -> Iterator[Ending]:
        ending = Ending(deadline=60)
        yield ending
        ending.ended()

    @pytest.fixture
    def port(self) -> int:
        return free_port()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    async def test_until_a_signal(self, tmp_path: Path, port: int, ending: Ending, number: signal.Signals) -> None:
        """It says when it is ready, serves, and ends cleanly."""
        ready: asyncio.Future[web.Application] = asyncio.get_running_loop().create_future()
        serving = asyncio.ensure_future(
            serve(Settings(data=tmp_path, port=port, media=False), ending, ready.set_result)
        )
        assert ADMINISTRATION in await ready
        async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/healthz") as response:
            assert response.status == HTTPStatus.OK
        os.kill(os.getpid(), number)
        await serving
        assert open_files(tmp_path) == set()
        for one in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(one)

    @BOTH_DRIVERS
    async def test_with_a_certificate(
        self, tmp_path: Path, port: int, ending: Ending, driver: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Pages and sockets by https; a certificate that is replaced is used soon, and open sockets do not notice."""
        monkeypatch.setattr(app_module, "CERTIFICATE_LOOK_INTERVAL", 0.01)
        authority = Authority()
        certificate, key = authority.issue(tmp_path, key_type=EC)
        chosen = {"tls_certificate": certificate, "tls_key": key, "websocket_driver": driver, "media": False}
        chosen["connect_deadline"] = 60  # the socket below does not sign in
        settings = Settings(data=tmp_path / "data", port=port, **chosen)  # type: ignore[arg-type]
        ready: asyncio.Future[web.Application] = asyncio.get_running_loop().create_future()
        serving = asyncio.ensure_future(serve(settings, ending, ready.set_result))
        await ready

        async def certificate_shown() -> Any:
            async with frame_client(settings.url, authority.context) as client:
                client.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await client.answer())[0] == HTTPStatus.OK
                return client.writer.get_extra_info("ssl_object").getpeercert(True)

        before = await certificate_shown()
        async with frame_client(settings.url, authority.context) as client:
            await client.upgrade("/socket.io/?EIO=4&transport=websocket&project=p1")
            assert (await client.receive_text()).startswith("0{")
            authority.issue(tmp_path, key_type=RSA)
            async with asyncio.timeout(30):
                while await certificate_shown() == before:
                    pass
            client.send_text("40/other,")
            assert "Invalid namespace" in await client.receive_text()
        os.kill(os.getpid(), signal.SIGTERM)
        await serving
        assert not [task for task in asyncio.all_tasks() if "_reload" in repr(task)]
        for one in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(one)

    async def test_a_certificate_that_cannot_be_used(self, tmp_path: Path, port: int, ending: Ending) -> None:
        """Is found before anything is opened."""
        certificate, key = Authority().issue(tmp_path)
        key.write_text("no key")
        with pytest.raises(CertificateUnusable):
            await serve(Settings(data=tmp_path / "data", port=port, tls_certificate=certificate, tls_key=key), ending)
        assert not (tmp_path / "data").exists()

    async def test_a_port_that_is_taken(self, tmp_path: Path, ending: Ending) -> None:
        """`OSError`, and nothing is left open."""
        with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="address already in use"):
            await serve(Settings(data=tmp_path, port=taken.getsockname()[1], media=False), ending)
        assert open_files(tmp_path) == set()
