"""`HubServer` as a drop-in for `socketio.AsyncServer`: Engine.IO v4 and Socket.IO v5, statement by statement.

Each test runs over both servers, attached to a plain aiohttp application, so that what it expects is what the stock
server does. Where that one departs from the protocol, or hangs, the test is for ours alone and says so.
Sources: Engine.IO protocol v4, Socket.IO protocol v5, and the test suites that come with them.
"""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import aiohttp
import msgpack
import pytest
import socketio
from aiohttp import web

from rtserver.hub.server import HubServer
from tests.wire.frames import BINARY, CLOSE, TEXT, WITHIN, Closed, FrameClient, client_frame, frame_client

PING_INTERVAL, PING_TIMEOUT = 25.5, 20
"""Seconds that no test waits for, on a busy machine either; and no whole number."""

QUICK = {"ping_interval": 0.3, "ping_timeout": 20}
"""For a test that waits for pings."""

SHORT = {"ping_interval": 0.3, "ping_timeout": 2}
"""For one that waits for the end of who does not answer."""

SEPARATOR = "\x1e"

OURS, STOCK = HubServer, socketio.AsyncServer
ours_alone = pytest.mark.parametrize("kind", [OURS], ids=["ours"])
"""For what the stock server does not do as the protocol says; the docstring tells what it does instead."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marks = metafunc.definition.iter_markers("parametrize")
    if "kind" in metafunc.fixturenames and not any(mark.args[0] == "kind" for mark in marks):
        metafunc.parametrize("kind", [OURS, STOCK], ids=["ours", "stock"])


class Program:
    """A program over python-socketio: it echoes, acknowledges, and notes what it is told."""

    def __init__(self, kind: type, **options: Any) -> None:
        chosen = {"cors_allowed_origins": [], "ping_interval": PING_INTERVAL, "ping_timeout": PING_TIMEOUT, **options}
        self.server: Any = kind(async_mode="aiohttp", **chosen)
        self.url = ""
        self.told: list[Any] = []
        self.sids: dict[str, list[str]] = {"/": [], "/custom": []}
        self.changed = asyncio.Event()
        for namespace in self.sids:
            self._listen(namespace)

    def _listen(self, namespace: str) -> None:
        server = self.server

        async def connect(sid: str, environ: dict[str, Any], auth: Any) -> None:
            self.sids[namespace].append(sid)
            self.tell("connect", namespace)
            if auth == {"refuse": "plainly"}:
                raise socketio.exceptions.ConnectionRefusedError("not you", {"why": 1})
            await server.emit("auth", auth or {}, to=sid, namespace=namespace)

        async def disconnect(sid: str, reason: str) -> None:
            self.tell("disconnect", namespace, reason)

        async def message(sid: str, *arguments: Any) -> None:
            await server.emit("message-back", arguments, to=sid, namespace=namespace)

        async def with_ack(sid: str, *arguments: Any) -> Any:
            return arguments

        async def nothing(sid: str) -> None:
            return

        async def one(sid: str) -> Any:
            return {"one": 1}

        for name, handler in (
            ("connect", connect),
            ("disconnect", disconnect),
            ("message", message),
            ("message-with-ack", with_ack),
            ("nothing", nothing),
            ("one", one),
        ):
            server.on(name, handler, namespace=namespace)

    def tell(self, *what: Any) -> None:
        self.told.append(what)
        self.changed.set()

    async def until(self, is_so: Callable[[], Any]) -> None:
        async with asyncio.timeout(WITHIN):
            while not is_so():
                self.changed.clear()
                await self.changed.wait()


@dataclass
class Wire:
    """A client of the program that speaks the protocol by hand, over one of the transports."""

    program: Program
    http: aiohttp.ClientSession
    client: FrameClient | None = None
    sid: str = ""
    handshake: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self._received: list[str | bytes] = []

    def path(self, transport: str, **query: str) -> str:
        return f"/socket.io/?{'&'.join(f'{k}={v}' for k, v in {'EIO': '4', 'transport': transport, **query}.items())}"

    async def get(self, **query: str) -> tuple[int, str]:
        path = self.path("polling", **({"sid": self.sid} if self.sid else {}), **query)
        async with self.http.get(self.program.url + path) as response:
            return response.status, await response.text()

    async def post(self, body: str) -> tuple[int, str]:
        url = self.program.url + self.path("polling", sid=self.sid)
        async with self.http.post(url, data=body.encode()) as response:
            return response.status, await response.text()

    async def open(self) -> None:
        """Shake hands."""
        if self.client is not None:
            await self.client.upgrade(self.path("websocket"))
            opened = await self.client.receive_text()
        else:
            status, opened = await self.get()
            assert status == 200
        assert opened[0] == "0"
        handshake: dict[str, Any] = json.loads(opened[1:])
        self.handshake, self.sid = handshake, handshake["sid"]

    async def send(self, *packets: str | bytes) -> None:
        """Send Engine.IO packets: text with its type, or a binary message."""
        if self.client is not None:
            self.client.write(
                *(client_frame(TEXT, p.encode()) if isinstance(p, str) else client_frame(BINARY, p) for p in packets)
            )
            return
        encoded = [p if isinstance(p, str) else "b" + base64.b64encode(p).decode() for p in packets]
        assert await self.post(SEPARATOR.join(encoded)) in ((200, "OK"), (200, "ok"))

    async def receive(self, *, pings: bool = False) -> str | bytes:
        """The next packet; pings are answered, and not shown unless it is asked for. Raises `Closed`."""
        while True:
            packet = await self._next()
            if packet != "2":
                return packet
            await self.send("3")
            if pings:
                return packet

    async def _next(self) -> str | bytes:
        if self.client is not None:
            opcode, payload = await self.client.receive()
            if opcode == CLOSE:
                raise Closed
            return payload.decode() if opcode == TEXT else payload
        while not self._received:
            status, body = await self.get()
            if status != 200 or body == "":
                raise Closed
            self._received = [
                base64.b64decode(packet[1:]) if packet[0] == "b" else packet for packet in body.split(SEPARATOR)
            ]
        return self._received.pop(0)

    async def connect(self, namespace: str = "/", auth: Any = None) -> str:
        """Connect to a namespace; its sid there."""
        prefix = "" if namespace == "/" else f"{namespace},"
        await self.send(f"40{prefix}{'' if auth is None else json.dumps(auth)}")
        # What the handler emits goes before the answer: python-socketio's own way.
        greeting = str(await self.receive())
        assert greeting == f'42{prefix}["auth",{json.dumps(auth or {}, separators=(",", ":"))}]'
        answer = str(await self.receive())
        assert answer.startswith(f"40{prefix}{{"), answer
        return str(json.loads(answer[2 + len(prefix) :])["sid"])

    async def close(self) -> None:
        """End the connection, if it has not ended yet."""
        if self.client is not None:
            with suppress(ConnectionError):
                await self.send("1")
        else:
            await self.post("1")

    async def ended(self) -> None:
        """Wait until the server has ended the connection."""
        with suppress(Closed):
            async with asyncio.timeout(WITHIN):
                while True:
                    await self._next()


Open = Callable[..., Any]


@asynccontextmanager
async def running(kind: type, **options: Any) -> AsyncIterator[Program]:
    program = Program(kind, **options)
    app = web.Application()
    program.server.attach(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    program.url = f"http://{host}:{port}"
    try:
        yield program
    finally:
        await program.server.shutdown()
        await runner.cleanup()


@pytest.fixture
def times() -> dict[str, float]:
    """Options of the program; a test that waits for a ping or its lack is parametrized with shorter ones."""
    return {}


@pytest.fixture
async def program(kind: type, times: dict[str, float]) -> AsyncIterator[Program]:
    async with running(kind, **times) as made:
        yield made


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture(params=["polling", "websocket"])
async def wire(program: Program, http: aiohttp.ClientSession, request: pytest.FixtureRequest) -> AsyncIterator[Wire]:
    """A client that has shaken hands."""
    async with wire_to(program, http, request.param) as opened:
        yield opened


@asynccontextmanager
async def wire_to(program: Program, http: aiohttp.ClientSession, transport: str) -> AsyncIterator[Wire]:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(frame_client(program.url)) if transport == "websocket" else None
        made = Wire(program, http, client)
        await made.open()
        yield made
        await made.close()


@pytest.fixture
async def polling(program: Program, http: aiohttp.ClientSession) -> Wire:
    made = Wire(program, http)
    await made.open()
    return made


# --- Engine.IO ---


class TestHandshake:
    async def test_answer(self, wire: Wire, kind: type) -> None:
        """All that the protocol names, and nothing else; times in milliseconds (stock cuts the interval to seconds)."""
        assert wire.handshake is not None
        assert set(wire.handshake) == {"sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"}
        assert wire.handshake["upgrades"] == (["websocket"] if wire.client is None else [])
        assert (wire.handshake["pingTimeout"], wire.handshake["maxPayload"]) == (20_000, 1_000_000)
        assert wire.handshake["pingInterval"] == (25_500 if kind is OURS else 25_000)
        assert len(wire.sid) >= 20

    @pytest.mark.parametrize(
        "query", ["transport=polling", "EIO=abc&transport=polling", "EIO=3&transport=polling", "EIO=4&transport=abc"]
    )
    async def test_bad_queries(self, program: Program, http: aiohttp.ClientSession, query: str) -> None:
        """400, over both transports."""
        async with http.get(f"{program.url}/socket.io/?{query}") as response:
            assert response.status == 400
        async with frame_client(program.url) as client:
            with pytest.raises(AssertionError, match=r"HTTP/1\.1 400"):
                await client.upgrade(f"/socket.io/?{query.replace('polling', 'websocket')}")

    @pytest.mark.parametrize(("method", "status"), [("POST", 400), ("PUT", 405), ("DELETE", 405)])
    async def test_bad_methods(self, program: Program, http: aiohttp.ClientSession, method: str, status: int) -> None:
        """A handshake is a GET."""
        async with http.request(method, f"{program.url}/socket.io/?EIO=4&transport=polling") as response:
            assert response.status == status

    @pytest.mark.parametrize("method", ["GET", "POST"])
    async def test_unknown_sid(self, program: Program, http: aiohttp.ClientSession, method: str) -> None:
        """400."""
        url = f"{program.url}/socket.io/?EIO=4&transport=polling&sid=unknown"
        async with http.request(method, url) as response:
            assert response.status == 400

    @pytest.mark.parametrize(
        ("cookie", "wanted"),
        [
            ("io", r"io={sid}; path=/; SameSite=Lax"),
            ({"name": "sid", "path": "/x", "httponly": True}, r"sid={sid}; path=/x; httponly"),
            (None, None),
        ],
    )
    async def test_cookie(self, kind: type, http: aiohttp.ClientSession, cookie: Any, wanted: str | None) -> None:
        """As the option says."""
        async with (
            running(kind, cookie=cookie) as program,
            http.get(f"{program.url}/socket.io/?EIO=4&transport=polling") as response,
        ):
            sid = json.loads((await response.text())[1:])["sid"]
            assert response.headers.get("Set-Cookie") == (wanted and wanted.format(sid=sid))

    @pytest.mark.parametrize(("transports", "other"), [(["polling"], "websocket"), (["websocket"], "polling")])
    async def test_only_one_transport(
        self, kind: type, http: aiohttp.ClientSession, transports: list[str], other: str
    ) -> None:
        """The option `transports`: the other is refused."""
        async with running(kind, transports=transports) as program:
            async with http.get(f"{program.url}/socket.io/?EIO=4&transport={other}") as response:
                assert response.status == 400
            async with wire_to(program, http, transports[0]) as wire:
                await wire.connect()

    async def test_without_upgrades(self, kind: type, http: aiohttp.ClientSession) -> None:
        """The option `allow_upgrades`."""
        async with running(kind, allow_upgrades=False) as program, wire_to(program, http, "polling") as wire:
            assert wire.handshake is not None
            assert wire.handshake["upgrades"] == []

    async def test_origins(self, kind: type, http: aiohttp.ClientSession) -> None:
        """Those that may connect get the headers of CORS; others are refused, whatever they ask."""
        async with running(kind, cors_allowed_origins=["https://own.example"]) as program:
            url = f"{program.url}/socket.io/?EIO=4&transport=polling"
            async with http.get(url, headers={"Origin": "https://own.example"}) as response:
                assert response.status == 200
                assert response.headers["Access-Control-Allow-Origin"] == "https://own.example"
                assert response.headers["Access-Control-Allow-Credentials"] == "true"
                sid = json.loads((await response.text())[1:])["sid"]
            for method, query in (("GET", ""), ("GET", f"&sid={sid}"), ("POST", f"&sid={sid}")):
                async with http.request(method, url + query, headers={"Origin": "https://x.example"}) as response:
                    assert response.status == 400
                    assert "Access-Control-Allow-Origin" not in response.headers
            asked = {"Origin": "https://own.example", "Access-Control-Request-Headers": "X-Name"}
            async with http.options(url, headers=asked) as response:
                assert response.status == 200
                assert response.headers["Access-Control-Allow-Headers"] == "X-Name"
                assert "POST" in response.headers["Access-Control-Allow-Methods"]


class TestPolling:
    async def test_several_packets(self, polling: Wire) -> None:
        """In one payload, both ways, in order; text and binary."""
        await polling.connect()
        assert await polling.post(SEPARATOR.join(f'42["message",{number}]' for number in range(3))) == (200, "OK")
        got: list[str] = []
        while len(got) < 3:
            got += (await polling.get())[1].split(SEPARATOR)
        assert got == [f'42["message-back",{number}]' for number in range(3)]
        body = f'451-["message",{{"_placeholder":true,"num":0}}]{SEPARATOR}bAQIDBA=='
        assert (await polling.post(body))[0] == 200
        assert (await polling.get())[1] == body.replace("message", "message-back")

    @ours_alone
    @pytest.mark.parametrize("body", ["abc", "", "42[1]" + SEPARATOR, "b!!!"])
    async def test_a_payload_that_is_none(self, polling: Wire, body: str) -> None:
        """400, and the session is closed. Stock answers 200, or hangs."""
        assert (await polling.post(body))[0] == 400
        assert (await polling.get())[0] == 400

    @ours_alone
    async def test_many_packets(self, polling: Wire) -> None:
        """Two hundred messages that were written offline. Stock takes sixteen, answers 200 and drops the rest."""
        await polling.connect()
        assert (await polling.post(SEPARATOR.join(f'42["message",{n}]' for n in range(200))))[0] == 200
        assert [await polling.receive() for _ in range(200)] == [f'42["message-back",{n}]' for n in range(200)]

    @ours_alone
    @pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
    async def test_too_large(self, polling: Wire) -> None:
        """More than `maxPayload` is refused, and the session is closed. Stock does not read it, and hangs."""
        assert (await polling.post("4" + "x" * 1_000_001))[0] == 400
        assert (await polling.get())[0] == 400

    @ours_alone
    async def test_duplicate_polls(self, polling: Wire) -> None:
        """The second is an error and closes the session. With stock, two readers share the order."""
        (first, _), (second, _) = await asyncio.gather(polling.get(), polling.get())
        assert sorted((first, second)) == [200, 400]
        assert (await polling.get())[0] == 400

    async def test_a_poll_of_something_long_is_compressed(self, polling: Wire) -> None:
        """When the client can read it; the option is on by default."""
        await polling.connect()
        await polling.send(f'42["message","{"x" * 5000}"]')
        url = polling.program.url + polling.path("polling", sid=polling.sid)
        async with polling.http.get(url, headers={"Accept-Encoding": "gzip"}) as response:
            assert response.headers.get("Content-Encoding") == "gzip"
            assert await response.text() == f'42["message-back","{"x" * 5000}"]'

    async def test_closing_by_the_client(self, polling: Wire) -> None:
        """The poll that waits ends, and the session is gone."""
        await polling.connect()
        poll = asyncio.ensure_future(polling.get())
        await asyncio.sleep(0)
        assert (await polling.post("1"))[0] == 200
        if polling.program.server.__class__ is OURS:  # stock lets it wait for its timeout
            assert (await poll)[0] in (200, 400)
        await polling.program.until(lambda: ("disconnect", "/", "client disconnect") in polling.program.told)
        assert (await polling.get())[0] == 400
        poll.cancel()
        await asyncio.wait([poll])


class TestHeartbeat:
    @pytest.mark.parametrize("times", [QUICK], ids=["quick"])
    async def test_pings_are_answered(self, wire: Wire) -> None:
        """The server asks, the client answers, and so on."""
        for _ in range(3):
            assert await wire.receive(pings=True) == "2"

    @pytest.mark.parametrize("times", [SHORT], ids=["short"])
    async def test_no_answer(self, program: Program, wire: Wire) -> None:
        """Ended after interval and timeout; the program is told."""
        await wire.connect()
        await wire.ended()
        await program.until(lambda: [what for what in program.told if what[0] == "disconnect"])
        (end,) = [what for what in program.told if what[0] == "disconnect"]
        assert end[2] in ("ping timeout", "transport close", "transport error")
        if wire.client is None:
            assert (await wire.get())[0] == 400

    async def test_nobody_looks(self, kind: type, http: aiohttp.ClientSession) -> None:
        """The option `monitor_clients`: a silent client is not ended by its silence alone."""
        times = {"ping_interval": 0.02, "ping_timeout": 5}
        async with (
            running(kind, monitor_clients=False, **times) as program,
            wire_to(program, http, "websocket") as wire,
        ):
            assert wire.client is not None
            assert await wire.client.receive_text() == "2"
            assert not any(what[0] == "disconnect" for what in program.told)

    @ours_alone
    async def test_nobody_looks_for_long(self, http: aiohttp.ClientSession, kind: type) -> None:
        """Beyond the timeout, too, at which others are ended. Stock's reader gives up by itself."""
        times = {"ping_interval": 0.02, "ping_timeout": 0.02}
        async with (
            running(kind, monitor_clients=False, **times) as program,
            wire_to(program, http, "websocket") as wire,
        ):
            assert wire.client is not None
            await wire.client.receive_text()  # a ping, which is not answered
            async with running(kind, **times) as other, wire_to(other, http, "websocket") as watched:
                await watched.ended()
            await wire.send("40/random,")
            assert str(await wire.client.receive_text()).startswith("44/random,")


