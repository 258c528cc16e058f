"""What the shipped HAProxy configuration decides, before nodes that only tell what reached them."""

import asyncio
import json
import os
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from loadtests.topology.certificates import Authority
from loadtests.topology.haproxy import CONFIGURATION, PROGRAM_FOLDERS, HAProxy
from loadtests.topology.process import find_program
from tests.deploy.stub_nodes import StubNode, stub_nodes

FOLDER = CONFIGURATION.parent

PROJECTS = [f"p_{number:04x}-_{number * 7919 % 65521:04X}" for number in range(300)]
"""Of the form of real ones."""

SHARE_MIN = 0.2
"""Of three nodes each has a third of the projects, more or less."""

NOTICED_WITHIN = 10.0
"""Seconds in which the balancer has to see what has become of a node, on a busy machine; 1.3 at rest."""

FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Host": "evil.example",
    "Forwarded": "for=203.0.113.9",
    "X-Real-IP": "203.0.113.9",
}


class Place:
    """A balancer before three nodes, and a browser's share of HTTP to talk to it."""

    def __init__(self, nodes: list[StubNode], balancer: HAProxy, context: ssl.SSLContext) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.balancer = balancer
        self.context = context
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context))

    async def ask(self, path: str, method: str = "GET", **options: Any) -> dict[str, Any]:
        """What the node says that was asked."""
        async with self.http.request(method, self.balancer.url + path, **options) as response:
            assert response.status == 200, await response.text()
            told: dict[str, Any] = await response.json()
            return told

    async def homes(self) -> dict[str, str]:
        """Which node each project is on."""
        asked = [f"/socket.io/?EIO=4&transport=polling&project={project}" for project in PROJECTS]
        told = await asyncio.gather(*(self.ask(path) for path in asked))
        return {project: str(one["node"]) for project, one in zip(PROJECTS, told, strict=True)}

    async def until_ready(self, *names: str) -> None:
        """Wait until the balancer gives new connections to these nodes only."""
        await asyncio.to_thread(self.balancer.wait_for_nodes, names, NOTICED_WITHIN)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    authority = Authority(tmp_path)
    async with stub_nodes("node1", "node2", "node3") as nodes:
        balancer = HAProxy(tmp_path / "haproxy", [node.listed for node in nodes], authority)
        # Off the loop: the nodes answer its first looks meanwhile.
        await asyncio.to_thread(balancer.start)
        place = Place(nodes, balancer, authority.context)
        # On a busy machine it may have missed an answer since, and think that one is away.
        await place.until_ready(*place.nodes)
        try:
            yield place
        finally:
            await place.http.close()
            await asyncio.to_thread(balancer.close)


