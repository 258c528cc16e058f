"""The path of media between browsers and a media port, for tests to make bad: seeded loss, and a token bucket.

`MediaLine` stands on another loopback address at the same port number, which the server announces as its public one. A
thread of its own carries the packets, so that what a test does meanwhile does not delay them. No privileges are needed:
the bucket is what `tc tbf` does (rate, burst, queue limited by latency; RFC 2697's committed rate), in user space.
`KernelLine` is `tc tbf` itself, for root.
"""

import contextlib
import ipaddress
import itertools
import os
import random
import re
import selectors
import shlex
import shutil
import socket
import subprocess
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

FRONT = "127.0.0.2"
"""Where browsers send to. All of 127/8 is the loopback interface."""

BACK = "127.0.0.1"

DATAGRAM_MAX = 2048
"""Bytes: more than any packet of WebRTC."""

SOCKET_BUFFER = 4 * 1024 * 1024
"""Bytes the kernel may hold: a busy machine must not lose what the test does not lose on purpose."""

BURST_SECONDS = 0.02
"""How much of the rate may pass at once."""

QUEUE_SECONDS = 0.3
"""How long a packet may wait before it is dropped: a school's router."""

BITS = 8

KERNEL_NETWORKS = ipaddress.ip_network("198.18.0.0/15")
"""Addresses for lines of the kernel's: for measurements, and routed nowhere (RFC 2544)."""

KERNEL_LINE_PREFIX = 30
"""Length of one line's part of them: two ends."""

KERNEL_LINES_MAX = 8
"""Lines of one process at a time."""

KERNEL_BURST = "16kb"
"""How much passes at once: a router's."""

KERNEL_RATE_TRIED = 1e6
"""Bits a second, when it is only to be known whether it is possible."""

Address = tuple[str, int]


@dataclass
class Counts:
    """Packets of one direction."""

    passed: int = 0
    lost: int = 0
    overflowed: int = 0


class Bucket:
    """A token bucket with a queue in front of it. `rate`: bits a second; None lets everything through at once."""

    def __init__(self) -> None:
        self.rate: float | None = None
        self._tokens = 0.0
        self._at = 0.0
        self._queue: deque[tuple[bytes, socket.socket, Address]] = deque()
        self._queued = 0

    def put(self, packet: bytes, out: socket.socket, to: Address) -> bool:
        """Queue a packet; False when the queue is full."""
        limit = None if self.rate is None else self.rate * QUEUE_SECONDS / BITS
        if limit is not None and self._queued + len(packet) > limit:
            return False
        self._queue.append((packet, out, to))
        self._queued += len(packet)
        return True

    def drain(self, now: float) -> float | None:
        """Send what may go now. The seconds until more may go, None when nothing waits."""
        if self.rate is not None:
            self._tokens = min(self.rate * BURST_SECONDS, self._tokens + (now - self._at) * self.rate)
        self._at = now
        while self._queue:
            packet, out, to = self._queue[0]
            bits = len(packet) * BITS
            if self.rate is not None:
                if self._tokens < min(bits, self.rate * BURST_SECONDS):
                    return max(0.001, (bits - self._tokens) / self.rate)
                self._tokens -= bits
            self._queue.popleft()
            self._queued -= len(packet)
            out.sendto(packet, to)
        return None


class MediaLine:
    """Carries UDP between `FRONT` and `BACK` at `port`, both ways. Set `loss` (0 to 1, each way) and `rate`."""

    def __init__(self, port: int, seed: int = 1) -> None:
        self.loss = 0.0
        self.to_server = Counts()
        self.to_browser = Counts()
        self._bucket = Bucket()
        self._random = random.Random(seed)
        self.port = port
        self._front = self._socket((FRONT, port))
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._front, selectors.EVENT_READ)
        self._backs: dict[Address, socket.socket] = {}
        self._browsers: dict[int, Address] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    @property
    def rate(self) -> float | None:
        """Bits a second towards the browsers; None: as they come."""
        return self._bucket.rate

    @rate.setter
    def rate(self, rate: float | None) -> None:
        self._bucket.rate = rate

    def close(self) -> None:
        """End it."""
        self._stopping.set()
        self._thread.join()
        for one in (self._front, *self._backs.values()):
            one.close()
        self._selector.close()

    @staticmethod
    def _socket(address: Address) -> socket.socket:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            one.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER)
        one.bind(address)
        one.setblocking(False)
        return one

    def _carry(self) -> None:
        wait: float | None = None
        while not self._stopping.is_set():
            for key, _ in self._selector.select(min(0.05, wait) if wait is not None else 0.05):
                self._read(key.fileobj)  # type: ignore[arg-type]
            wait = self._bucket.drain(time.monotonic())

    def _read(self, one: socket.socket) -> None:
        while True:
            try:
                packet, sender = one.recvfrom(DATAGRAM_MAX)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if one is self._front:
                self._to_server(packet, sender)
            else:
                self._to_browser(packet, self._browsers[one.fileno()])

    def _to_server(self, packet: bytes, browser: Address) -> None:
        back = self._backs.get(browser)
        if back is None:
            back = self._backs[browser] = self._socket((BACK, 0))
            self._browsers[back.fileno()] = browser
            self._selector.register(back, selectors.EVENT_READ)
        if self._is_lost(self.to_server):
            return
        back.sendto(packet, (BACK, self.port))

    def _to_browser(self, packet: bytes, browser: Address) -> None:
        if self._is_lost(self.to_browser):
            return
        if not self._bucket.put(packet, self._front, browser):
            self.to_browser.overflowed += 1

    def _is_lost(self, counts: Counts) -> bool:
        if self._random.random() < self.loss:
            counts.lost += 1
            return True
        counts.passed += 1
        return False


