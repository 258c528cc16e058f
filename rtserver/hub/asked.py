"""A command on its way: who asked it, in which project, and what its handler works with."""

from collections.abc import Callable
from typing import Any

import structlog
from msgspec import Struct

from media.engine import EngineUnavailable
from rooms.errors import ErrorCode, Refused
from rooms.permissions import Action, require
from rooms.ports import ChatArchive, Identities, LogUnavailable
from rtserver.auth import Auth
from rtserver.calls.switchboard import Switchboard
from rtserver.chat.languages import Languages
from rtserver.chat.read_marks import ReadMarkStore
from rtserver.chat.search import ChatSearch
from rtserver.files.uses import FileUses
from rtserver.hub.connection import Connection, Taking
from rtserver.hub.live_project import LiveProject, LiveRoom
from rtserver.lesson.ballots import Ballots
from rtserver.live_stream import Clock
from rtserver.metrics.figures import FIGURES
from rtserver.owners import Owners
from rtserver.tracing import CommandTrace

log = structlog.get_logger(__name__)


class Tools(Struct, frozen=True):
    """What handlers work with."""

    owners: Owners
    archive: ChatArchive
    identities: Identities
    auth: Auth
    clock: Clock
    recovery_events_max: int
    switchboard: Switchboard
    search: ChatSearch
    marks: ReadMarkStore
    languages: Languages
    ballots: Ballots
    files: FileUses


class Asked(Struct, frozen=True):
    """One command on its way: who asked, in which project, and under which number they want an answer, if any."""

    tools: Tools
    live: LiveProject
    connection: Connection
    ack: int | None
    name: str = ""
    """As the client has written it: it may be made up."""
    trace: CommandTrace | None = None

    def answer(self, outcome: object) -> None:
        """Acknowledge the command with its result, or with the `Refused` that says why not."""
        self.connection.acknowledge(self.ack, outcome)
        FIGURES.answered(self.name, outcome)
        if self.trace is not None:
            self.trace.answered(outcome)

    @property
    def actor(self) -> str:
        """The member who asked."""
        return self.connection.who.member

    def joined_room(self, room: str) -> LiveRoom:
        """The room, when the member may read it and this connection has joined it. Raises `Refused`."""
        require(self.live.standing(self.actor, room), Action.READ_ROOM)
        live = self.live.rooms.get(room)
        if live is None or room not in self.connection.rooms:
            raise Refused(ErrorCode.NOT_JOINED)
        return live


Handler = Callable[[Asked, Any], Taking | None]
"""Does its work at once, or returns a coroutine that the client's later commands wait for."""


async def answering(asked: Asked, taking: Taking) -> None:
    """Do what is left of a command; answer why not when it cannot be done."""
    try:
        await taking
    except Exception as error:  # noqa: BLE001 - `refusal_of` tells refusals from bugs
        asked.answer(refusal_of(asked, error))


def refusal_of(asked: Asked, error: Exception) -> Refused:
    """What the client is told of an error: a bug is logged with its context and told without details."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, LogUnavailable | EngineUnavailable):
        log.warning("command.unavailable", connection=asked.connection.id, command=asked.name, error=str(error))
        return Refused(ErrorCode.UNAVAILABLE)
    log.error("command.failed", connection=asked.connection.id, command=asked.name, exc_info=error)
    return Refused(ErrorCode.INTERNAL)
