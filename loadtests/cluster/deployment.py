"""Several processes on PostgreSQL and Redis, and what each part of them has used of the processor and the memory."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from loadtests import machine
from loadtests.media.processes import PROC, cpu_seconds, used
from loadtests.peer import Address
from loadtests.problem import Problem
from loadtests.server import ORGANISATION, SETTING_PREFIX, SETTINGS, TOKEN, find_command, resident_bytes, waited_seconds
from loadtests.topology.topology import Node, Topology

NO_LIMITS: Mapping[str, Any] = {name.removeprefix(SETTING_PREFIX).lower(): value for name, value in SETTINGS.items()}
"""Limits of members and connections out of reach; they are counted all the same."""

SCRAPE_DEADLINE = 10.0
"""Seconds in which a node tells its metrics."""

PROCESS_ID = re.compile(rb"process_id:(\d+)")


class Usage(Struct, frozen=True):
    """Seconds of processor time: of each node, of Redis, of PostgreSQL with all its processes, of the generator, and of
    HAProxy (`balancer`), which only the restarts go by: else it asks the nodes how they are."""

    nodes: tuple[float, ...]
    redis: float
    postgres: float
    generator: float
    balancer: float

    @property
    def all_nodes(self) -> float:
        """Of rtserver alone."""
        return sum(self.nodes)

    def __sub__(self, before: "Usage") -> "Usage":
        return Usage(
            tuple(now - then for now, then in zip(self.nodes, before.nodes, strict=True)),
            self.redis - before.redis,
            self.postgres - before.postgres,
            self.generator - before.generator,
            self.balancer - before.balancer,
        )

    def each_second(self, seconds: float) -> "Usage":
        """Of a core, when it was used within so many seconds."""
        return Usage(
            tuple(used / seconds for used in self.nodes),
            self.redis / seconds,
            self.postgres / seconds,
            self.generator / seconds,
            self.balancer / seconds,
        )


class Deployment:
    """A topology that runs, and how it is measured from outside. As a `Watched`: its nodes together."""

    def __init__(self, topology: Topology, key: str) -> None:
        self.topology = topology
        self.key = key
        """Of an organisation, for all projects."""
        found = PROCESS_ID.search(topology.redis.ask("INFO", "server"))
        if found is None:
            raise Problem("Redis does not say which process it is (INFO server): take Redis 7.")
        self._redis = int(found[1])

    @property
    def nodes(self) -> list[Node]:
        """The servers."""
        return self.topology.nodes

    def address(self, number: int = 0) -> Address:
        """Where a node listens, past the balancer."""
        server = self.nodes[number].server
        return Address(server.host, server.port)

    def usage(self) -> Usage:
        """So far. Raises `Problem` when a part of it has ended."""
        return Usage(
            nodes=tuple(_all_of(node.server.child.pid) for node in self.nodes),
            redis=_all_of(self._redis),
            postgres=_all_of(self.topology.postgres.child.pid),
            generator=used(PROC / "self"),
            balancer=_all_of(self.topology.balancer.child.pid),
        )

    def cpu_seconds(self) -> float:
        """Of all nodes so far."""
        return sum(_all_of(node.server.child.pid) for node in self.nodes)

    def waited_seconds(self) -> float:
        """How long the nodes' main threads have waited for a core so far, all together."""
        return sum(waited_seconds(PROC / str(node.server.child.pid)) for node in self.nodes)

    def resident_bytes(self, number: int = 0) -> int:
        """Memory of a node."""
        return resident_bytes(PROC / str(self.nodes[number].server.child.pid))

    def metric(self, name: str, number: int = 0) -> float:
        """One of a node's own metrics, over all its labels. Raises `Problem` when there is none of this name."""
        server = self.nodes[number].server
        address = f"http://{server.host}:{server.settings['metrics_port']}/metrics"
        try:
            with urlopen(address, timeout=SCRAPE_DEADLINE) as answer:
                text = answer.read().decode()
        except OSError as error:
            raise Problem(f"{self.nodes[number].name} does not tell its metrics ({error}): see its log.") from None
        samples = [one for family in text_string_to_metric_families(text) for one in family.samples if one.name == name]
        if not samples:
            raise Problem(f"This rtserver has no metric {name}: measure a newer one.")
        return sum(sample.value for sample in samples)

    def metric_of_all(self, name: str) -> float:
        """The same of all nodes together."""
        return sum(self.metric(name, number) for number in range(len(self.nodes)))


@contextmanager
def deployed(
    folder: Path, core: int | None = None, *, servers: int = 2, settings: Mapping[str, Any] | None = None
) -> Iterator[Deployment]:
    """A deployment as it is shipped: durable PostgreSQL, calls left out; it is gone afterwards. Raises `Problem`.

    `core`: that all of it runs on; None: any. `settings`: of the nodes.
    """
    topology = Topology(folder, servers=servers, durable=True, settings={"media": False, **(settings or {})})
    with machine.on_core(core):
        topology.start()
    try:
        yield Deployment(topology, new_key(topology.database_url, folder))
    finally:
        topology.close()


def new_key(database_url: str, folder: Path) -> str:
    """An API key, made as an operator does. Raises `Problem`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(SETTING_PREFIX)}
    done = subprocess.run(  # noqa: S603 - the product's own command
        [str(find_command()), "key", "create", ORGANISATION, "--organisation", ORGANISATION],
        capture_output=True,
        text=True,
        check=False,
        env=own | {"RT_DATABASE_URL": database_url, "RT_DATA": str(folder)},
    )
    found = TOKEN.search(done.stdout)
    if done.returncode or found is None:
        raise Problem(f"rtserver key create failed: {done.stderr.strip() or done.stdout.strip()}")
    return found[0]


def _all_of(pid: int) -> float:
    """Processor time of a process and of all below it."""
    return sum(cpu_seconds(pid).values())
