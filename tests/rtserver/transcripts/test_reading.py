"""Transcripts from a real database: which rooms, which names, all pages, and nothing beyond the end."""

from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rooms.errors import ErrorCode, Refused
from rooms.model import RoomKind
from rtserver.files.sending import CutOff
from rtserver.shapes import ProjectDetail
from rtserver.transcripts.model import Format, Names, TranscriptLine
from rtserver.transcripts.reading import PAGE_MESSAGES, Wanted
from tests.rtserver.api.support import transcripts, write
from tests.rtserver.portal_fixtures import Backend, backend, opened

LINES = Wanted(Format.JSON_LINES, "en", {}, ZoneInfo("UTC"), "UTC", ",")


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


@pytest.fixture
async def project(on: Backend) -> ProjectDetail:
    return await opened(on)


async def rooms(on: Backend, project: ProjectDetail) -> dict[RoomKind, str]:
    return {room.kind: room.id for room in await on.administration.rooms(project.id)}


async def free() -> None:
    """The reader may have all of it."""


async def exported(
    on: Backend, project: ProjectDetail, room: str | None = None, names: Names = Names.ALIAS
) -> list[TranscriptLine]:
    pieces = await transcripts(on).for_portal(project.id, room, names, LINES)
    raw = b"".join([piece async for piece in pieces])
    return [msgspec.json.decode(line, type=TranscriptLine) for line in raw.splitlines()]


async def test_a_long_chat_goes_by_pages(on: Backend, project: ProjectDetail) -> None:
    """All of it, in order, a page in memory at a time."""
    claire, room = project.founders[0].id, (await rooms(on, project))[RoomKind.CLASS_ROOM]
    count = 2 * PAGE_MESSAGES + 1
    await write(on, room, *((claire, str(number)) for number in range(count)))
    assert [line.text for line in await exported(on, project, room)] == [str(number) for number in range(count)]
    pieces = [
        piece async for piece in await transcripts(on).for_portal(project.id, room, Names.NONE, LINES) if piece != b""
    ]
    assert [piece.count(b"\n") for piece in pieces] == [PAGE_MESSAGES, PAGE_MESSAGES, 1]


async def test_what_is_written_meanwhile_is_not_in_it(on: Backend, project: ProjectDetail) -> None:
    """A file of a room in which people write without a pause comes to an end."""
    claire, room = project.founders[0].id, (await rooms(on, project))[RoomKind.CLASS_ROOM]
    await write(on, room, *((claire, str(number)) for number in range(PAGE_MESSAGES + 1)))
    texts = []
    async for piece in await transcripts(on).for_portal(project.id, room, Names.NONE, LINES):
        texts += [msgspec.json.decode(line, type=TranscriptLine).text for line in piece.splitlines()]
        if piece:
            await write(on, room, (claire, "late"))
    assert (len(texts), "late" in texts) == (PAGE_MESSAGES + 1, False)


async def test_the_staff_room_is_asked_for_by_name(on: Backend, project: ProjectDetail) -> None:
    """A portal that takes all rooms does not get what teachers say among themselves."""
    claire, of_kind = project.founders[0].id, await rooms(on, project)
    group = await on.administration.add_room(project.id, "Group 1")
    await write(on, of_kind[RoomKind.CLASS_ROOM], (claire, "to all"))
    await write(on, of_kind[RoomKind.STAFF_ROOM], (claire, "to teachers"))
    await write(on, group.id, (claire, "to some"))
    assert [(line.room_name, line.text) for line in await exported(on, project)] == [
        ("Class room", "to all"),
        ("Group 1", "to some"),
    ]
    staff = await exported(on, project, of_kind[RoomKind.STAFF_ROOM])
    assert [line.text for line in staff] == ["to teachers"]


@pytest.mark.parametrize(
    ("names", "expected"), [(Names.ALIAS, "Mme Martin"), (Names.ROSTER, "Claire Martin"), (Names.NONE, None)]
)
async def test_names_as_asked(on: Backend, project: ProjectDetail, names: Names, expected: str | None) -> None:
    """The partner class's, the own class's, or none at all."""
    room = (await rooms(on, project))[RoomKind.CLASS_ROOM]
    await write(on, room, (project.founders[0].id, "hello"))
    assert [line.author_name for line in await exported(on, project, room, names)] == [expected]


async def test_names_as_the_reader_sees_them(on: Backend, project: ProjectDetail) -> None:
    """The own class by the roster, the other by its aliases."""
    room = (await rooms(on, project))[RoomKind.CLASS_ROOM]
    claire, ewa = (founder.id for founder in project.founders)
    await write(on, room, (claire, "one"), (ewa, "two"))
    reader = (await on.owners.project(project.id)).state.members[claire]
    pieces = await transcripts(on).for_reader(project.id, room, reader, LINES, free)
    lines = [
        msgspec.json.decode(line, type=TranscriptLine) for line in b"".join([p async for p in pieces]).splitlines()
    ]
    assert [line.author_name for line in lines] == ["Claire Martin", "p. Ewa"]


async def test_who_loses_the_right_gets_no_more(on: Backend, project: ProjectDetail) -> None:
    """It is asked before each page."""
    room = (await rooms(on, project))[RoomKind.CLASS_ROOM]
    claire = project.founders[0].id
    await write(on, room, *((claire, str(number)) for number in range(PAGE_MESSAGES + 1)))
    reader = (await on.owners.project(project.id)).state.members[claire]
    asked = 0

    async def check() -> None:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise CutOff("removed")

    pieces = await transcripts(on).for_reader(project.id, room, reader, LINES, check)
    assert await anext(pieces) == b""
    assert (await anext(pieces)).count(b"\n") == PAGE_MESSAGES
    with pytest.raises(CutOff):
        await anext(pieces)


async def test_rooms_of_others_are_not_there(on: Backend, project: ProjectDetail) -> None:
    """Nor is a room that never was."""
    other = await opened(on)
    for room in ((await rooms(on, other))[RoomKind.CLASS_ROOM], "r_never", ""):
        with pytest.raises(Refused) as refused:
            await exported(on, project, room)
        assert refused.value.code is ErrorCode.UNKNOWN_ROOM
