"""Joining and leaving leaves nothing behind."""

import gc
from collections import Counter

import pytest

from media.engine import Medium
from media.packet_cache import PacketCache
from media.publisher import Publisher
from media.sequence_map import SequenceMap
from media.session import Session
from media.sinks import Sink
from media.sources import Source, Track
from media.subscriber import Subscriber
from media.transport import Transport
from tests.media.classroom import Picture, Silence, a_room, participants
from tests.media.desk import Desk, publish_offer, subscribe_offer, wire

JOINS = 200
PARTS = (Publisher, Subscriber, Track, Source, Sink, PacketCache, SequenceMap, Transport)


def living() -> Counter[type]:
    """How many there are of what a session consists of."""
    gc.collect()
    return Counter(type(each) for each in gc.get_objects() if isinstance(each, PARTS))


def end(desk: Desk, how: str, sessions: list[Session]) -> None:
    """One way for sessions to end; replaced they are by those who come next."""
    if how == "removed":
        desk.plan("teacher")
    elif how == "lost":
        for session in sessions:
            wire(session).close()
            session.lost("silent")


def join(desk: Desk, number: int) -> list[Session]:
    """A pupil comes, sends and receives."""
    desk.plan("teacher", "pupil")
    pupil = desk.publish("pupil", publish_offer(name=f"publisher {number}"))
    viewer = desk.subscribe("pupil", subscribe_offer(name=f"subscriber {number}"))
    desk.see("teacher")
    desk.film(pupil, keyframe=True)
    desk.speak(pupil)
    desk.wait(0.1)
    return [pupil, viewer]


def forget(desk: Desk) -> None:
    """What only the test keeps."""
    desk.events.clear()
    desk.port.wires.clear()
    desk._sequences.clear()


@pytest.mark.parametrize("how", ["removed", "lost", "replaced"])
def test_sessions_that_ended_are_gone(how: str) -> None:
    """Whichever way they ended: no track, slot or cache is held by those who stay."""
    desk = Desk()
    desk.plan("teacher", "pupil")
    teacher = desk.publish("teacher")
    desk.subscribe("teacher")
    before = living()
    for number in range(JOINS):
        desk.film(teacher, keyframe=True)
        end(desk, how, join(desk, number))
        forget(desk)
    desk.plan("teacher")
    forget(desk)
    assert living() == before


async def test_real_transports_are_gone_too() -> None:
    """With DTLS and SRTP, by aiortc."""
    async with a_room() as room:
        before = living()
        for number in range(3):
            room.plan(*participants(["ana", "ben"], Medium.AUDIO, Medium.VIDEO))
            async with room.publishing("ana", Silence(), Picture(200)), room.subscribing("ben") as (_, picture):
                await picture.until(lambda seat: seat.frames)
            room.plan()
            assert (await room.figures()).calls == (), number
        assert living() == before
