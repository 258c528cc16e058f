"""The servers that ours is compared with: each a process on the same core, with as many members in as many rooms."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic
from typing import Protocol

from msgspec import Struct

from loadtests import packets
from loadtests.compare.doors import Pass
from loadtests.machine import on_core
from loadtests.peer import Address
from loadtests.problem import Problem
from loadtests.server import HOST, LOOK_INTERVAL, START_DEADLINE, Server, accepts, free_port, require_free
from rooms.messages import RoomJoin

PYTHON = "python-socketio"
RELAY = "relay"

LOG_CHARACTERS_SHOWN = 800


class Layout(Struct, frozen=True):
    """`rooms` rooms with `size` members each."""

    rooms: int
    size: int

    @property
    def name(self) -> str:
        """Such as "20x50"."""
        return f"{self.rooms}x{self.size}"

    def holds(self, other: "Layout") -> bool:
        """Whether the other one is a part of this one."""
        return other.rooms <= self.rooms and other.size <= self.size


class Contestant(Protocol):
    """A server that can be measured."""

    name: str
    echoes: bool
    """Whether a sender gets its own messages, too."""

    is_entrance_measured: bool
    """Whether coming in, and what those who are in take up, is of interest."""

    def prepare(self) -> None:
        """What has to be there before it can be started. Raises `Problem`."""
        ...

    def start(self) -> Server:
        """A fresh process. Raises `Problem`."""
        ...

    def passes(self, layout: Layout) -> list[Pass]:
        """How the members of a layout come back into their rooms, room by room."""
        ...

    def first_passes(self, layout: Layout) -> list[Pass]:
        """Another way to be connected, told beside that one: see the contestant."""
        ...


class Place(Struct, frozen=True):
    """Where servers run: the folder for their logs, the port (0: any that is free) and the core (None: any)."""

    folder: Path
    port: int
    core: int | None


class Reference:
    """Somebody else's server, which knows neither projects nor sessions: a member is whoever connects."""

    def __init__(self, name: str, command: Callable[[], Sequence[str]], place: Place, echoes: bool = False) -> None:
        """`command` makes sure that everything is there and says how to start it, the port coming last; it may raise
        `Problem`."""
        self.name = name
        self.echoes = echoes
        self.is_entrance_measured = not echoes
        self._find_command = command
        self.command: Sequence[str] = ()
        """How it is started, once it is prepared; the port is added."""
        self._place = place
        self._log = place.folder / f"{name}.log"

    def prepare(self) -> None:
        """Install it if need be. Raises `Problem`."""
        self.command = self._find_command()

    def start(self) -> Server:
        """Start it. Raises `Problem`."""
        address = Address(HOST, self._place.port or free_port())
        require_free(address)
        with self._log.open("wb") as log, on_core(self._place.core):
            process = subprocess.Popen(  # noqa: S603 - our own programs
                [*self.command, str(address.port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        server = Server(process, address)
        end = monotonic() + START_DEADLINE
        while not accepts(address):
            if server.has_ended(LOOK_INTERVAL) or monotonic() > end:
                server.stop()
                words = self._log.read_text(errors="replace").strip()[-LOG_CHARACTERS_SHOWN:]
                raise Problem(f"The server {self.name} did not start; its last words:\n{words or '(none)'}")
        return server

    def passes(self, layout: Layout) -> list[Pass]:
        """Whoever connects and asks for a room is in it."""
        return [
            Pass(room=room, query="", connect=packets.CONNECT, asks=(packets.command(1, RoomJoin(room=room)),))
            for room in (f"room-{number:03d}" for number in range(layout.rooms))
            for _ in range(layout.size)
        ]

    def first_passes(self, layout: Layout) -> list[Pass]:
        """The bare handshake and CONNECT, in no room."""
        return [Pass(room="", query="", connect=packets.CONNECT) for _ in range(layout.rooms * layout.size)]


def python_socketio(place: Place) -> Reference:
    """python-socketio of this environment."""
    return Reference(PYTHON, lambda: [sys.executable, "-m", "loadtests.compare.python_socketio"], place)


def relay(place: Place) -> Reference:
    """No server for anybody: what it is measured with is the ceiling of the generator."""
    return Reference(RELAY, lambda: [sys.executable, "-m", "loadtests.compare.relay"], place)
