"""The embedded engine with its real workers: aiortc sends and receives, a worker is killed, everybody comes back."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription

from media.embedded import EmbeddedEngine, EmbeddedOptions
from media.engine import (
    CallLost,
    CallPlan,
    EngineEvent,
    EngineUnavailable,
    Medium,
    OfferRefused,
    Role,
    SlotsAssigned,
)
from tests.media.classroom import Picture, Seat, Silence, participants, peer_connection
from tests.media.workers import Listener

PLAN = CallPlan("room", tuple(participants(["ana", "ben"], Medium.AUDIO, Medium.VIDEO)))

BACK_WITHIN = 60.0
"""Seconds from the death of a worker to the picture of the next, on a busy machine."""


class Page(Listener):
    """Clears its tiles at once, as a page does that has nothing else to do."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        super().__init__()
        self.engine = engine

    def engine_event(self, event: EngineEvent) -> None:
        if isinstance(event, SlotsAssigned):
            self.engine.slots_seen(event.call, event.participant, event.revision)
        super().engine_event(event)


@asynccontextmanager
async def running(options: EmbeddedOptions) -> AsyncIterator[tuple[EmbeddedEngine, Page]]:
    engine = EmbeddedEngine(options)
    page = Page(engine)
    await engine.start(page)
    try:
        yield engine, page
    finally:
        await engine.stop()


async def offered(connection: RTCPeerConnection) -> str:
    await connection.setLocalDescription(await connection.createOffer())
    return connection.localDescription.sdp


@asynccontextmanager
async def a_lesson(engine: EmbeddedEngine) -> AsyncIterator[Seat]:
    """Ana shows a picture and speaks; yields what Ben sees."""
    ana, ben = peer_connection(), peer_connection()
    for track in (Silence(), Picture(200)):
        ana.addTransceiver(track, direction="sendonly")
    ben.addTransceiver("video", direction="recvonly")
    received: asyncio.Future[MediaStreamTrack] = asyncio.get_running_loop().create_future()
    ben.on("track", received.set_result)
    try:
        for name, role, connection in (("ana", Role.PUBLISH, ana), ("ben", Role.SUBSCRIBE, ben)):
            answer = await engine.answer("room", name, role, await offered(connection))
            await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        seat = Seat(await received)
        watching = asyncio.ensure_future(seat.watch())
        try:
            yield seat
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    finally:
        await asyncio.gather(ana.close(), ben.close())


def has_come(seat: Seat) -> bool:
    """Whether Ana's picture is there."""
    return seat.brightness is not None and abs(seat.brightness - 200) < 10


@pytest.mark.kill
@pytest.mark.parametrize("workers", [1, 2])
async def test_a_killed_worker_costs_a_moment(workers: int) -> None:
    """The call is lost at once, offers are welcome at once, and the picture is back soon."""
    async with running(EmbeddedOptions(workers=workers)) as (engine, page):
        engine.plan(PLAN)
        async with a_lesson(engine) as seat:
            await seat.until(has_come)
            before = await engine.figures()
            assert sum(one.packets_sent for one in before) > 0
            pid = engine.workers[0].pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            began = time.monotonic()
            assert await page.next(CallLost) == CallLost("room")
        async with a_lesson(engine) as seat:
            await seat.until(has_come)
        assert time.monotonic() - began < BACK_WITHIN
        assert engine.workers[0].restarts <= 1
    assert engine.workers[0].pid is None


async def test_no_offer_is_an_offer() -> None:
    """Garbage and strangers are refused by the worker, which goes on."""
    async with running(EmbeddedOptions()) as (engine, _):
        engine.plan(PLAN)
        for name, offer in (("ana", "garbage"), ("ana", "v=0\r\n"), ("eve", "v=0\r\n")):
            with pytest.raises(OfferRefused):
                await engine.answer("room", name, Role.PUBLISH, offer)
        assert engine.is_ready
        assert engine.workers[0].restarts == 0


async def test_a_port_that_is_taken_is_an_error_of_the_start() -> None:
    """The operator is told which worker could not have what."""
    async with running(EmbeddedOptions()) as (engine, _):
        ports = engine.workers[0].ports
        assert ports is not None
        second = EmbeddedEngine(EmbeddedOptions(udp_port=ports.udp_port, tcp_port=ports.tcp_port))
        with pytest.raises(EngineUnavailable, match=r"media worker 0: .*in use"):
            await second.start(Listener())
