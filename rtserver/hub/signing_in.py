"""Who a socket is, by what it shows when it connects."""

from http.cookies import CookieError, SimpleCookie
from typing import Any

import msgspec
from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rooms.messages import ConnectAuth, SessionGranted
from rooms.versions import require_supported
from rtserver.auth import Auth
from rtserver.hub.admit import Admission
from rtserver.pages import cookie_name
from rtserver.sessions import Session
from rtserver.shapes import complaint


class SignedIn(Struct, frozen=True):
    """A session that a socket presented; `granted` when it was made from a ticket just now."""

    session: Session
    version: int
    granted: SessionGranted | None = None
    page: str | None = None
    """What the client calls itself each time it connects."""


async def sign_in(auth: Auth, admission: Admission, environ: dict[str, Any], shown: object) -> SignedIn:
    """By a ticket, by a session, or by a session cookie of the server's own pages (`environ`: of the request).

    Raises `Refused`, or `LogUnavailable`.
    """
    try:
        given = msgspec.convert(shown if shown is not None else {}, ConnectAuth)
    except msgspec.ValidationError as error:
        raise Refused(ErrorCode.INVALID, complaint(error)) from None
    require_supported(given.version)
    if given.ticket is not None:
        session, token = await auth.redeem_ticket(given.ticket, admission.project)
        granted = SessionGranted(token, session.member, session.expires_at)
        return SignedIn(session, given.version, granted, given.page)
    token_given = given.session
    if token_given is None:
        token_given = _cookie(environ, given, admission.own_origin)
    found = await auth.session(token_given)
    if found is None or found.project != admission.project:
        raise Refused(ErrorCode.SESSION_ENDED)
    return SignedIn(found, given.version, page=given.page)


def _cookie(environ: dict[str, Any], given: ConnectAuth, is_own_origin: bool) -> str:
    if given.member is None:
        raise Refused(ErrorCode.SIGN_IN_REQUIRED)
    if not is_own_origin:
        raise Refused(ErrorCode.ORIGIN_REFUSED)
    try:
        cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(cookie_name(given.member))
    except CookieError:
        cookie = None
    if cookie is None:
        raise Refused(ErrorCode.SIGN_IN_REQUIRED)
    return cookie.value
