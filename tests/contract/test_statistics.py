"""What is counted in the database for figures, over both of them."""

from datetime import date

import pytest

from rooms.events import ChatPosted
from rtserver import statistics
from rtserver.database import Database
from rtserver.statistics import DAY_MS, Counted, DayFigures, count
from rtserver.storage import SqlLog
from rtserver.tables import files, projects
from tests.contract.support import NOON, OTHER_ROOM, ROOM, Writer

MIDNIGHT = NOON // DAY_MS * DAY_MS


@pytest.mark.parametrize("small_room", [statistics.SMALL_ROOM, 0])
async def test_messages_members_and_files(
    log: SqlLog, database: Database, monkeypatch: pytest.MonkeyPatch, small_room: int
) -> None:
    """By day, of the rooms asked for, whether or not the beginning is searched for; bytes as a number of Python's."""
    monkeypatch.setattr(statistics, "SMALL_ROOM", small_room)
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    await writer.write(ChatPosted("one"), ChatPosted("two"))
    await writer.write(ChatPosted("three"), actor="m2", nonce="nonce-of-m2")
    await other.write(ChatPosted("elsewhere"))
    async with database.write() as connection:
        row = {"title": "", "created_at": 0, "revision": 0}
        await connection.execute(projects.insert().values(project="p1", organisation="o", **row))
        row = {"type": "image/png", "width": 1, "height": 1, "creator": "m1", "created_at": 0, "content": b"x"}
        await connection.execute(files.insert().values(project="p1", id="a" * 64, bytes=700, **row))
    async with database.read() as connection:
        counted = await connection.run_sync(count, "p1", [ROOM, "room:empty"], MIDNIGHT)
        later = await connection.run_sync(count, "p2", [ROOM], MIDNIGHT + DAY_MS)
        nothing = await connection.run_sync(count, "p2", [], MIDNIGHT)
    day = DayFigures(date(2026, 1, 6), messages=3, active_members=2)
    assert counted == Counted(messages=3, files=1, file_bytes=700, days=(day,))
    assert type(counted.file_bytes) is int
    assert later == Counted(messages=3, files=0, file_bytes=0, days=())
    assert nothing == Counted(messages=0, files=0, file_bytes=0, days=())
