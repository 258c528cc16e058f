"""A teacher saves the chat of a room from the page, with the names that the page shows them.

Whoever asks is known by the session cookie of one member, whom `?member=` names; the same rules hold as for commands.
"""

import structlog
from aiohttp import web
from msgspec import Struct

from rooms.errors import Refused
from rooms.model import MemberId, ProjectId
from rooms.permissions import Action, require
from rtserver.auth import Auth
from rtserver.auth_cookie import signed_in
from rtserver.files.budgets import FileBudgets
from rtserver.files.http import Standings
from rtserver.files.sending import CutOff, send
from rtserver.files.turns import Turns
from rtserver.http_query import choice, require_known
from rtserver.live_stream import Clock
from rtserver.transcripts.model import Format
from rtserver.transcripts.reading import Transcripts
from rtserver.transcripts.request import LOOKS, headers_of, wanted_of

log = structlog.get_logger(__name__)

WAITING_MAX = 1
"""Files of one teacher that wait while another is sent: who presses twice gets both."""


class Parts(Struct, frozen=True):
    """What the handler works with."""

    auth: Auth
    transcripts: Transcripts
    standings: Standings
    clock: Clock


def routes(parts: Parts) -> list[web.RouteDef]:
    """The route, for an application that `rtserver.http.prepare` has set up."""
    # Without HEAD: it would make the whole file and send nothing of it.
    handler = TranscriptRequests(parts).save
    return [web.get("/projects/{project}/rooms/{room}/messages", handler, allow_head=False)]


class TranscriptRequests:
    """The handler."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._budgets = FileBudgets()  # as for boards that are saved, and counted apart from them
        self._saving: Turns[tuple[ProjectId, MemberId]] = Turns(at_once=1, waiting_max=WAITING_MAX)

    async def save(self, request: web.Request) -> web.StreamResponse:
        """The chat of a room as a file. Who loses the right to it while it is sent does not get the rest."""
        parts = self._parts
        project, room = request.match_info["project"], request.match_info["room"]
        member = await signed_in(request, parts.auth, project)
        require_known(request, ("member", *LOOKS))
        format_ = choice(request, "format", Format.HTML)
        wanted = wanted_of(request, format_, for_programs=False)
        async with self._saving.turn((project, member)):
            self._budgets.save(project, member, parts.clock())
            standing = await parts.standings(project, member, room)
            require(standing, Action.SAVE_CHAT)
            assert standing.member is not None, "a standing of a member has one"

            async def check() -> None:
                try:
                    require(await parts.standings(project, member, room), Action.SAVE_CHAT)
                except Refused as refusal:
                    raise CutOff(f"who saves the chat may not any more: {refusal.code}") from None

            log.info("chat.saved", project=project, room=room, member=member, format=format_.value)
            pieces = await parts.transcripts.for_reader(project, room, standing.member, wanted, check)
            return await send(request, web.StreamResponse(headers=headers_of(format_, room)), pieces)
