"""Where metrics are asked for: a listener of its own, since the public port is no place for them.

It answers `/metrics` (Prometheus text), and `/healthz` and `/readyz` as the public port does.
"""

import errno
from collections.abc import Iterable

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from rtserver.metrics.exposition import new_registry
from rtserver.metrics.figures import FIGURES
from rtserver.metrics.look import Watched, ask, look
from rtserver.metrics.loop_lag import LoopLag
from rtserver.serving import CannotListen

log = structlog.get_logger(__name__)

SHUTDOWN_DEADLINE = 0.5
"""Seconds for a scrape under way when the server ends."""


class MetricsListener:
    """Serves from `start` to `stop`; with port 0 it does nothing."""

    def __init__(self, host: str, port: int, watched: Watched, health: Iterable[web.RouteDef]) -> None:
        self._host = host
        self._port = port
        self._watched = watched
        self._health = tuple(health)
        self._lag = LoopLag(FIGURES.loop_lag)
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Open the port. Raises `CannotListen`."""
        if self._port == 0:
            return
        app = web.Application()
        app.add_routes((web.get("/metrics", self._metrics), *self._health))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_DEADLINE)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self.stop()
            raise self._cannot_listen(error) from None
        self._lag.start()
        log.info("metrics.ready", host=self._host, port=self._port)

    async def stop(self) -> None:
        """Close it. May be called twice, and without a start."""
        self._lag.stop()
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def _metrics(self, _request: web.Request) -> web.Response:
        watched = self._watched
        asked = await ask(watched)
        text = generate_latest(new_registry(FIGURES, lambda: look(watched, asked)))
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE_LATEST})

    def _cannot_listen(self, error: OSError) -> CannotListen:
        if error.errno == errno.EADDRINUSE:
            return CannotListen(
                f"Port {self._port} for metrics is taken by another program: choose another with RT_METRICS_PORT."
            )
        return CannotListen(
            f"{self._host} port {self._port} for metrics cannot be listened on: {error.strerror or error}."
        )
