"""The PostgreSQL of a test session: started when the first test asks for it."""

from collections.abc import Iterator

import pytest

from loadtests.topology.postgres import Postgres
from rtserver.database import Database


async def migrate(url: str) -> None:
    """Make the tables, without the second that a process of its own takes."""
    database = await Database.open(url)
    await database.migrate()
    await database.close()


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A running server; ask it for a `new_database` with the newest tables, and `drop` that in the end."""
    with Postgres(tmp_path_factory.mktemp("postgres"), migrate=migrate) as server:
        yield server
