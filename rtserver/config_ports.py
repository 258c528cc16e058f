"""Which settings take which ports, of one process or of several, and where two of them would meet. Pure."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from rtserver.origins import LOOPBACK_NAMES

if TYPE_CHECKING:
    from rtserver.config import Settings

EVERY_ADDRESS = ""
EVERY_ADDRESS_OF = {4: "0.0.0.0", 6: "::"}  # noqa: S104 - compared with, not listened on


class PortRange(Struct, frozen=True):
    """Ports that belong together: the setting that they begin with, and how many of them each worker takes.

    `host`: the address that they are listened on at; the port of another address is another port. `takes_both`: at ::
    it takes IPv4, too.
    """

    setting: str
    host: str
    first: int
    each: int
    protocol: str
    takes_both: bool = False

    def of(self, worker: int) -> int:
        """The first port of a worker."""
        return self.first + worker * self.each

    def ports(self, workers: int) -> range:
        """Those of all workers."""
        return range(self.first, self.of(workers))

    def meets(self, other: "PortRange", workers: int) -> int | None:
        """The first port that both would take; None: they are apart."""
        if self.protocol != other.protocol or not _overlap(self.place, other.place):
            return None
        mine, theirs = self.ports(workers), other.ports(workers)
        both = range(max(mine.start, theirs.start), min(mine.stop, theirs.stop))
        return both.start if both else None

    @property
    def place(self) -> str:
        """The address as it is compared with others: small letters, one name for the loopback, empty for all."""
        name = self.host.lower()
        if self.takes_both and name == EVERY_ADDRESS_OF[6]:
            return EVERY_ADDRESS
        return LOOPBACK_NAMES[0] if name in LOOPBACK_NAMES else name


class Meeting(Struct, frozen=True):
    """A port that two settings would take; `one` comes first in the list of settings."""

    one: PortRange
    other: PortRange
    port: int


def ranges_of(settings: "Settings") -> list[PortRange]:
    """What is listened on. Ports of the system's choice (0) are in nobody's way and left out."""
    host, media_host = settings.host, settings.media_address
    found = [
        PortRange("port", host, settings.port, 1, "TCP"),
        PortRange("metrics_port", settings.metrics_host, settings.metrics_port, 1, "TCP"),
    ]
    if settings.media:
        each = settings.media_workers
        found += [
            PortRange("media_tcp_port", media_host, settings.media_tcp_port, each, "TCP", takes_both=True),
            PortRange("media_udp_port", media_host, settings.media_udp_port, each, "UDP", takes_both=True),
        ]
    return [ports for ports in found if ports.first != 0]


def meetings(ranges: list[PortRange], workers: int = 1) -> Iterator[Meeting]:
    """Where two of `ranges` would meet, when there are so many workers with consecutive ports."""
    for at, other in enumerate(ranges):
        for one in ranges[:at]:
            port = one.meets(other, workers)
            if port is not None:
                yield Meeting(one, other, port)


def _overlap(one: str, other: str) -> bool:
    """Whether a port cannot be listened on at both. Names are not looked up."""
    return one == other or _covers(one, other) or _covers(other, one)


def _covers(wide: str, host: str) -> bool:
    version = 6 if ":" in host else 4
    return wide in (EVERY_ADDRESS, EVERY_ADDRESS_OF[version])