class TestClosing:
    @pytest.mark.parametrize("times", [SHORT], ids=["short"])
    async def test_by_the_client(self, program: Program, http: aiohttp.ClientSession) -> None:
        """Engine.IO's CLOSE over a WebSocket. Stock lets the connection wait for its timeout."""
        async with wire_to(program, http, "websocket") as wire:
            await wire.connect()
            await wire.send("1")
            await wire.ended()
        await program.until(lambda: ("disconnect", "/", "client disconnect") in program.told)

    async def test_by_the_transport(self, program: Program, http: aiohttp.ClientSession) -> None:
        """The TCP connection goes."""
        async with wire_to(program, http, "websocket") as wire:
            await wire.connect()
            assert wire.client is not None
            wire.client.writer.transport.abort()
        await program.until(lambda: any(what[0] == "disconnect" for what in program.told))

    @ours_alone
    @pytest.mark.parametrize("packet", ["abc", "9", "", "4abc", "49", "42[", "44{}"])
    async def test_by_a_packet_that_is_none(self, wire: Wire, packet: str) -> None:
        """Ended, with the program told, and no traceback. Stock raises it to aiohttp, or goes on, depending."""
        await wire.connect()
        if wire.client is None:
            await wire.post(packet)
        else:
            await wire.send(packet)
        await wire.ended()
        ends = {("disconnect", "/", reason) for reason in ("transport error", "server disconnect")}
        await wire.program.until(lambda: ends & set(wire.program.told))


