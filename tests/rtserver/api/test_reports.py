"""Chats and figures over the API: whose they are, and how many at once. What they hold: `test_examples`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from rooms.model import RoomKind
from rtserver.api import reports
from rtserver.files.sending import send
from rtserver.transcripts.page import POLICY
from tests.rtserver.api.support import api_client, write
from tests.rtserver.portal_fixtures import Backend, backend, opened

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


@pytest.fixture
async def client(on: Backend) -> AsyncIterator[Client]:
    async with api_client(on) as made:
        yield made


async def key_of(on: Backend, organisation: str = "lyon", project: str | None = None) -> dict[str, str]:
    return {"Authorization": f"Bearer {(await on.auth.create_key('Portal', organisation, project))[1]}"}


async def code(response: ClientResponse) -> tuple[int, str]:
    return response.status, (await response.json())["error"]["code"]


@pytest.mark.parametrize("what", ["messages", "statistics"])
async def test_of_others_nothing_is_told(on: Backend, client: Client, what: str) -> None:
    """Another organisation's project, and with a key of one project every other, are as if they were not there."""
    project, other = await opened(on), await opened(on)
    foreign = await opened(on, "krakow")
    of_one = await key_of(on, project=project.id)
    for headers, asked in ((of_one, other.id), (await key_of(on), foreign.id), (of_one, foreign.id)):
        async with client.get(f"/api/v1/projects/{asked}/{what}", headers=headers) as response:
            assert await code(response) == (404, "unknown_project")
    async with client.get(f"/api/v1/projects/{project.id}/{what}", headers=of_one) as response:
        assert response.status == 200


async def test_a_room_of_another_project(on: Backend, client: Client) -> None:
    """Is not there either."""
    project, other = await opened(on), await opened(on)
    room = (await on.administration.rooms(other.id))[0].id
    path = f"/api/v1/projects/{project.id}/messages"
    async with client.get(path, params={"room": room}, headers=await key_of(on)) as response:
        assert await code(response) == (404, "unknown_room")


async def test_a_language_without_words(on: Backend, client: Client) -> None:
    """Is refused with those that there are; a region's is its language's."""
    project = await opened(on)
    path, headers = f"/api/v1/projects/{project.id}/messages", await key_of(on)
    for tag in ("xx", "", "../en", "notes", "x" * 5_000):
        async with client.get(path, params={"format": "html", "language": tag}, headers=headers) as response:
            message = (await response.json())["error"]["message"]
            assert await code(response) == (400, "invalid")
        assert "language: one of ar, de, en" in message
    for tag, lang in (("fr", "fr"), ("fr-CA", "fr"), ("EN-gb", "en")):
        async with client.get(path, params={"format": "html", "language": tag}, headers=headers) as response:
            assert response.status == 200
            assert f'<html lang="{lang}"' in await response.text()


async def test_a_file_can_do_nothing(on: Backend, client: Client) -> None:
    """No cache keeps it, and what was written into a chat is no page of this server."""
    project = await opened(on)
    path = f"/api/v1/projects/{project.id}/messages"
    async with client.get(path, params={"format": "html"}, headers=await key_of(on)) as response:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["Content-Security-Policy"] == f"{POLICY}; sandbox"
        assert response.headers["Content-Disposition"] == f'attachment; filename="chat-{project.id}.html"'
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_who_took_a_chat_is_logged(on: Backend, client: Client) -> None:
    """By ids, and without a word of it."""
    project = await opened(on)
    room = next(one.id for one in await on.administration.rooms(project.id) if one.kind is RoomKind.CLASS_ROOM)
    await write(on, room, (project.founders[0].id, "a secret"))
    with capture_logs() as logs:
        async with client.get(f"/api/v1/projects/{project.id}/messages", headers=await key_of(on)) as response:
            assert b"a secret" in await response.read()
    (entry,) = (line for line in logs if line["event"] == "chat.exported")
    assert entry["project"] == project.id
    assert "secret" not in str(logs)
    assert "Claire" not in str(logs)


async def test_no_more_files_than_turns(on: Backend, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for too many at once is told to come again; the others are served."""
    project, headers = await opened(on), await key_of(on)
    go_on = asyncio.Event()

    async def slow(*arguments: Any) -> web.StreamResponse:
        await go_on.wait()
        return await send(*arguments)

    monkeypatch.setattr(reports, "send", slow)
    path = f"/api/v1/projects/{project.id}/messages"

    async def ask() -> int:
        async with client.get(path, headers=headers) as response:
            if response.status == 429:
                assert int(response.headers["Retry-After"]) > 0
                go_on.set()  # all the others are here by now
            return response.status

    places = reports.FILES_AT_ONCE + reports.FILES_WAITING_MAX
    statuses = await asyncio.gather(*(ask() for _ in range(places + 1)))
    assert sorted(statuses) == [*[200] * places, 429]


async def test_figures_by_pages(on: Backend, client: Client) -> None:
    """All projects of the organisation, each once, oldest first; a key of one project sees that one."""
    made = []
    for _ in range(3):
        made.append(await opened(on))
        on.clock.advance(1)
    await opened(on, "krakow")
    headers, seen, after = await key_of(on), list[str](), None
    while True:
        query = {"limit": "2", **({} if after is None else {"after": after})}
        async with client.get("/api/v1/statistics", params=query, headers=headers) as response:
            page = await response.json()
        seen += [one["project"] for one in page["projects"]]
        after = page["next"]
        if after is None:
            break
    assert seen == [project.id for project in made]
    async with client.get("/api/v1/statistics", headers=await key_of(on, project=made[1].id)) as response:
        page = await response.json()
    assert ([one["project"] for one in page["projects"]], page["next"]) == ([made[1].id], None)
