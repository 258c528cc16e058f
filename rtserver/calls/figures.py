"""What goes on in calls, for whoever watches the server: per call and track over HTTP, and whether media works at all.

Ids and numbers only. A key of a project sees the calls of that project, one of an organisation what its workers do.
"""

from collections.abc import Iterable

from aiohttp import web
from msgspec import Struct

from media.engine import CallFigures, EngineUnavailable, SubscriberFigures, TrackFigures, WorkerFigures
from rooms.errors import ErrorCode, Refused
from rooms.model import RoomId
from rtserver.administration import Administration
from rtserver.api.guard import Guard
from rtserver.auth import Auth
from rtserver.calls.switchboard import Switchboard
from rtserver.health import Check
from rtserver.http import json_response
from signaling.messages import CallView

MICROSECONDS = 1_000_000


class CallReport(Struct, frozen=True):
    """One call: who is in it, what is received from each, what is sent to each."""

    call: CallView
    tracks: tuple[TrackFigures, ...]
    subscribers: tuple[SubscriberFigures, ...]


class WorkerReport(Struct, frozen=True):
    """One media worker since it started. `microseconds_per_packet`: CPU over packets sent, None before the first."""

    worker: int
    cpu_seconds: float
    packets_received: int
    packets_sent: int
    microseconds_per_packet: float | None
    dropped: dict[str, int]
    calls: int
    tracks: int
    subscribers: int


class Calls(Struct, frozen=True):
    """Those of a project that go on, and how their media does."""

    calls: tuple[CallReport, ...]


class Workers(Struct, frozen=True):
    """All media workers of this process."""

    workers: tuple[WorkerReport, ...]


def routes(auth: Auth, administration: Administration, switchboard: Switchboard) -> list[web.RouteDef]:
    """`/api/v1/projects/{project}/calls` and `/api/v1/media`."""
    guard = Guard(auth, administration)

    async def show_calls(request: web.Request) -> web.Response:
        _, project = await guard.admit(request)
        rooms = [room.id for room in await administration.rooms(project)]
        return json_response(Calls(tuple(await _call_reports(switchboard, rooms))))

    async def show_media(request: web.Request) -> web.Response:
        await guard.organisation_key(request, "watching the media workers")
        return json_response(Workers(tuple(_worker_report(worker) for worker in await _figures(switchboard))))

    return [web.get("/api/v1/projects/{project}/calls", show_calls), web.get("/api/v1/media", show_media)]


def media_check(switchboard: Switchboard, workers: int) -> Check:
    """Every media worker answers."""

    async def check() -> None:
        answering = len(await switchboard.figures())
        if answering < workers:
            raise EngineUnavailable(f"{answering} of {workers} media workers answer")

    return check


async def _call_reports(switchboard: Switchboard, rooms: Iterable[RoomId]) -> list[CallReport]:
    """Of the rooms in which a call goes on; in a mesh nothing is seen of its media."""
    views = {room: view for room in rooms if (call := switchboard.call(room)) and (view := call.view())}
    figures: dict[RoomId, CallFigures] = {}
    if views:
        figures = {call.call: call for worker in await _figures(switchboard) for call in worker.calls}
    nothing = CallFigures("", (), ())
    found = ((view, figures.get(room, nothing)) for room, view in views.items())
    return [CallReport(view, seen.tracks, seen.subscribers) for view, seen in found]


async def _figures(switchboard: Switchboard) -> tuple[WorkerFigures, ...]:
    if not switchboard.has_calls:
        return ()
    try:
        return await switchboard.figures()
    except EngineUnavailable:
        raise Refused(ErrorCode.UNAVAILABLE) from None


def _worker_report(worker: WorkerFigures) -> WorkerReport:
    per_packet = worker.cpu_seconds * MICROSECONDS / worker.packets_sent if worker.packets_sent else None
    return WorkerReport(
        worker=worker.worker,
        cpu_seconds=worker.cpu_seconds,
        packets_received=worker.packets_received,
        packets_sent=worker.packets_sent,
        microseconds_per_packet=per_packet,
        dropped=worker.dropped,
        calls=len(worker.calls),
        tracks=sum(len(call.tracks) for call in worker.calls),
        subscribers=sum(len(call.subscribers) for call in worker.calls),
    )
