"""Short measurements of small rooms."""

import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from loadtests.compare.contestants import Layout, Place, Reference
from loadtests.compare.crowd import Crowd, Room
from loadtests.compare.doors import Door
from loadtests.compare.generator import Generator, Run
from loadtests.server import Server

BROKEN_RELAY = Path(__file__).with_name("broken_relay.py")

SMALL = Layout(rooms=2, size=5)

WARM_UP = 0.05
DURATION = 1.5
"""Seconds: some hundred messages of any server, on a busy machine too."""


def broken_relay(what: str, folder: Path) -> Reference:
    reference = Reference(what, lambda: [sys.executable, str(BROKEN_RELAY), what], Place(folder, 0, None))
    reference.prepare()
    return reference


def rooms_of(reference: Reference, server: Server, senders: int = 1, witnesses: int = 2) -> tuple[Crowd, list[Room]]:
    entrants, _ = Door(server.address).bring(reference.passes(SMALL))
    crowd = Crowd.of(entrants)
    return crowd, [Room(members, senders, witnesses, reference.echoes) for members in crowd.rooms.values()]


@contextmanager
def driving(rooms: Sequence[Room], server: Server) -> Iterator[Generator]:
    with closing(select.epoll()) as epoll, closing(Generator(rooms, server, epoll)) as generator:
        yield generator


def closed_loop(reference: Reference, senders: int = 1, witnesses: int = 2, outstanding: int = 2) -> Run:
    server = reference.start()
    try:
        crowd, rooms = rooms_of(reference, server, senders, witnesses)
        with closing(crowd), driving(rooms, server) as generator:
            generator.settle()
            return generator.closed_loop(outstanding, WARM_UP, DURATION)
    finally:
        server.stop()
