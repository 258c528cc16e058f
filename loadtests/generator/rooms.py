"""Setting rooms up on the server as a portal does, several at a time, and sharing their people out to the processes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from loadtests.generator.people import RoomPlan, Share
from loadtests.generator.target import Target
from loadtests.portal import Portal
from loadtests.problem import Problem

PORTALS = 4
"""Requests under way at once: the server commits what comes together in one go."""

SPLIT_FROM = 200
"""People of a room from which on several processes share it: one could not read for all of them fast enough."""

TITLE = "Load test"
"""Of the projects that are made, so that an operator knows them."""


def furnish(target: Target, key: str, first: int, count: int, size: int, say: Callable[[int], None]) -> list[RoomPlan]:
    """`count` open rooms of `size` people, numbered from `first`. `say` hears how many are ready."""
    ready = 0
    rooms: list[RoomPlan] = []
    with ThreadPoolExecutor(PORTALS) as pool:
        for room in pool.map(lambda number: _furnish_one(target, key, number, size), range(first, first + count)):
            rooms.append(room)
            ready += 1
            say(ready)
    return rooms


def archive(target: Target, key: str, rooms: Sequence[RoomPlan]) -> None:
    """Nobody can write in them any more. What fails is left as it is: the run is over."""
    portal = Portal(target.socket_address, key, target.connection)
    try:
        for room in rooms:
            portal.archive(room.project)
    except Problem:
        pass
    finally:
        portal.close()


def share_out(rooms: Sequence[RoomPlan], taken: list[int]) -> list[list[Share]]:
    """Which people each process plays, as evenly as it goes. `taken`: how many each plays already; is brought up."""
    shares: list[list[Share]] = [[] for _ in taken]
    for room in rooms:
        is_split = room.size >= SPLIT_FROM or len(rooms) < len(taken)
        pieces = len(taken) if is_split else 1
        for piece in range(pieces):
            share = Share(room, room.size * piece // pieces, room.size * (piece + 1) // pieces)
            process = taken.index(min(taken))
            if share.count:
                shares[process].append(share)
                taken[process] += share.count
    return shares


def _furnish_one(target: Target, key: str, number: int, size: int) -> RoomPlan:
    portal = Portal(target.socket_address, key, target.connection)
    try:
        plan = portal.open_lesson(f"{TITLE} {number + 1}", size)
    finally:
        portal.close()
    return RoomPlan(number, plan.project, plan.room, plan.members)
