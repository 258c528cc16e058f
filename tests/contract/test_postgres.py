"""What processes on one PostgreSQL do to each other, and a server that fails: refused, and well again by itself."""

import asyncio
import socket
import traceback
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import pytest
from sqlalchemy import Connection, event, insert, text
from sqlalchemy.exc import DBAPIError

from loadtests.topology.postgres import Postgres
from rooms.events import ChatDeleted, ChatPosted
from rooms.model import Identity
from rooms.ports import Append, Appended, AppendOutcome, Conflict, LogUnavailable, Repeated
from rooms.stream import Position
from rtserver import database_postgres
from rtserver.database import Database, store_errors
from rtserver.storage import SqlLog
from rtserver.tables import events, identities
from tests.contract.relay import relay_to
from tests.contract.support import (
    CONNECTIONS_FEW,
    OTHER_ROOM,
    ROOM,
    PostgresBackend,
    PostgresDatabases,
    Writer,
    append_of,
)

PATIENCE = 1.0
"""Seconds for a statement where one is to run out of them, and the next is not. Others have the usual ones."""

SECRET = "Zofia mówi"

WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
OURS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rtserver'"


@pytest.fixture(scope="module")
def databases(postgres: Postgres) -> PostgresDatabases:
    return PostgresDatabases(postgres)


@pytest.fixture
async def backend(databases: PostgresDatabases) -> AsyncIterator[PostgresBackend]:
    backend = PostgresBackend(databases)
    yield backend
    await backend.close()


@pytest.fixture
async def impatient(backend: PostgresBackend) -> AsyncIterator[SqlLog]:
    log = SqlLog(await backend.open(patience=PATIENCE))
    yield log
    await log.close()


class Admin:
    """The superuser, in the database of a test."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self.connection = connection

    async def wait_for(self, query: str, *, is_gone: bool = False) -> list[int]:
        """Ask until there is an answer, or none any more; the timeout of the test bounds it."""
        while True:
            found = [row["pid"] for row in await self.connection.fetch(query)]
            if bool(found) is not is_gone:
                return found

    @asynccontextmanager
    async def holding(self, stream: str) -> AsyncIterator[None]:
        """The head of a stream is locked, as by another process in the middle of an append."""
        async with self.connection.transaction():
            await self.lock(stream)
            yield

    async def lock(self, stream: str) -> None:
        """Lock the head of a stream."""
        await self.connection.execute("SELECT 1 FROM streams WHERE stream = $1 FOR UPDATE", stream)


@asynccontextmanager
async def administering(backend: PostgresBackend) -> AsyncIterator[Admin]:
    connection = await backend.server.connect(backend.url.rpartition("/")[2])
    try:
        yield Admin(connection)
    finally:
        connection.terminate()


@pytest.fixture
async def admin(backend: PostgresBackend, database: Database) -> AsyncIterator[Admin]:
    async with administering(backend) as admin:
        yield admin


async def until_taken(log: SqlLog, wish: Append) -> AppendOutcome:
    """As the owner of a stream does: try again after a store that failed. The timeout of the test bounds it."""
    while True:
        try:
            return await log.append(wish)
        except LogUnavailable:
            continue


async def until_refused(log: SqlLog, wish: Append) -> str:
    """Append by a connection that the server has made since it ended all of them; why it is refused."""
    reasons = []
    for _ in range(CONNECTIONS_FEW):
        with pytest.raises(LogUnavailable) as caught:
            await log.append(wish)
        reasons.append(str(caught.value))
    return reasons[-1]


# --- Several processes ------------------------------------------------------------------------------


async def test_locks_are_taken_in_one_order(log: SqlLog, backend: PostgresBackend, admin: Admin) -> None:
    """Whoever waits for the first stream of its batch does not hold the second: no circle can come about."""
    first, second = await Writer.of(log, ROOM), await Writer.of(log, OTHER_ROOM)
    wishes = [second.wish(ChatPosted("b")), first.wish(ChatPosted("a"))]
    async with admin.holding(ROOM), asyncio.TaskGroup() as group:
        batch = [group.create_task(log.append(wish)) for wish in wishes]
        async with administering(backend) as watching:
            await watching.wait_for(WAITING)
        other = SqlLog(await backend.open())
        assert await other.append(append_of(OTHER_ROOM, second.position, nonce="nonce-01")) == Appended()
        assert not any(task.done() for task in batch)
        await admin.connection.execute("COMMIT; BEGIN")
    assert [task.result() for task in batch] == [Appended(), Appended()]


@pytest.mark.parametrize("events_of_other", [0, 1])
async def test_a_resend_while_the_first_is_committed(
    log: SqlLog, backend: PostgresBackend, admin: Admin, events_of_other: int
) -> None:
    """By another process: whoever waits for its lock sees the nonce that it has stored, moved head or not."""
    writer = await Writer.of(log)
    bodies = [ChatPosted("x")] * events_of_other
    first = append_of(ROOM, writer.position, *bodies, nonce="nonce-01")
    async with admin.connection.transaction():
        await admin.lock(ROOM)
        await admin.connection.execute("UPDATE streams SET head = $2 WHERE stream = $1", ROOM, events_of_other)
        await admin.connection.execute("INSERT INTO nonces VALUES ($1, 'm1', 'nonce-01', $2)", ROOM, events_of_other)
        appending = asyncio.create_task(log.append(append_of(ROOM, writer.position, ChatPosted("x"), nonce="nonce-01")))
        async with administering(backend) as watching:
            await watching.wait_for(WAITING)
    assert await appending == Repeated(first.nonces)
    assert await log.read(ROOM, 0, 9) == []


async def test_a_head_that_had_to_be_waited_for(log: SqlLog, backend: PostgresBackend, admin: Admin) -> None:
    """Is compared as it is then, not as it was when the statement began; other streams of the batch are appended to."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    async with admin.connection.transaction():
        await admin.connection.execute("UPDATE streams SET head = 1 WHERE stream = $1", ROOM)
        wishes = [writer.wish(ChatPosted("late"), nonce="nonce-01"), other.wish(ChatPosted("y"), nonce="nonce-01")]
        appending = [asyncio.create_task(log.append(wish)) for wish in wishes]
        async with administering(backend) as watching:
            await watching.wait_for(WAITING)
    assert [await task for task in appending] == [Conflict(), Appended()]
    assert await log.read(ROOM, 0, 9) == []
    assert len(await log.read(OTHER_ROOM, 0, 9)) == 1


