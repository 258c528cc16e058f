"""Where files are used, whichever database is beneath it: who is given one, and when it is gone."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from rooms.chat.model import MessageFile
from rooms.errors import Refused
from rooms.events import ChatDeleted, ChatPosted
from rtserver.database import Database
from rtserver.files.conversion import Document, ForChat, Picture
from rtserver.files.in_chat import ChatFiles
from rtserver.files.store import FileStore, Preview, Quota, StoredFile, file_id
from rtserver.files.uses import UPLOAD_KEPT_MS, FileUses, note_on_boards
from rtserver.storage import SqlLog
from rtserver.tables import file_uses, previews, projects
from tests.contract.support import NOON, Writer

ROOMY = Quota(project=1_000_000, member=None)
PHOTO = ForChat(Picture("image/jpeg", 900, 600, b"photo" * 100), Picture("image/jpeg", 640, 427, b"small"))
SHEET = ForChat(Document(b"%PDF-1.7 sheet"), None)
HALL, STAFF = "hall", "staff"


class Chats:
    """The chats of a project in which files are sent."""

    def __init__(self, database: Database, log: SqlLog) -> None:
        self.database = database
        self.log = log
        self.store, self.uses = FileStore(database), FileUses(database)
        self.chats = ChatFiles(database, self.store, self.uses)
        self.writers: dict[str, Writer] = {}

    async def upload(self, member: str = "leo", made: ForChat = PHOTO, room: str = HALL, now: int = NOON) -> str:
        return (await self.chats.keep("p1", room, member, made, ROOMY, now)).id

    async def put_on_board(self, made: Picture | Document, store: FileStore | None = None) -> StoredFile:
        note = partial(note_on_boards, project="p1", member="leo", now=NOON)
        (stored,) = await (store or self.store).add("p1", "leo", [made], ROOMY, NOON, note)
        return stored

    async def post(self, file: str, member: str = "leo", room: str = HALL, name: str = "a.jpg") -> int:
        facts = (await self.uses.uploaded("p1", room, member, [file]))[file]
        posted = MessageFile(file, name, facts.type, facts.bytes, facts.width, facts.height)
        (event,) = await (await self.writer(room)).write(ChatPosted("", files=(posted,)), actor=member)
        return event.seq

    async def withdraw(self, message: int, room: str = HALL) -> None:
        await (await self.writer(room)).write(ChatDeleted(message))

    async def writer(self, room: str) -> Writer:
        if room not in self.writers:
            self.writers[room] = await Writer.of(self.log, f"room:{room}")
        return self.writers[room]

    async def is_seen(self, file: str, member: str, room: str | None = HALL) -> bool:
        return await self.uses.is_seen("p1", file, room, member)

    async def count(self) -> tuple[int, int]:
        """Previews, and uses."""
        async with self.database.read() as connection:
            found = [
                await connection.scalar(select(func.count()).select_from(table)) for table in (previews, file_uses)
            ]
        return found[0] or 0, found[1] or 0


@pytest.fixture
async def chats(database: Database, log: SqlLog) -> Chats:
    row = {"project": "p1", "organisation": "lyon", "title": "p1", "created_at": NOON, "revision": 0}
    async with database.write() as connection:
        await connection.execute(insert(projects), [row])
    return Chats(database, log)


async def test_before_its_message_only_the_sender_sees_it(chats: Chats) -> None:
    """Afterwards whoever may read the room; elsewhere nobody, boards among it."""
    file = await chats.upload()
    assert file == file_id(PHOTO.file.content)
    assert (await chats.is_seen(file, "leo"), await chats.is_seen(file, "zoe")) == (True, False)
    await chats.post(file)
    assert await chats.is_seen(file, "zoe")
    assert not await chats.is_seen(file, "leo", room=STAFF)
    assert not await chats.is_seen(file, "leo", room=None)
    assert await chats.store.find_on_boards("p1", [file]) == {}


async def test_what_one_has_not_sent_to_this_room_cannot_be_posted(chats: Chats) -> None:
    """Whoever knows its number: neither in another room, nor as another person, nor in another project."""
    file = await chats.upload()
    assert set(await chats.uses.uploaded("p1", HALL, "leo", [file, "f" * 64])) == {file}
    for project, room, member in (("p1", STAFF, "leo"), ("p1", HALL, "zoe"), ("p2", HALL, "leo")):
        assert await chats.uses.uploaded(project, room, member, [file]) == {}


async def test_small_pictures_and_names(chats: Chats) -> None:
    """A large picture has a small one; a document has none, and the name it was sent with."""
    photo, sheet = await chats.upload(), await chats.upload(made=SHEET)
    await chats.post(photo, name="Łódź.jpg")
    await chats.post(sheet, name="Blatt.pdf")
    assert await chats.store.preview("p1", photo) == Preview("image/jpeg", b"small")
    small = await chats.chats.given("p1", HALL, "zoe", photo, is_small=True)
    large = await chats.chats.given("p1", HALL, "zoe", photo, is_small=False)
    document = await chats.chats.given("p1", HALL, "zoe", sheet, is_small=True)
    assert small is not None
    assert large is not None
    assert document is not None
    assert (small.content, small.name, large.content, large.name) == (b"small", None, None, "Łódź.jpg")
    assert (document.type, document.content, document.name) == ("application/pdf", None, "Blatt.pdf")
    assert small.tag != large.tag
    assert await chats.chats.given("p1", STAFF, "zoe", photo, is_small=True) is None


async def test_with_its_message_it_goes(chats: Chats) -> None:
    """Also for its author, who cannot post it again, and nothing is left of it."""
    file = await chats.upload()
    await chats.withdraw(await chats.post(file))
    assert not await chats.is_seen(file, "leo")
    assert await chats.uses.uploaded("p1", HALL, "leo", [file]) == {}
    assert await chats.store.find("p1", [file]) == {}
    assert await chats.count() == (0, 0)


async def test_what_is_used_elsewhere_stays_there(chats: Chats) -> None:
    """In another room, in another message, and for another who is about to post it."""
    file = await chats.upload()
    first, second = await chats.post(file), await chats.post(file)
    await chats.upload("zoe", room=STAFF)
    await chats.withdraw(first)
    assert await chats.is_seen(file, "jan")
    await chats.withdraw(second)
    assert not await chats.is_seen(file, "jan")
    await chats.post(file, "zoe", STAFF)
    assert await chats.store.content("p1", file) == PHOTO.file.content


async def test_a_picture_of_a_board(chats: Chats) -> None:
    """Stays one when it is sent in a chat, too, and withdrawn; one of a chat becomes one when it is put on a board."""
    stored = await chats.put_on_board(PHOTO.file)
    assert await chats.is_seen(stored.id, "zoe", room=None)
    file = await chats.upload()
    assert file == stored.id
    await chats.withdraw(await chats.post(file))
    assert await chats.is_seen(file, "zoe", room=None)
    assert set(await chats.store.find_on_boards("p1", [file])) == {file}
    sheet = await chats.upload(made=SHEET)
    assert (await chats.put_on_board(SHEET.file)).id == sheet
    assert await chats.is_seen(sheet, "zoe", room=None)
    assert await chats.store.find_on_boards("p1", [sheet]) == {}  # a board shows no documents


async def test_what_was_never_posted_goes_after_a_day(chats: Chats) -> None:
    """When somebody next sends a file; what was posted stays."""
    left, posted = await chats.upload(), await chats.upload(made=SHEET)
    await chats.post(posted)
    later = NOON + UPLOAD_KEPT_MS
    await chats.uses.sweep("p1", later)
    assert set(await chats.store.find("p1", [left, posted])) == {left, posted}
    await chats.uses.sweep("p1", later + 1)
    assert set(await chats.store.find("p1", [left, posted])) == {posted}
    assert await chats.count() == (0, 1)


async def test_one_comes_while_another_goes(chats: Chats) -> None:
    """Whoever is told that it is stored finds it, however that falls together."""
    file = await chats.upload()
    message = await chats.post(file)
    await asyncio.gather(chats.withdraw(message), chats.upload("zoe"))
    assert set(await chats.uses.uploaded("p1", HALL, "zoe", [file])) <= {file}
    assert await chats.upload("zoe") == file
    assert set(await chats.uses.uploaded("p1", HALL, "zoe", [file])) == {file}


class WithdrawnMeanwhile(FileStore):
    """A store that is slow: before it writes, the message of the same file is withdrawn."""

    def __init__(self, database: Database, withdraw: Callable[[], Awaitable[None]]) -> None:
        super().__init__(database)
        self._withdraw = withdraw

    async def keep(self, *arguments: Any) -> StoredFile:
        await self._withdraw()
        return await super().keep(*arguments)

    async def add(self, *arguments: Any) -> list[StoredFile]:
        await self._withdraw()
        return await super().add(*arguments)


async def test_what_is_withdrawn_while_its_author_sends_it_again(chats: Chats) -> None:
    """It is the author's alone, not shown to all of the project as if it had come by a board."""
    file = await chats.upload()
    message = await chats.post(file)
    slow = ChatFiles(chats.database, WithdrawnMeanwhile(chats.database, lambda: chats.withdraw(message)), chats.uses)
    await slow.keep("p1", HALL, "leo", PHOTO, ROOMY, NOON)
    assert await chats.store.find_on_boards("p1", [file]) == {}
    assert (await chats.is_seen(file, "leo"), await chats.is_seen(file, "zoe")) == (True, False)
    assert set(await chats.uses.uploaded("p1", HALL, "leo", [file])) == {file}


