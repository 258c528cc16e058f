"""Who is let in, before anything of the request is used."""

import pytest

from rooms.errors import ErrorCode, Refused
from rtserver.hub.admit import Admission, AdmissionRules, Knock, admit

OWN = "https://rt.example.eu"
PORTAL = "https://portal.example.fr"
RULES = AdmissionRules(frozenset({OWN}), frozenset({PORTAL}), connections_max=3)
GOOD = {"EIO": "4", "transport": "polling", "project": "p1"}


class Sockets:
    """Open sockets: how many, and the project of each sid."""

    def __init__(self, count: int = 0, **projects: str) -> None:
        self._count = count
        self._projects = projects

    def count(self) -> int:
        return self._count

    def project_of(self, sid: str) -> str | None:
        return self._projects.get(sid)


def knock(
    changes: dict[str, str | None] | None = None,
    *,
    origin: str | None = None,
    method: str = "GET",
    is_upgrade: bool = False,
) -> Knock:
    """A good request with some changes to its query; None leaves a parameter out."""
    query = {**GOOD, **(changes or {})}
    return Knock(method, {key: value for key, value in query.items() if value is not None}, origin, is_upgrade)


def refusal(bad: Knock, sockets: Sockets | None = None) -> tuple[ErrorCode, str | None]:
    with pytest.raises(Refused) as caught:
        admit(bad, RULES, sockets or Sockets())
    return caught.value.code, caught.value.detail


def test_polling_comes_in() -> None:
    """A new connection without a sid."""
    assert admit(knock(), RULES, Sockets()) == Admission("p1", None, own_origin=True)


def test_websocket_comes_in() -> None:
    """The transport and the Upgrade header agree."""
    good = knock({"transport": "websocket"}, is_upgrade=True)
    assert admit(good, RULES, Sockets()) == Admission("p1", None, own_origin=True)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_open_socket_goes_on(method: str) -> None:
    """With its sid, also when the server is full."""
    sockets = Sockets(3, abc="p1")
    assert admit(knock({"sid": "abc"}, method=method), RULES, sockets) == Admission("p1", "abc", own_origin=True)


def test_an_upgrade_goes_on() -> None:
    """Polling becomes a WebSocket on the same sid."""
    good = knock({"sid": "abc", "transport": "websocket"}, is_upgrade=True)
    assert admit(good, RULES, Sockets(3, abc="p1")).sid == "abc"


@pytest.mark.parametrize(
    ("origin", "own"), [(None, True), (OWN, True), (PORTAL, False)], ids=["absent", "own", "allowed"]
)
def test_origins_that_come_in(origin: str | None, own: bool) -> None:
    """Only our own pages, and what is no page at all, may use cookies."""
    assert admit(knock(origin=origin), RULES, Sockets()).own_origin is own


@pytest.mark.parametrize(
    "origin",
    [
        "https://stranger.example.org",
        "http://rt.example.eu",
        "https://rt.example.eu:8443",
        "https://rt.example.eu/",
        "https://RT.example.eu",
        "https://rt.example.eu.stranger.org",
        "https://x.rt.example.eu",
        "null",
        "",
    ],
)
def test_foreign_origins(origin: str) -> None:
    """Compared letter by letter; nothing else of the request is looked at before."""
    assert refusal(knock({"EIO": "3", "transport": None}, origin=origin))[0] is ErrorCode.ORIGIN_REFUSED


@pytest.mark.parametrize(
    ("bad", "code", "detail"),
    [
        (knock({"transport": None}), ErrorCode.INVALID, "transport"),
        (knock({"transport": "webtransport"}), ErrorCode.INVALID, "transport"),
        (knock({"transport": "Polling"}), ErrorCode.INVALID, "transport"),
        (knock({"EIO": None}), ErrorCode.VERSION_UNSUPPORTED, "EIO"),
        (knock({"EIO": "3"}), ErrorCode.VERSION_UNSUPPORTED, "EIO"),
        (knock({"EIO": "4.0"}), ErrorCode.VERSION_UNSUPPORTED, "EIO"),
        (knock({"EIO": "3", "sid": "abc"}), ErrorCode.VERSION_UNSUPPORTED, "EIO"),
        (knock({"j": "0"}), ErrorCode.INVALID, "JSONP is not offered"),
        (knock({"j": ""}), ErrorCode.INVALID, "JSONP is not offered"),
        (knock({"transport": "websocket"}), ErrorCode.INVALID, "transport and upgrade do not agree"),
        (knock(is_upgrade=True), ErrorCode.INVALID, "transport and upgrade do not agree"),
        (knock({"project": None}), ErrorCode.UNKNOWN_PROJECT, None),
        (knock({"project": ""}), ErrorCode.UNKNOWN_PROJECT, None),
        (knock({"project": "p/1"}), ErrorCode.UNKNOWN_PROJECT, None),
        (knock({"project": "p1\n"}), ErrorCode.UNKNOWN_PROJECT, None),
        (knock({"project": "é"}), ErrorCode.UNKNOWN_PROJECT, None),
        (knock({"project": "p" * 65}), ErrorCode.UNKNOWN_PROJECT, None),
        (knock({"sid": "unknown"}), ErrorCode.INVALID, "unknown sid"),
        (knock({"sid": ""}), ErrorCode.INVALID, "unknown sid"),
        (knock({"sid": "abc", "project": "p2"}), ErrorCode.INVALID, "unknown sid"),
        (knock(method="POST"), ErrorCode.INVALID, "a new connection starts with GET"),
        (knock(method="PUT"), ErrorCode.INVALID, "a new connection starts with GET"),
    ],
)
def test_bad_knocks(bad: Knock, code: ErrorCode, detail: str | None) -> None:
    """Each has its code and says what is wrong."""
    assert refusal(bad, Sockets(1, abc="p1")) == (code, detail)


def test_the_longest_project_id() -> None:
    """Sixty-four characters are one."""
    assert admit(knock({"project": "p" * 64}), RULES, Sockets()).project == "p" * 64


@pytest.mark.parametrize(("count", "full"), [(2, False), (3, True), (4, True)])
def test_a_full_server(count: int, full: bool) -> None:
    """It refuses new connections with a code that is worth another try."""
    if full:
        assert refusal(knock(), Sockets(count))[0] is ErrorCode.SERVER_FULL
        assert Refused(ErrorCode.SERVER_FULL).retry
    else:
        assert admit(knock(), RULES, Sockets(count)).project == "p1"


@pytest.mark.parametrize("sid", [None, "abc"])
def test_a_node_that_is_left(sid: str | None) -> None:
    """New sockets go elsewhere, and may try again; open ones go on."""
    rules = AdmissionRules(RULES.own_origins, RULES.allowed_origins, 3, is_draining=lambda: True)
    if sid is not None:
        assert admit(knock({"sid": sid}), rules, Sockets(1, abc="p1")).sid == sid
        return
    with pytest.raises(Refused) as caught:
        admit(knock(), rules, Sockets())
    assert caught.value.code is ErrorCode.SHUTTING_DOWN
    assert caught.value.retry


@pytest.mark.parametrize(
    ("asked", "node"),
    [("node1", "node1"), ("node-2a", "node-2a"), ("", None), ("x" * 41, None), ("../etc", None), ("a b", None)],
)
def test_the_server_that_is_asked_for(asked: str, node: str | None) -> None:
    """What cannot be a name is no reason to refuse anybody."""
    assert admit(knock({"node": asked}), RULES, Sockets()).node == node
