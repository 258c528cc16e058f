"""How far each has read, searching, and languages of messages, as official clients live them."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, NPM_WEBSOCKET, PYTHON_POLLING, Client, Kind
from tests.wire.conftest import GENEROUS
from tests.wire.server import Server

every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
two_kinds = pytest.mark.parametrize("kind", [NPM_WEBSOCKET, PYTHON_POLLING], ids=str)


def texts(page: dict[str, Any]) -> list[str]:
    return [hit["message"]["text"] for hit in page["hits"]]


async def told(client: Client, member: str, message: int) -> None:
    """Wait until the client is told that a member has read so far."""
    mark = {"member": member, "message": message}
    await client.push("read_marks", lambda push: mark in push["marks"])


@every_kind
async def test_how_far_each_has_read(classroom: Classroom, kind: Kind) -> None:
    """Those who are there are told; who joins, with a position or without, gets all of it."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan, kind)
    first = await classroom.post(teacher, "Cześć")
    last = await classroom.post(teacher, "Salut")
    assert await pupil.call("chat.read", room=room, message=last) == {}
    assert await pupil.call("chat.read", room=room, message=first) == {}
    await told(teacher, classroom.jan, last)
    await told(pupil, classroom.jan, last)
    assert await teacher.call("chat.read", room=room, message=first) == {}
    await told(pupil, classroom.claire, first)

    newcomer = await classroom.connect(classroom.zoe, kind)
    await newcomer.join_project()
    joined = await newcomer.join(room)
    marks = [{"member": classroom.claire, "message": first}, {"member": classroom.jan, "message": last}]
    assert sorted(joined["snapshot"]["marks"], key=lambda mark: int(mark["message"])) == marks
    assert joined["marks"] == []
    again = await newcomer.call("room.join", room=room, position=joined["position"])
    assert again["snapshot"] is None
    assert sorted(again["marks"], key=lambda mark: int(mark["message"])) == marks


