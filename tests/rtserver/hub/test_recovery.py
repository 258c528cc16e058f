"""What was missed: the same from memory and from the log."""

from typing import Any

import msgspec
import pytest

from rooms.events import ChatDeleted, ChatEdited, ChatPosted
from rooms.stored import encode_body
from rooms.stream import Decision, Event, Position
from rtserver import live_stream, snapshots
from rtserver.hub import recovery
from rtserver.hub.recovery import Missed, missed, missed_at_hand
from rtserver.recent_events import RECENT_CHARACTERS_MAX, RECENT_EVENTS_MAX
from tests.rtserver.hub.support import RECOVERY_EVENTS_MAX, Classroom, Seat, fresh


@pytest.fixture
async def teacher(classroom: Classroom) -> Seat:
    seat = classroom.sit(classroom.claire)
    await seat.join(classroom.hall)
    return seat


class TestMissed:
    @pytest.fixture
    async def stream(self, classroom: Classroom, teacher: Seat) -> Any:
        await classroom.chat(teacher, 10)
        return await classroom.on.owners.room(classroom.hall)

    async def missed(self, stream: Any, seq: int, epoch: str | None = None) -> Missed:
        position = Position(stream.position.epoch if epoch is None else epoch, seq)
        found = await missed(stream, position, RECOVERY_EVENTS_MAX)
        stream._events.reset(stream.position.seq)
        assert await missed(stream, position, RECOVERY_EVENTS_MAX) == found, "memory and the log do not agree"
        return found

    async def test_nothing_known(self, stream: Any) -> None:
        """A newcomer gets a snapshot."""
        assert await missed(stream, None, RECOVERY_EVENTS_MAX) == Missed(stream.position, None)

    async def test_equal(self, stream: Any) -> None:
        """Nothing was missed."""
        assert await self.missed(stream, 10) == Missed(stream.position, ())

    @pytest.mark.parametrize("seq", [0, 4, 9])
    async def test_behind(self, stream: Any, seq: int) -> None:
        """What is newer, without a gap."""
        found = await self.missed(stream, seq)
        assert [event.seq for event in found.events or ()] == list(range(seq + 1, 11))
        assert found.position == stream.position

    async def test_another_epoch(self, stream: Any) -> None:
        """Numbers of another log mean nothing."""
        for seq in (5, 10):
            assert await self.missed(stream, seq, "other") == Missed(stream.position, None)

    async def test_beyond_the_head(self, stream: Any) -> None:
        """A client that has seen more than there is starts anew."""
        assert await self.missed(stream, 11) == Missed(stream.position, None)

    async def test_too_far_behind(self, classroom: Classroom, teacher: Seat, stream: Any) -> None:
        """At most so many events; one more is a snapshot."""
        await classroom.chat(teacher, RECOVERY_EVENTS_MAX - 10 + 1)
        assert (await self.missed(stream, 0)).events is None
        assert len((await self.missed(stream, 1)).events or ()) == RECOVERY_EVENTS_MAX

    async def test_too_many_bytes(self, stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Few but long messages: no more of them are read than could be sent."""
        monkeypatch.setattr(live_stream, "RECENT_EVENTS_MAX", 0)
        size = sum(len(encode_body(event.body)) for event in await stream.read(4, 100))
        monkeypatch.setattr(recovery, "RECOVERY_BYTES_MAX", size)
        read: list[int] = []
        find = stream._store.read

        async def noted(*asked: Any) -> list[Event]:
            events: list[Event] = await find(*asked)
            read.append(len(events))
            return events

        monkeypatch.setattr(stream._store, "read", noted)
        stream._events.reset(stream.position.seq)
        assert (await self.missed(stream, 4)).events is not None
        assert (await self.missed(stream, 3)).events is None
        assert read == [6] * 4

    async def test_memory_holds_less_than_is_sent(self) -> None:
        """So what comes from memory need not be measured: at most four bytes a character, and what is around it."""
        event = Event("room:" + "r" * 64, 2**53, 2**53, "m" * 64, "n" * 64, ChatEdited(2**53, ""))
        frame = len(msgspec.msgpack.encode(event))
        assert RECENT_CHARACTERS_MAX * 4 + RECENT_EVENTS_MAX * (frame + 4) <= recovery.RECOVERY_BYTES_MAX

    async def test_pruned(self, classroom: Classroom, stream: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """What is no longer in the log cannot be sent; who stands behind it, can go on."""
        monkeypatch.setattr(snapshots, "SNAPSHOT_INTERVAL", 1)
        monkeypatch.setattr(stream._snapshots, "_keep", 4)
        await stream.submit("anna", fresh(), lambda _state: Decision((ChatPosted("one more"),)))
        await stream.idle()
        stream._events.reset(stream.position.seq)
        for seq in (0, 5, 6):
            assert (await self.missed(stream, seq)).events is None
        assert [event.seq for event in (await self.missed(stream, 7)).events or ()] == [8, 9, 10, 11]

    async def test_at_hand(self, stream: Any) -> None:
        """What was just said needs no query; what memory has lost does, once for a whole crowd."""
        position = Position(stream.position.epoch, 3)
        at_hand = missed_at_hand(stream, position, RECOVERY_EVENTS_MAX)
        assert at_hand is not None
        stream._events.reset(stream.position.seq)
        assert missed_at_hand(stream, position, RECOVERY_EVENTS_MAX) is None
        assert await missed(stream, position, RECOVERY_EVENTS_MAX) == at_hand
        assert missed_at_hand(stream, Position(stream.position.epoch, 1), RECOVERY_EVENTS_MAX) is not None

    async def test_what_was_withdrawn_is_not_told(self, stream: Any) -> None:
        """Its text is gone from memory, too."""
        await stream.submit("anna", fresh(), lambda _state: Decision((ChatPosted("a secret"),)))
        await stream.submit("anna", fresh(), lambda _state: Decision((ChatDeleted(11),)))
        found = await self.missed(stream, 10)
        assert [event.seq for event in found.events or ()] == [11, 12]
        assert b"a secret" not in msgspec.json.encode(found)
