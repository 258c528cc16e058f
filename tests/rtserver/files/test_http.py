"""The requests for pictures and documents over a real socket, on real SQLite, with the real converter."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from multidict import CIMultiDictProxy
from sqlalchemy import event

from rooms.messages import MemberSetCapability
from rooms.model import Capability, MemberId, ProjectId, ProjectPhase, Role, RoomId, RoomKind
from rooms.permissions import Standing
from rtserver.files import budgets, http, store, uploads
from rtserver.files.conversion import Conversion
from rtserver.files.export import BoardFiles
from rtserver.files.http import Parts, routes
from rtserver.files.in_chat import ChatFiles
from rtserver.files.store import FileStore
from rtserver.files.uses import FileUses
from rtserver.hub.limits import Rate
from rtserver.pages import cookie_name
from rtserver.shapes import NewMember
from tests.rtserver.files.samples import SECRET, corners, encoded, opened, pdf, photo_with_place
from tests.rtserver.portal_fixtures import Backend, backend, http_client
from tests.rtserver.portal_fixtures import opened as opened_project

OWN_ORIGIN = "http://127.0.0.1:8080"
PNG = encoded(corners(), "PNG")


@dataclass
class Answer:
    status: int
    headers: CIMultiDictProxy[str]
    raw: bytes

    @property
    def code(self) -> tuple[int, str]:
        body = json.loads(self.raw)
        assert set(body["error"]) - {"retry_after"} == {"code", "message", "retry"}
        return self.status, body["error"]["code"]

    @property
    def files(self) -> list[dict[str, Any]]:
        assert self.status == 201, self.raw
        assert self.headers["Cache-Control"] == "no-store"
        found: list[dict[str, Any]] = json.loads(self.raw)["files"]
        return found


@dataclass
class Space:
    """An active project of two classes, whose class room is open, and what its members' browsers send."""

    on: Backend
    project: ProjectId
    room: RoomId
    staff_room: RoomId
    members: dict[str, MemberId]
    tokens: dict[str, str]
    teacher_present: bool = True
    client: TestClient[web.Request, web.Application] = field(init=False)

    async def standing(self, project: ProjectId, member: MemberId, room: RoomId | None) -> Standing:
        state = (await self.on.owners.project(project)).state
        return state.standing(member, self.teacher_present, room)

    async def ask(
        self, method: str, path: str, name: str = "leo", data: object = None, project: str | None = None, **more: str
    ) -> Answer:
        """Ask as a member's browser; `more` are parameters, and headers in capital letters. None leaves one out."""
        headers = {"Origin": OWN_ORIGIN, "Cookie": f"{cookie_name(self.members[name])}={self.tokens[name]}"}
        query = {"member": self.members[name]}
        for key, value in more.items():
            if key[0].isupper():
                headers[key.replace("_", "-")] = value
            else:
                query[key] = value
        url = f"/projects/{project or self.project}{path}"
        async with self.client.request(method, url, params=query, data=data, headers=headers) as response:
            return Answer(response.status, response.headers, await response.read())

    async def put(self, data: object, name: str = "leo", **more: str) -> Answer:
        return await self.ask("POST", "/files", name, data, **{"room": self.room, **more})

    async def get(self, file: str, name: str = "leo", **more: str) -> Answer:
        return await self.ask("GET", f"/files/{file}", name, **more)


async def open_space(on: Backend, conversion: Conversion | None = None) -> Space:
    project = await opened_project(on)
    await on.administration.set_phase(project.id, ProjectPhase.ACTIVE)
    rooms = {room.kind: room.id for room in await on.administration.rooms(project.id)}
    await on.administration.set_room_open(project.id, rooms[RoomKind.CLASS_ROOM], True)
    members = {"claire": project.founders[0].id}
    for name, role in (("leo", Role.PUPIL), ("zoe", Role.PUPIL), ("guest", Role.VISITOR)):
        of_class = None if role is Role.VISITOR else project.classes[0].id
        made = await on.administration.add_member(project.id, NewMember(role, name, name, of_class))
        members[name] = made.id
    tokens = {}
    for name, member in members.items():
        ticket, _ = await on.auth.issue_ticket(project.id, member)
        tokens[name] = (await on.auth.redeem_ticket(ticket, project.id))[1]
    return Space(on, project.id, rooms[RoomKind.CLASS_ROOM], rooms[RoomKind.STAFF_ROOM], members, tokens)


