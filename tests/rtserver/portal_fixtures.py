"""What the tests of auth, administration, the API and the pages share: real SQLite, and time that stands still."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import func, select

from rtserver.administration import Administration
from rtserver.auth import Auth
from rtserver.config import Settings
from rtserver.database import Database
from rtserver.http import prepare
from rtserver.owners import Owners
from rtserver.shapes import NewClass, NewFounder, NewProject, ProjectDetail
from rtserver.storage import SqlLog
from rtserver.tables import projects

START = 1_790_000_000_000
SECOND = 1_000
DAY = 86_400 * SECOND


class Clock:
    """Time that passes only when told to, in milliseconds."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now

    def advance(self, milliseconds: int) -> None:
        self.now += milliseconds


@dataclass(frozen=True)
class Backend:
    settings: Settings
    clock: Clock
    database: Database
    owners: Owners
    auth: Auth
    administration: Administration


FILE = "rtserver.db"

_template: list[bytes] = []
"""The file of an empty database with the newest tables, once one was made: migrations take longer than most tests."""


async def _lay_out(folder: Path) -> None:
    """Put an empty database into a folder that has none yet."""
    if not _template:
        with tempfile.TemporaryDirectory() as first:
            database = await Database.open(Settings(data=Path(first)).database)
            try:
                await database.migrate()
            finally:
                await database.close()
            _template.append((Path(first) / FILE).read_bytes())
    if not (folder / FILE).exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / FILE).write_bytes(_template[0])


@asynccontextmanager
async def backend(folder: Path, **settings: object) -> AsyncIterator[Backend]:
    """Everything between HTTP and the disk, on a fresh database in `folder`, or on what an earlier one left there."""
    clock = Clock()
    chosen = Settings(data=folder, **settings)  # type: ignore[arg-type]
    await _lay_out(folder)
    database = await Database.open(chosen.database)
    log = SqlLog(database)
    owners = Owners(log, log, clock)
    auth = Auth(database, chosen, clock)
    try:
        yield Backend(chosen, clock, database, owners, auth, Administration(database, owners, auth, clock))
    finally:
        await owners.close()  # first: what it still reads would be left open
        await log.close()
        await database.close()


FRENCH = NewClass("4e B", "Collège Jean-Moulin", "FR", "Europe/Paris", ("fr",))
POLISH = NewClass("klasa 7a", "Szkoła Podstawowa nr 12", "PL", "Europe/Warsaw", ("pl",))


def new_project(title: str = "Rivers", **changes: object) -> NewProject:
    founders = (NewFounder("Claire Martin", "Mme Martin", FRENCH), NewFounder("Ewa Nowak", "p. Ewa", POLISH))
    return NewProject(**{"title": title, "founders": founders, **changes})  # type: ignore[arg-type]


async def opened(on: Backend, organisation: str = "lyon", nonce: str | None = None) -> ProjectDetail:
    return await on.administration.open_project(organisation, new_project(), nonce)


@asynccontextmanager
async def http_client(
    on: Backend, routes: list[web.RouteDef]
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A client of an application that serves `routes` over a real socket; it keeps no cookies of its own."""
    app = web.Application()
    prepare(app, on.settings)
    app.add_routes(routes)
    async with TestClient(TestServer(app), cookie_jar=DummyCookieJar()) as client:
        yield client


async def count_projects(on: Backend) -> int:
    """Rows of the directory, those that no list shows too."""
    async with on.database.read() as connection:
        return await connection.scalar(select(func.count()).select_from(projects)) or 0