class KernelLine:
    """A line of the kernel's own: a network namespace for one browser, behind a pair of devices that `tc tbf` shapes.

    Whatever runs in the namespace reaches this machine at `address` only, and has no way to anywhere else. Needs root,
    `ip` and `tc`; `is_possible` says whether they do.
    """

    _counter = itertools.count()

    def __init__(self) -> None:
        number = os.getpid() * KERNEL_LINES_MAX + next(self._counter) % KERNEL_LINES_MAX
        size = 2 ** (KERNEL_NETWORKS.max_prefixlen - KERNEL_LINE_PREFIX)
        first = KERNEL_NETWORKS[number * size % KERNEL_NETWORKS.num_addresses]
        network = ipaddress.ip_network(f"{first}/{KERNEL_LINE_PREFIX}")
        ours, theirs = network.hosts()
        self.address = str(ours)
        """Of this machine, on the line."""
        self._name = f"rt{number}"
        self._device = f"rt{number}a"
        _run("ip", "netns", "add", self._name)
        try:
            inside = f"rt{number}b"
            _run("ip", "link", "add", self._device, "type", "veth", "peer", "name", inside, "netns", self._name)
            _run("ip", "address", "add", f"{ours}/{KERNEL_LINE_PREFIX}", "dev", self._device)
            _run("ip", "link", "set", self._device, "up")
            _run("ip", "-n", self._name, "address", "add", f"{theirs}/{KERNEL_LINE_PREFIX}", "dev", inside)
            for each in (inside, "lo"):
                _run("ip", "-n", self._name, "link", "set", each, "up")
        except subprocess.CalledProcessError:
            self.close()
            raise

    @classmethod
    def is_possible(cls) -> bool:
        """Whether this process may have one, and the kernel has a tbf: by trying."""
        if os.getuid() != 0 or shutil.which("ip") is None or shutil.which("tc") is None:
            return False
        try:
            with contextlib.closing(cls()) as line:
                line.shape(KERNEL_RATE_TRIED)
        except subprocess.CalledProcessError:
            return False
        return True

    def program(self, folder: Path, program: str) -> str:
        """A program that is `program` in the namespace, whatever it is given."""
        wrapper = folder / "in-namespace"
        wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {self._name} {shlex.quote(program)} "$@"\n')
        wrapper.chmod(0o755)
        return str(wrapper)

    def shape(self, rate: float | None) -> None:
        """Let so many bits a second through towards the browser; None: all of them."""
        if rate is None:
            _run("tc", "qdisc", "delete", "dev", self._device, "root")
            return
        tbf = ("rate", f"{round(rate)}bit", "burst", str(KERNEL_BURST), "latency", f"{QUEUE_SECONDS * 1000:.0f}ms")
        _run("tc", "qdisc", "replace", "dev", self._device, "root", "tbf", *tbf)

    def dropped(self) -> int:
        """Packets for which there was no room, since it has been shaped."""
        found = re.search(r"dropped (\d+)", _run("tc", "-s", "qdisc", "show", "dev", self._device))
        return 0 if found is None else int(found[1])

    def close(self) -> None:
        """End it. What still runs in it is cut off."""
        for command in (("ip", "link", "delete", self._device), ("ip", "netns", "delete", self._name)):
            subprocess.run(command, check=False, capture_output=True)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
