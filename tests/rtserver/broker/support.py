"""Who is told what, and nodes that are quicker than a school's."""

import asyncio
from collections.abc import Callable
from typing import Self

from rtserver.broker.port import Broker, NodeId
from rtserver.broker.redis.address import parse
from rtserver.broker.redis.broker import RedisBroker
from rtserver.broker.redis.timing import Timing

QUICK = Timing(
    lifetime=90,
    sign_interval=0.2,
    sign_deadline=20,
    answer_deadline=20,
    join_deadline=20,
    retry_first=0.02,
    retry_last=0.2,
    farewell_deadline=20,
)
"""Notices quickly what Redis or its line says, and comes back quickly; a busy machine that stands still is no loss."""

SILENCE = Timing(
    lifetime=4,
    sign_interval=0.2,
    sign_deadline=2,
    answer_deadline=2,
    retry_first=0.02,
    retry_last=0.2,
)
"""Of the same proportions, nearly, as a school's: for tests that wait until somebody who says nothing is given up."""


class Told:
    """A `BrokerListener` that remembers, and can be waited for."""

    def __init__(self) -> None:
        self.connections = 0
        self.losses = 0
        self.lost_nodes: list[NodeId] = []
        self.connected = asyncio.Event()
        self.lost = asyncio.Event()
        self._changed = asyncio.Event()

    def broker_connected(self) -> None:
        self.connections += 1
        self.lost.clear()
        self.connected.set()
        self._changed.set()

    def broker_lost(self) -> None:
        self.losses += 1
        self.connected.clear()
        self.lost.set()
        self._changed.set()

    def node_lost(self, node: NodeId) -> None:
        self.lost_nodes.append(node)
        self._changed.set()

    async def again(self) -> None:
        """Wait until it is connected after a loss."""
        await self.until(lambda: self.losses > 0 and self.connected.is_set())

    async def misses(self, node: NodeId) -> None:
        """Wait until it was told that the node is lost."""
        await self.until(lambda: node in self.lost_nodes)

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until what it was told makes it so."""
        while not is_so():
            self._changed.clear()
            await self._changed.wait()


class Inbox:
    """What has come in by one subscription."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.confirmations = 0
        self._changed = asyncio.Event()

    def take(self, message: bytes) -> None:
        self.messages.append(message)
        self._changed.set()

    def confirm(self) -> None:
        self.confirmations += 1
        self._changed.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._changed.clear()
            await self._changed.wait()

    async def in_force(self, times: int = 1) -> None:
        await self.until(lambda: self.confirmations >= times)

    async def next(self) -> bytes:
        await self.until(lambda: bool(self.messages))
        return self.messages.pop(0)


class Node:
    """A node's connection, and what it was told."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.told = Told()

    @property
    def name(self) -> NodeId:
        return self.broker.node

    async def start(self) -> Self:
        await self.broker.start(self.told)
        return self

    async def connected(self) -> Self:
        await self.told.connected.wait()
        return self

    async def listen(self, channel: str) -> Inbox:
        """In force, when the broker can be reached."""
        inbox = Inbox()
        self.broker.subscribe(channel, inbox.take, inbox.confirm)
        await inbox.in_force()
        return inbox

    async def settled(self, key: str) -> None:
        """What this node has put, removed or released under the key is so: questions are answered in their turn."""
        await self.broker.values(key)


class Nodes:
    """Those of one test; all are stopped at its end."""

    def __init__(self, new_broker: Callable[[], Broker]) -> None:
        self._new_broker = new_broker
        self._nodes: list[Node] = []

    def make(self, new_broker: Callable[[], Broker] | None = None) -> Node:
        """Not started."""
        node = Node((new_broker or self._new_broker)())
        self._nodes.append(node)
        return node

    async def start(self, count: int) -> list[Node]:
        """Started and connected, and known to each other where that takes its time."""
        return [await (await self.make().start()).connected() for _ in range(count)]

    async def stop(self) -> None:
        await asyncio.gather(*(node.broker.stop() for node in self._nodes))


def quick_broker(url: str, prefix: str, timing: Timing = QUICK) -> RedisBroker:
    """A node on Redis."""
    return RedisBroker(parse(url), prefix, timing=timing)
