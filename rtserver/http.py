"""What all HTTP answers share: refusals as JSON with a fitting status, bounded bodies, security headers.

`prepare` sets an application up; `rtserver.api`, `rtserver.pages` and `rtserver.health` only raise `Refused`.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import structlog
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError

from rooms.errors import ErrorCode, Refused
from rooms.messages import Failure
from rooms.ports import LogUnavailable
from rtserver.config import Settings
from rtserver.observability import request_name
from rtserver.shapes import complaint

log = structlog.get_logger(__name__)

JSON_PATHS = ("/api/", "/session", "/projects/", "/problems")
"""Below these, unknown paths and methods are answered with JSON too."""

JSON_TYPE = "application/json"

OWN_SITE = "same-origin"
"""What browsers say in Sec-Fetch-Site of a request from a page of this server (Fetch Metadata)."""

STATUS: dict[ErrorCode, HTTPStatus] = {
    # The request itself
    ErrorCode.UNKNOWN_COMMAND: HTTPStatus.NOT_FOUND,
    ErrorCode.INVALID: HTTPStatus.BAD_REQUEST,
    ErrorCode.MALFORMED: HTTPStatus.BAD_REQUEST,
    ErrorCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.NOT_JOINED: HTTPStatus.CONFLICT,
    ErrorCode.NOT_IN_CALL: HTTPStatus.CONFLICT,
    ErrorCode.UNKNOWN_PARTICIPANT: HTTPStatus.NOT_FOUND,
    ErrorCode.OFFER_REFUSED: HTTPStatus.BAD_REQUEST,
    # Getting in
    ErrorCode.VERSION_UNSUPPORTED: HTTPStatus.BAD_REQUEST,
    ErrorCode.ORIGIN_REFUSED: HTTPStatus.FORBIDDEN,
    ErrorCode.SIGN_IN_REQUIRED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.TICKET_INVALID: HTTPStatus.GONE,
    ErrorCode.SESSION_ENDED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.INVITATION_INVALID: HTTPStatus.GONE,
    ErrorCode.API_KEY_INVALID: HTTPStatus.UNAUTHORIZED,
    ErrorCode.TOO_MANY_DEVICES: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.SERVER_FULL: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.CONNECT_TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    # Membership and rights
    ErrorCode.NOT_A_MEMBER: HTTPStatus.FORBIDDEN,
    ErrorCode.UNKNOWN_PROJECT: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_ROOM: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_MEMBER: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_CLASS: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_MESSAGE: HTTPStatus.NOT_FOUND,
    ErrorCode.MESSAGE_DELETED: HTTPStatus.CONFLICT,
    ErrorCode.PROJECT_NOT_STARTED: HTTPStatus.CONFLICT,
    ErrorCode.PROJECT_ARCHIVED: HTTPStatus.CONFLICT,
    ErrorCode.ROOM_BANNED: HTTPStatus.FORBIDDEN,
    ErrorCode.OTHER_GROUP: HTTPStatus.FORBIDDEN,
    ErrorCode.ROOM_CLOSED: HTTPStatus.CONFLICT,
    ErrorCode.ROOM_LOCKED: HTTPStatus.CONFLICT,
    ErrorCode.CAPABILITY_OFF: HTTPStatus.FORBIDDEN,
    ErrorCode.NO_TEACHER_PRESENT: HTTPStatus.CONFLICT,
    ErrorCode.CALL_REMOVED: HTTPStatus.FORBIDDEN,
    ErrorCode.CALL_ENDED: HTTPStatus.CONFLICT,
    ErrorCode.CALL_HELD: HTTPStatus.FORBIDDEN,
    ErrorCode.CALL_ELSEWHERE: HTTPStatus.CONFLICT,
    ErrorCode.CALL_ON_OTHER_SERVER: HTTPStatus.CONFLICT,
    ErrorCode.CALL_OUT_OF_REACH: HTTPStatus.CONFLICT,
    ErrorCode.NOT_YOUR_MESSAGE: HTTPStatus.FORBIDDEN,
    ErrorCode.TEACHERS_ONLY: HTTPStatus.FORBIDDEN,
    ErrorCode.FOUNDERS_ONLY: HTTPStatus.FORBIDDEN,
    ErrorCode.FOUNDER_STAYS: HTTPStatus.CONFLICT,
    ErrorCode.NOT_FOR_TEACHERS: HTTPStatus.CONFLICT,
    ErrorCode.NOT_FOR_STAFF_ROOM: HTTPStatus.CONFLICT,
    ErrorCode.OTHER_CLASS: HTTPStatus.FORBIDDEN,
    # The board
    ErrorCode.UNKNOWN_BOARD: HTTPStatus.NOT_FOUND,
    ErrorCode.UNKNOWN_ELEMENT: HTTPStatus.NOT_FOUND,
    ErrorCode.BOARD_READ_ONLY: HTTPStatus.FORBIDDEN,
    ErrorCode.BOARD_FULL: HTTPStatus.CONFLICT,
    ErrorCode.BOARD_LAST: HTTPStatus.CONFLICT,
    ErrorCode.ELEMENT_CHANGED: HTTPStatus.CONFLICT,
    ErrorCode.ELEMENT_GONE: HTTPStatus.CONFLICT,
    ErrorCode.ELEMENT_LOCKED: HTTPStatus.CONFLICT,
    ErrorCode.NOT_YOUR_ELEMENT: HTTPStatus.FORBIDDEN,
    ErrorCode.LINK_REFUSED: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNDO_TOO_LATE: HTTPStatus.CONFLICT,
    ErrorCode.EXPORT_OFF: HTTPStatus.FORBIDDEN,
    ErrorCode.POLL_OPEN: HTTPStatus.CONFLICT,
    ErrorCode.POLL_CLOSED: HTTPStatus.CONFLICT,
    # Files
    ErrorCode.FILE_TYPE_REFUSED: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    ErrorCode.FILE_UNREADABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.UNKNOWN_FILE: HTTPStatus.NOT_FOUND,
    # The domain's own consistency
    ErrorCode.COUNTRY_UNKNOWN: HTTPStatus.BAD_REQUEST,
    ErrorCode.TIMEZONE_UNKNOWN: HTTPStatus.BAD_REQUEST,
    ErrorCode.LANGUAGE_UNKNOWN: HTTPStatus.BAD_REQUEST,
    ErrorCode.FOUNDERS_SAME_COUNTRY: HTTPStatus.BAD_REQUEST,
    ErrorCode.FOUNDERS_SAME_CLASS: HTTPStatus.BAD_REQUEST,
    ErrorCode.TOO_MANY: HTTPStatus.CONFLICT,
    # The server
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorCode.SHUTTING_DOWN: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.SLOW: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The HTTP status of every refusal."""

