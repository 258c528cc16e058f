"""What the nodes that serve one project tell each other besides its log: who is here, signals, and who has to go."""

import random
from collections.abc import Callable, Coroutine
from typing import Protocol

import structlog

from rooms.errors import ErrorCode
from rooms.model import ProjectId, RoomId
from rooms.presence import ConnectionId, DeviceReport
from rooms.stream import StreamName
from rtserver.broker.port import Broker, BrokerUnavailable, NodeId
from rtserver.cluster import messages
from rtserver.cluster.messages import Present, SendAway, SessionsEnded, Signal, Told
from rtserver.hub.outbox import NewestOf
from rtserver.hub.packets import Push
from rtserver.live_stream import Clock

log = structlog.get_logger(__name__)

ASK_INTERVAL_MS = 30_000
"""Milliseconds between two questions who is here elsewhere, or down to half of them: whoever has thousands of projects
does not ask for all of them at once. Only what got lost has to wait for it."""

ASK_AGAIN_MS = 2_000
"""Milliseconds until it is asked again when there was no answer."""

Beside = Callable[[Coroutine[object, object, None]], None]
"""Does something that nobody waits for."""


class Neighbourhood(Protocol):
    """Who hears of other nodes."""

    def heard_present(self, node: NodeId, devices: tuple[DeviceReport, ...], calls: tuple[RoomId, ...]) -> None:
        """All devices of another node, and the rooms whose calls it carries."""
        ...

    def heard_all(self, nodes: frozenset[NodeId]) -> None:
        """These are all other nodes with devices. They may have missed what this one has reported."""
        ...

    def heard_signal(self, signal: Signal) -> None:
        """A push for those who are in a room or on a board."""
        ...

    def heard_send_away(self, connection: ConnectionId, code: ErrorCode) -> None:
        """A device has to go, which may be connected here."""
        ...

    def heard_sessions_ended(self) -> None:
        """Sessions of the project were ended."""
        ...


def project_channel(project: ProjectId) -> str:
    """The channel, and the key, of what is not in the log. (`project:<id>` is that of the project's events.)"""
    return f"live:{project}"


class ProjectLine:
    """One node's end of it, as long as somebody is connected to the project here."""

    def __init__(
        self, broker: Broker, project: ProjectId, neighbourhood: Neighbourhood, clock: Clock, beside: Beside
    ) -> None:
        self._broker = broker
        self._clock = clock
        self._channel = project_channel(project)
        self._neighbourhood = neighbourhood
        self._beside = beside
        self._ask_at: int | None = None
        """When to ask again; None: it is being asked."""
        self._heard_meanwhile: set[NodeId] = set()
        """Nodes that have reported while the broker was asked for what all of them keep there."""
        self._unsubscribe = broker.subscribe(self._channel, self._receive, self._confirmed)

    def close(self) -> None:
        """Nobody is connected to the project here any more."""
        self._unsubscribe()
        self._broker.remove(self._channel)

    def advance(self, now: int) -> None:
        """Let time pass: what was missed, or said by a node that is not there any more, does not stay."""
        if self._ask_at is not None and now >= self._ask_at:
            self._ask_at = None
            self._heard_meanwhile.clear()
            self._beside(self._ask())

    # --- To the others ---

    def report(self, devices: tuple[DeviceReport, ...], calls: tuple[RoomId, ...] = ()) -> None:
        """All devices of this node, and the calls it carries, for those who listen and for those who come later."""
        message = messages.encode(Present(self._broker.node, devices, calls))
        self._broker.put(self._channel, message)
        self._broker.publish(self._channel, message)

    def signal(self, stream: StreamName, push: Push, newest_of: NewestOf | None, is_durable: bool = False) -> None:
        """A push for those who are in the same room, or on the same board, by way of others."""
        counted = None if newest_of is None else tuple(map(str, newest_of))
        self._tell(Signal(stream, push.name, push.payload, counted, is_durable))

    def send_away(self, connection: ConnectionId, code: ErrorCode) -> None:
        """End a connection, wherever it is."""
        self._tell(SendAway(connection, code))

    def sessions_ended(self) -> None:
        """Have the others look which sessions were ended."""
        self._tell(SessionsEnded())

    def _tell(self, message: Told) -> None:
        self._broker.publish(self._channel, messages.encode(message))

    # --- From the others ---

    def _receive(self, message: bytes) -> None:
        match messages.decode(message):
            case Signal() as signal:
                self._neighbourhood.heard_signal(signal)
            case Present(node, devices, calls):
                self._heard_meanwhile.add(node)
                self._neighbourhood.heard_present(node, devices, calls)
            case SendAway(connection, code):
                self._neighbourhood.heard_send_away(connection, code)
            case SessionsEnded():
                self._neighbourhood.heard_sessions_ended()

    def _confirmed(self) -> None:
        self._heard_meanwhile.clear()
        self._ask_at = None
        self._beside(self._ask())

    async def _ask(self) -> None:
        """Who is here by way of other nodes: what they keep, unless they have told something newer."""
        try:
            kept = await self._broker.values(self._channel)
        except BrokerUnavailable:
            self._ask_at = self._clock() + ASK_AGAIN_MS
            return
        self._ask_at = self._clock() + random.randint(ASK_INTERVAL_MS // 2, ASK_INTERVAL_MS)  # noqa: S311 - when, not a secret
        for node, value in kept.items():
            present = messages.decode(value)
            if isinstance(present, Present) and node not in self._heard_meanwhile:
                self._neighbourhood.heard_present(node, present.devices, present.calls)
        self._neighbourhood.heard_all(frozenset(kept) | self._heard_meanwhile)