@pytest.mark.parametrize("nodes", ["nodes-machines.cfg", "nodes-compose.cfg"])
def test_haproxy_takes_the_files(nodes: str, tmp_path: Path) -> None:
    """Both sets, as they are shipped, without a warning; nothing is set but where the certificates are."""
    Authority(tmp_path).issue_for_balancer(tmp_path / "certificates")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BALANCER_")}
    checked = subprocess.run(
        [find_program("haproxy", "haproxy", PROGRAM_FOLDERS), "-c", "-f", CONFIGURATION, "-f", FOLDER / nodes],
        env=environment | {"BALANCER_CERTIFICATES": f"{tmp_path}/certificates/"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = checked.stdout + checked.stderr
    assert checked.returncode == 0, said
    assert said.strip() == "Configuration file is valid"


async def test_one_project_is_on_one_node(place: Place) -> None:
    """Its socket, pictures, page and API; and every node has its share of projects."""
    homes = await place.homes()
    for project, home in list(homes.items())[:40]:
        for method, path in (
            ("POST", f"/socket.io/?project={project}&EIO=4&transport=polling&sid=abc"),
            ("POST", f"/projects/{project}/files?member=m_1&room=r_1"),
            ("GET", f"/projects/{project}/files/f_1?member=m_1"),
            ("GET", f"/projects/{project}/boards/b_1.excalidraw?member=m_1"),
            ("GET", f"/twinspace/{project}/m_1/rooms/r_1"),
            ("GET", f"/api/v1/projects/{project}"),
            ("POST", f"/api/v1/projects/{project}/tickets"),
        ):
            told = await place.ask(path, method)
            assert told["node"] == home, path
            assert told["path"] == path
    shares = Counter(homes.values())
    assert set(shares) == set(place.nodes)
    assert min(shares.values()) >= SHARE_MIN * len(PROJECTS), shares


async def test_what_belongs_to_no_project_is_shared_out(place: Place) -> None:
    """The page, signing in and the list of projects; a project named elsewhere in an address does not count."""
    for path in ("/", "/assets/index.js", "/session", "/api/v1/projects", "/join?project=p_1", "/api/v1/media"):
        assert {(await place.ask(path))["node"] for _ in range(12)} == set(place.nodes), path


async def test_a_node_that_is_not_ready_gets_nothing_new_and_keeps_what_it_has(place: Place) -> None:
    """Only its own projects move, and come back with it; a socket stays open all the while."""
    homes = await place.homes()
    leaving = place.nodes["node2"]
    project = next(project for project, home in homes.items() if home == leaving.name)
    address = f"{place.balancer.url}/socket.io/?EIO=4&transport=websocket&project={project}"
    async with place.http.ws_connect(address) as socket:
        assert (await socket.receive_json())["node"] == leaving.name
        leaving.is_ready = False
        await place.until_ready("node1", "node3")
        meanwhile = await place.homes()
        assert leaving.name not in meanwhile.values()
        assert {p: home for p, home in homes.items() if home != leaving.name} == {
            p: home for p, home in meanwhile.items() if homes[p] != leaving.name
        }
        await socket.send_str("still here")
        assert await socket.receive_str() == "still here"
        leaving.is_ready = True
        await place.until_ready("node1", "node2", "node3")
        assert await place.homes() == homes
        await socket.send_str("all the while")
        assert await socket.receive_str() == "all the while"


async def test_a_node_may_be_asked_for(place: Place) -> None:
    """By who is told that a call goes on there; one that is away, or that nobody knows, is as good as none."""
    homes = await place.homes()
    for project, home in list(homes.items())[:5]:
        path = f"/socket.io/?EIO=4&transport=polling&project={project}"
        for name in place.nodes:
            assert (await place.ask(f"{path}&node={name}"))["node"] == name
        assert (await place.ask(f"{path}&node=node9"))["node"] == home
    place.nodes["node2"].is_ready = False
    await place.until_ready("node1", "node3")
    stays = next(project for project, home in homes.items() if home == "node1")
    assert (await place.ask(f"/socket.io/?EIO=4&transport=polling&project={stays}&node=node2"))["node"] == "node1"


async def test_where_none_is_ready_those_that_live_serve(place: Place) -> None:
    """Each project on the very node that it was on, so that who polls stays connected."""
    homes = await place.homes()
    for node in place.nodes.values():
        node.is_ready = False
    await place.until_ready()
    assert await place.homes() == homes
    await place.nodes["node1"].stop()
    assert set((await place.homes()).values()) == {"node2", "node3"}


async def test_a_node_that_has_gone_is_not_waited_for(place: Place) -> None:
    """Before the balancer has noticed: whoever comes is sent to another one, with what they sent."""
    homes = await place.homes()
    gone = place.nodes["node3"]
    await gone.stop()
    project = next(project for project, home in homes.items() if home == gone.name)
    path = f"{place.balancer.url}/projects/{project}/files"
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=place.context)) as newcomer,
        newcomer.post(path, data=b"x" * 300_000) as response,
    ):
        assert response.status == 200
        told = await response.json()
    assert told["node"] != gone.name
    assert told["body"] == 300_000


async def test_a_websocket_comes_on_a_connection_of_its_own(place: Place) -> None:
    """However many idle ones there are: rtserver's faster driver takes only a connection's first request."""
    project = PROJECTS[0]
    path = f"/socket.io/?EIO=4&transport=polling&project={project}"
    counts = [(await place.ask(path))["count"] for _ in range(4)]
    assert max(counts) > 1, "connections to the nodes are used again"
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=place.context)) as another:
        for _ in range(3):
            address = f"{place.balancer.url}/socket.io/?EIO=4&transport=websocket&project={project}"
            async with another.ws_connect(address) as socket:
                assert (await socket.receive_json())["count"] == 1