class TestUpgrade:
    async def _upgraded(self, polling: Wire, client: FrameClient) -> None:
        await client.upgrade(polling.path("websocket", sid=polling.sid))
        client.send_text("2probe")
        assert await client.receive_text() == "3probe"
        client.send_text("5")

    async def test_to_a_websocket(self, program: Program, polling: Wire) -> None:
        """A poll that waits gets a NOOP; from then on packets go over the WebSocket."""
        sid = await polling.connect()
        poll = asyncio.ensure_future(polling.get())
        assert program.server.transport(sid) == "polling"
        async with frame_client(program.url) as client:
            await client.upgrade(polling.path("websocket", sid=polling.sid))
            client.send_text("2probe")
            assert await client.receive_text() == "3probe"
            assert await poll == (200, "6")
            client.send_text("5", '42["message","hello"]')
            assert await text_of(client) == '42["message-back","hello"]'
            assert program.server.transport(sid) == "websocket"

    async def test_polling_afterwards(self, program: Program, polling: Wire) -> None:
        """400; the WebSocket goes on."""
        await polling.connect()
        async with frame_client(program.url) as client:
            await self._upgraded(polling, client)
            client.send_text('42["message",1]')
            assert await text_of(client) == '42["message-back",1]'
            assert (await polling.get())[0] == 400
            assert (await polling.post("3"))[0] == 400
            client.send_text('42["message",2]')
            assert await text_of(client) == '42["message-back",2]'

    async def test_a_second_websocket(self, program: Program, polling: Wire) -> None:
        """Refused or ended; the first goes on."""
        await polling.connect()
        async with frame_client(program.url) as client, frame_client(program.url) as second:
            await self._upgraded(polling, client)
            client.send_text('42["message",1]')
            assert await text_of(client) == '42["message-back",1]'
            with pytest.raises(AssertionError, match=r"HTTP/1\.1 400"):
                await second.upgrade(polling.path("websocket", sid=polling.sid))
            client.send_text('42["message",2]')
            assert await text_of(client) == '42["message-back",2]'

    @ours_alone
    async def test_that_fails(self, program: Program, polling: Wire) -> None:
        """Polling goes on. With stock the session hangs until its timeout."""
        await polling.connect()
        async with frame_client(program.url) as client:
            await client.upgrade(polling.path("websocket", sid=polling.sid))
            client.send_text("4what?")
            assert await client.rest() == []
        await polling.send('42["message","hello"]')
        assert await polling.receive() == '42["message-back","hello"]'


