"""The generator's loop: all peers of a process on one epoll, no task and no callback object per message.

Bytes are first taken from every socket that has some, each with the time at which it was read, and only then decoded:
otherwise the sixtieth member of a room would seem slower than the first by the time that the generator takes.
"""

import select
import selectors
from collections.abc import Callable
from time import perf_counter_ns

from loadtests.peer import Peer
from loadtests.schedule import NANOSECONDS


class Loop:
    """Watches peers. Time: nanoseconds of `time.perf_counter_ns`."""

    def __init__(self) -> None:
        self._selector = selectors.EpollSelector()
        self._peers: set[Peer] = set()

    def add(self, peer: Peer) -> None:
        """Start a peer and watch it until it is closed."""
        self._peers.add(peer)
        self._selector.register(peer, selectors.EVENT_READ)
        peer.on_backlog = self._watch
        peer.start()
        self._forget_closed(peer)

    def remove(self, peer: Peer) -> None:
        """Hang up and watch no longer."""
        if peer in self._peers:
            self._peers.discard(peer)
            self._selector.unregister(peer)
            peer.close()

    def close(self) -> None:
        """Hang up all peers. The loop cannot be used any more."""
        for peer in list(self._peers):
            self.remove(peer)
        self._selector.close()

    def turn(self, until: int) -> None:
        """Wait until something can be read or written, or until the time `until`; then read and write it."""
        seconds = max(0, until - perf_counter_ns()) / NANOSECONDS
        # epoll itself counts in milliseconds and rounds up: messages would leave late. An epoll can be waited for, too.
        if not select.select([self._selector.fileno()], [], [], seconds)[0]:
            return
        arrived: list[tuple[Peer, bytes, int]] = []
        for key, events in self._selector.select(0):
            peer = key.fileobj
            assert isinstance(peer, Peer)
            if events & selectors.EVENT_WRITE:
                peer.writable()
            if events & selectors.EVENT_READ and not peer.is_closed:
                data = peer.receive()
                if data is not None:
                    arrived.append((peer, data, perf_counter_ns()))
            self._forget_closed(peer)
        for peer, data, at in arrived:
            peer.take(data, at)
            self._forget_closed(peer)

    def run(self, is_done: Callable[[], bool], deadline: float) -> bool:
        """Turn until `is_done`; False when `deadline` seconds have passed before."""
        end = perf_counter_ns() + round(deadline * NANOSECONDS)
        while not is_done():
            if perf_counter_ns() >= end:
                return False
            self.turn(end)
        return True

    def _watch(self, peer: Peer) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.has_backlog else 0)
        self._selector.modify(peer, events)

    def _forget_closed(self, peer: Peer) -> None:
        if peer.is_closed and peer in self._peers:
            self._peers.discard(peer)
            self._selector.unregister(peer)
