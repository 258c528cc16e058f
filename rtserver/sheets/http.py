"""The requests with which a teacher gets a class in: sheets of links to print, who has come in, taking it back.

Whoever asks is known by their session cookie. For each pupil the rule of an invitation holds (INVITE_MEMBER): those of
one's own class, since a link lets one see the names of that class. What holds links is kept by nobody (`no-store`).
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from aiohttp import web
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from rooms.audience import ERASED_NAME
from rooms.errors import ErrorCode, Refused
from rooms.model import ClassId, Member, MemberId, ProjectId, Role, RoomId, SchoolClass
from rooms.permissions import Action, Standing, require
from rooms.ports import Identities
from rooms.project import ProjectState
from rtserver.auth import Auth
from rtserver.auth_cookie import signed_in
from rtserver.budgets import Budgets
from rtserver.config import Settings
from rtserver.database import Database
from rtserver.http import json_response, read_json, require_own_page
from rtserver.live_stream import Clock
from rtserver.owners import Owners
from rtserver.sheets.budgets import CARDS, CARDS_MAX, TEACHERS_MAX
from rtserver.sheets.entries import Entry, entries
from rtserver.sheets.qr import QrCode, qr_code

log = structlog.get_logger(__name__)

Standings = Callable[[ProjectId, MemberId, RoomId | None], Awaitable[Standing]]
"""What the permissions of a member depend on now. Raises `Refused` where the project or the member is unknown."""

SessionsEnded = Callable[[ProjectId], Awaitable[None]]
"""Has every node end the sockets of a project whose sessions were ended. Raises `LogUnavailable`."""

BODY_BYTES_MAX = 16_384
"""Bytes of one request: the ids of as many pupils as a sheet holds, twice."""

PUPIL_ROLES = frozenset({Role.PUPIL, Role.PUPIL_ADMIN})
"""Who gets a card. Teachers' links are made one by one: they open more than a printer's tray should hold."""

Id = Annotated[str, Meta(min_length=1, max_length=64)]


class SheetRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """POST of a sheet: for these pupils of a class, None: for all of it."""

    class_id: Id = field(name="class")
    members: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=CARDS_MAX)] | None = None


class Card(Struct, frozen=True):
    """What one pupil gets. `url` lets whoever has it in, once."""

    member: MemberId
    name: str
    url: str
    qr: QrCode

    def __repr__(self) -> str:
        return f"Card(member={self.member!r})"


class Sheet(Struct, frozen=True):
    """The cards of a class. `site`: what stands in the address bar where they lead. `expires_at`: ms since 1970 UTC."""

    title: str
    school_class: SchoolClass = field(name="class")
    site: str
    expires_at: int
    cards: tuple[Card, ...]


class PupilEntry(Struct, frozen=True):
    """How far one pupil has come: see `rtserver.sheets.entries.Entry`."""

    member: MemberId
    name: str
    came_in_at: int | None
    devices: int
    link_until: int | None


class Entries(Struct, frozen=True):
    """The answer to GET: the pupils of a class, in the order of joining."""

    pupils: tuple[PupilEntry, ...]


class Revocation(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose links and signed-in devices are to end."""

    member: Id


class Parts(Struct, frozen=True):
    """What the handlers work with."""

    settings: Settings
    auth: Auth
    database: Database
    owners: Owners
    identities: Identities
    standings: Standings
    sessions_ended: SessionsEnded
    clock: Clock


def routes(parts: Parts) -> list[web.RouteDef]:
    """The routes, for an application that `rtserver.http.prepare` has set up."""
    handlers = SheetRequests(parts)
    return [
        web.post("/projects/{project}/sheets", handlers.make),
        web.get("/projects/{project}/sheets", handlers.show),
        web.post("/projects/{project}/revocations", handlers.revoke),
    ]