async def text_of(client: FrameClient) -> str:
    """The next message that is neither a ping (which is answered) nor a NOOP."""
    while (message := await client.receive_text()) in ("2", "6"):
        if message == "2":
            client.send_text("3")
    return message


# --- Socket.IO ---


class TestConnecting:
    @pytest.mark.parametrize("auth", [None, {"token": "123"}])
    @pytest.mark.parametrize("namespace", ["/", "/custom"])
    async def test_to_a_namespace(self, program: Program, wire: Wire, namespace: str, auth: Any) -> None:
        """With and without a payload; the sid there is another than Engine.IO's."""
        sid = await wire.connect(namespace, auth)
        assert program.sids[namespace] == [sid]
        assert sid != wire.sid

    async def test_to_both(self, program: Program, wire: Wire) -> None:
        """Over one connection."""
        main, custom = await wire.connect("/"), await wire.connect("/custom")
        assert main != custom
        await wire.send('42["message","a"]', '42/custom,["message","b"]')
        assert {await wire.receive(), await wire.receive()} == {
            '42["message-back","a"]',
            '42/custom,["message-back","b"]',
        }

    async def test_to_an_unknown_one(self, wire: Wire) -> None:
        """CONNECT_ERROR, and the connection goes on."""
        await wire.send("40/random,")
        assert str(await wire.receive()).startswith("44/random,")
        await wire.connect()

    async def test_refused_by_the_program(self, wire: Wire) -> None:
        """With its reason."""
        await wire.send('40{"refuse":"plainly"}')
        assert await wire.receive() == '44{"message":"not you","data":{"why":1}}'
        await wire.connect("/custom")

    async def test_always_connect(self, kind: type, http: aiohttp.ClientSession) -> None:
        """The option: connected first, then disconnected when the program refuses."""
        async with running(kind, always_connect=True) as program, wire_to(program, http, "websocket") as wire:
            await wire.send('40{"refuse":"plainly"}')
            assert str(await wire.receive()).startswith("40{")
            assert str(await wire.receive()).startswith("41")

    async def test_leaving_a_namespace(self, program: Program, wire: Wire) -> None:
        """The other goes on; events to the one that was left are dropped."""
        await wire.connect("/")
        await wire.connect("/custom")
        await wire.send("41/custom,")
        await program.until(lambda: ("disconnect", "/custom", "client disconnect") in program.told)
        await wire.send('42/custom,["message","late"]', '42["message","to the main one"]')
        assert await wire.receive() == '42["message-back","to the main one"]'

    async def test_coming_back_to_a_namespace(self, program: Program, wire: Wire) -> None:
        """With another sid."""
        first = await wire.connect()
        await wire.send("41")
        await program.until(lambda: ("disconnect", "/", "client disconnect") in program.told)
        assert await wire.connect() != first