async def test_what_was_written_is_told_though_no_more_can_be_asked(
    log: SqlLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is lost behind the statement: why a part of it was refused is not known, the rest has happened."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)

    async def lost(*_: object) -> None:
        raise ConnectionResetError("cut by the test")

    with monkeypatch.context() as patch:
        patch.setattr(database, "look", lost)
        outcomes = await asyncio.gather(
            log.append(append_of(ROOM, Position(writer.position.epoch, 7), ChatPosted("late"), nonce="nonce-01")),
            log.append(other.wish(ChatPosted("y"), nonce="nonce-01")),
            return_exceptions=True,
        )
    assert isinstance(outcomes[0], LogUnavailable)
    assert outcomes[1] == Appended()
    assert len(await log.read(OTHER_ROOM, 0, 9)) == 1


async def test_an_append_is_one_round_trip(log: SqlLog, database: Database) -> None:
    """What only adds rows is one statement; what changes others takes a transaction."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("x"), nonce="nonce-01")
    statements: list[str] = []
    for engine in database.engines:
        event.listen(engine, "before_cursor_execute", lambda _c, _cursor, said, *_: statements.append(said))
    await writer.write(ChatPosted("y"), nonce="nonce-02")
    assert len(statements) == 1
    await writer.write(ChatDeleted(1), nonce="nonce-03")
    assert len(statements) > 2
    assert [one.body for one in await log.read(ROOM, 0, 9)] == [ChatPosted(""), ChatPosted("y"), ChatDeleted(1)]


async def test_names_are_stored_in_one_order(log: SqlLog, backend: PostgresBackend, admin: Admin) -> None:
    """Two processes that learn of the same people at once, each in its own order, do not wait in a circle either."""
    first, second = await Writer.of(log, "project:p1"), await Writer.of(log, "project:p2")
    ben, anna = Identity("ben", "Ben", "B."), Identity("anna", "Anna", "A.")
    both = append_of("project:p1", first.position, nonce="nonce-01", identities=(ben, anna))
    async with admin.connection.transaction():
        await admin.connection.execute("INSERT INTO identities VALUES ('anna', 'x', 'x')")
        appending = asyncio.create_task(log.append(both))
        async with administering(backend) as watching:
            await watching.wait_for(WAITING)
        other = SqlLog(await backend.open())
        assert await other.append(append_of("project:p2", second.position, identities=(ben,))) == Appended()
        assert not appending.done()
    assert await appending == Appended()
    assert await log.identities(["anna", "ben"]) == {"anna": anna, "ben": ben}


async def test_a_deadlock_is_no_bug(backend: PostgresBackend) -> None:
    """One that others bring about is a store that is unavailable for a moment."""
    await backend.open()
    name = backend.url.rpartition("/")[2]
    # It is noticed by the last one to wait, after this many milliseconds.
    await backend.server.execute(f'ALTER DATABASE "{name}" SET deadlock_timeout = 10')
    log = SqlLog(await backend.open())
    writer = await Writer.of(log)
    anna = Identity("anna", "Anna", "A.")
    wish = append_of(ROOM, writer.position, ChatPosted("x"), nonce="nonce-01", identities=(anna,))
    async with administering(backend) as other, administering(backend) as third, administering(backend) as watching:
        async with third.connection.transaction():
            await third.connection.execute("LOCK TABLE nonces IN EXCLUSIVE MODE")
            appending = asyncio.create_task(log.append(wish))
            await watching.wait_for(WAITING)  # it holds the stream, and waits for the third
            # Of the two, ours is to notice: the other would, when it is slow to begin its wait.
            await other.connection.execute("SET deadlock_timeout = '10min'")
            await other.connection.execute("BEGIN; INSERT INTO identities VALUES ('anna', 'x', 'x')")
            taking = asyncio.create_task(other.lock(ROOM))
            while len(await watching.wait_for(WAITING)) < 2:
                pass
        # It goes on, to the name, which the other holds, who waits for the stream.
        with pytest.raises(LogUnavailable, match="deadlock detected"):
            await appending
        await taking
        await other.connection.execute("ROLLBACK")
    assert await log.append(wish) == Appended()
    await backend.server.execute(f'ALTER DATABASE "{name}" RESET deadlock_timeout')


async def test_a_process_that_hangs_gives_its_locks_back(impatient: SqlLog, backend: PostgresBackend) -> None:
    """In the middle of a transaction: the others wait no longer than a statement may take."""
    writer = await Writer.of(impatient)
    hanging = await backend.open(patience=PATIENCE)
    transaction = hanging.write()
    connection = await transaction.__aenter__()
    await connection.execute(text("SELECT 1 FROM streams FOR UPDATE"))
    assert await until_taken(impatient, writer.wish(ChatPosted("x"), nonce="n")) == Appended()
    with pytest.raises(LogUnavailable), store_errors():  # it comes to, too late
        await transaction.__aexit__(None, None, None)


# --- A server that does not do its part -------------------------------------------------------------


async def test_all_connections_are_in_use(impatient: SqlLog, backend: PostgresBackend) -> None:
    """Who writes is refused after a time; who reads has connections of its own; it is over when one is given back."""
    database = impatient._database
    writer = await Writer.of(impatient)
    async with AsyncExitStack() as users:
        for _ in range(2):
            await users.enter_async_context(database.write())
        with pytest.raises(LogUnavailable, match="QueuePool limit"):
            await impatient.append(writer.wish(ChatPosted("x")))
        assert await impatient.read(ROOM, 0, 10) == []
    async with AsyncExitStack() as users:
        for _ in range(2):
            await users.enter_async_context(database.read())
        with pytest.raises(LogUnavailable, match="QueuePool limit"):
            await impatient.read(ROOM, 0, 10)
        assert await impatient.append(writer.wish(ChatPosted("x"))) == Appended()
    assert len(await impatient.read(ROOM, 0, 10)) == 1


async def test_a_statement_that_takes_too_long(backend: PostgresBackend) -> None:
    """The server ends it."""
    database = await backend.open(patience=PATIENCE)
    for connect in (database.read, database.write):
        with pytest.raises(LogUnavailable, match="statement timeout"), store_errors():
            async with connect() as connection:
                await connection.execute(text("SELECT pg_sleep(60)"))
        async with connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1


async def test_a_server_that_hangs(
    backend: PostgresBackend, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for an answer that does not come; when it goes on, so do we."""
    monkeypatch.setattr(database_postgres, "ANSWER_MARGIN", 0.0)
    log = SqlLog(await backend.open(patience=PATIENCE))
    writer = await Writer.of(log)
    wish = writer.wish(ChatPosted("x"), nonce="nonce-01")
    postgres.pause()
    try:
        with pytest.raises(LogUnavailable, match="did not answer in time"):
            await log.append(wish)
        with pytest.raises(LogUnavailable):
            await log.heads([ROOM])
    finally:
        postgres.resume()
    assert await until_taken(log, wish) == Appended()
    assert len(await log.read(ROOM, 0, 10)) == 1


async def test_connections_that_the_server_ends(log: SqlLog, backend: PostgresBackend, admin: Admin) -> None:
    """In the middle of an append: it is refused, nothing of it is there, and the next one has a connection again."""
    writer = await Writer.of(log)
    wish = writer.wish(ChatPosted("x"), nonce="nonce-01")
    async with admin.holding(ROOM), administering(backend) as watching:
        appending = asyncio.create_task(log.append(wish))
        (pid,) = await watching.wait_for(WAITING)
        await watching.connection.execute("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(LogUnavailable, match="terminating connection"):
            await appending
    assert await log.append(wish) == Appended()


async def test_idle_connections_that_were_ended(database: Database) -> None:
    """Found when they are taken from the pool: nobody has to fail for it first."""
    for connect in (database.read, database.write):
        async with connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, asyncpg.Connection)
        driver.terminate()
        async with connect() as connection:
            assert await connection.scalar(text("SELECT 1")) == 1


async def test_a_server_that_takes_no_writes(log: SqlLog, backend: PostgresBackend, admin: Admin) -> None:
    """A standby, after a failover: reading goes on, and as soon as it may be written, it is."""
    writer = await Writer.of(log)
    wish = writer.wish(ChatPosted("x"), nonce="nonce-01")
    name = backend.url.rpartition("/")[2]
    await backend.server.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    await admin.connection.execute(f"SELECT pg_terminate_backend(pid) FROM ({OURS}) AS ours")
    await admin.wait_for(OURS, is_gone=True)
    assert "read-only transaction" in await until_refused(log, wish)
    assert await log.read(ROOM, 0, 10) == []
    await backend.server.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    assert await log.append(wish) == Appended()


@pytest.mark.parametrize("end", [Postgres.stop, Postgres.kill])
async def test_a_server_that_is_started_again(log: SqlLog, postgres: Postgres, end: object) -> None:
    """What was acknowledged is there; meanwhile all is refused; we need no restart."""
    writer = await Writer.of(log)
    await writer.write(ChatPosted("before"))
    wish = writer.wish(ChatPosted("after"), nonce="nonce-01")
    assert callable(end)
    end(postgres)
    try:
        for _ in range(3):
            with pytest.raises(LogUnavailable):
                await log.append(wish)
        with pytest.raises(LogUnavailable):
            await log.heads([ROOM])
    finally:
        postgres.start()
    assert await log.append(wish) == Appended()
    assert [event.body for event in await log.read(ROOM, 0, 10)] == [ChatPosted("before"), ChatPosted("after")]


@pytest.mark.parametrize(("words", "identities"), [(b"nonce-01", ()), (b"COMMIT;", (Identity("m1", "Ola", "O."),))])
async def test_the_answer_to_a_commit_is_lost(
    backend: PostgresBackend, log: SqlLog, postgres: Postgres, words: bytes, identities: tuple[Identity, ...]
) -> None:
    """Nobody can tell whether it took effect; the nonce of the resend finds out, and it is there once. In one
    statement, and, with a name, in a transaction."""
    writer = await Writer.of(log)
    wish = append_of(ROOM, writer.position, ChatPosted("x"), nonce="nonce-01", identities=identities)

    async def is_committed() -> None:
        while not await log.read(ROOM, 0, 1):
            pass

    async with relay_to(postgres.port) as relay:
        database = await Database.open(postgres.url(backend.url.rpartition("/")[2], port=relay.port), connections=4)
        unlucky = SqlLog(database)
        assert (await unlucky.open(ROOM)).position == writer.position
        relay.lose_answer(words, is_committed)
        with pytest.raises(LogUnavailable):
            await unlucky.append(wish)
        assert await unlucky.append(wish) == Repeated(wish.nonces)
        await unlucky.close()
        await database.close()
    assert len(await log.read(ROOM, 0, 10)) == 1


# --- What is said, and what is not --------------------------------------------------------------------


def insert_nameless(connection: Connection) -> None:
    connection.execute(insert(identities), {"member": "m1", "roster_name": SECRET, "alias": None})


def insert_wrongly(connection: Connection) -> None:
    row = {"stream": ROOM, "seq": 1, "at": SECRET, "actor": "x", "kind": "x", "version": 1, "body": b""}
    connection.execute(insert(events), row)


@pytest.mark.parametrize("work", [insert_nameless, insert_wrongly])
async def test_errors_do_not_tell_what_people_wrote(database: Database, work: object) -> None:
    """PostgreSQL names the row that it refuses, its driver the value: neither must come into a log."""
    assert callable(work)
    with pytest.raises(DBAPIError) as caught, store_errors():
        await database.transact(work)
    assert SECRET not in "".join(traceback.format_exception(caught.value))


async def test_a_text_that_cannot_be_stored(log: SqlLog) -> None:
    """U+0000: that is the append's own fault, and the others of its commit go on."""
    writer, other = await Writer.of(log), await Writer.of(log, OTHER_ROOM)
    outcomes = await asyncio.gather(
        log.append(writer.wish(ChatPosted("\x00"))), log.append(other.wish(ChatPosted("y"))), return_exceptions=True
    )
    assert isinstance(outcomes[0], DBAPIError)
    assert outcomes[1] == Appended()


async def test_every_connection_has_the_settings(backend: PostgresBackend) -> None:
    """Whatever the database's own are: above all, that a commit is on the disk when it returns."""
    wanted = {
        "application_name": "rtserver",
        "synchronous_commit": "on",
        "statement_timeout": "3s",
        "lock_timeout": "1500ms",
        "idle_in_transaction_session_timeout": "1500ms",
        "jit": "off",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "60000",
    }
    await backend.open()
    name = backend.url.rpartition("/")[2]
    for setting, value in (("synchronous_commit", "off"), ("default_transaction_isolation", "serializable")):
        await backend.server.execute(f"ALTER DATABASE \"{name}\" SET {setting} = '{value}'")
    try:
        database = await backend.open(patience=3.0)
        for connect in (database.read, database.write):
            async with connect() as connection:
                found = {setting: await connection.scalar(text(f"SHOW {setting}")) for setting in wanted}
                is_writing = connect == database.write
                isolation = await connection.scalar(text("SHOW transaction_isolation"))
            assert found == wanted
            assert isolation == "read committed" or not is_writing
    finally:
        await backend.server.execute(f'ALTER DATABASE "{name}" RESET ALL')


async def test_no_connection_waits_forever(database: Database) -> None:
    """For a server that is gone without a word, also where a question may take any time: a minute, says the system."""
    for connect in (database.read, database.write, database.snapshot):
        async with connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            ours = driver._transport.get_extra_info("socket")
            assert ours.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
            found = [ours.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) for name in names]
            assert found == [30, 10, 3, 60_000]


