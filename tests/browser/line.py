"""The line between one browser and the server, for the tests to cut. Only the sockets go over it, not the page."""

import asyncio
import re
from contextlib import suppress
from typing import Literal

from playwright.async_api import BrowserContext, Route, WebSocketRoute
from playwright.async_api import Error as BrowserError

SOCKETS = re.compile(r"/socket\.io/")

GOING_AWAY = 1001
"""The WebSocket close code with which a cut socket ends, as when a proxy stops."""

REFUSAL = """
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    let opened = false;
    this.addEventListener("open", () => { opened = true; });
    this.addEventListener("close", () => opened || this.dispatchEvent(new Event("error")));
  }
};
"""
"""A browser tells of an error when a socket cannot be opened; Playwright's stand-in for one only closes it."""

HASTY_SECONDS = 0.2
"""Seconds after which a proxy that does not like WebSockets closes them."""

State = Literal["up", "deaf", "cut", "polling"]


class Line:
    """Passes everything on while it is up.

    `deaf`: what the browser says arrives, and no answer comes back. `cut`: open sockets end, and none opens. `polling`:
    a proxy lets WebSockets open and then closes them, but passes HTTP.
    """

    def __init__(self) -> None:
        self._state: State = "up"
        self.lag = 0.0
        """Seconds by which what the server says comes later. Set it before much is said: order is kept by it being the
        same for all."""
        self._open: list[tuple[WebSocketRoute, WebSocketRoute]] = []

    async def lay(self, context: BrowserContext) -> None:
        """Put it between the pages of `context` and the server, before they connect."""
        await context.route_web_socket(SOCKETS, self._on_socket)
        await context.add_init_script(REFUSAL)
        await context.route(SOCKETS, self._on_request)

    def deafen(self) -> None:
        """Let no answer through any more."""
        self._state = "deaf"

    async def cut(self) -> None:
        """End what is open; from now on nothing gets through."""
        self._state = "cut"
        ended, self._open = self._open, []
        for page, server in ended:
            await page.close(code=GOING_AWAY)
            await server.close(code=GOING_AWAY)

    def block_websockets(self) -> None:
        """Close every WebSocket that opens from now on; long-polling works."""
        self._state = "polling"

    def mend(self) -> None:
        """Let new sockets through again."""
        self._state = "up"

    async def _on_socket(self, page: WebSocketRoute) -> None:
        if self._state == "cut":
            await page.close(code=GOING_AWAY)
            return
        if self._state == "polling":
            asyncio.get_running_loop().call_later(HASTY_SECONDS, lambda: asyncio.ensure_future(self._close(page)))
            return
        server = page.connect_to_server()
        page.on_message(server.send)
        server.on_message(lambda message: self._answer(page, message))
        self._open.append((page, server))

    def _answer(self, page: WebSocketRoute, message: str | bytes) -> None:
        if self._state != "up":
            return
        if self.lag:
            asyncio.get_running_loop().call_later(self.lag, page.send, message)
        else:
            page.send(message)

    async def _close(self, page: WebSocketRoute) -> None:
        with suppress(BrowserError):  # the page has gone before
            await page.close(code=GOING_AWAY)

    async def _on_request(self, route: Route) -> None:
        if self._state in ("up", "polling"):
            await route.continue_()
        else:
            await route.abort("connectionfailed")