def parts_of(space: Space) -> Parts:
    on, files, uses = space.on, FileStore(space.on.database), FileUses(space.on.database)
    conversion = Conversion(on.settings.picture_pixels_max, on.settings.pdf_pages_max)
    boards = BoardFiles(on.owners, files, on.settings.url)
    chats = ChatFiles(on.database, files, uses)
    return Parts(on.settings, on.auth, files, conversion, boards, uses, chats, space.standing, on.clock)


@pytest.fixture
def settings() -> dict[str, object]:
    """Those that a test wants otherwise."""
    return {}


@pytest.fixture
async def space(tmp_path: Path, settings: dict[str, object]) -> AsyncIterator[Space]:
    async with backend(tmp_path, **settings) as on:
        space = await open_space(on)
        async with http_client(on, routes(parts_of(space))) as client:
            space.client = client
            yield space


class TestUpload:
    async def test_a_picture_goes_in_and_comes_out(self, space: Space) -> None:
        (file,) = (await space.put(PNG)).files
        assert file == {"id": file["id"], "type": "image/png", "width": 80, "height": 40}
        shown = await space.get(file["id"], "zoe")
        assert shown.status == 200
        assert hashlib.sha256(shown.raw).hexdigest() == file["id"]
        assert opened(shown.raw).size == (80, 40)

    async def test_nothing_of_where_and_who_comes_out(self, space: Space) -> None:
        (file,) = (await space.put(photo_with_place())).files
        assert SECRET not in (await space.get(file["id"])).raw

    async def test_neither_name_nor_declared_type_counts(self, space: Space) -> None:
        assert len((await space.put(PNG, Content_Type="text/html")).files) == 1
        html = b"<html><script>alert(1)</script>"
        assert (await space.put(html, Content_Type="image/png")).code == (415, "file_type_refused")

    async def test_the_same_picture_has_the_same_id(self, space: Space) -> None:
        assert (await space.put(PNG)).files == (await space.put(PNG, "zoe")).files

    async def test_a_document_becomes_pages(self, space: Space) -> None:
        pages = (await space.put(pdf([(200, 100), (100, 200)]), "claire")).files
        assert [(page["width"], page["height"]) for page in pages] == [(1920, 960), (960, 1920)]

    async def test_documents_are_for_teachers(self, space: Space) -> None:
        assert (await space.put(pdf(), "leo")).code == (403, "teachers_only")

    @pytest.mark.parametrize(
        ("data", "advice"),
        [
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "PNG"),
            (b"<?xml version='1.0'?><svg/>", "PNG"),
            (b"\0\0\0\x18ftypheic" + b"\0" * 20, "JPEG"),
            (b"\0\0\0\x18ftypavif" + b"\0" * 20, "JPEG"),
            (b"PK\x03\x04" + b"\0" * 20, "PDF"),
            (b"", "PNG, JPEG, WebP, GIF"),
            (b"\x7fELF", "PNG, JPEG, WebP, GIF"),
        ],
    )
    async def test_other_kinds_are_refused_with_advice(self, data: bytes, advice: str, space: Space) -> None:
        answer = await space.put(data)
        assert answer.code == (415, "file_type_refused")
        assert advice in json.loads(answer.raw)["error"]["message"]

    async def test_a_document_that_is_a_page_too(self, space: Space) -> None:
        """What comes out is a picture of it."""
        both = pdf(extra=b"%<html><script>" + SECRET + b"</script></html>\n")
        (file,) = (await space.put(both, "claire")).files
        shown = await space.get(file["id"])
        assert (shown.headers["Content-Type"], SECRET in shown.raw) == ("image/png", False)

    async def test_a_broken_one(self, space: Space) -> None:
        assert (await space.put(PNG[:90])).code == (422, "file_unreadable")