AIOHTTP_CODES: dict[int, ErrorCode] = {
    HTTPStatus.NOT_FOUND: ErrorCode.UNKNOWN_COMMAND,
    HTTPStatus.METHOD_NOT_ALLOWED: ErrorCode.UNKNOWN_COMMAND,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ErrorCode.TOO_LARGE,
}
"""What aiohttp itself refuses, in our words; anything else is INVALID."""

BODY_DEADLINE = 10.0
"""Seconds for a body of JSON, some kilobytes at most: who never sends it would hold a connection open for nothing."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Body = TypeVar("Body")


class HttpRefused(Refused):
    """A refusal whose status says more than its code does."""

    def __init__(
        self, status: HTTPStatus, code: ErrorCode, detail: str | None = None, retry_after: int | None = None
    ) -> None:
        """`retry_after`: see `Refused`; it is in the header of that name, too."""
        super().__init__(code, detail, retry_after)
        self.status = status


def prepare(app: web.Application, settings: Settings) -> None:
    """Give every answer of `app` its security headers, and every error its form."""
    app.middlewares.append(errors)
    headers = security_headers(settings)

    async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
        response.headers.pop("Server", None)  # versions are nobody's business
        for name, value in headers.items():
            response.headers.setdefault(name, value)

    app.on_response_prepare.append(add_headers)


def security_headers(settings: Settings) -> dict[str, str]:
    """The headers of every answer: our pages load and connect to nothing but this server."""
    return {
        "Content-Security-Policy": _policy(settings),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(self), microphone=(self), display-capture=(self), geolocation=()",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


def document_policy(settings: Settings) -> str:
    """The Content-Security-Policy of the page's document, whose board needs more than other answers do.

    There is one document: who goes from a chat to the board loads none anew. Fonts and workers of the editor come from
    this server, as `default-src` says; the WebAssembly with which it would make saved drawings smaller it does without.
    """
    # The editor is given pictures as data: addresses, draws its cursors and icons from such, and saves by way of blob:.
    return _policy(settings, {"img-src": "'self' data: blob:"})


def _policy(settings: Settings, more: Mapping[str, str] = MappingProxyType({})) -> str:
    sockets = " ".join(sorted(_socket_origin(origin) for origin in settings.own_origins))
    policy = {
        "default-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",  # components set sizes and places in style attributes
        "connect-src": f"'self' {sockets}",  # not every browser counts ws: as 'self'
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": " ".join(settings.allowed_origins) or "'none'",
        **more,
    }
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def require_own_page(request: web.Request, own_origins: Collection[str]) -> None:
    """Browsers name the page that sends such a request; programs, which have nobody's cookies, need not.

    Raises `Refused` with ORIGIN_REFUSED.
    """
    origin = request.headers.get("Origin")
    is_foreign = origin is not None and origin not in own_origins
    if is_foreign or request.headers.get("Sec-Fetch-Site", OWN_SITE) != OWN_SITE:
        raise Refused(ErrorCode.ORIGIN_REFUSED)


def json_response(body: object, status: int = HTTPStatus.OK) -> web.Response:
    """An answer that nobody keeps: it is about persons, or holds a token."""
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        content_type=JSON_TYPE,
        headers={"Cache-Control": "no-store"},
    )


def status_of(refusal: Refused) -> HTTPStatus:
    """The HTTP status of a refusal."""
    return refusal.status if isinstance(refusal, HttpRefused) else STATUS.get(refusal.code, HTTPStatus.BAD_REQUEST)


def error_body(refusal: Refused) -> dict[str, Failure]:
    """What the answer to a refused request holds, whichever transport it came by."""
    return {"error": Failure.of(refusal)}


def error_response(refusal: Refused) -> web.Response:
    """`{"error": {"code", "message", "retry"}}`, and "retry_after" where that is known."""
    status = status_of(refusal)
    response = json_response(error_body(refusal), status)
    if status == HTTPStatus.UNAUTHORIZED and refusal.code is ErrorCode.API_KEY_INVALID:
        response.headers["WWW-Authenticate"] = "Bearer"
    if refusal.retry_after is not None:
        response.headers["Retry-After"] = str(refusal.retry_after)
    if status == HTTPStatus.REQUEST_TIMEOUT:
        response.force_close()  # what is left of the body would be taken for the next request
    return response


async def read_json(request: web.Request, body_type: type[Body], limit: int) -> Body:
    """The body of `request`, at most `limit` bytes of JSON, as a `body_type`.

    Raises `Refused` with INVALID (415 for another content type), TOO_LARGE or MALFORMED (408 when it does not come).
    """
    if request.content_type != JSON_TYPE:
        detail = f"the content type must be {JSON_TYPE}"
        raise HttpRefused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, ErrorCode.INVALID, detail)
    async with in_time(BODY_DEADLINE, f"the body did not come within {BODY_DEADLINE:.0f} seconds"):
        raw = b"".join([chunk async for chunk in read_chunks(request, limit)])
    try:
        return msgspec.json.decode(raw, type=body_type)
    except msgspec.ValidationError as error:
        raise Refused(ErrorCode.INVALID, complaint(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(ErrorCode.MALFORMED, "it is not JSON") from None


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into an answer; a bug is logged and answered without details."""
    try:
        return await handler(request)
    except Refused as refusal:
        return error_response(refusal)
    except LogUnavailable as error:
        log.warning("http.unavailable", request=_name(request), route=_route(request), error=str(error))
        return error_response(Refused(ErrorCode.UNAVAILABLE))
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST or not request.path.startswith(JSON_PATHS):
            raise
        return _translated(error)
    except ConnectionError:
        raise  # the client has gone; there is nobody to answer
    except Exception:
        log.exception("http.failed", request=_name(request), method=request.method, route=_route(request))
        return error_response(Refused(ErrorCode.INTERNAL))


