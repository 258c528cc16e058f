"""What teachers and the office decide holds on open sockets at once, on every way back in, and after a restart."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import (
    KINDS,
    NPM_POLLING,
    NPM_WEBSOCKET,
    PYTHON_POLLING,
    PYTHON_WEBSOCKET,
    Client,
    CommandRefused,
    Kind,
    everywhere,
)
from tests.wire.server import Server

every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
FOUR_KINDS = [NPM_WEBSOCKET, NPM_POLLING, PYTHON_WEBSOCKET, PYTHON_POLLING]
four_kinds = pytest.mark.parametrize("kind", FOUR_KINDS, ids=str)

AT_ONCE = 10.0
"""Seconds until a removed member's sockets are cut, on a busy machine: else the heartbeat would do it, after 45."""

POLL_INTERVAL = 0.2
"""Seconds between the server's looks into the database, as the tests set it."""

REFUSED = {"session_ended", "not_a_member", "ticket_invalid"}


async def _cannot_come_back(classroom: Classroom, session: str | None, ticket: dict[str, Any]) -> None:
    """Neither with the session nor with a ticket, over any transport."""
    ways = [({"version": 1, "session": session}, kind) for kind in KINDS] + [(ticket, kind) for kind in KINDS]
    clients = [classroom.client(auth, kind) for auth, kind in ways]
    refused = await asyncio.gather(*(client.refused() for client in clients))
    assert {entry.name for entry in refused} <= REFUSED
    assert not any(client.is_connected for client in clients)


@every_kind
async def test_a_removed_member_is_cut_at_once(classroom: Classroom, kind: Kind) -> None:
    """All sockets of the pupil are told bye and end; no session, no ticket lets the pupil in again."""
    teacher = await classroom.enter(classroom.claire)
    friend = await classroom.enter(classroom.zoe)
    pupil, second = await classroom.enter(classroom.leo, kind), await classroom.enter(classroom.leo, PYTHON_POLLING)
    ticket = await classroom.ticket(classroom.leo)
    last = await classroom.post(teacher, "who is still here?")
    await everywhere([pupil, second, friend], classroom.room, last)
    started = time.monotonic()
    await teacher.call("member.remove", member=classroom.leo, nonce=new_nonce())
    for socket in (pupil, second):
        bye = await socket.push("bye", within=AT_ONCE)
        assert bye["code"] == "not_a_member"
        await socket.disconnected(within=max(0.01, AT_ONCE - (time.monotonic() - started)))
    after = await classroom.post(teacher, "and who now?")
    await friend.reached(classroom.room, after)
    assert pupil.view(classroom.room).seq == second.view(classroom.room).seq == last
    await teacher.push("presence", lambda diff: {"member": classroom.leo, "rooms": None} in diff["changes"])
    await _cannot_come_back(classroom, pupil.session, ticket)
    assert len(pupil.entries("connected")) == 1


@every_kind
async def test_who_was_removed_while_away_is_refused(classroom: Classroom, kind: Kind) -> None:
    """A pupil who is removed during a drop does not get back in, and reads nothing."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.leo, kind)
    pupil.offline()
    await pupil.disconnected()
    await teacher.call("member.remove", member=classroom.leo, nonce=new_nonce())
    pupil.online()
    assert (await pupil.refused()).name in REFUSED


@four_kinds
async def test_removal_by_another_process_is_noticed(classroom: Classroom, kind: Kind) -> None:
    """The command line removes a pupil in the same database: cut within the poll interval and a little."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.jan, kind)
    await classroom.administration.remove_member(classroom.project, classroom.jan)
    bye = await pupil.push("bye", within=POLL_INTERVAL + AT_ONCE)
    assert bye["code"] in ("not_a_member", "session_ended")
    await pupil.disconnected(within=AT_ONCE)
    await teacher.push("event", lambda event: event["body"] == {"kind": "member.removed", "member": classroom.jan})
    await classroom.post(teacher, "we go on without")


@four_kinds
async def test_sessions_ended_by_another_process(classroom: Classroom, kind: Kind) -> None:
    """Sessions that are ended in the database alone, without a word in the project's log, end their sockets."""
    friend = await classroom.enter(classroom.zoe)
    pupil = await classroom.enter(classroom.jan, kind)
    await classroom.auth.end_sessions_of_member(classroom.project, classroom.jan)
    bye = await pupil.push("bye", within=POLL_INTERVAL + AT_ONCE)
    assert bye["code"] == "session_ended"
    await pupil.disconnected(within=AT_ONCE)
    again = await classroom.enter(classroom.jan, kind)
    assert friend.pushes("bye") == again.pushes("bye") == []


@every_kind
async def test_signing_out_ends_every_socket_of_the_session(classroom: Classroom, kind: Kind) -> None:
    """session.end: acknowledged, then bye on all sockets of that session and on no other."""
    pupil = await classroom.enter(classroom.ola, kind)
    other = await classroom.enter(classroom.ola, NPM_WEBSOCKET)
    tab = classroom.client({"version": 1, "session": pupil.session}, PYTHON_WEBSOCKET)
    await tab.connected()
    assert await pupil.call("session.end") == {}
    for socket in (pupil, tab):
        assert (await socket.push("bye"))["code"] == "session_ended"
        await socket.disconnected()
    late = classroom.client({"version": 1, "session": pupil.session}, kind)
    assert (await late.refused()).name == "session_ended"
    await other.call("project.roster")


async def _post(client: Client, room: str) -> str | None:
    """Try to post; None or the code of why not."""
    try:
        await client.call("chat.post", room=room, text="may I write here?", nonce=new_nonce())
    except CommandRefused as refused:
        return refused.code
    return None


