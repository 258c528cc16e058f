import asyncio

from rtserver.files.recent import RecentPictures

PROJECT = "p1"


class Shelf:
    """Pictures of a hundred bytes, and what was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def read(self, project: str, file: str) -> bytes | None:
        self.asked.append((project, file))
        await asyncio.sleep(0)
        return None if file == "none" else file.encode() * 100


async def test_many_who_ask_at_once_wait_for_one_reading() -> None:
    shelf = Shelf()
    recent = RecentPictures(shelf.read)
    found = await asyncio.gather(*(recent.content(PROJECT, "a") for _ in range(30)))
    assert set(found) == {b"a" * 100}
    assert shelf.asked == [(PROJECT, "a")]


async def test_the_same_in_another_project_is_another() -> None:
    shelf = Shelf()
    recent = RecentPictures(shelf.read)
    await recent.content("p1", "a")
    await recent.content("p2", "a")
    assert shelf.asked == [("p1", "a"), ("p2", "a")]


async def test_those_not_asked_for_longest_make_room() -> None:
    shelf = Shelf()
    recent = RecentPictures(shelf.read, bytes_max=250)
    for file in ("a", "b", "a", "c", "a", "b"):
        assert await recent.content(PROJECT, file) == file.encode() * 100
    assert [file for _, file in shelf.asked] == ["a", "b", "c", "b"]


async def test_one_larger_than_all_the_room_is_given_and_not_kept() -> None:
    shelf = Shelf()
    recent = RecentPictures(shelf.read, bytes_max=50)
    assert await recent.content(PROJECT, "a") == b"a" * 100
    assert await recent.content(PROJECT, "a") == b"a" * 100
    assert len(shelf.asked) == 2


async def test_what_is_not_there_may_come() -> None:
    shelf = Shelf()
    recent = RecentPictures(shelf.read)
    assert await recent.content(PROJECT, "none") is None
    assert await recent.content(PROJECT, "none") is None
    assert len(shelf.asked) == 2