class TestWhoMayPutIn:
    async def test_a_browser_that_is_signed_in(self, space: Space) -> None:
        assert (await space.put(PNG, Cookie="a=b")).code == (401, "sign_in_required")
        wrong = f"{cookie_name(space.members['leo'])}={space.tokens['zoe']}"
        assert (await space.put(PNG, Cookie=wrong)).code == (401, "session_ended")
        assert (await space.put(PNG, member="../..")).code == (400, "invalid")

    async def test_a_page_of_ours(self, space: Space) -> None:
        assert (await space.put(PNG, Origin="https://stranger.example.org")).code == (403, "origin_refused")
        assert (await space.put(PNG, Sec_Fetch_Site="cross-site")).code == (403, "origin_refused")
        assert (await space.put(PNG, Sec_Fetch_Site="same-origin")).status == 201

    async def test_in_their_own_project(self, space: Space) -> None:
        other = await opened_project(space.on)
        assert (await space.ask("POST", "/files", data=PNG, project=other.id)).code == (401, "session_ended")

    async def test_in_a_room_that_they_may_be_in(self, space: Space) -> None:
        assert (await space.put(PNG, room=space.staff_room)).code == (404, "unknown_room")
        assert (await space.put(PNG, room="")).code == (404, "unknown_room")
        assert (await space.put(PNG, "claire", room=space.staff_room)).status == 201

    async def test_pupils_while_a_teacher_is_there(self, space: Space) -> None:
        space.teacher_present = False
        assert (await space.put(PNG)).code == (409, "no_teacher_present")
        assert (await space.put(PNG, "claire")).status == 201

    async def test_pupils_in_an_open_room(self, space: Space) -> None:
        await space.on.administration.set_room_open(space.project, space.room, False)
        assert (await space.put(PNG)).code == (409, "room_closed")

    async def test_who_may_draw(self, space: Space) -> None:
        command = MemberSetCapability(
            nonce="nonce-of-a-test", member=space.members["leo"], capability=Capability.DRAW, allowed=False
        )
        await space.on.administration._submit(space.project, command)
        assert (await space.put(PNG)).code == (403, "capability_off")
        assert (await space.put(PNG, "zoe")).status == 201

    async def test_not_who_is_removed_while_it_is_opened(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        before = Conversion.convert

        async def slow(*arguments: Any) -> Any:
            found = await before(*arguments)
            await space.on.administration.remove_member(space.project, space.members["leo"])
            return found

        monkeypatch.setattr(Conversion, "convert", slow)
        assert (await space.put(PNG)).code == (403, "not_a_member")
        assert await FileStore(space.on.database).used(space.project) == 0

    @pytest.mark.parametrize("purpose", ["board", "chat"])
    async def test_not_who_is_removed_while_it_waits(
        self, space: Space, monkeypatch: pytest.MonkeyPatch, purpose: str
    ) -> None:
        """It is not even opened: those behind it have been waiting long enough."""
        before, opened_files = Conversion._convert, []

        async def waiting(*arguments: Any, **more: Any) -> Any:
            await space.on.administration.remove_member(space.project, space.members["leo"])
            return await before(*arguments, **more)

        async def opening(*_: object) -> Any:
            opened_files.append(purpose)
            raise AssertionError

        monkeypatch.setattr(Conversion, "_convert", waiting)
        monkeypatch.setattr(Conversion, "_run", opening)
        answer = await space.put(PNG, **{"for": purpose})
        assert (answer.code, opened_files) == ((403, "not_a_member"), [])

    async def test_nobody_in_an_archived_project(self, space: Space) -> None:
        await space.on.administration.set_phase(space.project, ProjectPhase.ARCHIVED)
        assert (await space.put(PNG, "claire")).code == (409, "project_archived")


class TestLimits:
    @pytest.fixture
    def settings(self) -> dict[str, object]:
        return {
            "file_bytes_max": 20_000,
            "picture_pixels_max": 3_200,
            "pdf_pages_max": 2,
            "member_files_bytes_max": 400,
            "project_files_bytes_max": 30_000,
        }

    async def test_bytes_of_a_file(self, space: Space) -> None:
        assert (await space.put(PNG + b"\0" * 20_000)).code == (413, "too_large")

    async def test_bytes_of_a_file_whose_length_is_not_said(self, space: Space) -> None:
        async def pieces() -> AsyncIterator[bytes]:
            yield PNG
            for _ in range(30):
                yield b"\0" * 1_000

        assert (await space.put(pieces())).code == (413, "too_large")

    async def test_in_pieces_it_is_the_same_file(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(uploads, "PIECE_BYTES", 10)

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(PNG), 7):
                yield PNG[at : at + 7]

        assert (await space.put(pieces())).files == (await space.put(PNG, "zoe")).files

    async def test_pixels(self, space: Space) -> None:
        assert (await space.put(encoded(corners(100, 40), "PNG"))).code == (413, "too_large")

    async def test_pages(self, space: Space) -> None:
        assert len((await space.put(pdf([(9, 9)] * 2), "claire")).files) == 2
        assert (await space.put(pdf([(9, 9)] * 3), "claire")).code == (413, "too_large")

    async def test_of_one_pupil(self, space: Space) -> None:
        """Teachers, and other pupils, have room left."""
        statuses = [(await space.put(encoded(corners(2 * side, 40), "PNG"))).status for side in range(10, 30, 4)]
        assert statuses[0] == 201
        assert statuses[-1] == 409
        late = encoded(corners(78, 40), "PNG")
        assert (await space.put(late)).code == (409, "too_many")
        assert (await space.put(late, "zoe")).status == 201

    async def test_of_a_project(self, space: Space) -> None:
        statuses = []
        for shade in range(6):
            square = b"0.%d g 20 20 50 50 re f" % (shade + 1)
            statuses.append((await space.put(pdf([(100, 100)], square), "claire")).status)
        assert statuses[0] == 201
        assert set(statuses) == {201, 409}

    async def test_files_in_a_row(self, space: Space) -> None:
        answers = [await space.put(b"nothing") for _ in range(budgets.SENDINGS.burst)]
        assert {answer.status for answer in answers} == {415}
        limited = await space.put(PNG)
        assert limited.code == (429, "too_many_requests")
        assert json.loads(limited.raw)["error"]["retry"]
        assert (await space.put(PNG, "zoe")).status == 201

    async def test_bytes_in_a_row(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(budgets, "BYTES", Rate(per_second=1, burst=2_000))
        assert (await space.put(b"\0" * 1_500)).status == 415
        assert (await space.put(b"\0" * 1_500)).code == (429, "too_many_requests")

    async def test_time(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who sends one byte and then nothing does not hold a place for ever, nor do they lose it."""
        monkeypatch.setattr(uploads, "BODY_DEADLINE", 0.05)

        async def stalled() -> AsyncIterator[bytes]:
            yield PNG[:10]
            await asyncio.Event().wait()

        answers = [await space.put(stalled()) for _ in range(budgets.AT_ONCE_MAX + 1)]
        assert {answer.code for answer in answers} == {(408, "malformed")}


class TestShow:
    async def test_it_is_kept_by_the_browser_and_by_nobody_else(self, space: Space) -> None:
        (file,) = (await space.put(PNG)).files
        headers = (await space.get(file["id"])).headers
        assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert headers["ETag"] == f'"{file["id"]}"'
        assert headers["Content-Type"] == "image/png"
        assert headers["Content-Disposition"] == f'inline; filename="{file["id"][:16]}.png"'

    async def test_it_is_no_page(self, space: Space) -> None:
        (file,) = (await space.put(PNG)).files
        headers = (await space.get(file["id"])).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers.getall("Content-Security-Policy") == ["default-src 'none'; sandbox"]
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"

    async def test_who_has_it_is_not_sent_it_again(self, space: Space) -> None:
        (file,) = (await space.put(PNG)).files
        again = await space.get(file["id"], If_None_Match=f'"{file["id"]}"')
        assert (again.status, again.raw) == (304, b"")
        assert again.headers["Cache-Control"].startswith("private")
        assert (await space.get(file["id"], If_None_Match='"other"')).status == 200

    async def test_strangers_cannot_tell_what_is_there(self, space: Space) -> None:
        """The answer is the same, letter by letter, to all of them, whatever they ask for."""
        (file,) = (await space.put(PNG)).files
        other = await open_space(space.on)
        other.client = space.client
        answers = [
            await space.get("0" * 64),
            await space.get("nothing"),
            await space.get(file["id"], Cookie="a=b"),
            await space.get(file["id"], member="nobody"),
            await space.get(file["id"], member="../.."),
            await space.get(file["id"], Cookie="a=b", If_None_Match="*"),
            await other.get(file["id"]),  # members of another project, in theirs
            await other.get(file["id"], project=space.project),  # and in this one
            await space.get(file["id"], project="p_nowhere"),
            await space.get(file["id"], project="%00"),
        ]
        assert {answer.code for answer in answers} == {(404, "unknown_file")}
        assert len({answer.raw for answer in answers}) == 1

    async def test_who_was_removed_does_not_see_it_any_more(self, space: Space) -> None:
        (file,) = (await space.put(PNG)).files
        await space.on.administration.remove_member(space.project, space.members["zoe"])
        assert (await space.get(file["id"], "zoe")).code == (404, "unknown_file")

    async def test_who_signed_out_does_not_either(self, space: Space) -> None:
        (file,) = (await space.put(PNG)).files
        await space.on.auth.end_sessions_of_member(space.project, space.members["zoe"])
        assert (await space.get(file["id"], "zoe")).code == (404, "unknown_file")

    async def test_pupils_do_not_see_what_teachers_prepare(self, space: Space) -> None:
        (file,) = (await space.put(PNG, "claire")).files
        await space.on.administration.set_phase(space.project, ProjectPhase.DRAFT)
        assert (await space.get(file["id"], "leo")).code == (404, "unknown_file")
        assert (await space.get(file["id"], "claire")).status == 200

    async def test_an_archived_project_can_be_looked_at(self, space: Space) -> None:
        (file,) = (await space.put(PNG)).files
        await space.on.administration.set_phase(space.project, ProjectPhase.ARCHIVED)
        assert (await space.get(file["id"])).status == 200

    async def test_one_of_many_pieces_comes_whole(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store, "PIECE_BYTES", 30)
        (file,) = (await space.put(PNG)).files
        shown = await space.get(file["id"])
        assert hashlib.sha256(shown.raw).hexdigest() == file["id"]
        assert shown.headers["Content-Length"] == str(len(shown.raw))

    async def test_its_head_alone(self, space: Space) -> None:
        (file,) = (await space.put(PNG)).files
        head = await space.ask("HEAD", f"/files/{file['id']}")
        assert (head.status, head.raw) == (200, b"")
        assert head.headers["Content-Length"] == str(len((await space.get(file["id"])).raw))

    async def test_a_class_reads_it_once_from_the_database(self, space: Space) -> None:
        """But asks for each whether they may."""
        (file,) = (await space.put(PNG)).files
        readings: list[str] = []

        def look(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("SELECT files.content"):
                readings.append(statement)

        for engine in space.on.database.engines:
            event.listen(engine, "before_cursor_execute", look)
        shown = await asyncio.gather(*(space.get(file["id"], name) for name in ("leo", "zoe", "claire") * 4))
        assert {answer.status for answer in shown} == {200}
        assert len(readings) == 1


class TestLimitsOfShowing:
    async def test_so_many_in_a_row(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whatever is asked for, there or not."""
        monkeypatch.setattr(http, "OVER_LIMIT_DELAY", 0)
        monkeypatch.setattr(budgets, "LOOKS", Rate(per_second=20, burst=8))
        (file,) = (await space.put(PNG)).files
        for asked in (file["id"], "0" * 64) * 4:
            assert (await space.get(asked)).status == (200 if asked == file["id"] else 404)
        for asked in (file["id"], "0" * 64, "nothing"):
            limited = await space.get(asked)
            assert limited.code == (429, "too_many_requests")
            assert limited.headers["Retry-After"] == "1"
        assert (await space.get(file["id"], "zoe")).status == 200
        space.on.clock.advance(1_000)
        assert (await space.get(file["id"])).status == 200

    async def test_strangers_do_not_use_up_what_is_anothers(
        self, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(budgets, "LOOKS", Rate(per_second=20, burst=2))
        (file,) = (await space.put(PNG)).files
        for _ in range(5):
            assert (await space.get(file["id"], Cookie="a=b")).code == (404, "unknown_file")
        assert (await space.get(file["id"])).status == 200

    async def test_so_many_at_once(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        """Some are served, some wait, the others are told to come back; nobody else notices."""
        (file,) = (await space.put(PNG)).files
        go_on, begun = asyncio.Event(), []

        async def held(request: web.Request, response: web.StreamResponse, pieces: object) -> web.StreamResponse:
            begun.append(response)
            await go_on.wait()
            return web.Response()

        monkeypatch.setattr(http, "send", held)
        count = http.SHOWN_AT_ONCE + http.SHOWN_WAITING_MAX
        asked = [asyncio.create_task(space.get(file["id"])) for _ in range(count + 3)]
        done, waiting = await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 3:
            more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            done |= more
        assert {task.result().code for task in done} == {(429, "too_many_requests")}
        assert {int(task.result().headers["Retry-After"]) > 0 for task in done} == {True}
        while len(begun) < http.SHOWN_AT_ONCE:
            await asyncio.wait(waiting, timeout=0.01)
        other = asyncio.create_task(space.get(file["id"], "zoe"))
        while len(begun) < http.SHOWN_AT_ONCE + 1:
            await asyncio.wait((other,), timeout=0.01)
        assert len(begun) == http.SHOWN_AT_ONCE + 1
        go_on.set()
        assert {answer.status for answer in await asyncio.gather(*waiting, other)} == {200}


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/files/" + "0" * 64), ("PUT", "/files"), ("GET", "/nothing")])
async def test_other_requests_are_answered_in_json(space: Space, method: str, path: str) -> None:
    assert (await space.ask(method, path)).code[1] == "unknown_command"