BOTH_PLACES = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


class TestEvents:
    @pytest.mark.parametrize(
        "arguments",
        ["", '1,"2",{"3":[true]}', "null", '"žluťoučký \\ud83d\\udc0e \\u2028"', "[]", "{}", "1.5,-0,1e3", '""'],
    )
    async def test_echo(self, wire: Wire, arguments: str) -> None:
        """Any arguments, as many as there are."""
        await wire.connect()
        await wire.send(f'42["message"{"," if arguments else ""}{arguments}]')
        answer = str(await wire.receive())
        assert json.loads(answer[2:]) == ["message-back", *json.loads(f"[{arguments}]")]

    async def test_attachments(self, wire: Wire) -> None:
        """In both directions; what is sent right behind them is an event of its own."""
        await wire.connect()
        await wire.send(f'452-["message",{BOTH_PLACES}]', b"\x01\x02\x03", b"\x04\x05", '42["message",1]')
        assert await wire.receive() == f'452-["message-back",{BOTH_PLACES}]'
        assert await wire.receive() == b"\x01\x02\x03"
        assert await wire.receive() == b"\x04\x05"
        assert await wire.receive() == '42["message-back",1]'

    @pytest.mark.parametrize("namespace", ["/", "/custom"])
    async def test_acks(self, wire: Wire, namespace: str) -> None:
        """What the handler returns: nothing, one thing, a tuple; text and binary."""
        await wire.connect(namespace)
        prefix = "" if namespace == "/" else f"{namespace},"
        for sent, answer in (
            (f'42{prefix}456["message-with-ack",1,"2",{{"3":[false]}}]', f'43{prefix}456[1,"2",{{"3":[false]}}]'),
            (f'42{prefix}0["nothing"]', f"43{prefix}0[]"),
            (f'42{prefix}1["one"]', f'43{prefix}1[{{"one":1}}]'),
        ):
            await wire.send(sent)
            assert await wire.receive() == answer
        await wire.send(f'452-{prefix}789["message-with-ack",{BOTH_PLACES}]', b"\x01", b"\x02")
        assert await wire.receive() == f"462-{prefix}789[{BOTH_PLACES}]"
        assert [await wire.receive(), await wire.receive()] == [b"\x01", b"\x02"]

    async def test_in_order(self, kind: type, http: aiohttp.ClientSession) -> None:
        """With the option `async_handlers=False`, one after the other."""
        async with running(kind, async_handlers=False) as program:
            for transport in ("polling", "websocket"):
                async with wire_to(program, http, transport) as wire:
                    await wire.connect()
                    await wire.send(*(f'42{n}["message-with-ack",{n}]' for n in range(15)))
                    assert [await wire.receive() for _ in range(15)] == [f"43{n}[{n}]" for n in range(15)]

    async def test_an_event_that_nobody_knows(self, program: Program, wire: Wire) -> None:
        """Is not acknowledged; a handler for all the rest takes it when there is one."""
        await wire.connect()
        await wire.send('421["unknown"]', '422["one"]')
        assert await wire.receive() == '432[{"one":1}]'
        program.server.on("*", lambda name, sid, *arguments: [name, *arguments])
        await wire.send('423["unknown",5]')
        assert await wire.receive() == '433[["unknown",5]]'

    async def test_class_based_namespaces(self, program: Program, wire: Wire) -> None:
        """python-socketio's `AsyncNamespace`."""

        class Classy(socketio.AsyncNamespace):
            async def on_connect(self, sid: str, environ: Any, auth: Any) -> None:
                await self.emit("auth", {}, to=sid)

            async def on_add(self, sid: str, left: int, right: int) -> int:
                return left + right

        program.server.register_namespace(Classy("/classy"))
        await wire.connect("/classy")
        await wire.send('42/classy,1["add",2,3]')
        assert await wire.receive() == "43/classy,1[5]"


