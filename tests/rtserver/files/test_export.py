"""Boards as files of Excalidraw: pure parts, and the request."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from rooms.board.elements import Element
from rooms.board.model import BoardElement, BoardPolicy
from rooms.events import BoardChanged, BoardHidden, BoardPolicySet, Body
from rooms.model import SYSTEM_ACTOR
from rooms.stream import Decision
from rtserver.administration import new_nonce
from rtserver.files import budgets, export, store
from rtserver.files.export import pictures_of, saved_elements, saved_picture
from rtserver.files.http import routes
from rtserver.files.sending import send
from rtserver.files.store import StoredFile
from tests.rooms.board.drawing import TYPES, drawn, fields
from tests.rtserver.files.samples import corners, encoded, opened
from tests.rtserver.files.test_http import Answer, Space, open_space, parts_of
from tests.rtserver.portal_fixtures import backend, http_client

AT = 1_795_327_810_000
PNG = encoded(corners(), "PNG")


def kept(element: Element, version: int = 1, at: int = AT) -> BoardElement:
    return BoardElement(element, version, creator="ana", class_id="fr", editor="jan", at=at)


class TestElements:
    @pytest.mark.parametrize("kind", TYPES)
    def test_are_as_they_were_drawn_and_have_what_the_editor_expects(self, kind: str) -> None:
        (raw,) = saved_elements([kept(drawn(kind, "e1"), version=7)])
        saved = json.loads(raw)
        nonce = saved.pop("versionNonce")
        assert saved == {**fields(kind, "e1"), "version": 7, "updated": AT}
        assert 0 <= nonce < 2**31

    def test_have_another_nonce_with_each_version_and_the_same_in_each_file(self) -> None:
        one, same, later, other = (
            json.loads(next(saved_elements([kept(drawn("rectangle", name), version)])))["versionNonce"]
            for name, version in (("e1", 1), ("e1", 1), ("e1", 2), ("e2", 1))
        )
        assert one == same
        assert len({one, later, other}) == 3

    def test_say_nothing_of_who_drew_them(self) -> None:
        (raw,) = saved_elements([kept(drawn("rectangle", "e1"))])
        assert not {"creator", "editor", "classId", "class_id", "held"} & set(json.loads(raw))
        assert b"ana" not in raw
        assert b"jan" not in raw

    def test_come_in_the_order_in_which_they_lie(self) -> None:
        """By the bytes of their keys: capital letters lie behind small ones."""
        keys = {"e1": "a2", "e2": "a1", "e3": "Zz", "e4": "a1V"}
        saved = saved_elements([kept(drawn("rectangle", name, index=key)) for name, key in keys.items()])
        assert [json.loads(raw)["id"] for raw in saved] == ["e3", "e2", "e4", "e1"]


class TestPictures:
    def test_of_all_that_show_some_each_once(self) -> None:
        elements = [
            kept(drawn("image", "e1", fileId="b" * 64)),
            kept(drawn("rectangle", "e2")),
            kept(drawn("image", "e3", fileId=None)),
            kept(drawn("image", "e4", fileId="a" * 64)),
            kept(drawn("image", "e5", fileId="b" * 64)),
        ]
        assert pictures_of(elements) == ["b" * 64, "a" * 64]

    def test_travel_inside(self) -> None:
        before, after = saved_picture(StoredFile("a" * 64, "image/webp", 2, 1, 3, AT))
        assert json.loads(b"{" + before + b"YWJj" + after + b"}") == {
            "a" * 64: {
                "mimeType": "image/webp",
                "id": "a" * 64,
                "dataURL": "data:image/webp;base64,YWJj",
                "created": AT,
            }
        }


@pytest.fixture
async def space(tmp_path: Path) -> AsyncIterator[Space]:
    async with backend(tmp_path) as on:
        space = await open_space(on)
        async with http_client(on, routes(parts_of(space))) as client:
            space.client = client
            yield space


async def happens(space: Space, *bodies: Body, board: str | None = None) -> None:
    live = await space.on.owners.board(board or space.room)
    await live.submit(SYSTEM_ACTOR, new_nonce(), lambda _: Decision(bodies))


async def save(space: Space, name: str = "leo", board: str | None = None, **more: str) -> Answer:
    return await space.ask("GET", f"/boards/{board or space.room}.excalidraw", name, **more)


async def saved(space: Space, name: str = "leo") -> dict[str, Any]:
    answer = await save(space, name)
    assert answer.status == 200, answer.raw
    found: dict[str, Any] = json.loads(answer.raw)
    return found


class TestFile:
    async def test_is_what_the_public_editor_writes(self, space: Space) -> None:
        await happens(space, BoardChanged((kept(drawn("rectangle", "e1", index="a1")), kept(drawn("text", "e2")))))
        file = await saved(space)
        assert list(file) == ["type", "version", "source", "elements", "appState", "files"]
        assert (file["type"], file["version"], file["source"]) == ("excalidraw", 2, space.on.settings.url)
        assert [element["id"] for element in file["elements"]] == ["e2", "e1"]
        assert file["appState"]["viewBackgroundColor"] == "#ffffff"
        assert file["files"] == {}

    async def test_of_an_empty_board(self, space: Space) -> None:
        file = await saved(space)
        assert (file["elements"], file["files"]) == ([], {})

    async def test_is_saved_and_not_shown(self, space: Space) -> None:
        headers = (await save(space)).headers
        assert headers["Content-Type"] == "application/vnd.excalidraw+json"
        assert headers["Content-Disposition"] == f'attachment; filename="{space.room}.excalidraw"'
        assert headers["Cache-Control"] == "no-store"
        assert "sandbox" in headers["Content-Security-Policy"]

    async def test_has_its_pictures_inside(self, space: Space) -> None:
        """Those that are not there any more, or never were, are left out."""
        pictures = [(await space.put(encoded(corners(width, 40), "PNG"))).files[0] for width in (80, 90)]
        shown = [kept(drawn("image", f"e{at}", fileId=file["id"], index=f"a{at}")) for at, file in enumerate(pictures)]
        await happens(space, BoardChanged((*shown, kept(drawn("image", "e9", fileId="f" * 64, index="a9")))))
        file = await saved(space)
        assert set(file["files"]) == {picture["id"] for picture in pictures}
        for picture in pictures:
            inside = file["files"][picture["id"]]
            head, data = inside["dataURL"].split(",")
            assert (inside["mimeType"], head) == ("image/png", "data:image/png;base64")
            assert opened(base64.b64decode(data)).width == picture["width"]

    async def test_in_many_pieces_is_the_same_file(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        """Also the base64 of a picture of many pieces."""
        (picture,) = (await space.put(PNG)).files
        image = kept(drawn("image", "e2", fileId=picture["id"], index="a1"))
        await happens(space, BoardChanged((kept(drawn("freedraw", "e1")), image)))
        whole = (await save(space)).raw
        monkeypatch.setattr(store, "PIECE_BYTES", 30)
        monkeypatch.setattr(export, "PIECE_BYTES", 30)
        assert (await save(space)).raw == whole

    async def test_that_would_be_too_large(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(export, "PICTURES_BYTES_MAX", 10)
        (picture,) = (await space.put(PNG)).files
        await happens(space, BoardChanged((kept(drawn("image", "e1", fileId=picture["id"])),)))
        assert (await save(space)).code == (413, "too_large")

    async def test_of_a_full_board(self, space: Space) -> None:
        """Many elements are no reason to lose any."""
        many = tuple(kept(drawn("freedraw", f"e{at}", index=f"a1{at:05}1")) for at in range(3_000))
        await happens(space, BoardChanged(many))
        assert [element["id"] for element in (await saved(space))["elements"]] == [f"e{at}" for at in range(3_000)]


class TestWhoMaySave:
    async def test_what_is_put_aside_is_in_teachers_files_only(self, space: Space) -> None:
        (picture,) = (await space.put(PNG)).files
        shown = (kept(drawn("rectangle", "e1")), kept(drawn("image", "e2", fileId=picture["id"], index="a1")))
        await happens(space, BoardChanged(shown), BoardHidden(("e2",)))
        for_pupils, for_teachers = await saved(space, "leo"), await saved(space, "claire")
        assert [element["id"] for element in for_pupils["elements"]] == ["e1"]
        assert for_pupils["files"] == {}
        assert len(for_teachers["elements"]) == 2
        assert len(for_teachers["files"]) == 1

    async def test_pupils_where_teachers_allow_it(self, space: Space) -> None:
        await happens(space, BoardPolicySet(BoardPolicy(export=False)))
        assert (await save(space)).code == (403, "export_off")
        assert (await save(space, "claire")).status == 200

    async def test_those_who_may_be_in_its_room(self, space: Space) -> None:
        """Others are not told that there is one."""
        assert (await save(space, board=space.staff_room)).code == (404, "unknown_board")
        assert (await save(space, board="nowhere")).code == (404, "unknown_board")
        assert (await save(space, board="a b")).code == (404, "unknown_board")
        assert (await save(space, "claire", board=space.staff_room)).status == 200
        await space.on.administration.set_room_open(space.project, space.room, False)
        assert (await save(space, "guest")).code == (409, "room_closed")

    async def test_those_who_are_signed_in(self, space: Space) -> None:
        assert (await save(space, Cookie="a=b")).code == (401, "sign_in_required")

    async def test_no_board_of_another_project(self, space: Space) -> None:
        other = await open_space(space.on)
        assert (await save(space, board=other.room)).code == (404, "unknown_board")

    async def test_not_again_and_again(self, space: Space) -> None:
        for _ in range(budgets.SAVINGS.burst):
            assert (await save(space)).status == 200
        assert (await save(space)).code == (429, "too_many_requests")
        assert (await save(space, "zoe")).status == 200

    async def test_limits_do_not_tell_what_is_there(self, space: Space) -> None:
        """A pupil asks for the staff room's board, and for none, until it is too often: the answers are the same."""
        count = budgets.SAVINGS.burst + 2
        of_staff = [(await save(space, "leo", space.staff_room)).raw for _ in range(count)]
        of_none = [(await save(space, "zoe", "nowhere")).raw for _ in range(count)]
        assert of_staff == of_none
        assert json.loads(of_staff[-1])["error"]["code"] == "too_many_requests"

    async def test_one_at_a_time(self, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each may take megabytes while it is under way; others are not held up by one who reads slowly."""
        begun, go_on = asyncio.Semaphore(0), asyncio.Event()

        async def held(*arguments: Any) -> Any:
            begun.release()
            await go_on.wait()
            return await send(*arguments)

        monkeypatch.setattr("rtserver.files.http.send", held)
        slow = [asyncio.create_task(save(space, name)) for name in ("leo", "claire", "guest")]
        for _ in slow:  # more than the elements of how many boards are written at once
            await begun.acquire()
        assert (await save(space)).code == (429, "too_many_requests")
        go_on.set()
        assert {answer.status for answer in await asyncio.gather(*slow)} == {200}
        assert (await save(space)).status == 200
