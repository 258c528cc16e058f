"""For whoever watches the process: is it alive, and can it serve?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

import structlog
from aiohttp import web
from sqlalchemy import text

from rtserver import __version__
from rtserver.database import Database
from rtserver.http import json_response

log = structlog.get_logger(__name__)

READY_DEADLINE = 2.0
"""Seconds in which each part must answer: shorter than what load balancers usually wait."""

Check = Callable[[], Awaitable[None]]
"""Returns when a part of the server works, raises when it does not."""

Aid = Callable[[], bool]
"""Whether something is there that makes the server better, and that it can do without."""


def routes(
    checks: Mapping[str, Check],
    is_draining: Callable[[], bool] = lambda: False,
    aids: Mapping[str, Aid] | None = None,
) -> list[web.RouteDef]:
    """`/healthz`: the process answers. `/readyz`: every one of `checks`, by name, passes; else 503 and which failed.

    `is_draining`: whether a load balancer is to send nobody here any more; 503 then, too. `aids` are shown beside the
    checks, as `ok` or `lost`, and change nothing: a balancer must not take all nodes out because Redis is away.
    """

    async def healthz(_request: web.Request) -> web.Response:
        return json_response({"status": "ok", "version": __version__})

    async def readyz(_request: web.Request) -> web.Response:
        names = list(checks)
        passed = await asyncio.gather(*(_passes(name, checks[name]) for name in names))
        state = "draining" if is_draining() else "ready" if all(passed) else "not ready"
        status = HTTPStatus.OK if state == "ready" else HTTPStatus.SERVICE_UNAVAILABLE
        parts = {name: "ok" if good else "failed" for name, good in zip(names, passed, strict=True)}
        parts |= {name: "ok" if is_there() else "lost" for name, is_there in (aids or {}).items()}
        return json_response({"status": state, "parts": parts}, status)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


def database_check(database: Database) -> Check:
    """The database answers a question."""

    async def check() -> None:
        async with database.read() as connection:
            await connection.execute(text("SELECT 1"))

    return check


async def _passes(name: str, check: Check) -> bool:
    try:
        async with asyncio.timeout(READY_DEADLINE):
            await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, this part does not work
        log.warning("readyz.failed", part=name, error=repr(error))
        return False
    return True
