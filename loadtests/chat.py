"""Durable chat in one room under a fixed load: from when a message was due to its arrival at every member."""

import secrets
from array import array
from collections.abc import Callable, Sequence
from time import perf_counter_ns

import msgspec
from msgspec import Raw, Struct

from loadtests.entrance import Guest
from loadtests.figures import Latency, latency
from loadtests.ledger import Ledger, Violations
from loadtests.loop import Loop
from loadtests.machine import without_garbage_collection
from loadtests.packets import decode_ack
from loadtests.peer import Peer
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS, Due
from rooms.messages import Accepted, ChatPost

LEAD = NANOSECONDS // 10
"""Nanoseconds before the first message is due: the generator is at its loop by then."""

DRAIN_DEADLINE = 30.0
"""Seconds after the last message was due in which everything has to arrive; what has not is lost."""

TEXT_CHARACTERS = 200
"""Characters of a message: a long sentence or two, and the payload of the other measurements."""

RUN_ID_BYTES = 6
"""Random bytes in the nonces of a run: those of another run, or of a stranger, are told apart."""


class Delivered(Struct, frozen=True):
    """What is read of an event. A client ignores what it does not know."""

    stream: str
    seq: int
    nonce: str | None


class ChatResult(Struct, frozen=True):
    """One run. `lateness`: how late the generator itself sent, which the latencies contain.

    `seconds` and `cpu_seconds` (of the server) are for the `deliveries` that were measured, the warm-up left out.
    """

    delivery: Latency
    ack: Latency
    lateness: Latency
    deliveries: int
    seconds: float
    cpu_seconds: float
    violations: Violations


class ChatRun:
    """Sends a schedule into a room and sees what becomes of it. The `Listener` of the room's members meanwhile."""

    def __init__(
        self, guests: Sequence[Guest], positions: Sequence[int], schedule: Sequence[Due], warm_up: float
    ) -> None:
        """Everybody in `guests` receives, and sends what is theirs. Messages due in the first `warm_up` seconds are
        checked like all others and not measured."""
        self._guests = guests
        self._stream = f"room:{guests[0].seat.room}"
        self._room = guests[0].seat.room
        self._schedule = schedule
        self._run_id = secrets.token_hex(RUN_ID_BYTES)
        self._text = "x" * TEXT_CHARACTERS
        self._receivers = {guest.peer: number for number, guest in enumerate(guests)}
        self._asked: list[dict[int, int]] = [{} for _ in guests]
        self._event = msgspec.json.Decoder(Delivered)
        first = round(warm_up * NANOSECONDS)
        self._measured_from = next((index for index, due in enumerate(schedule) if due.at >= first), len(schedule))
        self._due_at: list[int] = []
        self._deliveries = array("q")
        self._acks = array("q")
        self._lateness = array("q")
        self.ledger = Ledger(schedule, positions)

    def run(self, loop: Loop, cpu_seconds: Callable[[], float]) -> ChatResult:
        """Send everything when it is due, and wait until it has arrived. `cpu_seconds`: what the server has used."""
        for guest in self._guests:
            guest.peer.listener = self
        schedule, count = self._schedule, len(self._schedule)
        start = perf_counter_ns() + LEAD
        self._due_at = [start + due.at for due in schedule]
        end = self._due_at[-1] + round(DRAIN_DEADLINE * NANOSECONDS)
        cpu_before, sent = cpu_seconds(), 0
        with without_garbage_collection():
            while sent < count or not self.ledger.is_complete:
                now = perf_counter_ns()
                while sent < count and self._due_at[sent] <= now:
                    if sent == self._measured_from:
                        cpu_before = cpu_seconds()
                    self._send(sent)
                    sent += 1
                if now > end:
                    break
                loop.turn(self._due_at[sent] if sent < count else end)
            finished = perf_counter_ns()
            cpu = cpu_seconds() - cpu_before
        if not self._deliveries or not self._acks:
            raise Problem("No message arrived at anybody: the server stands still or refuses to post; see its log.")
        return ChatResult(
            delivery=latency(self._deliveries),
            ack=latency(self._acks),
            lateness=latency(self._lateness),
            deliveries=len(self._deliveries),
            seconds=(finished - self._due_at[self._measured_from]) / NANOSECONDS,
            cpu_seconds=cpu,
            violations=self.ledger.violations(),
        )

    def _send(self, index: int) -> None:
        sender = self._schedule[index].sender
        command = ChatPost(nonce=f"{self._run_id}-{index:06d}", room=self._room, text=self._text)
        self._asked[sender][self._guests[sender].peer.ask(command)] = index
        if index >= self._measured_from:
            self._lateness.append(perf_counter_ns() - self._due_at[index])

    # --- Listener ---

    def opened(self, peer: Peer) -> None:
        """They have been in the room for long."""

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        """A message of the room; presence and the like do not matter."""
        if name != "event":
            return
        event = self._event.decode(payload)
        if event.stream != self._stream:
            return
        index = self._index(event.nonce)
        is_new = self.ledger.delivered(self._receivers[peer], index, event.seq)
        if is_new and index is not None and index >= self._measured_from:
            self._deliveries.append(at - self._due_at[index])

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        """The message is on the server's disk, or was refused."""
        index = self._asked[self._receivers[peer]].pop(number)
        answer = decode_ack(payload)
        self.ledger.acked(index, None if answer.error else msgspec.json.decode(answer.ok, type=Accepted).seq)
        if index >= self._measured_from:
            self._acks.append(at - self._due_at[index])

    def closed(self, peer: Peer, reason: str) -> None:
        """Nobody may be cut off at a load that is to be measured."""
        raise Problem(f"A member lost the connection during the measurement: {reason}.")

    def _index(self, nonce: str | None) -> int | None:
        run_id, _, index = (nonce or "").rpartition("-")
        return int(index) if run_id == self._run_id else None
