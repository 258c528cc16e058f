"""A look at the process for one scrape: what can be read at once, and what other processes have to be asked."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

from msgspec import Struct

from media.engine import EngineUnavailable, WorkerFigures
from rtserver.broker.port import Broker
from rtserver.calls.switchboard import Switchboard
from rtserver.hub.engine import HubEngine
from rtserver.hub.hub import Hub
from rtserver.metrics.exposition import BrokerState, DiskState, MediaState, State
from signaling.messages import CallMode

ANSWER_DEADLINE = 2.0
"""Seconds for the database and for the media workers to answer: Prometheus itself waits ten."""


class Watched(Struct, frozen=True):
    """What is looked at. `media_workers`: how many there should be; `database`: raises when it does not answer.

    `folder`: where the data lie; None when the database is elsewhere.
    """

    hub: Hub
    sockets: HubEngine
    switchboard: Switchboard
    broker: Broker
    database: Callable[[], Awaitable[None]]
    media_workers: int
    sockets_limit: int
    folder: Path | None


class Asked(Struct, frozen=True):
    """What others have answered."""

    is_database_up: bool
    media: MediaState | None


async def ask(watched: Watched) -> Asked:
    """Ask the database and the media workers, at the same time. Raises nothing."""
    is_up, workers = await asyncio.gather(_is_database_up(watched), _workers(watched))
    media = MediaState(watched.media_workers, workers) if watched.switchboard.has_calls else None
    return Asked(is_up, media)


def look(watched: Watched, asked: Asked) -> State:
    """The process as it is now. Looks at each socket once: some milliseconds for ten thousand of them."""
    by_websocket, by_polling, waiting = watched.sockets.load()
    projects = list(watched.hub.projects)
    views = [view for live in projects for call in live.calls.values() if (view := call.roster.view()).participants]
    modes = Counter({mode.value: 0 for mode in CallMode})
    modes.update(view.mode.value for view in views)
    broker = watched.broker
    return State(
        node=broker.node,
        sockets={"websocket": by_websocket, "polling": by_polling},
        sockets_limit=watched.sockets_limit,
        connections=sum(len(live.connections) for live in projects),
        projects=len(projects),
        rooms=sum(len(live.rooms) for live in projects),
        boards=sum(not board.is_deserted for live in projects for board in live.boards),
        calls=modes,
        participants=sum(len(view.participants) for view in views),
        outbox_bytes=waiting,
        is_draining=watched.hub.drain.is_draining,
        is_database_up=asked.is_database_up,
        tasks=len(asyncio.all_tasks()),
        disk=_disk(watched.folder),
        broker=BrokerState(broker.is_connected, broker.lag, broker.dropped) if broker.is_shared else None,
        media=asked.media,
    )


def _disk(folder: Path | None) -> DiskState | None:
    if folder is None:
        return None
    usage = shutil.disk_usage(folder)
    return DiskState(usage.free, usage.total)


async def _is_database_up(watched: Watched) -> bool:
    try:
        async with asyncio.timeout(ANSWER_DEADLINE):
            await watched.database()
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer; /readyz logs what
        return False
    return True


async def _workers(watched: Watched) -> tuple[WorkerFigures, ...]:
    if not watched.switchboard.has_calls:
        return ()
    try:
        async with asyncio.timeout(ANSWER_DEADLINE):
            return await watched.switchboard.figures()
    except (EngineUnavailable, TimeoutError):
        return ()
