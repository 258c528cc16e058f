"""Restoring: all of a backup or what was there before, from any revision, and never beside a server."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from loadtests.topology.postgres import Postgres
from rooms.events import ChatDeleted, ChatPosted
from rooms.ports import LogUnavailable
from rtserver import revisions
from rtserver.care import rows
from rtserver.care.archive import Archive
from rtserver.care.problem import CareFailed
from rtserver.care.restore import check, holds_anything, restore
from rtserver.chat.search import ChatSearch
from rtserver.database import AlreadyServed, Database, MigrationFailed
from rtserver.storage import SqlLog
from tests.contract.support import Writer
from tests.rtserver.care.samples import (
    NOON,
    Files,
    backed_up,
    content_of,
    copied,
    insert,
    make,
    noon,
    quietly,
    restored,
    url_of,
)

OLD: dict[str, list[dict[str, Any]]] = {
    "identities": [{"member": "m_old", "roster_name": "Ola", "alias": "O."}],
    "streams": [{"stream": "room:old", "epoch": "e", "head": 1, "pruned": 0}],
}
NEW: dict[str, list[dict[str, Any]]] = {
    "identities": [{"member": f"m{n}", "roster_name": "Inès 🎈", "alias": "I."} for n in range(700)],
}

FIRST = "0001"

RESTORING = """
import asyncio, sys
from pathlib import Path
from rtserver.care import rows
from rtserver.care.archive import Archive
from rtserver.care.restore import restore
from rtserver.database import Database

def tell(what, done, total):
    if what == "streams":
        print("writing", flush=True)
        sys.stdin.read()

async def main(url, file):
    database = await Database.open(url)
    with Archive(Path(file)) as archive:
        await restore(database, archive, [], lambda: 0, tell, replace=True, keeps_endings=False)

