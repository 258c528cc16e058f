"""Malformed Engine.IO and Socket.IO packets: told why or cut off, never a traceback, never noticed by others."""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from tests.wire.bystanders import Bystanders
from tests.wire.classroom import Classroom
from tests.wire.clients import WITHIN
from tests.wire.raw import Ended, RawPolling, RawWebSocket, decoded, signed_in

ALIVE = "alive"
"""The connection goes on; nothing was said."""

ENDED = "ended"
"""Not even Engine.IO: the transport ends (over polling with 400 and the code `malformed`)."""

MALFORMED = "malformed"
"""No Socket.IO packet of ours: a `problem` says so, then the transport ends."""

FOLLOW_UP = 77
"""The ack id of the command that shows that a connection is alive."""

AT_ONCE = 12
"""Bad connections at the same time."""

DEEP = 100_000


@dataclass(frozen=True)
class Bad:
    """A frame and what comes of it: ALIVE, ENDED, MALFORMED, or the code of the problem or ack that answers it."""

    frame: bytes
    outcome: str
    is_text: bool = True

    def __str__(self) -> str:
        return f"{self.frame[:50]!r} ({len(self.frame)} bytes)"


def _nested(count: int) -> bytes:
    return b"[" * count + b"]" * count


TEXT = [
    Bad(b"", ENDED),
    Bad(b"9", ENDED),
    Bad(b"9zzz", ENDED),
    Bad(b"x", ENDED),
    Bad(b"[1,2,3]", ENDED),
    Bad(b"\x00", ENDED),
    Bad('٤2["a"]'.encode(), ENDED),
    Bad("²".encode(), ENDED),
    Bad(b"0", ENDED),
    Bad(b'0{"sid":"a"}', ENDED),
    Bad(b"1", ENDED),
    Bad(b"2", ENDED),
    Bad(b"2probe", ENDED),
    Bad(b"3", ALIVE),
    Bad(b"3" + b"x" * 1000, ALIVE),
    Bad(b"5", ENDED),
    Bad(b"6", ENDED),
    Bad(b"b!!!", ENDED),
    Bad(b"bAAA", ENDED),
    Bad(b"4", MALFORMED),
    Bad(b"49", MALFORMED),
    Bad(b"4zzz", MALFORMED),
    Bad(b"4\xc2\xb2", MALFORMED),
    Bad(b"4" + b"[" * DEEP, MALFORMED),
    Bad(b"4" + _nested(DEEP), MALFORMED),
    Bad(b'4{"a":' * 1000, MALFORMED),
    Bad(b"40", MALFORMED),
    Bad(b"40{", MALFORMED),
    Bad(b'40{"version":1}', MALFORMED),
    Bad(b"40/other,", ALIVE),
    Bad(b"40/other,{", ALIVE),
    Bad(b"41", ENDED),
    Bad(b"41/other,", ALIVE),
    Bad(b"42", MALFORMED),
    Bad(b"42{}", MALFORMED),
    Bad(b"42[]", MALFORMED),
    Bad(b"42null", MALFORMED),
    Bad(b'42"a"', MALFORMED),
    Bad(b'42["chat.post"', MALFORMED),
    Bad(b'42["chat.post",{"room":', MALFORMED),
    Bad(b"42[1]", MALFORMED),
    Bad(b"42[null]", MALFORMED),
    Bad(b"42[{}]", MALFORMED),
    Bad(b'42[["a"]]', MALFORMED),
    Bad(b'421["a",{},{}]', MALFORMED),
    Bad(b'42["a",NaN]', MALFORMED),
    Bad(b"42['a']", MALFORMED),
    Bad(b'42["a"]x', MALFORMED),
    Bad(b'42-1["a"]', MALFORMED),
    Bad(b"42" + b"9" * 400 + b'["a"]', MALFORMED),
    Bad(b'429999999999999999["a"]', MALFORMED),
    Bad(b"42" + b"[" * DEEP, MALFORMED),
    Bad(b"42" + _nested(DEEP), MALFORMED),
    Bad(b'42["chat.post",' + _nested(30_000) + b"]", MALFORMED),
    Bad(b'42["chat.post",{"room":"a","text":"\\ud800","nonce":"12345678"}]', "invalid"),
    Bad(b'42["a\\ud800",{}]', MALFORMED),
    Bad(b'42999999999999999["no.such.command"]', "unknown_command"),
    Bad(b'42["no.such.command"]', "unknown_command"),
    Bad(b'42["' + b"n" * 60_000 + b'"]', "unknown_command"),
    Bad(b'42/other,["chat.post",{}]', ALIVE),
    Bad(b'42["chat.post",null]', "invalid"),
    Bad(b'42["chat.post",[]]', "invalid"),
    Bad(b'42["chat.post",{"room":1e999}]', "invalid"),
    Bad(b'42["chat.post",{"room":' + b"9" * 20_000 + b"}]", "invalid"),
    Bad(b'42["chat.post",' + _nested(500) + b"]", "invalid"),
    Bad(b"43", ALIVE),
    Bad(b"43[]", ALIVE),
    Bad(b'431["x"]', ALIVE),
    Bad(b"43" + b"9" * 400, MALFORMED),
    Bad(b"44", MALFORMED),
    Bad(b'44{"message":"x"}', MALFORMED),
    Bad(b'45-["a"]', MALFORMED),
    Bad(b'451-["a",{"_placeholder":true,"num":0}]', MALFORMED),
    Bad(b"461-[]", MALFORMED),
    Bad(b"\xff\xfe", ENDED),
    Bad(b'42["chat.post",{"text":"\xff"}]', ENDED),
    Bad(b'42["chat.post",{"text":"\xed\xa0\x80"}]', ENDED),
    Bad(b"", MALFORMED, is_text=False),
    Bad(b"\x00\x01\x02\x03", MALFORMED, is_text=False),
    Bad(bytes(range(256)), MALFORMED, is_text=False),
    Bad(b"42[]", MALFORMED, is_text=False),
]


