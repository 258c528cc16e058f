"""Calls over lines as schools have them: no UDP, a TURN server only, loss, too little, a worker that dies."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from loadtests.topology.process import free_port
from tests.browser import chromium
from tests.browser.calling import Caller, keep_peers
from tests.browser.calls import all_in, all_receive, come_in_with, see_each_other
from tests.browser.media_line import FRONT, KernelLine, MediaLine
from tests.browser.space import open_space
from tests.browser.visits import Visit, Visitors
from tests.rtserver.certificates import Authority
from tests.wire.coturn import Coturn
from tests.wire.server import Server

LOSS = 0.05
TURN_SECRET = "the test's own static-auth-secret"

NARROW_BITS = 350_000.0
"""Bits a second: carries the lowest layer and the sound, not the second."""

LARGE_HEIGHT, SMALL_HEIGHT = 720, 200
"""Lines of the picture at its best, and at most when it is the lowest layer."""

FIRST_CLIMB_MS = 30_000
"""Milliseconds until the best layer on a line that carries it: the line is tried when the first picture comes. It takes
one and a half seconds (`make bench-calls`), on a machine that has nothing else to do."""

CLIMB_MS = 90_000
"""Milliseconds for the layers to follow: each step up is a trial, and waits longer after one that failed. It takes
twenty to forty seconds: a browser's estimate stands still for some ten after a line was full, then grows slowly."""

LAYERS_DEADLINE = 300
"""Seconds for both climbs and the way down, at their longest."""

TALL = """async (least) => (await window.__statistics()).some(({ inbound }) =>
  inbound.some(({ kind, frameHeight }) => kind === "video" && frameHeight >= least))"""

SMALL = """async (most) => (await window.__statistics()).some(({ inbound }) =>
  inbound.some(({ kind, frameHeight }) => kind === "video" && frameHeight > 0 && frameHeight <= most))"""


@pytest.fixture
def turn_server(tmp_path: Path) -> Iterator[Coturn]:
    """A TURN server that may pass media on to this machine's own server."""
    server = Coturn(tmp_path, Authority(), TURN_SECRET, allowed=["127.0.0.1"])
    yield server
    server.stop()


@pytest.fixture
def media_line() -> Iterator[MediaLine]:
    """A path that a test can make bad, in front of the media port `media_line.port`."""
    line = MediaLine(free_port())
    yield line
    line.close()


async def test_without_udp(visit: Visit, own_server: Callable[..., Server]) -> None:
    """A school whose firewall passes no UDP: everything comes by TCP."""
    async with open_space(own_server(media_udp=False, mesh_participants_max=0)) as space:
        callers = await all_in(come_in_with(visit, space), "claire", "leo")
        await see_each_other(callers, voices=1)
        for caller in callers.values():
            remotes = [peer.remote for peer in await caller.peers() if peer.remote is not None]
            assert {remote["protocol"] for remote in remotes} == {"tcp"}


async def test_loss_is_repaired(visit: Visit, own_server: Callable[..., Server], media_line: MediaLine) -> None:
    """At 5 % loss each way pictures and sound go on, by retransmission. How smoothly: `make bench-calls`."""
    async with open_space(own_server(**behind(media_line))) as space:
        callers = await all_in(come_in_with(visit, space), "claire", "leo", own_colour=False)
        await all_receive(callers.values(), pictures=1, voices=1)
        media_line.loss = LOSS
        for caller in callers.values():
            await caller.until("""async () => Object.values(
              await window.__counted("video", "retransmittedPacketsReceived")).some((count) => count > 0)""")
            await caller.until("""async () => (await window.__statistics()).some(({ outbound }) =>
              outbound.some(({ retransmittedPacketsSent }) => retransmittedPacketsSent > 0))""")
        await all_receive(callers.values(), pictures=1, voices=1)
        assert media_line.to_server.lost > 0
        assert media_line.to_browser.lost > 0


@pytest_asyncio.fixture(loop_scope="session")
async def trusting_visit(own_server: Callable[..., Server]) -> AsyncIterator[Visit]:
    """People whose browser takes the test's own certificate of the TURN server, which no page setting could make it.

    After `own_server`, as `visit`.
    """
    async with chromium.launched("--ignore-certificate-errors") as browser:
        visitors = Visitors(browser)
        yield visitors.visit
        for person in await visitors.leave():
            person.watcher.check()


async def test_relay_only_over_tls(
    trusting_visit: Visit, own_server: Callable[..., Server], tmp_path: Path, turn_server: Coturn
) -> None:
    """A network that lets nothing but TLS through: media goes by a real TURN server, and only so."""
    settings = {
        "turn_urls": [url for url in turn_server.urls() if url.startswith("turns:")],
        "turn_secret": TURN_SECRET,
        "relay_only": True,
    }
    async with open_space(own_server(**settings)) as space:
        callers = await all_in(come_in_with(trusting_visit, space), "claire", "ewa")
        await see_each_other(callers)
        callers["leo"] = await come_in_with(trusting_visit, space)("leo")
        await callers["leo"].join()
        await see_each_other(callers, voices=2)
        for caller in callers.values():
            locals_ = [peer.local for peer in await caller.peers() if peer.local is not None]
            assert {(local["candidateType"], local["relayProtocol"]) for local in locals_} == {("relay", "tls")}


