"""Figures of what goes on."""

from media.engine import Medium
from media.figures import Counters, worker_figures
from tests.media.desk import Desk


def test_a_call_in_figures() -> None:
    """Per track and layer what came, per subscriber what went out, in which layer."""
    desk = Desk()
    desk.plan("ana", "ben", media=(Medium.AUDIO, Medium.VIDEO))
    ana = desk.publish("ana")
    desk.subscribe("ben")
    for number in range(10):
        desk.film(ana, keyframe=number == 0, size=1000)
    desk.film(ana, sequence=65520)
    desk.wait(1.1)
    figures = desk.call.figures()
    (camera,) = figures.tracks
    assert (camera.participant, camera.medium, camera.layer, camera.packets) == ("ana", Medium.VIDEO, None, 11)
    assert camera.loss > 0.4
    assert camera.nacks
    assert camera.keyframe_requests
    assert camera.bitrate > 80_000
    (ben,) = figures.subscribers
    assert (ben.participant, ben.packets, ben.retransmitted) == ("ben", 11, 0)
    assert ben.layers == {"v0": None}
    assert ben.bitrate > 80_000
    assert ben.estimate


def test_a_worker_in_figures() -> None:
    """What the port and the calls have dropped stands together."""
    counters = Counters()
    counters.packets_received, counters.packets_sent = 5, 50
    counters.drop("offer")
    counters.drop("offer")
    figures = worker_figures(3, counters, {"offer": 1, "stun": 4}, ())
    assert (figures.worker, figures.packets_received, figures.packets_sent) == (3, 5, 50)
    assert figures.dropped == {"offer": 3, "stun": 4}
    assert figures.cpu_seconds > 0
