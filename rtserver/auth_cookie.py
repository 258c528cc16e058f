"""Who asks without a socket: known by the session cookie of one member, whom `?member=` names."""

from aiohttp import web

from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId, ProjectId
from rtserver.auth import Auth
from rtserver.pages import cookie_name


async def signed_in(request: web.Request, auth: Auth, project: ProjectId) -> MemberId:
    """The member of `project` whose cookie this browser sends.

    Raises `Refused` with SIGN_IN_REQUIRED or SESSION_ENDED, or with INVALID for what cannot be a member's id.
    """
    return await signed_in_as(request, auth, project, request.query.get("member", ""))


async def signed_in_as(request: web.Request, auth: Auth, project: ProjectId, member: MemberId) -> MemberId:
    """The same for a member who is named otherwise."""
    token = request.cookies.get(cookie_name(member))
    if token is None:
        raise Refused(ErrorCode.SIGN_IN_REQUIRED)
    session = await auth.session(token)
    if session is None or session.member != member or session.project != project:
        raise Refused(ErrorCode.SESSION_ENDED)
    return member