def _packed(packet: Any) -> bytes:
    return msgspec.msgpack.encode(packet)


def _event(name: bytes, argument: bytes = b"\x80") -> bytes:
    """An event whose name and argument are encoded already."""
    return b"\x83\xa4type\x02\xa3nsp\xa1/\xa4data\x92" + name + argument


EXTENSION = msgspec.msgpack.Ext(5, b"data")
GOOD = _packed({"type": 2, "nsp": "/", "data": ["chat.post", {"room": "r"}]})
POST = b"\xa9chat.post"

BASE64 = {"polling": [Bad(b"b////", MALFORMED)], "websocket": [Bad(b"b////", ENDED)]}
"""What is base64 of no packet in a polled payload, and nothing at all in a WebSocket."""

MSGPACK = [
    *(Bad(GOOD[:length], MALFORMED, is_text=False) for length in (1, 7, 20, len(GOOD) - 1)),
    Bad(GOOD + b"\x00", MALFORMED, is_text=False),
    *(
        Bad(_packed(packet), MALFORMED, is_text=False)
        for packet in (
            None,
            5,
            "2",
            [],
            {},
            EXTENSION,
            [2, "/", ["a"]],
            {"type": "2", "nsp": "/", "data": ["a"]},
            {"type": None, "nsp": "/", "data": ["a"]},
            {"type": 2.5, "nsp": "/", "data": ["a"]},
            {"type": -1, "nsp": "/", "data": ["a"]},
            {"type": 9, "nsp": "/", "data": ["a"]},
            {"type": 2**63, "nsp": "/", "data": ["a"]},
            {"type": EXTENSION, "nsp": "/", "data": ["a"]},
            {"type": 4, "nsp": "/", "data": {}},
            {"type": 5, "nsp": "/", "data": ["a"]},
            {"type": 2, "nsp": 5, "data": ["a"]},
            {"type": 2, "nsp": None, "data": ["a"]},
            {"type": 2, "nsp": "/", "id": "x", "data": ["a"]},
            {"type": 2, "nsp": "/", "id": -1, "data": ["a"]},
            {"type": 2, "nsp": "/", "id": 2**60, "data": ["a"]},
            {"type": 2, "nsp": "/", "id": [1], "data": ["a"]},
            {"type": 2, "nsp": "/"},
            {"type": 2, "nsp": "/", "data": None},
            {"type": 2, "nsp": "/", "data": "chat.post"},
            {"type": 2, "nsp": "/", "data": {"0": "chat.post"}},
            {"type": 2, "nsp": "/", "data": EXTENSION},
            {"type": 2, "nsp": "/", "data": []},
            {"type": 2, "nsp": "/", "data": [1]},
            {"type": 2, "nsp": "/", "data": [b"chat.post"]},
            {"type": 2, "nsp": "/", "data": [EXTENSION]},
            {"type": 2, "nsp": "/", "data": ["a", {}, {}]},
        )
    ),
    Bad(_event(b"\xa9chat.pos\xff"), MALFORMED, is_text=False),
    Bad(b"\x91" * DEEP, MALFORMED, is_text=False),
    Bad(_event(POST, b"\x91" * 30_000 + b"\x90"), MALFORMED, is_text=False),
    Bad(b"\xdd\xff\xff\xff\xff", MALFORMED, is_text=False),
    Bad(b"\xdf\xff\xff\xff\xff", MALFORMED, is_text=False),
    Bad(_event(b"\xdb\xff\xff\xff\xff"), MALFORMED, is_text=False),
    Bad(b"\xc1" * 10, MALFORMED, is_text=False),
    Bad(_event(POST, b"\x81\xa4text\xa2\xff\xfe"), "invalid", is_text=False),
    Bad(_event(POST, b"\x81\xa4text\xa3\xed\xa0\x80"), "invalid", is_text=False),
    Bad(_event(POST, b"\x81\xa2\xff\xfe\xa1a"), "invalid", is_text=False),
    Bad(_event(POST, _packed({"room": EXTENSION})), "invalid", is_text=False),
    Bad(_event(POST, _packed({"room": b"r", "text": b"t", "nonce": b"12345678"})), "invalid", is_text=False),
    Bad(_event(POST, _packed({5: 6})), "invalid", is_text=False),
    Bad(_event(POST, b"\xd6\xff\x00\x00\x00\x00"), "invalid", is_text=False),
    Bad(_event(POST, b"\x90"), "invalid", is_text=False),
    Bad(_packed({"type": 2, "nsp": "/", "data": ["chat.post", None]}), "invalid", is_text=False),
    Bad(_packed({"type": 2, "nsp": "/", "data": ["no.such.command", EXTENSION]}), "unknown_command", is_text=False),
    Bad(_packed({"type": 2, "nsp": "/other", "data": ["chat.post", {}]}), ALIVE, is_text=False),
    Bad(_packed({"type": 3, "nsp": "/", "id": 1, "data": []}), ALIVE, is_text=False),
    Bad(_packed({"type": 3, "nsp": "/", "data": EXTENSION}), ALIVE, is_text=False),
]


