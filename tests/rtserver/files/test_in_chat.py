"""The requests for files of a chat, over a real socket, on real SQLite, with the real converter."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO

import pytest
from aiohttp import web
from msgspec import structs
from PIL import Image

from rooms import project
from rooms.chat.model import MessageFile
from rooms.events import ChatPosted
from rooms.messages import Accepted, MemberSetCapability
from rooms.model import Capability, MemberId, ProjectId
from rooms.stream import Decision
from rtserver.files.budgets import FileBudgets
from rtserver.files.conversion import Conversion, Document, Picture
from rtserver.files.frames import Job
from rtserver.files.http import FileRequests, routes
from rtserver.files.in_chat import named
from tests.rtserver.files.samples import SECRET, corners, encoded, opened, pdf, photo_with_place
from tests.rtserver.files.test_documents import INLINE, whole
from tests.rtserver.files.test_http import Space, open_space, parts_of
from tests.rtserver.portal_fixtures import backend, http_client

MADE_TO_TAKE_LONG = tuple(b"%%PDF-1.7 %d" % number for number in range(4))

LARGE = encoded(corners(1_000, 500), "PNG")


@pytest.fixture
async def space(tmp_path: Path) -> AsyncIterator[Space]:
    async with backend(tmp_path) as on:
        space = await open_space(on)
        async with http_client(on, routes(parts_of(space))) as client:
            space.client = client
            yield space


async def send(space: Space, data: bytes, name: str = "leo") -> str:
    (file,) = (await space.put(data, name, **{"for": "chat"})).files
    return str(file["id"])


async def post(space: Space, file: str, called: str, author: str = "leo") -> None:
    """What the hub does with a message."""
    live = await space.on.owners.room(space.room)
    posted = ChatPosted("", files=(MessageFile(file, called, "image/png", 1, 1, 1),))
    outcomes: list[object] = []
    live.enqueue(space.members[author], "nonce-0001", lambda _: Decision((posted,)), outcomes.append)
    await live.idle()
    assert isinstance(outcomes[0], Accepted)


async def test_a_large_picture_and_the_small_one_of_it(space: Space) -> None:
    """Each has a tag of its own, and who has it is not sent it again."""
    file = await send(space, LARGE)
    large = await space.get(file, room=space.room)
    small = await space.get(file, room=space.room, size="preview")
    assert (opened(large.raw).size, opened(small.raw).size) == ((1_000, 500), (640, 320))
    assert large.headers["ETag"] != small.headers["ETag"]
    again = await space.get(file, room=space.room, size="preview", If_None_Match=small.headers["ETag"])
    assert (again.status, again.raw) == (304, b"")
    tiny = await send(space, encoded(corners(), "PNG"))
    assert opened((await space.get(tiny, room=space.room, size="preview")).raw).size == (80, 40)


async def test_nothing_of_where_and_who_comes_out(space: Space) -> None:
    """Neither large nor small."""
    photo = Image.open(io.BytesIO(photo_with_place()))
    file = await send(space, encoded(photo.resize((1_000, 500)), "JPEG", exif=photo.getexif(), comment=SECRET))
    for size in ("", "preview"):
        shown = await space.get(file, room=space.room, size=size)
        assert (shown.status, SECRET in shown.raw, b"Exif" in shown.raw) == (200, False, False)


async def test_a_document_of_a_pupil(space: Space) -> None:
    """It stays one, to be saved under its name, and is never shown as a page of ours."""
    photo = INLINE % (b"/DCT", photo_with_place())
    file = await send(space, pdf(content=photo, extra=b"%" + SECRET + b"\n"))
    await post(space, file, 'Zadanie "1" – Łódź.pdf')
    shown = await space.get(file, "zoe", room=space.room)
    assert (shown.raw[:5], SECRET in whole(shown.raw)) == (b"%PDF-", False)
    assert shown.headers["Content-Type"] == "application/pdf"
    assert shown.headers["Content-Disposition"] == (
        'attachment; filename="Zadanie _1_ _ __d_.pdf"; '
        "filename*=UTF-8''Zadanie%20%221%22%20%E2%80%93%20%C5%81%C3%B3d%C5%BA.pdf"
    )
    assert shown.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert shown.headers["Cache-Control"] == "private, no-cache"


async def test_who_is_given_it(space: Space) -> None:
    """Who may read the room; by way of boards nobody, and by way of another room neither."""
    file = await send(space, LARGE, "claire")
    assert (await space.get(file, "leo", room=space.room)).code == (404, "unknown_file")
    await post(space, file, "a.png", "claire")
    assert (await space.get(file, "leo", room=space.room)).status == 200
    for asked in ({}, {"room": space.staff_room}, {"room": "nowhere"}):
        assert (await space.get(file, "leo", **asked)).code == (404, "unknown_file")
    assert (await space.get(file, "claire", room=space.staff_room)).code == (404, "unknown_file")
    assert (await space.get(file, "leo", room=space.room, Cookie="a=b")).code == (404, "unknown_file")
    # Put on a board, it is for everybody in the project.
    await space.put(LARGE, "claire")
    assert (await space.get(file, "leo")).status == 200


async def test_who_may_send(space: Space) -> None:
    """Whoever may write; what it is for is said, or it is for boards."""
    assert (await space.put(LARGE, "leo", **{"for": "sale"})).code == (400, "invalid")
    assert (await space.put(LARGE, "leo", room=space.staff_room, **{"for": "chat"})).status == 404
    off = MemberSetCapability("nonce-0001", space.members["leo"], Capability.POST, False)
    founder = space.members["claire"]
    live = await space.on.owners.project(space.project)
    standing = live.state.standing(founder, True, None, live.state.members[space.members["leo"]])
    live.enqueue(founder, "nonce-0001", lambda state: project.decide(state, standing, off, "x"), lambda _: None)
    await live.idle()
    assert (await space.put(LARGE, "leo", **{"for": "chat"})).code == (403, "capability_off")
    assert (await space.put(LARGE, "leo")).status == 201  # drawing is another matter


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("a.pdf", "filename=\"a.pdf\"; filename*=UTF-8''a.pdf"),
        ("100%.pdf", "filename=\"100_.pdf\"; filename*=UTF-8''100%25.pdf"),
        ("a\r\nb.pdf", "filename=\"a__b.pdf\"; filename*=UTF-8''a%0D%0Ab.pdf"),
    ],
)
def test_names_in_headers(name: str, parameters: str) -> None:
    """In any language, and never a second header."""
    assert named(name) == parameters


class HeldConversion(Conversion):
    """One in which files are open until they are let go."""

    def __init__(self) -> None:
        super().__init__(pixels_max=1, pages_max=1)
        self.opened: asyncio.Queue[bytes] = asyncio.Queue()
        self.let_go: asyncio.Queue[None] = asyncio.Queue()

    async def _run(self, _job: Job, file: BinaryIO) -> list[Picture | Document]:
        file.seek(0)
        content = file.read()
        self.opened.put_nowait(content)
        await self.let_go.get()
        return [Document(content)]


class SeenBudgets(FileBudgets):
    """Budgets that tell when a file has come."""

    def __init__(self) -> None:
        super().__init__()
        self.has_come: asyncio.Queue[str] = asyncio.Queue()

    def came(self, project: ProjectId, member: MemberId, count: int, now: int) -> None:
        super().came(project, member, count, now)
        self.has_come.put_nowait(member)


async def test_others_go_ahead_of_the_second_document_of_one_member(space: Space) -> None:
    """Three that are made to take long keep nobody longer than one of them does."""
    held, seen = HeldConversion(), SeenBudgets()
    requests = FileRequests(structs.replace(parts_of(space), conversion=held))
    requests._budgets = seen
    async with http_client(space.on, [web.post("/projects/{project}/files", requests.upload)]) as space.client:
        sent = []
        for content, name in zip(MADE_TO_TAKE_LONG, ("leo", "leo", "leo", "zoe"), strict=True):
            sent.append(asyncio.create_task(send(space, content, name)))
            assert await seen.has_come.get() == space.members[name]
        for _ in sent:
            held.let_go.put_nowait(None)
        await asyncio.gather(*sent)
    first, second = held.opened.get_nowait(), held.opened.get_nowait()
    assert (first, second) == (MADE_TO_TAKE_LONG[0], MADE_TO_TAKE_LONG[3])
