"""A media port on loopback, whose time passes when the test says so, and peers of it; Hypothesis without surprises."""

from collections.abc import AsyncIterator, Callable, Iterator

import hypothesis
import pytest
from aiortc import RTCCertificate

from media import supervisor, worker_process
from media.port import MediaPort
from tests.media.peers import BarePeer, Clock

hypothesis.settings.register_profile(
    "media", derandomize=True, deadline=None, database=None, max_examples=200, print_blob=False
)
hypothesis.settings.load_profile("media")

CERTIFICATE = RTCCertificate.generateCertificate()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a worker starts, answers and ends slowly; a test that waits for a deadline shortens it."""
    monkeypatch.setattr(supervisor, "ANSWER_DEADLINE", 60.0)
    monkeypatch.setattr(worker_process, "END_DEADLINE", 30.0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def port(clock: Clock) -> AsyncIterator[MediaPort]:
    opened = await MediaPort.open("127.0.0.1", 0, 0, (), CERTIFICATE, clock)
    yield opened
    opened.close()


MakePeer = Callable[..., BarePeer]


@pytest.fixture
def new_peer(port: MediaPort) -> Iterator[MakePeer]:
    """Makes peers of the port, over UDP or TCP."""
    made: list[BarePeer] = []

    def make(tcp: bool = False) -> BarePeer:
        made.append(BarePeer(("127.0.0.1", port.tcp_port if tcp else port.udp_port), tcp=tcp))
        return made[-1]

    yield make
    for peer in made:
        peer.close()
