"""Problem reports: what a person's page saw of its connection, sent to the server's log when the person says so.

A report holds ids, timings and codes only, and its shape keeps it so: every text in it is matched by a narrow pattern,
every list and number is bounded. Names, messages, addresses and tokens have no place where they could stand.
"""

import secrets
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta, Struct

from rooms.errors import ErrorCode, Refused
from rooms.ports import LogUnavailable
from rtserver.auth import Auth
from rtserver.config import Settings
from rtserver.http import HttpRefused, json_response, read_json, require_own_page
from rtserver.hub.limits import MILLISECONDS, Bucket, Rate
from rtserver.live_stream import Clock
from rtserver.pages import MEMBER_SHAPE, cookie_name

log = structlog.get_logger(__name__)

REPORT_BYTES_MAX = 8_192
"""Bytes of one report: `HISTORY_MAX` entries at their longest take three quarters of it."""

HISTORY_MAX = 40
"""Things that happened: a quarter of an hour of a line that comes and goes every 20 s."""

OF_MEMBERS = Rate(per_second=0.1, burst=120)
"""Reports of people who are signed in, all together: two classes at once, then 6 a minute. Of this process, like the
next one, since a class shares an address."""

OF_ANYBODY = Rate(per_second=1 / 60, burst=20)
"""Of everybody else: somebody who means ill writes 12 MB a day into the log, and takes nothing from members."""

REFERENCE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
"""Read out over the telephone: without those that are taken for one another."""

REFERENCE_LENGTH = 8
"""39 bits: no two reports of one log have the same."""

Id = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}(?!\n)$")]
Word = Annotated[str, Meta(pattern=r"^[a-z_-]{1,32}(?!\n)$")]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.:@-]{1,80}(?!\n)$")]
Program = Annotated[str, Meta(pattern=r"^[A-Za-z]{1,24}( [0-9]{1,6})?(?!\n)$")]
Language = Annotated[str, Meta(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}(?!\n)$")]
Milliseconds = Annotated[int, Meta(ge=0, le=10_000_000_000)]
Pixels = Annotated[int, Meta(ge=0, le=100_000)]
Number = Annotated[int, Meta(ge=0, le=1_000_000)]


class Happening(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happened to the page.

    `at`: milliseconds after it was opened. `what`: a phase of the connection, or a kind of error. `code`: the
    transport, the server's error code, or the type of a fault in the page and its place in our own code.
    """

    at: Milliseconds
    what: Word
    code: Code | None = None


class Report(Struct, frozen=True, forbid_unknown_fields=True):
    """POST /problems. Times are milliseconds, `open_for` since the page was opened; the window is in CSS pixels.

    `round_trips`: of some small requests just now, none when there was no answer. `first_byte`, `ready`: of loading the
    page (W3C Navigation Timing: responseStart, domContentLoadedEventEnd). `waiting`: messages that are not sent yet.
    `is_kept`: the page would open without a network, too.
    """

    page: Code
    protocol: Number
    place: Word
    phase: Word
    browser: Program
    system: Program
    language: Language
    width: Pixels
    height: Pixels
    is_online: bool
    is_kept: bool
    open_for: Milliseconds
    waiting: Number
    project: Id | None = None
    member: Id | None = None
    room: Id | None = None
    first_byte: Milliseconds | None = None
    ready: Milliseconds | None = None
    round_trips: Annotated[tuple[Milliseconds, ...], Meta(max_length=5)] = ()
    history: Annotated[tuple[Happening, ...], Meta(max_length=HISTORY_MAX)] = ()


class ReportTaken(Struct, frozen=True):
    """The answer: `reference` is what the person tells whoever looks after the server, who finds it in the log."""

    reference: str


def routes(settings: Settings, auth: Auth, clock: Clock) -> list[web.RouteDef]:
    """`POST /problems`, for pages of this server only."""
    return [web.post("/problems", Problems(settings, auth, clock).take)]


class Problems:
    """Takes reports, as many as the log can bear."""

    def __init__(self, settings: Settings, auth: Auth, clock: Clock) -> None:
        self._own_origins = settings.own_origins
        self._auth = auth
        self._clock = clock
        self._of_members = Bucket(OF_MEMBERS)
        self._of_anybody = Bucket(OF_ANYBODY)

    async def take(self, request: web.Request) -> web.Response:
        """Write a report to the log. Refused with TOO_MANY_REQUESTS when there were too many."""
        require_own_page(request, self._own_origins)
        report = await read_json(request, Report, REPORT_BYTES_MAX)
        is_signed_in = await self._is_signed_in(request, report)
        limit, rate = (self._of_members, OF_MEMBERS) if is_signed_in else (self._of_anybody, OF_ANYBODY)
        if not limit.take(self._clock()):
            again = round(1 / rate.per_second)
            raise HttpRefused(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS, retry_after=again)
        reference = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(REFERENCE_LENGTH))
        log.warning("problem.reported", reference=reference, signed_in=is_signed_in, **_fields(report))
        return json_response(ReportTaken(reference), HTTPStatus.CREATED)

    async def _is_signed_in(self, request: web.Request, report: Report) -> bool:
        """Whether project and member are those of this browser, and not only said to be."""
        if report.member is None or not MEMBER_SHAPE.fullmatch(report.member):
            return False
        token = request.cookies.get(cookie_name(report.member))
        if token is None:
            return False
        with suppress(LogUnavailable, Refused):  # a report about a database that is away must not need it
            session = await self._auth.session(token)
            return session is not None and (session.project, session.member) == (report.project, report.member)
        return False


def _fields(report: Report) -> dict[str, object]:
    """What the log's line holds: what is not known is left out, and what happened is one short text each."""
    fields = msgspec.to_builtins(report)
    happened = [
        " ".join(part for part in (f"+{entry.at / MILLISECONDS:.1f}s", entry.what, entry.code) if part)
        for entry in report.history
    ]
    return {name: value for name, value in fields.items() if value is not None} | {"history": happened}
