"""Who may open or use a connection, before anything of it is read: one function for every transport.

What a session may do is decided later, by the permissions; here only: is this a page that may connect, does it speak
our protocol, is there space, and does the sid belong to this project?
"""

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from msgspec import Struct

from rooms.errors import ErrorCode, Refused

ENGINE_IO_VERSION = "4"
TRANSPORTS = frozenset({"polling", "websocket"})
NODE_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
"""As `node_name` in the settings, with the letter of a worker."""

PROJECT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class Knock(Struct, frozen=True):
    """An HTTP request to the Socket.IO endpoint, as far as admission looks at it.

    `origin` is None when the request has no Origin header: not from a browser's cross-origin request.
    """

    method: str
    query: Mapping[str, str]
    origin: str | None
    is_upgrade: bool


class Admission(Struct, frozen=True):
    """The knock is let in. `own_origin`: it may use the cookies of this browser; `node`: the server it asks for."""

    project: str
    sid: str | None
    own_origin: bool
    node: str | None = None


class Sockets(Protocol):
    """What admission asks of the open sockets."""

    def count(self) -> int:
        """How many there are."""
        ...

    def project_of(self, sid: str) -> str | None:
        """The project that a sid was admitted for; None for an unknown sid."""
        ...


class AdmissionRules(Struct, frozen=True):
    """What is let in: exact origins, and at most `connections_max` sockets; no new ones while this node is left."""

    own_origins: frozenset[str]
    allowed_origins: frozenset[str]
    connections_max: int
    is_draining: Callable[[], bool] = lambda: False


def admit(knock: Knock, rules: AdmissionRules, sockets: Sockets) -> Admission:
    """Let a request in, or raise `Refused` with the code that says why not."""
    own_origin = _own_origin(knock.origin, rules)
    transport = knock.query.get("transport", "")
    if transport not in TRANSPORTS:
        raise Refused(ErrorCode.INVALID, "transport")
    if knock.query.get("EIO") != ENGINE_IO_VERSION:
        raise Refused(ErrorCode.VERSION_UNSUPPORTED, "EIO")
    if "j" in knock.query:
        raise Refused(ErrorCode.INVALID, "JSONP is not offered")
    if (transport == "websocket") is not knock.is_upgrade:
        raise Refused(ErrorCode.INVALID, "transport and upgrade do not agree")
    project = knock.query.get("project", "")
    if not PROJECT_ID.fullmatch(project):
        raise Refused(ErrorCode.UNKNOWN_PROJECT)
    sid = knock.query.get("sid")
    if sid is not None:
        if sockets.project_of(sid) != project:
            raise Refused(ErrorCode.INVALID, "unknown sid")
    elif knock.method != "GET":
        raise Refused(ErrorCode.INVALID, "a new connection starts with GET")
    elif rules.is_draining():
        raise Refused(ErrorCode.SHUTTING_DOWN)
    elif sockets.count() >= rules.connections_max:
        raise Refused(ErrorCode.SERVER_FULL)
    return Admission(project, sid, own_origin, _node(knock.query.get("node")))


def _node(name: str | None) -> str | None:
    """The server that is asked for; what cannot be the name of one is as good as none."""
    return name if name is not None and NODE_NAME.fullmatch(name) else None


def is_websocket_upgrade(headers: Mapping[str, str]) -> bool:
    """Whether both headers say so (RFC 6455, 4.1). `headers`: looked up in any case."""
    connection = [part.strip() for part in headers.get("Connection", "").lower().split(",")]
    return "upgrade" in connection and headers.get("Upgrade", "").lower() == "websocket"


def _own_origin(origin: str | None, rules: AdmissionRules) -> bool:
    """Whether cookies count. Without an Origin header it is no cross-site request of a page (Fetch standard, 3.1)."""
    if origin is None or origin in rules.own_origins:
        return True
    if origin in rules.allowed_origins:
        return False
    raise Refused(ErrorCode.ORIGIN_REFUSED)
