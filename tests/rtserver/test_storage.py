"""`SqlLog` on SQLite: its statements, and what it does when the file cannot be written.

That it keeps the promises of `rooms.ports` is shown by tests/contract.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from rooms.events import Body, ChatDeleted, ChatEdited, ChatPosted
from rooms.ports import Append, Appended, ChatArchive, Identities, Log, LogUnavailable, UsedNonce
from rooms.stream import Event, Position
from rtserver.database import Database
from rtserver.storage import BATCH_ROWS_MAX, SqlLog

ROOM = "room:r1"


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/rtserver.db")
    await database.migrate()
    yield database
    await database.close()


@pytest.fixture
async def log(database: Database) -> AsyncIterator[SqlLog]:
    log = SqlLog(database)
    yield log
    await log.close()


def post(position: Position, text: str, stream: str = ROOM) -> Append:
    seq = position.seq + 1
    posted = Event(stream, seq, 1, "m1", f"nonce-{seq}", ChatPosted(text))
    return Append(stream, position, (posted,), (UsedNonce("m1", f"nonce-{seq}", seq),))


def on_every_connection(database: Database, statements: Callable[[], list[str]]) -> None:
    """Run statements whenever a connection is about to be used."""

    def on_checkout(connection: Any, _record: object, _proxy: object) -> None:
        cursor = connection.cursor()
        for statement in statements():
            cursor.execute(statement)
        cursor.close()

    for engine in database.engines:
        event.listen(engine, "checkout", on_checkout)


def test_it_is_what_the_rules_need(log: SqlLog) -> None:
    """The types agree: mypy reads this."""
    ports: tuple[Log, ChatArchive, Identities] = (log, log, log)
    assert ports


async def test_statements_of_a_batch_do_not_grow_with_it(log: SqlLog, database: Database) -> None:
    """A batch of many appends costs as many statements as one of one."""
    streams = [f"room:{n}" for n in range(40)]
    positions = {stream: (await log.open(stream)).position for stream in streams}
    statements: list[str] = []

    def on_execute(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        statements.append(statement.split(maxsplit=1)[0])

    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", on_execute)
    await asyncio.gather(*(log.append(post(positions[s], "hi", s)) for s in streams))

    assert statements == [
        "BEGIN",
        "SELECT",  # heads
        "SELECT",  # nonces
        "UPDATE",  # heads
        "INSERT",  # events
        "INSERT",  # nonces
        "INSERT",  # chat messages
    ]


async def test_a_batch_is_limited_in_rows(log: SqlLog, database: Database) -> None:
    """A single append may be of any size; more does not join it in its commit."""
    big = BATCH_ROWS_MAX + 1
    position = (await log.open(ROOM)).position
    other = (await log.open("room:r2")).position
    events = tuple(Event(ROOM, seq, 1, "m1", None, ChatPosted("")) for seq in range(1, big + 1))
    commits: list[None] = []
    for engine in database.engines:
        event.listen(engine, "commit", lambda _connection: commits.append(None))

    await asyncio.gather(log.append(Append(ROOM, position, events, ())), log.append(post(other, "hi", "room:r2")))

    assert len(commits) == 2
    assert (await log.open(ROOM)).position.seq == big


@pytest.mark.parametrize(
    ("broken", "mended", "reason"),
    [
        ("query_only=ON", "query_only=OFF", "readonly"),
        ("max_page_count=1", "max_page_count=1000000", "full"),
    ],
    ids=["read-only", "disk full"],
)
async def test_file_that_cannot_be_written(
    log: SqlLog, database: Database, broken: str, mended: str, reason: str
) -> None:
    """Appends fail with what is wrong, reads go on, and once it is mended appends work again."""
    start = (await log.open(ROOM)).position
    pragma = broken
    on_every_connection(database, lambda: [f"PRAGMA {pragma}"])
    # Large enough not to fit into the pages that the file has already.
    first, second = post(start, "x" * 8000), post(start, "y")

    outcomes = await asyncio.gather(log.append(first), log.append(second), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [LogUnavailable, LogUnavailable]
    assert reason in str(outcomes[0])
    assert (await log.open(ROOM)).position == start
    pragma = mended
    assert await log.append(first) == Appended()
    assert await log.read(ROOM, 0, 9) == list(first.events)


async def test_pages_of_the_log_take_turns(log: SqlLog, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks something else, such as who somebody is, waits for one of them, not for those of a whole class."""
    await log.append(post((await log.open(ROOM)).position, "x"))
    look, looked = database.look, []

    async def noted(work: Any, *arguments: Any) -> Any:
        looked.append(work.__name__)
        return await look(work, *arguments)

    monkeypatch.setattr(database, "look", noted)
    reading = [asyncio.ensure_future(log.read(ROOM, 0, 1)) for _ in range(5)]
    other = asyncio.ensure_future(log.heads([ROOM]))
    await asyncio.gather(*reading, other)
    assert looked == ["read_events", "read_heads", *["read_events"] * 4]
    await log.surplus(ROOM, 1)
    await log.weight(ROOM, 0, 1)
    assert len(looked) == 6, "they have a thread of their own"


async def test_tables_that_are_missing(tmp_path: Path) -> None:
    """Each method of a store that is out of order says `LogUnavailable`."""
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/empty.db")
    log = SqlLog(database)

    for call in (
        log.open(ROOM),
        log.append(post(Position("e", 0), "hi")),
        log.read(ROOM, 0, 1),
        log.read(ROOM, 0, 1, 1),
        log.surplus(ROOM, 1),
        log.weight(ROOM, 0, 1),
        log.heads([ROOM]),
        log.used_nonces(ROOM, 1),
        log.load_snapshot(ROOM),
        log.prune(ROOM, 1),
        log.messages(ROOM, 1, 1),
        log.message(ROOM, 1),
        log.identities(["m1"]),
    ):
        with pytest.raises(LogUnavailable, match="no such table"):
            await call
    await database.close()


async def test_writer_that_is_cancelled_leaves_nobody_waiting(
    log: SqlLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the loop is torn down, those who wait for an append are told."""
    start = (await log.open(ROOM)).position
    reached = asyncio.Event()

    async def never(*_arguments: object) -> None:
        reached.set()
        await asyncio.get_running_loop().create_future()

    monkeypatch.setattr(database, "transact", never)
    running = asyncio.create_task(log.append(post(start, "x")))
    await reached.wait()
    queued = asyncio.create_task(log.append(post(start, "y")))
    await asyncio.create_task(asyncio.sleep(0))
    (writer,) = (task for task in asyncio.all_tasks() if task.get_name() == "log-writer")

    writer.cancel()

    for task in (running, queued):
        with pytest.raises(LogUnavailable, match="stopped"):
            await task


async def test_withdrawn_text_leaves_the_file(tmp_path: Path) -> None:
    """After a deletion the words are in none of the bytes of the database, free pages included."""
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/rtserver.db")
    await database.migrate()
    log = SqlLog(database)
    position = (await log.open(ROOM)).position
    words = "something regrettable" * 300  # longer than a page: what shrinks frees pages
    bodies: tuple[Body, ...] = (ChatPosted(words), ChatEdited(1, words + "!"), ChatPosted("kept"), ChatDeleted(1))
    for seq, body in enumerate(bodies, start=1):
        said = Event(ROOM, seq, 1, "m1", None, body)
        await log.append(Append(ROOM, Position(position.epoch, seq - 1), (said,), ()))
    await log.close()
    await database.close()

    (file,) = tmp_path.iterdir()  # the last connection to close has written the WAL back
    content = file.read_bytes()
    assert b"kept" in content
    assert b"regrettable" not in content