def _follow_up(parser: str) -> tuple[bytes, bool]:
    if parser == "json":
        return f'42{FOLLOW_UP}["project.roster",{{}}]'.encode(), True
    return _packed({"type": 2, "nsp": "/", "data": ["project.roster", {}], "id": FOLLOW_UP}), False


async def _outcome(connection: RawPolling | RawWebSocket, bad: Bad, parser: str) -> str:
    """What came of the frame. Listened to all the while, as by every client: the last words wait half a second."""
    listening = asyncio.ensure_future(_heard(connection))
    try:
        async with asyncio.timeout(WITHIN):
            await connection.send(bad.frame, bad.is_text)
            await connection.send(*_follow_up(parser))
        return await listening
    except Ended as ended:
        return await listening if _is_expected(ended) else f"{ended}"
    except TimeoutError:
        return "not even taken"
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def _heard(connection: RawPolling | RawWebSocket) -> str:
    """Until the follow-up is answered, or the connection has ended."""
    said = ALIVE
    try:
        async with asyncio.timeout(WITHIN):
            while True:
                packet = decoded(await connection.receive())
                if packet["type"] == 2 and packet["data"][0] == "problem":
                    assert set(packet["data"][1]) == {"code", "message", "retry"}
                    said = packet["data"][1]["code"]
                elif packet["type"] == 3 and packet["id"] != FOLLOW_UP:
                    said = packet["data"][0]["error"]["code"]
                elif packet["type"] == 3 and said != MALFORMED:
                    return said
    except Ended as ended:
        if not _is_expected(ended):
            return f"{ended}"
        return ENDED if said == ALIVE else said
    except TimeoutError:
        return f"{said}, and then nothing"


