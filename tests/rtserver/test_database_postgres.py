"""A server on PostgreSQL: it serves from tables that are there, and says how to make those that are not."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import make_url

from loadtests.topology.postgres import Postgres
from rtserver.app import create_app
from rtserver.cli import _explained
from rtserver.config import Settings
from rtserver.database import SchemaBehind
from rtserver.database_postgres import PostgresStore


async def test_serving_from_tables_that_are_there(postgres: Postgres, tmp_path: Path) -> None:
    """Two at once; nothing is kept in the data folder."""
    url = await postgres.new_database()
    settings = Settings(data=tmp_path, database_url=url, media=False, database_pool=4)
    try:
        async with (
            TestClient(TestServer(await create_app(settings))) as first,
            TestClient(TestServer(await create_app(settings))) as second,
        ):
            for client in (first, second):
                async with client.get("/readyz") as answer:
                    assert answer.status == 200
                    assert (await answer.json())["parts"]["database"] == "ok"
        assert not list(tmp_path.iterdir())
    finally:
        await postgres.drop(url)


async def test_not_serving_from_tables_that_are_not(postgres: Postgres, tmp_path: Path) -> None:
    """Other servers may be at work on them: the operator says when they are changed."""
    url = await postgres.empty_database()
    try:
        with pytest.raises(SchemaBehind) as refused:
            await create_app(Settings(data=tmp_path, database_url=url, media=False))
    finally:
        await postgres.drop(url)
    sentence, code = _explained(refused.value)
    assert sentence.startswith("The database has no tables yet: run rtserver migrate")
    assert code == 1


@pytest.mark.parametrize(("connections", "writing", "reading"), [(10, 4, 6), (4, 2, 2), (5, 2, 3), (50, 20, 30)])
async def test_connections_are_shared_out(connections: int, writing: int, reading: int) -> None:
    """All of them, and some for each."""
    store = PostgresStore(make_url("postgresql+asyncpg://localhost/none"), 5.0, connections)
    assert [engine.pool.size() for engine in store.engines] == [writing, reading]  # type: ignore[attr-defined]
    await store.close()
