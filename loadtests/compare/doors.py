"""Bringing members in with as little work a connection as can be: it is measured, and the generator must not bound it.

A bare handshake, the CONNECT packet, then what has to be asked before one is in a room; afterwards the socket is the
generator's. The long way in, with tickets and events, is `loadtests.entrance`.
"""

import errno
import os
import select
import socket
from collections import deque
from collections.abc import Sequence
from time import perf_counter_ns

from msgspec import Struct

from loadtests.compare.signals import MASK
from loadtests.compare.transcript import frames
from loadtests.frames import Opcode, encode
from loadtests.packets import ACK, CONNECT, CONNECT_ERROR, ENGINE_OPEN
from loadtests.peer import HEAD_END, Address
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS

IN_FLIGHT_MAX = 64
"""Members on their way in at once: enough to keep the server busy, less than any backlog of a listening socket."""

DEADLINE = 60.0
"""Seconds for everybody to come in."""

WAIT = 1.0
"""Seconds of silence after which the deadline is looked at."""

RECEIVE_BYTES = 262_144
"""Bytes taken at once: the snapshot of a project of a thousand in one go."""

KEY = b"cnRzZXJ2ZXIgY29tcGFyZQ=="
"""Sec-WebSocket-Key (RFC 6455, 4.1): the same for everybody, since nothing is cached between us and the server."""

SWITCHING_PROTOCOLS = b"HTTP/1.1 101"
ERROR_MARK = b'"error":'


class Pass(Struct, frozen=True):
    """How one member comes in: the query of the URL, the CONNECT packet, and what is asked then.

    In when the last of `asks` is acknowledged, or when CONNECT is answered if nothing is asked.
    """

    room: str
    query: str
    connect: bytes
    asks: tuple[bytes, ...] = ()


class Entrant(Struct, eq=False):
    """Somebody on the way in, and what the server said last that was not read to its end."""

    ticket: Pass
    socket: socket.socket
    rest: bytes = b""
    is_upgraded: bool = False
    acks_missing: int = 0


class Door:
    """Brings members in, one after the other but many at once."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._epoll = select.epoll()
        self._coming: dict[int, Entrant] = {}
        self._arrived: list[Entrant] = []

    def bring(self, passes: Sequence[Pass], deadline: float = DEADLINE) -> tuple[list[Entrant], float]:
        """Everybody, in the order in which they were in, and the seconds that it took. Raises `Problem`."""
        waiting = deque(passes)
        start = perf_counter_ns()
        end = start + round(deadline * NANOSECONDS)
        try:
            while len(self._arrived) < len(passes):
                while waiting and len(self._coming) < IN_FLIGHT_MAX:
                    self._start(waiting.popleft())
                if perf_counter_ns() > end:
                    raise Problem(
                        f"Only {len(self._arrived)} of {len(passes)} members got in within {deadline:g} s: "
                        "the server is overloaded or stands still; see its log."
                    )
                self._turn()
        except BaseException:
            self.send_away([*self._coming.values(), *self._arrived])
            raise
        finally:
            self._epoll.close()
        return self._arrived, (perf_counter_ns() - start) / NANOSECONDS

    @staticmethod
    def send_away(entrants: Sequence[Entrant]) -> None:
        """Hang up."""
        for entrant in entrants:
            entrant.socket.close()

    def _start(self, ticket: Pass) -> None:
        connection = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        result = connection.connect_ex(self._address)
        if result not in (0, errno.EINPROGRESS):
            connection.close()
            raise Problem(f"Nobody listens on port {self._address.port} ({os.strerror(result)}): see the server's log.")
        self._coming[connection.fileno()] = Entrant(ticket, connection)
        self._epoll.register(connection.fileno(), select.EPOLLOUT)

    def _turn(self) -> None:
        for file, events in self._epoll.poll(WAIT):
            entrant = self._coming[file]
            try:
                if events & select.EPOLLOUT:
                    self._shake_hands(file, entrant)
                elif not (data := entrant.socket.recv(RECEIVE_BYTES)):
                    raise Problem("The server hung up on a member on the way in: see its log.")
                else:
                    self._take(file, entrant, data)
            except OSError as error:
                raise Problem(f"A member could not come in ({error.strerror}): see the server's log.") from None

    def _shake_hands(self, file: int, entrant: Entrant) -> None:
        entrant.socket.send(
            b"GET /socket.io/?EIO=4&transport=websocket%b HTTP/1.1\r\nHost: %b:%d\r\n"
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n"
            % (entrant.ticket.query.encode(), self._address.host.encode(), self._address.port, KEY)
        )
        self._epoll.modify(file, select.EPOLLIN)

    def _take(self, file: int, entrant: Entrant, data: bytes) -> None:
        data = entrant.rest + data
        if not entrant.is_upgraded:
            head, end, rest = data.partition(HEAD_END)
            if not head.startswith(SWITCHING_PROTOCOLS[: len(head)]):
                raise Problem(f"The server gave no WebSocket: {data[:200].decode('latin-1')}")
            if not end:
                entrant.rest = data
                return
            entrant.is_upgraded, data = True, rest
        used = 0
        for frame in frames(data):
            used += len(frame.whole)
            if self._packet(entrant, frame.payload):
                del self._coming[file]
                self._epoll.unregister(file)
                self._arrived.append(entrant)
                break
        entrant.rest = data[used:]

    def _packet(self, entrant: Entrant, payload: bytes) -> bool:
        """Take a packet; True when the member is in."""
        kind = payload[:2]
        if kind == ACK:
            if ERROR_MARK in payload[:32]:
                raise Problem(f"A member could not come in: {payload[2:].decode(errors='replace')}")
            entrant.acks_missing -= 1
            return entrant.acks_missing == 0
        if kind == CONNECT:
            asks = entrant.ticket.asks
            entrant.acks_missing = len(asks)
            if asks:
                entrant.socket.send(b"".join(encode(Opcode.TEXT, ask, MASK) for ask in asks))
            return not asks
        if kind[:1] == ENGINE_OPEN:
            entrant.socket.send(encode(Opcode.TEXT, entrant.ticket.connect, MASK))
        elif kind == CONNECT_ERROR:
            raise Problem(f"A member was refused: {payload[2:].decode(errors='replace')}")
        return False
