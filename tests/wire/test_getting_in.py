"""Tickets, sessions and cookies over the wire: what lets a client in, and what does not."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest

from rooms.messages import PROTOCOL_VERSION
from rtserver.administration import administering
from rtserver.config_loading import load
from rtserver.pages import cookie_name
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.clients import KINDS, NPM_POLLING, NPM_WEBSOCKET, PYTHON_WEBSOCKET, ConnectRefused, Entry, Kind
from tests.wire.raw import Ended, RawWebSocket, answer_of, raw
from tests.wire.server import Server, speak

every_kind = pytest.mark.parametrize("kind", KINDS, ids=str)
two_kinds = pytest.mark.parametrize("kind", [NPM_WEBSOCKET, NPM_POLLING], ids=str)

PORTAL = "https://portal.example.eu"
STRANGER = "https://stranger.example.org"


@pytest.fixture(scope="module")
def portal_server(tmp_path_factory: pytest.TempPathFactory, websocket_driver: str) -> Any:
    """A server that a portal's pages may connect to, with few devices a member."""
    server = Server(
        tmp_path_factory.mktemp("portal"),
        allowed_origins=[PORTAL],
        connections_per_member=2,
        presence_interval=0.05,
        websocket_driver=websocket_driver,
    )
    yield server.start()
    server.stop()
    server.check_log()


@pytest.fixture
async def portal(portal_server: Server, open_room: Callable[..., Any]) -> Classroom:
    return await open_room(portal_server)


async def _refusal(classroom: Classroom, auth: dict[str, Any], kind: Kind, **options: Any) -> Entry:
    client = classroom.client(auth, kind, **options)
    refused = await client.refused()
    assert not client.is_connected
    return refused


@every_kind
async def test_a_ticket_lets_in_once(classroom: Classroom, kind: Kind) -> None:
    """The second client with the same ticket is refused, whichever kind it is; the first stays."""
    ticket = await classroom.ticket(classroom.leo)
    first = classroom.client(ticket, kind)
    await first.connected()
    refused = await _refusal(classroom, ticket, kind)
    assert refused.name == "ticket_invalid"
    assert refused.value["data"]["code"] == "ticket_invalid"
    assert refused.value["data"]["retry"] is False
    assert (await first.join_project())["me"] == classroom.leo


async def test_of_several_at_once_with_one_ticket_one_gets_in(classroom: Classroom) -> None:
    """A ticket that is presented by many at the same moment lets in exactly one."""
    ticket = await classroom.ticket(classroom.leo)
    clients = [classroom.client(ticket, kind) for kind in KINDS]
    outcomes = await asyncio.gather(*(client.connected() for client in clients), return_exceptions=True)
    assert outcomes.count(None) == 1
    assert {error.code for error in outcomes if isinstance(error, ConnectRefused)} == {"ticket_invalid"}


@two_kinds
async def test_an_expired_ticket(classroom: Classroom, kind: Kind) -> None:
    """A ticket that is too old is refused."""
    short_lived = load(**{**classroom.server.overrides, "ticket_lifetime": 0.001})
    async with administering(short_lived) as (administration, _):
        ticket, _ = await administration.issue_ticket(classroom.project, classroom.leo)
    assert (await _refusal(classroom, {"version": 1, "ticket": speak(ticket)}, kind)).name == "ticket_invalid"


@two_kinds
async def test_what_is_of_another_project(
    server: Server, classroom: Classroom, open_room: Callable[..., Any], kind: Kind
) -> None:
    """Neither ticket nor session of one project lets into another; the ticket is not spent by that."""
    other = await open_room(server)
    ticket = await classroom.ticket(classroom.leo)
    assert (await _refusal(other, ticket, kind)).name == "ticket_invalid"
    session = await classroom.session(classroom.leo)
    assert (await _refusal(other, session, kind)).name == "session_ended"
    for auth in (ticket, session):
        client = classroom.client(auth, kind)
        await client.connected()


@every_kind
async def test_a_resumed_socket_presents_its_session(classroom: Classroom, kind: Kind) -> None:
    """After a drop the library comes back with the session that the ticket was exchanged for."""
    client = await classroom.connect(classroom.ola, kind)
    client.drop()
    await client.connected(times=2)
    assert (await client.join_project())["me"] == classroom.ola
    assert len(client.pushes("session")) == 1


BAD_AUTH: list[tuple[Any, str]] = [
    (None, "invalid"),
    ({}, "invalid"),
    ({"version": "1"}, "invalid"),
    ({"version": 1}, "sign_in_required"),
    ({"version": PROTOCOL_VERSION + 1, "ticket": "x"}, "version_unsupported"),
    ({"version": 1, "ticket": "no-such-ticket"}, "ticket_invalid"),
    ({"version": 1, "ticket": "x" * 10_000}, "ticket_invalid"),
    ({"version": 1, "ticket": "\x00"}, "ticket_invalid"),
    ({"version": 1, "ticket": 7}, "invalid"),
    ({"version": 1, "session": "no-such-session"}, "session_ended"),
    ({"version": 1, "member": "m_nobody"}, "sign_in_required"),
    ({"version": 1, "member": "no;such=cookie"}, "invalid"),
    ({"version": 1, "name": "Leo"}, "invalid"),
]


