"""Hosts of their own: they reach each other, are cut off without a word, and nothing is left of them."""

import itertools
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from loadtests.problem import Problem
from loadtests.topology import network as module
from loadtests.topology.network import NETWORKS, Network, NoNamespaces
from loadtests.topology.process import HERE, NAMESPACES, Child, Host, find_program, free_port
from tests.loadtests.topology.namespaces import only_where_allowed

pytestmark = pytest.mark.alone

LONG = 10.0
"""Seconds in which whatever is waited for has to happen."""

SHORT = 0.3
"""Seconds in which nothing may come through a cut: a thousand times what it takes otherwise."""

ECHO = """
import sys
from socketserver import StreamRequestHandler, ThreadingTCPServer

class Echo(StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            self.wfile.write(line)

with ThreadingTCPServer((sys.argv[1], int(sys.argv[2])), Echo) as server:
    print("ready", flush=True)
    server.serve_forever()
"""

ASKER = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as line:
    for word in sys.stdin:
        line.sendall(word.encode())
        print(line.recv(100).decode(), end="", flush=True)
"""
"""Passes on each line of its input, and tells what came back; ends with an error when the connection does."""

STARTER = """
import sys
from loadtests.topology.network import Network

Network(["one", "other"]).start()
print("there", flush=True)
sys.stdin.read()
"""


def left_of(pid: int) -> list[str]:
    """Namespaces and devices that a process has made and not removed."""
    made = [one.name for one in NAMESPACES.glob(f"rtserver-{pid}-*")]
    return made + [name for _, name in socket.if_nameindex() if name.startswith(f"rts{pid}.")]


def gone(program: subprocess.Popen[str]) -> None:
    """Kill it."""
    program.kill()
    program.communicate()


class Asker:
    """A program on a host, with a connection to an echo on another one."""

    def __init__(self, host: Host, address: str, port: int) -> None:
        command = [*host.wrapper(), sys.executable, "-I", "-S", "-c", ASKER, address, str(port)]
        self._program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._heard: list[str] = []
        self._changed = threading.Condition()
        self._words = (f"word {number}\n" for number in itertools.count())
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self) -> str:
        """Send another word."""
        assert self._program.stdin is not None
        word = next(self._words)
        self._program.stdin.write(word)
        self._program.stdin.flush()
        return word

    def hears(self, word: str, within: float = LONG) -> bool:
        """Whether it comes back in time."""
        with self._changed:
            return self._changed.wait_for(lambda: word in self._heard, within)

    def is_connected(self) -> bool:
        """As far as it was told."""
        return self._program.poll() is None

    def end(self) -> None:
        gone(self._program)

    def _listen(self) -> None:
        assert self._program.stdout is not None
        for line in self._program.stdout:
            with self._changed:
                self._heard.append(line)
                self._changed.notify_all()


@contextmanager
def asker(host: Host, at: Host, port: int) -> Iterator[Asker]:
    """One that is gone afterwards."""
    asker = Asker(host, at.address, port)
    try:
        yield asker
    finally:
        asker.end()


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(["one", "other", "third"]) as network:
        yield network
    assert not left_of(os.getpid())


@pytest.fixture
def port(network: Network, tmp_path: Path) -> Iterator[int]:
    """Of an echo on the host `other`."""
    port, host = free_port(), network.host("other")
    command = [sys.executable, "-I", "-S", "-c", ECHO, host.address, str(port)]
    echo = Child(command, tmp_path, name="echo", host=host, is_ready=lambda: "ready" in echo.log_text())
    with echo:
        yield port


@only_where_allowed
def test_a_cut_is_silent(network: Network, port: int) -> None:
    """Nothing comes through and nobody is told; later all does that was sent meanwhile."""
    with asker(network.host("one"), network.host("other"), port) as one:
        assert one.hears(one.say())
        with network.cut("one", "other"):
            word = one.say()
            assert not one.hears(word, SHORT)
            assert one.is_connected()
        assert one.hears(word)


@only_where_allowed
def test_who_connects_meanwhile(network: Network, port: int) -> None:
    """Is not refused, and gets through when it can."""
    with ExitStack() as ends:
        with network.cut("other", "one"):
            one = ends.enter_context(asker(network.host("one"), network.host("other"), port))
            word = one.say()
            assert not one.hears(word, SHORT)
            assert one.is_connected()
        assert one.hears(word)


@only_where_allowed
def test_only_two_are_cut_off(network: Network, port: int) -> None:
    """From each other."""
    with network.cut("one", "other"):
        for host in (network.host("third"), HERE):
            with asker(host, network.host("other"), port) as bystander:
                assert bystander.hears(bystander.say())
        with pytest.raises(Problem, match="already"), network.cut("one", "third"):
            pass


@only_where_allowed
def test_programs_become_the_user_that_they_shall(network: Network, tmp_path: Path) -> None:
    """In the namespace, which only root may enter."""
    host = network.host("one")
    script = "id -un; id -G; ip -o -4 address show dev eth0"
    with Child(["/bin/sh", "-c", script], tmp_path, name="who", host=host, user="nobody") as who:
        assert who.wait(LONG) == 0
    user, groups, address = who.log_text().splitlines()
    assert user == "nobody"
    assert len(groups.split()) == 1
    assert f"inet {host.address}/" in address


@only_where_allowed
def test_two_at_once(network: Network) -> None:
    """Each has addresses of its own."""
    with Network(["one"]) as another:
        addresses = {IPv4Address(each.host("one").address) for each in (network, another)}
    assert len(addresses) == 2
    assert all(address in NETWORKS for address in addresses)


@only_where_allowed
def test_nothing_is_left_of_one_that_was_killed() -> None:
    """Its guard sees to it, whose end is waited for here: it has the same output."""
    with subprocess.Popen(
        [sys.executable, "-c", STARTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "there\n"
        assert len(left_of(program.pid)) == 4  # two hosts, the switch, and the device of this machine
        gone(program)
    assert not left_of(program.pid)


@only_where_allowed
def test_what_killed_guards_have_left(network: Network) -> None:
    """Is removed by the next one, also when its number has been given to another process, but not of those who run."""
    stale = f"rtserver-{os.getpid()}-1-1-one"
    subprocess.run([find_program("ip", module.PACKAGE, module.PROGRAM_FOLDERS), "netns", "add", stale], check=True)
    assert stale in left_of(os.getpid())
    running = {one for one in left_of(os.getpid()) if one != stale}
    with Network(["one"]):
        assert stale not in left_of(os.getpid())
        assert running < set(left_of(os.getpid()))


@only_where_allowed
def test_a_kernel_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half way: nothing is left, and its words are told."""
    monkeypatch.setattr(module, "_interface", lambda *_: ["link set lo nonsense"])
    with pytest.raises(NoNamespaces, match="`ip` answers"):
        Network(["one"]).start()
    assert not left_of(os.getpid())


def test_others_than_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """May not, and are told so."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(NoNamespaces, match="only root may make network namespaces"):
        Network(["one"]).start()


def test_without_iproute2(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said which package is missing."""
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(module, "PROGRAM_FOLDERS", ())
    with pytest.raises(NoNamespaces, match="install the package iproute2"):
        Network(["one"]).start()


def test_this_machine_is_entered_by_nothing() -> None:
    assert HERE.wrapper("nobody") == ()
