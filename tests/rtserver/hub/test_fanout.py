"""Fan-out to a room: which bytes reach whom, how often they were made, and when a room is hot."""

from collections.abc import Iterator

import msgpack
import pytest

from rtserver.hub import outbox as outbox_module
from rtserver.hub.fanout import HOT_PERIOD, HOT_SIGNALS, Heat, Recipients
from rtserver.hub.frames import Opcode
from rtserver.hub.outbox import Flusher, Lane, Outbox, OutboxLimits, Outgoing
from rtserver.hub.packets import Codec, Push
from tests.rtserver.hub.fakes import FakeLoop, FakeTransport, Waiting

BEGIN = 1_700_000_000_000
WINDOW = 0.004


class TestHeat:
    def rise(self, heat: Heat, count: int, now: int) -> list[bool]:
        return [heat.rises(now) for _ in range(count)]

    def test_few_signals_are_not_hot(self) -> None:
        """A lesson at human rates."""
        heat = Heat()
        for period in range(20):
            assert not any(self.rise(heat, HOT_SIGNALS - 1, BEGIN + period * HOT_PERIOD))

    def test_hot_within_a_period(self) -> None:
        """From the signal on with which there are enough."""
        assert self.rise(Heat(), HOT_SIGNALS + 1, BEGIN) == [False] * (HOT_SIGNALS - 1) + [True] * 2

    def test_hot_from_the_beginning_of_the_next(self) -> None:
        """Not cold again for the first half of every period."""
        heat = Heat()
        self.rise(heat, HOT_SIGNALS, BEGIN)
        assert heat.rises(BEGIN + HOT_PERIOD)

    def test_cold_after_a_quiet_period(self) -> None:
        """Whether few signals came in it, or none."""
        for quiet in (1, 0):
            heat = Heat()
            self.rise(heat, HOT_SIGNALS, BEGIN)
            self.rise(heat, quiet, BEGIN + HOT_PERIOD)
            assert not heat.rises(BEGIN + 2 * HOT_PERIOD)

    def test_a_clock_that_is_set_back(self) -> None:
        """Is another period, no more."""
        heat = Heat()
        self.rise(heat, HOT_SIGNALS, BEGIN)
        assert not heat.rises(BEGIN - HOT_PERIOD)


class Member:
    """Somebody in the room."""

    def __init__(self, flusher: Flusher, codec: Codec, room: int | None = None, polls: bool = False) -> None:
        self.transport = FakeTransport(room)
        self.codec = codec
        self.outbox = Outbox(flusher, OutboxLimits(10_000, 5_000), lambda: None)
        if not polls:
            self.outbox.attach(self.transport)

    def got(self) -> list[object]:
        """What its events carried."""
        found: list[object] = []
        for opcode, payload in self.transport.frames():
            if opcode is Opcode.TEXT:
                assert self.codec is Codec.JSON
                found.append(payload.decode())
            else:
                assert self.codec is Codec.MSGPACK
                found.append(msgpack.loads(payload)["data"][1])
        return found


class Room:
    """Recipients by name, and how they are marked."""

    def __init__(self, loop: FakeLoop) -> None:
        self.loop = loop
        self.flusher = Flusher(WINDOW)
        self.recipients = Recipients()
        self.members: dict[str, Member] = {}
        self.late = False

    def add(self, name: str, codec: Codec = Codec.JSON, room: int | None = None, polls: bool = False) -> Member:
        self.members[name] = Member(self.flusher, codec, room, polls)
        self.recipients.add(name, codec, self.members[name].outbox)
        return self.members[name]

    def signal(self, push: Push, sender: str, newest_of: str | None = None) -> None:
        mark = self.flusher.mark_late if self.late else self.flusher.mark
        key = None if newest_of is None else ("hall", newest_of)
        self.recipients.signal(push, self.members[sender].outbox, key, mark)


@pytest.fixture
def room() -> Iterator[Room]:
    with pytest.MonkeyPatch.context() as patch:
        made = Room(FakeLoop.under(patch, outbox_module))
        made.add("sender")
        yield made