@every_kind
async def test_bad_auth_is_told_why(classroom: Classroom, kind: Kind) -> None:
    """Every wrong auth object gets its code in the CONNECT_ERROR."""
    clients = [classroom.client(auth, kind) for auth, _ in BAD_AUTH]
    refused = await asyncio.gather(*(client.refused() for client in clients))
    assert [entry.name for entry in refused] == [code for _, code in BAD_AUTH]
    assert all(set(entry.value["data"]) == {"code", "message", "retry"} for entry in refused)


@two_kinds
async def test_an_unknown_project(classroom: Classroom, kind: Kind) -> None:
    """A ticket does not help where there is no project."""
    session = await classroom.session(classroom.leo)
    assert (await _refusal(classroom, session, kind, project="p_nowhere")).name == "session_ended"


async def _cookie(classroom: Classroom, member: str) -> str:
    """Signed in by invitation, as the page does it; the Cookie header."""
    link, _ = await classroom.administration.invite(classroom.project, member)
    invitation = speak(link.partition("#")[2])
    async with aiohttp.ClientSession() as http:
        body = {"invitation": invitation}
        async with http.post(f"{classroom.server.url}/session", json=body) as response:
            assert response.status == 200
            token = response.cookies[cookie_name(member)].value
    return f"{cookie_name(member)}={speak(token)}"


@every_kind
async def test_a_cookie_of_the_servers_own_page(portal: Classroom, kind: Kind) -> None:
    """The session cookie signs in from the server's own origin; nothing is granted that a script could keep."""
    headers = {"Cookie": await _cookie(portal, portal.zoe), "Origin": portal.server.url}
    client = portal.client({"version": 1, "member": portal.zoe}, kind, headers=headers)
    await client.connected()
    assert (await client.join_project())["me"] == portal.zoe
    assert client.pushes("session") == []


@two_kinds
async def test_a_cookie_counts_for_its_member_only(portal: Classroom, kind: Kind) -> None:
    """Who names another member than the cookie is for has to sign in."""
    headers = {"Cookie": await _cookie(portal, portal.zoe), "Origin": portal.server.url}
    refused = await _refusal(portal, {"version": 1, "member": portal.leo}, kind, headers=headers)
    assert refused.name == "sign_in_required"


@two_kinds
async def test_a_cookie_from_a_portal_is_not_enough(portal: Classroom, kind: Kind) -> None:
    """A page of an allowed foreign origin cannot use the browser's cookie; with a session of its own it gets in."""
    headers = {"Cookie": await _cookie(portal, portal.zoe), "Origin": PORTAL}
    refused = await _refusal(portal, {"version": 1, "member": portal.zoe}, kind, headers=headers)
    assert refused.name == "origin_refused"
    client = portal.client(await portal.session(portal.zoe), kind, headers=headers)
    await client.connected()


@two_kinds
async def test_a_stranger_is_refused_before_anything(portal: Classroom, kind: Kind) -> None:
    """A page of an origin that is not allowed gets no socket, with whatever it brings."""
    headers = {"Cookie": await _cookie(portal, portal.zoe), "Origin": STRANGER}
    auth = await portal.session(portal.zoe)
    refused = await _refusal(portal, auth, kind, headers=headers, reconnect=False)
    if kind.transports == ("polling",):
        assert refused.value["status"] == 403
        assert json.loads(refused.value["body"])["error"]["code"] == "origin_refused"
    assert refused.value["data"] is None


