"""The page, and the requests with which it turns an invitation into a session cookie.

The session requests are for the server's own pages only: a foreign page can neither send them (Origin, JSON) nor read
their answers. Each member has a cookie of their own, so that several can use one browser.
"""

import re
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import Literal

from aiohttp import web
from msgspec import Struct

from rooms.audience import ERASED_NAME
from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId, Role, SchoolClass
from rtserver.administration import Administration
from rtserver.auth import Auth
from rtserver.config import Settings
from rtserver.http import document_policy, json_response, read_json, require_own_page
from rtserver.sessions import Session
from rtserver.shapes import MemberDetail, ProjectDetail
from rtserver.static_files import ALWAYS_ASK, FOREVER, StaticFiles

STATIC = Path(__file__).parent / "static"
"""Where the build of web/ lies."""

INDEX = "index.html"
"""The one document."""

WORKER, FAREWELL = "sw.js", "sw-off.js"
"""The service worker that lets the page open without a network, and the one that takes it away again."""

BODY_BYTES_MAX = 4096
"""Bytes of one session request: a token and little else."""

COOKIE_PREFIX = "rt_session_"

SESSIONS_MAX = 50
"""Members of one browser: a shared class-room computer has a class's, and browsers keep about 180 cookies a site."""

MEMBER_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,64}")

NOT_BUILT = (
    "The page has not been built.\n\nIn a copy of the sources: run `make web` (or `make run`, which does it first).\n"
    "The installed package brings the page with it; if you see this there, install it again.\n"
)


