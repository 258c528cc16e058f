"""Problem reports: what a person's page saw of its connection, sent to the server's log when the person says so.

A report holds ids, timings and codes only, and its shape keeps it so: every text in it is matched by a narrow pattern,
every list and number is bounded. Names, messages, addresses and tokens have no place where they could stand.
"""

import secrets
from contextlib import suppress
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Annotated

import msgspec
import structlog
from aiohttp import web
from msgspec import Meta, Struct

from rooms.errors import Refused
from rooms.model import MemberId, ProjectId
from rooms.ports import LogUnavailable
from rtserver.auth import Auth
from rtserver.auth_cookie import signed_in_as
from rtserver.budgets import Budgets, take
from rtserver.config import Settings
from rtserver.http import json_response, read_json, require_own_page
from rtserver.hub.limits import MILLISECONDS, Bucket, Rate
from rtserver.live_stream import Clock

log = structlog.get_logger(__name__)

REPORT_BYTES_MAX = 8_192
"""Bytes of one report: `HISTORY_MAX` entries at their longest take three quarters of it."""

HISTORY_MAX = 40
"""Things that happened: a quarter of an hour of a line that comes and goes every 20 s."""

OF_MEMBER = Rate(per_second=1 / 60, burst=10)
"""Reports of one person who is signed in: each time that something is tried, and then one a minute."""

MEMBERS_MAX = 5_000
"""Members remembered; beyond that the one who has not reported for longest begins anew."""

OF_NETWORK = Rate(per_second=1 / 60, burst=20)
"""Reports from one network of people who are not signed in: a class whose cards do not work shares one."""

NETWORKS_MAX = 1_000
"""Networks remembered, in memory only."""

OF_STRANGERS = Rate(per_second=0.1, burst=120)
"""Of all who are not signed in, wherever they are: somebody who means ill writes 70 MB a day into the log, and takes
nothing from members."""

PREFIXES = {4: 24, 6: 64}
"""Bits of an address that name its network, by the version of the protocol: what one site is given."""

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
        self._of_members: Budgets[tuple[ProjectId, MemberId]] = Budgets(OF_MEMBER, MEMBERS_MAX)
        self._of_networks: Budgets[str] = Budgets(OF_NETWORK, NETWORKS_MAX)
        self._of_strangers = Bucket(OF_STRANGERS)

    async def take(self, request: web.Request) -> web.Response:
        """Write a report to the log. Refused with TOO_MANY_REQUESTS when there were too many."""
        require_own_page(request, self._own_origins)
        report = await read_json(request, Report, REPORT_BYTES_MAX)
        member = await self._member(request, report)
        if member is not None:
            self._of_members.take(member, self._clock())
        else:
            self._of_networks.take(network_of(request.remote), self._clock())
            take(self._of_strangers, self._clock())
        reference = "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(REFERENCE_LENGTH))
        log.warning("problem.reported", reference=reference, signed_in=member is not None, **_fields(report))
        return json_response(ReportTaken(reference), HTTPStatus.CREATED)

    async def _member(self, request: web.Request, report: Report) -> tuple[ProjectId, MemberId] | None:
        """Project and member, where they are those of this browser, and not only said to be."""
        if report.project is None or report.member is None:
            return None
        with suppress(LogUnavailable, Refused):  # a report about a database that is away must not need it
            return report.project, await signed_in_as(request, self._auth, report.project, report.member)
        return None


def network_of(address: str | None) -> str:
    """The network of an address: that of the proxy where there is one, so that all who come by it share a budget."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return ""
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network((found, PREFIXES[found.version]), strict=False))


def _fields(report: Report) -> dict[str, object]:
    """What the log's line holds: what is not known is left out, and what happened is one short text each."""
    fields = msgspec.to_builtins(report)
    happened = [
        " ".join(part for part in (f"+{entry.at / MILLISECONDS:.1f}s", entry.what, entry.code) if part)
        for entry in report.history
    ]
    return {name: value for name, value in fields.items() if value is not None} | {"history": happened}
