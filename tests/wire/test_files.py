"""Pictures, documents and saved boards of a running server, for people who are in the lesson."""

import asyncio
import io
import json
import random
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Any

import aiohttp
import pytest
from PIL import Image

from rtserver.pages import cookie_name
from tests.rtserver.files.samples import SECRET, corners, encoded, pdf, photo_with_place
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.server import Server, speak

PNG = encoded(corners(), "PNG")

NOT_READ = 36
"""Requests whose answers somebody does not read: as many as wait for one member."""


class Browsers:
    """What members' browsers send: the cookie of each, and where the page is from."""

    def __init__(self, classroom: Classroom, http: aiohttp.ClientSession) -> None:
        self.classroom = classroom
        self.http = http
        self.cookies: dict[str, str] = {}

    async def ask(self, method: str, path: str, member: str, data: object = None, **query: str) -> tuple[int, bytes]:
        room = self.classroom
        url = f"{room.server.url}/projects/{room.project}{path}"
        headers = {"Cookie": await self.cookie(member), "Origin": room.server.url, "Sec-Fetch-Site": "same-origin"}
        query = {"member": member, **query}
        async with self.http.request(method, url, params=query, data=data, headers=headers) as response:
            return response.status, await response.read()

    async def ask_until_there_is_room(self, path: str, member: str) -> tuple[int, bytes]:
        """The answer to a GET that is repeated while too many wait, as the page does."""
        while True:
            status, raw = await self.ask("GET", path, member)
            if status != HTTPStatus.TOO_MANY_REQUESTS:
                return status, raw

    async def ask_and_not_read(self, path: str, member: str) -> asyncio.Transport:
        """A connection on which a GET waits for one who reads its answer."""
        room = self.classroom
        loop = asyncio.get_running_loop()
        line, _ = await loop.create_connection(asyncio.Protocol, "127.0.0.1", room.server.settings.port)
        line.pause_reading()
        target = f"/projects/{room.project}{path}?member={member}"
        line.write(f"GET {target} HTTP/1.1\r\nHost: here\r\nCookie: {await self.cookie(member)}\r\n\r\n".encode())
        return line

    async def cookie(self, member: str) -> str:
        """Of a browser that is signed in."""
        room = self.classroom
        if member not in self.cookies:
            ticket, _ = await room.auth.issue_ticket(room.project, member)
            _, token = await room.auth.redeem_ticket(ticket, room.project)
            self.cookies[member] = f"{cookie_name(member)}={speak(token)}"
        return self.cookies[member]

    async def put(self, member: str, data: object) -> tuple[int, Any]:
        status, raw = await self.ask("POST", "/files", member, data, room=self.classroom.room)
        return status, json.loads(raw)


@pytest.fixture
async def browsers(classroom: Classroom) -> AsyncIterator[Browsers]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Browsers(classroom, http)


@pytest.mark.one_driver
async def test_a_class_puts_its_photos_in_while_it_chats(browsers: Browsers, classroom: Classroom) -> None:
    """All at once; messages go on meanwhile, and nothing of where the photos were taken comes out."""
    teacher = await classroom.enter(classroom.claire)
    pupils = (classroom.leo, classroom.zoe, classroom.jan, classroom.ola)
    sendings = asyncio.gather(*(browsers.put(pupil, photo_with_place()) for pupil in pupils for _ in range(3)))
    posted = [await classroom.post(teacher, f"message {number}") for number in range(20)]
    answers = await sendings
    assert posted == sorted(posted)
    assert {status for status, _ in answers} == {201}
    (file,) = {answer["files"][0]["id"] for _, answer in answers}
    status, content = await browsers.ask("GET", f"/files/{file}", classroom.jan)
    assert status == 200
    assert SECRET not in content


@pytest.mark.one_driver
async def test_pupils_send_nothing_while_no_teacher_is_there(browsers: Browsers, classroom: Classroom) -> None:
    """By the same rules, and the same eyes, as what they write."""
    status, answer = await browsers.put(classroom.leo, PNG)
    assert (status, answer["error"]["code"]) == (409, "no_teacher_present")
    assert (await browsers.put(classroom.claire, PNG))[0] == 201  # who is not connected may prepare a lesson
    await classroom.enter(classroom.ewa)
    assert (await browsers.put(classroom.leo, PNG))[0] == 201


async def test_a_file_of_the_largest_size_and_one_that_is_larger(browsers: Browsers, classroom: Classroom) -> None:
    """The larger one is answered, too, although nobody reads it to its end."""
    largest = classroom.server.settings.file_bytes_max
    assert (await browsers.put(classroom.claire, io.BytesIO(PNG.ljust(largest, b"\0"))))[0] == 201
    status, answer = await browsers.put(classroom.claire, io.BytesIO(PNG.ljust(largest + 1, b"\0")))
    assert (status, answer["error"]["code"]) == (413, "too_large")


