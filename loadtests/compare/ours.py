"""rtserver as a contestant: its members have projects, sessions and rights, which are made once and kept."""

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import time

import msgspec
from msgspec import Struct

from loadtests import packets
from loadtests.compare.contestants import Layout, Place
from loadtests.compare.doors import Door, Pass
from loadtests.compare.plan import OURS
from loadtests.entrance import Entrance, Seat
from loadtests.loop import Loop
from loadtests.measure import open_room
from loadtests.peer import Address
from loadtests.portal import Portal
from loadtests.problem import Problem
from loadtests.server import Installation, Server

MEMBERS_FOLDER = "members"
SEATS_FILE = "seats.json"

KEPT_SECONDS = 86_400
"""Age up to which members of an earlier run are used again: within the life of their sessions."""

PORTALS = 8
"""Projects that are set up at the same time: their commits are shared, and one process is kept busy."""


class Members(Struct):
    """Those who were made: when (seconds since 1970), and the seats of all rooms of a layout by its name."""

    made_at: float
    seats: dict[str, list[list[Seat]]]


class Ours:
    """rtserver with its settings as shipped, but for limits that are out of reach: signed-in members in their rooms.

    Making a thousand members takes half a minute, so they are kept in the data folder for the next run.
    """

    name = OURS
    echoes = False
    is_entrance_measured = True

    def __init__(self, command: Path, place: Place, layouts: Sequence[Layout]) -> None:
        """`layouts`: for whom members are made; each that is asked for later has to be a part of one of them."""
        self._command = command
        self._folder = place.folder / MEMBERS_FOLDER
        self._port = place.port
        self._core = place.core
        self._layouts = layouts
        self._installation = Installation(command, self._folder)
        self._seats: dict[str, list[list[Seat]]] = {}

    def prepare(self) -> None:
        """Make the members, or find those of an earlier run. Raises `Problem`."""
        members = self._kept()
        missing = [layout for layout in self._layouts if layout.name not in members.seats]
        if missing:
            server = self._installation.start(self._port)
            try:
                for layout in missing:
                    members.seats[layout.name] = sign_in(server.address, self._installation.key, layout)
            finally:
                server.stop()
            (self._folder / SEATS_FILE).write_bytes(msgspec.json.encode(members))
        self._seats = members.seats

    def start(self) -> Server:
        """Serve. Raises `Problem`."""
        return self._installation.start(self._port, self._core)

    def passes(self, layout: Layout) -> list[Pass]:
        """Everybody resumes a session, and says where they stood."""
        return [pass_of(seat) for seat in self._of(layout)]

    def first_passes(self, layout: Layout) -> list[Pass]:
        """Everybody has a session and knows nothing yet, as after a reload of the page."""
        return [
            pass_of(msgspec.structs.replace(seat, project_position=None, room_position=None))
            for seat in self._of(layout)
        ]

    def _of(self, layout: Layout) -> list[Seat]:
        for made in self._layouts:
            if made.holds(layout):
                rooms = self._seats[made.name][: layout.rooms]
                return [seat for room in rooms for seat in room[: layout.size]]
        raise ValueError(f"nobody was made for {layout.name}")

    def _kept(self) -> Members:
        """Those of an earlier run, if they can still come in; else an empty folder for new ones."""
        try:
            members = msgspec.json.decode((self._folder / SEATS_FILE).read_bytes(), type=Members)
        except (OSError, msgspec.MsgspecError):
            members = None
        if members is not None and time() - members.made_at < KEPT_SECONDS and self._are_welcome(members):
            return members
        shutil.rmtree(self._folder, ignore_errors=True)
        self._installation = Installation(self._command, self._folder)
        return Members(time(), {})

    def _are_welcome(self, members: Members) -> bool:
        first = [pass_of(rooms[0][0]) for rooms in members.seats.values()]
        try:
            server = self._installation.start(self._port)
        except Problem:
            return False
        try:
            entrants, _ = Door(server.address).bring(first)
            Door.send_away(entrants)
            return True
        except Problem:
            return False
        finally:
            server.stop()


def sign_in(address: Address, key: str, layout: Layout) -> list[list[Seat]]:
    """Make the members of a layout, a project a room: their seats, room by room.

    Pupils may signal, since a teacher has opened the room.
    """

    def one_room(number: int) -> list[Seat]:
        portal, loop = Portal(address, key), Loop()
        try:
            tickets = portal.seats(portal.open_lesson(f"Room {number}", layout.size))
            entrance = Entrance(loop, address)
            founders, _ = entrance.bring(tickets[:1])
            open_room(loop, founders[0])
            # They come after the last change, so where they stand now is where the streams stay.
            others, _ = entrance.bring(tickets[1:])
            last = others[-1]
            return [
                msgspec.structs.replace(
                    guest.resuming, project_position=last.project_position, room_position=last.room_position
                )
                for guest in (*founders, *others)
            ]
        finally:
            portal.close()
            loop.close()

    with ThreadPoolExecutor(PORTALS) as pool:
        return list(pool.map(one_room, range(layout.rooms)))


def pass_of(seat: Seat) -> Pass:
    """How who has a session comes in by the quick door."""
    return Pass(
        room=seat.room,
        query=f"&project={seat.project}",
        connect=packets.connect(seat.auth),
        asks=tuple(packets.command(number, ask) for number, ask in enumerate(seat.joins, start=1)),
    )
