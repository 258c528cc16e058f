"""The coturn configuration under deploy/, run as it is but for its addresses, with rtserver's credentials."""

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest
from aioice import stun

from signaling.ice import IceSettings, ice_servers, turn_password
from tests.rtserver.certificates import Authority
from tests.wire.coturn import CONFIGURATION, IPV4_FAMILY, IPV6_FAMILY, Coturn, TurnClient, turn_client

SECRET = "a secret that only the tests know"
UNAUTHORIZED, FORBIDDEN, QUOTA_REACHED = 401, 403, 486
"""RFC 8489 and RFC 8656."""

QUOTA = 24
"""Allocations of one session, as configured."""

WAYS = ("udp", "tcp", "tls")


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Coturn]:
    server = Coturn(tmp_path_factory.mktemp("coturn"), authority, SECRET)
    yield server
    server.stop()


def credentials(
    server: Coturn, session: str, member: str = "m1", age: float = 0, secret: str = SECRET
) -> tuple[str, str]:
    """As a client is told them; made `age` seconds ago."""
    settings = IceSettings(turn_urls=server.urls(), turn_secret=secret, lifetime=600)
    (told,) = ice_servers(settings, member, session, int((time.time() - age) * 1000)).servers
    assert told.username is not None
    assert told.credential is not None
    return told.username, told.credential


def client(server: Coturn, by: str, session: str) -> AbstractAsyncContextManager[TurnClient]:
    """A client with good credentials."""
    return turn_client(server, by, *credentials(server, session))


# --- Getting a relay ----------------------------------------------------------------------------------


@pytest.mark.parametrize("by", WAYS)
async def test_allocation(coturn: Coturn, by: str) -> None:
    """By UDP, TCP and TLS, with the credentials of the moment."""
    async with client(coturn, by, f"allocation by {by}") as turn:
        answer = await turn.allocate()
        assert answer.error_code is None
        host, port = answer.attributes["XOR-RELAYED-ADDRESS"]
        assert host == "127.0.0.1"
        assert 49_152 <= port <= 65_535


@pytest.mark.parametrize("by", WAYS)
async def test_expired_credentials(coturn: Coturn, by: str) -> None:
    """Are refused, though they were good once."""
    async with turn_client(coturn, by, *credentials(coturn, "expired", age=601)) as turn:
        assert (await turn.allocate()).error_code == UNAUTHORIZED


async def test_forged_credentials(coturn: Coturn) -> None:
    """A later end, another member, another secret, no secret, no end: all refused."""
    username, password = credentials(coturn, "forged")
    end, whom = username.split(":")
    forgeries = [
        (f"{int(end) + 3600}:{whom}", password),
        (f"{end}:m2.{whom.partition('.')[2]}", password),
        credentials(coturn, "forged", secret="another secret that is as long"),
        (username, turn_password(username, "")),
        (username, ""),
        (whom, password),
        ("", ""),
    ]
    for forged in forgeries:
        async with turn_client(coturn, "udp", *forged) as turn:
            answer = await turn.allocate()
            assert answer.error_code is not None, forged
            assert "XOR-RELAYED-ADDRESS" not in answer.attributes


async def test_without_credentials(coturn: Coturn) -> None:
    """The first answer to anybody is "who are you", and does not say which program says so."""
    async with client(coturn, "udp", "without") as turn:
        answer = await turn.ask(stun.Method.ALLOCATE, REQUESTED_TRANSPORT=17 << 24)
        assert answer.error_code == UNAUTHORIZED
        assert "SOFTWARE" not in answer.attributes


async def test_as_it_is_nobody_gets_in(tmp_path: Path, authority: Authority) -> None:
    """Whoever forgets to set a secret has a server that refuses everybody."""
    server = Coturn(tmp_path, authority, secret=None)
    try:
        username, password = credentials(server, "as it is")
        for guess in (password, turn_password(username, ""), ""):
            async with turn_client(server, "udp", username, guess) as turn:
                assert (await turn.allocate()).error_code is not None
    finally:
        server.stop()


async def test_a_certificate_that_is_not_trusted(coturn: Coturn) -> None:
    """The name in turns: is checked by the client, as by a browser."""
    with pytest.raises(ssl.SSLError):
        await asyncio.open_connection("127.0.0.1", coturn.tls_port, ssl=ssl.create_default_context())


async def test_quota_of_a_session(coturn: Coturn) -> None:
    """Newer credentials of the same session share it; another session has its own."""
    clients: list[TurnClient] = []
    async with AsyncExitStack() as stack:
        for number in range(QUOTA + 1):
            username, password = credentials(coturn, "greedy", age=number)
            clients.append(await stack.enter_async_context(turn_client(coturn, "udp", username, password)))
        codes = [(await each.allocate()).error_code for each in clients]
        assert codes == [None] * QUOTA + [QUOTA_REACHED]
        modest = await stack.enter_async_context(client(coturn, "udp", "modest"))
        assert (await modest.allocate()).error_code is None


# --- Reaching peers -----------------------------------------------------------------------------------

