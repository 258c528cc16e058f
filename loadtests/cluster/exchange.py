"""One room whose members are on one process, or on several: how late they hear what is said on either."""

import secrets
from array import array
from collections.abc import Callable, Sequence
from time import perf_counter_ns

import msgspec
from msgspec import Raw, Struct

from loadtests.cluster.deployment import Usage
from loadtests.entrance import Guest
from loadtests.figures import Latency, latency
from loadtests.generator import tags
from loadtests.generator.activity import Activity, Topic
from loadtests.generator.agenda import Agenda
from loadtests.generator.tags import Tag
from loadtests.generator.traffic import Known
from loadtests.loop import Loop
from loadtests.machine import without_garbage_collection
from loadtests.packets import decode_ack
from loadtests.peer import Peer
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS
from rooms.messages import ChatPost, RoomSignal

LEAD = NANOSECONDS // 10
"""Nanoseconds before the first message is due: the generator is at its loop by then."""

DRAIN_DEADLINE = 20.0
"""Seconds after the last message was due in which everything has to arrive."""

RUN_BYTES = 4

FILLER = "x"

SIGNALS = "signals"
CHAT = "chat"
KINDS = (SIGNALS, CHAT)


class Said(Struct, frozen=True):
    """What is read of an event, or of a signal: each has one of both."""

    nonce: str | None = None
    data: str = ""


class Times(Struct, frozen=True):
    """Milliseconds from when a message was due until it was read: by members on the sender's process (`near`), and by
    those on others (`far`); None where there are none."""

    near: Latency | None
    far: Latency | None

    @property
    def hop_p50(self) -> float | None:
        """How much longer it takes to another process."""
        return None if self.near is None or self.far is None else self.far.p50 - self.near.p50


class Exchanged(Struct, frozen=True):
    """One load. `usage` and `seconds`: of the `deliveries` that were measured, the warm-up left out. `lost`: chat that
    did not arrive; `dropped`: signals that did not, which is allowed. `lateness`: of the generator, in the times."""

    times: dict[str, Times]
    lateness: Latency
    deliveries: int
    seconds: float
    usage: Usage
    lost: int
    dropped: int


class Exchange:
    """Sends, and sees what arrives. The `Listener` of everybody in the room meanwhile."""

    def __init__(
        self, guests: Sequence[Guest], homes: Sequence[int], activities: Sequence[Activity], seed: int
    ) -> None:
        """`homes`: on which process each of the guests is."""
        self._guests = guests
        self._homes = homes
        self._numbers = {guest.peer: number for number, guest in enumerate(guests)}
        self._room = guests[0].seat.room
        self._activities = activities
        self._seed = seed
        self._run = secrets.token_hex(RUN_BYTES)
        self._said = msgspec.json.Decoder(Said)
        self._known = Known(self._read)
        self._sent = [0] * len(guests)
        self._expected = {True: 0, False: 0}
        self._arrived = {True: 0, False: 0}
        self._unanswered = 0
        self._measured_from = 0
        self._taken = {(kind, is_far): array("q") for kind in KINDS for is_far in (False, True)}
        self._late = array("q")

    def run(self, loop: Loop, warm_up: float, seconds: float, usage: Callable[[], Usage]) -> Exchanged:
        """People act for so long, and then everything arrives. Raises `Problem`."""
        for guest in self._guests:
            guest.peer.listener = self
        start = perf_counter_ns() + LEAD
        self._measured_from = start + round(warm_up * NANOSECONDS)
        last = self._measured_from + round(seconds * NANOSECONDS)
        doing = [(number, activity) for number in range(len(self._guests)) for activity in self._activities]
        agenda = Agenda(doing, start, self._seed)
        with without_garbage_collection():
            self._send_until(agenda, self._measured_from, loop)
            before, began = usage(), perf_counter_ns()
            self._send_until(agenda, last, loop)
            is_whole = loop.run(self._is_whole, DRAIN_DEADLINE)
            used, lasted = usage() - before, perf_counter_ns() - began
        if not is_whole and self._unanswered:
            raise Problem("Chat was not acknowledged: a node stands still; see its log.")
        return Exchanged(
            times={kind: self._times(kind) for kind in KINDS if self._taken[kind, False]},
            lateness=latency(self._late),
            deliveries=sum(map(len, self._taken.values())),
            seconds=lasted / NANOSECONDS,
            usage=used,
            lost=self._expected[True] - self._arrived[True],
            dropped=self._expected[False] - self._arrived[False],
        )

    def _send_until(self, agenda: "Agenda[int]", end: int, loop: Loop) -> None:
        while (due := min(agenda.next_at, end)) < end or perf_counter_ns() < end:
            if due < end and due <= perf_counter_ns():
                at, sender, activity = agenda.take()
                self._send(sender, activity, at)
            else:
                loop.turn(due)

    def _send(self, sender: int, activity: Activity, due: int) -> None:
        peer, topic = self._guests[sender].peer, activity.topic
        tag = tags.write(self._run, topic, sender, self._sent[sender], due)
        self._sent[sender] += 1
        if topic.is_durable:
            peer.ask(ChatPost(nonce=tag, room=self._room, text=FILLER * activity.characters))
            self._unanswered += 1
        else:
            data = f"{tag} ".ljust(activity.characters, FILLER)
            peer.tell(RoomSignal(room=self._room, topic=topic.label, data=data, latest=topic.is_replaced))
        self._expected[topic.is_durable] += len(self._guests) - (not topic.is_durable)
        if due >= self._measured_from:
            self._late.append(perf_counter_ns() - due)

    def _is_whole(self) -> bool:
        return self._arrived == self._expected and not self._unanswered

    def _times(self, kind: str) -> Times:
        near, far = self._taken[kind, False], self._taken[kind, True]
        return Times(latency(near) if near else None, latency(far) if far else None)

    # --- Listener ---

    def opened(self, peer: Peer) -> None:
        """They have been in the room for long."""

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        """A message; presence and the like do not matter."""
        if name not in ("event", "signal"):
            return
        tag = self._known.of(payload)
        if tag is None:
            return
        self._arrived[tag.topic.is_durable] += 1
        if tag.due >= self._measured_from:
            is_far = self._homes[tag.sender] != self._homes[self._numbers[peer]]
            self._taken[CHAT if tag.topic is Topic.CHAT else SIGNALS, is_far].append(at - tag.due)

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        """A message is durable. Raises `Problem` when it was refused."""
        answer = decode_ack(payload)
        if answer.error is not None:
            raise Problem(f"A message was refused ({answer.error.code}): {answer.error.message}")
        self._unanswered -= 1

    def closed(self, peer: Peer, reason: str) -> None:
        """Nobody may be cut off at a load that is to be measured."""
        raise Problem(f"A member lost the connection during the measurement: {reason}.")

    def _read(self, payload: Raw) -> Tag | None:
        said = self._said.decode(payload)
        return tags.read(self._run, said.nonce or said.data.partition(" ")[0])