asyncio.run(main(*sys.argv[1:]))
"""
"""Says when it is in the middle of writing, and stays there."""


def start_restoring(target: str, file: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", RESTORING, target, str(file)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@pytest.fixture(params=["sqlite", "postgresql"])
async def target(request: pytest.FixtureRequest, files: Files) -> AsyncIterator[str]:
    """A database of each kind with something in it."""
    if request.param == "sqlite":
        url = files.new()
        await make(url, OLD)
        yield url
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = await server.new_database()
    await make(url, OLD)
    yield url
    await server.drop(url)


@pytest.fixture
async def new(url: str, archive: Path) -> Path:
    """A backup of something else."""
    await make(url, NEW)
    return await backed_up(url, archive)


async def test_takes_the_place_of_what_was_there(target: str, url: str, new: Path) -> None:
    """All of it."""
    await restored(target, new, replace=True)
    assert await content_of(target) == await content_of(url)


async def test_database_with_something_in_it_is_left_alone(target: str, new: Path) -> None:
    """Unless one says so."""
    with pytest.raises(CareFailed, match="not empty"):
        await restored(target, new)
    assert await content_of(target) != {}
    database = await Database.open(target)
    assert await holds_anything(database)
    await database.close()


async def test_backup_is_found_to_be_cut_before_anything_is_written(target: str, new: Path) -> None:
    """What was there stays."""
    before = await content_of(target)
    new.write_bytes(new.read_bytes()[:-1000])
    with pytest.raises(CareFailed, match="damaged or not whole"):
        await restored(target, new, replace=True)
    assert await content_of(target) == before


async def test_failure_in_the_middle_leaves_what_was_there(target: str, new: Path) -> None:
    """As when the disk is full, or the file changes after it was checked."""
    before = await content_of(target)

    def fail(what: str, done: int, _total: int) -> None:
        if (what, done) == ("identities", 600):
            raise OSError("No space left on device")

    database = await Database.open(target)
    with Archive(new) as archive, pytest.raises(LogUnavailable, match="No space left"):
        await restore(database, archive, [], noon, fail, replace=True)
    await database.close()
    assert await content_of(target) == before


async def test_kill_in_the_middle_leaves_what_was_there(target: str, new: Path) -> None:
    """SIGKILL of a real process, when most has been written; afterwards it can be done again."""
    before = await content_of(target)
    process = await asyncio.to_thread(start_restoring, target, new)
    assert process.stdout is not None
    assert process.stdin is not None
    assert await asyncio.to_thread(process.stdout.readline) == "writing\n"
    process.send_signal(signal.SIGKILL)
    assert await asyncio.to_thread(process.wait) == -signal.SIGKILL
    process.stdin.close()
    process.stdout.close()
    assert await content_after_death(target) == before
    await restored(target, new, replace=True)
    assert await content_of(target) != before


NOTICED_SECONDS = 10.0
"""For PostgreSQL to notice that a process is gone, on a busy machine; it takes a moment."""


async def content_after_death(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """See `content_of`. PostgreSQL lets nobody in until it has noticed that who held the lock was killed."""
    async with asyncio.timeout(NOTICED_SECONDS):
        while True:
            try:
                return await content_of(url)
            except LogUnavailable:
                await asyncio.sleep(NOTICED_SECONDS / 100)


# --- Never beside others -------------------------------------------------------------------------


async def test_not_while_it_is_served(target: str, new: Path) -> None:
    """Whoever has it open to serve it, on PostgreSQL even another command, has to end first."""
    before = await content_of(target)
    serving = await Database.open(target)
    serving.lock_for_serving()
    try:
        with pytest.raises(AlreadyServed, match="stop"):
            await restored(target, new, replace=True)
    finally:
        await serving.close()
    assert await content_of(target) == before
    await restored(target, new, replace=True)


async def test_nobody_serves_it_meanwhile(target: str, new: Path) -> None:
    """Who starts while data are being replaced is refused, and may start afterwards."""
    tried: list[str] = []

    async def serve() -> None:
        database = await Database.open(target)
        try:
            database.lock_for_serving()
        finally:
            await database.close()

    database = await Database.open(target)
    async with database.alone():
        with pytest.raises((AlreadyServed, LogUnavailable)) as refused:
            await serve()
        tried.append(str(refused.value))
    await database.close()
    assert "already serving" in tried[0] or "being restored or copied" in tried[0]
    await serve()


# --- Older and newer -----------------------------------------------------------------------------


async def made_at(url: str, revision: str) -> None:
    database = await Database.open(url)
    await database.migrate(revision)
    async with database.write() as connection:
        await connection.run_sync(insert, OLD)
    await database.close()


async def test_backup_of_the_first_revision(target: str, files: Files, archive: Path) -> None:
    """Is restored as what it was and brought up to date."""
    old = url_of(files.path("db"))
    await made_at(old, FIRST)
    await backed_up(old, archive)
    with Archive(archive) as found:
        assert found.manifest.schema == FIRST
        assert "files" not in {part.table for part in found.manifest.parts}
    await make(target, NEW)
    await restored(target, archive, replace=True)
    database = await Database.open(target)
    assert (await database.schema()).is_newest
    await database.close()
    content = await content_of(target)
    assert (len(content["identities"]), content["files"]) == (1, [])


async def test_replaced_database_may_be_of_an_older_revision(files: Files, url: str, new: Path) -> None:
    """What has ended in it is read all the same."""
    old = url_of(files.path("db"))
    await made_at(old, FIRST)
    await restored(old, new, replace=True)
    assert await content_of(old) == await content_of(url)


async def test_every_revision_has_tables_that_are_carried(files: Files) -> None:
    """A table that a backup would not hold is lost in a restore."""
    old = url_of(files.path("db"))
    database = await Database.open(old)

    def left_out(connection: Connection) -> set[str]:
        there = {row[0] for row in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))}
        made_anew = {rows.VERSION_TABLE, *(name for name in there if name.startswith("chat_search"))}
        return there - {table.name for table in rows.our_tables(connection)} - made_anew

    for revision in (FIRST, None):
        await database.migrate(revision)
        async with database.read() as connection:
            assert await connection.run_sync(left_out) == set()
    await database.close()


async def test_backup_of_a_newer_version_is_refused(target: str, new: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which version made it."""
    monkeypatch.setattr(revisions, "is_known", lambda revision: False)
    with Archive(new) as archive, pytest.raises(CareFailed, match=r"made by rtserver .*restore it with that one"):
        check(archive, quietly)


