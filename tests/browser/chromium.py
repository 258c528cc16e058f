"""The browser of the distribution: where it is, and how it is started."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""Programs that are Chromium, as distributions call them; the variable CHROMIUM names another. The first, Playwright's
own choice, is the same engine without anything around pages: ten people come in for 6 s of processor time instead of
16."""

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera and a microphone that are always there and always allowed; a test that wants a refusal takes it back.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
]


def find() -> str:
    """The program's path. Raises `FileNotFoundError`: without a browser these tests fail, they are not skipped."""
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        path = shutil.which(name) if name else None
        if path is not None:
            return path
    raise FileNotFoundError("There is no Chromium in PATH: install it, or name it in the variable CHROMIUM.")


@asynccontextmanager
async def launched(*others: str) -> AsyncIterator[Browser]:
    """A browser without a window. `others`: arguments besides the usual."""
    # Chromium refuses to sandbox what root starts.
    arguments = [*ARGUMENTS, *others, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find(), args=arguments)
        try:
            yield browser
        finally:
            await browser.close()
