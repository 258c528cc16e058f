"""Each contract suite runs once per backend: a new backend is one more entry here."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from rtserver.database import Database
from rtserver.storage import SqlLog
from tests.contract.support import Backend, NewBackend, PostgresBackend, PostgresDatabases, SqliteBackend


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return SqliteBackend.make_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def new_backend(request: pytest.FixtureRequest) -> Iterator[NewBackend]:
    """Makes an empty store each time it is called."""
    match request.param:
        case "sqlite":
            template: Path = request.getfixturevalue("sqlite_template")
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as root:
                yield lambda: SqliteBackend(Path(tempfile.mkdtemp(dir=root)), template)
        case "postgresql":
            databases = PostgresDatabases(request.getfixturevalue("postgres"))
            yield lambda: PostgresBackend(databases)
        case unknown:
            raise ValueError(unknown)


@pytest.fixture
async def backend(new_backend: NewBackend) -> AsyncIterator[Backend]:
    backend = new_backend()
    yield backend
    await backend.close()


@pytest.fixture
async def database(backend: Backend) -> Database:
    return await backend.open()


@pytest.fixture
async def log(database: Database) -> AsyncIterator[SqlLog]:
    log = SqlLog(database)
    yield log
    await log.close()
