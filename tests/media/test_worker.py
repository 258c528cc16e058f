"""The worker end to end, with aiortc as an independent client."""

import asyncio
import signal
import socket
from collections.abc import Callable
from functools import partial
from itertools import count

import pytest

from media.call import MediaCall
from media.engine import Medium, Role, SessionLost, SlotsAssigned, SpeakersChanged
from media.protocol import Answered, FiguresWanted, Offered, Ready, Refused, Setup, Unable, encode
from media.publisher import Publisher
from media.rtp import HEADER, PAYLOAD_TYPE
from media.transport import Transport
from media.worker import serve
from tests.media.classroom import (
    CALL,
    Picture,
    Room,
    Seat,
    Silence,
    Tone,
    a_program,
    a_room,
    participants,
    peer_connection,
)

BOTH = (Medium.AUDIO, Medium.VIDEO)
BRIGHT, DARK = 200, 60


# --- What people see and hear -------------------------------------------------------------------------


async def test_one_publishes_and_another_hears_and_sees() -> None:
    """Sound and pictures are decoded by the other side."""
    async with a_room() as room:
        room.plan(*participants(["ana", "ben"], *BOTH))
        async with room.publishing("ana", Silence(), Picture(BRIGHT)), room.subscribing("ben") as (voice, picture):
            await voice.until(lambda seat: seat.frames > 10)
            await picture.until(lambda seat: seat.shows(BRIGHT))


async def test_a_slot_changes_its_picture_without_renegotiation() -> None:
    """The same section of the same session shows another camera, and decodes it."""
    async with a_room() as room:
        room.plan(*participants(["ana", "ben", "eve"], Medium.VIDEO))
        async with (
            room.publishing("ana", Picture(BRIGHT)),
            room.publishing("eve", Picture(DARK)),
            room.subscribing("ben", voices=0) as (picture,),
        ):
            for name, brightness in (("eve", DARK), ("ana", BRIGHT), ("eve", DARK)):
                room.change("ben", large=name)
                await picture.until(partial(Seat.shows, brightness=brightness))


async def test_a_picture_waits_for_the_page() -> None:
    """Without acknowledgement nothing is sent; with it the picture comes."""
    async with a_room() as room:
        room.acknowledges = False
        room.plan(*participants(["ana", "ben"], Medium.VIDEO))
        async with room.publishing("ana", Picture(BRIGHT)), room.subscribing("ben", voices=0) as (picture,):
            await room.event(lambda event: isinstance(event, SlotsAssigned))
            await received_more(room, 20)
            assert (await room.figures()).packets_sent == 0
            room.see("ben")
            await picture.until(lambda seat: seat.shows(BRIGHT))


async def test_a_gate_stops_packets_at_once() -> None:
    """From the plan on nothing is forwarded, though it still comes; and it goes on when it may."""
    async with a_room() as room:
        room.plan(*participants(["ana", "ben"], *BOTH))
        async with room.publishing("ana", Silence(), Picture(BRIGHT)), room.subscribing("ben") as (voice, picture):
            await picture.until(lambda seat: seat.frames > 3)
            room.let("ana")
            before = (await room.figures()).packets_sent
            await received_more(room, 30)
            assert (await room.figures()).packets_sent == before
            room.let("ana", *BOTH)
            heard, seen = voice.frames, picture.frames
            await voice.until(lambda seat: seat.frames > heard + 5)
            await picture.until(lambda seat: seat.frames > seen + 3)


async def test_who_speaks_is_told() -> None:
    """By the level that aiortc writes into each packet."""
    async with a_room() as room:
        room.plan(*participants(["ana", "ben"], Medium.AUDIO))
        async with room.publishing("ana", Tone()):
            event = await room.event(lambda event: isinstance(event, SpeakersChanged))
            assert isinstance(event, SpeakersChanged)
            assert event.speakers == ("ana",)


