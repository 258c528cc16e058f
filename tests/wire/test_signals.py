"""Signals: a mixed room, their order among other commands of one burst, and a flood of them."""

import asyncio
from collections.abc import Callable
from typing import Any

from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, NPM_POLLING, NPM_WEBSOCKET, PYTHON_WEBSOCKET, Client
from tests.wire.frames import WITHIN, FrameClient, command, signed_in_frames
from tests.wire.raw import decoded
from tests.wire.server import Server

COUNT = 100
FLOOD = 2000

LETTERS = "žluťoučký 🐎 \\ \" ' </script> \u2028"


def _signals(client: Client, topic: str) -> list[Any]:
    return [signal["data"] for signal in client.pushes("signal") if signal["topic"] == topic]


async def _got(client: Client, topic: str, last: str) -> None:
    await client.push("signal", lambda signal: (signal["topic"], signal["data"]) == (topic, last))


async def _packets(client: FrameClient, until: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Packets up to the one that is waited for."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(WITHIN):
        while not found or not until(found[-1]):
            message = await client.receive_text()
            if message != "2":
                found.append(decoded(message[1:]))
    return found


def _is_ack(number: int) -> Callable[[dict[str, Any]], bool]:
    return lambda packet: packet["type"] == 3 and packet["id"] == number


def _codes(packets: list[dict[str, Any]]) -> dict[int, str]:
    """What each command was answered, by its number, in the order of the answers."""
    acks = [packet for packet in packets if packet["type"] == 3]
    return {ack["id"]: "ok" if "ok" in ack["data"][0] else ack["data"][0]["error"]["code"] for ack in acks}


async def test_a_mixed_room(classroom: Classroom) -> None:
    """Polling, upgrading, WebSocket, both codecs, both libraries: all get the same, complete and in order."""
    names = ("leo", "zoe", "jan", "ola", "claire", "ewa", "leo", "jan")
    members = [
        (await classroom.enter(classroom.members[name], kind), classroom.members[name])
        for kind, name in zip(KINDS, names, strict=True)
    ]
    for at, (sender, _) in enumerate(members):
        acks = [
            sender.send("room.signal", {"room": classroom.room, "topic": f"t{at}", "data": f"{LETTERS}{number}"})
            for number in range(COUNT // len(members))
        ]
        assert all("ok" in answer for answer in await asyncio.gather(*acks))
    expected = [f"{LETTERS}{number}" for number in range(COUNT // len(members))]
    for at, (sender, member) in enumerate(members):
        for reader, _ in members:
            if reader is sender:
                continue
            await _got(reader, f"t{at}", expected[-1])
            assert _signals(reader, f"t{at}") == expected
            assert {s["member"] for s in reader.pushes("signal") if s["topic"] == f"t{at}"} == {member}
        assert _signals(sender, f"t{at}") == [], "one's own signals do not come back"


async def test_the_newest_of_those_that_are_in_time(classroom: Classroom) -> None:
    """`latest` drops nothing for who keeps up."""
    sender = await classroom.enter(classroom.claire)
    readers = [await classroom.enter(classroom.leo, kind) for kind in (NPM_WEBSOCKET, NPM_POLLING, PYTHON_WEBSOCKET)]
    for number in range(20):
        fields = {"room": classroom.room, "topic": "cursor", "data": str(number), "latest": True}
        await sender.call("room.signal", **fields)
    for reader in readers:
        await _got(reader, "cursor", "19")
        assert _signals(reader, "cursor") == [str(number) for number in range(20)]


async def test_the_order_of_one_burst(classroom: Classroom) -> None:
    """Joining, signalling, posting, leaving, all in one write: each command meets what those before it have done."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(classroom.server.url, classroom.project, auth) as pupil:
        pupil.send_text(
            command(1, "room.join", room=room),
            command(2, "room.signal", room=room, topic="t", data="in"),
            command(3, "chat.post", room=room, text="written inside", nonce=new_nonce()),
            command(4, "room.leave", room=room),
            command(5, "room.signal", room=room, topic="t", data="out"),
            command(6, "chat.post", room=room, text="written outside", nonce=new_nonce()),
            command(7, "room.join", room=room),
            command(8, "room.signal", room=room, topic="t", data="in again"),
            command(9, "project.roster"),
        )
        answered = await _packets(pupil, _is_ack(9))
        if 3 not in _codes(answered):  # it is answered after its commit
            answered += await _packets(pupil, _is_ack(3))
        codes = _codes(answered)
    assert codes == {
        **dict.fromkeys((1, 2, 3, 4, 7, 8, 9), "ok"),
        5: "not_joined",
        6: "not_joined",
    }
    assert [number for number in codes if number != 3] == [1, 2, 4, 5, 6, 7, 8, 9]
    await _got(teacher, "t", "in again")
    await teacher.reached(room, 1)
    assert _signals(teacher, "t") == ["in", "in again"]
    assert teacher.view(room).texts == ["written inside"]
    order = [entry.name for entry in teacher.journal if entry.name in ("signal", "event")]
    assert order.index("signal") < order.index("event")


async def test_who_leaves_a_busy_room(classroom: Classroom) -> None:
    """Until the answer signals come, in order and without a gap; behind it there is none."""
    room = classroom.room
    auths = [await classroom.session(member) for member in (classroom.claire, classroom.zoe)]
    url, project = classroom.server.url, classroom.project
    async with signed_in_frames(url, project, auths[0]) as sender, signed_in_frames(url, project, auths[1]) as leaver:
        for one in (sender, leaver):
            one.send_text(command(1, "room.join", room=room))
            await _packets(one, _is_ack(1))
        numbers = iter(range(10**6))

        def send(count: int) -> None:
            signals = [(number, str(number)) for _, number in zip(range(count), numbers, strict=False)]
            sender.send_text(
                *(command(1000 + number, "room.signal", room=room, topic="t", data=data) for number, data in signals)
            )

        send(300)
        before = await _packets(leaver, lambda packet: packet["data"][0] == "signal")
        leaver.send_text(command(2, "room.leave", room=room))
        send(300)
        before += await _packets(leaver, _is_ack(2))
        send(300)
        await _packets(sender, _is_ack(1000 + 899))
        leaver.send_text(command(3, "project.roster"))
        after = await _packets(leaver, _is_ack(3))
    got = [int(packet["data"][1]["data"]) for packet in before if packet["data"][0] == "signal"]
    assert got == list(range(len(got)))
    assert len(got) > 0
    assert [packet for packet in after if packet["data"][0] == "signal"] == []


async def test_a_flood(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> None:
    """Its sender is told so, and limited; the others neither get it nor are limited themselves."""
    server = own_server(signals_rate=10, signals_burst=30, member_signals_rate=20, member_signals_burst=60)
    classroom: Classroom = await open_room(server)
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.zoe, NPM_POLLING)
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(server.url, classroom.project, auth) as flooder:
        flooder.send_text(command(1, "room.join", room=room))
        await _packets(flooder, _is_ack(1))
        begun = asyncio.get_running_loop().time()
        flooder.send_text(
            *(command(10 + at, "room.signal", room=room, topic="flood", data=str(at)) for at in range(FLOOD))
        )
        for number in range(20):
            await pupil.call("room.signal", room=room, topic="calm", data=str(number))
            await classroom.post(teacher, f"line {number}")
        codes = _codes(await _packets(flooder, _is_ack(10 + FLOOD - 1)))
        lasted = asyncio.get_running_loop().time() - begun
        flooder.send_text(command(5, "chat.post", room=room, text="no flood at all", nonce=new_nonce()))
        assert _codes(await _packets(flooder, _is_ack(5)))[5] == "ok"
    taken = [number - 10 for number, code in codes.items() if code == "ok"]
    assert set(codes.values()) == {"ok", "too_many_requests"}
    assert 30 <= len(taken) <= 30 + 10 * lasted + 1
    await _got(teacher, "calm", "19")
    await teacher.reached(room, 21)  # the flooder's line: it comes behind their signals
    assert _signals(teacher, "calm") == [str(number) for number in range(20)]
    assert _signals(teacher, "flood") == [str(number) for number in taken]
    assert teacher.pushes("problem") == pupil.pushes("problem") == []
