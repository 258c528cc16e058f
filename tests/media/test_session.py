"""What both kinds of session have in common."""

import pytest

from media import rtcp
from media.engine import OfferRefused
from media.session import FEEDBACK_BURST, FEEDBACK_RATE_MAX, new_ssrc
from tests.media.desk import Desk, peer, publish_offer, subscribe_offer, wire


@pytest.fixture
def desk() -> Desk:
    desk = Desk()
    desk.plan("ana")
    return desk


def test_an_ssrc_is_never_zero() -> None:
    """Some peers take that for none."""
    assert all(0 < new_ssrc() < 1 << 32 for _ in range(1000))


def test_a_restart_is_of_the_same_identity_and_sections(desk: Desk) -> None:
    """The order of codecs may be another one."""
    offer = publish_offer(name="ana")
    ana = desk.publish("ana", offer)
    assert ana.continues_with(offer)
    assert not ana.continues_with(publish_offer(name="another"))
    with pytest.raises(OfferRefused):
        ana.continues_with(type(offer)(offer.sections[:1], peer("ana")))


def test_feedback_that_means_nothing_to_a_session_is_passed_over(desk: Desk) -> None:
    """A publisher may ask for keyframes, a subscriber may report as a sender: it harms nobody."""
    ana = desk.publish("ana")
    own = desk.subscribe("ana", subscribe_offer(name="own"))
    ana.keyframe_wanted(1)
    ana.packets_missed(1, [1])
    ana.bitrate_estimated(1)
    own.sender_reported(1, 2, 3)
    assert wire(ana).rtcp == wire(own).rtcp == wire(own).rtp == []


def test_feedback_is_sent_only_while_connected(desk: Desk) -> None:
    """Before there are no keys, afterwards no peer."""
    ana = desk.publish("ana")
    ana.send_rtcp(b"first")
    ana.is_connected = False
    ana.send_rtcp(b"second")
    assert wire(ana).rtcp == [b"first"]


def test_feedback_beyond_any_need_is_not_read(desk: Desk) -> None:
    """Reading it is work; a moment later it is read again."""
    own = desk.subscribe("ana")
    report = rtcp.bitrate_estimate(1, 1_000_000, list(range(200)))
    reports = round(FEEDBACK_RATE_MAX * FEEDBACK_BURST / len(report))
    for _ in range(reports + 10):
        own.received_rtcp(report, desk.now)
    assert desk.counters.dropped["RTCP beyond the rate of a peer"] in range(9, 12)
    desk.wait(1)
    own.received_rtcp(rtcp.bitrate_estimate(1, 70_000, []), desk.now)
    assert own.rate.estimate == 70_000


def test_ended_sessions_are_counted(desk: Desk) -> None:
    """The worker then frees what they held."""
    desk.publish("ana")
    desk.subscribe("ana")
    desk.plan()
    assert desk.counters.sessions_ended == 2
