"""Hosts of their own on one machine: network namespaces, each with a wire to one switch, where two of them are cut off.

A namespace has its own interfaces, addresses and ports; a program in it reaches the others only through the switch, a
bridge in a namespace of its own, where no firewall of this machine looks in. What the switch does not pass on is gone,
and nobody is told: neither a reset nor an "unreachable" comes back, as with a switch, a router or a cable that fails.

Only root may make them, with `ip` of iproute2 and a kernel that has bridges. All their names begin with who made them
(process and the time it started): what a run that was killed has left behind is known by it, and removed by the next.
"""

import contextlib
import itertools
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv4Network, ip_network
from pathlib import Path

from loadtests.problem import Problem
from loadtests.topology import guard
from loadtests.topology.process import ENTER, NAMESPACES, Host, clean_up_by, cleaned_up, find_program
from loadtests.topology.program import Part

PACKAGE = "iproute2"

PROGRAM_FOLDERS = (Path("/usr/sbin"), Path("/sbin"))
"""Not in everybody's PATH."""

NETWORKS = IPv4Network("198.18.0.0/15")
"""For measurements among one's own devices (RFC 2544): no other network has these addresses."""

PREFIX_BITS = 28
"""Of each network: up to 14 hosts."""

NETWORKS_EACH = 8
"""Networks from one process's first try to the next one's: they seldom want the same."""

NAME = re.compile(r"rtserver-(\d+)-(\d+)-\d+-[a-z0-9]+")
"""Of a namespace: the process that made it, when that started (ticks since the system's start), which of its networks
it belongs to, and the host."""

SWITCH, OUTSIDE = "switch", "outside"
"""The switch's own namespace, and as what this machine itself is plugged into it."""

LOCAL_ADMINISTRATION = 0x02 << 40
"""In a hardware address: nobody's card has it (IEEE 802)."""

COMMAND_WITHIN = 20.0
"""Seconds for a command of `ip`, each of which takes some milliseconds."""

_counter = itertools.count(1)


class NoNamespaces(Problem):
    """There can be none here. The message is half a sentence that says why."""


