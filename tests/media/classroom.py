"""A media worker in this process, and people who speak to it by aiortc: an implementation that is not ours."""

import asyncio
import fractions
import math
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from aiortc import (
    AudioStreamTrack,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from media.engine import (
    CallPlan,
    EngineEvent,
    Medium,
    PlannedParticipant,
    Role,
    SlotsAssigned,
    WorkerFigures,
)
from media.protocol import (
    Answered,
    Counted,
    FiguresWanted,
    FromWorker,
    Happened,
    Offered,
    Planned,
    Refused,
    Seen,
    Setup,
    ToWorker,
    encode,
    parent_side,
)
from media.worker import serve

CALL = "room"
SETUP = Setup(0, "127.0.0.1", 0, 0)
READ_BYTES = 1 << 16

BRIGHTNESS_MARGIN = 10

T = TypeVar("T")


class Picture(VideoStreamTrack):
    """A camera before a wall of one brightness, by which it is recognised."""

    def __init__(self, brightness: int, width: int = 160, height: int = 96) -> None:
        super().__init__()
        self.brightness = brightness
        self.size = (width, height)

    async def recv(self) -> VideoFrame:
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(*self.size, "yuv420p")
        for index, plane in enumerate(frame.planes):
            plane.update(bytes([self.brightness if index == 0 else 128]) * plane.buffer_size)
        frame.pts, frame.time_base = pts, time_base
        return frame


class Silence(AudioStreamTrack):
    """A microphone in a quiet room."""


class Tone(MediaStreamTrack):
    """A microphone before somebody who sings one note."""

    kind = "audio"
    RATE = 48_000
    SAMPLES = 960

    def __init__(self) -> None:
        super().__init__()
        self._begun: float | None = None
        self._samples = 0

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        if self._begun is None:
            self._begun = loop.time()
        await asyncio.sleep(self._begun + self._samples / self.RATE - loop.time())
        frame = AudioFrame(format="s16", layout="mono", samples=self.SAMPLES)
        sound = (int(16000 * math.sin(2 * math.pi * 440 * index / self.RATE)) for index in range(self.SAMPLES))
        frame.planes[0].update(struct.pack(f"<{self.SAMPLES}h", *sound))
        frame.sample_rate = self.RATE
        frame.pts, frame.time_base = self._samples, fractions.Fraction(1, self.RATE)
        self._samples += self.SAMPLES
        return frame


@dataclass
class Seat:
    """What one section of a subscriber got: the frames of a track, the last of them, and who waits."""

    track: MediaStreamTrack
    frames: int = 0
    brightness: int | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def shows(self, brightness: int) -> bool:
        """Whether the last picture is of this wall; encoding changes it a little."""
        return self.brightness is not None and abs(self.brightness - brightness) < BRIGHTNESS_MARGIN

    async def watch(self) -> None:
        while True:
            try:
                frame = await self.track.recv()
            except MediaStreamError:
                return
            self.frames += 1
            if isinstance(frame, VideoFrame):
                plane = frame.planes[0]
                self.brightness = bytes(plane)[plane.line_size * 40 + 40]
            self.changed.set()

    async def next_frame(self) -> None:
        """Wait for one more."""
        frames = self.frames
        await self.until(lambda seat: seat.frames > frames)

    async def until(self, condition: Callable[["Seat"], object]) -> None:
        """Wait until it is so; looked at with each frame."""
        while not condition(self):
            self.changed.clear()
            await self.changed.wait()


class Room:
    """The parent's side: says what is to be, and collects what happens."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._decoder = parent_side()
        self._answers: dict[int, asyncio.Future[FromWorker]] = {}
        self._requests = 0
        self._changed = asyncio.Event()
        self.events: list[EngineEvent] = []
        self.slots: dict[str, SlotsAssigned] = {}
        self.acknowledges = True
        """Whether new slots are seen at once."""
        self.plan_now = CallPlan(CALL, ())
        self.ready: asyncio.Future[FromWorker] = asyncio.get_running_loop().create_future()
        self.listens_on: FromWorker | None = None
        """How the worker answered to `Setup`: `Ready` or `Unable`."""

    async def listen(self) -> None:
        while data := await self._reader.read(READ_BYTES):
            for message in self._decoder.feed(data):
                self._take(message)

    def _take(self, message: FromWorker) -> None:
        match message:
            case Happened(event):
                self.events.append(event)
                if isinstance(event, SlotsAssigned):
                    self.slots[event.participant] = event
                    if self.acknowledges:
                        self.see(event.participant)
                self._changed.set()
            case Answered(request) | Refused(request) | Counted(request):
                self._answers.pop(request).set_result(message)
            case _:
                self.ready.set_result(message)

    def tell(self, message: ToWorker) -> None:
        self._writer.write(encode(message))

    def plan(self, *participants: PlannedParticipant) -> None:
        self.plan_now = CallPlan(CALL, participants)
        self.tell(Planned(self.plan_now))

    def let(self, name: str, *media: Medium) -> None:
        """Change what one participant may send."""
        self.change(name, may_send=media)

    def change(self, name: str, **fields: object) -> None:
        self.plan(
            *(
                msgspec.structs.replace(each, **fields) if each.name == name else each
                for each in self.plan_now.participants
            )
        )

    def see(self, name: str) -> None:
        """The page of this participant has cleared its tiles."""
        self.tell(Seen(CALL, name, self.slots[name].revision))

    async def ask(self, make: Callable[[int], ToWorker]) -> FromWorker:
        self._requests += 1
        future = self._answers[self._requests] = asyncio.get_running_loop().create_future()
        self.tell(make(self._requests))
        return await future

    async def figures(self) -> WorkerFigures:
        counted = await self.ask(FiguresWanted)
        assert isinstance(counted, Counted)
        return counted.figures

    async def event(self, condition: Callable[[EngineEvent], object]) -> EngineEvent:
        """The first event that is so, of the past or the future."""
        while True:
            for event in self.events:
                if condition(event):
                    return event
            self._changed.clear()
            await self._changed.wait()

    async def answer(self, name: str, role: Role, offer: str) -> FromWorker:
        return await self.ask(lambda request: Offered(request, CALL, name, role, offer))

    async def connect(self, name: str, role: Role, connection: RTCPeerConnection) -> None:
        await connection.setLocalDescription(await connection.createOffer())
        answered = await self.answer(name, role, connection.localDescription.sdp)
        assert isinstance(answered, Answered), answered
        connected = asyncio.Event()

        def look() -> None:
            if connection.connectionState == "connected":
                connected.set()

        connection.on("connectionstatechange", look)
        await connection.setRemoteDescription(RTCSessionDescription(answered.sdp, "answer"))
        await connected.wait()

    @asynccontextmanager
    async def publishing(self, name: str, *tracks: MediaStreamTrack) -> AsyncIterator[RTCPeerConnection]:
        connection = peer_connection()
        for track in tracks:
            transceiver = connection.addTransceiver(track, direction="sendonly")
            assert transceiver is not None
        await self.connect(name, Role.PUBLISH, connection)
        try:
            yield connection
        finally:
            await connection.close()

    @asynccontextmanager
    async def subscribing(self, name: str, voices: int = 1, pictures: int = 1) -> AsyncIterator[list[Seat]]:
        """Yields the seats: voices first, then pictures in the order of their sections."""
        connection = peer_connection()
        seats: list[Seat] = []
        watching = []

        def take(track: MediaStreamTrack) -> None:
            seat = Seat(track)
            seats.append(seat)
            watching.append(asyncio.ensure_future(seat.watch()))

        connection.on("track", take)
        for kind in ["audio"] * voices + ["video"] * pictures:
            connection.addTransceiver(kind, direction="recvonly")
        await self.connect(name, Role.SUBSCRIBE, connection)
        try:
            yield seats
        finally:
            await connection.close()
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)


def peer_connection() -> RTCPeerConnection:
    """Without any server; see `iceServers` of aiortc: None would be one of a stranger."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


def participants(names: Iterable[str], *media: Medium) -> list[PlannedParticipant]:
    """All of them may send the same."""
    return [PlannedParticipant(name, media) for name in names]


@asynccontextmanager
async def a_room(setup: Setup = SETUP) -> AsyncIterator[Room]:
    """A worker in this process that serves one room."""
    ours, theirs = socket.socketpair()
    serving = asyncio.ensure_future(serve(theirs))
    async with _parent(ours, setup) as room:
        yield room
    await serving


@asynccontextmanager
async def a_program(setup: Setup = SETUP) -> AsyncIterator[tuple[Room, asyncio.subprocess.Process]]:
    """The same as the program that it is."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "media.worker", str(theirs.fileno()), pass_fds=[theirs.fileno()]
        )
    try:
        async with _parent(ours, setup) as room:
            yield room, process
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@asynccontextmanager
async def _parent(connection: socket.socket, setup: Setup) -> AsyncIterator[Room]:
    reader, writer = await asyncio.open_connection(sock=connection)
    room = Room(reader, writer)
    listening = asyncio.ensure_future(room.listen())
    room.tell(setup)
    room.listens_on = await room.ready
    try:
        yield room
    finally:
        writer.close()
        await listening