class WithdrawnOnceFound(WithdrawnMeanwhile):
    """A store that is slow at another place: it has just seen that the file is there."""

    async def find(self, project: str, ids: Collection[str]) -> dict[str, StoredFile]:
        found = await super().find(project, ids)
        await self._withdraw()
        return found

    async def add(self, *arguments: Any) -> list[StoredFile]:
        return await FileStore.add(self, *arguments)


@pytest.mark.parametrize("store", [WithdrawnMeanwhile, WithdrawnOnceFound])
async def test_what_is_withdrawn_while_somebody_puts_it_on_a_board(
    chats: Chats, store: type[WithdrawnMeanwhile]
) -> None:
    """It is stored for the board, whenever that happens."""
    message = await chats.post(await chats.upload())
    once = [message]

    async def withdraw() -> None:
        if once:
            await chats.withdraw(once.pop())

    stored = await chats.put_on_board(PHOTO.file, store(chats.database, withdraw))
    assert await chats.store.content("p1", stored.id) == PHOTO.file.content
    assert set(await chats.store.find_on_boards("p1", [stored.id])) == {stored.id}


async def test_what_is_withdrawn_as_soon_as_it_is_on_a_board(chats: Chats) -> None:
    """It stays there."""
    message = await chats.post(await chats.upload())
    stored = await chats.put_on_board(PHOTO.file)
    await chats.withdraw(message)
    assert set(await chats.store.find_on_boards("p1", [stored.id])) == {stored.id}


async def test_both_at_once(chats: Chats) -> None:
    """Whoever is told that it is on the board finds it there, however that falls together."""
    message = await chats.post(await chats.upload())
    _, stored = await asyncio.gather(chats.withdraw(message), chats.put_on_board(PHOTO.file))
    assert set(await chats.store.find_on_boards("p1", [stored.id])) == {stored.id}


async def test_what_finds_no_room_leaves_nothing(chats: Chats) -> None:
    with pytest.raises(Refused, match="too_many"):
        await chats.chats.keep("p1", HALL, "leo", PHOTO, Quota(project=10, member=None), NOON)
    assert await chats.count() == (0, 0)