async def test_a_websocket_on_a_used_connection_gets_through(place: Place) -> None:
    """As an old proxy in a school may send it: page and socket on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", place.balancer.port, ssl=place.context)
    path = f"/socket.io/?EIO=4&transport=websocket&project={PROJECTS[0]}"
    upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    for address, more, wanted in ((f"/projects/{PROJECTS[0]}/files/f", "", b" 200 "), (path, upgrade, b" 101 ")):
        writer.write(f"GET {address} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert wanted in head.partition(b"\r\n")[0]
        length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if length:
            await reader.readexactly(int(length[0].partition(b":")[2]))
    assert b'"node":' in await reader.readexactly(20)
    writer.close()
    await writer.wait_closed()


async def test_forged_headers_do_not_get_through(place: Place) -> None:
    """What a browser sends does; nobody is told an address."""
    told = await place.ask("/", headers=FORGED | {"Origin": "https://portal.example", "Cookie": "rt_session_m=abc"})
    assert not {
        name for name in told["headers"] if name.startswith("x-forwarded") or name in ("forwarded", "x-real-ip")
    }
    assert told["headers"]["origin"] == "https://portal.example"
    assert told["headers"]["cookie"] == "rt_session_m=abc"
    assert told["headers"]["host"] == urlsplit(place.balancer.url).netloc


async def test_http_leads_to_https(place: Place) -> None:
    """With the whole address, and the method kept."""
    http = f"http://localhost:{place.balancer.http_port}/join?x=1"
    async with place.http.post(http, allow_redirects=False) as response:
        assert response.status == 308
        assert response.headers["Location"] == f"https://localhost:{place.balancer.http_port}/join?x=1"
    async with place.http.get(place.balancer.url) as response:
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("version", "is_taken"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
@pytest.mark.filterwarnings("ignore:.*TLSv1_1 is deprecated:DeprecationWarning")
async def test_which_tls_is_spoken(place: Place, version: ssl.TLSVersion, is_taken: bool) -> None:
    """TLS 1.2 and newer; HTTP/2 is offered, for the page."""
    context = place.context
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # else the client itself would not speak the old one
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])

    def shake_hands() -> tuple[str | None, str | None]:
        with (
            socket.create_connection(("127.0.0.1", place.balancer.port)) as line,
            context.wrap_socket(line, server_hostname="127.0.0.1") as spoken,
        ):
            return spoken.version(), spoken.selected_alpn_protocol()

    if not is_taken:
        with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
            await asyncio.to_thread(shake_hands)
    else:
        assert await asyncio.to_thread(shake_hands) == (version.name.replace("_", "."), "h2")


async def test_figures_are_private(place: Place) -> None:
    """On a port of their own, and there only."""
    private = f"http://127.0.0.1:{place.balancer.private_port}"
    for path, wanted in (("/metrics", "haproxy_server_status"), ("/stats", "node2"), ("/healthz", "200 OK")):
        async with place.http.get(private + path) as response:
            assert response.status == 200
            assert wanted in await response.text()
    async with place.http.get(f"{private}/other") as response:
        assert response.status == 404
    for path in ("/metrics", "/stats"):
        assert (await place.ask(path))["path"] == path, "it is the nodes' to refuse"


async def test_the_log_holds_failures_without_addresses(place: Place) -> None:
    """One JSON object a line; neither who asked, nor what stood behind the question mark."""
    assert (await place.ask(f"/projects/{PROJECTS[0]}/files/f_1?member=m_secret"))["node"]
    for node in place.nodes.values():
        await node.stop()
    await place.until_ready()
    reader, writer = await asyncio.open_connection("127.0.0.1", place.balancer.port, ssl=place.context)
    writer.write(b'GET /projects/"p_1"/files/f_1?member=m_secret HTTP/1.1\r\nHost: localhost\r\n\r\n')
    assert (await reader.readline()).split()[1] == b"503"
    writer.close()
    await writer.wait_closed()
    reader, writer = await asyncio.open_connection("127.0.0.1", place.balancer.port)
    writer.write(b"GET / HTTP/1.1\r\n\r\n")
    assert await reader.read() == b"", "it is no TLS"
    writer.close()
    await writer.wait_closed()
    place.balancer.stop()
    lines = [line for line in place.balancer.child.log_text().splitlines() if "balancer." in line]
    told, failed = (json.loads(line) for line in lines)
    assert (told["event"], told["status"])[:2] == ("balancer.request", 503)
    assert told["path"] == '/projects/"p_1"/files/f_1'
    assert failed["event"] == "balancer.connection_failed"
    assert "wrong version" in failed["tls"] or "http request" in failed["tls"]
    for secret in ("m_secret", "127.0.0.1"):
        assert secret not in "".join(lines)
