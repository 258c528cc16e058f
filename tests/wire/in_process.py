"""The whole application in the process of the test, on a free port, with a media engine that the test holds."""

from pathlib import Path
from typing import Any

from aiohttp import web

from loadtests.topology.process import free_port
from rtserver.app import _site, create_app
from rtserver.config import Settings
from rtserver.config_loading import load
from tests.media_engine import FakeEngine

SHUTDOWN = 1.0
"""Seconds for open requests to end."""


class InProcessServer:
    """Starts, stops and restarts the application on the same data and port."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        """`settings` as those of `rtserver.config`."""
        self.overrides: dict[str, Any] = {"port": free_port(), "data": folder, **settings}
        self.engine = FakeEngine()
        self._runner: web.AppRunner | None = None

    @property
    def settings(self) -> Settings:
        """The settings that it runs with."""
        return load(**self.overrides)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.overrides['port']}"

    async def start(self) -> "InProcessServer":
        """Start it, with an engine that knows nothing."""
        assert self._runner is None
        self.engine = FakeEngine()
        app = await create_app(self.settings, new_engine=lambda _: self.engine)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)
        await self._runner.setup()
        await _site(self.settings, self._runner, app, None).start()
        return self

    async def stop(self) -> None:
        """End it as an operator does."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
            assert not self.engine.is_running
