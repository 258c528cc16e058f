"""What the processes of one deployment tell each other, at once: the fast lane beside the database.

Nothing here is relied upon. An event that gets lost is found in the log, a session that was ended in the database; what
is volatile may be dropped. So nothing waits for a broker, and losing it costs time, not data.

Every implementation passes the one contract suite in `tests/contract/test_broker.py`.
"""

from collections.abc import Callable
from typing import Protocol

NodeId = str
"""A process, from its start to its end: no two are ever of one name. Letters, digits, `-` and `_`.

It begins with the name by which the load balancer knows the server (`node_name`), and a `-`, where it has one.
"""

Channel = str
"""A stream's name, such as `room:<id>`, or another that begins with its kind and a colon."""

Receive = Callable[[bytes], None]
"""Takes a message on the event loop; must not raise and must not wait."""

Confirmed = Callable[[], None]
"""Called whenever a subscription has come into force: what was published before may have been missed."""

Unsubscribe = Callable[[], None]
"""Ends one subscription. May be called twice."""


def name_of(node: NodeId) -> str:
    """The name by which the load balancer knows a node; empty when it has none."""
    return node.rpartition("-")[0]


class BrokerUnavailable(Exception):
    """The broker cannot be reached, or does not answer in time. The message names no password."""


class BrokerListener(Protocol):
    """Who is told of what happens to the broker and to other nodes."""

    def broker_connected(self) -> None:
        """It can be used (again). Subscriptions are confirmed each by itself; what this node has put is there again.

        What it had claimed it holds again, unless another was quicker meanwhile: ask `claim`.
        """
        ...

    def broker_lost(self) -> None:
        """It cannot be used for now. Called once for each loss."""
        ...

    def node_lost(self, node: NodeId) -> None:
        """Another node has not shown a sign of life for `NODE_LIFETIME`, or has said that it ends."""
        ...


NODE_LIFETIME = 6.0
"""Seconds without a sign of life after which a node counts as gone; shorter than the presence's grace time."""

NODE_SIGN_INTERVAL = 2.0
"""Seconds between two signs of life: two may get lost."""


class Broker(Protocol):
    """One node's connection. All methods are called on the event loop; those that are not async never wait."""

    node: NodeId

    @property
    def is_shared(self) -> bool:
        """Whether there may be other nodes at all. False: nothing needs to be published."""
        ...

    @property
    def is_connected(self) -> bool:
        """Whether messages go out and come in now."""
        ...

    @property
    def lag(self) -> float:
        """Seconds from publishing to receiving, as this node's own signs of life took last; 0 when not shared."""
        ...

    @property
    def dropped(self) -> int:
        """Messages that were to be published, and were not: there was no connection, or too much waited."""
        ...

    async def start(self, listener: BrokerListener) -> None:
        """Begin to connect, and go on doing so after each loss. Returns at once: a server starts without its broker."""
        ...

    async def stop(self) -> None:
        """Say that this node ends, take back what it has put, and disconnect; within a second or two."""
        ...

    def publish(self, channel: Channel, message: bytes) -> None:
        """Send to every other node that has subscribed to the channel, in the order of the calls.

        Those of one turn of the loop leave together. Dropped, and counted, while there is no connection or when more
        than `UNSENT_BYTES_MAX` wait. Never comes back to this node.
        """
        ...

    def subscribe(self, channel: Channel, receive: Receive, confirmed: Confirmed | None = None) -> Unsubscribe:
        """Receive what other nodes publish to a channel from now on, also after a loss of the connection.

        Several subscriptions of one channel are one for the broker.
        """
        ...

    def put(self, key: str, value: bytes) -> None:
        """Keep a value of this node's under a key, until `remove` or the end of the node; anew where it was lost."""
        ...

    def remove(self, key: str) -> None:
        """Take it back."""
        ...

    async def values(self, key: str) -> dict[NodeId, bytes]:
        """What the other nodes that are alive keep under a key. Raises `BrokerUnavailable`."""
        ...

    async def claim(self, key: str) -> NodeId:
        """The node that holds a key: this one, if no living node did. It holds it until `release` or its end.

        Of several that ask at once one gets it. Raises `BrokerUnavailable`.
        """
        ...

    def release(self, key: str) -> None:
        """Give up what this node claimed; nothing happens when it does not hold it."""
        ...


UNSENT_BYTES_MAX = 4_194_304
"""Bytes that may wait to be published: some seconds of a busy node."""

ANSWER_DEADLINE = 1.0
"""Seconds in which the broker must answer a question; a person waits for it."""
