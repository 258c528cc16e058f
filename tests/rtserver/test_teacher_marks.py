"""Marks of present teachers on disk."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

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


async def test_marks_share_commits(on: Backend) -> None:
    """What is asked while one is written goes together into the next; each returns when its own is on the disk."""
    ids = [(await opened(on, nonce=f"nonce-000{number}")).id for number in range(4)]
    commits: list[str] = []
    for engine in on.database.engines:
        event.listen(engine, "commit", lambda _connection: commits.append("commit"))
    marks = TeacherMarks(on.database)
    await asyncio.gather(*(marks.mark({project: 1_000 + at}) for at, project in enumerate(ids)))
    assert [await TeacherMarks(on.database).seen_at(project) for project in ids] == [1_000, 1_001, 1_002, 1_003]
    assert len(commits) < len(ids)


async def test_a_mark_that_failed_is_tried_by_the_next(on: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who shared the commit is not told that all is well."""
    first, second = [(await opened(on, nonce=f"nonce-000{number}")).id for number in range(2)]
    transact = on.database.transact

    async def fail_once(*arguments: Any) -> Any:
        monkeypatch.setattr(on.database, "transact", transact)
        raise OSError("broken by the test")

    monkeypatch.setattr(on.database, "transact", fail_once)
    marks = TeacherMarks(on.database)
    outcomes = await asyncio.gather(marks.mark({first: 1}), marks.mark({second: 2}), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [LogUnavailable, type(None)]
    assert [await marks.seen_at(project) for project in (first, second)] == [1, 2]


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
