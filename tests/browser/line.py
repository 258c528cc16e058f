"""The line between one browser and the server, for the tests to cut. Only the sockets go over it, not the page."""

import re
from typing import Literal

from playwright.async_api import BrowserContext, Route, WebSocketRoute

SOCKETS = re.compile(r"/socket\.io/")

GOING_AWAY = 1001
"""The WebSocket close code with which a cut socket ends, as when a proxy stops."""

State = Literal["up", "deaf", "cut"]


class Line:
    """Passes everything on while it is up.

    `deaf`: what the browser says arrives, and no answer comes back. `cut`: open sockets end, and none opens.
    """

    def __init__(self) -> None:
        self._state: State = "up"
        self._open: list[tuple[WebSocketRoute, WebSocketRoute]] = []

    async def lay(self, context: BrowserContext) -> None:
        """Put it between the pages of `context` and the server, before they connect."""
        await context.route_web_socket(SOCKETS, self._on_socket)
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

    def mend(self) -> None:
        """Let new sockets through again."""
        self._state = "up"

    async def _on_socket(self, page: WebSocketRoute) -> None:
        if self._state == "cut":
            await page.close(code=GOING_AWAY)
            return
        server = page.connect_to_server()
        page.on_message(server.send)
        server.on_message(lambda message: page.send(message) if self._state == "up" else None)
        self._open.append((page, server))

    async def _on_request(self, route: Route) -> None:
        if self._state == "up":
            await route.continue_()
        else:
            await route.abort("connectionfailed")
