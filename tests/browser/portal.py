"""A portal of somebody else: a page on an origin of its own, and the backend that fetches tickets for it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import aiohttp
from aiohttp import web

from loadtests.topology.process import free_port
from tests.wire.server import speak

PAGE = Path(__file__).with_name("portal.html")
CLIENT = Path(__file__).parents[2] / "web/node_modules/socket.io-client/dist/socket.io.min.js"
"""The official client, as a portal would serve it."""


class Portal:
    """Listens on the loopback address, which browsers know by two names: two origins, for two portals in one.

    `server`, `key`, `project` and `member` are set before a browser comes: whom it asks, and for whom.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.server = self.key = self.project = self.member = ""

    @property
    def origin(self) -> str:
        """Its origin by the one name."""
        return f"http://localhost:{self.port}"

    @property
    def other_origin(self) -> str:
        """Its origin by the other name: the same page, from somewhere else."""
        return f"http://127.0.0.1:{self.port}"

    async def page(self, _: web.Request) -> web.FileResponse:
        """The page that embeds a room."""
        return web.FileResponse(PAGE)

    async def client(self, _: web.Request) -> web.FileResponse:
        """The Socket.IO client."""
        return web.FileResponse(CLIENT)

    async def ticket(self, _: web.Request) -> web.Response:
        """What the page needs to connect; a real portal would look first who asks."""
        url = f"{self.server}/api/v1/projects/{self.project}/tickets"
        headers = {"Authorization": f"Bearer {self.key}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.post(url, json={"member": self.member}) as answer,
        ):
            assert answer.status == HTTPStatus.CREATED, await answer.text()
            ticket = speak((await answer.json())["ticket"])
        return web.json_response({"server": self.server, "project": self.project, "ticket": ticket})


@asynccontextmanager
async def open_portal() -> AsyncIterator[Portal]:
    """A portal that serves its page."""
    portal = Portal()
    app = web.Application()
    app.add_routes(
        [
            web.get("/", portal.page),
            web.get("/socket.io.min.js", portal.client),
            web.get("/ticket", portal.ticket),
            web.get("/favicon.ico", portal.client),
        ]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", portal.port).start()
        yield portal
    finally:
        await runner.cleanup()