async def test_reading_cannot_write(database: Database) -> None:
    """The connections for reading are refused it by the server."""
    for ask in (database.look(insert_name), read_and_write(database)):
        with pytest.raises(LogUnavailable, match="read-only transaction"), store_errors():
            await ask


def insert_name(connection: Connection) -> None:
    connection.execute(insert(identities), {"member": "m1", "roster_name": "Ola", "alias": "O."})


async def read_and_write(database: Database) -> None:
    async with database.read() as connection:
        await connection.run_sync(insert_name)


async def test_a_database_that_cannot_be_opened(postgres: Postgres) -> None:
    """In the server's own words, without the password."""
    url = postgres.url("nowhere")
    with pytest.raises(LogUnavailable, match='database "nowhere" does not exist'):
        await Database.open(url)
    with pytest.raises(LogUnavailable, match="password authentication failed") as caught:
        await Database.open(url.replace("@", "x@"))
    password = url.partition("@")[0].rpartition(":")[2]
    assert password not in "".join(traceback.format_exception(caught.value))


async def test_many_may_serve(backend: PostgresBackend) -> None:
    """Unlike a file."""
    for _ in range(2):
        (await backend.open()).lock_for_serving()


@pytest.mark.parametrize("wanted", ["primary", "read-write"])
async def test_an_address_of_several_servers(backend: PostgresBackend, postgres: Postgres, wanted: str) -> None:
    """The first does not answer: the second is taken, for reading as well as for writing."""
    await backend.open()
    who, _, place = backend.url.rpartition("@")
    name = place.partition("/")[2]
    hosts = f"host=127.0.0.1:1&host=127.0.0.1:{postgres.port}"
    database = await Database.open(f"{who}@/{name}?{hosts}&target_session_attrs={wanted}", connections=CONNECTIONS_FEW)
    log = SqlLog(database)
    assert await (await Writer.of(log)).write(ChatPosted("x"))
    assert len(await log.read(ROOM, 0, 10)) == 1
    await log.close()
    await database.close()
