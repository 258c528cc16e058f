"""The private parts of socketio, engineio, aiohttp and picows under `rtserver/hub` are those that it was made for.

When a test here fails after an upgrade: read the upstream function that it names beside ours, carry over what has
changed, run the wire tests (`make test PYTEST_ARGS="-m wire"`), and only then correct the table.
"""

import ast
import hashlib
import importlib
import inspect
import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Any

import picows
import picows.api
import picows.picows
import pytest
from aiohttp import web
from engineio import async_socket, exceptions
from engineio import packet as eio_packet
from engineio.async_drivers import aiohttp as aiohttp_driver
from picows.common import WSUpgradeResponseWithListener
from socketio import packet as sio_packet

from rtserver.hub import engine as hub_engine
from rtserver.hub import manager, picows_driver, server
from rtserver.hub.admit import Admission
from rtserver.hub.aiohttp_driver import AiohttpWebSocket
from rtserver.hub.frames import Opcode

ROOT = Path(__file__).resolve().parents[3]

VERSIONS = {"python-socketio": "5.18.1", "python-engineio": "4.15.1", "aiohttp": "3.14.5", "picows": "2.3.1"}
"""What the tables below were made from."""

REPLACED = {
    "engineio.base_socket.BaseSocket.__init__": "8532b631a4dc815f",
    "engineio.async_socket.AsyncSocket._websocket_handler": "27f120df4d717a24",
    "engineio.async_socket.AsyncSocket.poll": "826f58a9f3606db2",
    "engineio.async_socket.AsyncSocket.handle_post_request": "82dca119a261a959",
    "engineio.async_socket.AsyncSocket.send": "0437276ccba7ab09",
    "engineio.async_socket.AsyncSocket.schedule_ping": "fe316639159cd70d",
    "engineio.async_socket.AsyncSocket.close": "faa2e93902543244",
    "engineio.base_server.BaseServer.__init__": "a06b17502fbd9646",
    "engineio.async_server.AsyncServer.handle_request": "1a8c878e35166cfe",
    "engineio.async_server.AsyncServer._handle_connect": "5bd7edc1d1ae115a",
    "socketio.base_manager.BaseManager.__init__": "bfee992d912fe9a4",
    "socketio.base_manager.BaseManager.get_participants": "7d78ad681c95de5b",
    "socketio.base_manager.BaseManager.basic_enter_room": "3f509586d2d7f47e",
    "socketio.base_manager.BaseManager.basic_leave_room": "e27f3eea06d1c6a6",
    "socketio.base_manager.BaseManager.basic_disconnect": "2933b50bc4b2ea7b",
    "socketio.base_manager.BaseManager.get_rooms": "56a1017f85af9f91",
    "socketio.async_manager.AsyncManager.emit": "01ccd5b82b4f955e",
    "socketio.async_server.AsyncServer.__init__": "7ae671981d87c57f",
    "socketio.async_server.AsyncServer.shutdown": "70ac47acea94d661",
    "socketio.async_server.AsyncServer._engineio_server_class": "199c42bf149247e0",
    "socketio.async_server.AsyncServer._send_packet": "a00022b42c1c29e9",
}
"""Upstream functions that ours stand in for, and the beginning of the SHA-256 of their source."""

