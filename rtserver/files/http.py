"""The requests of boards and chats that do not fit a socket: files put in and given out, boards saved.

Whoever asks is known by the session cookie of one member, whom `?member=` names; the same rules hold as for commands.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from http import HTTPStatus

import structlog
from aiohttp import web
from msgspec import Struct

from rooms.board.model import BoardId
from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId, RoomId
from rooms.permissions import Action, Standing, denial, require
from rtserver.auth import Auth
from rtserver.auth_cookie import signed_in
from rtserver.config import Settings
from rtserver.files.budgets import FileBudgets
from rtserver.files.conversion import Conversion, Picture, Work, work_of
from rtserver.files.export import BoardFiles
from rtserver.files.frames import Kind
from rtserver.files.in_chat import PREVIEW, ChatFiles, Given, headers_of
from rtserver.files.sending import send
from rtserver.files.store import FileStore, Quota, StoredFile
from rtserver.files.turns import Turns
from rtserver.files.uploads import received
from rtserver.files.uses import FileUses, note_on_boards
from rtserver.http import json_response, require_own_page
from rtserver.live_stream import Clock

log = structlog.get_logger(__name__)

Standings = Callable[[ProjectId, MemberId, RoomId | None], Awaitable[Standing]]
"""What the permissions of a member depend on now. Raises `Refused` where the project or the member is unknown."""

FILE_SHAPE = re.compile(r"[0-9a-f]{64}")
BOARD_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,64}")

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}

PURPOSES = {"board": Action.DRAW, "chat": Action.POST}
"""What a file can be for, and what one must be allowed to do there."""

NAME_CHARACTERS = 16
"""Of its hash, as the name of a picture that somebody saves."""

PICTURE_HEADERS = {
    # What a picture shows never changes: its address is its hash. `private`: not for proxies.
    "Cache-Control": "private, max-age=31536000, immutable",
    # Should it ever be taken for a page, it is one that can do nothing.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
}

SHOWN_AT_ONCE = 6
"""Pictures under way to one member: a page loads four at once, a browser six from one server."""

SHOWN_WAITING_MAX = 30
"""More that wait: those of a second device, or of a browser that asks for many at once (HTTP/2 by way of a proxy)."""

OVER_LIMIT_DELAY = 1.0
"""Seconds until one who asks for too many pictures is told so: who asks again and again at once has to wait, too."""

EXCALIDRAW_TYPE = "application/vnd.excalidraw+json"


class FileView(Struct, frozen=True):
    """A stored picture as the page is told of it."""

    id: str
    type: str
    width: int
    height: int


class Uploaded(Struct, frozen=True):
    """The answer to a POST: the picture, or one for each page of a document, in order."""

    files: tuple[FileView, ...]


class Parts(Struct, frozen=True):
    """What the handlers work with."""

    settings: Settings
    auth: Auth
    store: FileStore
    conversion: Conversion
    boards: BoardFiles
    uses: FileUses
    chats: ChatFiles
    standings: Standings
    clock: Clock


def routes(parts: Parts) -> list[web.RouteDef]:
    """The routes, for an application that `rtserver.http.prepare` has set up."""
    handlers = FileRequests(parts)
    return [
        web.post("/projects/{project}/files", handlers.upload),
        web.get("/projects/{project}/files/{file}", handlers.show),
        web.get("/projects/{project}/boards/{board}.excalidraw", handlers.export),
    ]


class FileRequests:
    """The handlers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._budgets = FileBudgets()
        self._showing: Turns[tuple[ProjectId, MemberId]] = Turns(SHOWN_AT_ONCE, SHOWN_WAITING_MAX)
        self._saving: Turns[tuple[ProjectId, MemberId]] = Turns(at_once=1, waiting_max=0)
        self._opening: Turns[tuple[ProjectId, MemberId, Work]] = Turns(at_once=1)
        """Before the line of all: others go ahead of the second file of one member."""

    async def upload(self, request: web.Request) -> web.Response:
        """Put a picture or a document (on boards for teachers) into a project: 201 and what was made of it."""
        parts = self._parts
        require_own_page(request, parts.settings.own_origins)
        project = request.match_info["project"]
        member = await signed_in(request, parts.auth, project)
        room = request.query.get("room", "")
        purpose = request.query.get("for", "board")
        if purpose not in PURPOSES:
            raise Refused(ErrorCode.INVALID, "for")
        await self._require(project, member, room, PURPOSES[purpose])
        self._budgets.begin(project, member, parts.clock())
        try:
            take = self._take_for_chat if purpose == "chat" else self._take
            stored = await take(request, project, member, room)
        finally:
            self._budgets.end(project, member)
        views = tuple(FileView(file.id, file.type, file.width, file.height) for file in stored)
        return json_response(Uploaded(views), HTTPStatus.CREATED)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """A picture on boards, or with a `room` a file of its chat, of which `size` may be the preview.

        Who is no member, or may not read the room, cannot tell what is there from what is not: UNKNOWN_FILE.
        """
        project, file = request.match_info["project"], request.match_info["file"]
        try:
            member = await signed_in(request, self._parts.auth, project)
        except Refused:
            raise Refused(ErrorCode.UNKNOWN_FILE) from None
        await self._count_look(project, member)
        room = request.query.get("room")
        if not await self._may_look(project, member, room) or not FILE_SHAPE.fullmatch(file):
            raise Refused(ErrorCode.UNKNOWN_FILE)
        if room is not None:
            is_small = request.query.get("size") == PREVIEW
            given = await self._parts.chats.given(project, room, member, file, is_small=is_small)
            if given is None:
                raise Refused(ErrorCode.UNKNOWN_FILE)
            return await self._give(request, project, member, given)
        known = (await self._parts.store.find_on_boards(project, [file])).get(file)
        if known is None:
            raise Refused(ErrorCode.UNKNOWN_FILE)
        headers = {**PICTURE_HEADERS, "ETag": f'"{file}"'}
        if _is_known(request, file):
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        name = f"{file[:NAME_CHARACTERS]}.{ENDINGS[known.type]}"
        headers["Content-Disposition"] = f'inline; filename="{name}"'
        headers["Content-Type"] = known.type
        headers["Content-Length"] = str(known.bytes)
        return await self._send(request, project, member, known, headers)

    async def export(self, request: web.Request) -> web.StreamResponse:
        """A board as a file of Excalidraw, as this member sees it, with its pictures inside."""
        project, board = request.match_info["project"], request.match_info["board"]
        member = await signed_in(request, self._parts.auth, project)
        async with self._saving.turn((project, member)):
            # Before the board is looked up: whether one is limited must not tell whether it is there.
            self._budgets.save(project, member, self._parts.clock())
            if not BOARD_SHAPE.fullmatch(board):
                raise Refused(ErrorCode.UNKNOWN_BOARD)
            room = await self._parts.boards.room_of(project, board)
            standing = await self._parts.standings(project, member, room)
            async with self._parts.boards.file(project, board, standing) as pieces:
                return await send(request, web.StreamResponse(headers=export_headers(board)), pieces)

    # --- Steps of the above ---

    async def _give(
        self, request: web.Request, project: ProjectId, member: MemberId, given: Given
    ) -> web.StreamResponse:
        """A file of a chat."""
        headers = headers_of(given)
        if _is_known(request, given.tag):
            kept = {name: headers[name] for name in ("Cache-Control", "ETag")}
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=kept)
        if given.content is not None:
            return web.Response(body=given.content, headers=headers)
        return await self._send(request, project, member, given.file, headers)

    async def _send(
        self, request: web.Request, project: ProjectId, member: MemberId, file: StoredFile, headers: dict[str, str]
    ) -> web.StreamResponse:
        async with self._showing.turn((project, member)):
            if await self._parts.store.content(project, file.id) is None:  # removed meanwhile
                raise Refused(ErrorCode.UNKNOWN_FILE)
            pieces = self._parts.store.pieces(project, file)
            return await send(request, web.StreamResponse(headers=headers), pieces)

    async def _take_for_chat(
        self, request: web.Request, project: ProjectId, member: MemberId, room: RoomId
    ) -> list[StoredFile]:
        parts = self._parts
        async with received(request, parts.settings.file_bytes_max) as upload:
            self._budgets.came(project, member, upload.size, parts.clock())
            kind = upload.kind()
            still_allowed = partial(self._require, project, member, room, Action.POST)
            async with self._opening.turn((project, member, work_of(kind, in_chat=True))):
                made = await parts.conversion.convert_for_chat(kind, upload.file, still_allowed)
        standing = await self._require(project, member, room, Action.POST)  # it has taken a while
        stored = await parts.chats.keep(project, room, member, made, self._quota(standing), parts.clock())
        log.info("file.stored", project=project, member=member, type=stored.type)
        return [stored]

    async def _take(self, request: web.Request, project: ProjectId, member: MemberId, room: RoomId) -> list[StoredFile]:
        parts = self._parts
        async with received(request, parts.settings.file_bytes_max) as upload:
            self._budgets.came(project, member, upload.size, parts.clock())
            kind = upload.kind()
            standing = await self._require(project, member, room, Action.DRAW)
            if kind is Kind.PDF and not _is_staff(standing):
                raise Refused(ErrorCode.TEACHERS_ONLY, "PDF files; a picture of the page can be put in by everybody")
            still_allowed = partial(self._require, project, member, room, Action.DRAW)
            async with self._opening.turn((project, member, work_of(kind, in_chat=False))):
                pictures = await parts.conversion.convert(kind, upload.file, still_allowed)
        standing = await self._require(project, member, room, Action.DRAW)  # it has taken a while
        return await self._store(project, member, pictures, self._quota(standing))

    async def _store(
        self, project: ProjectId, member: MemberId, pictures: list[Picture], quota: Quota
    ) -> list[StoredFile]:
        now = self._parts.clock()
        note = partial(note_on_boards, project=project, member=member, now=now)
        stored = await self._parts.store.add(project, member, pictures, quota, now, note)
        log.info("file.stored", project=project, member=member, pictures=len(stored))
        return stored

    def _quota(self, standing: Standing) -> Quota:
        settings = self._parts.settings
        own = None if _is_staff(standing) else settings.member_files_bytes_max
        return Quota(settings.project_files_bytes_max, own)

    async def _require(self, project: ProjectId, member: MemberId, room: RoomId, action: Action) -> Standing:
        standing = await self._parts.standings(project, member, room)
        require(standing, action)
        return standing

    async def _count_look(self, project: ProjectId, member: MemberId) -> None:
        try:
            self._budgets.look(project, member, self._parts.clock())
        except Refused:
            await asyncio.sleep(OVER_LIMIT_DELAY)
            raise

    async def _may_look(self, project: ProjectId, member: MemberId, room: RoomId | None) -> bool:
        """Whether a member may be in the project now, and read the room, if there is one."""
        try:
            standing = await self._parts.standings(project, member, room)
        except Refused:
            return False
        return denial(standing, Action.ENTER_PROJECT if room is None else Action.READ_ROOM) is None


def _is_staff(standing: Standing) -> bool:
    return standing.member is not None and standing.member.is_staff


def _is_known(request: web.Request, tag: str) -> bool:
    """Whether the browser has it already."""
    return any(known.value in (tag, "*") for known in request.if_none_match or ())


def export_headers(board: BoardId) -> dict[str, str]:
    """Those of a saved board: a file for the disk, and for nobody's cache."""
    return {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{board}.excalidraw"',
        "Content-Security-Policy": PICTURE_HEADERS["Content-Security-Policy"],
        "Content-Type": EXCALIDRAW_TYPE,
    }
