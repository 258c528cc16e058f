"""What the marks on disk promise, over both databases."""

import pytest
from sqlalchemy import event, text

from rooms.ports import LogUnavailable
from rtserver.chat.read_marks import WRITTEN_AT_ONCE, ReadMarkStore
from rtserver.database import Database
from tests.contract.support import NOON, OTHER_ROOM, ROOM, Backend, count_commits


def store_of(database: Database) -> ReadMarkStore:
    return ReadMarkStore(database, lambda: NOON)


async def test_marks_are_written_together(database: Database, backend: Backend) -> None:
    """What was noted is seen at once here, and by others after it was written, in one commit."""
    marks, elsewhere = store_of(database), store_of(await backend.open())
    marks.note(ROOM, "m1", 3)
    marks.note(ROOM, "m2", 4)
    marks.note(ROOM, "m1", 7)
    marks.note(OTHER_ROOM, "m1", 1)
    assert await marks.load(ROOM) == {"m1": 7, "m2": 4}
    assert await elsewhere.load(ROOM) == {}
    commits = count_commits(database)
    await marks.save()
    assert len(commits) == 1
    assert await elsewhere.load(ROOM) == await marks.load(ROOM) == {"m1": 7, "m2": 4}
    assert await elsewhere.load(OTHER_ROOM) == {"m1": 1}
    await marks.save()
    assert len([one for one in commits if one]) <= 1 + 3  # the looks


async def test_a_mark_moves_forward_only(database: Database, backend: Backend) -> None:
    """Whoever writes last: two nodes that a member is connected to do so in any order."""
    here, there = store_of(database), store_of(await backend.open())
    here.note(ROOM, "m1", 9)
    there.note(ROOM, "m1", 5)
    await here.save()
    await there.save()
    assert await here.load(ROOM) == {"m1": 9}


async def test_more_than_one_transaction(database: Database) -> None:
    """None is left out."""
    marks = store_of(database)
    for number in range(WRITTEN_AT_ONCE + 5):
        marks.note(ROOM, f"m{number}", 1)
    await marks.save()
    assert len(await store_of(database).load(ROOM)) == WRITTEN_AT_ONCE + 5


async def test_a_database_that_is_away(backend: Backend) -> None:
    """What was noted stays, and is written when it is back."""
    database = await backend.open(patience=1.0)
    marks, other = store_of(database), await backend.open()
    marks.note(ROOM, "m1", 3)
    async with other.write() as connection:
        lock = "LOCK TABLE read_marks" if connection.dialect.name == "postgresql" else backend.locks_all
        await connection.execute(text(lock))
        with pytest.raises(LogUnavailable):
            await marks.save()
    marks.note(ROOM, "m2", 4)
    await marks.save()
    assert await store_of(other).load(ROOM) == {"m1": 3, "m2": 4}


async def test_a_mark_that_moves_while_it_is_written(database: Database) -> None:
    """Is written again."""
    marks = store_of(database)
    marks.note(ROOM, "m1", 3)

    def move(*_given: object) -> None:
        if marks._unsaved.get((ROOM, "m1")) == (3, NOON):
            marks.note(ROOM, "m1", 8)

    for engine in database.engines:
        event.listen(engine, "commit", move)
    await marks.save()
    assert marks._unsaved == {}
    assert await store_of(database).load(ROOM) == {"m1": 8}


async def test_a_member_who_was_removed(database: Database) -> None:
    """Leaves no mark, written or not, in these rooms."""
    marks = store_of(database)
    for room in (ROOM, OTHER_ROOM, "room:r3"):
        marks.note(room, "m1", 3)
        marks.note(room, "m2", 3)
    await marks.save()
    marks.note(ROOM, "m1", 4)
    await marks.forget("m1", [ROOM, OTHER_ROOM])
    await marks.save()
    assert await store_of(database).load(ROOM) == await store_of(database).load(OTHER_ROOM) == {"m2": 3}
    assert await store_of(database).load("room:r3") == {"m1": 3, "m2": 3}