class SheetRequests:
    """The handlers."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._cards: Budgets[tuple[ProjectId, MemberId]] = Budgets(CARDS, TEACHERS_MAX)

    async def make(self, request: web.Request) -> web.Response:
        """Fresh links for pupils of a class, each with its code: the unused ones of before end."""
        parts = self._parts
        project, actor = await self._asking(request)
        wanted = await read_json(request, SheetRequest, BODY_BYTES_MAX)
        state = await self._state(project)
        pupils = await self._pupils(state, actor, wanted.class_id, wanted.members)
        if len(pupils) > CARDS_MAX:
            raise Refused(ErrorCode.TOO_MANY, f"cards: at most {CARDS_MAX}; choose some of the pupils")
        self._cards.take((project, actor), parts.clock(), len(pupils))
        names = await self._names(pupils)
        tokens, expires_at = await parts.auth.create_invitations(project, [pupil.id for pupil in pupils])
        urls = {member: parts.auth.invitation_url(token) for member, token in tokens.items()}
        # A class is a fifth of a second of work, in which lessons go on.
        codes = await asyncio.to_thread(lambda: {member: qr_code(url) for member, url in urls.items()})
        log.info("sheet.made", project=project, member=actor, cards=len(pupils))
        return json_response(
            Sheet(
                title=state.title or "",
                school_class=state.classes[wanted.class_id],
                site=urlsplit(parts.settings.url).netloc,
                expires_at=expires_at,
                cards=tuple(Card(one.id, names[one.id], urls[one.id], codes[one.id]) for one in pupils),
            )
        )

    async def show(self, request: web.Request) -> web.Response:
        """Who of a class has come in, and who holds a link that was not used yet."""
        parts = self._parts
        project, actor = await self._asking(request)
        pupils = await self._pupils(await self._state(project), actor, request.query.get("class", ""), None)
        names = await self._names(pupils)
        found = await entries(parts.database, project, [pupil.id for pupil in pupils], parts.clock())
        return json_response(Entries(tuple(_pupil_entry(one.id, names[one.id], found[one.id]) for one in pupils)))

    async def revoke(self, request: web.Request) -> web.Response:
        """End the unused links and the signed-in devices of a pupil or a visitor, on every node: 200 and what is left.

        Asked again after a line broke it does no harm: what has ended has ended.
        """
        parts = self._parts
        project, actor = await self._asking(request)
        wanted = await read_json(request, Revocation, BODY_BYTES_MAX)
        subject = (await self._state(project)).members.get(wanted.member)
        await self._require_inviter(project, actor, subject)
        if subject is not None and subject.is_staff:
            raise Refused(ErrorCode.NOT_FOR_TEACHERS)
        await parts.auth.end_sessions_of_member(project, wanted.member)
        log.info("member.links_revoked", project=project, member=actor, subject=wanted.member)
        await parts.sessions_ended(project)
        found = await entries(parts.database, project, [wanted.member], parts.clock())
        return json_response(found[wanted.member])

    # --- Steps of the above ---

    async def _asking(self, request: web.Request) -> tuple[ProjectId, MemberId]:
        require_own_page(request, self._parts.settings.own_origins)
        project = request.match_info["project"]
        return project, await signed_in(request, self._parts.auth, project)

    async def _state(self, project: ProjectId) -> ProjectState:
        return (await self._parts.owners.project(project)).state

    async def _pupils(
        self, state: ProjectState, actor: MemberId, class_id: ClassId, members: Sequence[MemberId] | None
    ) -> list[Member]:
        """Those of a class, or of `members`, each of whom `actor` may invite. Raises `Refused`."""
        # Of oneself: whoever may invite nobody is not told which classes and members there are.
        await self._require_inviter(state.id, actor, state.members.get(actor))
        if class_id not in state.classes:
            raise Refused(ErrorCode.UNKNOWN_CLASS)
        if class_id != state.members[actor].class_id:
            raise Refused(ErrorCode.OTHER_CLASS)  # also of a class without pupils
        of_class = {
            member.id: member
            for member in state.members.values()
            if member.class_id == class_id and member.role in PUPIL_ROLES and not member.removed
        }
        if members is not None and not of_class.keys() >= set(members):
            raise Refused(ErrorCode.UNKNOWN_MEMBER)
        pupils = [pupil for pupil in of_class.values() if members is None or pupil.id in members]
        standing = await self._parts.standings(state.id, actor, None)
        for pupil in pupils:
            require(replace(standing, subject=pupil), Action.INVITE_MEMBER)
        return pupils

    async def _require_inviter(self, project: ProjectId, actor: MemberId, subject: Member | None) -> None:
        standing = await self._parts.standings(project, actor, None)
        require(replace(standing, subject=subject), Action.INVITE_MEMBER)

    async def _names(self, pupils: Sequence[Member]) -> dict[MemberId, str]:
        """Roster names: a teacher reads those of their own class."""
        known = await self._parts.identities.identities([pupil.id for pupil in pupils])
        return {pupil.id: known[pupil.id].roster_name if pupil.id in known else ERASED_NAME for pupil in pupils}


def _pupil_entry(member: MemberId, name: str, entry: Entry) -> PupilEntry:
    return PupilEntry(member, name, entry.came_in_at, entry.devices, entry.link_until)