async def test_worker_dies(visit: Visit, own_server: Callable[..., Server]) -> None:
    """A killed media worker: everybody is back by themselves, and the chat does not notice."""
    server = own_server(mesh_participants_max=0)
    async with open_space(server) as space:
        callers = await all_in(come_in_with(visit, space), "claire", "leo")
        await see_each_other(callers)
        (worker,) = [one for one in psutil.Process(server.pid).children() if "media.worker" in one.cmdline()]
        os.kill(worker.pid, signal.SIGKILL)
        await callers["leo"].person.write("Still here")
        await callers["claire"].person.sees("Still here")
        await see_each_other(callers)
        for caller in callers.values():
            await expect(caller.person.connection).to_have_attribute("data-state", "online")


class Throttle(Protocol):
    """A line of one viewer that a test can make narrow."""

    settings: dict[str, Any]
    """Of a server whose media goes over it."""
    viewers: Visitors
    """Whose media comes over it."""

    def narrow(self, rate: float | None) -> None:
        """Let so many bits a second through towards the viewer; None: all of them."""

    def dropped(self) -> int:
        """Packets for which there was no room while it was narrow."""


class ThrottleInUserSpace:
    """Packets of everybody go through `MediaLine`: only one receives."""

    def __init__(self, browser: Browser, line: MediaLine) -> None:
        self.settings = behind(line)
        self.viewers = Visitors(browser)
        self._line = line

    def narrow(self, rate: float | None) -> None:
        self._line.rate = rate

    def dropped(self) -> int:
        return self._line.to_browser.overflowed


class ThrottleInKernel:
    """The viewer's browser stands in a network namespace, behind a real `tc tbf`."""

    def __init__(self, browser: Browser, line: KernelLine) -> None:
        addresses = [line.address, "127.0.0.1"]
        self.settings = {"host": "0.0.0.0", "media_public_addresses": addresses, "mesh_participants_max": 0}
        self.viewers = Visitors(browser)
        self.narrow = line.shape
        self.dropped = line.dropped


@asynccontextmanager
async def throttle_in_user_space(browser: Browser, folder: Path) -> AsyncIterator[Throttle]:
    """For whoever is not root."""
    with closing(MediaLine(free_port())) as line:
        yield ThrottleInUserSpace(browser, line)


@asynccontextmanager
async def throttle_in_kernel(browser: Browser, folder: Path) -> AsyncIterator[Throttle]:
    """A browser of its own, to which the server is where the page says it is."""
    with closing(KernelLine()) as line, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHROMIUM", line.program(folder, chromium.find()))
        async with chromium.launched(f"--host-resolver-rules=MAP 127.0.0.1 {line.address}") as browser_inside:
            yield ThrottleInKernel(browser_inside, line)


THROTTLE = throttle_in_kernel if KernelLine.is_possible() else throttle_in_user_space
BESIDE_OTHERS = () if THROTTLE is throttle_in_user_space else (pytest.mark.alone,)
"""The real one where it can be had: as root, with iproute2 and a kernel that has namespaces and tbf."""


@pytest_asyncio.fixture(
    loop_scope="session", params=[pytest.param(THROTTLE, id=THROTTLE.__name__, marks=BESIDE_OTHERS)]
)
async def throttle(
    request: pytest.FixtureRequest, browser: Browser, own_server: Callable[..., Server], tmp_path: Path
) -> AsyncIterator[Throttle]:
    """After `own_server`, as `visit`."""
    async with request.param(browser, tmp_path) as throttle:
        yield throttle
        for person in await throttle.viewers.leave():
            person.watcher.check()


@pytest.mark.timeout(LAYERS_DEADLINE)
async def test_layers_follow_the_line(visit: Visit, own_server: Callable[..., Server], throttle: Throttle) -> None:
    """On a line that carries less, the picture becomes smaller and goes on; when it carries more, it grows again."""
    async with open_space(own_server(**throttle.settings)) as space:
        claire = await visit("claire", space.server)
        await keep_peers(
            claire.context
        )  # Chromium's own fake camera gives what it is asked for: 720 lines, three layers
        await claire.enter(await space.link("claire"))
        sender = Caller(claire)
        await sender.join()
        viewer = await come_in_with(throttle.viewers.visit, space)("leo")
        await viewer.join(camera=False)
        await viewer.until(TALL, LARGE_HEIGHT, FIRST_CLIMB_MS)
        throttle.narrow(NARROW_BITS)
        await viewer.until(SMALL, SMALL_HEIGHT, CLIMB_MS)
        await viewer.receives(pictures=1)
        assert throttle.dropped() > 0
        throttle.narrow(None)
        await viewer.until(TALL, LARGE_HEIGHT, CLIMB_MS)
        await viewer.receives(pictures=1)


def behind(line: MediaLine) -> dict[str, Any]:
    """Settings of a server whose media goes over `line`."""
    return {"media_udp_port": line.port, "media_public_addresses": [FRONT], "mesh_participants_max": 0}