async def test_endings_of_a_newer_database_cannot_be_read(url: str, files: Files, new: Path) -> None:
    """So it is not replaced, unless they are forgotten."""
    newer = files.new()
    await make(newer, OLD)
    database = await Database.open(newer)
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(MigrationFailed, match="newer version"):
        await restored(newer, new, replace=True)
    await restored(newer, new, replace=True, keeps_endings=False)
    assert await content_of(newer) == await content_of(url)


async def test_search_index_of_sqlite_is_made_anew(files: Files, url: str, new: Path) -> None:
    """Virtual tables are no data; those of the replaced database are gone with it."""
    indexed = files.new()
    await make(indexed, OLD)
    database = await Database.open(indexed)
    async with database.write() as connection:
        await connection.execute(text("CREATE VIRTUAL TABLE search USING fts5(words)"))
    await database.close()
    file = files.path("zip")
    await backed_up(indexed, file)
    with Archive(file) as archive:
        assert not any("search" in part.table for part in archive.manifest.parts)
    await restored(indexed, new, replace=True)
    database = await Database.open(indexed)
    async with database.read() as connection:
        names = (await connection.execute(text("SELECT name FROM sqlite_master"))).scalars().all()
    await database.close()
    assert not any(name.startswith("search") for name in names)
    assert "chat_search" in names


@pytest.mark.parametrize("way", ["restore", "copy"])
async def test_chats_are_searchable_again(files: Files, way: str) -> None:
    """What messages are found by is in no backup and no copy: the server makes it anew."""
    source, target, file = files.new(), files.new(), files.path("zip")
    await make(source)
    database = await Database.open(source)
    log = SqlLog(database)
    writer = await Writer.of(log, "room:searched")
    await writer.write(ChatPosted("the river"), ChatPosted("the lake"), ChatDeleted(2))
    await log.close()
    await database.close()
    if way == "copy":
        await copied(source, target)
    else:
        await backed_up(source, file)
        await restored(target, file)
    database = await Database.open(target)
    search = ChatSearch(database)

    async def found(typed: str) -> list[str]:
        page = await search.search(["room:searched"], typed, None, 5)
        assert page is not None
        return [hit.message.text for hit in page.hits]

    assert await found("river") == []
    assert await search.fill() >= 2
    assert (await found("river"), await found("lake")) == (["the river"], [])
    await database.close()


async def test_takes_back_what_it_was_lent(target: str, new: Path) -> None:
    """A database that was restored works on: it can be locked, written to, backed up."""
    await restored(target, new, replace=True)
    await backed_up(target, new.with_name("again.zip"), NOON + 1)
    database = await Database.open(target)
    async with database.write() as connection:
        await connection.run_sync(insert, OLD)
    await database.close()
    assert len((await content_of(target))["identities"]) == len(NEW["identities"]) + 1


# --- Full disk -----------------------------------------------------------------------------------

LIMITED = """
import resource, sys
from rtserver import cli
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
sys.exit(cli.run(sys.argv[2:]))
"""
"""Runs a command where no file may become larger than that, as on a full disk."""

PICTURE_BYTES = 2_000_000


async def test_full_disk_leaves_what_was_there(files: Files, url: str, archive: Path, tmp_path: Path) -> None:
    """SQLite says that it cannot write; a sentence, and the database is as it was."""
    project = {"project": "p1", "organisation": "o", "title": "Rivers", "created_at": 1, "revision": 0}
    described = {"project": "p1", "id": "0" * 64, "type": "image/png", "width": 1, "height": 1, "creator": "m1"}
    picture = {**described, "created_at": 1, "bytes": PICTURE_BYTES, "content": bytes(PICTURE_BYTES)}
    await make(url, {"projects": [project], "files": [picture]})
    await backed_up(url, archive)
    target = url_of(tmp_path / "data" / "rtserver.db")
    await make(target, OLD)
    before = await content_of(target)
    words = ["restore", str(archive), "--replace", "--yes", "--data", str(tmp_path / "data")]
    command = [sys.executable, "-c", LIMITED, str(PICTURE_BYTES // 2), *words]
    ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("rtserver: The database cannot be used: ")
    assert ended.stderr.count("\n") == 1
    assert await content_of(target) == before
