"""What the people of one process send and receive: each message tagged, timed from when it was due, and checked."""

from collections.abc import Callable
from time import perf_counter_ns
from typing import Generic, TypeVar

import msgspec
from msgspec import Raw, Struct

from loadtests.generator import tags
from loadtests.generator.activity import Activity, Topic
from loadtests.generator.limits import spoiled
from loadtests.generator.people import Pending, Person
from loadtests.generator.tags import Tag
from loadtests.generator.tally import Tally, count
from loadtests.packets import Ack
from loadtests.problem import Problem
from rooms.messages import ChatPost, Failure, RoomSignal

Found = TypeVar("Found")

ACKNOWLEDGED = "chat stored"
"""The name of the latency from when a message was due to the ack, which comes when it is on the server's disk."""

FILLED = "chat filled in"
"""The name of the latency of chat that was missed during a drop and came with the next join."""

AT_SLOW = "at slow readers"
"""The name of the latency of whatever arrives at somebody who had stopped reading: it is their own doing."""

KNOWN_MAX = 512
"""Payloads remembered as already decoded: a room's members get the same bytes."""

FILLER = "412.5,88.1 "
"""What follows the tag: points of a stroke as a board would write them. Chat gets as many characters of it."""

SHUTTING_DOWN = "shutting_down"
"""A refusal after which the command is kept, and sent again after the server has come back."""


class Delivered(Struct, frozen=True):
    """What is read of an event."""

    stream: str
    seq: int
    nonce: str | None


class Heard(Struct, frozen=True):
    """What is read of a signal."""

    member: str
    data: str


class Totals(Struct):
    """Messages of this process since the last account. `expected_*`: deliveries that what was sent should lead to.

    `unsent`: volatile signals of people who were not there to send them. `strange_sender`: signals under another
    member's name.
    """

    sent: int = 0
    unsent: int = 0
    expected_durable: int = 0
    expected_volatile: int = 0
    acknowledged: int = 0
    refused: int = 0
    strange_sender: int = 0
    refusals: dict[str, int] = msgspec.field(default_factory=dict)


class Known(Generic[Found]):
    """What payloads say: all members of a room get the same bytes, which are read once."""

    def __init__(self, read: Callable[[Raw], Found]) -> None:
        self._read = read
        self._found: dict[bytes, Found] = {}

    def of(self, payload: Raw) -> Found:
        """What a payload says."""
        key = bytes(payload)
        found = self._found.get(key)
        if found is None:
            if len(self._found) >= KNOWN_MAX:
                self._found.clear()
            found = self._found[key] = self._read(payload)
        return found