class TestFromTheProgram:
    async def test_emit(self, program: Program, wire: Wire) -> None:
        """Nothing, one thing, a tuple, bytes."""
        sid = await wire.connect()
        await program.server.emit("a", to=sid)
        await program.server.emit("b", [1], to=sid)
        await program.server.emit("c", (1, "2"), to=sid)
        await program.server.emit("d", {"x": b"\x00"}, room=sid)
        got = [await wire.receive() for _ in range(5)]
        assert got == [
            '42["a"]',
            '42["b",[1]]',
            '42["c",1,"2"]',
            '451-["d",{"x":{"_placeholder":true,"num":0}}]',
            b"\x00",
        ]

    async def test_an_ack_of_the_client(self, program: Program, wire: Wire) -> None:
        """A callback, and `call`; text and binary."""
        sid = await wire.connect()
        await program.server.emit("ask", 1, to=sid, callback=lambda *answer: program.tell("answered", answer))
        asked = re.fullmatch(r'42(\d+)\["ask",1\]', str(await wire.receive()))
        assert asked is not None
        await wire.send(f'43{asked[1]}["yes",2]')
        await program.until(lambda: ("answered", ("yes", 2)) in program.told)
        call = asyncio.ensure_future(program.server.call("ask", b"\x01", to=sid, timeout=WITHIN))
        asked = re.match(r"451-(\d+)\[", str(await wire.receive()))
        assert asked is not None
        assert await wire.receive() == b"\x01"
        await wire.send(f'461-{asked[1]}[{{"_placeholder":true,"num":0}}]', b"\x02")
        assert await call == b"\x02"

    async def test_rooms(self, program: Program, http: aiohttp.ClientSession) -> None:
        """Entering, leaving, closing, several at once, and skipping; over both transports at the same time."""
        server = program.server
        async with AsyncExitStack() as stack:
            wires = [
                await stack.enter_async_context(wire_to(program, http, transport))
                for transport in ("polling", "websocket", "polling", "websocket")
            ]
            sids = [await wire.connect() for wire in wires]
            for sid in sids[:3]:
                await server.enter_room(sid, "red")
            await server.enter_room(sids[3], "blue")
            assert set(server.rooms(sids[0])) == {sids[0], "red"}
            await server.emit("1", room="red")
            await server.emit("2", room="red", skip_sid=sids[0])
            await server.emit("3", room="red", skip_sid=sids[1:3])
            await server.emit("4", room=["red", "blue"])
            await server.leave_room(sids[2], "red")
            await server.emit("5", room="red")
            await server.close_room("red")
            await server.emit("6", room="red")
            assert server.rooms(sids[0]) == [sids[0]]
            await server.emit("7")
            await server.emit("8", namespace="/custom")
            await server.emit("9", to=sids[3])
            await server.emit("end")
            got = [await until_end(wire) for wire in wires]
        assert got == [["1", "3", "4", "5", "7"], ["1", "2", "4", "5", "7"], ["1", "2", "4", "7"], ["4", "7", "9"]]

    async def test_disconnecting(self, program: Program, wire: Wire) -> None:
        """The client is told by DISCONNECT, the program once; nothing more reaches either."""
        sid = await wire.connect()
        await program.server.disconnect(sid)
        assert await wire.receive() == "41"
        await wire.send('421["one"]')
        await program.server.emit("late", to=sid)
        assert program.told.count(("disconnect", "/", "server disconnect")) == 1
        assert program.server.rooms(sid) == []

    async def test_sessions(self, program: Program, wire: Wire) -> None:
        """What the program keeps for a client, in each namespace by itself."""
        main, custom = await wire.connect("/"), await wire.connect("/custom")
        await program.server.save_session(main, {"a": 1})
        async with program.server.session(custom, "/custom") as session:
            session["b"] = 2
        assert await program.server.get_session(main) == {"a": 1}
        assert await program.server.get_session(custom, "/custom") == {"b": 2}

    async def test_environ(self, program: Program, wire: Wire) -> None:
        """The first request, by the names of WSGI."""
        sid = await wire.connect()
        environ = program.server.get_environ(sid)
        assert environ["REQUEST_METHOD"] == "GET"
        assert environ["QUERY_STRING"].startswith("EIO=4&transport=")
        assert environ["PATH_INFO"] == "/socket.io/"

    async def test_a_client_that_has_gone(self, program: Program, http: aiohttp.ClientSession) -> None:
        """Sending to it does nothing, and nothing of it is kept."""
        async with wire_to(program, http, "websocket") as wire:
            sid = await wire.connect()
        await program.until(lambda: any(what[0] == "disconnect" for what in program.told))
        await program.server.emit("late", to=sid)
        await program.server.emit("late", {"a": 1})
        assert program.server.rooms(sid) == []


