"""The private parts of socketio, engineio and aiohttp under `rtserver/hub/server.py` are those it was made for.

When a test here fails after an upgrade: read the upstream function that it names beside ours, carry over what has
changed, run the wire tests (`make test PYTEST_ARGS="-m wire"`), and only then correct the table.
"""

import ast
import asyncio
import hashlib
import importlib
import inspect
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from engineio import exceptions
from engineio import packet as eio_packet
from engineio.async_drivers import aiohttp as aiohttp_driver
from socketio import packet as sio_packet

from rtserver.hub import server
from rtserver.hub.admit import Admission

ROOT = Path(__file__).resolve().parents[3]

VERSIONS = {"python-socketio": "5.18.1", "python-engineio": "4.15.1", "aiohttp": "3.14.5"}
"""What the tables below were made from."""

REPLACED = {
    "engineio.async_socket.AsyncSocket.schedule_ping": "fe316639159cd70d",
    "engineio.base_socket.BaseSocket.__init__": "8532b631a4dc815f",
    "engineio.async_socket.AsyncSocket.poll": "826f58a9f3606db2",
    "engineio.async_socket.AsyncSocket.handle_post_request": "82dca119a261a959",
    "engineio.async_socket.AsyncSocket.close": "faa2e93902543244",
    "engineio.async_socket.AsyncSocket._websocket_handler": "27f120df4d717a24",
    "engineio.base_server.BaseServer.__init__": "a06b17502fbd9646",
    "engineio.async_server.AsyncServer.create_queue": "5ff5673a0c017681",
    "engineio.async_server.AsyncServer.handle_request": "1a8c878e35166cfe",
    "engineio.async_server.AsyncServer._handle_connect": "5bd7edc1d1ae115a",
    "socketio.async_manager.AsyncManager.emit": "01ccd5b82b4f955e",
    "socketio.async_server.AsyncServer.__init__": "7ae671981d87c57f",
    "socketio.async_server.AsyncServer.shutdown": "70ac47acea94d661",
    "socketio.async_server.AsyncServer._engineio_server_class": "199c42bf149247e0",
    "socketio.async_server.AsyncServer._handle_eio_connect": "76704886d944a7e6",
    "socketio.async_server.AsyncServer._handle_eio_message": "bef50fc0e1635921",
    "socketio.async_server.AsyncServer._handle_eio_disconnect": "9344593148b66fd9",
    "socketio.async_server.AsyncServer._send_packet": "a00022b42c1c29e9",
}
"""Upstream functions that ours stand in for, and the beginning of the SHA-256 of their source."""

LEANED_ON = {
    "engineio.async_socket.AsyncSocket.receive": "a91ae36ec2fb5340",
    "engineio.async_socket.AsyncSocket.handle_get_request": "05eaae9f0a60d9be",
    "engineio.async_socket.AsyncSocket._send_ping": "67db82a704ea49d0",
    "engineio.async_socket.AsyncSocket.check_ping_timeout": "77616d5ca7809257",
    "engineio.async_socket.AsyncSocket.send": "0437276ccba7ab09",
    "engineio.async_socket.AsyncSocket._upgrade_websocket": "820b83efe96adb98",
    "engineio.async_server.AsyncServer._service_task": "b6358bda51d0b34b",
    "engineio.async_server.AsyncServer._trigger_event": "4a09b6e47eb66532",
    "engineio.async_server.AsyncServer._make_response": "5f883ef57e34f34c",
    "engineio.async_server.AsyncServer.disconnect": "8bb6448caae41ca6",
    "engineio.async_server.AsyncServer.start_background_task": "c873562535a68297",
    "engineio.base_server.BaseServer._bad_request": "af66afac6f6c67db",
    "engineio.base_server.BaseServer._ok": "b8f717402eac2b0d",
    "engineio.base_server.BaseServer._upgrades": "040ebcdf64fbf1b3",
    "engineio.base_server.BaseServer.generate_id": "b6a591454237c0bb",
    "engineio.packet.Packet.decode": "18e27ff7fd56addd",
    "engineio.packet.Packet.encode": "8f3d5d869711cbb8",
    "engineio.payload.Payload.decode": "9c7975664d815d3d",
    "engineio.async_drivers.aiohttp.translate_request": "20aa782740060790",
    "engineio.async_drivers.aiohttp.make_response": "58b0a5e7050ff6ec",
    "engineio.async_drivers.aiohttp.WebSocket": "96fbcb0d1f45694a",
    "socketio.async_server.AsyncServer._handle_connect": "c97c480cf777de36",
    "socketio.async_server.AsyncServer._handle_disconnect": "c0b32ada5b371230",
    "socketio.async_server.AsyncServer._handle_event": "65178105ef8b593d",
    "socketio.async_server.AsyncServer._handle_event_internal": "472e8b723a12d507",
    "socketio.async_server.AsyncServer.start_background_task": "faeff7a0b34bd43a",
    "socketio.async_manager.AsyncManager.disconnect": "88bed2cbade06a57",
    "socketio.base_manager.BaseManager.pre_connect": "bfdba4c0c8f1bd8a",
    "socketio.base_manager.BaseManager.get_participants": "7d78ad681c95de5b",
    "socketio.base_manager.BaseManager.sid_from_eio_sid": "15467098a36bcd71",
    "socketio.base_manager.BaseManager.eio_sid_from_sid": "b0c0aeb5430d5248",
}
"""Upstream functions that ours call, are called by, or do the opposite of."""