class InvitationLook(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /session/invitation."""

    token: str

    def __repr__(self) -> str:
        return "InvitationLook()"


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /session."""

    invitation: str

    def __repr__(self) -> str:
        return "SignIn()"


class InvitationPreview(Struct, frozen=True):
    """Whom an invitation is for. `name` is the roster name, or the alias when somebody else has used the link.

    `class_name`, `school` and `country` are None for a visitor.
    """

    project: ProjectId
    member: MemberId
    title: str
    name: str
    role: Role
    class_name: str | None
    school: str | None
    country: str | None
    state: Literal["open", "used", "used_by_you"]


class SignedIn(Struct, frozen=True):
    """The answer to POST /session."""

    project: ProjectId
    member: MemberId


class Identity(Struct, frozen=True):
    """A member whose session this browser holds."""

    project: ProjectId
    member: MemberId
    title: str
    name: str
    role: Role


class Identities(Struct, frozen=True):
    """The answer to GET /session."""

    sessions: tuple[Identity, ...]


def cookie_name(member: MemberId) -> str:
    """The session cookie of a member. Raises `Refused` with INVALID for what cannot be a member's id."""
    if not MEMBER_SHAPE.fullmatch(member):
        raise Refused(ErrorCode.INVALID, "member")
    return f"{COOKIE_PREFIX}{member}"


def routes(settings: Settings, auth: Auth, administration: Administration, static: Path = STATIC) -> list[web.RouteDef]:
    """The page and its session requests, for an application that `rtserver.http.prepare` has set up."""
    page = Page(static, document_policy(settings), WORKER if settings.offline_page else FAREWELL)
    sessions = Sessions(settings, auth, administration)
    return [
        web.get("/", page.index),
        web.get("/join", page.index),
        web.get("/twinspace/{tail:.*}", page.index),
        web.get("/assets/{name:.+}", page.asset),
        web.get(f"/{WORKER}", page.worker),
        web.get(r"/{name:[^/]+\.[a-z0-9]+}", page.file),
        web.post("/session/invitation", sessions.preview),
        web.post("/session", sessions.sign_in),
        web.get("/session", sessions.list_own),
        web.delete("/session", sessions.sign_out),
    ]


class Page:
    """The files of the built page."""

    def __init__(self, static: Path, policy: str, worker: str = WORKER) -> None:
        """`policy`: the Content-Security-Policy of the document. `worker`: which file browsers get as `WORKER`."""
        self._files = StaticFiles(static)
        self._policy = policy
        self._worker = worker

    async def index(self, request: web.Request) -> web.Response:
        """The one document, which finds out by its address what to show; 503 when it was not built."""
        response = await self._files.respond(request, INDEX, ALWAYS_ASK)
        if response is not None:
            response.headers["Content-Security-Policy"] = self._policy
            return response
        status = HTTPStatus.SERVICE_UNAVAILABLE
        return web.Response(text=NOT_BUILT, status=status, headers={"Cache-Control": "no-store"})

    async def asset(self, request: web.Request) -> web.Response:
        """A file with a hash in its name."""
        return await self._found(request, f"assets/{request.match_info['name']}", FOREVER)

    async def file(self, request: web.Request) -> web.Response:
        """A file that keeps its name, such as an icon."""
        name = request.match_info["name"]
        return await (self.index(request) if name == INDEX else self._found(request, name, ALWAYS_ASK))

    async def worker(self, request: web.Request) -> web.Response:
        """The service worker, by a name that stays: browsers look under it for the next one (W3C Service Workers)."""
        return await self._found(request, self._worker, ALWAYS_ASK)

    async def _found(self, request: web.Request, name: str, cache_control: str) -> web.Response:
        response = await self._files.respond(request, name, cache_control)
        if response is None:
            raise web.HTTPNotFound
        return response


class Sessions:
    """The session requests of the page."""

    def __init__(self, settings: Settings, auth: Auth, administration: Administration) -> None:
        self._settings = settings
        self._auth = auth
        self._administration = administration

    async def preview(self, request: web.Request) -> web.Response:
        """Whom an invitation is for, without spending it."""
        require_own_page(request, self._settings.own_origins)
        look = await read_json(request, InvitationLook, BODY_BYTES_MAX)
        invitation = await self._auth.inspect_invitation(look.token)
        held = await self._held(request, invitation.project, invitation.member)
        project = await self._administration.project(invitation.project)
        member = await self._member(invitation.project, invitation.member)
        school_class = _class_of(project, member)
        state: Literal["open", "used", "used_by_you"] = "open"
        if invitation.used:
            state = "used" if held is None else "used_by_you"
        return json_response(
            InvitationPreview(
                project=project.id,
                member=member.id,
                title=project.title,
                name=(member.alias if state == "used" else member.roster_name) or ERASED_NAME,
                role=member.role,
                class_name=None if school_class is None else school_class.name,
                school=None if school_class is None else school_class.school,
                country=None if school_class is None else school_class.country,
                state=state,
            )
        )

    async def sign_in(self, request: web.Request) -> web.Response:
        """Exchange an invitation for a session cookie.

        In a browser that is signed in as this member already, an invitation always succeeds, a spent one too: the link
        that a pupil got is the one that the pupil clicks again tomorrow.
        """
        require_own_page(request, self._settings.own_origins)
        wanted = await read_json(request, SignIn, BODY_BYTES_MAX)
        invitation = await self._auth.inspect_invitation(wanted.invitation)
        await self._member(invitation.project, invitation.member)
        answer = json_response(SignedIn(invitation.project, invitation.member))
        held = await self._held(request, invitation.project, invitation.member)
        if held is None:
            session, token = await self._auth.redeem_invitation(wanted.invitation)
            self._set_cookie(answer, session, token)
        elif not invitation.used:
            with suppress(Refused):  # another tab of this browser was first
                await self._auth.spend_invitation(wanted.invitation, held)
        return answer

    async def list_own(self, request: web.Request) -> web.Response:
        """The members whose live sessions this browser holds."""
        members = _members_in(request)[:SESSIONS_MAX]
        # One look for all: whoever has no session at all may send as many cookies as anybody.
        live = await self._auth.sessions([request.cookies[cookie_name(member)] for member in members])
        held = {session.member: session for session in live}
        found: list[Identity] = []
        for member in members:
            if member in held:
                found += await self._described(held[member])
        return json_response(Identities(tuple(found)))

    async def sign_out(self, request: web.Request) -> web.Response:
        """End the session of one member in this browser: 204, also when there is none."""
        require_own_page(request, self._settings.own_origins)
        member = request.query.get("member", "")
        name = cookie_name(member)
        session = await self._held(request, None, member)
        if session is not None:
            await self._auth.end_session(session.id)
        answer = web.Response(status=HTTPStatus.NO_CONTENT, headers={"Cache-Control": "no-store"})
        secure = self._settings.secure
        answer.del_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")
        return answer

    # --- Helpers ----------------------------------------------------------------------------------------------

    async def _held(self, request: web.Request, project: ProjectId | None, member: MemberId) -> Session | None:
        """The live session of a member (of `project`, unless it is None) that this browser holds."""
        token = request.cookies.get(cookie_name(member))
        session = None if token is None else await self._auth.session(token)
        if session is None or session.member != member or project not in (None, session.project):
            return None
        return session

    async def _member(self, project: ProjectId, member: MemberId) -> MemberDetail:
        try:
            return await self._administration.member(project, member)
        except Refused as refusal:
            if refusal.code is ErrorCode.UNKNOWN_MEMBER:
                raise Refused(ErrorCode.NOT_A_MEMBER) from None
            raise

    async def _described(self, session: Session) -> list[Identity]:
        try:
            project = await self._administration.project(session.project)
            member = await self._administration.member(session.project, session.member)
        except Refused:
            return []  # removed meanwhile
        name = member.roster_name or ERASED_NAME
        return [Identity(project.id, member.id, project.title, name, member.role)]

    def _set_cookie(self, answer: web.Response, session: Session, token: str) -> None:
        answer.set_cookie(
            cookie_name(session.member),
            token,
            max_age=round(self._settings.session_lifetime),
            path="/",
            secure=self._settings.secure,
            httponly=True,
            samesite="Lax",
        )


def _class_of(project: ProjectDetail, member: MemberDetail) -> SchoolClass | None:
    return next((known for known in project.classes if known.id == member.class_id), None)


def _members_in(request: web.Request) -> list[MemberId]:
    """The members whose cookies this browser sends, live or not."""
    names = (name for name in request.cookies if name.startswith(COOKIE_PREFIX))
    members = (name.removeprefix(COOKIE_PREFIX) for name in names)
    return [member for member in members if MEMBER_SHAPE.fullmatch(member)]
