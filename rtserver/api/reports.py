"""The API's handlers for what portals read of what was done: chats as files, and figures."""

import structlog
from aiohttp import web
from msgspec import Struct

from rooms.model import ProjectId
from rtserver.administration import Administration
from rtserver.api.guard import Guard
from rtserver.files.sending import send
from rtserver.files.turns import Turns
from rtserver.http import json_response
from rtserver.http_query import choice, whole_number
from rtserver.statistics import ProjectFigures, Statistics
from rtserver.transcripts.model import Format, Names
from rtserver.transcripts.reading import Transcripts
from rtserver.transcripts.request import LOOKS, headers_of, wanted_of

log = structlog.get_logger(__name__)

FILES_AT_ONCE = 2
"""Transcripts sent to one key at the same time."""

FILES_WAITING_MAX = 4
"""More of them that wait; who asks for more is told to come again."""

DAYS_DEFAULT = 30
DAYS_MAX = 366
"""A school year, and what a table of it takes."""

FIGURES_PAGE_MAX = 50
"""Projects of one page of figures: each is loaded and counted, some ten milliseconds for one with much in it."""


class FiguresPage(Struct, frozen=True):
    """Some projects in figures, oldest first; `next`: pass it as `after` to get more, None when there are none.

    Nobody is a member of two projects: figures may be added up.
    """

    projects: tuple[ProjectFigures, ...]
    next: ProjectId | None


class ReportApi:
    """The handlers. Each asks first for the key, then whether the project is the key's to see."""

    def __init__(
        self, guard: Guard, administration: Administration, transcripts: Transcripts, statistics: Statistics
    ) -> None:
        self._guard = guard
        self._administration = administration
        self._transcripts = transcripts
        self._statistics = statistics
        self._sending: Turns[str] = Turns(FILES_AT_ONCE, FILES_WAITING_MAX)

    async def export_messages(self, request: web.Request) -> web.StreamResponse:
        """The messages of a project, or of one room of it, as a file."""
        key, project = await self._guard.admit(request, "room", "names", *LOOKS)
        format_ = choice(request, "format", Format.JSON_LINES)
        names = choice(request, "names", Names.ALIAS)
        wanted = wanted_of(request, format_, for_programs=True)
        room = request.query.get("room")
        async with self._sending.turn(key.id):
            pieces = await self._transcripts.for_portal(project, room, names, wanted)
            log.info("chat.exported", project=project, room=room, key=key.id, format=format_.value)
            response = web.StreamResponse(headers=headers_of(format_, room or project))
            return await send(request, response, pieces)

    async def show_figures(self, request: web.Request) -> web.Response:
        """A project in figures."""
        _, project = await self._guard.admit(request, "days")
        return json_response(await self._statistics.project(project, _days(request)))

    async def list_figures(self, request: web.Request) -> web.Response:
        """A page of the projects that the key is for, in figures, oldest first."""
        key = await self._guard.key(request, "days", "limit", "after")
        days = _days(request)
        if key.project is not None:
            return json_response(FiguresPage((await self._statistics.project(key.project, days),), None))
        after = request.query.get("after")
        if after is not None:
            await self._guard.require_scope(key, after)
        limit = whole_number(request, "limit", FIGURES_PAGE_MAX, FIGURES_PAGE_MAX)
        page = await self._administration.projects(key.organisation, after, limit)
        counted = [await self._statistics.project(one.id, days) for one in page.projects]
        return json_response(FiguresPage(tuple(counted), page.next))


def _days(request: web.Request) -> int:
    return whole_number(request, "days", DAYS_DEFAULT, DAYS_MAX)
