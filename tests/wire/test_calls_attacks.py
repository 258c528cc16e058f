"""Attacks on a call that goes on: each is refused or dropped, and counted, and the others' media does not notice."""

import asyncio
import os
import re
import secrets
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import psutil
import pytest
from aiortc import RTCCertificate

from media.sdp import Local
from tests.media.classroom import Picture, Silence
from tests.media.offers import BARE, FINGERPRINT
from tests.media.peers import BarePeer, rtp
from tests.wire.caller import Caller, beside_call, enter_call
from tests.wire.classroom import Classroom
from tests.wire.clients import PYTHON_WEBSOCKET, WITHIN
from tests.wire.conftest import QUICK
from tests.wire.media_peer import publishing, viewing
from tests.wire.server import Server, speak

pytestmark = pytest.mark.one_driver

BRIGHT = 200
"""By this the picture is recognised that has to go on."""

PACKETS = 50
"""Of each kind of attack: many more than come by chance."""

FRAMES = 10
"""Pictures that must still come after everything."""

SOUND_SSRC, SOUND_TYPE = 77, 111
LOST_LINES = re.compile(r"a=(mid|fingerprint|ice-pwd|ice-ufrag|setup|rtcp-mux|group|rtpmap:96)")

FUZZED = (
    "v=0",
    "\x00\u2028\x1c" * 300,
    BARE[:200],
    BARE.replace("SAVPF", "AVP"),
    BARE.replace("a=mid:1", "a=mid:0"),
    BARE.replace("96 97", "96 " * 200),
    BARE.replace("sha-256", "sha-1"),
    BARE.replace("abcdefghijklmnopqrstuvwx", "a\r\na=candidate:1"),
    BARE + "a=ssrc:1 x\n" * 1000,
    BARE + BARE.partition("m=")[2] * 40,
    "\n".join(line for line in BARE.splitlines() if not LOST_LINES.match(line)),
    "\n".join(reversed(BARE.splitlines())),
)
"""Offers that nobody can answer."""