async def until_end(wire: Wire) -> list[str]:
    """The names of the events before `end`."""
    names: list[str] = []
    while not names or names[-1] != "end":
        names.append(json.loads(str(await wire.receive())[2:])[0])
    return names[:-1]


class TestOptions:
    async def test_msgpack(self, kind: type, http: aiohttp.ClientSession) -> None:
        """The option `serializer`: packets are binary messages, bytes need no attachment."""
        async with running(kind, serializer="msgpack") as program:
            for transport in ("polling", "websocket"):
                async with wire_to(program, http, transport) as wire:
                    # as with text, what the handler emits goes before the answer
                    async def receive(wire: Wire = wire) -> Any:
                        packet = await wire.receive()
                        assert isinstance(packet, bytes)
                        return msgpack.loads(packet)

                    await wire.send(msgpack.dumps({"type": 0, "nsp": "/", "data": {"token": 1}}))
                    assert (await receive())["data"] == ["auth", {"token": 1}]
                    assert set((await receive())["data"]) == {"sid"}
                    event = {"type": 2, "nsp": "/", "data": ["message-with-ack", b"\x00", "é"], "id": 5}
                    await wire.send(msgpack.dumps(event))
                    answer = await receive()
                    assert (answer["type"], answer["id"], answer["data"]) == (3, 5, [b"\x00", "é"])

    async def test_json(self, kind: type, http: aiohttp.ClientSession) -> None:
        """The option `json`: the program's own encoder."""

        class Wide:
            dumps = staticmethod(lambda value, **_: json.dumps(value, separators=(" , ", " : ")))
            loads = staticmethod(json.loads)

        from engineio.packet import Packet as EnginePacket
        from socketio.packet import Packet

        before = Packet.json, EnginePacket.json
        try:
            async with running(kind, json=Wide) as program, wire_to(program, http, "websocket") as wire:
                await wire.send("40")
                assert await wire.receive() == '42["auth" , {}]'
                assert str(await wire.receive()).startswith('40{"sid" : "')
        finally:
            Packet.json, EnginePacket.json = before

    async def test_another_path(self, kind: type, http: aiohttp.ClientSession) -> None:
        """`attach` with a path of its own."""
        program = Program(kind)
        app = web.Application()
        program.server.attach(app, socketio_path="elsewhere")
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        async with http.get(f"http://{host}:{port}/elsewhere/?EIO=4&transport=polling") as response:
            assert response.status == 200
        await program.server.shutdown()
        await runner.cleanup()


