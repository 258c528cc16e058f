"""Nodes that only tell what reached them: for what HAProxy itself decides."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from loadtests.topology.process import HOST, free_port


class StubNode:
    """Answers every request with its own name, the headers, and the how-manieth of its connection that it was."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = free_port()
        self.is_ready = True
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._requests: dict[tuple[str, int], itertools.count[int]] = {}
        """By the connection's other end."""

    @property
    def listed(self) -> tuple[str, str, int]:
        """As the balancer has to know it."""
        return self.name, HOST, self.port

    async def start(self) -> None:
        """Open its port."""
        app = web.Application()
        app.router.add_get("/readyz", self._ready)
        app.router.add_get("/socket.io/", self._socket)
        app.router.add_route("*", "/{path:.*}", self._tell)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, HOST, self.port)
        await self._site.start()

    async def stop(self) -> None:
        """Close it and all its connections."""
        if self._runner is not None and self._site is not None:
            await self._site.stop()
            await _accepted()
            await self._runner.cleanup()
            self._runner = self._site = None

    async def _ready(self, _: web.Request) -> web.Response:
        return web.Response(status=200 if self.is_ready else 503)

    async def _tell(self, request: web.Request) -> web.Response:
        return web.json_response(self._told(request, len(await request.read())))

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        """A WebSocket that says first what it knows, then what it hears."""
        if request.headers.get("Upgrade", "").lower() != "websocket":
            return await self._tell(request)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json(self._told(request, 0))
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    def _told(self, request: web.Request, body: int) -> dict[str, Any]:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        count = next(self._requests.setdefault(peer, itertools.count(1)))
        return {
            "node": self.name,
            "path": request.path_qs,
            "headers": {name.lower(): value for name, value in request.headers.items()},
            "body": body,
            "count": count,
        }


async def _accepted() -> None:
    """Wait for connections that are just being accepted, as the balancer's looks are all the time: a server that is
    closed meanwhile would never hear of them."""
    coming = [task for task in asyncio.all_tasks() if "_accept_connection" in repr(task.get_coro())]
    if coming:
        await asyncio.wait(coming)


@asynccontextmanager
async def stub_nodes(*names: str) -> AsyncIterator[list[StubNode]]:
    """Several, started; ended at the end."""
    nodes = [StubNode(name) for name in names]
    try:
        for node in nodes:
            await node.start()
        yield nodes
    finally:
        for node in nodes:
            await node.stop()
