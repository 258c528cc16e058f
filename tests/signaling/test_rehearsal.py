"""`signaling.rehearsal`: what a client may ask for that tries out its line."""

import msgspec
import pytest

from rooms.messages import Command
from rooms.versions import SINCE
from signaling.ice import IceSettings, ice_servers
from signaling.messages import CallAnswer
from signaling.rehearsal import (
    CREDENTIALS_LIFETIME_S,
    REHEARSAL_RESULTS,
    RehearsalBegin,
    RehearsalCommand,
    RehearsalEcho,
    RehearsalOffer,
    rehearsal_settings,
)

TURN = IceSettings(
    stun_urls=("stun:stun.example.org",),
    turn_urls=("turn:turn.example.org",),
    turn_secret="north-south-east-west",
    relay_only=True,
)


def test_the_same_servers_for_a_short_while() -> None:
    """With credentials that end within minutes; a shorter lifetime that an operator chose stays."""
    tried = rehearsal_settings(TURN)
    assert ice_servers(tried, "zoe", "s1", 0).expires_at == CREDENTIALS_LIFETIME_S * 1000
    assert (tried.stun_urls, tried.turn_urls, tried.relay_only) == (TURN.stun_urls, TURN.turn_urls, True)
    brief = IceSettings(turn_urls=TURN.turn_urls, turn_secret=TURN.turn_secret, lifetime=30)
    assert rehearsal_settings(brief) == brief


def test_an_offer() -> None:
    """As one of a call, but for no room."""
    offer = msgspec.json.decode('{"command": "rehearsal.offer", "sdp": "v=0"}', type=RehearsalCommand)
    assert offer == RehearsalOffer("v=0")
    assert (SINCE.knows_command(2, "rehearsal.offer"), SINCE.knows_command(3, "rehearsal.offer")) == (False, True)
    assert REHEARSAL_RESULTS[RehearsalOffer] is CallAnswer


@pytest.mark.parametrize(("tag", "kind"), [("rehearsal.begin", RehearsalBegin), ("rehearsal.echo", RehearsalEcho)])
def test_commands(tag: str, kind: type[Command]) -> None:
    """Without any field, from version 3 of the protocol on, and each with its result."""
    assert msgspec.json.decode(f'{{"command": "{tag}"}}', type=RehearsalCommand) == kind()
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(f'{{"command": "{tag}", "room": "r1"}}', type=RehearsalCommand)
    assert (SINCE.knows_command(2, tag), SINCE.knows_command(3, tag)) == (False, True)
    assert kind in REHEARSAL_RESULTS
