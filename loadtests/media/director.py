"""One measurement: a fresh server, everybody connected, everything flowing, then the time that counts."""

import time
from collections.abc import Callable
from contextlib import closing

from msgspec import Struct

from loadtests.media import recording
from loadtests.media.descriptions import OPUS, VP8
from loadtests.media.engine import Engine, Load, Seat
from loadtests.media.identity import Identity
from loadtests.media.numbering import AUDIO, MEDIA, VIDEO, is_video, track_number
from loadtests.media.publisher import Publisher, SentTrack
from loadtests.media.receiver import NumberedReceiver, Receiver, SequencedReceiver
from loadtests.media.stage import Stage, Taken
from loadtests.media.transport import Transport
from loadtests.problem import Problem

CONNECT_DEADLINE = 20.0
"""Seconds for the handshakes of those who come in together."""

FLOW_DEADLINE = 20.0
"""Seconds until everything that is due reaches everybody: a server asks for a keyframe first."""

TOGETHER = 8
"""Subscribers who connect at the same time."""

PHASE_SECONDS = 1 / 30
"""Publishers begin spread over one picture's time, as they would by chance."""


class Measured(Struct, frozen=True):
    """What one round gave. `profile`: the SRTP cipher that the server chose."""

    taken: Taken
    profile: str


Say = Callable[[str], None]


def measure(engine: Engine, load: Load, warm_up: float, duration: float, say: Say) -> Measured:
    """Measure an engine under a load. It is stopped in the end, whatever happens. Raises `Problem`, `NotInstalled`."""
    try:
        engine.start(load)
        with closing(Stage(engine.tick)) as stage:
            return _measure(engine, load, stage, warm_up, duration, say)
    finally:
        engine.stop()


def _measure(engine: Engine, load: Load, stage: Stage, warm_up: float, duration: float, say: Say) -> Measured:
    identity = Identity()
    publishers = [
        _publish(engine, Seat(call, number), load, stage, identity)
        for call in range(load.calls)
        for number in range(load.publishers)
    ]
    _connect(stage, [publisher.transport for publisher in publishers])
    for publisher in publishers:
        stage.begin(publisher)
    receivers: list[Receiver] = []
    for call in range(load.calls):
        for number in range(load.subscribers_of(call)):
            receivers.append(_subscribe(engine, Seat(call, load.publishers + number), load, stage, identity))
            if len(receivers) % TOGETHER == 0:
                _connect(stage, [receiver.transport for receiver in receivers[-TOGETHER:]])
    _connect(stage, [receiver.transport for receiver in receivers])
    say(f"{engine.name}: {len(publishers)} publishers and {len(receivers)} subscribers are connected")
    wanted = engine.streams_each(load)
    if not stage.run(lambda: all(_streams(receiver) >= wanted for receiver in receivers), FLOW_DEADLINE):
        worst = min(map(_streams, receivers))
        raise Problem(
            f"Not everything arrives at {engine.name}: a subscriber gets {worst[0]} of {wanted[0]} pictures and "
            f"{worst[1]} of {wanted[1]} sounds after {FLOW_DEADLINE:g} s; see its log, or ask for fewer."
        )
    stage.run(lambda: False, warm_up)
    return Measured(stage.measure(duration, engine.cpu), receivers[0].transport.profile)


def _publish(engine: Engine, seat: Seat, load: Load, stage: Stage, identity: Identity) -> Publisher:
    transport = Transport(identity)
    number = seat.call * load.publishers + seat.number
    phase = PHASE_SECONDS * number / (load.publishers * load.calls)
    sound = SentTrack(recording.audio(OPUS, seat.number), track_number(number, AUDIO), phase, engine.is_numbered)
    picture = SentTrack(recording.video(VP8), track_number(number, VIDEO), phase, engine.is_numbered)
    publisher = Publisher(transport, (sound, picture))
    stage.add(publisher)
    engine.publish(seat, transport, (sound.ssrc, picture.ssrc), time.monotonic())
    return publisher


def _subscribe(engine: Engine, seat: Seat, load: Load, stage: Stage, identity: Identity) -> Receiver:
    transport = Transport(identity)
    tracks = load.calls * load.publishers * MEDIA
    make = NumberedReceiver if engine.is_numbered else SequencedReceiver
    receiver = make(transport, tracks, stage.buffer)
    stage.add(receiver)
    engine.subscribe(seat, transport, time.monotonic())
    return receiver


def _connect(stage: Stage, transports: list[Transport]) -> None:
    if not stage.run(lambda: all(transport.is_ready for transport in transports), CONNECT_DEADLINE):
        missing = sum(not transport.is_ready for transport in transports)
        raise Problem(
            f"{missing} of {len(transports)} media sessions did not connect within {CONNECT_DEADLINE:g} s: see the "
            "server's log, and whether a firewall keeps UDP between local addresses back."
        )


def _streams(receiver: Receiver) -> tuple[int, int]:
    """Pictures and sounds that have reached a subscriber."""
    found = [0, 0]
    for track, last in enumerate(receiver.arrivals.last):
        if last is not None:
            found[is_video(track)] += 1
    return found[True], found[False]
