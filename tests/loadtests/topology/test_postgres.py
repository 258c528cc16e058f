"""A PostgreSQL of one's own: started, killed, restarted, with databases that know nothing of each other."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from loadtests.problem import Problem
from loadtests.topology import postgres as module
from loadtests.topology.postgres import OWNER, Postgres, migrate_by_command


async def make_one_table(url: str) -> None:
    connection = await connect(url)
    await connection.execute("CREATE TABLE lessons (title text)")
    await connection.close()


async def connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    with Postgres(tmp_path_factory.mktemp("postgres"), migrate=make_one_table) as postgres:
        yield postgres


async def test_each_database_is_ones_own(postgres: Postgres) -> None:
    """With the tables in it, also for those who ask at once; its role is no superuser."""
    first, second = await asyncio.gather(postgres.new_database(), postgres.new_database())
    connection, other = await connect(first), await connect(second)
    try:
        await connection.execute("INSERT INTO lessons VALUES ('Rzeki')")
        assert await connection.fetchval("SELECT count(*) FROM lessons") == 1
        assert await other.fetchval("SELECT count(*) FROM lessons") == 0
        assert await connection.fetchval("SELECT current_user") == OWNER
        assert await connection.fetchval("SHOW is_superuser") == "off"
    finally:
        await connection.close()
        await other.close()


async def test_a_database_is_dropped_with_its_connections(postgres: Postgres) -> None:
    """Whoever still uses it is thrown out."""
    url = await postgres.empty_database()
    connection = await connect(url)
    await postgres.drop(url)
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.InterfaceError)):
        await connection.execute("SELECT 1")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await connect(url)
    connection.terminate()


@pytest.mark.parametrize("end", [Postgres.stop, Postgres.kill])
async def test_what_was_committed_is_there_after_the_end(postgres: Postgres, end: object) -> None:
    """On the same port; connections are lost."""
    url = await postgres.new_database()
    connection = await connect(url)
    await connection.execute("INSERT INTO lessons VALUES ('Rzeki')")
    assert callable(end)
    end(postgres)
    with pytest.raises((asyncpg.PostgresConnectionError, asyncpg.InterfaceError, OSError)):
        await connection.execute("SELECT 1")
    with pytest.raises(ConnectionRefusedError):
        await connect(url)
    postgres.start()
    again = await connect(url)
    assert await again.fetchval("SELECT title FROM lessons") == "Rzeki"
    await again.close()


async def test_it_hangs_and_goes_on(postgres: Postgres) -> None:
    """Who asks meanwhile waits, and is answered."""
    connection = await connect(await postgres.new_database())
    postgres.pause()
    asking = asyncio.create_task(connection.fetchval("SELECT 1"))
    done, _ = await asyncio.wait([asking], timeout=0.1)
    assert not done
    postgres.resume()
    assert await asking == 1
    await connection.close()


async def test_a_lasting_one(tmp_path: Path) -> None:
    """As shipped where a crash matters; quick, else. Its data go with it, its log stays."""
    with Postgres(tmp_path, durable=True, settings={"max_connections": "7"}) as lasting:
        connection = await lasting.connect()
        found = {name: await connection.fetchval(f"SHOW {name}") for name in ("fsync", "max_connections")}
        await connection.close()
        home = lasting._home
    assert found == {"fsync": "on", "max_connections": "7"}
    assert home is not None
    assert not home.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"initdb.log", "postgres.log"}


def test_programs_that_are_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "PROGRAM_FOLDERS", [])
    with pytest.raises(Problem, match="install the package postgresql"):
        Postgres(tmp_path).start()


async def test_migrating_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the URL in its environment, where no other user sees the password; its complaint is passed on."""
    command = tmp_path / "rtserver"
    monkeypatch.setattr(module, "find_command", lambda: command)
    monkeypatch.setenv("RT_DATA", "elsewhere")
    said = tmp_path / "said"
    command.write_text(f'#!/bin/sh\necho "$1 $RT_DATABASE_URL $RT_DATA" > {said}\n')
    command.chmod(0o755)
    await migrate_by_command("postgresql+asyncpg://here/db")
    assert said.read_text() == "migrate postgresql+asyncpg://here/db \n"
    command.write_text("#!/bin/sh\necho 'The database cannot be reached.'; exit 1\n")
    with pytest.raises(Problem, match="ended with 1: The database cannot be reached"):
        await migrate_by_command("postgresql+asyncpg://here/db")


def test_before_it_was_started(tmp_path: Path) -> None:
    """There is nothing to end."""
    postgres = Postgres(tmp_path)
    with pytest.raises(Problem, match="not started"):
        postgres.stop()
    postgres.close()
