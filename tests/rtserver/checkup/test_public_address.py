"""Whether people's address leads here."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from loadtests.topology.process import free_port
from rtserver.checkup.finding import Level
from rtserver.checkup.public_address import look_at_public_address
from rtserver.config import Settings


async def test_none_is_set() -> None:
    assert await look_at_public_address(Settings()) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (web.Response(text="<!doctype html>", content_type="text/html"), Level.GOOD),
        (web.Response(text="it works"), Level.FAULT),
        (web.Response(status=502, text="<!doctype html>", content_type="text/html"), Level.FAULT),
    ],
)
async def test_somebody_answers(answer: web.Response, expected: Level) -> None:
    """With a page, or it is somebody else."""

    async def page(_: web.Request) -> web.Response:
        return answer

    app = web.Application()
    app.router.add_get("/", page)
    async with TestServer(app) as server:
        found = await look_at_public_address(Settings(public_url=f"http://127.0.0.1:{server.port}"))
    assert found is not None
    assert found.level is expected


async def test_nobody_answers() -> None:
    """No fault: one looks before one starts."""
    found = await look_at_public_address(Settings(public_url=f"http://127.0.0.1:{free_port()}"))
    assert found is not None
    assert found.level is Level.HINT
