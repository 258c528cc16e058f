"""The store of pictures, whichever database is beneath it."""

import asyncio
import hashlib

import pytest
from sqlalchemy import Connection, insert

from rooms.errors import ErrorCode, Refused
from rtserver.database import Database
from rtserver.files.conversion import Picture
from rtserver.files.store import FileStore, Quota, StoredFile
from rtserver.tables import projects
from tests.contract.support import NOON, Backend

ROOMY = Quota(project=1_000_000, member=None)
RED = Picture("image/png", 30, 20, b"red" * 100)
BLUE = Picture("image/jpeg", 10, 40, b"blue" * 100)


def nothing(_connection: Connection, _file: str) -> None:
    """Is noted."""


def hash_of(picture: Picture) -> str:
    return hashlib.sha256(picture.content).hexdigest()


@pytest.fixture
async def store(database: Database) -> FileStore:
    await make_projects(database)
    return FileStore(database)


async def make_projects(database: Database) -> None:
    rows = [
        {"project": name, "organisation": "lyon", "title": name, "created_at": NOON, "revision": 0}
        for name in ("p1", "p2")
    ]
    async with database.write() as connection:
        await connection.execute(insert(projects), rows)


class TestStoring:
    async def test_what_is_stored_is_found(self, store: FileStore) -> None:
        stored = await store.add("p1", "leo", [RED, BLUE], ROOMY, NOON, nothing)
        assert stored == [
            StoredFile(hash_of(RED), "image/png", 30, 20, 300, NOON),
            StoredFile(hash_of(BLUE), "image/jpeg", 10, 40, 400, NOON),
        ]
        assert await store.find("p1", [hash_of(BLUE), "f" * 64, hash_of(RED)]) == {file.id: file for file in stored}
        assert await store.content("p1", hash_of(BLUE)) == BLUE.content
        assert await store.used("p1") == 700

    async def test_nothing_is_found_where_nothing_is(self, store: FileStore) -> None:
        await store.add("p1", "leo", [RED], ROOMY, NOON, nothing)
        assert await store.find("p2", [hash_of(RED)]) == {}
        assert await store.content("p2", hash_of(RED)) is None
        assert await store.find("p1", []) == {}
        assert await store.content("p1", "f" * 64) is None
        assert await store.used("p2") == 0

    async def test_the_same_picture_is_stored_once(self, store: FileStore) -> None:
        """It stays as it was: the first one's, at the time of the first."""
        (first,) = await store.add("p1", "leo", [RED], ROOMY, NOON, nothing)
        again = await store.add("p1", "zoe", [RED, BLUE, RED], ROOMY, NOON + 5, nothing)
        assert again[0] == again[2] == first
        assert again[1].created_at == NOON + 5
        assert await store.used("p1") == 700

    async def test_each_project_has_its_own(self, store: FileStore) -> None:
        await store.add("p1", "leo", [RED], ROOMY, NOON, nothing)
        await store.add("p2", "jan", [RED], ROOMY, NOON, nothing)
        assert await store.used("p1") == await store.used("p2") == 300

    async def test_a_whole_document(self, store: FileStore) -> None:
        """More pages than a database takes parameters would be no reason to lose their order."""
        pages = [Picture("image/png", 1, 1, b"%d" % number) for number in range(600)]
        stored = await store.add("p1", "claire", pages, ROOMY, NOON, nothing)
        assert [file.id for file in stored] == [hash_of(page) for page in pages]

    async def test_another_process_sees_it(self, store: FileStore, backend: Backend) -> None:
        await store.add("p1", "leo", [RED], ROOMY, NOON, nothing)
        assert await FileStore(await backend.open()).content("p1", hash_of(RED)) == RED.content


class TestQuota:
    async def refused(self, store: FileStore, creator: str, pictures: list[Picture], quota: Quota) -> str:
        before = await store.used("p1")
        with pytest.raises(Refused) as refused:
            await store.add("p1", creator, pictures, quota, NOON, nothing)
        assert refused.value.code is ErrorCode.TOO_MANY
        assert await store.used("p1") == before
        return refused.value.detail or ""

    async def test_of_a_project(self, store: FileStore) -> None:
        await store.add("p1", "leo", [RED], Quota(300, None), NOON, nothing)
        assert "in a project" in await self.refused(store, "zoe", [BLUE], Quota(699, None))
        await store.add("p1", "zoe", [BLUE], Quota(700, None), NOON, nothing)

    async def test_of_a_member(self, store: FileStore) -> None:
        await store.add("p1", "leo", [RED], Quota(1_000, 300), NOON, nothing)
        assert "of one person" in await self.refused(store, "leo", [BLUE], Quota(1_000, 699))
        await store.add("p1", "zoe", [BLUE], Quota(1_000, 400), NOON, nothing)  # what others have sent does not count

    async def test_what_is_there_already_takes_no_room(self, store: FileStore) -> None:
        await store.add("p1", "leo", [RED], Quota(300, None), NOON, nothing)
        assert len(await store.add("p1", "zoe", [RED, RED], Quota(300, 0), NOON, nothing)) == 2

    async def test_not_a_page_of_what_does_not_fit(self, store: FileStore) -> None:
        await self.refused(store, "claire", [RED, BLUE], Quota(699, None))
        assert await store.find("p1", [hash_of(RED)]) == {}

    async def test_two_at_once_do_not_both_find_room(self, store: FileStore, backend: Backend) -> None:
        """Not even in two processes."""
        other = FileStore(await backend.open())
        outcomes = await asyncio.gather(
            store.add("p1", "leo", [RED], Quota(400, None), NOON, nothing),
            other.add("p1", "zoe", [BLUE], Quota(400, None), NOON, nothing),
            return_exceptions=True,
        )
        assert sorted(isinstance(outcome, Refused) for outcome in outcomes) == [False, True]
        assert await store.used("p1") in (300, 400)

    async def test_the_same_twice_at_once(self, store: FileStore, backend: Backend) -> None:
        other = FileStore(await backend.open())
        both = await asyncio.gather(
            store.add("p1", "leo", [RED], ROOMY, NOON, nothing), other.add("p1", "zoe", [RED], ROOMY, NOON, nothing)
        )
        assert both[0] == both[1]
        assert await store.used("p1") == 300