def _is_expected(ended: Ended) -> bool:
    return ended.code in (None, "malformed", "invalid")  # "invalid": the sid is known no longer


@pytest.mark.parametrize("parser", ["json", "msgpack"])
@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_malformed_packets(classroom: Classroom, transport: str, parser: str) -> None:
    """Each has its outcome, on a connection of its own, while the others chat."""
    bystanders = await Bystanders.enter(classroom)
    cases = (TEXT if parser == "json" else MSGPACK) + BASE64[transport]
    places = asyncio.Semaphore(AT_ONCE)

    async def attempt(bad: Bad) -> tuple[str, str]:
        async with places:
            auth = await classroom.ticket(classroom.leo)  # with a session so many connects would be told to wait
            async with signed_in(transport, classroom.server.url, classroom.project, auth, parser) as connection:
                return str(bad), await _outcome(connection, bad, parser)

    attempts = [asyncio.ensure_future(attempt(bad)) for bad in cases]
    while not all(done.done() for done in attempts):
        await bystanders.chat()
    assert await asyncio.gather(*attempts) == [(str(bad), bad.outcome) for bad in cases]
    await bystanders.check()
    victim = await classroom.enter(classroom.leo)
    await classroom.post(victim, "and here I am again")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"\xff\xfe", 400, "malformed"),
        (b"\x1e", 400, "malformed"),
        (b"43[]\x1e", 400, "malformed"),
        (b'42["a"]\x1e9', 400, "malformed"),
        (b"\x1e".join([b"3"] * 1001), 400, "malformed"),
        (b"3" * 1_000_001, 413, "too_large"),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else str(value),
)
@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_malformed_payloads(classroom: Classroom, body: bytes, status: int, code: str) -> None:
    """A polling request that is no Engine.IO payload is told so."""
    auth = await classroom.session(classroom.leo)
    async with signed_in("polling", classroom.server.url, classroom.project, auth) as connection:
        assert isinstance(connection, RawPolling)
        with pytest.raises(Ended) as ended:
            await connection.post(body)
        assert (ended.value.status, ended.value.code) == (status, code)


async def test_a_thousand_packets_in_one_payload(classroom: Classroom) -> None:
    """As many as a payload may have are all answered, in order."""
    auth = await classroom.session(classroom.leo)
    async with signed_in("polling", classroom.server.url, classroom.project, auth) as connection:
        assert isinstance(connection, RawPolling)
        await connection.post(b"\x1e".join(b'42%d["room.leave",{"room":"r"}]' % number for number in range(1000)))
        answered: list[int] = []
        async with asyncio.timeout(WITHIN):
            while len(answered) < 1000:
                packet = decoded(await connection.receive())
                if packet["type"] == 3:
                    answered.append(packet["id"])
        assert answered == list(range(1000))


async def test_a_websocket_that_upgrades_wrongly_gives_the_socket_back(classroom: Classroom) -> None:
    """Whatever stands in place of the probe, polling goes on, and a proper upgrade is possible later."""
    auth = await classroom.session(classroom.leo)
    async with signed_in("polling", classroom.server.url, classroom.project, auth) as connection:
        assert isinstance(connection, RawPolling)
        asked = {**connection._query, "transport": "websocket"}
        for frames in (("4zzz",), ("2prob",), ("",), ("2probe", "4zzz"), ("2probe", ""), ("2probe", "5x")):
            async with connection._http.ws_connect(connection._url, params=asked) as websocket:
                for frame in frames:
                    await websocket.send_str(frame)
                async with asyncio.timeout(WITHIN):
                    while (message := await websocket.receive()).type.name == "TEXT":
                        assert message.data == "3probe"
            await connection.send(b'429["project.roster",{}]')
            async with asyncio.timeout(WITHIN):
                while decoded(await connection.receive()).get("id") != 9:
                    pass
        async with connection._http.ws_connect(connection._url, params=asked) as websocket:
            await websocket.send_str("2probe")
            assert (await websocket.receive()).data == "3probe"
            await websocket.send_str("5")
            await websocket.send_str('428["project.roster",{}]')
            async with asyncio.timeout(WITHIN):
                while not str((await websocket.receive()).data).startswith("438"):
                    pass
            with pytest.raises(Ended) as ended:
                await connection.send(b"3")
            assert ended.value.status == 400
