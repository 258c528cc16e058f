"""One class on two servers: what one says and does, those on the other see at once, with Redis and without."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from loadtests.topology.postgres import Postgres
from loadtests.topology.redis import Redis
from rooms.model import Role
from rtserver.pages import cookie_name
from rtserver.shapes import NewMember
from tests.rooms.board.drawing import fields
from tests.wire.classroom import Classroom, NewDriver, new_nonce, open_classroom
from tests.wire.clients import NPM_WEBSOCKET, PYTHON_WEBSOCKET, Client
from tests.wire.conftest import GENEROUS, QUICK
from tests.wire.server import Server

pytestmark = [pytest.mark.one_driver, pytest.mark.timeout(120)]

LATE = {"database_poll_interval": 30}
"""Seconds between two looks into the database: nothing in a test that is quick can come by it."""


class Lesson:
    """A classroom of two servers; members connect to the one or the other."""

    def __init__(self, classroom: Classroom, other: Server) -> None:
        self.one = classroom
        self._servers = {1: classroom.server, 2: other}

    async def enter(self, which: int, member: str, **options: Any) -> Client:
        """A client in the class room, by way of a server."""
        self.one.server = self._servers[which]
        return await self.one.enter(member, options.pop("kind", NPM_WEBSOCKET), **options)

    @property
    def first(self) -> Server:
        """One of them."""
        return self._servers[1]

    async def say(self, client: Client, text: str) -> int:
        return await self.one.post(client, text)


async def reads(client: Client, room: str, *texts: str) -> None:
    """Wait until these are the last messages of a room."""
    await client.until(lambda: client.view(room).texts[-len(texts) :] == list(texts), f"{texts}")


async def sees(client: Client, member: str, *rooms: str) -> None:
    """Wait until somebody is told to be in these rooms."""
    here = {"member": member, "rooms": list(rooms)}
    await client.push("presence", lambda told: here in told["changes"])


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    with Redis(tmp_path_factory.mktemp("redis"), password="hush") as running:
        yield running


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres, redis: Redis) -> Iterator[tuple[Server, Server]]:
    """Two servers that hear each other by way of Redis only: they look into the database too late for a test."""
    database = asyncio.run(postgres.new_database())
    shared = {**QUICK, **GENEROUS, **LATE, "database_url": database, "redis_url": redis.url}
    servers = [Server(tmp_path_factory.mktemp("node"), **shared, node_name=f"node{n}").start() for n in (1, 2)]
    yield servers[0], servers[1]
    for server in servers:
        server.stop()
        server.check_log()


@pytest.fixture
async def lesson(pair: tuple[Server, Server], driver: NewDriver) -> AsyncIterator[Lesson]:
    async with open_classroom(pair[0], driver) as classroom:
        yield Lesson(classroom, pair[1])
        await classroom.close()


async def test_chat(lesson: Lesson) -> None:
    """To and fro, in one order, each once; whoever comes later has all of it."""
    room = lesson.one.room
    claire = await lesson.enter(1, lesson.one.claire)
    ewa = await lesson.enter(2, lesson.one.ewa, kind=PYTHON_WEBSOCKET)
    for turn in range(5):
        await lesson.say(claire, f"Bonjour {turn}")
        await reads(ewa, room, f"Bonjour {turn}")
        await lesson.say(ewa, f"Cześć {turn}")
        await reads(claire, room, f"Bonjour {turn}", f"Cześć {turn}")
    both = [lesson.say(client, f"{name} {turn}") for turn in range(20) for name, client in (("c", claire), ("e", ewa))]
    await asyncio.gather(*both)
    for client in (claire, ewa):
        await client.reached(room, 50)
    assert claire.view(room).texts == ewa.view(room).texts
    assert len(claire.view(room).texts) == 50
    late = await lesson.enter(2, lesson.one.zoe)
    assert late.view(room).texts == claire.view(room).texts


async def test_a_resend_to_the_other_server(lesson: Lesson) -> None:
    """Is answered as the first time, and written once."""
    claire = await lesson.enter(1, lesson.one.claire)
    nonce = new_nonce()
    seq = await lesson.one.post(claire, "once", nonce)
    again = await lesson.enter(2, lesson.one.claire)
    assert await lesson.one.post(again, "once", nonce) == seq
    assert again.view(lesson.one.room).texts == ["once"]


async def test_who_is_here_and_where(lesson: Lesson) -> None:
    """Coming, going, and being a teacher."""
    claire = await lesson.enter(1, lesson.one.claire)
    leo = await lesson.enter(2, lesson.one.leo)
    both = {lesson.one.claire, lesson.one.leo}
    seen = len(leo.journal)
    while {one["member"] for one in (await leo.join_project())["presence"]} != both:
        await leo.push("presence", after=seen)  # it may have come with the answer
        seen = len(leo.journal)
    await lesson.say(leo, "allowed, since a teacher is on the other server")
    await reads(claire, lesson.one.room, "allowed, since a teacher is on the other server")
    await leo.close()
    await claire.push("presence", lambda told: {"member": lesson.one.leo, "rooms": None} in told["changes"])


async def test_signals(lesson: Lesson) -> None:
    """To the others in the room on both servers, and to nobody else."""
    claire = await lesson.enter(1, lesson.one.claire)
    ewa, leo = await lesson.enter(2, lesson.one.ewa), await lesson.enter(1, lesson.one.leo)
    await sees(claire, lesson.one.ewa, lesson.one.room)
    await claire.call("room.signal", room=lesson.one.room, topic="typing", data="…")
    for client in (ewa, leo):
        signal = await client.push("signal")
        assert (signal["member"], signal["data"]) == (lesson.one.claire, "…")
    assert claire.pushes("signal") == []


async def test_how_far_each_has_read(lesson: Lesson) -> None:
    """Those on the other server are told; who came later there, too, of what was read before."""
    room = lesson.one.room
    claire = await lesson.enter(1, lesson.one.claire)
    first = await lesson.say(claire, "Bonjour")
    await claire.call("chat.read", room=room, message=first)
    ewa = await lesson.enter(2, lesson.one.ewa)
    joined = await ewa.join(room)
    mark = {"member": lesson.one.claire, "message": first}
    if mark not in joined["snapshot"]["marks"]:  # not written yet: then it is told
        await ewa.push("read_marks", lambda push: mark in push["marks"])
    last = await lesson.say(ewa, "Cześć")
    await ewa.call("chat.read", room=room, message=last)
    for client in (claire, ewa):
        await client.push("read_marks", lambda push: {"member": lesson.one.ewa, "message": last} in push["marks"])


async def test_a_poll(lesson: Lesson) -> None:
    """Votes by way of both servers are counted together, and all are told; a call for attention reaches both too."""
    room = lesson.one.room
    claire, leo = await lesson.enter(1, lesson.one.claire), await lesson.enter(1, lesson.one.leo)
    zoe = await lesson.enter(2, lesson.one.zoe)
    asked = {"question": "Ready?", "choices": ["Yes", "No"]}
    await claire.call("poll.open", room=room, **asked, nonce=new_nonce())
    event = await zoe.push("event", lambda told: told["body"]["kind"] == "poll.opened")
    of = {"room": room, "poll": event["body"]["poll"]}
    for client in (leo, zoe):
        await client.call("poll.vote", **of, choice=1, nonce=new_nonce())
    for client in (claire, zoe):
        await client.push("poll_progress", lambda told: told["votes"] == 2)
    await claire.call("poll.close", **of, nonce=new_nonce())
    for client in (leo, zoe):
        closed = await client.push("event", lambda told: told["body"]["kind"] == "poll.closed")
        assert closed["body"]["counts"] == [0, 2]
    await claire.call("attention.call", room=room, part="chat")
    assert await zoe.push("attention") == {"room": room, "part": "chat", "by": lesson.one.claire}


async def test_strokes_on_a_board(lesson: Lesson) -> None:
    """While they are drawn, and when they are done."""
    room = lesson.one.room
    claire, ewa = await lesson.enter(1, lesson.one.claire), await lesson.enter(2, lesson.one.ewa)
    for client in (claire, ewa):
        await client.call("board.join", board=room)
    await sees(claire, lesson.one.ewa, lesson.one.room)
    await claire.call("board.cursor", board=room, x=1.0, y=2.0, tool="pointer", pressed=False)
    assert (await ewa.push("board_cursor"))["member"] == lesson.one.claire
    change = {"base": 0, "element": fields("rectangle", "e1")}
    await claire.call("board.change", board=room, changes=[change], nonce=new_nonce())
    event = await ewa.push("event", lambda event: event["stream"] == f"board:{room}")
    assert event["body"]["elements"][0]["element"]["id"] == "e1"


async def test_a_kick_and_a_lock(lesson: Lesson) -> None:
    """Hold at once on the other server, on every device."""
    room = lesson.one.room
    claire = await lesson.enter(1, lesson.one.claire)
    leo, zoe = await lesson.enter(2, lesson.one.leo), await lesson.enter(2, lesson.one.zoe)
    await claire.call("room.set_lock", room=room, capability="post", locked=True, nonce=new_nonce())
    await zoe.push("rights", lambda rights: rights["denied"]["post"] is not None)
    assert await zoe.refusal("chat.post", room=room, text="no", nonce=new_nonce()) == "room_locked"
    await claire.call("member.remove", member=lesson.one.leo, nonce=new_nonce())
    assert (await leo.push("bye"))["code"] == "not_a_member"
    await leo.disconnected()


async def test_a_member_who_was_added_on_the_other_server(lesson: Lesson) -> None:
    """May come in before that was heard here."""
    claire = await lesson.enter(1, lesson.one.claire)
    ewa = await lesson.enter(2, lesson.one.ewa)
    french = (await ewa.join_project())["snapshot"]["classes"][0]["id"]
    nadia = NewMember(Role.PUPIL, "Nadia", "N", french)
    added = await lesson.one.administration.add_member(lesson.one.project, nadia)  # by a process without a broker
    await lesson.say(await lesson.enter(2, added.id), "here I am")
    await reads(claire, lesson.one.room, "here I am")


async def test_a_position_that_is_ahead(lesson: Lesson, redis: Redis) -> None:
    """Who comes from a server that knows more than this one misses nothing, and gets nothing twice."""
    claire = await lesson.enter(1, lesson.one.claire)
    await lesson.enter(2, lesson.one.ewa)  # so that the other server has the room in memory
    redis.pause()
    try:
        await lesson.say(claire, "unheard of there")
        position = (await claire.reached(lesson.one.room, 1)).position
        later = await lesson.enter(2, lesson.one.claire)
        answer = await later.call("room.join", room=lesson.one.room, position=position)
        assert (answer["position"], answer["events"], answer["snapshot"]) == (position, [], None)
    finally:
        redis.resume()


@pytest.mark.parametrize("is_there", [True, False])
async def test_without_redis(tmp_path: Path, postgres: Postgres, driver: NewDriver, is_there: bool) -> None:
    """Where there is none, or it is away: everything arrives all the same, by way of the database."""
    database = await postgres.new_database()
    shared = {**QUICK, **GENEROUS, "database_url": database}
    with Redis(tmp_path / "redis") as redis:
        if is_there:
            shared["redis_url"] = redis.url
        servers = []
        for number in (1, 2):
            (tmp_path / str(number)).mkdir()
            servers.append(Server(tmp_path / str(number), **shared).start())
        try:
            async with open_classroom(servers[0], driver) as classroom:
                lesson = Lesson(classroom, servers[1])
                claire = await lesson.enter(1, classroom.claire)
                leo = await lesson.enter(2, classroom.leo)
                redis.kill()
                for turn in range(3):
                    await lesson.say(claire, f"to you {turn}")
                    await reads(leo, classroom.room, f"to you {turn}")
                    await leo.until(lambda: may_write(leo), "a teacher's mark in the database")
                    await lesson.say(leo, f"to me {turn}")
                    await reads(claire, classroom.room, f"to me {turn}")
                await claire.call("member.remove", member=classroom.leo, nonce=new_nonce())
                # Whichever is seen first: that the session has ended, or why.
                assert (await leo.push("bye"))["code"] in ("not_a_member", "session_ended")
                await classroom.close()
        finally:
            for server in servers:
                server.stop()
                server.check_log()


async def test_links_and_devices_are_revoked(lesson: Lesson) -> None:
    """Asked of one server, the pupil's sockets at both end; the other pupil stays, and the first cannot come back."""
    leos = [await lesson.enter(which, lesson.one.leo) for which in (1, 2)]
    zoe = await lesson.enter(2, lesson.one.zoe)
    token = (await lesson.one.session(lesson.one.claire))["session"]
    at = f"{lesson.first.url}/projects/{lesson.one.project}/revocations?member={lesson.one.claire}"
    headers = {"Cookie": f"{cookie_name(lesson.one.claire)}={token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(at, json={"member": lesson.one.leo}, headers=headers) as answer,
    ):
        assert (answer.status, (await answer.json())["devices"]) == (200, 0)
    for leo in leos:
        assert (await leo.push("bye"))["code"] == "session_ended"
        assert (await lesson.one.client({"version": 1, "session": leo.session}).refused()).name == "session_ended"
    assert zoe.is_connected


def may_write(client: Client) -> bool:
    """As the client was told last, with the answer to its join or later."""
    answers = (entry.value.get("ok") if entry.kind == "ack" else entry.value for entry in client.journal)
    rights = [
        answer.get("rights", answer)["denied"]["post"]
        for answer in answers
        if isinstance(answer, dict) and ("rights" in answer or "denied" in answer)
    ]
    return rights[-1] is None
