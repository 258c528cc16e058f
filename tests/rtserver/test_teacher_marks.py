"""Marks of present teachers on disk."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import event

from rooms.ports import LogUnavailable
from rtserver.teacher_marks import TeacherMarks
from tests.rtserver.portal_fixtures import Backend, backend, opened


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


async def test_marks(on: Backend) -> None:
    """Of several projects at once; the last mark counts; they survive another handle on the database."""
    first, second, third = [(await opened(on, nonce=f"nonce-000{number}")).id for number in range(3)]
    marks = TeacherMarks(on.database)
    assert [await marks.seen_at(project) for project in (first, second, "unknown")] == [None, None, None]
    await marks.mark({first: 1_000, second: 2_000, "unknown": 5})
    await marks.mark({first: 1_500})
    again = TeacherMarks(on.database)
    assert [await again.seen_at(project) for project in (first, second, third, "unknown")] == [1_500, 2_000, None, None]


async def test_nothing_to_mark(on: Backend) -> None:
    """No transaction for it."""
    commits: list[str] = []
    for engine in on.database.engines:
        event.listen(engine, "commit", lambda _connection: commits.append("commit"))
    await TeacherMarks(on.database).mark({})
    assert commits == []


@pytest.mark.parametrize("what", ["seen_at", "mark"])
async def test_the_store_fails(on: Backend, what: str) -> None:
    """As everywhere: `LogUnavailable`, which callers know how to answer."""
    project = (await opened(on)).id

    def refuse(connection: object) -> None:
        raise OSError("broken by the test")

    for engine in on.database.engines:
        event.listen(engine, "begin", refuse)
    marks = TeacherMarks(on.database)
    with pytest.raises(LogUnavailable):
        await (marks.seen_at(project) if what == "seen_at" else marks.mark({project: 1}))