async def _told(client: Client, action: str, code: str | None, after: int) -> None:
    await client.push("rights", lambda rights: rights["denied"][action] == code, after=after)


RESTRICTIONS: list[tuple[str, dict[str, Any], str]] = [
    ("room.set_open", {"open": False}, "room_closed"),
    ("room.set_lock", {"capability": "post", "locked": True}, "room_locked"),
    ("member.set_capability", {"capability": "post", "allowed": False}, "capability_off"),
]


@every_kind
async def test_restrictions_take_effect_on_open_sockets(classroom: Classroom, kind: Kind) -> None:
    """Closing, locking and muting are pushed at once, refuse writing with their code, and hold after a drop."""
    room = classroom.room
    teacher = await classroom.enter(classroom.ewa)
    pupil = await classroom.enter(classroom.jan, kind)
    own = await classroom.post(pupil, "while I could")
    for command, change, code in RESTRICTIONS:
        where = {"member": classroom.jan} if command == "member.set_capability" else {"room": room}
        drops = len(pupil.entries("connected"))
        seen = len(pupil.journal)
        await teacher.call(command, **where, **change, nonce=new_nonce())
        await _told(pupil, "post", code, seen)
        await _told(pupil, "signal", code, seen)
        assert await _post(pupil, room) == code
        edit = {"room": room, "message": own, "text": "changed after all", "nonce": new_nonce()}
        assert await pupil.refusal("chat.edit", **edit) == code
        assert await pupil.refusal("room.signal", room=room, topic="typing", data="") == code
        pupil.drop()
        await pupil.connected(times=drops + 1)
        assert (await pupil.resume(room))["rights"]["denied"]["post"] == code
        assert await _post(pupil, room) == code
        seen = len(pupil.journal)
        undone = {name: not value for name, value in change.items() if isinstance(value, bool)}
        await teacher.call(command, **where, **{**change, **undone}, nonce=new_nonce())
        await _told(pupil, "post", None, seen)
        assert await _post(pupil, room) is None


@every_kind
async def test_a_ban_takes_out_of_the_room(classroom: Classroom, kind: Kind) -> None:
    """A banned pupil is expelled from the room, hears nothing of it, and cannot join until the ban is lifted."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    friend = await classroom.enter(classroom.zoe)
    pupil = await classroom.enter(classroom.leo, kind)
    ban = {"member": classroom.leo, "room": room, "banned": True}
    await teacher.call("member.set_room_ban", **ban, nonce=new_nonce())
    assert await pupil.push("expelled") == {"room": room, "code": "room_banned"}
    unheard = await classroom.post(teacher, "the banned one hears nothing")
    await friend.reached(room, unheard)
    assert await _post(pupil, room) == "room_banned"
    assert await pupil.refusal("room.join", room=room) == "room_banned"
    assert await pupil.refusal("chat.history", room=room, before=100) == "room_banned"
    pupil.drop()
    await pupil.connected(times=2)
    assert await pupil.refusal("room.join", room=room) == "room_banned"
    assert pupil.view(room).seq < unheard
    await teacher.call("member.set_room_ban", **{**ban, "banned": False}, nonce=new_nonce())
    answer = await pupil.resume(room)
    assert [event["seq"] for event in answer["events"]] == [unheard]
    assert await _post(pupil, room) is None


@four_kinds
async def test_a_visitor_leaves_with_the_lesson(classroom: Classroom, kind: Kind) -> None:
    """A visitor is expelled when the room closes; a pupil stays and reads."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.zoe)
    visitor = await classroom.enter(classroom.visitor, kind)
    assert await _post(visitor, classroom.room) == "capability_off"
    await teacher.call("room.set_open", room=classroom.room, open=False, nonce=new_nonce())
    assert await visitor.push("expelled") == {"room": classroom.room, "code": "room_closed"}
    last = await classroom.post(teacher, "a word after the lesson")
    await pupil.reached(classroom.room, last)
    assert visitor.view(classroom.room).seq == 0


async def test_restrictions_outlive_a_restart(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """Removal, ban, mute and lock hold after the server was killed and started again."""
    server = own_server()
    classroom = await open_room(server)
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    removed = await classroom.enter(classroom.leo)
    banned = await classroom.enter(classroom.zoe, NPM_POLLING)
    muted = await classroom.enter(classroom.jan, PYTHON_WEBSOCKET)
    locked = await classroom.enter(classroom.ola, PYTHON_POLLING)
    ticket = await classroom.ticket(classroom.leo)
    await teacher.call("member.remove", member=classroom.leo, nonce=new_nonce())
    await teacher.call("member.set_room_ban", member=classroom.zoe, room=room, banned=True, nonce=new_nonce())
    mute = {"member": classroom.jan, "capability": "post", "allowed": False}
    await teacher.call("member.set_capability", **mute, nonce=new_nonce())
    await teacher.call("room.set_lock", room=room, capability="post", locked=True, nonce=new_nonce())
    server.kill()
    server.start()
    await asyncio.gather(*(client.connected(times=2) for client in (teacher, banned, muted, locked)))
    assert (await teacher.resume(room))["snapshot"] is None
    assert await banned.refusal("room.join", room=room) == "room_banned"
    assert (await muted.resume(room))["rights"]["denied"]["post"] == "capability_off"
    assert (await locked.resume(room))["rights"]["denied"]["post"] == "room_locked"
    assert await _post(muted, room) == "capability_off"
    assert await _post(locked, room) == "room_locked"
    await _cannot_come_back(classroom, removed.session, ticket)
