"""A broker inside one process: the one of a server that is alone, and a bus for several nodes in tests."""

import asyncio
import secrets
from collections import deque

from rtserver.broker.port import BrokerListener, Channel, Confirmed, NodeId, Receive, Unsubscribe

NODE_BYTES = 6
"""Random bytes of a node's name: no two processes are ever of one name."""


def new_node_id(name: str = "") -> NodeId:
    """One that no other process has or will have. `name`: that of the server, if it has one."""
    return "-".join(filter(None, (name, secrets.token_hex(NODE_BYTES))))


class LonelyBroker:
    """For a server that is the only one: there is nobody to tell anything."""

    is_shared = False
    is_connected = True
    lag = 0.0
    dropped = 0

    def __init__(self) -> None:
        self.node = new_node_id()

    async def start(self, listener: BrokerListener) -> None:
        """See `Broker`. Nothing is to be connected."""

    async def stop(self) -> None:
        """See `Broker`."""

    def publish(self, channel: Channel, message: bytes) -> None:
        """See `Broker`. There is no other node."""

    def subscribe(self, channel: Channel, receive: Receive, confirmed: Confirmed | None = None) -> Unsubscribe:
        """See `Broker`. Nothing will ever come."""
        return _nothing

    def put(self, key: str, value: bytes) -> None:
        """See `Broker`. Nobody would read it."""

    def remove(self, key: str) -> None:
        """See `Broker`."""

    async def values(self, key: str) -> dict[NodeId, bytes]:
        """See `Broker`."""
        return {}

    async def claim(self, key: str) -> NodeId:
        """See `Broker`."""
        return self.node

    def release(self, key: str) -> None:
        """See `Broker`."""


class MemoryBus:
    """Several nodes in one process."""

    def __init__(self) -> None:
        self.nodes: dict[NodeId, MemoryBroker] = {}
        self.claims: dict[str, NodeId] = {}
        self._posted: deque[tuple[NodeId, Channel, bytes]] = deque()

    def broker(self, node: NodeId | None = None) -> "MemoryBroker":
        """A node's connection, to be started."""
        return MemoryBroker(self, node or new_node_id())

    def post(self, sender: NodeId, channel: Channel, message: bytes) -> None:
        """Deliver a message in a later turn of the loop, as a real broker does."""
        if not self._posted:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._posted.append((sender, channel, message))

    def _deliver(self) -> None:
        posted, self._posted = self._posted, deque()
        for sender, channel, message in posted:
            for broker in list(self.nodes.values()):
                if broker.node != sender:
                    broker.deliver(channel, message)

    def part(self, broker: "MemoryBroker") -> None:
        """A node is gone: the others are told, and what it held is free."""
        self.nodes.pop(broker.node, None)
        self.claims = {key: node for key, node in self.claims.items() if node != broker.node}
        for other in list(self.nodes.values()):
            if other.listener is not None:
                other.listener.node_lost(broker.node)


class MemoryBroker:
    """One node's connection to a `MemoryBus`."""

    is_shared = True
    lag = 0.0

    def __init__(self, bus: MemoryBus, node: NodeId) -> None:
        self.node = node
        self.listener: BrokerListener | None = None
        self.kept: dict[str, bytes] = {}
        self._bus = bus
        self._receivers: dict[Channel, list[Receive]] = {}
        self.dropped = 0

    @property
    def is_connected(self) -> bool:
        """See `Broker`."""
        return self.node in self._bus.nodes

    async def start(self, listener: BrokerListener) -> None:
        """See `Broker`."""
        self.listener = listener
        self._bus.nodes[self.node] = self
        asyncio.get_running_loop().call_soon(listener.broker_connected)

    async def stop(self) -> None:
        """See `Broker`."""
        self.kept.clear()
        self._bus.part(self)

    def publish(self, channel: Channel, message: bytes) -> None:
        """See `Broker`."""
        if self.is_connected:
            self._bus.post(self.node, channel, message)
        else:
            self.dropped += 1

    def subscribe(self, channel: Channel, receive: Receive, confirmed: Confirmed | None = None) -> Unsubscribe:
        """See `Broker`."""
        receivers = self._receivers.setdefault(channel, [])
        receivers.append(receive)
        if confirmed is not None:
            asyncio.get_running_loop().call_soon(confirmed)

        def unsubscribe() -> None:
            if receive in receivers:
                receivers.remove(receive)
                if not receivers and self._receivers.get(channel) is receivers:
                    del self._receivers[channel]

        return unsubscribe

    def deliver(self, channel: Channel, message: bytes) -> None:
        """A message from another node."""
        for receive in list(self._receivers.get(channel, ())):
            receive(message)

    def put(self, key: str, value: bytes) -> None:
        """See `Broker`."""
        self.kept[key] = value

    def remove(self, key: str) -> None:
        """See `Broker`."""
        self.kept.pop(key, None)

    async def values(self, key: str) -> dict[NodeId, bytes]:
        """See `Broker`."""
        return {
            node: broker.kept[key]
            for node, broker in self._bus.nodes.items()
            if node != self.node and key in broker.kept
        }

    async def claim(self, key: str) -> NodeId:
        """See `Broker`."""
        return self._bus.claims.setdefault(key, self.node)

    def release(self, key: str) -> None:
        """See `Broker`."""
        if self._bus.claims.get(key) == self.node:
            del self._bus.claims[key]


def _nothing() -> None:
    """There is nothing to end."""