@pytest.mark.one_driver
async def test_a_document_of_a_teacher(browsers: Browsers, classroom: Classroom) -> None:
    """Thirty pages, the most that are taken."""
    status, answer = await browsers.put(classroom.claire, pdf([(595, 842)] * 30, b"1 0 0 rg 50 50 100 100 re f"))
    assert (status, len(answer["files"])) == (201, 30)
    status, content = await browsers.ask("GET", f"/files/{answer['files'][0]['id']}", classroom.leo)
    assert (status, content[:4]) == (200, b"\x89PNG")


@pytest.mark.one_driver
async def test_bombs_do_not_hold_up_the_lesson(browsers: Browsers, classroom: Classroom) -> None:
    """Sixty megabytes of nothing in a small file, sent by everybody at once, and a broken one behind them."""
    teacher = await classroom.enter(classroom.claire)
    bomb = encoded(corners().resize((4_000, 4_000)), "PNG")
    pupils = (classroom.leo, classroom.zoe, classroom.jan, classroom.ola)
    sendings = asyncio.gather(*(browsers.put(pupil, bomb) for pupil in pupils), browsers.put(classroom.leo, PNG[:70]))
    await classroom.post(teacher, "still here")
    statuses = [status for status, _ in await sendings]
    assert statuses == [201, 201, 201, 201, 422]


@pytest.mark.one_driver
async def test_a_board_is_saved(browsers: Browsers, classroom: Classroom) -> None:
    """As a file of Excalidraw, by who may be in its room."""
    status, raw = await browsers.ask("GET", f"/boards/{classroom.room}.excalidraw", classroom.leo)
    assert (status, json.loads(raw)["type"]) == (200, "excalidraw")
    status, raw = await browsers.ask("GET", f"/boards/{classroom.staff_room}.excalidraw", classroom.leo)
    assert (status, json.loads(raw)["error"]["code"]) == (404, "unknown_board")


@pytest.mark.one_driver
async def test_one_who_asks_for_pictures_and_reads_nothing(
    own_server: Callable[..., Server], open_room: Callable[..., Any], browsers: Browsers
) -> None:
    """Costs little memory, and keeps nobody else from reading."""
    classroom = await open_room(own_server())
    browsers.classroom = classroom
    noise = Image.frombytes("RGB", (2_000, 2_000), random.Random(1).randbytes(3 * 2_000 * 2_000))
    status, answer = await browsers.put(classroom.claire, io.BytesIO(encoded(noise, "JPEG")))
    assert status == 201
    path = f"/files/{answer['files'][0]['id']}"
    status, content = await browsers.ask("GET", path, classroom.leo)
    assert (status, len(content) > 1_000_000) == (200, True)
    before = classroom.server.memory()
    lines = [await browsers.ask_and_not_read(path, classroom.leo) for _ in range(NOT_READ)]
    teacher = await classroom.enter(classroom.claire)
    await classroom.post(teacher, "still here")
    status, seen = await browsers.ask("GET", path, classroom.zoe)
    assert (status, seen == content) == (200, True)
    assert classroom.server.memory() - before < NOT_READ * len(content) / 4 / 1_000_000
    for line in lines:
        line.abort()
    status, seen = await browsers.ask_until_there_is_room(path, classroom.leo)
    assert (status, seen == content) == (200, True)


@pytest.mark.one_driver
async def test_a_picture_in_the_chat(browsers: Browsers, classroom: Classroom) -> None:
    """Uploaded, posted, seen by whoever may read the room, and gone with its message."""
    teacher, pupil = await classroom.enter(classroom.claire), await classroom.enter(classroom.jan)
    room = classroom.room

    async def status(member: str, of_room: str, file: str) -> int:
        return (await browsers.ask("GET", f"/files/{file}", member, room=of_room))[0]

    code, raw = await browsers.ask("POST", "/files", classroom.claire, PNG, room=room, **{"for": "chat"})
    file = json.loads(raw)["files"][0]["id"]
    assert code == 201
    assert (await status(classroom.claire, room, file), await status(classroom.jan, room, file)) == (200, 404)
    files = [{"file": file, "name": "Łódź.gif"}]
    stolen = await pupil.refusal("chat.post", room=room, text="", files=files, nonce=new_nonce())
    assert stolen == "unknown_file"
    nonce = new_nonce()
    posted = await teacher.call("chat.post", room=room, text="", files=files, nonce=nonce)
    assert await teacher.call("chat.post", room=room, text="", files=files, nonce=nonce) == posted
    assert await status(classroom.jan, room, file) == 200
    assert await status(classroom.jan, classroom.staff_room, file) == 404
    assert (await browsers.ask("GET", f"/files/{file}", classroom.jan))[0] == 404  # it is on no board
    page = await pupil.call("chat.history", room=room, before=posted["seq"] + 1)
    (seen,) = page["messages"][-1]["files"]
    assert seen == {
        "file": file,
        "name": "Łódź.png",
        "type": "image/png",
        "bytes": seen["bytes"],
        "width": 80,
        "height": 40,
    }
    await teacher.call("chat.delete", room=room, message=posted["seq"], nonce=new_nonce())
    assert (await status(classroom.claire, room, file), await status(classroom.jan, room, file)) == (404, 404)