@pytest.fixture
async def lesson(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> Classroom:
    """A class room on a server that has nothing configured about media. Its log is searched in the end."""
    return await open_room(own_server(media=True))


class Dropped:
    """What the media worker has dropped, by reason, as an ops team asks for it."""

    def __init__(self, classroom: Classroom, key: str) -> None:
        self._url = f"{classroom.server.url}/api/v1/media"
        self._headers = {"Authorization": f"Bearer {key}"}

    @classmethod
    async def of(cls, classroom: Classroom) -> "Dropped":
        return cls(classroom, (await classroom.auth.create_key("watching", "wire"))[1])

    async def now(self) -> dict[str, int]:
        """All counters."""
        async with aiohttp.ClientSession() as http, http.get(self._url, headers=self._headers) as response:
            (worker,) = (await response.json())["workers"]
        dropped: dict[str, int] = worker["dropped"]
        return dropped

    async def reaches(self, *reasons: str, count: int = PACKETS) -> None:
        """Wait until so many were dropped for these reasons together."""
        try:
            async with asyncio.timeout(WITHIN):
                while self._sum(await self.now(), reasons) < count:
                    pass
        except TimeoutError:
            raise AssertionError(f"{reasons} in {await self.now()}") from None

    @staticmethod
    def _sum(counters: dict[str, int], reasons: tuple[str, ...]) -> int:
        return sum(counters.get(reason, 0) for reason in reasons)


class Attacker:
    """A member's modified client: a session of bare parts, of which everything can be wrong."""

    def __init__(self, caller: Caller, peer: BarePeer, transport: Any) -> None:
        self.caller = caller
        self.peer = peer
        self.transport = transport


def _offer(peer: BarePeer, certificate: RTCCertificate) -> str:
    """Sound and a picture, from this peer, with the fingerprint of this certificate."""
    own = next(each.value for each in certificate.getFingerprints() if each.algorithm == "sha-256")
    offer = BARE.replace(FINGERPRINT, own).replace("abcdefghijklmnopqrstuvwx", peer.password)
    return offer.replace("a=ice-ufrag:abcd", f"a=ice-ufrag:{peer.ufrag}")


async def _attacker(caller: Caller, port: int, certificate: RTCCertificate | None = None) -> Attacker:
    """One that has an answer, and has not begun. `certificate`: another one than it will show."""
    peer = BarePeer(("127.0.0.1", port))
    answer = (await caller.call("offer", role="publish", sdp=_offer(peer, certificate or peer.certificate)))["sdp"]
    told = dict(re.findall(r"a=(ice-ufrag|ice-pwd|fingerprint):(.*)\r\n", answer))
    local = Local(told["ice-ufrag"], speak(told["ice-pwd"]), speak(told["fingerprint"].split()[1]))
    return Attacker(caller, peer, SimpleNamespace(local=local, peer=peer.peer))


@contextmanager
def _strangers(port: int) -> Iterator[socket.socket]:
    """A socket of somebody who is in no call."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.connect(("127.0.0.1", port))
        yield stranger


async def _media_port(caller: Caller, transport: str = "udp") -> int:
    """Where the server takes media: everybody in the call is told."""
    answer = (await caller.call("offer", role="publish", sdp=BARE))["sdp"]
    found = re.search(rf"a=candidate:\S+ 1 {transport} \d+ \S+ (\d+) ", answer)
    assert found is not None
    return int(found[1])


async def _attack_port(port: int, tcp_port: int, victim: Attacker, dropped: Dropped) -> None:
    """As somebody who is in no call."""
    forged = victim.peer.check(victim.transport, password="guessed" * 4)
    unknown = victim.peer.check(victim.transport, username="nobody:nowhere")
    with _strangers(port) as stranger:
        for _ in range(PACKETS):
            stranger.send(forged)
            stranger.send(unknown)
            stranger.send(forged[:30])
            stranger.send(b"\x16\xfe\xfd" + secrets.token_bytes(200))
            stranger.send(rtp(1, SOUND_SSRC))
            stranger.send(b"\x50" + secrets.token_bytes(100))
            stranger.send(b"")
    await dropped.reaches("stun_forged")
    await dropped.reaches("stun_unknown")
    await dropped.reaches("stun_malformed")
    await dropped.reaches("unknown_address", count=2 * PACKETS)
    await dropped.reaches("garbage")
    for _ in range(PACKETS):
        _, writer = await asyncio.open_connection("127.0.0.1", tcp_port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n" * 100)
        writer.close()
    await dropped.reaches("tcp_frame")


async def _attack_srtp(attacker: Attacker, dropped: Dropped) -> None:
    """As a member who may be in the call."""
    peer = attacker.peer
    await peer.connect(attacker.transport)
    first = peer.tx.protect(rtp(1, SOUND_SSRC, payload_type=SOUND_TYPE))
    for _ in range(PACKETS + 1):
        peer.send(first)
    await dropped.reaches("srtp_replayed")
    for number in range(PACKETS):
        peer.send(rtp(number + 2, SOUND_SSRC, secrets.token_bytes(100), SOUND_TYPE))
        peer.send(b"\x80\xc8" + secrets.token_bytes(60))
    await dropped.reaches("srtp_forged", count=2 * PACKETS)
    for number in range(PACKETS):
        peer.send(peer.tx.protect(rtp(number + 2, SOUND_SSRC, payload_type=SOUND_TYPE)))
    await dropped.reaches("RTP that may not be sent")


async def test_a_call_under_attack(lesson: Classroom) -> None:
    """Forged checks, foreign keys, replays, garbage, fuzzed offers, and signalling to people outside the call."""
    teacher = await enter_call(lesson, "claire", PYTHON_WEBSOCKET)
    leo = await enter_call(lesson, "leo", PYTHON_WEBSOCKET)
    zoe = await enter_call(lesson, "zoe", PYTHON_WEBSOCKET)
    outside = await beside_call(lesson, "ola", PYTHON_WEBSOCKET)
    await leo.call("publish", medium="video")
    dropped = await Dropped.of(lesson)
    async with publishing(leo, Silence(), Picture(BRIGHT)), viewing(teacher) as viewer:
        seat = await viewer.sees(leo.me, BRIGHT)
        told = len(outside.client.journal)
        for sdp in FUZZED:
            assert await zoe.refusal("offer", role="publish", sdp=sdp) == "offer_refused", sdp
        await dropped.reaches("offer", count=len(FUZZED))

        port, tcp_port = await _media_port(zoe), await _media_port(zoe, "tcp")
        impostor = await _attacker(zoe, port, RTCCertificate.generateCertificate())
        try:
            await _attack_port(port, tcp_port, impostor, dropped)
            await impostor.peer.find(impostor.transport)
            shaking = asyncio.create_task(impostor.peer.shake_hands())
            await dropped.reaches("dtls_fingerprint", count=1)
            shaking.cancel()
            await asyncio.gather(shaking, return_exceptions=True)
        finally:
            impostor.peer.close()
        attacker = await _attacker(zoe, port)
        try:
            await _attack_srtp(attacker, dropped)
        finally:
            attacker.peer.close()

        for to in (leo.me, lesson.ola, "pt_0000000000000000"):
            for fields in ({"candidate": "candidate:1"}, {"type": "offer", "sdp": BARE}):
                name = "candidate" if "candidate" in fields else "describe"
                assert await zoe.refusal(name, to=to, **fields) == "unknown_participant"
        assert await outside.refusal("offer", role="publish", sdp=BARE) == "not_in_call"
        assert await outside.refusal("candidate", to=leo.me, candidate="candidate:1") == "not_in_call"
        assert await zoe.refusal("candidate", to=leo.me, candidate="x" * 900_000) == "too_large"
        assert not {entry.name for entry in outside.client.journal[told:]} & {"call_description", "call_candidate"}
        assert leo.pushes("call_candidate") == teacher.pushes("call_candidate") == []

        before = seat.frames
        async with asyncio.timeout(WITHIN):
            await seat.until(lambda seat: seat.frames > before + FRAMES)
        await viewer.sees(leo.me, BRIGHT)
        for caller in (teacher, leo, zoe):
            assert caller.client.entries("disconnected") == []
        assert teacher.pushes("call_rebuild") == []


async def test_a_candidate_of_a_megabyte(lesson: Classroom) -> None:
    """Is more than a message may have: whoever sends it is cut off, and the others see each other."""
    teacher = await enter_call(lesson, "claire")
    leo = await enter_call(lesson, "leo", PYTHON_WEBSOCKET)
    zoe = await enter_call(lesson, "zoe", PYTHON_WEBSOCKET)
    await leo.call("publish", medium="video")
    async with publishing(leo, Picture(BRIGHT)), viewing(teacher) as viewer:
        seat = await viewer.sees(leo.me, BRIGHT)
        zoe.client.send("call.candidate", {"room": zoe.room, "to": leo.me, "candidate": "x" * (1 << 20)})
        await zoe.client.disconnected()
        before = seat.frames
        async with asyncio.timeout(WITHIN):
            await seat.until(lambda seat: seat.frames > before + FRAMES)
        assert leo.pushes("call_candidate") == []
        assert leo.client.entries("disconnected") == teacher.client.entries("disconnected") == []


@pytest.fixture
def mortal_server(tmp_path: Path) -> Iterator[Server]:
    """A server that is allowed to complain of a worker that it lost."""
    server = Server(tmp_path, **{**QUICK, "media": True})
    yield server.start()
    server.close()
    server.check_log(expected='"media_worker.lost"')


async def test_a_hold_outlives_the_media_worker(mortal_server: Server, open_room: Callable[..., Any]) -> None:
    """A modified client that goes on sending is not forwarded before, nor by the next worker, nor as a new device."""
    lesson: Classroom = await open_room(mortal_server)
    teacher = await enter_call(lesson, "claire", PYTHON_WEBSOCKET)
    zoe = await enter_call(lesson, "zoe", PYTHON_WEBSOCKET)
    await zoe.call("publish", medium="audio")
    dropped = await Dropped.of(lesson)
    await teacher.decide("hold", member=lesson.zoe, medium="audio", held=True)
    await _is_not_forwarded(zoe, dropped)
    (worker,) = psutil.Process(mortal_server.pid).children()
    os.kill(worker.pid, signal.SIGKILL)
    await zoe.client.push("call_rebuild")
    await _is_not_forwarded(zoe, dropped)
    again = await enter_call(lesson, "zoe", PYTHON_WEBSOCKET)
    assert await again.refusal("publish", medium="audio") == "call_held"
    await again.call("publish", medium="video")
    await _is_not_forwarded(again, dropped)


async def _is_not_forwarded(caller: Caller, dropped: Dropped) -> None:
    """All of the sound that somebody sends is dropped."""
    attacker = await _attacker(caller, await _media_port(caller))
    before = (await dropped.now()).get("RTP that may not be sent", 0)
    try:
        await attacker.peer.connect(attacker.transport)
        for number in range(PACKETS):
            packet = rtp(number + 1, SOUND_SSRC, payload_type=SOUND_TYPE)
            attacker.peer.send(attacker.peer.tx.protect(packet))
        await dropped.reaches("RTP that may not be sent", count=before + PACKETS)
    finally:
        attacker.peer.close()