LEANED_ON = {
    "socketio.async_server.AsyncServer._send_eio_packet": "64cf72a2ab7d75b1",
    "engineio.async_socket.AsyncSocket.handle_get_request": "05eaae9f0a60d9be",
    "engineio.async_socket.AsyncSocket._upgrade_websocket": "820b83efe96adb98",
    "engineio.async_socket.AsyncSocket.receive": "a91ae36ec2fb5340",
    "engineio.async_socket.AsyncSocket._send_ping": "67db82a704ea49d0",
    "engineio.async_server.AsyncServer._service_task": "b6358bda51d0b34b",
    "engineio.async_server.AsyncServer._trigger_event": "4a09b6e47eb66532",
    "engineio.async_server.AsyncServer._make_response": "5f883ef57e34f34c",
    "engineio.async_server.AsyncServer.disconnect": "8bb6448caae41ca6",
    "engineio.async_server.AsyncServer.send_packet": "c54317440865030d",
    "engineio.async_server.AsyncServer.session": "da753ca9369f4b94",
    "engineio.async_server.AsyncServer.get_session": "db9559853d608ac4",
    "engineio.async_server.AsyncServer.save_session": "cd289c4521462d76",
    "engineio.async_server.AsyncServer.shutdown": "3f734c62c291d56a",
    "engineio.async_server.AsyncServer.start_background_task": "c873562535a68297",
    "engineio.base_server.BaseServer._bad_request": "af66afac6f6c67db",
    "engineio.base_server.BaseServer._ok": "b8f717402eac2b0d",
    "engineio.base_server.BaseServer._upgrades": "040ebcdf64fbf1b3",
    "engineio.base_server.BaseServer._generate_sid_cookie": "30faebd18e6204cb",
    "engineio.base_server.BaseServer._get_socket": "ae2f99e66d632944",
    "engineio.base_server.BaseServer.generate_id": "b6a591454237c0bb",
    "engineio.base_server.BaseServer.transport": "b89092fc46ae2ba3",
    "engineio.packet.Packet.encode": "8f3d5d869711cbb8",
    "engineio.payload.Payload.encode": "67dab77bf52cf29c",
    "engineio.async_drivers.aiohttp.create_route": "0bb365240a062488",
    "engineio.async_drivers.aiohttp.translate_request": "20aa782740060790",
    "engineio.async_drivers.aiohttp.make_response": "58b0a5e7050ff6ec",
    "engineio.async_drivers.aiohttp.WebSocket": "96fbcb0d1f45694a",
    "socketio.base_server.BaseServer.__init__": "6b998e091b34a563",
    "socketio.async_server.AsyncServer.disconnect": "7d2f76686c12cc23",
    "socketio.async_server.AsyncServer._handle_connect": "c97c480cf777de36",
    "socketio.async_server.AsyncServer._handle_disconnect": "c0b32ada5b371230",
    "socketio.async_server.AsyncServer._handle_event": "65178105ef8b593d",
    "socketio.async_server.AsyncServer._handle_event_internal": "472e8b723a12d507",
    "socketio.async_server.AsyncServer._handle_ack": "b7521c6c30972551",
    "socketio.async_server.AsyncServer._trigger_event": "01ba90cfa09ba43e",
    "socketio.async_server.AsyncServer._handle_eio_connect": "76704886d944a7e6",
    "socketio.async_server.AsyncServer._handle_eio_message": "bef50fc0e1635921",
    "socketio.async_server.AsyncServer._handle_eio_disconnect": "9344593148b66fd9",
    "socketio.async_server.AsyncServer.start_background_task": "faeff7a0b34bd43a",
    "socketio.async_manager.AsyncManager.can_disconnect": "9659ad0644120d27",
    "socketio.async_manager.AsyncManager.connect": "f505d30770526112",
    "socketio.async_manager.AsyncManager.disconnect": "88bed2cbade06a57",
    "socketio.async_manager.AsyncManager.enter_room": "fc2bbb63043d4da9",
    "socketio.async_manager.AsyncManager.leave_room": "2af1184b4bec1ffa",
    "socketio.async_manager.AsyncManager.close_room": "3915d433d998118a",
    "socketio.base_manager.BaseManager.connect": "a0214ac7cb24346c",
    "socketio.base_manager.BaseManager.pre_connect": "bfdba4c0c8f1bd8a",
    "socketio.base_manager.BaseManager.is_pre_connected": "40a897c4ab2ccc5d",
    "socketio.base_manager.BaseManager.is_connected": "d37721466718b4f4",
    "socketio.base_manager.BaseManager.pre_disconnect": "18a8d01ed87a9682",
    "socketio.base_manager.BaseManager.basic_close_room": "1d81a80fe1cac5a5",
    "socketio.base_manager.BaseManager.is_sid_room": "e9a9393a969c85fd",
    "socketio.base_manager.BaseManager.sid_from_eio_sid": "15467098a36bcd71",
    "socketio.base_manager.BaseManager.eio_sid_from_sid": "b0c0aeb5430d5248",
    "socketio.base_manager.BaseManager._generate_ack_id": "ca3840d6559ee335",
    "socketio.packet.Packet.encode": "513c45be75181da2",
    "aiohttp.web_runner.BaseSite.__init__": "207797c37b279554",
    "aiohttp.web_runner.BaseSite.start": "8dcebeed1ae05654",
    "aiohttp.web_runner.BaseSite.stop": "c92f18307773ff03",
    "aiohttp.web_runner.TCPSite.start": "0baaeca3d4f956ad",
    "aiohttp.web_server.Server.__call__": "c5700549e688b164",
    "picows.api.ws_create_server": "a6f653953b46201c",
    "picows.common.WSUpgradeResponse.create_error_response": "c747d611e2d018ab",
    "picows.common.WSUpgradeResponseWithListener": "085a9aada6e21a72",
}
"""Upstream functions that ours call, are called by, do the opposite of, or are made after."""

