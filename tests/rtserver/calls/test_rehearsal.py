"""Trying out one's line: at any time, in no room."""

import pytest
from msgspec.structs import replace

from media.engine import EngineUnavailable, OfferRefused, Role
from rooms.messages import Done
from rtserver.calls import trials
from rtserver.calls.rehearsal import HANDLERS
from rtserver.calls.switchboard import CallSettings, Switchboard
from rtserver.hub import dispatch
from signaling.ice import IceSettings
from signaling.messages import CallAnswer
from signaling.rehearsal import CREDENTIALS_LIFETIME_S, Rehearsal, RehearsalEcho
from tests.rtserver.hub.support import Classroom, Seat

TURN = "turn:turn.example.org:3478?transport=udp"


def with_relay(classroom: Classroom, has_calls: bool = True) -> None:
    """A server of calls (or one without) that a relay is configured for."""
    ice = IceSettings(turn_urls=(TURN,), turn_secret="north-south-east-west")
    engine = classroom.engine if has_calls else None
    switchboard = Switchboard(CallSettings(2, 1_000, ice), engine, classroom.on.clock)
    classroom.tools = replace(classroom.tools, switchboard=switchboard)


async def test_a_pupil_before_the_lesson(classroom: Classroom) -> None:
    """No room is open to them, no teacher is here: they are told what to try, with credentials that end soon."""
    with_relay(classroom)
    seat = classroom.sit(await classroom.add("pupil"))
    answer = await seat.ask("rehearsal.begin")
    assert isinstance(answer, Rehearsal)
    (relay,) = answer.ice.servers
    assert (answer.calls, relay.urls) == (True, (TURN,))
    assert answer.ice.expires_at // 1_000 == classroom.on.clock() // 1_000 + CREDENTIALS_LIFETIME_S
    assert seat.member in (relay.username or "")


async def test_where_there_are_no_calls(classroom: Classroom, pupil: Seat) -> None:
    """That is said, and no server named, nor credentials given."""
    with_relay(classroom, has_calls=False)
    answer = await pupil.ask("rehearsal.begin")
    assert (answer.calls, answer.ice.servers) == (False, ())


async def test_who_was_removed(classroom: Classroom, pupil: Seat) -> None:
    """Gets no credentials, even before their socket has ended."""
    with_relay(classroom)
    await classroom.on.administration.remove_member(classroom.project, pupil.member)
    await classroom.live.refresh()
    assert await pupil.refusal("rehearsal.begin") == "not_a_member"


async def test_an_echo(pupil: Seat) -> None:
    """Comes back at once: nothing is awaited for it."""
    assert pupil.begin(RehearsalEcho()).done()
    assert isinstance(await pupil.ask("rehearsal.echo"), Done)
    assert set(HANDLERS) <= set(dispatch.HANDLERS)


async def test_a_trial_of_a_call(classroom: Classroom, pupil: Seat) -> None:
    """A session of the engine by which nothing may be sent; the next one of the same connection takes its place."""
    engine = classroom.engine
    assert await pupil.ask("rehearsal.offer", sdp="first") == CallAnswer("answer to first")
    ((call, participant, role, _),) = engine.offers
    assert role is Role.PUBLISH
    assert engine.may_send(call) == {participant: set()}
    assert classroom.tools.switchboard.call(call) is None
    await pupil.ask("rehearsal.offer", sdp="second")
    assert [made for made, *_ in engine.offers if made in engine.plans] == [engine.offers[1][0]]
    await classroom.tools.switchboard.stop()
    assert not engine.plans


async def test_a_trial_ends_by_itself(classroom: Classroom, pupil: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of who asked for it."""
    monkeypatch.setattr(trials, "TRIAL_S", 0.0)
    await pupil.ask("rehearsal.offer", sdp="offer")
    ((call, participant, *_),) = classroom.engine.offers
    await classroom.engine.until_planned(call, participant, None)


async def test_trials_that_cannot_be(classroom: Classroom, pupil: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without calls, with too many of them, or when the engine does not take the offer, each with its code."""
    classroom.engine.fault = OfferRefused("no section")
    assert await pupil.refusal("rehearsal.offer", sdp="offer") == "offer_refused"
    classroom.engine.fault = EngineUnavailable("it restarts")
    assert await pupil.refusal("rehearsal.offer", sdp="offer") == "unavailable"
    classroom.engine.fault = None
    monkeypatch.setattr(trials, "TRIALS_MAX", 1)
    assert await pupil.ask("rehearsal.offer", sdp="its own ends first") is not None
    assert await classroom.sit(pupil.member).refusal("rehearsal.offer", sdp="offer") == "unavailable"
    await classroom.tools.switchboard.stop()
    with_relay(classroom, has_calls=False)
    assert await pupil.refusal("rehearsal.offer", sdp="offer") == "unavailable"


async def test_a_trial_of_who_was_removed(classroom: Classroom, pupil: Seat) -> None:
    """There is none, even before their socket has ended."""
    await classroom.on.administration.remove_member(classroom.project, pupil.member)
    await classroom.live.refresh()
    assert await pupil.refusal("rehearsal.offer", sdp="offer") == "not_a_member"
    assert not classroom.engine.offers
