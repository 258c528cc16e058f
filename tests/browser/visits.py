"""Gives people browsers, and keeps what they saw when a test fails."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any, Protocol

from playwright.async_api import Browser, ViewportSize
from playwright.async_api import Error as BrowserError

from tests.browser.line import Line
from tests.browser.person import Person
from tests.browser.watcher import Watcher
from tests.wire.server import Server

ACTION_MS = 30_000
"""Milliseconds for one click or one page to load, on a busy machine. Only a test that fails waits as long."""

LEAVING_SECONDS = 60
"""For a browser to close all pages of one test; Chromium itself has no limit."""

DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

USUAL: dict[str, Any] = {
    "locale": "en-GB",
    "timezone_id": "Europe/Paris",
    "reduced_motion": "reduce",
    "viewport": DESKTOP,
    "service_workers": "block",
}
"""A browser as most tests want it; options of `visit` change it. Without a service worker, every request is one that
tests can see and change."""


class Visit(Protocol):
    """Gives `name` a browser that is about to visit `server`. `options`: those of `Browser.new_context`."""

    def __call__(self, name: str, server: Server, *, line: bool = False, **options: Any) -> Awaitable[Person]: ...


class Visitors:
    """All people of one test."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._people: list[Person] = []

    async def visit(self, name: str, server: Server, *, line: bool = False, **options: Any) -> Person:
        """See `Visit`. With `line` the sockets go over a line that the test can cut."""
        context = await self._browser.new_context(**{**USUAL, **options})
        context.set_default_timeout(ACTION_MS)
        watcher, own_line = Watcher(server.url), Line()
        await watcher.watch(context)
        if line:
            await own_line.lay(context)
        person = Person(name, context, await context.new_page(), own_line, watcher)
        self._people.append(person)
        return person

    async def keep_pictures(self, folder: Path, test: str) -> None:
        """Keep what each of them sees now, and what the console said."""
        folder.mkdir(parents=True, exist_ok=True)
        for number, person in enumerate(self._people, 1):
            stem = folder / f"{test}-{number}-{person.name}"
            stem.with_suffix(".log").write_text("\n".join([person.page.url, *person.watcher.console, ""]))
            try:
                await person.page.screenshot(path=stem.with_suffix(".png"), timeout=ACTION_MS)
            except BrowserError as error:  # a page that hangs has no picture
                stem.with_suffix(".log").open("a").write(f"no picture: {error}\n")

    async def leave(self) -> list[Person]:
        """Close every browser. Those who were there."""
        async with asyncio.timeout(LEAVING_SECONDS):
            for person in self._people:
                await person.context.close()
        return self._people
