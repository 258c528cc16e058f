"""A backup is one moment of a database that is being written to, and nobody who writes waits for it."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.util import await_only

from loadtests.topology.postgres import Postgres
from rooms.events import ChatPosted
from rooms.ports import Appended
from rtserver.care.archive import Archive
from rtserver.care.backup import back_up
from rtserver.care.problem import CareFailed
from rtserver.database import Database
from rtserver.storage import SqlLog
from tests.contract.support import Writer
from tests.rtserver.care.samples import Files, backed_up, insert, make, noon, quietly, restored

SECONDS_FOR_AN_APPEND = 30.0
"""An append that a backup held up would wait for its end, which waits for the append."""

MEGABYTE = 1_000_000
PICTURE_BYTES = 2 * MEGABYTE
PICTURES = 60

GROWTH_MAX = 60 * MEGABYTE
"""Bytes that a process may need more for a backup of 120 MB than for one of nothing: SQLite's and zlib's buffers, and
some pictures."""

MEASURED = """
import asyncio, resource, sys
from pathlib import Path
from rtserver.care.backup import back_up
from rtserver.database import Database

async def main(url, file):
    database = await Database.open(url)
    await back_up(database, Path(file), lambda: 0, lambda *_: None)
    await database.close()

asyncio.run(main(*sys.argv[1:]))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_writers_go_on_and_are_not_in_it(
    kind: str, files: Files, archive: Path, request: pytest.FixtureRequest
) -> None:
    """Messages are appended, and acknowledged, between one table and the next; none of them is half in the backup."""
    server: Postgres | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    url = files.new() if server is None else await server.new_database()
    serving, database = await Database.open(url), await Database.open(url)
    log = SqlLog(serving)
    writer = await Writer.of(log)
    await writer.write(ChatPosted("before"), nonce="nonce-before")

    is_at_work = False
    enough = asyncio.Event()

    def hold(_what: str, _done: int, _total: int) -> None:
        """It goes on when two were appended after its moment."""
        nonlocal is_at_work
        is_at_work = True
        await_only(enough.wait())

    async def append() -> None:
        count = meanwhile = 0
        while not backup.done():
            async with asyncio.timeout(SECONDS_FOR_AN_APPEND):
                wish = writer.wish(ChatPosted("meanwhile"), nonce=f"nonce-{count:05}")
                assert await log.append(wish) == Appended()
            writer.position = type(writer.position)(writer.position.epoch, writer.position.seq + 1)
            count += 1
            meanwhile += is_at_work
            if meanwhile == 2:
                enough.set()

    backup = asyncio.create_task(back_up(database, archive, noon, hold))
    manifest, _ = await asyncio.gather(backup, append())
    with Archive(archive) as found:
        [head] = [row[2] for part in found.manifest.parts if part.table == "streams" for row in found.rows(part)]
    assert manifest.rows("events") == manifest.rows("chat_messages") == manifest.rows("nonces") == head
    assert head < writer.position.seq
    await log.close()
    await serving.close()
    await database.close()
    if server is not None:
        await server.drop(url)


async def test_takes_no_more_memory_for_more_pictures(files: Files, tmp_path: Path) -> None:
    """A process that backs up 120 MB is about as large as one that backs up nothing."""
    described = {"type": "image/png", "width": 1, "height": 1, "creator": "m1", "created_at": 1}
    project = {"project": "p1", "organisation": "o", "title": "Rivers", "created_at": 1, "revision": 0}
    small, large = files.new(), files.new()
    await make(large, {"projects": [project]})
    database = await Database.open(large)
    async with database.write() as connection:
        for number in range(PICTURES):
            content = os.urandom(PICTURE_BYTES)
            picture = {"project": "p1", "id": f"{number:064}", "bytes": PICTURE_BYTES, "content": content}
            await connection.run_sync(insert, {"files": [{**described, **picture}]})
    await database.close()

    async def memory_for(url: str, name: str) -> int:
        command = [sys.executable, "-c", MEASURED, url, str(tmp_path / name)]
        ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=True)
        return int(ended.stdout)

    needed, base = await memory_for(large, "large"), await memory_for(small, "small")
    assert (tmp_path / "large").stat().st_size > PICTURES * PICTURE_BYTES
    assert needed - base < GROWTH_MAX


async def test_of_nothing(files: Files, archive: Path) -> None:
    """An empty file is no database of ours."""
    with pytest.raises(CareFailed, match="no tables"):
        await backed_up(f"sqlite+aiosqlite:///{files.path('db')}", archive)
    assert not archive.exists()


async def test_of_an_older_revision(files: Files, archive: Path) -> None:
    """Before a migration is when one wants a backup: it changes nothing."""
    url = f"sqlite+aiosqlite:///{files.path('db')}"
    database = await Database.open(url)
    await database.migrate("0001")
    manifest = await back_up(database, archive, noon, quietly)
    assert manifest.schema == "0001"
    assert (await database.schema()).current == "0001"
    await database.close()
    await restored(files.new(), archive)