OURS = (hub_engine.HubSocket, hub_engine.HubEngine, manager.HubManager, server.HubServer)
SERVER = server.HubServer(async_mode="aiohttp")
SOURCES = [ast.parse(inspect.getsource(ours)) for ours in (hub_engine, server)]


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
    advice = f"{package} is another version: read the docstring of this file, then rtserver/hub"
    assert version(package) == wanted, advice
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert f"{package}=={wanted}" in tomllib.load(file)["project"]["dependencies"], advice


@pytest.mark.parametrize("name", [*REPLACED, *LEANED_ON])
def test_upstream_code(name: str) -> None:
    """Is the one that ours was written against."""
    wanted = (REPLACED | LEANED_ON)[name]
    what = "replaces" if name in REPLACED else "leans on"
    found = digest(upstream(name))
    assert found == wanted, f"{name} has changed to {found}: rtserver/hub {what} it; read both again"


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
    """What engine.py and server.py take from objects by a private name is defined there, or in the upstream classes."""
    nodes = [node for source in SOURCES for node in ast.walk(source)]
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    own |= {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    own |= {node.target.id for node in nodes if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)}
    private = {node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr.startswith("_")}
    used = {name for name in private if not name.endswith("__")} - own
    assert used, "this test reads the wrong file"
    covered = {name.rpartition(".")[2] for name in LEANED_ON | REPLACED}
    assert used <= covered, f"add to LEANED_ON: {used - covered}"


class TestAttributes:
    """Attributes, which have no source to compare: they are there, and mean what we take them for."""

    async def test_of_a_socket(self) -> None:
        """All that engineio's own sockets have, but for their queue and what counts pings, which are replaced."""
        theirs = async_socket.AsyncSocket(SERVER.eio, "sid1")
        ours = hub_engine.HubSocket(SERVER.eio, "sid1", Admission("p1", None, own_origin=True))
        missing = {name for name in vars(theirs) if not hasattr(ours, name)}
        assert missing == {"queue", "last_ping"}
        same = set(vars(theirs)) - missing
        assert {name: getattr(ours, name) for name in same} == {name: getattr(theirs, name) for name in same}
        assert ours.upgrade_protocols == ["websocket"]

    def test_of_the_engine(self) -> None:
        """The server of engineio, made by our hook, with its driver's parts."""
        engine = SERVER.eio
        assert type(engine) is hub_engine.HubEngine
        assert (engine.sockets, engine.start_service_task) == ({}, False), (
            "the heartbeat is in the service task's place"
        )
        assert (engine.ping_interval, engine.ping_timeout, engine.max_http_buffer_size) == (25, 20, 1_000_000)
        assert set(engine.handlers) == {"connect", "disconnect", "message"}, "python-socketio's"
        assert set(engine._async) >= {"translate_request", "make_response", "websocket"}
        assert engine._async["translate_request"] is aiohttp_driver.translate_request
        assert engine._async["websocket"] is AiohttpWebSocket
        assert aiohttp_driver._async["websocket"] is aiohttp_driver.WebSocket, "other servers keep theirs"
        for reason in ("TRANSPORT_CLOSE", "TRANSPORT_ERROR", "SERVER_DISCONNECT", "CLIENT_DISCONNECT", "PING_TIMEOUT"):
            assert isinstance(getattr(engine.reason, reason), str)

    def test_of_the_server(self) -> None:
        """python-socketio's bookkeeping."""
        assert (SERVER.handlers, SERVER.namespace_handlers, SERVER.environ) == ({}, {}, {})
        assert type(SERVER.manager) is manager.HubManager
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

    def test_of_aiohttp(self) -> None:
        """The WebSocket's options, its messages, the transport behind a request, and what `OnePort` is made on."""
        options = inspect.signature(web.WebSocketResponse.__init__).parameters
        assert {"max_msg_size", "compress", "timeout", "autoping", "autoclose"} <= set(options)
        assert set(web.BaseSite.__slots__) == {"_runner", "_ssl_context", "_backlog", "_server"}
        assert isinstance(inspect.getattr_static(web.BaseRunner, "server"), property)
        assert isinstance(inspect.getattr_static(web.Request, "transport"), property)
        environ = aiohttp_driver.translate_request
        assert "aiohttp.request" in inspect.getsource(environ)


