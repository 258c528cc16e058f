"""The members of a comparison: sockets in their rooms, who of them sends, and whose receipt is timed.

A room's witnesses are read as soon as they have something: they give the latencies, and a message is done when all of
them have it. Everybody else is read in turn, some milliseconds later, and checked all the same; the kernel keeps it
until then, and so few system calls carry many messages.
"""

import socket
from array import array
from collections.abc import Sequence
from time import perf_counter_ns

from msgspec import Struct

from loadtests.compare.doors import Entrant
from loadtests.compare.signals import MASK, SignalWriter
from loadtests.compare.transcript import Receiver, Transcript
from loadtests.frames import Opcode, encode
from loadtests.packets import PONG
from loadtests.problem import Problem

PONG_FRAME = encode(Opcode.TEXT, PONG, MASK)

RECEIVE_BYTES = 65_536
"""Bytes taken from a socket at once: more than comes for one member between two readings."""


class Member:
    """One socket in a room."""

    __slots__ = ("_buffer", "_socket", "_view", "receiver", "seen")

    def __init__(self, entrant: Entrant, receiver: Receiver, buffer: bytearray) -> None:
        """`buffer` is read into; those whose bytes are checked at once may share one."""
        self._socket = entrant.socket
        self._buffer = buffer
        self._view = memoryview(buffer)
        self.receiver = receiver
        self.seen = 0
        """Messages of the transcript whose receipt was timed."""
        receiver.on_ping = self._answer_ping
        receiver.take(memoryview(entrant.rest))
        entrant.rest = b""

    def fileno(self) -> int:
        """For epoll."""
        return self._socket.fileno()

    def receive(self) -> int:
        """Bytes that have come, to be checked by `check`; 0 when there are none. Raises `Problem`."""
        try:
            size = self._socket.recv_into(self._buffer)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise Problem(f"A member lost the connection ({error.strerror}): see the server's log.") from None
        if not size:
            raise Problem("The server hung up on a member during the measurement: see its log.")
        return size

    def check(self, size: int) -> None:
        """Check what `receive` has read."""
        self.receiver.take(self._view[:size])

    def _answer_ping(self) -> None:
        try:
            self._socket.send(PONG_FRAME)
        except OSError as error:
            raise Problem(f"A member lost the connection ({error.strerror}): see the server's log.") from None


class Sender:
    """Who sends in a room, and when each of the messages was sent or due."""

    __slots__ = ("_backlog", "_socket", "_writer", "credit", "started")

    def __init__(self, connection: socket.socket, writer: SignalWriter) -> None:
        self._socket = connection
        self._writer = writer
        self._backlog = b""
        self.credit = 0
        """Messages that may be sent now."""
        self.started = array("q")
        """Nanoseconds at which each message was sent, or due."""

    @property
    def sent(self) -> int:
        """Messages so far."""
        return len(self.started)

    @property
    def has_backlog(self) -> bool:
        """Whether the socket has not taken everything yet."""
        return bool(self._backlog)

    def spend(self) -> None:
        """Send as many messages as there is credit for."""
        first, count = self.sent, self.credit
        self.credit = 0
        data = b"".join([self._writer.frame(seq) for seq in range(first, first + count)])
        self.started.extend([perf_counter_ns()] * count)
        self.write(data)

    def send_due(self, at: int) -> None:
        """Send a message that was due at `at`."""
        data = self._writer.frame(self.sent)
        self.started.append(at)
        self.write(data)

    def write(self, data: bytes = b"") -> None:
        """Write as much as the socket takes; the rest waits for the next time. Raises `Problem`."""
        data = self._backlog + data
        try:
            self._backlog = data[self._socket.send(data) :]
        except (BlockingIOError, InterruptedError):
            self._backlog = data
        except OSError as error:
            raise Problem(f"A sender lost the connection ({error.strerror}): see the server's log.") from None


class Room:
    """One room for one measurement; or those of its members who are on one server (see `halves`)."""

    def __init__(
        self,
        entrants: Sequence[Entrant],
        senders: int,
        witnesses: int,
        echoes: bool = False,
        *,
        first: int = 0,
        senders_in_all: int | None = None,
    ) -> None:
        """`entrants` in the order in which they joined. The first are the senders; the witnesses are spread evenly over
        the others, the last one among them: a server that writes one after the other reaches that one last.

        `echoes`: senders get their own messages, too. `first`: the number of the first sender here, `senders_in_all`:
        how many there are, when others of the room are elsewhere.
        """
        self.transcript = Transcript(senders_in_all or senders)
        self.recipients = len(entrants) if echoes else len(entrants) - 1
        """Deliveries of one message."""
        self.done = 0
        """Messages that all witnesses have."""
        self.speakers = [
            Sender(entrant.socket, SignalWriter(entrant.ticket.room, number))
            for number, entrant in enumerate(entrants[:senders], start=first)
        ]
        """Who sends from here."""
        self.senders = self.speakers
        """All senders of the room, by their numbers."""
        listeners = len(entrants) - senders
        chosen = {senders + listeners * (number + 1) // witnesses - 1 for number in range(witnesses)}
        shared = bytearray(RECEIVE_BYTES)
        self.witnesses: list[Member] = []
        self.others: list[Member] = []
        for number, entrant in enumerate(entrants):
            is_witness = number in chosen
            receiver = Receiver(self.transcript, left_out=first + number if number < senders and not echoes else None)
            member = Member(entrant, receiver, bytearray(RECEIVE_BYTES) if is_witness else shared)
            (self.witnesses if is_witness else self.others).append(member)

    @property
    def sent(self) -> list[int]:
        """Messages of each sender."""
        return [sender.sent for sender in self.senders]

    @property
    def is_quiet(self) -> bool:
        """Whether every member has all messages of the others."""
        total = sum(self.sent)
        return len(self.transcript.ends) == total and all(
            member.receiver.is_up_to_date for member in (*self.witnesses, *self.others)
        )


def halves(entrants: Sequence[Sequence[Entrant]], senders: int, witnesses: int) -> list[Room]:
    """One room whose members are on several servers, for an open loop: on each `senders` and `witnesses`.

    Members on one server get identical bytes; on another one those of different senders may be in another order.
    """
    rooms = [
        Room(here, senders, witnesses, first=number * senders, senders_in_all=senders * len(entrants))
        for number, here in enumerate(entrants)
    ]
    for room in rooms:
        room.senders = [sender for one in rooms for sender in one.speakers]
        room.recipients = sum(map(len, entrants)) - 1
    return rooms


class Crowd(Struct, frozen=True):
    """Everybody who is connected, by rooms, in the order in which they joined."""

    rooms: dict[str, list[Entrant]]

    @classmethod
    def of(cls, entrants: Sequence[Entrant]) -> "Crowd":
        """Sort those who came in through the door."""
        rooms: dict[str, list[Entrant]] = {}
        for entrant in entrants:
            rooms.setdefault(entrant.ticket.room, []).append(entrant)
        return cls(rooms)

    def close(self) -> None:
        """Hang up."""
        for entrants in self.rooms.values():
            for entrant in entrants:
                entrant.socket.close()
