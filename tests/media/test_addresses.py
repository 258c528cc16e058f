"""`media.addresses`: what is bound, and what peers are told."""

import ipaddress
import socket

import pytest

from media.addresses import ADDRESSES_MAX, list_candidates, reachable_addresses, resolve_host
from media.sdp import Candidate


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", (socket.AF_INET, "127.0.0.1")),
        ("0.0.0.0", (socket.AF_INET, "0.0.0.0")),
        ("::", (socket.AF_INET6, "::")),
        ("::1", (socket.AF_INET6, "::1")),
    ],
)
async def test_hosts(host: str, expected: tuple[socket.AddressFamily, str]) -> None:
    """Addresses of both families."""
    assert await resolve_host(host) == expected


@pytest.mark.parametrize(("dual", "address"), [(True, "::"), (False, "0.0.0.0")])
async def test_no_host(dual: bool, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that the machine has."""
    monkeypatch.setattr(socket, "has_dualstack_ipv6", lambda: dual)
    assert (await resolve_host(""))[1] == address


async def test_a_name() -> None:
    """It is looked up."""
    _, address = await resolve_host("localhost")
    assert ipaddress.ip_address(address).is_loopback


def test_the_bound_address() -> None:
    """Without any other, peers are told that."""
    assert list_candidates("127.0.0.1", (), 5000, 5001) == (
        Candidate("udp", "127.0.0.1", 5000, 0),
        Candidate("tcp", "127.0.0.1", 5001, 0),
    )


def test_public_addresses() -> None:
    """They replace the bound one, in their order, each once."""
    candidates = list_candidates("10.0.0.1", ("192.0.2.1", "2001:DB8::1", "192.0.2.1"), 5000, 5001)
    assert [(each.protocol, each.address, each.order) for each in candidates] == [
        ("udp", "192.0.2.1", 0),
        ("udp", "2001:db8::1", 1),
        ("tcp", "192.0.2.1", 0),
        ("tcp", "2001:db8::1", 1),
    ]


def test_not_an_address() -> None:
    """A name would not do: clients of ICE need not resolve it."""
    with pytest.raises(ValueError, match=r"media\.example"):
        list_candidates("10.0.0.1", ("media.example",), 5000, 5001)


@pytest.mark.parametrize("bound", ["0.0.0.0", "::"])
def test_every_address(bound: str) -> None:
    """Those of the machine that others can reach, and at last its own."""
    addresses = reachable_addresses(bound)
    assert addresses[-1] == "127.0.0.1"
    for each in addresses:
        address = ipaddress.ip_address(each)
        assert not address.is_unspecified
        assert not address.is_link_local
        assert bound == "::" or address.version == 4


def test_many_addresses() -> None:
    """Not more than clients want to try."""
    candidates = list_candidates("10.0.0.1", [f"192.0.2.{index}" for index in range(20)], 1, 2)
    assert len(candidates) == 2 * ADDRESSES_MAX
