"""Lighthouse's scores of the two screens that everybody sees: the door and the room."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, async_playwright

import hatch_build
from loadtests.topology.process import free_port
from tests.browser import chromium
from tests.browser.line import Line
from tests.browser.person import Person
from tests.browser.space import Space
from tests.browser.visits import USUAL
from tests.browser.watcher import Watcher

WEB = Path(__file__).parents[2] / "web"

ACCESSIBILITY_MIN = 1.0
BEST_PRACTICES_MIN = 0.95

RULES_MIN = 25
"""Rules that apply to either; fewer would mean that it looked at nothing."""

STANDARDS = "CSS1Compat"
"""What a browser calls its mode for a page with a doctype: the one rule that Lighthouse is not asked for."""

SECONDS_MAX = 90
"""For all screens on a busy machine; each takes some seconds."""


@asynccontextmanager
async def debugged(folder: Path, port: int) -> AsyncIterator[BrowserContext]:
    """A browser of its own, in whose only profile Lighthouse finds who is signed in."""
    sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
    arguments = [*chromium.ARGUMENTS, *sandbox, f"--remote-debugging-port={port}"]
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(folder), executable_path=chromium.find(), args=arguments, **USUAL
        )
        try:
            yield context
        finally:
            await context.close()


async def look(port: int, *urls: str) -> list[dict[str, Any]]:
    """What Lighthouse says of each."""
    command = [str(hatch_build.node()), "tools/lighthouse.mjs", str(port), *urls]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=WEB, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(SECONDS_MAX):
            told, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, complaints.decode()
    return [json.loads(line) for line in told.splitlines()]


async def test_door_and_room(space: Space, tmp_path: Path) -> None:
    """Accessibility is full, best practices are nearly so. The other screens have axe, which this is made of."""
    port = free_port()
    async with debugged(tmp_path / "profile", port) as context:
        claire = Person("claire", context, context.pages[0], Line(), Watcher(space.server.url))
        await claire.enter(await space.link("claire"))
        await claire.write("Bonjour à tous")
        room = claire.page.url
        assert await claire.page.evaluate("document.compatMode") == STANDARDS
        await claire.open("about:blank")
        seen = await look(port, await space.link("leo"), room)
    assert len(seen) == 2
    assert seen[-1]["url"] == room
    for screen in seen:
        assert screen["passed"] >= RULES_MIN, screen
        assert screen["scores"]["accessibility"] >= ACCESSIBILITY_MIN, screen
        assert screen["scores"]["best-practices"] >= BEST_PRACTICES_MIN, screen
