"""Which settings take which ports, and where two of them would meet."""

from typing import Any

import pytest

from rtserver.config import Settings
from rtserver.config_ports import PortRange, meetings, ranges_of


def tcp(setting: str, host: str, first: int = 8080, each: int = 1, *, takes_both: bool = False) -> PortRange:
    return PortRange(setting, host, first, each, "TCP", takes_both)


def test_what_is_listened_on() -> None:
    """Not what the system chooses; of media only where there are calls."""
    chosen: dict[str, Any] = {"metrics_port": 9464, "media_tcp_port": 9000, "media_udp_port": 9000}
    chosen["media_host"] = "192.0.2.7"
    found = ranges_of(Settings(**chosen, media_workers=2))
    assert [(ports.setting, ports.host, list(ports.ports(1))) for ports in found] == [
        ("port", "127.0.0.1", [8080]),
        ("metrics_port", "127.0.0.1", [9464]),
        ("media_tcp_port", "192.0.2.7", [9000, 9001]),
        ("media_udp_port", "192.0.2.7", [9000, 9001]),
    ]
    assert [ports.setting for ports in ranges_of(Settings(**chosen, media=False))] == ["port", "metrics_port"]
    assert ranges_of(Settings(port=0)) == []


def test_where_two_meet() -> None:
    """At the first port that both would take, with as many workers as there are."""
    ranges = [tcp("port", "127.0.0.1", 8080), tcp("metrics_port", "127.0.0.1", 8082)]
    assert list(meetings(ranges, 2)) == []
    (met,) = meetings(ranges, 3)
    assert (met.one.setting, met.other.setting, met.port) == ("port", "metrics_port", 8082)


def test_kinds_are_apart() -> None:
    """A UDP port is another one than the TCP port of its number."""
    udp = PortRange("media_udp_port", "127.0.0.1", 8080, 1, "UDP")
    assert list(meetings([tcp("port", "127.0.0.1"), udp])) == []


@pytest.mark.parametrize(
    ("one", "other", "is_met"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("localhost", "127.0.0.1", True),
        ("rt.example.eu", "RT.example.eu", True),
        ("0.0.0.0", "127.0.0.1", True),
        ("192.0.2.7", "0.0.0.0", True),
        ("::", "2001:db8::7", True),
        ("", "127.0.0.1", True),
        ("", "::1", True),
        ("127.0.0.1", "192.0.2.7", False),
        ("0.0.0.0", "::1", False),
        ("::", "127.0.0.1", False),
    ],
)
def test_addresses(one: str, other: str, is_met: bool) -> None:
    """The same port of another address is another port; each address has those of all."""
    assert bool(list(meetings([tcp("port", one), tcp("metrics_port", other)]))) is is_met


def test_media_at_every_address() -> None:
    """Takes those of IPv4, too."""
    assert list(meetings([tcp("port", "127.0.0.1"), tcp("media_tcp_port", "::", takes_both=True)]))