class TestPicows:
    """It is compiled; its source comes with it."""

    SOURCE = (Path(str(picows.__file__)).parent / "picows.pyx").read_text()
    MADE_AS = (
        # picows' own parameter, what its server passes, what ours does
        ("host_port", "None", "None"),
        ("ws_path", "None", "None"),
        ("is_client_side", "False", "False"),
        ("ws_listener_factory", "ws_listener_factory", "answer"),
        ("logger", "_resolve_logger(logger_name, 'server')", "watch"),
        ("disconnect_on_exception", "disconnect_on_exception", "True"),
        ("websocket_handshake_timeout", "websocket_handshake_timeout", "HANDSHAKE_DEADLINE"),
        ("enable_auto_ping", "enable_auto_ping", "False"),
        ("auto_ping_idle_timeout", "auto_ping_idle_timeout", "0"),
        ("auto_ping_reply_timeout", "auto_ping_reply_timeout", "0"),
        ("auto_ping_strategy", "auto_ping_strategy", "WSAutoPingStrategy.PING_WHEN_IDLE"),
        ("enable_auto_pong", "enable_auto_pong", "False"),
        ("max_frame_size", "max_frame_size", "POST_BYTES_MAX"),
        ("extra_headers", "None", "None"),
        ("read_buffer_init_size", "read_buffer_init_size", "READ_BUFFER_BYTES"),
    )

    def test_how_a_protocol_is_made(self) -> None:
        """Its arguments have no names there: each is in its place, here as in picows' own server."""
        _, _, rest = self.SOURCE.partition("cdef class WSProtocol(")
        signature = rest[: rest.index("):\n", rest.index("def __init__(self"))].partition("def __init__(self,")[2]
        parameters = [parameter.split()[-1] for parameter in signature.split(",")]
        assert parameters == [name for name, _, _ in self.MADE_AS]
        assert arguments_of(picows.api.ws_create_server) == [theirs for _, theirs, _ in self.MADE_AS]
        assert arguments_of(picows_driver.websocket_protocol) == [ours for _, _, ours in self.MADE_AS]

    def test_what_a_logger_is_asked(self) -> None:
        """`Watch` answers all of it; its errors are those of the parser and of listeners."""
        asked = set(re.findall(r"self\._logger\.(\w+)\(", self.SOURCE)) - {"log"}
        assert asked == {"isEnabledFor", "debug", "info", "warning", "error", "exception"}
        assert asked <= set(vars(picows_driver.Watch))
        assert "if isinstance(self._logger, logging.Logger):" in self.SOURCE, "else it makes no child of it"
        _, _, parsing = self.SOURCE.partition("except WSProtocolError as ex:")
        assert parsing.lstrip().startswith('self._logger.error("WS parser error')

    def test_frames(self) -> None:
        """What a listener looks at."""
        frame = picows.picows._make_test_ws_frame(picows.WSMsgType.TEXT, b"4x", True, False)
        assert (frame.msg_type, frame.get_payload_as_bytes()) == (picows.WSMsgType.TEXT, b"4x")
        assert (frame.fin, frame.rsv1, frame.rsv2, frame.rsv3) == (1, 0, 0, 0)
        known = {kind.name: kind.value for kind in picows.WSMsgType}
        assert known == {opcode.name: opcode.value for opcode in Opcode}

    def test_requests_and_answers(self) -> None:
        """Their headers can be let go of, and a refusal has no listener."""
        request = picows.WSUpgradeRequest()
        request.headers, request.path, request.method = picows_driver.NO_HEADERS, b"", b"GET"
        response = picows.WSUpgradeResponse.create_error_response(403, b"{}", {"Content-Type": "application/json"})
        assert response.headers["Content-Type"] == "application/json"
        response.headers = picows_driver.NO_HEADERS
        assert WSUpgradeResponseWithListener(response, None).listener is None
        for name in ("underlying_transport", "request", "response"):
            assert hasattr(picows.WSTransport, name), name

    def test_a_listener(self) -> None:
        """All that it is called with."""
        for name, _ in inspect.getmembers(picows.WSListener):
            if not name.startswith("__") and name not in ("send_user_specific_ping", "is_user_specific_pong"):
                assert name in vars(picows_driver.HubListener), name


def arguments_of(function: Any) -> list[str]:
    """What a function makes its `WSProtocol` with."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(function))) if isinstance(node, ast.Call)]
    (made,) = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "WSProtocol"]
    assert made.keywords == []
    return [ast.unparse(argument) for argument in made.args]


def test_a_changed_function_is_noticed() -> None:
    """The digest itself: one more character is another."""
    assert digest(upstream) != digest(overridden)
