"""The generator's loop: all peers of a process on one epoll, no task and no callback object per message.

Bytes are first taken from every socket that has some, each with the time at which it was read, and only then decoded:
otherwise the sixtieth member of a room would seem slower than the first by the time that the generator takes.
"""

import select
from collections.abc import Callable
from time import perf_counter_ns

from loadtests.peer import Peer
from loadtests.schedule import NANOSECONDS

READABLE = select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR
"""An end or an error is found by reading, too."""


class Loop:
    """Watches peers. Time: nanoseconds of `time.perf_counter_ns`."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._watched: dict[int, Peer] = {}
        self._files: dict[Peer, int] = {}
        """The number of each peer's socket; a paused peer has one and is not watched."""
        self.woken_at = 0
        """When the last turn began to read: what it then took until its end, bytes may have waited for it."""

    def add(self, peer: Peer) -> None:
        """Start a peer and watch it until it is closed."""
        file = peer.fileno()
        self._files[peer] = file
        self._watched[file] = peer
        self._epoll.register(file, select.EPOLLIN)
        peer.on_backlog = self._watch
        peer.start()
        self._forget_closed(peer)

    def remove(self, peer: Peer) -> None:
        """Hang up and watch no longer."""
        if peer in self._files:
            self._forget(peer)
            peer.close()

    def close(self) -> None:
        """Hang up all peers. The loop cannot be used any more."""
        for peer in list(self._files):
            self.remove(peer)
        self._epoll.close()

    def turn(self, until: int, between: Callable[[], None] | None = None) -> None:
        """Wait until something can be read or written, or until the time `until`; then read and write it.

        `between`: called after what each peer received was decoded, for what cannot wait for the others'.
        """
        seconds = max(0, until - perf_counter_ns()) / NANOSECONDS
        # epoll itself counts in milliseconds and rounds up: messages would leave late. An epoll can be waited for, too.
        is_ready = select.select([self._epoll.fileno()], [], [], seconds)[0]
        self.woken_at = perf_counter_ns()
        if not is_ready:
            return
        arrived: list[tuple[Peer, bytes, int]] = []
        for file, events in self._epoll.poll(0):
            peer = self._watched.get(file)
            if peer is None:
                continue
            if events & select.EPOLLOUT:
                peer.writable()
            if events & READABLE and not peer.is_closed:
                data = peer.receive()
                if data is not None:
                    arrived.append((peer, data, perf_counter_ns()))
            if peer.is_closed:
                self._forget_closed(peer)
        for peer, data, at in arrived:
            peer.take(data, at)
            if peer.is_closed:
                self._forget_closed(peer)
            if between is not None:
                between()

    def run(self, is_done: Callable[[], bool], deadline: float) -> bool:
        """Turn until `is_done`; False when `deadline` seconds have passed before."""
        end = perf_counter_ns() + round(deadline * NANOSECONDS)
        while not is_done():
            if perf_counter_ns() >= end:
                return False
            self.turn(end)
        return True

    def _watch(self, peer: Peer) -> None:
        """Watch for what the peer waits for. Nothing at all is watched of a paused one, or its end would wake us."""
        file = self._files.get(peer)
        if file is None:
            return
        is_watched = file in self._watched
        if peer.is_paused:
            if is_watched:
                del self._watched[file]
                self._epoll.unregister(file)
            return
        events = select.EPOLLIN | (select.EPOLLOUT if peer.has_backlog else 0)
        if is_watched:
            self._epoll.modify(file, events)
        else:
            self._watched[file] = peer
            self._epoll.register(file, events)

    def _forget_closed(self, peer: Peer) -> None:
        if peer.is_closed:
            self._forget(peer)

    def _forget(self, peer: Peer) -> None:
        file = self._files.pop(peer, None)
        # A closed socket has left the epoll by itself, and its number may be another's already.
        if file is not None and self._watched.get(file) is peer:
            del self._watched[file]
            if not peer.is_closed:
                self._epoll.unregister(file)