class Network(Part):
    """Hosts by their names, and the switch between them. As a context manager they are there, and are gone after.

    This machine is plugged in, too: what runs on it reaches all hosts and is reached by them. What still runs on a host
    when it is closed is cut off for good.
    """

    def __init__(self, names: Sequence[str]) -> None:
        """`names`: of hosts, in small letters and digits, some dozen letters at most."""
        self._names = tuple(names)
        self._number = next(_counter)
        self._hosts: dict[str, Host] = {}
        self._ip = ""
        self._undoing: list[tuple[str, ...]] = []
        self._device = f"rts{os.getpid()}.{self._number}"  # of 15 letters at most, and numbers of processes have seven
        self._has_cut = False

    def host(self, name: str) -> Host:
        """One of them. Raises `KeyError`."""
        return self._hosts[name]

    def start(self) -> None:
        """Make all of it, and remove what killed runs have left. Raises `NoNamespaces`; then nothing of it is there."""
        if os.geteuid() != 0:
            raise NoNamespaces("only root may make network namespaces")
        try:
            self._ip = str(find_program("ip", PACKAGE, PROGRAM_FOLDERS))
            find_program(*ENTER)
            self._make()
        except NoNamespaces:
            self.close()
            raise
        except (Problem, OSError, subprocess.SubprocessError) as error:
            self.close()
            raise NoNamespaces(_reason(error)) from None

    def close(self) -> None:
        """Remove all of it."""
        while self._undoing:
            command = self._undoing.pop()
            self._run(*command[1:], check=False)
            cleaned_up(command)
        self._hosts.clear()

    @contextmanager
    def cut(self, one: str, other: str) -> Iterator[None]:
        """Meanwhile nothing that one of two hosts sends reaches the other, and neither is told; all else is as before.

        One pair at a time. Raises `Problem`.
        """
        if self._has_cut:
            raise Problem("Two hosts are cut off from each other already: restore them first.")
        self._has_cut = True
        try:
            self._keep_apart((one, other), "on")
            yield
        finally:
            self._keep_apart((one, other), "off")
            self._has_cut = False

    # --- Inside ---

    def _make(self) -> None:
        self._remove_stale()
        addresses = self._free_network().hosts()
        everywhere = {name: next(addresses) for name in (OUTSIDE, *self._names)}
        self._add_namespace(SWITCH)
        for name in self._names:
            self._hosts[name] = Host(str(everywhere[name]), self._add_namespace(name))
        self._undo_by("link", "delete", self._device)  # with its namespace it would go, too, but a moment later
        self._batch(self._wires(), self._namespace(SWITCH))
        self._batch(_interface(self._device, OUTSIDE, everywhere))
        for name in self._names:
            self._batch(["link set lo up", *_interface("eth0", name, everywhere)], self._namespace(name))

    def _namespace(self, name: str) -> str:
        pid = os.getpid()
        return f"rtserver-{pid}-{guard.started_at(pid)}-{self._number}-{name}"

    def _add_namespace(self, name: str) -> str:
        namespace = self._namespace(name)
        self._undo_by("netns", "delete", namespace)
        self._run("netns", "add", namespace)
        return namespace

    def _undo_by(self, *words: str) -> None:
        """In the end, last things first; when we are killed, by the guard."""
        clean_up_by((self._ip, *words))
        self._undoing.append((self._ip, *words))

    def _wires(self) -> Iterator[str]:
        """The switch, which passes everything on from the first moment, and a wire from it to each host."""
        yield f"link add {SWITCH} type bridge stp_state 0 forward_delay 0 mcast_snooping 0"
        for name, host in self._hosts.items():
            yield f"link add {name} type veth peer name eth0 netns {host.namespace}"
        yield f"link add {OUTSIDE} type veth peer name {self._device} netns {os.getpid()}"
        for name in (*self._hosts, OUTSIDE):
            yield f"link set {name} master {SWITCH} up"
        yield f"link set {SWITCH} up"

    def _keep_apart(self, names: Sequence[str], state: str) -> None:
        """A bridge passes nothing from one isolated port to another (bridge(8)). Between two, that is a cut."""
        commands = (f"link set dev {name} type bridge_slave isolated {state}" for name in names)
        try:
            self._batch(commands, self._namespace(SWITCH))
        except subprocess.SubprocessError as error:
            raise Problem(f"The switch between the hosts does not obey: {_reason(error)}.") from None

    def _free_network(self) -> IPv4Network:
        """One that no interface of this machine is in. Raises `NoNamespaces`."""
        routes = [one["dst"] for one in json.loads(self._run("-json", "-4", "route", "show"))]
        taken = [ip_network(one) for one in routes if one != "default"]
        count = 1 << (PREFIX_BITS - NETWORKS.prefixlen)
        size = 1 << (NETWORKS.max_prefixlen - PREFIX_BITS)
        for number in range(first := os.getpid() * NETWORKS_EACH, first + count):
            found = IPv4Network((NETWORKS[number % count * size], PREFIX_BITS))
            if not any(found.overlaps(one) for one in taken):
                return found
        raise NoNamespaces(f"all addresses of {NETWORKS} are in use")

    def _remove_stale(self) -> None:
        """What those have left who were killed together with their guard."""
        for found in _named():
            pid, started = int(found[1]), int(found[2])
            if guard.started_at(pid) != started:
                self._run("netns", "delete", found[0], check=False)

    def _batch(self, commands: Iterator[str] | list[str], namespace: str | None = None) -> None:
        where = () if namespace is None else ("-netns", namespace)
        self._run(*where, "-batch", "-", given="\n".join(commands))

    def _run(self, *words: str, given: str | None = None, check: bool = True) -> str:
        done = subprocess.run(  # noqa: S603 - a program of the system
            (self._ip, *words), input=given, capture_output=True, text=True, check=check, timeout=COMMAND_WITHIN
        )
        return done.stdout


def _interface(device: str, name: str, everywhere: Mapping[str, IPv4Address]) -> list[str]:
    """Commands for a host's end of its wire.

    All know each other's hardware addresses from the beginning: whoever had to ask for them would be told after three
    seconds of a cut that nobody is there, which across a router nobody is.
    """
    hardware = {one: _hardware(address) for one, address in everywhere.items()}
    return [
        f"link set {device} address {hardware[name]} up",
        f"address add {everywhere[name]}/{PREFIX_BITS} dev {device}",
        *(
            f"neighbour replace {address} lladdr {hardware[one]} dev {device} nud permanent"
            for one, address in everywhere.items()
            if one != name
        ),
    ]


def _hardware(address: IPv4Address) -> str:
    number = LOCAL_ADMINISTRATION | int(address)
    return ":".join(f"{byte:02x}" for byte in number.to_bytes(6, "big"))


def _named() -> list[re.Match[str]]:
    """The namespaces of all runs."""
    with contextlib.suppress(FileNotFoundError):
        return [found for one in NAMESPACES.iterdir() if (found := NAME.fullmatch(one.name))]
    return []


def _reason(error: Exception) -> str:
    """Half a sentence."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = str(error.stderr).strip().splitlines() or [f"status {error.returncode}"]
        return f"`ip` answers {lines[0]!r}"
    return str(error).rstrip(".")
