"""Where a worker is to be reached: the address it binds, and the candidates that its answers name (RFC 8445, 5.1.1)."""

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from aioice.ice import get_host_addresses

from media.sdp import Candidate

ADDRESSES_MAX = 8
"""Addresses that an answer names: each is tried by every client, over UDP and TCP."""


async def resolve_host(host: str) -> tuple[socket.AddressFamily, str]:
    """The family and the address of a host to bind. An empty name is every address. Raises `OSError`."""
    everywhere = "::" if socket.has_dualstack_ipv6() else "0.0.0.0"  # noqa: S104 that is what is asked for
    found = await asyncio.get_running_loop().getaddrinfo(host or everywhere, None, type=socket.SOCK_DGRAM)
    family, _, _, _, address = found[0]
    return socket.AddressFamily(family), str(address[0])


def list_candidates(bound: str, public_addresses: Sequence[str], udp_port: int, tcp_port: int) -> tuple[Candidate, ...]:
    """Every address over UDP, then over TCP. Raises `ValueError` for an address that is none."""
    addresses = [str(ipaddress.ip_address(each)) for each in public_addresses] or reachable_addresses(bound)
    addresses = list(dict.fromkeys(addresses))[:ADDRESSES_MAX]
    return tuple(Candidate("udp", each, udp_port, order) for order, each in enumerate(addresses)) + tuple(
        Candidate("tcp", each, tcp_port, order) for order, each in enumerate(addresses)
    )


def reachable_addresses(bound: str) -> list[str]:
    """The bound address; if it is every address, those of the machine, and its own at last."""
    address = ipaddress.ip_address(bound.partition("%")[0])
    if not address.is_unspecified:
        return [str(address)]
    takes_ipv6 = address.version == 6
    mine = get_host_addresses(use_ipv4=True, use_ipv6=takes_ipv6)
    routed = [each for each in mine if not ipaddress.ip_address(each.partition("%")[0]).is_link_local]
    return [*routed, "127.0.0.1"]
