"""Redis as processes of one's own: a single server, one with a replica and a sentinel, and a cluster of three."""

import secrets
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from hiredis import Reader, ReplyError, pack_command

from loadtests.problem import Problem
from loadtests.topology.certificates import Authority
from loadtests.topology.process import (
    END_WITHIN,
    HERE,
    HOST,
    LOOK_INTERVAL,
    START_WITHIN,
    Child,
    Host,
    find_program,
    free_port,
)
from loadtests.topology.program import Part, Program

PACKAGE = "redis-server"

ANSWER_WITHIN = 5.0
"""Seconds in which a server that runs answers a question of ours, on a busy machine."""

NAME_BYTES = 4

SERVICE = "classes"
"""What the sentinel calls its master."""

DOWN_AFTER_MS = 3000
"""Milliseconds of silence after which the sentinel makes the replica the master: longer than a busy machine pauses."""

NODE_TIMEOUT_MS = 10_000
"""Milliseconds of silence after which a cluster counts one of its nodes as down: longer than a restart takes."""

SLOTS = 16_384
"""Of a cluster (Redis Cluster specification)."""

CLUSTER_SIZE = 3
"""The fewest masters that can outvote one."""

NOT_YET = object()

Reply = Any
"""Bytes, int, None, or lists of them."""


class Redis(Program):
    """A server on a port that stays, which keeps nothing: started again it is empty.

    As a context manager it runs, and is gone after.
    """

    called = "Redis"

    def __init__(
        self,
        folder: Path,
        password: str | None = None,
        tls: Authority | None = None,
        settings: Mapping[str, str] | None = None,
        program: str = "redis-server",
        host: Host = HERE,
    ) -> None:
        """`folder`: for its log, configuration and data. `tls`: who signs its certificate; it then speaks nothing else.

        `settings`: of redis.conf, besides ours. `host`: where it runs.
        """
        super().__init__(folder)
        self.host = host
        self.port = free_port()
        self.password = password
        self._tls = tls
        self._settings = dict(settings or {})
        self._program = program

    @property
    def url(self) -> str:
        """As `redis_url` takes it."""
        scheme = "redis" if self._tls is None else "rediss"
        return f"{scheme}://{login(self.password)}{self.host.address}:{self.port}/0"

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._child is not None and self._child.is_running

    def stop(self, within: float = END_WITHIN) -> int | None:
        """As `Program.stop`; nothing happens when it was never started."""
        return None if self._child is None else super().stop(within)

    def restart(self) -> None:
        """Kill it and start it again: it has forgotten everything."""
        self.kill()
        self.start()

    def ask(self, *words: str | bytes | int) -> Reply:
        """Send one command on a connection of its own. Raises `Problem`, also when Redis refuses it."""
        try:
            with socket.create_connection((self.host.address, self.port), ANSWER_WITHIN) as raw:
                if self._tls is None:
                    return self._asked(raw, words)
                with self._tls.context.wrap_socket(raw, server_hostname=self.host.address) as line:
                    return self._asked(line, words)
        except OSError as error:
            raise Problem(f"Redis on port {self.port} does not answer: {error}.") from None

    # --- Inside ---

    def _asked(self, line: socket.socket, words: tuple[str | bytes | int, ...]) -> Reply:
        commands = [words] if self.password is None else [("AUTH", self.password), words]
        line.sendall(b"".join(pack_command(command) for command in commands))  # type: ignore[arg-type]  # any number
        reader = Reader(replyError=ReplyError, notEnoughData=NOT_YET)
        reply: Reply = None
        for _ in commands:
            while (reply := reader.gets()) is NOT_YET:
                data = line.recv(65_536)
                if not data:
                    raise Problem(f"Redis on port {self.port} has closed the connection.")
                reader.feed(data)
            if isinstance(reply, ReplyError):
                raise Problem(f"Redis refuses: {reply}")
        return reply

    def _make(self) -> Child:
        program = find_program(self._program, PACKAGE)
        file = self.folder / "redis.conf"
        file.touch(mode=0o600)  # it holds the password
        file.write_text("".join(f"{name} {value}\n" for name, value in self._configuration().items()))
        return Child([program, file], self.folder, name="redis", host=self.host, is_ready=self._is_ready)

    def _configuration(self) -> dict[str, str]:
        lines = {"bind": self.host.address, "port": str(self.port), "dir": str(self.folder)}
        lines |= {"save": '""', "appendonly": "no"}
        lines["repl-diskless-sync-delay"] = "0"  # a replica need not wait for others
        if self.password is not None:
            lines |= {"requirepass": _quoted(self.password), "masterauth": _quoted(self.password)}
        if self._tls is not None:
            certificate, key = self._tls.issue(self.folder, "redis")
            lines |= {"port": "0", "tls-port": str(self.port), "tls-auth-clients": "no"}
            lines |= {"tls-cert-file": str(certificate), "tls-key-file": str(key)}
            lines |= {"tls-ca-cert-file": str(self._tls.certificate)}
        return lines | self._settings

    def _is_ready(self) -> bool:
        try:
            return bool(self.ask("PING") == b"PONG")
        except Problem:
            return False


