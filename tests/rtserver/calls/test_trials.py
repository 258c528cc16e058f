"""Trying out a call before the lesson: a session of the engine that belongs to no call, and its place."""

import pytest
from structlog.testing import capture_logs

from media.engine import EngineUnavailable, OfferRefused, Role
from rtserver.calls import trials
from signaling.messages import CallAnswer
from signaling.rehearsal import RehearsalOffer
from tests.rtserver.hub.support import Classroom, Seat


async def test_a_trial_of_a_call(classroom: Classroom, pupil: Seat) -> None:
    """A session of the engine by which nothing may be sent; the next one of the same member takes its place."""
    engine = classroom.engine
    assert await pupil.ask("rehearsal.offer", sdp="first") == CallAnswer("answer to first")
    ((call, participant, role, _),) = engine.offers
    assert role is Role.PUBLISH
    assert engine.may_send(call) == {participant: set()}
    assert classroom.tools.switchboard.call(call) is None
    await classroom.sit(pupil.member).ask("rehearsal.offer", sdp="second")
    assert [made for made, *_ in engine.offers if made in engine.plans] == [engine.offers[1][0]]
    await classroom.tools.switchboard.stop()
    assert not engine.plans


async def test_a_trial_ends_by_itself(classroom: Classroom, pupil: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of who asked for it."""
    monkeypatch.setattr(trials, "TRIAL_S", 0.0)
    await pupil.ask("rehearsal.offer", sdp="offer")
    ((call, participant, *_),) = classroom.engine.offers
    await classroom.engine.until_planned(call, participant, None)


async def test_who_goes_leaves_their_place(classroom: Classroom, pupil: Seat) -> None:
    """Also while the engine answers; who asked only before they went gets none."""
    classroom.engine.pause()
    asked = pupil.begin(RehearsalOffer(sdp="offer"))
    await classroom.engine.until_offered(1)
    pupil.connection.close()
    assert not classroom.engine.plans
    classroom.engine.resume()
    await asked
    again = classroom.sit(pupil.member)
    again.begin(RehearsalOffer(sdp="late"))
    again.connection.close()
    await classroom.sit(pupil.member).ask("rehearsal.offer", sdp="there")
    assert [offer for *_, offer in classroom.engine.offers] == ["offer", "there"]


async def test_an_old_device_that_goes(classroom: Classroom, pupil: Seat) -> None:
    """Does not end what its member has begun on another one."""
    await pupil.ask("rehearsal.offer", sdp="old")
    await classroom.sit(pupil.member).ask("rehearsal.offer", sdp="new")
    pupil.connection.close()
    assert list(classroom.engine.plans) == [classroom.engine.offers[1][0]]


async def test_who_is_removed_leaves_their_place(classroom: Classroom, pupil: Seat) -> None:
    """At once."""
    await pupil.ask("rehearsal.offer", sdp="offer")
    await classroom.on.administration.remove_member(classroom.project, pupil.member)
    await classroom.live.refresh()
    classroom.live.enforce()
    assert not classroom.engine.plans


async def test_who_closes_their_side_leaves_their_place(classroom: Classroom, pupil: Seat) -> None:
    """As pages do as soon as they know. What is heard late of the one before does not end the next."""
    engine = classroom.engine
    for offer in ("first", "second"):
        await pupil.ask("rehearsal.offer", sdp=offer)
    (first, participant, *_), (second, *_) = engine.offers
    engine.lose_session(first, participant, Role.PUBLISH)
    assert second in engine.plans
    engine.lose_session(second, participant, Role.PUBLISH)
    assert not engine.plans


async def test_too_many_are_logged_now_and_then(
    classroom: Classroom, pupil: Seat, other: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not each of them: whoever is refused tries again."""
    monkeypatch.setattr(trials, "TRIALS_MAX", 1)
    await pupil.ask("rehearsal.offer", sdp="offer")
    with capture_logs() as lines:
        for _ in range(3):
            assert await other.refusal("rehearsal.offer", sdp="offer") == "unavailable"
        classroom.on.clock.advance(trials.LOG_EVERY_MS)
        assert await other.refusal("rehearsal.offer", sdp="offer") == "unavailable"
    assert [(line["event"], line["refused"]) for line in lines] == [
        ("rehearsal.too_many", 1),
        ("rehearsal.too_many", 3),
    ]


async def test_trials_that_cannot_be(
    classroom: Classroom, pupil: Seat, other: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With too many of them, or when the engine does not take the offer, each with its code."""
    classroom.engine.fault = OfferRefused("no section")
    assert await pupil.refusal("rehearsal.offer", sdp="offer") == "offer_refused"
    classroom.engine.fault = EngineUnavailable("it restarts")
    assert await pupil.refusal("rehearsal.offer", sdp="offer") == "unavailable"
    classroom.engine.fault = None
    assert not classroom.engine.plans, "they hold no place"
    monkeypatch.setattr(trials, "TRIALS_MAX", 1)
    for _ in range(2):  # their own ends first
        assert isinstance(await pupil.ask("rehearsal.offer", sdp="offer"), CallAnswer)
    assert await other.refusal("rehearsal.offer", sdp="offer") == "unavailable"


async def test_a_trial_of_who_was_removed(classroom: Classroom, pupil: Seat) -> None:
    """There is none, even before their socket has ended."""
    await classroom.on.administration.remove_member(classroom.project, pupil.member)
    await classroom.live.refresh()
    assert await pupil.refusal("rehearsal.offer", sdp="offer") == "not_a_member"
    assert not classroom.engine.offers
