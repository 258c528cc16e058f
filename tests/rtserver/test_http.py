import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rtserver import health, http
from rtserver.config import Settings
from rtserver.http import (
    STATUS,
    document_policy,
    json_response,
    prepare,
    read_json,
    require_own_page,
    security_headers,
)
from tests.rtserver.portal_fixtures import Backend, backend, http_client


def policy(settings: Settings) -> dict[str, str]:
    header = security_headers(settings)["Content-Security-Policy"]
    return dict(part.split(" ", 1) for part in header.split("; "))


class TestSecurityHeaders:
    def test_pages_load_and_connect_to_this_server_only(self) -> None:
        seen = policy(Settings(port=9000))
        assert seen["default-src"] == "'self'"
        assert seen["connect-src"] == "'self' ws://127.0.0.1:9000 ws://localhost:9000"
        assert seen["object-src"] == seen["base-uri"] == "'none'"
        assert "script-src" not in seen  # so scripts follow default-src: no inline ones

    def test_sockets_are_secure_where_pages_are(self) -> None:
        seen = policy(Settings(public_url="https://rt.example.eu"))
        assert seen["connect-src"] == "'self' wss://rt.example.eu"

    def test_only_named_portals_may_embed(self) -> None:
        assert policy(Settings())["frame-ancestors"] == "'none'"
        portals = ("https://a.example", "https://b.example:8443")
        assert policy(Settings(allowed_origins=portals))["frame-ancestors"] == " ".join(portals)

    def test_the_document_may_show_the_pictures_of_a_board_besides(self) -> None:
        """And nothing else is wider: no script but ours, no WebAssembly, no font and no worker from elsewhere."""
        settings = Settings(port=9000)
        of_page = dict(part.split(" ", 1) for part in document_policy(settings).split("; "))
        assert of_page.pop("img-src") == "'self' data: blob:"
        assert of_page == policy(settings)

    def test_tell_other_sites_nothing(self) -> None:
        headers = security_headers(Settings())
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "geolocation=()" in headers["Permissions-Policy"]


class TestOwnPage:
    OURS = frozenset({"http://127.0.0.1:8080", "http://localhost:8080"})

    @pytest.mark.parametrize(
        "headers",
        [
            {},  # a program, which has nobody's cookies
            {"Origin": "http://localhost:8080"},
            {"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "same-origin"},
        ],
    )
    def test_is_let_through(self, headers: dict[str, str]) -> None:
        require_own_page(make_mocked_request("POST", "/session", headers), self.OURS)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "null"},
            {"Origin": "https://stranger.example.org"},
            {"Origin": "http://localhost:8080.example.org"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Site": "none"},
            {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "cross-site"},
        ],
    )
    def test_others_are_refused(self, headers: dict[str, str]) -> None:
        with pytest.raises(Refused) as refused:
            require_own_page(make_mocked_request("POST", "/session", headers), self.OURS)
        assert refused.value.code is ErrorCode.ORIGIN_REFUSED


def test_every_refusal_has_a_status() -> None:
    assert set(STATUS) == set(ErrorCode)
    assert all(status >= 400 for status in STATUS.values())


class TestHealth:
    @pytest.fixture
    async def on(self, tmp_path: Path) -> AsyncIterator[Backend]:
        async with backend(tmp_path) as made:
            yield made

    async def seen(self, client: TestClient[web.Request, web.Application], path: str) -> tuple[int, dict[str, object]]:
        async with client.get(path) as response:
            return response.status, await response.json()

    async def test_a_working_server_is_alive_and_ready(self, on: Backend) -> None:
        async with http_client(on, health.routes({"database": health.database_check(on.database)})) as client:
            assert (await self.seen(client, "/healthz"))[0] == 200
            assert await self.seen(client, "/readyz") == (200, {"status": "ready", "parts": {"database": "ok"}})

    async def test_it_is_said_which_part_fails(self, on: Backend) -> None:
        async def broken() -> None:
            raise OSError("password=secret")

        checks = {"database": health.database_check(on.database), "broker": broken}
        async with http_client(on, health.routes(checks)) as client:
            assert (await self.seen(client, "/healthz"))[0] == 200
            assert await self.seen(client, "/readyz") == (
                503,
                {"status": "not ready", "parts": {"database": "ok", "broker": "failed"}},
            )

    async def test_what_it_can_do_without_is_shown_and_does_not_make_it_unready(self, on: Backend) -> None:
        """A load balancer must not take all servers out because Redis is away."""
        is_connected = False
        checks = {"database": health.database_check(on.database)}
        async with http_client(on, health.routes(checks, aids={"broker": lambda: is_connected})) as client:
            parts = {"database": "ok", "broker": "lost"}
            assert await self.seen(client, "/readyz") == (200, {"status": "ready", "parts": parts})
            is_connected = True
            parts = {"database": "ok", "broker": "ok"}
            assert await self.seen(client, "/readyz") == (200, {"status": "ready", "parts": parts})

    async def test_a_part_that_does_not_answer_in_time_fails(
        self, on: Backend, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hangs() -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(health, "READY_DEADLINE", 0.0)
        async with http_client(on, health.routes({"database": hangs})) as client:
            assert (await self.seen(client, "/readyz"))[0] == 503


class Note(Struct):
    text: str


async def note(request: web.Request) -> web.Response:
    return json_response(await read_json(request, Note, 100))


class TestBodies:
    async def test_one_that_does_not_come_is_not_waited_for(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The connection is ended with it: what is left of the body would be taken for a request."""
        monkeypatch.setattr(http, "BODY_DEADLINE", 0.01)
        app = web.Application()
        prepare(app, Settings())
        app.add_routes([web.post("/note", note)])
        async with TestClient(TestServer(app)) as client:
            reader, writer = await asyncio.open_connection(client.host, client.port)
            head = "POST /note HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/json\r\nContent-Length: 100\r\n"
            writer.write(f"{head}\r\n{{".encode())
            answer = (await reader.read()).decode()
            writer.close()
            await writer.wait_closed()
        assert answer.startswith("HTTP/1.1 408 ")
        assert '"malformed"' in answer
        assert "Server:" not in answer