OURS = (server.HubSocket, server.HubEngine, server.HubManager, server.HubServer)
SERVER = server.HubServer(async_mode="aiohttp")
SOURCE = ast.parse(inspect.getsource(server))


def upstream(name: str) -> Any:
    """The function or class of a dotted name."""
    parts = name.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ImportError:
            continue
        for part in parts[length:]:
            found = vars(found)[part]
        return found
    raise LookupError(name)


def digest(function: Any) -> str:
    return hashlib.sha256(inspect.getsource(function).encode()).hexdigest()[:16]


def overridden(ours: type) -> dict[str, tuple[Any, Any]]:
    """Upstream functions that a class of ours replaces: by dotted name, theirs and ours."""
    found = {}
    for name, function in vars(ours).items():
        theirs = next((base for base in ours.__mro__[1:] if name in vars(base) and base is not object), None)
        if inspect.isfunction(function) and theirs is not None:
            found[f"{theirs.__module__}.{theirs.__qualname__}.{name}"] = (vars(theirs)[name], function)
    return found


@pytest.mark.parametrize(("package", "wanted"), VERSIONS.items())
def test_versions(package: str, wanted: str) -> None:
    """Installed and pinned to the very same."""
    advice = f"{package} is another version: read the docstring of this file, then rtserver/hub/server.py"
    assert version(package) == wanted, advice
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert f"{package}=={wanted}" in tomllib.load(file)["project"]["dependencies"], advice


@pytest.mark.parametrize("name", [*REPLACED, *LEANED_ON])
def test_upstream_code(name: str) -> None:
    """Is the one that ours was written against."""
    wanted = (REPLACED | LEANED_ON)[name]
    what = "replaces" if name in REPLACED else "leans on"
    found = digest(upstream(name))
    assert found == wanted, f"{name} has changed to {found}: rtserver/hub/server.py {what} it; read both again"


def test_every_override_is_listed() -> None:
    """Whoever replaces one more function adds it above."""
    assert {name for ours in OURS for name in overridden(ours)} == set(REPLACED)


@pytest.mark.parametrize("ours", OURS, ids=lambda ours: ours.__name__)
def test_signatures(ours: type) -> None:
    """Ours can be called as theirs is: the same names in the same order, more only with a default."""
    for name, (theirs, function) in overridden(ours).items():
        if name.endswith((".__init__", ".handle_request")):
            continue  # made by our own code only; takes aiohttp's request only
        wanted, given = list(inspect.signature(theirs).parameters.values()), inspect.signature(function)
        assert inspect.iscoroutinefunction(theirs) == inspect.iscoroutinefunction(function), name
        for at, parameter in enumerate(list(given.parameters.values())):
            if at >= len(wanted):
                assert parameter.default is not parameter.empty, f"{name}: {parameter} is ours alone"
            elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
                assert parameter.kind is wanted[at].kind, name
            else:
                assert (parameter.name, parameter.default) == (wanted[at].name, wanted[at].default), name
        assert len(given.parameters) >= len(wanted), f"{name}: theirs takes more"


