"""The check before a lesson: what a client asks the server for that tries out its own line and devices.

Everybody of the project may, at any time: no room needs to be open, no teacher present. Nobody is heard or seen by it.
"""

from typing import Any

from msgspec import Struct

from rooms.messages import Command, Done
from signaling.ice import IceSettings
from signaling.messages import CallAnswer, IceServers, Sdp

CREDENTIALS_LIFETIME_S = 120
"""How long the TURN credentials of a rehearsal are good: to gather candidates takes ten seconds on the worst line.
Those of a call are good for a morning; outside of lessons nobody watches what goes through the relay."""


class RehearsalBegin(Command, frozen=True, tag="rehearsal.begin"):
    """Which ways there are for the media of calls. Answer: `Rehearsal`."""


class RehearsalEcho(Command, frozen=True, tag="rehearsal.echo"):
    """Answered at once, so that a client can measure its way to the server and back. Answer: `Done`."""


class RehearsalOffer(Command, frozen=True, tag="rehearsal.offer"):
    """Offer a media session that belongs to no call and ends by itself within seconds. Answer: `CallAnswer`."""

    sdp: Sdp


RehearsalCommand = RehearsalBegin | RehearsalEcho | RehearsalOffer


class Rehearsal(Struct, frozen=True):
    """`calls`: whether there are calls on this server. `ice`: what to try; credentials end within minutes."""

    calls: bool
    ice: IceServers


REHEARSAL_RESULTS: dict[type[Command], Any] = {
    RehearsalBegin: Rehearsal,
    RehearsalEcho: Done,
    RehearsalOffer: CallAnswer,
}
"""What each command is answered with."""


def rehearsal_settings(settings: IceSettings) -> IceSettings:
    """The ICE servers of calls, with credentials that end soon."""
    return IceSettings(
        stun_urls=settings.stun_urls,
        turn_urls=settings.turn_urls,
        turn_secret=settings.turn_secret,
        lifetime=min(settings.lifetime, CREDENTIALS_LIFETIME_S),
        relay_only=settings.relay_only,
    )
