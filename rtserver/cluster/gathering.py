"""Bringing the members of a project together on the node that carries their call.

A call lives on one node, since its media does. The load balancer sends all members of a project to one node, so nearly
always nobody has to go anywhere; but after a node was away, or while one is left, some are elsewhere. They are asked to
come over: `moving` names the node, and their next connection asks the balancer for it (`?node=`). Positions go with
them, so they see nothing of it.

Whoever has asked for the node and is here all the same is left alone: the balancer does not do as it is asked. So is
whoever is in a room whose call is here, should they be in several rooms: they would be sent to and fro.
"""

import random
from collections.abc import Callable, Iterable, Set

import structlog

from rooms.model import RoomId
from rtserver.broker.port import NodeId, name_of
from rtserver.hub.connection import Connection
from rtserver.hub.drain import Between
from rtserver.hub.moving import ask_to_move, knows_moving

log = structlog.get_logger(__name__)

SPREAD = 0.5
"""Seconds over which those of a class come over: half a second nobody notices, and not all come at once."""

ASKED_KEPT = 10.0
"""Seconds after which who has asked for a node, and is here, may be sent there again: it may have been away."""


class Gathering:
    """Where calls of a project are carried, and who is asked to go there."""

    def __init__(self, carried_here: Callable[[], Set[RoomId]], between: Between = random.uniform) -> None:
        """`carried_here`: the rooms whose calls this node carries."""
        self._carried_here = carried_here
        self._between = between
        self._rooms: dict[NodeId, frozenset[RoomId]] = {}
        """The rooms whose calls each of the other nodes carries."""

    def carried(self, node: NodeId, rooms: Iterable[RoomId]) -> None:
        """Another node carries the calls of these rooms, and no others."""
        self._rooms[node] = frozenset(rooms)

    @property
    def nodes(self) -> frozenset[NodeId]:
        """The other nodes that are said to carry calls."""
        return frozenset(self._rooms)

    def lose(self, node: NodeId) -> None:
        """Another node is gone, with its calls."""
        self._rooms.pop(node, None)

    def carrier(self, room: RoomId) -> NodeId | None:
        """The other node that carries the call of a room, as far as it is known here."""
        return next((node for node, rooms in self._rooms.items() if room in rooms), None)

    def take_over(self, connection: Connection, room: RoomId) -> None:
        """Somebody is in a room whose call may be elsewhere: then they are asked to go there."""
        node = self.carrier(room)
        if node is None or connection.calls or not connection.rooms.isdisjoint(self._carried_here()):
            return
        was_moved_just_now = connection.asked_node is not None and connection.age() < ASKED_KEPT
        if not was_moved_just_now and connection.asked_node != name_of(node):
            move_to(connection, node, self._between(0.0, SPREAD))


def move_to(connection: Connection, node: NodeId, after: float = 0.0) -> bool:
    """Ask a client to come back to another node, unless it was already. False: it would not get there."""
    name = name_of(node)
    if connection.is_moving:
        return True
    if not name or (connection.asked_node == name and connection.age() < ASKED_KEPT):
        return False
    if not knows_moving(connection):
        return False
    log.info("connection.moves", connection=connection.id, to=node)
    connection.is_moving = True
    ask_to_move(connection, after, name)
    return True
