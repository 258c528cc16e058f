"""The API over a real socket, on a database of its own; and messages without a hub."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.test_utils import TestClient

from rooms.chat.mentions import mentioned
from rooms.events import ChatPosted
from rooms.ports import Append
from rooms.stream import Event, room_stream
from rtserver.api import routes
from rtserver.broker.factory import new_broker
from rtserver.calls import figures
from rtserver.calls.settings import call_settings
from rtserver.calls.switchboard import Switchboard
from rtserver.statistics import Statistics
from rtserver.storage import SqlLog
from rtserver.transcripts.reading import Transcripts
from tests.rtserver.portal_fixtures import Backend, http_client


def transcripts(on: Backend) -> Transcripts:
    log = SqlLog(on.database)
    return Transcripts(on.owners, log, log, on.clock)


@asynccontextmanager
async def api_client(on: Backend) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """All of `/api/v1`, on a server without calls."""
    statistics = Statistics(on.database, on.owners, on.clock)
    served = routes.routes(on.auth, on.administration, transcripts(on), statistics)
    switchboard = Switchboard(call_settings(on.settings), None, on.clock, new_broker(on.settings))
    served += figures.routes(on.auth, on.administration, switchboard)
    async with http_client(on, served) as client:
        yield client


async def write(on: Backend, room: str, *said: tuple[str, str], language: str | None = None) -> None:
    """Put messages into a room: who, and what."""
    log = SqlLog(on.database)
    stream = room_stream(room)
    try:
        for actor, text in said:
            head = (await log.open(stream)).position
            body = ChatPosted(text, None, mentioned(text, lambda _: True), language)
            event = Event(stream, head.seq + 1, on.clock(), actor, f"nonce-{head.seq + 1}", body)
            await log.append(Append(stream, head, (event,), ()))
    finally:
        await log.close()
