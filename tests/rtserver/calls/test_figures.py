"""What goes on in calls, over HTTP and for /readyz."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from media.engine import (
    CallFigures,
    EngineUnavailable,
    Medium,
    SubscriberFigures,
    TrackFigures,
    WorkerFigures,
)
from rtserver.calls import figures
from rtserver.calls.settings import call_settings
from rtserver.calls.switchboard import Switchboard
from tests.rtserver.hub.support import Classroom, Seat
from tests.rtserver.portal_fixtures import http_client

TRACK = TrackFigures("pt_1", Medium.VIDEO, "h", 100, 0.01, 500_000, 2, 3)
SUBSCRIBER = SubscriberFigures("pt_2", 90, 1, 0.0, 1_000_000, 400_000, {"5": "h"})


def worker(room: str, packets_sent: int = 200) -> WorkerFigures:
    call = CallFigures(room, (TRACK,), (SUBSCRIBER,))
    return WorkerFigures(0, 0.003, 100, packets_sent, {"garbage": 4}, (call, CallFigures("r_elsewhere", (TRACK,), ())))


class Watcher:
    """A portal with keys, that asks."""

    def __init__(self, http: TestClient[Any, Any], classroom: Classroom) -> None:
        self.http = http
        self.classroom = classroom

    async def get(self, path: str, organisation: str | None = "lyon", project: str | None = None) -> tuple[int, Any]:
        headers = {}
        if organisation is not None:
            _, key = await self.classroom.on.auth.create_key("k", organisation, project)
            headers["Authorization"] = f"Bearer {key}"
        async with self.http.get(f"/api/v1{path}", headers=headers) as response:
            return response.status, await response.json()


@pytest.fixture
async def watcher(classroom: Classroom) -> AsyncIterator[Watcher]:
    on, switchboard = classroom.on, classroom.tools.switchboard
    routes = figures.routes(on.auth, on.administration, switchboard)
    async with http_client(on, routes) as http:
        yield Watcher(http, classroom)


async def test_calls_of_a_project(watcher: Watcher, classroom: Classroom, teacher: Seat, pupil: Seat) -> None:
    """Who is in them, what comes and what goes; nothing of other projects."""
    path = f"/projects/{classroom.project}/calls"
    assert await watcher.get(path) == (HTTPStatus.OK, {"calls": []})
    for seat in (teacher, pupil):
        await seat.ask("call.join", room=classroom.hall)
    classroom.engine.measured = (worker(classroom.hall),)
    for project in (None, classroom.project):
        status, body = await watcher.get(path, project=project)
        (call,) = body["calls"]
        assert status == HTTPStatus.OK
        assert [one["member"] for one in call["call"]["participants"]] == [teacher.member, pupil.member]
        assert call["tracks"][0]["keyframe_requests"] == 2
        assert call["subscribers"][0]["layers"] == {"5": "h"}
    assert (await watcher.get(path, "paris"))[0] == HTTPStatus.NOT_FOUND
    assert (await watcher.get(path, None))[0] == HTTPStatus.UNAUTHORIZED


async def test_a_mesh(watcher: Watcher, classroom: Classroom, teacher: Seat) -> None:
    """Is shown without media: the server sees none."""
    await teacher.ask("call.join", room=classroom.hall)
    _, body = await watcher.get(f"/projects/{classroom.project}/calls")
    (call,) = body["calls"]
    assert (call["call"]["mode"], call["tracks"], call["subscribers"]) == ("mesh", [], [])


async def test_workers(watcher: Watcher, classroom: Classroom) -> None:
    """What they have done, and what a packet costs; not whose calls they carry."""
    classroom.engine.measured = (worker("r_1"), worker("r_2", packets_sent=0))
    status, body = await watcher.get("/media")
    first, second = body["workers"]
    assert status == HTTPStatus.OK
    assert first["microseconds_per_packet"] == pytest.approx(15)
    assert (first["calls"], first["tracks"], first["subscribers"], first["dropped"]) == (2, 2, 1, {"garbage": 4})
    assert second["microseconds_per_packet"] is None
    assert (await watcher.get("/media", project=classroom.project))[0] == HTTPStatus.FORBIDDEN
    assert (await watcher.get("/media", None))[0] == HTTPStatus.UNAUTHORIZED


async def test_an_engine_that_does_not_answer(watcher: Watcher, classroom: Classroom, teacher: Seat) -> None:
    """Is said, and may be asked again."""
    await teacher.ask("call.join", room=classroom.hall)
    classroom.engine.fault = EngineUnavailable("restarting")
    for path in ("/media", f"/projects/{classroom.project}/calls"):
        status, body = await watcher.get(path)
        assert (status, body["error"]["retry"]) == (HTTPStatus.SERVICE_UNAVAILABLE, True)


async def test_without_calls(classroom: Classroom) -> None:
    """There are no workers to watch."""
    off = Switchboard(call_settings(classroom.on.settings), None, classroom.on.clock)
    routes = figures.routes(classroom.on.auth, classroom.on.administration, off)
    async with http_client(classroom.on, routes) as http:
        assert await Watcher(http, classroom).get("/media") == (HTTPStatus.OK, {"workers": []})


async def test_ready(classroom: Classroom) -> None:
    """When each worker answers."""
    await figures.media_check(classroom.tools.switchboard, workers=1)()
    with pytest.raises(EngineUnavailable, match="1 of 2"):
        await figures.media_check(classroom.tools.switchboard, workers=2)()
