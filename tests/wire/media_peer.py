"""The media of a caller, by aiortc: an implementation of WebRTC that is not ours."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiortc import MediaStreamTrack, RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from tests.media.classroom import Seat
from tests.wire.caller import Caller

CONNECTED_WITHIN = 30.0
"""Seconds."""


def peer_connection() -> RTCPeerConnection:
    """Without any server: None would be one of a stranger. All sections on one transport from the beginning."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))


def for_aiortc(answer: str) -> str:
    """The answer with its candidates in each section: of those on one transport aiortc reads the last one's only."""
    head, *sections = answer.split("m=")
    ways = "".join(re.findall(r"a=(?:candidate:.*|end-of-candidates)\r\n", sections[0]))
    return "m=".join((head, sections[0], *(section + ways for section in sections[1:])))


async def connect(caller: Caller, role: str, connection: RTCPeerConnection) -> None:
    """Offer a media session, and wait until it stands."""
    connected = asyncio.Event()

    def look() -> None:
        if connection.connectionState == "connected":
            connected.set()

    connection.on("connectionstatechange", look)
    await connection.setLocalDescription(await connection.createOffer())
    answer = await caller.call("offer", role=role, sdp=connection.localDescription.sdp)
    await connection.setRemoteDescription(RTCSessionDescription(for_aiortc(answer["sdp"]), "answer"))
    await asyncio.wait_for(connected.wait(), CONNECTED_WITHIN)


@asynccontextmanager
async def publishing(caller: Caller, *tracks: MediaStreamTrack) -> AsyncIterator[RTCPeerConnection]:
    """Send a microphone and a camera."""
    connection = peer_connection()
    try:
        for track in tracks:
            connection.addTransceiver(track, direction="sendonly")
        await connect(caller, "publish", connection)
        yield connection
    finally:
        await connection.close()


class Viewer:
    """The slots of a caller: what they are to show, and what they got."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.pictures: list[Seat] = []
        self.voices: list[Seat] = []
        self._acknowledged = 0

    def showing(self, participant: str) -> Seat | None:
        """The picture of a participant, once the server has said which it is; what was said is acknowledged."""
        told = self.caller.pushes("call_slots")
        if not told:
            return None
        if len(told) > self._acknowledged:
            self._acknowledged = len(told)
            revision = told[-1]["revision"]
            self.caller.client.send("call.slots_seen", {"room": self.caller.room, "revision": revision})
        slots: list[dict[str, Any]] = told[-1]["slots"]
        return next((self.pictures[at] for at, slot in enumerate(slots) if slot["participant"] == participant), None)

    async def sees(self, participant: str, brightness: int) -> Seat:
        """Wait until the picture of a participant comes, by its brightness."""
        seat = await self.caller.until(lambda: self.showing(participant), f"a slot for {participant}")
        before = seat.frames
        async with asyncio.timeout(CONNECTED_WITHIN):
            await seat.until(lambda seat: seat.frames > before + 3 and abs(seat.brightness - brightness) < 12)
        return seat


@asynccontextmanager
async def viewing(caller: Caller) -> AsyncIterator[Viewer]:
    """Receive in all slots that the server offers."""
    connection = peer_connection()
    viewer = Viewer(caller)
    tasks = []

    def take(track: MediaStreamTrack) -> None:
        seat = Seat(track)
        (viewer.voices if track.kind == "audio" else viewer.pictures).append(seat)
        tasks.append(asyncio.create_task(seat.watch()))

    connection.on("track", take)
    try:
        for kind in ["audio"] * caller.audio_slots + ["video"] * caller.video_slots:
            connection.addTransceiver(kind, direction="recvonly")
        await connect(caller, "subscribe", connection)
        yield viewer
    finally:
        await connection.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