class Traffic:
    """Sends, receives, and takes down the latencies of each stage by the name of what was measured."""

    def __init__(self, run: str) -> None:
        """`run`: eight letters that tell this run from all others."""
        self.totals = Totals()
        self.tallies: dict[tuple[str, str], Tally] = {}
        """By stage and name; taken and emptied with every report to the parent."""
        self.lateness: Tally = {}
        """How much later than due the generator itself has sent."""
        self._run = run
        self._stages: list[tuple[int, str]] = [(0, "")]
        self._event_decoder = msgspec.json.Decoder(Delivered)
        self._signal_decoder = msgspec.json.Decoder(Heard)
        self._events = Known(self._read_event)
        self._signals = Known(self._read_signal)
        self._labels = {topic: topic.label for topic in Topic}

    def stage(self, name: str, at: int) -> None:
        """What is due from `at` (nanoseconds) on belongs to this stage."""
        self._stages.append((at, name))

    # --- Sending ---

    def send(self, person: Person, activity: Activity, due: int) -> None:
        """Send what is due. Chat of somebody who is away is kept for their return, as a page does."""
        if activity.topic.is_durable:
            self._post(person, activity, due)
        elif person.is_here and person.peer is not None:
            self._signal(person, activity, due)
        else:
            self.totals.unsent += 1

    def resend(self, person: Person) -> None:
        """Back again: everything that was not acknowledged, in its order, with the same nonces."""
        if person.peer is None:
            return
        person.asked = {person.peer.ask(pending.command): pending for pending in person.unacknowledged}

    def _post(self, person: Person, activity: Activity, due: int) -> None:
        tag = tags.write(self._run, Topic.CHAT, person.number, person.next_number(Topic.CHAT), due)
        text = _filled("", activity.characters)
        pending = Pending(ChatPost(nonce=tag, room=person.room.room, text=text), due)
        person.unacknowledged.append(pending)
        person.sent.durable += 1
        self.totals.sent += 1
        self.totals.expected_durable += person.room.size
        if person.is_here and person.peer is not None:
            person.asked[person.peer.ask(pending.command)] = pending
            count(self.lateness, perf_counter_ns() - due)

    def _signal(self, person: Person, activity: Activity, due: int) -> None:
        assert person.peer is not None
        topic = activity.topic
        tag = tags.write(self._run, topic, person.number, person.next_number(topic), due)
        data = _filled(tag + " ", activity.characters)
        room, name = person.room.room, self._labels[topic]
        person.peer.tell(RoomSignal(room=room, topic=name, data=data, latest=topic.is_replaced))
        person.sent.volatile += 1
        self.totals.sent += 1
        self.totals.expected_volatile += person.room.size - 1
        count(self.lateness, perf_counter_ns() - due)

    # --- Receiving ---

    def event(self, person: Person, payload: Raw, at: int) -> bool:
        """An event was pushed. False when the receiver has missed one before it, and has to join again."""
        event, tag = self._events.of(payload)
        if event.stream != person.room.stream:
            person.project_seq = max(person.project_seq, event.seq)
            return True
        receiver = person.receiver
        if not receiver.event(event.seq):
            return event.seq <= receiver.seq
        if tag is None:
            receiver.counts.strange += 1
        elif receiver.message(tag):
            self._record(person, self._labels[Topic.CHAT], tag.due, at)
        return True

    def fill(self, person: Person, seq: int, nonce: str | None, at: int) -> None:
        """Chat that was missed and came with a join."""
        receiver = person.receiver
        receiver.seq = seq
        tag = tags.read(self._run, nonce or "")
        if tag is not None and receiver.message(tag):
            self._record(person, FILLED, tag.due, at)

    def signal(self, person: Person, payload: Raw, at: int) -> None:
        """A signal was pushed."""
        member, tag = self._signals.of(payload)
        receiver = person.receiver
        if tag is None:
            receiver.counts.strange += 1
            return
        if person.room.members[tag.sender] != member:
            self.totals.strange_sender += 1
        if receiver.message(tag):
            self._record(person, self._labels[tag.topic], tag.due, at)

    def answered(self, person: Person, number: int, ack: Ack, at: int) -> None:
        """A post was acknowledged or refused. Raises `Problem` when it was a limit."""
        pending = person.asked.pop(number, None)
        if pending is None:
            return
        if ack.error is None:
            self.totals.acknowledged += 1
            self._record(person, ACKNOWLEDGED, pending.at, at)
        elif ack.error.code == SHUTTING_DOWN:
            return
        else:
            self.refused(ack.error, is_signal=False)
            person.sent.refused += 1
            self.totals.expected_durable -= person.room.size
        person.unacknowledged.remove(pending)

    def refused(self, failure: Failure, is_signal: bool) -> None:
        """Something was not carried out. Raises `Problem` when it was a limit."""
        limit = spoiled(failure, is_signal)
        if limit is not None:
            raise Problem(limit)
        code = str(failure.code)
        self.totals.refused += 1
        self.totals.refusals[code] = self.totals.refusals.get(code, 0) + 1

    def _read_event(self, payload: Raw) -> tuple[Delivered, Tag | None]:
        event = self._event_decoder.decode(payload)
        return event, tags.read(self._run, event.nonce or "")

    def _read_signal(self, payload: Raw) -> tuple[str, Tag | None]:
        heard = self._signal_decoder.decode(payload)
        return heard.member, tags.read(self._run, heard.data.partition(" ")[0])

    def _record(self, person: Person, name: str, due: int, at: int) -> None:
        since, stage = self._stages[-1]
        if due < since:
            stage = next(earlier for begin, earlier in reversed(self._stages) if begin <= due)
        key = (stage, AT_SLOW if person.is_slow else name)
        tally = self.tallies.get(key)
        if tally is None:
            tally = self.tallies[key] = {}
        count(tally, at - due)


def _filled(start: str, characters: int) -> str:
    """A text of so many characters that begins with `start`, which is never cut."""
    missing = characters - len(start)
    return start + (FILLER * (missing // len(FILLER) + 1))[:missing] if missing > 0 else start
