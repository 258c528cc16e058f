"""The API's handlers for projects, classes, members, rooms and tickets. docs/portals.md describes every request."""

import base64
import hashlib
from http import HTTPStatus

from aiohttp import web

from rooms.errors import ErrorCode, Refused
from rtserver.administration import PAGE_MAX, Administration
from rtserver.api.guard import Guard
from rtserver.api.shapes import Classes, Members, NewRoom, PhaseChange, Rooms, Ticket, TicketRequest
from rtserver.auth import ApiKey
from rtserver.http import json_response, read_json
from rtserver.http_query import whole_number
from rtserver.shapes import NewClass, NewMember, NewProject, Page, ProjectSummary

BODY_BYTES_MAX = 65_536
"""Bytes of one request: every field of the largest at its full length fits several times."""

IDEMPOTENCY_KEY_MAX = 255
"""Characters of an Idempotency-Key header."""


class PortalApi:
    """The handlers. Each asks first for the key, then whether the project is the key's to see."""

    def __init__(self, guard: Guard, administration: Administration) -> None:
        self._guard = guard
        self._administration = administration

    # --- Projects ---

    async def open_project(self, request: web.Request) -> web.Response:
        """Open a project of the key's organisation: 201 and the project."""
        key = await self._guard.organisation_key(request, "opening projects")
        new = await read_json(request, NewProject, BODY_BYTES_MAX)
        opened = await self._administration.open_project(key.organisation, new, _nonce(request, key))
        return json_response(opened, HTTPStatus.CREATED)

    async def list_projects(self, request: web.Request) -> web.Response:
        """A page of the projects that the key is for, oldest first."""
        key = await self._guard.key(request, "limit", "after")
        if key.project is not None:
            only = await self._administration.project(key.project)
            summary = ProjectSummary(only.id, only.organisation, only.title, only.created_at, only.national, only.phase)
            return json_response(Page((summary,), None))
        after = request.query.get("after")
        if after is not None:
            await self._guard.require_scope(key, after)
        limit = whole_number(request, "limit", PAGE_MAX, PAGE_MAX)
        return json_response(await self._administration.projects(key.organisation, after, limit))

    async def show_project(self, request: web.Request) -> web.Response:
        """A project with its classes and founders."""
        _, project = await self._guard.admit(request)
        return json_response(await self._administration.project(project))

    async def set_phase(self, request: web.Request) -> web.Response:
        """Activate or archive a project."""
        key, project = await self._guard.admit(request)
        change = await read_json(request, PhaseChange, BODY_BYTES_MAX)
        return json_response(await self._administration.set_phase(project, change.phase, _nonce(request, key)))

    # --- Classes, members, rooms ---

    async def add_class(self, request: web.Request) -> web.Response:
        """Add a class: 201 and the class."""
        key, project = await self._guard.admit(request)
        new = await read_json(request, NewClass, BODY_BYTES_MAX)
        added = await self._administration.add_class(project, new, _nonce(request, key))
        return json_response(added, HTTPStatus.CREATED)

    async def list_classes(self, request: web.Request) -> web.Response:
        """All classes."""
        _, project = await self._guard.admit(request)
        return json_response(Classes(tuple(await self._administration.classes(project))))

    async def add_member(self, request: web.Request) -> web.Response:
        """Add a person: 201 and the member."""
        key, project = await self._guard.admit(request)
        new = await read_json(request, NewMember, BODY_BYTES_MAX)
        added = await self._administration.add_member(project, new, _nonce(request, key))
        return json_response(added, HTTPStatus.CREATED)

    async def list_members(self, request: web.Request) -> web.Response:
        """All members, the removed ones too."""
        _, project = await self._guard.admit(request)
        return json_response(Members(tuple(await self._administration.members(project))))

    async def remove_member(self, request: web.Request) -> web.Response:
        """Remove a person for good and end their connections: 204."""
        key, project = await self._guard.admit(request)
        member = request.match_info["member"]
        await self._administration.remove_member(project, member, _nonce(request, key))
        return web.Response(status=HTTPStatus.NO_CONTENT)

    async def add_room(self, request: web.Request) -> web.Response:
        """Add a group room, closed: 201 and the room."""
        key, project = await self._guard.admit(request)
        new = await read_json(request, NewRoom, BODY_BYTES_MAX)
        added = await self._administration.add_room(project, new.name, _nonce(request, key))
        return json_response(added, HTTPStatus.CREATED)

    async def list_rooms(self, request: web.Request) -> web.Response:
        """All rooms."""
        _, project = await self._guard.admit(request)
        return json_response(Rooms(tuple(await self._administration.rooms(project))))

    # --- Getting in ---

    async def issue_ticket(self, request: web.Request) -> web.Response:
        """A one-use ticket for a member's browser: 201. A new one each time, whatever the Idempotency-Key."""
        _, project = await self._guard.admit(request)
        wanted = await read_json(request, TicketRequest, BODY_BYTES_MAX)
        ticket, expires_at = await self._administration.issue_ticket(project, wanted.member)
        return json_response(Ticket(ticket, expires_at), HTTPStatus.CREATED)


def _nonce(request: web.Request, key: ApiKey) -> str | None:
    """A nonce from the Idempotency-Key, or None without one.

    The key, the method and the path go into it: two portals, and two kinds of requests, may use the same header.
    """
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return None
    if not header.strip() or len(header) > IDEMPOTENCY_KEY_MAX:
        raise Refused(ErrorCode.INVALID, f"Idempotency-Key: 1 to {IDEMPOTENCY_KEY_MAX} characters")
    parts = f"{key.id}\n{request.method}\n{request.path}\n{header}"
    digest = hashlib.sha256(parts.encode("utf-8", "surrogateescape")).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
