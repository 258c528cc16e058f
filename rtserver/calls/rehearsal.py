"""What is answered to somebody who tries out their line before a lesson."""

from functools import partial

from rooms.messages import Command, Done
from rooms.permissions import Action, require
from rtserver.calls.offers import call_answer
from rtserver.hub.asked import Asked, Handler, answering
from signaling.messages import IceServers
from signaling.rehearsal import Rehearsal, RehearsalBegin, RehearsalEcho, RehearsalOffer


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


def _offer(asked: Asked, command: RehearsalOffer) -> None:
    """Answered beside the client's later commands: the engine is another process."""
    require(asked.live.standing(asked.actor), Action.ENTER_PROJECT)
    asked.tools.switchboard.beside(answering(asked, _answer_offer(asked, command)))


async def _answer_offer(asked: Asked, command: RehearsalOffer) -> None:
    switchboard, connection = asked.tools.switchboard, asked.connection
    if connection.is_closed:
        return  # nobody waits for it, nor would ever end it
    connection.on_close = partial(switchboard.end_rehearsal, connection.id)
    asked.answer(await call_answer(switchboard.rehearse(asked.actor, connection.id, command.sdp)))


HANDLERS: dict[type[Command], Handler] = {RehearsalBegin: _begin, RehearsalEcho: _echo, RehearsalOffer: _offer}
"""What carries out each command."""
