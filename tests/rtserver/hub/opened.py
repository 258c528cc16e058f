"""A `HubServer` without a network: its sockets over a transport that a test reads."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import socketio

from rtserver.hub.admit import Admission, AdmissionRules
from rtserver.hub.carrier import Carrier
from rtserver.hub.engine import HubSocket
from rtserver.hub.packets import Incoming
from rtserver.hub.server import HubServer
from tests.rtserver.hub.fakes import FakeTransport

RULES = AdmissionRules(frozenset({"https://own.example"}), frozenset(), connections_max=3)
ADMITTED = Admission("p1", None, own_origin=True)
WITHIN = 30.0


class Notes:
    """A `Receiver` that notes what it gets."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []

    def received(self, engine_sid: str, packet: Incoming) -> None:
        self.events.append((engine_sid, packet.name))

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.events]


class Hub:
    """A server with a receiver, and what its handlers were told."""

    def __init__(self, **options: Any) -> None:
        self.notes = Notes()
        self.told: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.refuses = False
        self.transports: list[FakeTransport] = []
        self.server = HubServer(async_mode="aiohttp", admission_rules=RULES, receiver=self.notes, **options)
        self.server.on("connect", self._connect)
        self.server.on("disconnect", self._disconnect)

    async def _connect(self, sid: str, environ: dict[str, Any], auth: Any) -> None:
        self.told.append(f"connect {auth}")
        await self.gate.wait()
        if self.refuses:
            raise socketio.exceptions.ConnectionRefusedError("no", {"code": "no"})

    async def _disconnect(self, sid: str, reason: str) -> None:
        self.told.append(f"disconnect: {reason}")

    def open(self, room: int | None = None) -> tuple[HubSocket, FakeTransport]:
        """A WebSocket that has just been let in."""
        socket = self.server.eio.open_websocket(ADMITTED, {"QUERY_STRING": ""})
        assert socket is not None
        return socket, self.carry(socket, room)

    def carry(self, socket: HubSocket, room: int | None = None) -> FakeTransport:
        transport = FakeTransport(room)
        self.transports.append(transport)
        socket.carried_by(Carrier(transport))
        return transport

    def poll(self) -> HubSocket:
        """A polling socket that has had its handshake."""
        socket: HubSocket = self.server.eio._new_socket(ADMITTED, "polling")
        self.server.eio.opened(socket.sid, {})
        socket.connected = True
        return socket

    async def signed_in(self, room: int | None = None) -> tuple[HubSocket, FakeTransport]:
        socket, transport = self.open(room)
        await take(socket, "40")
        return socket, transport


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    yield made
    made.server.eio.heartbeat.close()


async def take(socket: HubSocket, *packets: str | bytes) -> None:
    """Hand packets over, and wait until all that takes time is done."""
    for packet in packets:
        is_text = isinstance(packet, str)
        socket.take(packet.encode() if isinstance(packet, str) else packet, is_text)
    await settled(socket)


async def settled(socket: HubSocket) -> None:
    async with asyncio.timeout(WITHIN):
        while socket.taking is not None:
            await asyncio.wait((socket.taking,))
            await asyncio.sleep(0)
        await socket.ended()
        await asyncio.sleep(0)  # the end of this turn, when frames are written