def _translated(error: web.HTTPException) -> web.Response:
    """aiohttp's own 404, 405 and the like."""
    code = AIOHTTP_CODES.get(error.status, ErrorCode.INVALID)
    response = error_response(HttpRefused(HTTPStatus(error.status), code, error.reason))
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response


@asynccontextmanager
async def in_time(seconds: float, late: str) -> AsyncIterator[None]:
    """For as long as a body is read. Raises `Refused` with MALFORMED (408), saying `late`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise HttpRefused(HTTPStatus.REQUEST_TIMEOUT, ErrorCode.MALFORMED, late) from None


async def read_chunks(request: web.Request, limit: int) -> AsyncIterator[bytes]:
    """The body of `request`, at most `limit` bytes, as it comes. Raises `Refused` with TOO_LARGE or MALFORMED."""
    if (request.content_length or 0) > limit:
        raise Refused(ErrorCode.TOO_LARGE, f"at most {limit} bytes")
    count = 0
    try:
        async for chunk in request.content.iter_any():
            count += len(chunk)
            if count > limit:
                raise Refused(ErrorCode.TOO_LARGE, f"at most {limit} bytes")
            yield chunk
    except (BadHttpMessage, HttpProcessingError, web.RequestPayloadError):
        raise Refused(ErrorCode.MALFORMED, "the body could not be read") from None


def _name(request: web.Request) -> str:
    return request_name(request.headers.get("X-Request-ID"))


def _route(request: web.Request) -> str:
    """The pattern that matched, never the path: ids and what people type stay out of the log."""
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def _socket_origin(origin: str) -> str:
    parts = urlsplit(origin)
    return f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