class TestRecipients:
    def test_all_but_the_sender(self, room: Room) -> None:
        """In one write, in order."""
        others = [room.add(f"r{number}") for number in range(3)]
        for number in range(4):
            room.signal(Push("s", number), "sender")
        room.loop.turn()
        for other in others:
            assert other.got() == [f'42["s",{number}]' for number in range(4)]
            assert len(other.transport.writes) == 1
        assert room.members["sender"].transport.writes == []

    def test_each_codec_once(self, room: Room) -> None:
        """Two encodings for any number of recipients, and none that nobody needs."""
        texts, packed = [room.add(f"j{n}") for n in range(3)], [room.add(f"m{n}", Codec.MSGPACK) for n in range(3)]
        push = Push("s", "x")
        room.signal(push, "sender")
        for members, codec in ((texts, Codec.JSON), (packed, Codec.MSGPACK)):
            frames = {id(member.outbox.pending[0]) for member in members if member.outbox.pending}
            assert frames == {id(push.encoded(codec).frame)}
        room.loop.turn()
        assert [member.got() for member in texts] == [['42["s","x"]']] * 3
        assert [member.got() for member in packed] == [["x"]] * 3

    def test_a_codec_that_nobody_uses_any_more(self, room: Room) -> None:
        """Is not encoded."""
        room.add("packed", Codec.MSGPACK)
        room.recipients.remove("packed")
        room.add("other")
        push = Push("s", "x")
        room.signal(push, "sender")
        assert push._msgpack is None

    def test_who_leaves_within_the_turn(self, room: Room) -> None:
        """Gets what was sent before, and nothing after."""
        leaver, stayer = room.add("leaver"), room.add("stayer")
        room.signal(Push("s", 1), "sender")
        room.recipients.remove("leaver")
        room.recipients.remove("somebody who never was there")
        room.signal(Push("s", 2), "sender")
        room.loop.turn()
        assert leaver.got() == ['42["s",1]']
        assert stayer.got() == ['42["s",1]', '42["s",2]']

    def test_who_comes_within_the_turn(self, room: Room) -> None:
        """Gets what is sent from then on."""
        room.signal(Push("s", 1), "sender")
        comer = room.add("comer")
        room.signal(Push("s", 2), "sender")
        room.loop.turn()
        assert comer.got() == ['42["s",2]']

    def test_between_acks(self, room: Room) -> None:
        """What else is sent to a socket keeps its place."""
        other = room.add("other")
        room.signal(Push("s", 1), "sender")
        other.outbox.send(Outgoing.of("43ack"), Lane.DURABLE)
        room.signal(Push("s", 2), "sender")
        room.loop.turn()
        assert other.got() == ['42["s",1]', "43ack", '42["s",2]']

    def test_who_polls(self, room: Room) -> None:
        """Gets the same, in its mailbox."""
        poller = room.add("poller", polls=True)
        for number in range(2):
            room.signal(Push("s", number), "sender")
        polled = Waiting(poller.outbox.polled())
        assert [outgoing.encode() for outgoing in polled.result] == ['42["s",0]', '42["s",1]']

    def test_who_is_behind(self, room: Room) -> None:
        """Gets the newest of each kind when it has caught up; the others do not wait for it."""
        behind, quick = room.add("behind", room=0), room.add("quick")
        behind.outbox.send(Outgoing.of("4" + "x" * 5_000), Lane.DURABLE)
        room.loop.turn()
        for number in range(3):
            room.signal(Push("s", number), "sender", newest_of="cursor")
        room.loop.turn()
        assert quick.got() == [f'42["s",{number}]' for number in range(3)]
        behind.transport.drain()
        room.loop.advance(1)
        assert behind.got()[1:] == ['42["s",2]']
        assert behind.outbox.dropped == 2

    def test_who_is_gone(self, room: Room) -> None:
        """A socket that has ended and is still listed for a moment: nothing happens."""
        gone, other = room.add("gone"), room.add("other")
        gone.outbox.close()
        room.signal(Push("s", 1), "sender")
        room.loop.turn()
        assert gone.transport.writes == []
        assert other.got() == ['42["s",1]']

    def test_late(self, room: Room) -> None:
        """In a hot room signals of several turns share a write; the sockets are marked once."""
        other = room.add("other")
        room.late = True
        for number in range(3):
            room.signal(Push("s", number), "sender")
            room.loop.turn()
        assert other.transport.writes == []
        room.loop.advance(WINDOW)
        assert len(other.transport.writes) == 1
        assert other.got() == [f'42["s",{number}]' for number in range(3)]

    def test_mixed_heat(self, room: Room) -> None:
        """A socket that is in a hot room and in a quiet one: nothing overtakes, nothing is written twice."""
        other = room.add("other")
        for number, late in enumerate([True, False, True, False]):
            room.late = late
            room.signal(Push("s", number), "sender")
            room.loop.turn()
        room.loop.advance(2 * WINDOW)
        assert other.got() == [f'42["s",{number}]' for number in range(4)]