class SentinelSet(Part):
    """A master, its replica, and a sentinel that makes the replica the master when the master is silent."""

    def __init__(self, folder: Path, password: str | None = None) -> None:
        self.first = Redis(folder / "first", password)
        """The master, to begin with."""
        self.second = Redis(folder / "second", password, settings={"replicaof": f"{HOST} {self.first.port}"})
        """The replica, to begin with."""
        self.sentinel = _Sentinel(folder / "sentinel", password, self.first.port)
        self._password = password

    def start(self) -> None:
        """Start all three; returns when the sentinel knows them. Raises `Problem`; then none of them runs."""
        try:
            for one in (self.first, self.second):
                one.start()
            # The sentinel looks every ten seconds only: what it sees at its first look should be all.
            wait_until(self._is_replicated, "the replica to follow its master")
            self.sentinel.start()
            wait_until(self._is_watched, "the sentinel to know the replica")
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """As `redis_url` takes it."""
        return f"redis+sentinel://{login(self._password)}{HOST}:{self.sentinel.port}/{SERVICE}"

    def close(self) -> None:
        """End all three."""
        for one in (self.sentinel, self.second, self.first):
            one.stop()

    def _is_replicated(self) -> bool:
        return b"master_link_status:up" in self.second.ask("INFO", "replication").split()

    def _is_watched(self) -> bool:
        replicas = [_pairs(one) for one in self.sentinel.ask("SENTINEL", "REPLICAS", SERVICE)]
        return any(one[b"flags"] == b"slave" and one[b"master-link-status"] == b"ok" for one in replicas)


class _Sentinel(Redis):
    def __init__(self, folder: Path, password: str | None, master_port: int) -> None:
        super().__init__(folder, password)
        self._master_port = master_port

    def _make(self) -> Child:
        program = find_program("redis-server", PACKAGE)
        file = self.folder / "sentinel.conf"  # it writes there, too
        file.touch(mode=0o600)
        lines = [
            f"bind {HOST}",
            f"port {self.port}",
            f"dir {self.folder}",
            f"sentinel monitor {SERVICE} {HOST} {self._master_port} 1",
            f"sentinel down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}",
            f"sentinel failover-timeout {SERVICE} {4 * DOWN_AFTER_MS}",
        ]
        if self.password is not None:
            secret = _quoted(self.password)
            lines += [f"requirepass {secret}", f"sentinel auth-pass {SERVICE} {secret}"]
        file.write_text("\n".join(lines) + "\n")
        return Child([program, file, "--sentinel"], self.folder, name="sentinel", is_ready=self._is_ready)


class Cluster(Part):
    """Three masters without replicas, each with a third of the slots. One that is killed comes back with its slots."""

    def __init__(self, folder: Path, password: str | None = None) -> None:
        settings = {"cluster-enabled": "yes", "cluster-node-timeout": str(NODE_TIMEOUT_MS)}
        self._bus_ports = [free_port() for _ in range(CLUSTER_SIZE)]
        self.nodes = [
            Redis(folder / f"node{number}", password, settings=settings | {"cluster-port": str(bus)})
            for number, bus in enumerate(self._bus_ports, start=1)
        ]
        self._password = password

    def start(self) -> None:
        """Start all of it; returns when it is whole. Raises `Problem`; then none of it runs."""
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        """As `redis_url` takes it."""
        return f"redis+cluster://{login(self._password)}{','.join(f'{HOST}:{node.port}' for node in self.nodes)}"

    def close(self) -> None:
        """End all of it."""
        for node in self.nodes:
            node.stop()

    def owner_of(self, slot: int) -> Redis:
        """Who has a slot, as the first node says."""
        for first, last, master, *_ in self.nodes[0].ask("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return next(node for node in self.nodes if node.port == master[1])
        raise Problem(f"The cluster does not cover the slot {slot}.")

    def move(self, slot: int, to: Redis) -> None:
        """Give a slot without keys to another node."""
        name = to.ask("CLUSTER", "MYID")
        for node in (to, *(one for one in self.nodes if one is not to)):
            node.ask("CLUSTER", "SETSLOT", slot, "NODE", name)

    def wait_until_whole(self) -> None:
        """Wait until every node knows all others, and every slot is served. Raises `Problem`."""
        wait_until(lambda: all(map(self._is_whole, self.nodes)), "the cluster to be whole")

    def _start(self) -> None:
        for node in self.nodes:
            node.start()
        for number, node in enumerate(self.nodes):
            first, last = (SLOTS * one // CLUSTER_SIZE for one in (number, number + 1))
            node.ask("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            node.ask("CLUSTER", "ADDSLOTSRANGE", first, last - 1)
        for node, bus in list(zip(self.nodes, self._bus_ports, strict=True))[1:]:
            self.nodes[0].ask("CLUSTER", "MEET", HOST, node.port, bus)
        self.wait_until_whole()

    def _is_whole(self, node: Redis) -> bool:
        state = node.ask("CLUSTER", "INFO").split()
        known = {b"cluster_state:ok", b"cluster_known_nodes:%d" % CLUSTER_SIZE, b"cluster_slots_ok:%d" % SLOTS}
        return known <= set(state)


def login(password: str | None) -> str:
    """The part of a URL before the host."""
    return "" if password is None else f":{quote(password, safe='')}@"


def new_prefix() -> str:
    """What no other test's keys begin with."""
    return f"t{secrets.token_hex(NAME_BYTES)}"


def wait_until(is_so: Callable[[], bool], what: str, within: float = START_WITHIN) -> None:
    """Look again and again. Raises `Problem`."""
    deadline = time.monotonic() + within
    while not is_so():
        if time.monotonic() > deadline:
            raise Problem(f"Waited {within:g} seconds for {what}.")
        time.sleep(LOOK_INTERVAL)


def _quoted(word: str) -> str:
    """As redis.conf takes words with spaces."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