def test_every_private_name_is_theirs_or_ours() -> None:
    """What server.py takes from objects by a private name is defined there, or in the upstream classes."""
    nodes = list(ast.walk(SOURCE))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    own |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    own |= {node.target.id for node in nodes if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    used = {node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr.startswith("_")} - own
    assert used, "this test reads the wrong file"
    covered = {name.rpartition(".")[2] for name in LEANED_ON | REPLACED}
    assert used <= covered, f"add to LEANED_ON: {used - covered}"


class TestAttributes:
    """Attributes, which have no source to compare: they are there, and mean what we take them for."""

    async def test_of_a_socket(self) -> None:
        """As engineio makes it."""
        socket = server.HubSocket(SERVER.eio, "sid1", Admission("p1", None, own_origin=True))
        assert (socket.sid, socket.server) == ("sid1", SERVER.eio)
        flags = (socket.connected, socket.upgrading, socket.upgraded, socket.closing, socket.closed)
        assert flags == (False,) * 5
        assert isinstance(socket.last_ping, float)
        assert isinstance(socket.queue, server.PacketQueue), "create_queue is engineio's hook for it"
        assert socket.upgrade_protocols == ["websocket"]

    def test_of_the_engine(self) -> None:
        """The server of engineio, made by our hook, with its driver's parts."""
        engine = SERVER.eio
        assert type(engine) is server.HubEngine
        assert (engine.sockets, engine.start_service_task) == ({}, True)
        assert (engine.ping_interval, engine.ping_timeout) == (25, 20)
        assert set(engine._async) >= {"translate_request", "make_response", "websocket"}
        assert engine._async["translate_request"] is aiohttp_driver.translate_request
        assert engine._async["websocket"] is server.HubWebSocket
        for reason in ("TRANSPORT_CLOSE", "TRANSPORT_ERROR", "SERVER_DISCONNECT", "CLIENT_DISCONNECT"):
            assert isinstance(getattr(engine.reason, reason), str)

    def test_of_the_server(self) -> None:
        """python-socketio's bookkeeping."""
        assert (SERVER.handlers, SERVER.namespace_handlers, SERVER.environ) == ({}, {}, {})
        assert type(SERVER.manager) is server.HubManager
        assert SERVER.manager.server is SERVER
        assert SERVER.packet_class is sio_packet.Packet
        assert isinstance(SERVER.reason.CLIENT_DISCONNECT, str)

    def test_of_packets(self) -> None:
        """The numbers are the protocols'."""
        engine = ("OPEN", "CLOSE", "PING", "PONG", "MESSAGE", "UPGRADE", "NOOP")
        assert [getattr(eio_packet, name) for name in engine] == list(range(7))
        names = ("CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK")
        assert [getattr(sio_packet, name) for name in names] == list(range(7))
        packet = eio_packet.Packet(eio_packet.MESSAGE, b"x")
        assert (packet.packet_type, packet.data, packet.binary) == (eio_packet.MESSAGE, b"x", True)

    def test_of_exceptions(self) -> None:
        """One `except EngineIOError` covers them."""
        assert issubclass(exceptions.ContentTooLongError, exceptions.EngineIOError)
        assert issubclass(exceptions.UnknownPacketError, exceptions.EngineIOError)
        assert issubclass(exceptions.SocketIsClosedError, exceptions.EngineIOError)

    def test_of_the_queue(self) -> None:
        """asyncio's hooks for subclasses, with which waiting bytes are counted."""
        queue = server.PacketQueue()
        queue.put_nowait(eio_packet.Packet(eio_packet.MESSAGE, "abc"))
        queue.put_nowait(eio_packet.Packet(eio_packet.MESSAGE, b"de"))
        queue.put_nowait(eio_packet.Packet(eio_packet.NOOP))
        queue.put_nowait(None)
        assert queue.waiting_bytes == 5
        queue.get_nowait()
        assert queue.waiting_bytes == 2
        for _ in range(3):
            queue.get_nowait()
        assert queue.waiting_bytes == 0
        assert {"_put", "_get"} <= set(vars(asyncio.Queue))

    def test_of_aiohttp(self) -> None:
        """The WebSocket's options, its messages, and the transport behind a request."""
        options = inspect.signature(web.WebSocketResponse.__init__).parameters
        assert {"max_msg_size", "compress", "timeout"} <= set(options)
        assert isinstance(inspect.getattr_static(web.Request, "transport"), property)
        environ = aiohttp_driver.translate_request
        assert "aiohttp.request" in inspect.getsource(environ)


def test_a_changed_function_is_noticed() -> None:
    """The digest itself: one more character is another."""
    assert digest(upstream) != digest(overridden)