@pytest.mark.parametrize("times", [{"ping_interval": 0.3, "ping_timeout": 5}], ids=["leaving"])
@pytest.mark.parametrize("transports", [["polling"], ["websocket"], ["polling", "websocket"]], ids="-".join)
async def test_the_official_python_client(program: Program, transports: list[str]) -> None:
    """Connects, asks, is asked, sends and gets bytes, and leaves; from stock its last poll lasts for its timeout."""
    async with aiohttp.ClientSession() as http:
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=http)
        back: asyncio.Queue[Any] = asyncio.Queue()
        client.on("message-back", lambda *arguments: back.put_nowait(arguments))
        client.on("question", lambda *arguments: ("answer", *arguments))
        await client.connect(program.url, transports=transports, auth={"token": 1})
        assert list(await client.call("message-with-ack", ("a", b"\x01", {"b": [2]}))) == ["a", b"\x01", {"b": [2]}]
        for number in range(20):  # one by one: python's client gives up on a poll of more than sixteen packets
            await client.emit("message", (number, b"x" * number))
            async with asyncio.timeout(WITHIN):
                assert await back.get() == (number, b"x" * number)
        sid = program.sids["/"][0]
        assert list(await program.server.call("question", b"\x02", to=sid)) == ["answer", b"\x02"]
        await client.disconnect()
        await client.wait()
    await program.until(lambda: any(what[0] == "disconnect" for what in program.told))
