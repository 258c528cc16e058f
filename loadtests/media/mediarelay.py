"""aiortc's MediaRelay: what a Python program does that decodes every track once and encodes it for every subscriber."""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from importlib.metadata import version
from time import monotonic

import msgspec

from loadtests.machine import on_core
from loadtests.media import descriptions, processes
from loadtests.media.descriptions import Section
from loadtests.media.engine import MEDIARELAY, Load, Seat
from loadtests.media.stage import Cpu
from loadtests.media.transport import Transport
from loadtests.peer import Address
from loadtests.problem import Problem
from loadtests.server import HOST, LOOK_INTERVAL, START_DEADLINE, Server, accepts, free_port

ANSWER_DEADLINE = 30.0
"""Seconds for one request: the process may be saturated."""

LOG_CHARACTERS_SHOWN = 800

PROGRAM = (sys.executable, "-m", "loadtests.media.mediarelay_server")


class MediaRelay:
    """One process with a relay."""

    name = MEDIARELAY
    is_numbered = False

    def __init__(self, core: int | None) -> None:
        self.version = f"aiortc {version('aiortc')}"
        self._core = core
        self._process: subprocess.Popen[bytes] | None = None
        self._server: Server | None = None

    def start(self, load: Load) -> None:
        """See `Engine`."""
        address = Address(HOST, free_port())
        with tempfile.TemporaryFile() as log, on_core(self._core):
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*PROGRAM, str(address.port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
            self._process, self._server = process, Server(process, address)
            end = monotonic() + START_DEADLINE
            while not accepts(address):
                if self._server.has_ended(LOOK_INTERVAL) or monotonic() > end:
                    log.seek(0)
                    words = log.read().decode(errors="replace").strip()[-LOG_CHARACTERS_SHOWN:]
                    raise Problem(f"The server of MediaRelay did not start; its last words:\n{words or '(none)'}")

    def publish(self, seat: Seat, transport: Transport, ssrcs: tuple[int, int], now: float) -> None:
        """See `Engine`."""
        sections = (Section("0", is_video=False, ssrc=ssrcs[0]), Section("1", is_video=True, ssrc=ssrcs[1]))
        self._negotiate("publish", seat, transport, sections, now)

    def subscribe(self, seat: Seat, transport: Transport, now: float) -> None:
        """See `Engine`."""
        count = self._publishers(seat)
        sections = [Section(str(number), is_video=number >= count) for number in range(2 * count)]
        self._negotiate("subscribe", seat, transport, sections, now)

    def streams_each(self, load: Load) -> tuple[int, int]:
        """See `Engine`: everything."""
        return load.publishers, load.publishers

    def tick(self, now: float) -> None:
        """There is no signalling."""

    def cpu(self) -> Cpu:
        """See `Engine`."""
        assert self._process is not None
        return processes.cpu_seconds(self._process.pid)

    def stop(self) -> None:
        """See `Engine`."""
        if self._server is not None:
            self._server.stop()
            self._server = self._process = None

    def _publishers(self, seat: Seat) -> int:
        return int(self._ask("publishers", {"call": seat.call})["count"])

    def _negotiate(self, role: str, seat: Seat, transport: Transport, sections: Sequence[Section], now: float) -> None:
        offer = descriptions.offer(transport, sections)
        answer = self._ask(role, {"call": seat.call, "sdp": offer})["sdp"]
        transport.begin(descriptions.remote(answer), now)

    def _ask(self, what: str, body: object) -> dict[str, str]:
        assert self._server is not None
        address = self._server.address
        connection = HTTPConnection(address.host, address.port, timeout=ANSWER_DEADLINE)
        try:
            connection.request("POST", f"/{what}", msgspec.json.encode(body))
            response = connection.getresponse()
            if response.status != 200:
                raise Problem(f"The server of MediaRelay refused {what} with {response.status}: see its source.")
            answer: dict[str, str] = msgspec.json.decode(response.read())
            return answer
        except (OSError, HTTPException) as error:
            raise Problem(f"The server of MediaRelay does not answer {what} ({error}).") from None
        finally:
            connection.close()
