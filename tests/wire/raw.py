"""Engine.IO spoken by hand, for what no proper client would send."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Protocol

import aiohttp
import msgspec

from tests.wire.clients import WITHIN

PACKET_SEPARATOR = b"\x1e"

Packet = str | bytes
"""An Engine.IO message without its type digit: a Socket.IO packet, or what stands in its place."""


class Ended(Exception):
    """The server has ended the connection. `status`: of the HTTP answer that said so."""

    def __init__(self, status: int | None = None, code: str | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Raw(Protocol):
    """A connection over one transport."""

    async def send(self, frame: bytes, is_text: bool = True) -> None:
        """Send an Engine.IO packet as it is, type digit and all; a binary one is a message."""
        ...

    async def receive(self) -> Packet:
        """The next Socket.IO packet; raises `Ended`."""
        ...


def query(project: str | None, transport: str, **more: str) -> dict[str, str]:
    """The query of a request to the endpoint."""
    known = {} if project is None else {"project": project}
    return {"EIO": "4", "transport": transport, **known, **more}


class RawPolling:
    """HTTP long-polling."""

    def __init__(self, http: aiohttp.ClientSession, url: str, project: str) -> None:
        self._http = http
        self._url = f"{url}/socket.io/"
        self._query = query(project, "polling")
        self._received: list[bytes] = []

    async def open(self) -> None:
        handshake = (await self._get())[0]
        assert handshake[:1] == b"0"
        self._query["sid"] = json.loads(handshake[1:])["sid"]

    async def send(self, frame: bytes, is_text: bool = True) -> None:
        await self.post(frame if is_text else b"b" + base64.b64encode(frame))

    async def post(self, body: bytes) -> None:
        """Send a whole payload."""
        async with self._http.post(self._url, params=self._query, data=body) as response:
            if response.status != 200:
                raise _ended(response.status, await response.read())
            assert await response.read() == b"OK"

    async def receive(self) -> Packet:
        while not self._received:
            self._received = [packet for packet in await self._get() if packet not in (b"", b"6")]
        frame = self._received.pop(0)
        if frame[:1] == b"b":
            return base64.b64decode(frame[1:])
        if frame[:1] == b"1":
            raise Ended
        assert frame[:1] == b"4", frame
        return frame[1:].decode()

    async def _get(self) -> list[bytes]:
        async with self._http.get(self._url, params=self._query) as response:
            body = await response.read()
            if response.status != 200:
                raise _ended(response.status, body)
            if not body:
                raise Ended
            return body.split(PACKET_SEPARATOR)


class RawWebSocket:
    """A WebSocket."""

    def __init__(self, http: aiohttp.ClientSession, url: str, project: str) -> None:
        self._http = http
        self._url = f"{url}/socket.io/"
        self._query = query(project, "websocket")
        self.socket: aiohttp.ClientWebSocketResponse | None = None

    async def open(self) -> None:
        # autoclose off: what the server's close frame says is looked at
        self.socket = await self._http.ws_connect(self._url, params=self._query, max_msg_size=0)
        assert str((await self.socket.receive()).data).startswith("0{")

    async def send(self, frame: bytes, is_text: bool = True) -> None:
        assert self.socket is not None
        try:
            await self.socket.send_frame(frame, aiohttp.WSMsgType.TEXT if is_text else aiohttp.WSMsgType.BINARY)
        except ConnectionError:
            raise Ended from None

    async def receive(self) -> Packet:
        assert self.socket is not None
        message = await self.socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY:
            assert isinstance(message.data, bytes)
            return message.data
        if message.type is aiohttp.WSMsgType.TEXT and message.data != "6":
            assert message.data[0] == "4", message.data
            return str(message.data[1:])
        raise Ended


RAW: dict[str, type[RawPolling | RawWebSocket]] = {"polling": RawPolling, "websocket": RawWebSocket}


@asynccontextmanager
async def raw(
    transport: str, url: str, project: str, context: ssl.SSLContext | None = None
) -> AsyncIterator[RawPolling | RawWebSocket]:
    """An open Engine.IO connection; nobody has signed in on it. `context`: for a server with a certificate."""
    timeout = aiohttp.ClientTimeout(total=WITHIN)
    connector = aiohttp.TCPConnector(ssl=context or True)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as http:
        connection = RAW[transport](http, url, project)
        await connection.open()
        yield connection


@asynccontextmanager
async def signed_in(
    transport: str,
    url: str,
    project: str,
    auth: dict[str, Any],
    parser: str = "json",
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[RawPolling | RawWebSocket]:
    """A connection that is signed in."""
    async with raw(transport, url, project, context) as connection:
        if parser == "json":
            await connection.send(b"40" + json.dumps(auth).encode())
        else:
            await connection.send(msgspec.msgpack.encode({"type": 0, "nsp": "/", "data": auth}), is_text=False)
        await answer_of(connection, 0)
        yield connection


def decoded(packet: Packet) -> dict[str, Any]:
    """A Socket.IO packet of the server in the form of msgpack's: type, data and, where there is one, id."""
    if isinstance(packet, bytes):
        found: dict[str, Any] = msgspec.msgpack.decode(packet)
        return found
    rest = packet[1:].partition(",")[2] if packet[1:2] == "/" else packet[1:]
    body = rest.lstrip("0123456789")
    digits = rest.removesuffix(body)
    return {
        "type": int(packet[0]),
        "data": json.loads(body) if body else None,
        **({"id": int(digits)} if digits else {}),
    }


async def answer_of(connection: Raw, kind: int) -> dict[str, Any]:
    """The next packet of one type."""
    async with asyncio.timeout(WITHIN):
        while (packet := decoded(await connection.receive()))["type"] != kind:
            pass
    return packet


async def call(connection: Raw, name: str, fields: dict[str, Any], number: int = 7) -> dict[str, Any]:
    """A command over a raw JSON connection; its ack."""
    await connection.send(f"42{number}{json.dumps([name, fields])}".encode())
    while True:
        answer = await answer_of(connection, 3)
        if answer["id"] == number:
            found: dict[str, Any] = answer["data"][0]
            return found


def _ended(status: int, body: bytes) -> Ended:
    try:
        return Ended(status, json.loads(body)["error"]["code"])
    except (ValueError, TypeError, KeyError):
        return Ended(status)
