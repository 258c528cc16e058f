"""How keys and channels are named in Redis, and which bucket a key lies in."""

import binascii
from dataclasses import dataclass

from rtserver.broker.port import NodeId

SLOTS = 16_384
"""Of a Redis Cluster (its specification, "Key distribution model")."""

CLUSTER_BUCKETS = 16
"""Buckets over which the keys of a cluster are spread, evenly over its slots: masters that hold keys. A constant: nodes
that differed in it would not find each other's keys."""


def slot_of(name: bytes) -> int:
    """The slot of a key or channel of a cluster: CRC16 of what stands in the first {}, or of all of it."""
    start = name.find(b"{")
    if start >= 0:
        end = name.find(b"}", start + 1)
        if end > start + 1:
            name = name[start + 1 : end]
    return binascii.crc_hqx(name, 0) % SLOTS


@dataclass(frozen=True, slots=True)
class Bucket:
    """Keys that lie together. `base`: what stands in front of each of them."""

    base: str

    def node(self, node: NodeId) -> str:
        """There while the node lives."""
        return f"{self.base}node:{node}"

    def of(self, node: NodeId) -> str:
        """Names of the keys that hold something of the node's."""
        return f"{self.base}of:{node}"

    @property
    def nodes(self) -> str:
        """Names of all nodes."""
        return f"{self.base}nodes"

    def sign(self, node: NodeId) -> bytes:
        """The channel by which a node's own signs come back to it."""
        return f"{self.base}sign:{node}".encode()

    @property
    def slot(self) -> int:
        """That of a cluster."""
        return slot_of(self.base.encode())


class Keys:
    """The buckets of a deployment."""

    def __init__(self, prefix: str, is_cluster: bool) -> None:
        tags = [_tag(number) for number in range(CLUSTER_BUCKETS)] if is_cluster else ["0"]
        self.buckets = tuple(Bucket(f"{prefix}:{{{tag}}}:") for tag in tags)
        self.farewells = f"{prefix}:farewells".encode()
        self._channels = f"{prefix}:".encode()

    def bucket_of(self, key: str) -> Bucket:
        """Where a key lies."""
        if len(self.buckets) == 1:
            return self.buckets[0]
        return self.buckets[slot_of(key.encode()) % len(self.buckets)]

    def channel(self, name: str) -> bytes:
        """How a channel is called in Redis. It begins with its kind and a colon, so it is none of ours."""
        return self._channels + name.encode()


def _tag(number: int) -> str:
    """The shortest number whose slot lies in this part of the slots."""
    part = SLOTS // CLUSTER_BUCKETS
    return next(text for text in map(str, range(SLOTS)) if slot_of(text.encode()) // part == number)