DENIED = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
::/96 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 fc00::/7 fe80::/10 fec0::/10
ff00::/8
"""
"""What no relay may reach: the IANA special-purpose registries, written down apart from the configuration."""

METADATA_SERVICES = ("169.254.169.254", "fd00:ec2::254", "::ffff:169.254.169.254", "100.100.100.200", "192.0.0.192")
"""Where clouds give their machines passwords: what an open relay is abused for first."""

INNER = ("10.0.0.1", "192.168.1.1", "172.20.0.2", "127.0.0.1", "127.8.8.8", "0.0.0.0", "::1", "::", "::127.0.0.1")
ALLOCATION_MISMATCH = 437
"""The port that we have been given had an allocation already: one tries another (RFC 8656, 7.4)."""

PORTS_TRIED = 3

PUBLIC = ("1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "198.17.255.255")
PUBLIC_6 = ("2606:4700::1111", "2001:200::1", "2001:db7:ffff::1", "2003::1", "2a00:1450::1", "64:ff9b:2::1")


async def codes_of(server: Coturn, session: str, peers: Iterable[str]) -> dict[str, int | None]:
    """What the server says to each peer. Nothing is sent to any."""
    codes: dict[str, int | None] = {}
    asked = list(peers)
    for family, version in ((IPV4_FAMILY, 4), (IPV6_FAMILY, 6)):
        codes |= await _codes_in(server, session, family, [one for one in asked if _version(one) == version])
    return codes


async def _codes_in(server: Coturn, session: str, family: int, peers: list[str]) -> dict[str, int | None]:
    for _ in range(PORTS_TRIED):
        async with client(server, "udp", session) as turn:
            refused = (await turn.allocate(family)).error_code
            if refused is None:
                return {peer: await turn.permit(peer) for peer in peers}
            assert refused == ALLOCATION_MISMATCH
    raise AssertionError("no port without an allocation")


def _version(peer: str) -> int:
    return ipaddress.ip_address(peer).version


async def test_denied_peers(coturn: Coturn) -> None:
    """The first, last and some address of every range; what is before and behind is not denied by accident."""
    edges = set[str]()
    for text in DENIED.split():
        network = ipaddress.ip_network(text)
        some = network[network.num_addresses // 3]
        edges |= {str(address) for address in (network[0], network[-1], some)}
    codes = await codes_of(coturn, "denied", sorted(edges | {*METADATA_SERVICES, *INNER}))
    assert {peer: code for peer, code in codes.items() if code != FORBIDDEN} == {}


async def test_public_peers(coturn: Coturn) -> None:
    """Are what it is for."""
    codes = await codes_of(coturn, "public", (*PUBLIC, *PUBLIC_6))
    assert {peer: code for peer, code in codes.items() if code is not None} == {}


def test_every_denied_range_is_written_as_one() -> None:
    """Each as two addresses in order, and nothing else; multicast is an option, :: is coturn's own (see there)."""
    lines = CONFIGURATION.read_text().splitlines()
    ranges = [line.partition("=")[2].split("-") for line in lines if line.startswith("denied-peer-ip=")]
    networks = [ipaddress.ip_network(text) for text in DENIED.split() if not text.startswith(("224", "ff00"))]
    found = {(ipaddress.ip_address(first), ipaddress.ip_address(last)) for first, last in ranges}
    unspecified, loopback = ipaddress.ip_address("::"), ipaddress.ip_address("::1")
    assert found == {(loopback if network[0] == unspecified else network[0], network[-1]) for network in networks}


async def test_no_tcp_relay(coturn: Coturn) -> None:
    """Nobody uses it as a proxy (RFC 6062)."""
    async with client(coturn, "tcp", "proxy") as turn:
        answer = await turn.request(stun.Method.ALLOCATE, REQUESTED_TRANSPORT=6 << 24)
        assert answer.error_code is not None


@pytest.fixture(scope="module")
def coturn_with_peer(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Coturn]:
    """One that may reach the peer of the test, as it may the server's media address in a private network."""
    server = Coturn(tmp_path_factory.mktemp("coturn"), authority, SECRET, allowed=["127.0.0.1"])
    yield server
    server.stop()


@pytest.mark.parametrize("by", WAYS)
async def test_media_goes_through(coturn_with_peer: Coturn, by: str) -> None:
    """There and back, from the relay's address; an address that is allowed is allowed alone."""
    loop = asyncio.get_running_loop()
    transport, peer = await loop.create_datagram_endpoint(Peer, local_addr=("127.0.0.1", 0))
    address = transport.get_extra_info("sockname")
    try:
        async with client(coturn_with_peer, by, f"media by {by}") as turn:
            relayed = (await turn.allocate()).attributes["XOR-RELAYED-ADDRESS"]
            assert await turn.permit("127.0.0.1") is None
            assert await turn.permit("127.0.0.2") == FORBIDDEN
            await turn.send(address, b"there")
            data, sender = await peer.received_from.get()
            assert (data, sender) == (b"there", relayed)
            transport.sendto(b"back", relayed)
            assert await turn.receive_data() == (address, b"back")
    finally:
        transport.close()


class Peer(asyncio.DatagramProtocol):
    """Somebody on the other side of a relay."""

    def __init__(self) -> None:
        self.received_from: asyncio.Queue[tuple[bytes, tuple[str, int]]] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received_from.put_nowait((data, addr))


# --- What it tells ------------------------------------------------------------------------------------


async def test_log_holds_no_secrets(coturn: Coturn) -> None:
    """Neither the shared secret nor passwords."""
    username, password = credentials(coturn, "logged")
    async with turn_client(coturn, "tcp", username, password) as turn:
        await turn.allocate()
    assert SECRET not in coturn.text()
    assert password not in coturn.text()
