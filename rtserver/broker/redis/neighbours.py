"""Which other nodes live, as Redis says it, and who of them was lost. Time is passed in."""

from collections.abc import Iterable

from rtserver.broker.port import NodeId


class Neighbours:
    """The other nodes that this one has seen."""

    def __init__(self, node: NodeId, lifetime: float) -> None:
        self._node = node
        self._lifetime = lifetime
        self._seen: set[NodeId] = set()
        self._ended: set[NodeId] = set()
        self._since = 0.0

    def connected(self, now: float) -> None:
        """Redis is back, maybe empty: until everybody has had the time to come back, nobody is missed."""
        self._since = now

    def listed(self, living: Iterable[NodeId], now: float) -> list[NodeId]:
        """Redis says who lives. Those that were seen and are gone, each once."""
        present = set(living) - {self._node}
        self._ended &= present  # answers come in order: who is not in this one is in no later one
        self._seen |= present - self._ended
        if now - self._since < self._lifetime:
            return []
        lost = sorted(self._seen - present)
        self._seen.intersection_update(present)
        return lost

    def ended(self, node: NodeId) -> bool:
        """A node has said that it ends, be it one that was too short here to be listed. Whether this is news."""
        if node == self._node or node in self._ended:
            return False
        self._seen.discard(node)
        self._ended.add(node)
        return True
