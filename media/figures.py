"""What is counted in a worker, and the figures that are made of it."""

import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from media.engine import CallFigures, ParticipantName, SubscriberFigures, TrackFigures, WorkerFigures

if TYPE_CHECKING:
    from media.publisher import Publisher
    from media.subscriber import Subscriber


class Counters:
    """The counters of one worker."""

    __slots__ = ("dropped", "packets_received", "packets_sent", "sessions_ended")

    def __init__(self) -> None:
        self.packets_received = 0
        self.packets_sent = 0
        self.sessions_ended = 0
        self.dropped: Counter[str] = Counter()
        """Packets and requests that were refused, by reason."""

    def drop(self, reason: str) -> None:
        """Something was refused."""
        self.dropped[reason] += 1


def track_figures(participant: ParticipantName, publisher: "Publisher") -> Iterable[TrackFigures]:
    """The streams that a participant sends."""
    for medium, track in publisher.tracks.items():
        for source in track.sources:
            if source.packets:
                yield TrackFigures(
                    participant=participant,
                    medium=medium,
                    layer=source.rid,
                    packets=source.packets,
                    loss=source.loss,
                    bitrate=source.bitrate,
                    keyframe_requests=source.keyframes.asked,
                    nacks=source.nacks,
                )


def subscriber_figures(participant: ParticipantName, subscriber: "Subscriber") -> SubscriberFigures:
    """What a participant is sent."""
    sinks = subscriber.sinks
    return SubscriberFigures(
        participant=participant,
        packets=sum(sink.packets for sink in sinks),
        retransmitted=sum(sink.retransmitted for sink in sinks),
        loss=subscriber.rate.loss,
        estimate=subscriber.rate.estimate,
        bitrate=subscriber.bitrate,
        layers={slot.mid: slot.sink.source.rid for slot in subscriber.pictures if slot.sink.source is not None},
    )


def worker_figures(
    worker: int, counters: Counters, port_dropped: dict[str, int], calls: tuple[CallFigures, ...]
) -> WorkerFigures:
    """The whole worker."""
    return WorkerFigures(
        worker=worker,
        cpu_seconds=time.process_time(),
        packets_received=counters.packets_received,
        packets_sent=counters.packets_sent,
        dropped=dict(counters.dropped + Counter(port_dropped)),
        calls=calls,
    )
