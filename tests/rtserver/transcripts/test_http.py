"""The request with which a teacher saves a chat, over a real socket: who may, and what comes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from rooms.model import ProjectPhase
from rooms.permissions import Standing
from rtserver.transcripts.http import Parts, routes
from rtserver.transcripts.page import POLICY
from rtserver.transcripts.reading import PAGE_MESSAGES
from tests.rtserver.api.support import transcripts, write
from tests.rtserver.files.test_http import Answer, Space, open_space
from tests.rtserver.portal_fixtures import backend, http_client


@pytest.fixture
async def space(tmp_path: Path) -> AsyncIterator[Space]:
    async with backend(tmp_path) as on:
        space = await open_space(on)
        parts = Parts(on.auth, transcripts(on), space.standing, on.clock)
        async with http_client(on, routes(parts)) as space.client:
            yield space


async def save(space: Space, name: str = "claire", room: str | None = None, **query: str) -> Answer:
    return await space.ask("GET", f"/rooms/{room or space.room}/messages", name, **query)


async def test_a_page(space: Space) -> None:
    """A file for the disk, in the language asked for, that no cache keeps and that can do nothing."""
    await write(space.on, space.room, (space.members["leo"], "Bonjour"))
    answer = await save(space, language="fr", timezone="Europe/Paris")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="chat-{space.room}.html"'
    assert answer.headers["Content-Security-Policy"] == f"{POLICY}; sandbox"
    page = answer.raw.decode()
    assert '<html lang="fr" dir="ltr">' in page
    assert "Bonjour" in page


async def test_a_table(space: Space) -> None:
    """With the words of the language, and the separator asked for."""
    answer = await save(space, format="csv", language="de", separator="semicolon")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.raw.decode("utf-8-sig").startswith('"Raum";"Nummer";"Zeit"')


@pytest.mark.parametrize("name", ["leo", "guest"])
async def test_for_teachers_only(space: Space, name: str) -> None:
    """Pupils read the chat on the page."""
    assert (await save(space, name)).code == (403, "teachers_only")


async def test_the_staff_room(space: Space) -> None:
    """Teachers keep theirs; to pupils it does not exist."""
    assert (await save(space, room=space.staff_room)).status == 200
    assert (await save(space, "leo", space.staff_room)).code == (404, "unknown_room")


async def test_an_archived_project(space: Space) -> None:
    """That is when one wants to keep it."""
    await space.on.administration.set_phase(space.project, ProjectPhase.ARCHIVED)
    assert (await save(space)).status == 200


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"format": "pdf"}, "invalid"),
        ({"separator": "tab"}, "invalid"),
        ({"language": "xx"}, "invalid"),
        ({"formt": "csv"}, "invalid"),
        ({"names": "roster"}, "invalid"),
        ({"timezone": "Europe/Atlantis"}, "timezone_unknown"),
        ({"timezone": "../../etc/passwd"}, "timezone_unknown"),
        ({"timezone": "/etc/localtime"}, "timezone_unknown"),
        ({"timezone": "Europe"}, "timezone_unknown"),
        ({"timezone": "Europe/Paris\x00"}, "timezone_unknown"),
        ({"timezone": ""}, "timezone_unknown"),
        ({"timezone": "a" * 5_000}, "timezone_unknown"),
    ],
)
async def test_what_cannot_be_meant(space: Space, query: dict[str, str], code: str) -> None:
    """400, before anything is read."""
    assert (await save(space, **query)).code == (400, code)


async def test_without_signing_in(space: Space) -> None:
    """Nor with the cookie of another person, nor for another project."""
    path = f"/projects/{space.project}/rooms/{space.room}/messages"
    async with space.client.get(path, params={"member": space.members["claire"]}) as response:
        assert response.status == 401
    other = await open_space(space.on)
    answer = await space.ask("GET", f"/rooms/{other.room}/messages", "claire", project=other.project)
    assert answer.code == (401, "session_ended")
    assert (await save(space, room=other.room)).code == (404, "unknown_room")


async def test_not_again_and_again(space: Space) -> None:
    """A whole chat is much to send; who asks without a pause has to wait."""
    answers = [await save(space) for _ in range(12)]
    assert [answer.status for answer in answers[:10]] == [200] * 10
    assert answers[-1].code == (429, "too_many_requests")
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_removed_meanwhile(space: Space) -> None:
    """Who is no teacher of the project any more does not get the rest: the connection is cut."""
    leo = space.members["leo"]
    await write(space.on, space.room, *((leo, str(number)) for number in range(PAGE_MESSAGES + 1)))
    asked = 0

    async def standing(project: str, member: str, room: str | None) -> Standing:
        nonlocal asked
        asked += 1
        now = await space.standing(project, member, room)
        assert now.member is not None
        return replace(now, member=replace(now.member, removed=asked > 2))

    parts = Parts(space.on.auth, transcripts(space.on), standing, space.on.clock)
    async with http_client(space.on, routes(parts)) as space.client:
        with pytest.raises(Exception, match=r"(?i)payload|disconnect|reset"):
            await save(space, format="jsonl")
    assert asked == 3