async def test_only_allowed_origins_may_read_the_answers(portal: Classroom) -> None:
    """The CORS headers name an origin that may connect, and no other."""
    url = f"{portal.server.url}/socket.io/"
    asked = {"EIO": "4", "transport": "polling", "project": portal.project}
    allow = "Access-Control-Allow-Origin"
    async with aiohttp.ClientSession() as http:
        for origin, may in ((PORTAL, True), (portal.server.url, True), (STRANGER, False), ("null", False)):
            for method in ("GET", "OPTIONS"):
                async with http.request(method, url, params=asked, headers={"Origin": origin}) as response:
                    assert response.headers.get(allow) == (origin if may else None)
                    assert response.ok is may
        async with http.get(url, params={**asked, "EIO": "3"}, headers={"Origin": PORTAL}) as response:
            assert (response.status, response.headers.get(allow)) == (400, PORTAL), "a page could not read why"


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_socket_that_never_connects_is_closed(
    own_server: Callable[..., Server], open_room: Callable[..., Any], transport: str
) -> None:
    """Who opens a transport and does not sign in within the deadline is cut."""
    classroom: Classroom = await open_room(own_server(connect_deadline=0.5))
    async with raw(transport, classroom.server.url, classroom.project) as connection:
        with pytest.raises(Ended):
            await answer_of(connection, 0)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_socket_that_is_refused_is_closed(classroom: Classroom, transport: str) -> None:
    """One try a connection: after a CONNECT_ERROR the transport ends."""
    async with raw(transport, classroom.server.url, classroom.project) as connection:
        refusal = asyncio.ensure_future(answer_of(connection, 4))  # it waits for a poll half a second
        await connection.send(b'40{"version":1,"session":"no-such-session"}')
        assert (await refusal)["data"]["message"] == "session_ended"
        with pytest.raises(Ended):
            await answer_of(connection, 0)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_second_sign_in_on_one_socket_ends_it(classroom: Classroom, transport: str) -> None:
    """One socket is one member: a second CONNECT is malformed, and nothing of the first one is left."""
    teacher = await classroom.enter(classroom.claire)
    first, second = await classroom.session(classroom.leo), await classroom.session(classroom.ewa)
    async with raw(transport, classroom.server.url, classroom.project) as connection:
        await connection.send(b"40" + json.dumps(first).encode())
        await answer_of(connection, 0)
        problem = asyncio.ensure_future(answer_of(connection, 2))  # it waits for a poll half a second
        await connection.send(b"40" + json.dumps(second).encode())
        assert (await problem)["data"][1]["code"] == "malformed"
        with pytest.raises(Ended):
            await answer_of(connection, 0)
    await teacher.push("presence", lambda diff: {"member": classroom.leo, "rooms": None} in diff["changes"])
    assert not any(c["member"] == classroom.ewa for diff in teacher.pushes("presence") for c in diff["changes"])


@pytest.mark.parametrize("transport", ["polling", "websocket"])
async def test_a_socket_that_signs_out_and_stays_is_closed(classroom: Classroom, transport: str) -> None:
    """A transport without a member is of no use to anybody: it ends with the DISCONNECT."""
    async with raw(transport, classroom.server.url, classroom.project) as connection:
        await connection.send(b"40" + json.dumps(await classroom.session(classroom.leo)).encode())
        await answer_of(connection, 0)
        await connection.send(b"41")
        with pytest.raises(Ended):
            await answer_of(connection, 0)


@two_kinds
async def test_beyond_the_servers_space(
    own_server: Callable[..., Server], open_room: Callable[..., Any], kind: Kind
) -> None:
    """One socket too many is refused with server_full; when another has gone there is space again."""
    portal = await open_room(own_server(connections_max=6))
    members = [portal.claire, portal.ewa, portal.leo, portal.zoe, portal.jan, portal.ola]
    clients = []
    for member in members:
        clients.append(portal.client(await portal.session(member), kind))
        await clients[-1].connected()
    session = await portal.session(portal.visitor)
    late = portal.client(session, kind)
    refused = await late.refused()
    if kind.transports == ("polling",):
        assert refused.value["status"] == 503
        error = json.loads(refused.value["body"])["error"]
        assert error["code"] == "server_full"
        assert error["retry"] is True
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as error:
            await RawWebSocket(http, portal.server.url, portal.project).open()
        assert error.value.status == 503
    clients[0].offline()
    await late.connected()


@every_kind
async def test_beyond_a_members_devices(portal: Classroom, kind: Kind) -> None:
    """The oldest device of a member is told bye and does not come back; the newest work."""
    session = await portal.session(portal.leo)
    clients = []
    for _ in range(5):
        clients.append(portal.client(session, kind))
        await clients[-1].connected()
    for old in clients[:3]:
        assert (await old.push("bye"))["code"] == "too_many_devices"
        await old.disconnected()
    for new in clients[3:]:
        await new.join_project()
        assert new.pushes("bye") == []
    assert all(len(client.entries("connected")) == 1 for client in clients)


@every_kind
async def test_back_before_the_server_has_noticed(portal: Classroom, kind: Kind) -> None:
    """A page that comes back with its name takes the place of its connection before, and is not seen in two rooms."""
    teacher = await portal.enter(portal.claire)
    session = {**await portal.session(portal.leo), "page": new_nonce()}
    cut = portal.client(session, kind, reconnect=False)
    await cut.connected()
    await cut.join_project()
    await cut.join(portal.room)
    back = portal.client(session, kind)
    await back.connected()
    await cut.disconnected()
    assert cut.pushes("bye") == []
    await back.join_project()
    assert back.pushes("bye") == []
    await teacher.push("presence", lambda diff: {"member": portal.leo, "rooms": []} in diff["changes"])


async def test_pupils_stay_out_of_a_draft(server: Server, open_room: Callable[..., Any]) -> None:
    """Until the founders activate it, only teachers come in; putting it back to draft sends pupils away."""
    classroom = await open_room(server)
    teacher = await classroom.enter(classroom.claire)
    pupil = await classroom.enter(classroom.leo, PYTHON_WEBSOCKET)
    ticket = await classroom.ticket(classroom.zoe)
    await teacher.call("project.set_phase", phase="draft", nonce=new_nonce())
    assert (await pupil.push("bye"))["code"] == "project_not_started"
    assert (await _refusal(classroom, ticket, NPM_WEBSOCKET)).name == "project_not_started"
    await teacher.join_project()