async def test_losses_both_ways_are_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    """One packet of ten lost on the way in, and one of ten on the way out: NACK and RTX on both sides."""
    tenth_in, tenth_out = every_tenth(), every_tenth()
    receive, send = Publisher.received_rtp, Transport.send_buffered

    def received_rtp(publisher: Publisher, packet: bytes, now: float) -> None:
        video = publisher.tracks[Medium.VIDEO]
        if HEADER.unpack_from(packet)[1] & PAYLOAD_TYPE == video.codec.rtx or not tenth_in():
            receive(publisher, packet, now)

    def send_buffered(transport: Transport, length: int) -> None:
        if not tenth_out():
            send(transport, length)

    monkeypatch.setattr(Publisher, "received_rtp", received_rtp)
    monkeypatch.setattr(Transport, "send_buffered", send_buffered)
    async with a_room() as room:
        room.plan(*participants(["ana", "ben"], *BOTH))
        async with room.publishing("ana", Silence(), Picture(BRIGHT)), room.subscribing("ben") as (_, picture):
            await picture.until(lambda seat: seat.frames > 60)
            (call,) = (await room.figures()).calls
    (video,) = [track for track in call.tracks if track.medium is Medium.VIDEO]
    assert video.nacks
    assert call.subscribers[0].retransmitted
    assert video.keyframe_requests < 10, "what was lost came again, not anew"


async def test_figures_say_what_goes_on() -> None:
    """Per track and subscriber, after a second that was measured."""
    async with a_room() as room:
        room.plan(*participants(["ana", "ben"], *BOTH))
        async with room.publishing("ana", Silence(), Picture(BRIGHT)), room.subscribing("ben") as (_, picture):
            while True:
                await picture.next_frame()
                figures = await room.figures()
                (call,) = figures.calls
                if call.subscribers and call.subscribers[0].bitrate:
                    break
    assert figures.worker == 0
    assert figures.cpu_seconds > 0
    assert {(track.participant, track.medium, track.layer) for track in call.tracks} == {
        ("ana", Medium.AUDIO, None),
        ("ana", Medium.VIDEO, None),
    }
    assert all(track.packets and track.loss == 0 for track in call.tracks)
    (ben,) = call.subscribers
    assert ben.participant == "ben"
    assert list(ben.layers.values()) == [None]


# --- Coming and going ---------------------------------------------------------------------------------


async def test_a_peer_that_leaves_is_told() -> None:
    """Its close_notify is enough."""
    async with a_room() as room:
        room.plan(*participants(["ana", "ben"], *BOTH))
        async with room.publishing("ana", Picture(BRIGHT)):
            pass
        event = await room.event(lambda event: isinstance(event, SessionLost))
        assert event == SessionLost(CALL, "ana", Role.PUBLISH)


async def test_one_who_is_removed_is_disconnected() -> None:
    """Whoever is not in the plan has no session; the others' go on."""
    async with a_room() as room:
        room.plan(*participants(["ana", "ben"], *BOTH))
        async with room.publishing("ana", Picture(BRIGHT)) as connection:
            ended = asyncio.Event()
            connection.on("connectionstatechange", ended.set)
            room.plan(*participants(["ben"], *BOTH))
            await ended.wait()
            assert connection.connectionState == "closed"


@pytest.mark.parametrize(
    ("participant", "sdp", "reason"),
    [("eve", "v=0", "not in the call"), ("ana", "garbage", "")],
    ids=["a stranger", "garbage"],
)
async def test_offers_that_cannot_be_answered_are_refused(participant: str, sdp: str, reason: str) -> None:
    """With a sentence, and counted."""
    async with a_room() as room:
        room.plan(*participants(["ana"], *BOTH))
        refused = await room.answer(participant, Role.PUBLISH, sdp)
        assert isinstance(refused, Refused)
        assert reason in refused.reason
        assert sum((await room.figures()).dropped.values()) == 1


async def test_an_offer_for_no_call_is_refused() -> None:
    """Its plan comes first."""
    async with a_room() as room:
        assert isinstance(await room.answer("ana", Role.PUBLISH, "v=0"), Refused)


async def test_only_so_many_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker has an end."""
    monkeypatch.setattr("media.worker.SESSIONS_MAX", 0)
    async with a_room() as room:
        room.plan(*participants(["ana"], *BOTH))
        refused = await room.answer("ana", Role.PUBLISH, "v=0")
        assert isinstance(refused, Refused)
        assert "too many" in refused.reason


async def test_a_mistake_of_ours_in_one_call_ends_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is logged; the offer that met it is refused, ticks go on."""

    def fail(*arguments: object) -> None:
        raise RuntimeError("a mistake")

    async with a_room() as room:
        room.plan(*participants(["ana", "ben"], *BOTH))
        with monkeypatch.context() as patch:
            patch.setattr("media.call.MediaCall.figures", fail)
            room.tell(FiguresWanted(0))
            patch.setattr("media.call.parse_offer", fail)
            assert isinstance(await room.answer("ana", Role.PUBLISH, "v=0"), Refused)
        async with room.publishing("ana", Picture(BRIGHT)), room.subscribing("ben", voices=0) as (picture,):
            await picture.next_frame()
    assert len([record for record in caplog.records if record.exc_info]) == 2