@pytest.mark.one_driver
async def test_marks_outlive_the_server(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """One that ends in order writes what was noted."""
    server = own_server(**GENEROUS)
    classroom: Classroom = await open_room(server)
    pupil = await classroom.enter(classroom.jan)
    teacher = await classroom.enter(classroom.claire)
    last = await classroom.post(teacher, "Cześć")
    await pupil.call("chat.read", room=classroom.room, message=last)
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    back = await classroom.connect(classroom.ewa)
    await back.join_project()
    joined = await back.join(classroom.room)
    assert joined["snapshot"]["marks"] == [{"member": classroom.jan, "message": last}]


@every_kind
async def test_searching(classroom: Classroom, kind: Kind) -> None:
    """By beginnings of words, without accents, newest first, by pages, and as the messages are now."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan, kind)
    rivers = [await classroom.post(teacher, text) for text in ("Wisła jest długa", "La Loire", "Wisłą w dół")]
    page = await pupil.call("chat.search", room=room, text="wisl")
    assert texts(page) == ["Wisłą w dół", "Wisła jest długa"]
    assert page["more"] is False
    assert [hit["before"] for hit in page["hits"]] == [rivers[1], None]
    assert page["hits"][0]["room"] == room
    first = await pupil.call("chat.search", room=None, text="WISŁ", limit=1)
    assert (texts(first), first["more"]) == (["Wisłą w dół"], True)
    place = {"room": room, "message": first["hits"][0]["message"]["id"]}
    second = await pupil.call("chat.search", room=None, text="WISŁ", limit=1, before=place)
    assert (texts(second), second["more"]) == (["Wisła jest długa"], False)

    await teacher.call("chat.edit", room=room, message=rivers[1], text="La Seine", nonce=new_nonce())
    await teacher.call("chat.delete", room=room, message=rivers[2], nonce=new_nonce())
    assert texts(await pupil.call("chat.search", room=room, text="loire")) == []
    assert texts(await pupil.call("chat.search", room=room, text="seine")) == ["La Seine"]
    assert texts(await pupil.call("chat.search", room=None, text="wisla")) == ["Wisła jest długa"]


@pytest.mark.one_driver
@two_kinds
async def test_what_one_may_not_read_is_not_found(classroom: Classroom, kind: Kind) -> None:
    """The staff room by pupils, and a room by who is kept out of it."""
    teacher = await classroom.enter(classroom.claire)
    staff_room = classroom.staff_room
    await teacher.join(staff_room)
    await teacher.call("chat.post", room=staff_room, text="secret river", nonce=new_nonce())
    await classroom.post(teacher, "river for all")
    pupil = await classroom.enter(classroom.jan, kind)
    assert texts(await teacher.call("chat.search", room=None, text="river")) == ["river for all", "secret river"]
    assert texts(await pupil.call("chat.search", room=None, text="river")) == ["river for all"]
    assert await pupil.refusal("chat.search", room=staff_room, text="river") == "unknown_room"
    ban = {"member": classroom.jan, "room": classroom.room, "banned": True, "nonce": new_nonce()}
    await teacher.call("member.set_room_ban", **ban)
    await pupil.push("expelled")
    assert texts(await pupil.call("chat.search", room=None, text="river")) == []
    assert await pupil.refusal("chat.search", room=classroom.room, text="river") == "room_banned"


@pytest.mark.one_driver
@two_kinds
async def test_what_cannot_be_asked(classroom: Classroom, kind: Kind) -> None:
    """Too short, too long, too many: it is said; signs find nothing."""
    pupil = await classroom.enter(classroom.jan, kind)
    for wrong in ({"text": "a"}, {"text": "a" * 101}, {"text": "river", "limit": 51}, {"text": "river", "limit": 0}):
        assert await pupil.refusal("chat.search", room=None, **wrong) == "invalid"
    for odd in ("*" * 100, "\x00\x00", '"" OR', "👍👍", "') --"):
        assert (await pupil.call("chat.search", room=None, text=odd))["hits"] == []
    assert await pupil.refusal("chat.read", room=classroom.room, message=0) == "invalid"


@pytest.mark.one_driver
async def test_a_child_that_types_on_and_on(classroom: Classroom) -> None:
    """Is asked to wait, and still posts."""
    await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan)
    searches = [pupil.send("chat.search", {"room": None, "text": f"river {number}"}) for number in range(40)]
    codes = [ack.get("error", {}).get("code") for ack in await asyncio.gather(*searches)]
    assert codes[0] is None
    assert "too_many_requests" in codes
    assert set(codes) == {None, "too_many_requests"}
    await classroom.post(pupil, "still here")


@pytest.mark.one_driver
@two_kinds
async def test_languages(classroom: Classroom, kind: Kind) -> None:
    """Each message has the one that it is written in, if it is one of the classes' and clear."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan, kind)
    said = ["Bonjour à tous, nous habitons à Lyon", "Dzień dobry wszystkim, co robicie?", "ok"]
    ids = [await classroom.post(teacher, text) for text in said]
    page = await pupil.call("chat.history", room=classroom.room, before=ids[-1] + 1)
    assert [message["language"] for message in page["messages"]] == ["fr", "pl", None]


def test_an_sqlite_without_full_text_search(tmp_path: Path) -> None:
    """The operator is told in one sentence, at the start."""
    code = (
        "import sys; from rtserver import revisions; revisions.FULL_TEXT_MODULE = 'fts_none';"
        "from rtserver.cli import main; sys.argv = ['rtserver', 'serve', '--port', '0']; main()"
    )
    environment = {"RT_DATA": str(tmp_path), "RT_MEDIA": "false", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert ran.returncode != 0
    assert "was compiled without full-text search (FTS5)" in " ".join((ran.stderr + ran.stdout).split())
    assert "Traceback" not in ran.stderr
