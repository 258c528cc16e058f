"""What is answered to somebody who tries out their line before a lesson."""

from rooms.messages import Command, Done
from rooms.permissions import Action, require
from rtserver.hub.asked import Asked, Handler
from signaling.messages import IceServers
from signaling.rehearsal import Rehearsal, RehearsalBegin, RehearsalEcho


def _begin(asked: Asked, _: RehearsalBegin) -> None:
    require(asked.live.standing(asked.actor), Action.ENTER_PROJECT)
    switchboard = asked.tools.switchboard
    if switchboard.has_calls:
        ice = switchboard.rehearsal_ice_servers(asked.actor, asked.connection.who.session)
    else:
        ice = IceServers((), asked.tools.clock(), relay_only=False)
    asked.answer(Rehearsal(switchboard.has_calls, ice))


def _echo(asked: Asked, _: RehearsalEcho) -> None:
    asked.answer(Done())


HANDLERS: dict[type[Command], Handler] = {RehearsalBegin: _begin, RehearsalEcho: _echo}
"""What carries out each command."""
