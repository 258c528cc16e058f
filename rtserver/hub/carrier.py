"""Between a WebSocket driver and a socket: what each of the two drivers hands over, and the upgrade from polling.

A driver makes a `Carrier` for a WebSocket that stands, gives it to `Carried.carried_by`, calls `carrier.receive` with
each whole message, and `Carried.dropped_by` once the WebSocket has ended. Everything is written straight to the
transport, by the socket's outbox.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

from rtserver.hub.frames import Opcode, frame
from rtserver.hub.outbox import Transport

UPGRADE_DEADLINE = 10.0
"""Seconds from a WebSocket's first byte to the end of its upgrade; then polling goes on."""

PROBE = b"2probe"
PROBE_ANSWER = frame(Opcode.TEXT, b"3probe")
UPGRADE = b"5"
"""Engine.IO protocol v4, "Upgrade": probe, answer, end the pending poll, take over."""

Receive = Callable[[bytes, bool], None]
"""Takes a message and whether it is text. Never raises, never waits."""


class Carrier:
    """A WebSocket that carries a socket, or is going to."""

    __slots__ = ("receive", "transport")

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.receive: Receive = ignore
        """Set by the socket."""


def ignore(message: bytes, is_text: bool) -> None:
    """Takes nothing: the connection is being ended."""


class Carried(Protocol):
    """The socket that a WebSocket was asked for, as its driver sees it."""

    sid: str

    @property
    def is_deaf(self) -> bool:
        """Whether it is being ended: our close frame has been sent, or nobody is there to get one."""
        ...

    def carried_by(self, carrier: Carrier) -> None:
        """The WebSocket stands."""
        ...

    def dropped_by(self, carrier: Carrier) -> None:
        """The WebSocket has ended."""
        ...


class Upgrading(Protocol):
    """A polling socket, as far as its upgrade goes."""

    def end_poll(self) -> None:
        """Answer the poll that waits, if there is one."""
        ...

    def upgraded_to(self, carrier: Carrier) -> None:
        """Go on over this WebSocket."""
        ...

    def upgrade_failed(self) -> None:
        """Go on polling."""
        ...


class Upgrade:
    """One try to move a polling socket to a WebSocket."""

    def __init__(self, socket: Upgrading, carrier: Carrier) -> None:
        self.carrier = carrier
        self._socket = socket
        self._deadline = asyncio.get_running_loop().call_later(UPGRADE_DEADLINE, self.fail)
        carrier.receive = self._probed

    def _probed(self, message: bytes, is_text: bool) -> None:
        if message != PROBE or not is_text:
            self.fail()
            return
        self.carrier.transport.write(PROBE_ANSWER)
        self.carrier.receive = self._confirmed
        self._socket.end_poll()

    def _confirmed(self, message: bytes, is_text: bool) -> None:
        if message != UPGRADE or not is_text:
            self.fail()
            return
        self._deadline.cancel()
        self._socket.upgraded_to(self.carrier)

    def fail(self) -> None:
        """Give up: the WebSocket is cut."""
        self._deadline.cancel()
        self.carrier.receive = ignore
        self.carrier.transport.abort()
        self._socket.upgrade_failed()
