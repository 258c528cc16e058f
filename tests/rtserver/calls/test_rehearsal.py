"""Trying out one's line: at any time, in no room."""

from msgspec.structs import replace

from rooms.messages import Done
from rtserver.calls.rehearsal import HANDLERS
from rtserver.calls.switchboard import CallSettings, Switchboard
from rtserver.hub import dispatch
from signaling.ice import IceSettings
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
    """That is said, no server named, no credentials given, and nothing can be tried."""
    with_relay(classroom, has_calls=False)
    answer = await pupil.ask("rehearsal.begin")
    assert (answer.calls, answer.ice.servers) == (False, ())
    assert await pupil.refusal("rehearsal.offer", sdp="offer") == "unavailable"


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
