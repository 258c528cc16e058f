"""The HTTP API for portals' backends, `/api/v1`: projects, classes, members, rooms and tickets.

A portal presents `Authorization: Bearer <API key>`. A key is for one project or for all projects of an organisation;
what lies outside looks as if it did not exist. docs/portals.md describes every request.
"""

import base64
import hashlib
from http import HTTPStatus

from aiohttp import web
from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId, ProjectPhase
from rtserver.administration import PAGE_MAX, Administration
from rtserver.auth import ApiKey, Auth
from rtserver.http import HttpRefused, json_response, read_json
from rtserver.shapes import Name, NewClass, NewMember, NewProject, Page, ProjectSummary

BODY_BYTES_MAX = 65_536
"""Bytes of one request: every field of the largest at its full length fits several times."""

IDEMPOTENCY_KEY_MAX = 255
"""Characters of an Idempotency-Key header."""

BEARER = "bearer "


class PhaseChange(Struct, frozen=True, forbid_unknown_fields=True):
    """PATCH of a project."""

    phase: ProjectPhase


class NewRoom(Struct, frozen=True, forbid_unknown_fields=True):
    """A group room to be."""

    name: Name


class TicketRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the ticket is for."""

    member: MemberId


class Ticket(Struct, frozen=True):
    """A one-use ticket; `expires_at`: milliseconds since 1970 UTC."""

    ticket: str
    expires_at: int

    def __repr__(self) -> str:
        return f"Ticket(expires_at={self.expires_at})"


def routes(auth: Auth, administration: Administration) -> list[web.RouteDef]:
    """The routes below `/api/v1`, for an application that `rtserver.http.prepare` has set up."""
    api = PortalApi(Guard(auth, administration), administration)
    project = "/api/v1/projects/{project}"
    return [
        web.post("/api/v1/projects", api.open_project),
        web.get("/api/v1/projects", api.list_projects),
        web.get(project, api.show_project),
        web.patch(project, api.set_phase),
        web.post(f"{project}/classes", api.add_class),
        web.get(f"{project}/classes", api.list_classes),
        web.post(f"{project}/members", api.add_member),
        web.get(f"{project}/members", api.list_members),
        web.delete(f"{project}/members/{{member}}", api.remove_member),
        web.post(f"{project}/rooms", api.add_room),
        web.get(f"{project}/rooms", api.list_rooms),
        web.post(f"{project}/tickets", api.issue_ticket),
    ]


class Guard:
    """Who asks, and what they may see."""

    def __init__(self, auth: Auth, administration: Administration) -> None:
        self._auth = auth
        self._administration = administration

    async def admit(self, request: web.Request) -> tuple[ApiKey, ProjectId]:
        """The key, and the project of the path, which is in the key's scope."""
        key = await self.key(request)
        project = request.match_info["project"]
        await self.require_scope(key, project)
        return key, project

    async def key(self, request: web.Request) -> ApiKey:
        """The API key of a request. Raises `Refused`."""
        header = request.headers.get("Authorization", "")
        if header[: len(BEARER)].lower() != BEARER:
            raise Refused(ErrorCode.API_KEY_INVALID, "send it as Authorization: Bearer <key>")
        key = await self._auth.key(header[len(BEARER) :].strip())
        if key is None:
            raise Refused(ErrorCode.API_KEY_INVALID)
        return key

    async def organisation_key(self, request: web.Request, what: str) -> ApiKey:
        """A key that is not for one project only. `what`: that takes one. Raises `Refused`."""
        key = await self.key(request)
        if key.project is not None:
            detail = f"this key is for one project; {what} takes one of the organisation"
            raise HttpRefused(HTTPStatus.FORBIDDEN, ErrorCode.API_KEY_INVALID, detail)
        return key

    async def require_scope(self, key: ApiKey, project: ProjectId) -> None:
        """Outside of its scope a key cannot tell what exists from what does not."""
        if key.project is not None and key.project != project:
            raise Refused(ErrorCode.UNKNOWN_PROJECT)
        entry = await self._administration.entry(project)
        if entry.organisation != key.organisation:
            raise Refused(ErrorCode.UNKNOWN_PROJECT)


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
        key = await self._guard.key(request)
        if key.project is not None:
            only = await self._administration.project(key.project)
            summary = ProjectSummary(only.id, only.organisation, only.title, only.created_at, only.national, only.phase)
            return json_response(Page((summary,), None))
        after = request.query.get("after")
        if after is not None:
            await self._guard.require_scope(key, after)
        page = await self._administration.projects(key.organisation, after, _limit(request))
        return json_response(page)

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
        return json_response({"classes": await self._administration.classes(project)})

    async def add_member(self, request: web.Request) -> web.Response:
        """Add a person: 201 and the member."""
        key, project = await self._guard.admit(request)
        new = await read_json(request, NewMember, BODY_BYTES_MAX)
        added = await self._administration.add_member(project, new, _nonce(request, key))
        return json_response(added, HTTPStatus.CREATED)

    async def list_members(self, request: web.Request) -> web.Response:
        """All members, the removed ones too."""
        _, project = await self._guard.admit(request)
        return json_response({"members": await self._administration.members(project)})

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
        return json_response({"rooms": await self._administration.rooms(project)})

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


def _limit(request: web.Request) -> int:
    text = request.query.get("limit", str(PAGE_MAX))
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(PAGE_MAX)) and 0 < int(text) <= PAGE_MAX):
        raise Refused(ErrorCode.INVALID, f"limit: a number from 1 to {PAGE_MAX}")
    return int(text)
