"""Whole calls with real media: the server as it is started, its media worker, and aiortc on both sides."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from tests.media.classroom import Picture, Silence
from tests.wire.caller import Caller, enter_call
from tests.wire.classroom import Classroom
from tests.wire.clients import PYTHON_WEBSOCKET
from tests.wire.conftest import QUICK
from tests.wire.media_peer import publishing, viewing
from tests.wire.server import Server

pytestmark = pytest.mark.one_driver

BRIGHT, DARK = 200, 60
"""By these two a picture is recognised."""

BACK_WITHIN = 30.0
"""Seconds from the end of a media worker until pictures come again, on a busy machine."""

PACKETS = 30
"""More than what was under way when something was forbidden."""


class Figures:
    """What the server says of its media, as a portal asks for it."""

    def __init__(self, classroom: Classroom, key: str) -> None:
        self._url = f"{classroom.server.url}/api/v1"
        self._project = classroom.project
        self._headers = {"Authorization": f"Bearer {key}"}

    @classmethod
    async def of(cls, classroom: Classroom) -> "Figures":
        return cls(classroom, (await classroom.auth.create_key("watching", "wire"))[1])

    async def sent_to(self, caller: Caller) -> int:
        """Packets to somebody in the one call that goes on."""
        (call,) = (await self._get(f"/projects/{self._project}/calls"))["calls"]
        return sum(one["packets"] for one in call["subscribers"] if one["participant"] == caller.me)

    async def dropped(self) -> int:
        """Packets that the worker did not forward, whatever the reason."""
        (worker,) = (await self._get("/media"))["workers"]
        return sum(worker["dropped"].values())

    async def _get(self, path: str) -> Any:
        async with aiohttp.ClientSession() as http, http.get(self._url + path, headers=self._headers) as response:
            return await response.json()


@pytest.fixture
async def lesson(own_server: Callable[..., Server], open_room: Callable[..., Any]) -> Classroom:
    """A class room on a server that has nothing configured about media."""
    return await open_room(own_server(media=True))


async def test_seen_and_heard_and_held(lesson: Classroom) -> None:
    """A pupil is seen by the teacher and not by themselves; held, nothing of them leaves the server."""
    teacher = await enter_call(lesson, "claire", PYTHON_WEBSOCKET)
    leo = await enter_call(lesson, "leo")
    zoe = await enter_call(lesson, "zoe", PYTHON_WEBSOCKET)
    for caller in (leo, zoe):
        for medium in ("audio", "video"):
            await caller.call("publish", medium=medium)
    async with (
        publishing(leo, Silence(), Picture(BRIGHT)),
        publishing(zoe, Silence(), Picture(DARK)),
        viewing(teacher) as viewer,
        viewing(leo) as own,
    ):
        await viewer.sees(leo.me, BRIGHT)
        await viewer.sees(zoe.me, DARK)
        await own.sees(zoe.me, DARK)
        assert own.showing(leo.me) is None
        for medium in ("audio", "video"):
            await teacher.decide("hold_pupils", medium=medium, held=True)
        figures = await Figures.of(lesson)
        sent, dropped = await figures.sent_to(teacher), await figures.dropped()
        async with asyncio.timeout(BACK_WITHIN):
            while await figures.dropped() < dropped + PACKETS:
                pass
        assert await figures.sent_to(teacher) - sent < PACKETS
        assert own.showing(zoe.me) is None


GOOD_SECTION = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
MALFORMED = (
    "v=0",
    "\x00" * 1000,
    "m=" * 5000,
    f"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n{GOOD_SECTION * 500}",
    f"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n{GOOD_SECTION}a=rtpmap:x\r\na=candidate:\r\n",
)


async def test_malformed_offers(lesson: Classroom) -> None:
    """Are refused with a reason; the next good one is answered, and others do not notice."""
    teacher = await enter_call(lesson, "claire")
    leo = await enter_call(lesson, "leo", PYTHON_WEBSOCKET)
    await teacher.call("publish", medium="video")
    async with publishing(teacher, Picture(BRIGHT)):
        for sdp in MALFORMED:
            assert await leo.refusal("offer", role="subscribe", sdp=sdp) == "offer_refused"
        async with viewing(leo) as viewer:
            await viewer.sees(teacher.me, BRIGHT)


@pytest.fixture
def mortal_server(tmp_path: Path) -> Iterator[Server]:
    """A server that is allowed to complain of a worker that it lost."""
    server = Server(tmp_path, **{**QUICK, "media": True})
    yield server.start()
    server.close()
    server.check_log(expected='"media_worker.lost"')


async def test_the_worker_is_killed(mortal_server: Server, open_room: Callable[..., Any]) -> None:
    """Everybody is told at once, makes new sessions and is seen again within seconds; the chat does not notice."""
    lesson: Classroom = await open_room(mortal_server)
    teacher = await enter_call(lesson, "claire")
    leo = await enter_call(lesson, "leo", PYTHON_WEBSOCKET)
    await leo.call("publish", medium="video")
    async with publishing(leo, Picture(BRIGHT)), viewing(teacher) as viewer:
        await viewer.sees(leo.me, BRIGHT)
        (worker,) = psutil.Process(mortal_server.pid).children()
        began = asyncio.get_running_loop().time()
        os.kill(worker.pid, signal.SIGKILL)
        for caller in (teacher, leo):
            await caller.client.push("call_rebuild")
        await lesson.post(leo.client, "the chat goes on")
        told = len(teacher.client.journal)
        async with publishing(leo, Picture(DARK)), viewing(teacher) as anew:
            await teacher.client.push("call_slots", after=told)
            await anew.sees(leo.me, DARK)
            assert asyncio.get_running_loop().time() - began < BACK_WITHIN
    for caller in (teacher, leo):
        assert caller.client.entries("disconnected") == []