async def test_a_mistake_of_ours_in_the_port_stops_no_call(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Calls are looked after all the same: else everybody's picture would stand still, and nobody would know why."""

    def fail(*arguments: object) -> None:
        raise RuntimeError("a mistake")

    ticked = asyncio.Event()

    def tick(self: MediaCall, now: float) -> None:
        ticked.set()

    async with a_room() as room:
        room.plan(*participants(["ana"], *BOTH))
        with monkeypatch.context() as patch:
            patch.setattr("media.port.MediaPort.tick", fail)
            patch.setattr(MediaCall, "tick", tick)
            await asyncio.wait_for(ticked.wait(), 10)
    assert "a tick failed" in caplog.text


async def test_a_plan_without_participants_ends_the_call() -> None:
    """And nothing of it is left in the figures."""
    async with a_room() as room:
        room.plan(*participants(["ana"], *BOTH))
        assert len((await room.figures()).calls) == 1
        room.plan()
        assert (await room.figures()).calls == ()
        room.plan()


async def test_only_tcp_is_offered_when_told_so() -> None:
    """For sites whose UDP is closed."""
    async with a_room(Setup(3, "127.0.0.1", 0, 0, ("192.0.2.7",), offers_udp=False)) as room:
        room.plan(*participants(["ana"], *BOTH))
        connection = peer_connection()
        connection.addTransceiver(Picture(BRIGHT), direction="sendonly")
        await connection.setLocalDescription(await connection.createOffer())
        answered = await room.answer("ana", Role.PUBLISH, connection.localDescription.sdp)
        await connection.close()
        assert isinstance(answered, Answered)
        candidates = [line for line in answered.sdp.splitlines() if line.startswith("a=candidate")]
        assert candidates
        assert all(" tcp " in line and " 192.0.2.7 " in line for line in candidates)


# --- The process --------------------------------------------------------------------------------------


async def test_a_port_that_is_taken_is_said() -> None:
    """The parent can tell an administrator."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        async with a_room(Setup(0, "127.0.0.1", taken.getsockname()[1], 0)) as room:
            assert isinstance(room.listens_on, Unable)


async def test_the_program_ends_with_its_parent() -> None:
    """End of stream, exit status 0; its peers know at once."""
    async with a_program() as (room, process):
        assert isinstance(room.listens_on, Ready)
        room.plan(*participants(["ana"], *BOTH))
    assert process.returncode == 0


async def test_the_program_ends_all_sessions_when_told_to_stop() -> None:
    """SIGTERM: close_notify to every peer, exit status 0."""
    async with a_program() as (room, process):
        room.plan(*participants(["ana"], *BOTH))
        async with room.publishing("ana", Picture(BRIGHT)) as connection:
            ended = asyncio.Event()
            connection.on("connectionstatechange", ended.set)
            process.send_signal(signal.SIGTERM)
            await ended.wait()
            assert connection.connectionState == "closed"
            assert await process.wait() == 0


async def test_a_parent_that_does_not_say_how_to_listen_first_is_left() -> None:
    """Nothing can be done for it."""
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(encode(FiguresWanted(1)))
        await serve(theirs)
        assert ours.recv(1) == b""


async def test_a_parent_that_speaks_nonsense_is_left() -> None:
    """The stream is of no use any more."""
    ours, theirs = socket.socketpair()
    with ours:
        ours.sendall(encode(Offered(1, CALL, "ana", Role.PUBLISH, "v=0"))[:-3] + b"\xff\xff\xff")
        await serve(theirs)
        assert ours.recv(1) == b""


def every_tenth() -> Callable[[], bool]:
    """Says yes to the tenth call, the twentieth …"""
    number = count(1)
    return lambda: next(number) % 10 == 0


async def received_more(room: Room, packets: int) -> None:
    """Wait until so many more packets have come to the worker: each question lets it take what has come."""
    begun = now = (await room.figures()).packets_received
    while now < begun + packets:
        now = (await room.figures()).packets_received
