"""From polling to a WebSocket in the middle of a burst: nothing is lost, doubled or out of order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.wire.classroom import Classroom, new_nonce, upgraded
from tests.wire.clients import UPGRADE, Client, Kind, NpmClient
from tests.wire.frames import FrameClient, command, frame_client
from tests.wire.raw import RawPolling, call, decoded, signed_in

BURST = 150
"""Messages and signals of the teacher."""

AT_ONCE = 5
"""Of each before it waits for their acks."""

BEGIN = BURST // 3
"""Where in the burst the upgrade begins."""


class Burst:
    """A teacher who posts and signals as fast as the server takes it."""

    def __init__(self, classroom: Classroom, teacher: Client) -> None:
        self._classroom = classroom
        self._teacher = teacher
        self._at: dict[int, Callable[[], None]] = {}

    def at(self, number: int, do: Callable[[], None]) -> None:
        """Do something before message `number` is sent."""
        self._at[number] = do

    async def run(self) -> None:
        room = self._classroom.room
        acks = []
        for number in range(BURST):
            self._at.get(number, lambda: None)()
            fields = {"room": room, "text": f"line {number}", "nonce": new_nonce()}
            acks.append(self._teacher.send("chat.post", fields))
            acks.append(self._teacher.send("room.signal", {"room": room, "topic": "typing", "data": str(number)}))
            if number % AT_ONCE == AT_ONCE - 1:
                assert all("ok" in answer for answer in await asyncio.gather(*acks))
                acks.clear()


@pytest.mark.parametrize("parser", ["json", "msgpack"])
async def test_the_official_client(classroom: Classroom, parser: str) -> None:
    """It upgrades while both sides write: events dense, signals complete, its own commands answered in order."""
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.leo, Kind("npm", UPGRADE, parser), upgrade_at_once=False)
    assert isinstance(pupil, NpmClient)
    burst = Burst(classroom, teacher)
    burst.at(BEGIN, pupil.upgrade)
    own: list[asyncio.Future[Any]] = []
    for number in range(0, BURST, 2):
        fields = {"room": classroom.room, "topic": "own", "data": str(number)}
        burst.at(number + 1, lambda fields=fields: own.append(pupil.send("room.signal", fields)))  # type: ignore[misc]
    await burst.run()
    await upgraded(pupil)
    await pupil.reached(classroom.room, BURST)
    await asyncio.gather(*own)
    for reader, topic, count in ((pupil, "typing", range(BURST)), (teacher, "own", range(0, BURST, 2))):
        await reader.push("signal", lambda signal, last=str(count[-1]): signal["data"] == last)  # type: ignore[misc]
        signals = [signal["data"] for signal in reader.pushes("signal") if signal["topic"] == topic]
        assert signals == [str(number) for number in count]
    assert [event["seq"] for event in pupil.pushes("event")] == list(range(1, BURST + 1))
    acks = [int(entry.name) for entry in pupil.entries("ack")]
    assert acks == sorted(acks)
    assert len(pupil.entries("connected")) == 1
    place = next(at for at, entry in enumerate(pupil.journal) if entry.kind == "upgraded")
    events = [at for at, entry in enumerate(pupil.journal) if entry.name == "event"]
    assert events[0] < place < events[-1], "the upgrade was not in the middle of the burst"


class Received:
    """What a client has got over both transports, in order."""

    def __init__(self) -> None:
        self.events: list[int] = []
        self.signals: list[int] = []
        self.acks: list[int] = []

    def take(self, message: str) -> None:
        assert message[0] == "4", message
        packet = decoded(message[1:])
        if packet["type"] == 3:
            assert "ok" in packet["data"][0], packet
            self.acks.append(packet["id"])
        elif packet["data"][0] == "event":
            self.events.append(packet["data"][1]["seq"])
        elif packet["data"][0] == "signal":
            self.signals.append(int(packet["data"][1]["data"]))

    async def poll(self, polling: RawPolling) -> None:
        """Poll until it is told to stop, as the protocol wants it."""
        packets: list[bytes] = []
        while b"6" not in packets:
            packets = await polling._get()
            for packet in packets:
                if packet != b"6":  # what was sent in the same turn stands behind it
                    self.take(packet.decode())


@asynccontextmanager
async def _websocket(classroom: Classroom, polling: RawPolling) -> AsyncIterator[FrameClient]:
    """A WebSocket for a socket that polls, on a connection of its own."""
    query = urlencode({**polling._query, "transport": "websocket"})
    async with frame_client(classroom.server.url) as client:
        yield await client.upgrade(f"/socket.io/?{query}")


async def test_step_by_step(classroom: Classroom) -> None:
    """Each step of the protocol in the middle of the burst, with commands right before and right behind each."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    auth = await classroom.session(classroom.leo)
    received = Received()
    middle = asyncio.Event()
    burst = Burst(classroom, teacher)
    burst.at(BEGIN, middle.set)
    async with signed_in("polling", classroom.server.url, classroom.project, auth) as polling:
        assert isinstance(polling, RawPolling)
        await call(polling, "room.join", {"room": room})
        numbers = iter(range(100, 200))

        def own() -> str:
            return command(next(numbers), "room.signal", room=room, topic="own", data="x")

        bursting = asyncio.ensure_future(burst.run())
        polls = asyncio.ensure_future(received.poll(polling))
        await middle.wait()
        await polling.post(own().encode())
        async with _websocket(classroom, polling) as websocket:
            await polling.post(b"\x1e".join([own().encode(), own().encode()]))
            websocket.send_text("2probe")
            assert await websocket.receive_text() == "3probe"
            await polls
            await polling.post(own().encode())
            websocket.send_text("5", own(), own())
            seen = len(received.events)
            while len(received.events) < BURST or len(received.signals) < BURST or len(received.acks) < 6:
                received.take(await websocket.receive_text())
            await bursting
    assert 0 < seen < BURST, "the upgrade was not in the middle of the burst"
    assert received.events == list(range(1, BURST + 1))
    assert received.signals == list(range(BURST))
    assert received.acks == list(range(100, 106))


async def test_an_upgrade_that_fails_in_the_burst(classroom: Classroom) -> None:
    """The WebSocket goes after the probe: polling goes on, a second try succeeds; nothing is lost between them."""
    room = classroom.room
    teacher = await classroom.enter(classroom.claire)
    auth = await classroom.session(classroom.leo)
    received = Received()
    middle = asyncio.Event()
    burst = Burst(classroom, teacher)
    burst.at(BEGIN, middle.set)
    async with signed_in("polling", classroom.server.url, classroom.project, auth) as polling:
        assert isinstance(polling, RawPolling)
        await call(polling, "room.join", {"room": room})
        bursting = asyncio.ensure_future(burst.run())
        polls = asyncio.ensure_future(received.poll(polling))
        await middle.wait()
        async with _websocket(classroom, polling) as websocket:
            websocket.send_text("2probe")
            assert await websocket.receive_text() == "3probe"
            await polls
            websocket.send_text("4not what is expected")
            assert all(opcode == 8 for opcode, _ in await websocket.rest())
        polls = asyncio.ensure_future(received.poll(polling))
        async with _websocket(classroom, polling) as websocket:
            websocket.send_text("2probe")
            assert await websocket.receive_text() == "3probe"
            await polls
            websocket.send_text("5")
            while len(received.events) < BURST or len(received.signals) < BURST:
                received.take(await websocket.receive_text())
            await bursting
    assert received.events == list(range(1, BURST + 1))
    assert received.signals == list(range(BURST))
