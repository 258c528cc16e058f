"""What carries the media of a run: our server, or another one that it is compared with."""

from math import ceil
from typing import NamedTuple, Protocol

from msgspec import Struct

from loadtests.media.stage import Cpu
from loadtests.media.transport import Transport

CALL_PARTICIPANTS_MAX = 60
"""As many take part in one call of our server; a load with more is spread over several calls, of every engine alike."""

SOUNDS_MAX = 5
"""So many sounds our server sends each subscriber, the loudest; whoever can choose is asked for the same ones."""

OURS, JANUS, MEDIARELAY = "ours", "janus", "mediarelay"


class Load(Struct, frozen=True):
    """`publishers` with a camera and a microphone each, and `subscribers` who take all of them.

    When one call cannot hold them, the subscribers are spread over several, each with so many publishers of its own.
    """

    publishers: int
    subscribers: int

    @property
    def name(self) -> str:
        """Such as "6x24"."""
        return f"{self.publishers}x{self.subscribers}"

    @property
    def streams(self) -> int:
        """Pairs of picture and sound that go out."""
        return self.publishers * self.subscribers

    @property
    def calls(self) -> int:
        """How many there are."""
        return ceil(self.subscribers / (CALL_PARTICIPANTS_MAX - self.publishers))

    def subscribers_of(self, call: int) -> int:
        """About the same number in each."""
        return (self.subscribers + call) // self.calls

    @property
    def says(self) -> str:
        """In words."""
        said = f"{self.publishers} publishers x {self.subscribers} subscribers = {self.streams} A/V streams out"
        if self.calls > 1:
            said += f", in {self.calls} calls with {self.publishers} publishers each"
        return said


class Seat(NamedTuple):
    """Who somebody is: in which call, and the how manieth in it, publishers first."""

    call: int
    number: int


class NotInstalled(Exception):
    """An engine that is not on this machine. The message is one sentence with what to do."""


class Engine(Protocol):
    """A server that is measured. Everything may raise `Problem`."""

    name: str
    is_numbered: bool
    """Whether the payload passes unchanged, so that packets keep the numbers that they were given."""

    version: str
    """What it is, known from `start` on."""

    def start(self, load: Load) -> None:
        """A fresh process, ready for so many. Raises `NotInstalled`."""
        ...

    def publish(self, seat: Seat, transport: Transport, ssrcs: tuple[int, int], now: float) -> None:
        """Have it take a sound and a picture, and begin to connect. `ssrcs`: of the sound and the picture."""
        ...

    def subscribe(self, seat: Seat, transport: Transport, now: float) -> None:
        """Have it send everything of this call, and begin to connect."""
        ...

    def streams_each(self, load: Load) -> tuple[int, int]:
        """How many pictures and sounds reach one subscriber."""
        ...

    def tick(self, now: float) -> None:
        """Do what signalling asks for, without waiting."""
        ...

    def cpu(self) -> Cpu:
        """Processor time of all its processes so far."""
        ...

    def stop(self) -> None:
        """End it; nothing of it stays."""
        ...
