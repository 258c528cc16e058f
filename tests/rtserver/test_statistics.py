"""Figures of a project from a real database: counted by day and person, without naming anybody."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event

from rooms.model import ProjectPhase, Role, RoomKind
from rtserver import statistics
from rtserver.shapes import NewMember, ProjectDetail
from rtserver.statistics import DayFigures, ProjectFigures, Statistics
from rtserver.tables import files
from tests.rtserver.api.support import write
from tests.rtserver.portal_fixtures import DAY, START, Backend, backend, opened

TODAY = date(2026, 9, 21)
"""Of `START`, in UTC."""


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


@pytest.fixture
async def project(on: Backend) -> ProjectDetail:
    return await opened(on)


async def hall(on: Backend, project: ProjectDetail) -> str:
    rooms = await on.administration.rooms(project.id)
    return next(room.id for room in rooms if room.kind is RoomKind.CLASS_ROOM)


async def count(on: Backend, project: ProjectDetail, days: int = 30) -> ProjectFigures:
    return await Statistics(on.database, on.owners, on.clock).project(project.id, days)


async def test_a_new_project(on: Backend, project: ProjectDetail) -> None:
    """Two teachers, two rooms, nothing written."""
    assert await count(on, project) == ProjectFigures(
        project=project.id,
        phase=ProjectPhase.DRAFT,
        classes=2,
        members={Role.FOUNDER: 2},
        removed_members=0,
        rooms=2,
        open_rooms=0,
        boards=2,
        messages=0,
        files=0,
        file_bytes=0,
        days=(),
    )


async def test_members_rooms_and_files(on: Backend, project: ProjectDetail) -> None:
    """Those who were removed are counted apart; files with their bytes."""
    of_class = project.classes[0].id
    pupils = [
        await on.administration.add_member(project.id, NewMember(Role.PUPIL, name, name, of_class)) for name in "abc"
    ]
    await on.administration.remove_member(project.id, pupils[0].id)
    await on.administration.set_room_open(project.id, await hall(on, project), True)
    row = {"type": "image/png", "width": 1, "height": 1, "creator": "m", "created_at": START, "content": b""}
    async with on.database.write() as connection:
        for id_, size in (("a", 700), ("b", 300)):
            await connection.execute(files.insert().values(project=project.id, id=id_, bytes=size, **row))
    figures = await count(on, project)
    assert figures.members == {Role.FOUNDER: 2, Role.PUPIL: 2}
    assert (figures.removed_members, figures.open_rooms) == (1, 1)
    assert (figures.files, figures.file_bytes) == (2, 1_000)


@pytest.mark.parametrize("small_room", [statistics.SMALL_ROOM, 0])
async def test_by_day(on: Backend, project: ProjectDetail, monkeypatch: pytest.MonkeyPatch, small_room: int) -> None:
    """Of all rooms together; who wrote in two is one. The same whether or not the beginning is searched for."""
    monkeypatch.setattr(statistics, "SMALL_ROOM", small_room)
    claire, ewa = (founder.id for founder in project.founders)
    room, group = await hall(on, project), (await on.administration.add_room(project.id, "Group 1")).id
    await write(on, room, (claire, "long ago"), (ewa, "long ago"))
    on.clock.advance(10 * DAY)
    await write(on, room, (claire, "one"), (claire, "two"))
    await write(on, group, (claire, "three"))
    on.clock.advance(DAY)
    await write(on, room, (claire, "four"), (ewa, "five"))
    tenth = DayFigures(date(2026, 10, 1), messages=3, active_members=1)
    eleventh = DayFigures(date(2026, 10, 2), messages=2, active_members=2)
    first = DayFigures(TODAY, messages=2, active_members=2)
    both = (tenth, eleventh)
    for days, expected in ((1, (eleventh,)), (2, both), (11, both), (12, (first, *both))):
        figures = await count(on, project, days)
        assert figures.days == expected
        assert figures.messages == 7


async def test_names_nobody(on: Backend, project: ProjectDetail) -> None:
    """Neither names nor ids of members, nor what was written."""
    claire = project.founders[0]
    await write(on, await hall(on, project), (claire.id, "a secret"))
    told = msgspec.json.encode(await count(on, project)).decode()
    for secret in ("secret", claire.id, "Claire", "Martin", "Mme"):
        assert secret not in told


async def test_old_messages_are_not_read(on: Backend, project: ProjectDetail, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a large room some looks into the index find where the days asked for begin."""
    monkeypatch.setattr(statistics, "SMALL_ROOM", 10)
    claire, room = project.founders[0].id, await hall(on, project)
    await write(on, room, *((claire, "old") for _ in range(100)))
    on.clock.advance(DAY)
    await write(on, room, (claire, "new"))
    begun_at: list[int] = []

    def note(*call: object) -> None:
        statement, parameters = call[2], call[3]
        if "GROUP BY day" in str(statement) or "AS day" in str(statement):
            begun_at.append(max(int(value) for value in parameters if isinstance(value, int) and value < 1_000))  # type: ignore[attr-defined]

    for engine in on.database.engines:
        event.listen(engine, "before_cursor_execute", note)
    assert (await count(on, project, 1)).days == (DayFigures(date(2026, 9, 22), 1, 1),)
    assert begun_at == [101]
