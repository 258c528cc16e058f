"""What the tests of the WebSocket drivers share: the socket behind a connection, and who opens it."""

import asyncio
from collections.abc import Callable
from typing import Any

from rooms.errors import Refused
from rtserver.hub.admit import Admission, Knock
from rtserver.hub.carrier import Carrier
from tests.wire.frames import WITHIN

PATH = "/socket.io/?EIO=4&transport=websocket&project=p1"


class Socket:
    """What a driver carries: notes what comes; whether an end has come."""

    def __init__(self) -> None:
        self.sid = "sid1"
        self.is_deaf = False
        self.received: list[tuple[bytes, bool]] = []
        self.carrier: Carrier | None = None
        self.ends = 0
        self.changed = asyncio.Event()

    def carried_by(self, carrier: Carrier) -> None:
        self.carrier = carrier
        carrier.receive = self._receive
        self.changed.set()

    def dropped_by(self, carrier: Carrier) -> None:
        assert carrier is self.carrier
        self.ends += 1
        self.changed.set()

    def _receive(self, message: bytes, is_text: bool) -> None:
        assert isinstance(message, bytes)
        self.received.append((message, is_text))
        self.changed.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(WITHIN):
            while not is_so():
                self.changed.clear()
                await self.changed.wait()

    async def ended(self) -> None:
        """Wait for the end, which comes once."""
        await self.until(lambda: self.ends > 0)
        assert self.ends == 1

    @property
    def transport(self) -> Any:
        assert self.carrier is not None
        return self.carrier.transport


class Door:
    """Lets everybody in, or nobody."""

    def __init__(self) -> None:
        self.knocks: list[Knock] = []
        self.environ: dict[str, Any] = {}
        self.refusal: Refused | None = None
        self.fault: Exception | None = None
        self.opening_fault: Exception | None = None
        self.socket: Socket | None = Socket()
        self.new_socket: Callable[[], Socket] | None = None
        """Makes one for each connection; None: all are for the same."""
        self.opened = 0

    def admit_websocket(self, knock: Knock) -> Admission:
        self.knocks.append(knock)
        if self.fault is not None:
            raise self.fault
        if self.refusal is not None:
            raise self.refusal
        return Admission("p1", None, own_origin=True)

    def open_websocket(self, admission: Admission, environ: dict[str, Any]) -> Socket | None:
        assert admission.project == "p1"
        if self.opening_fault is not None:
            raise self.opening_fault
        self.opened += 1
        if self.new_socket is not None:
            return self.new_socket()
        self.environ = environ
        return self.socket
