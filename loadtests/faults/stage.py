"""What faults happen to: a deployment with a lesson on it, each node on lines of its own and by a clock of its own."""

import random
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import Literal
from urllib.parse import urlsplit

from loadtests.cluster.deployment import NO_LIMITS, new_key
from loadtests.faults import reading
from loadtests.faults.plan import Plan
from loadtests.faults.reading import StreamLog
from loadtests.generator import target
from loadtests.generator.target import Target
from loadtests.problem import Problem
from loadtests.topology.network import Network, NoNamespaces
from loadtests.topology.relay import Relay
from loadtests.topology.server import Server
from loadtests.topology.shifted import Clock
from loadtests.topology.topology import POSTGRES, REDIS, Node, Topology

SERVERS = 2

POOL = 4
"""Connections of a node to PostgreSQL: few, so that a lock that somebody holds takes all of them."""

NAMES = tuple(f"node{number}" for number in range(1, SERVERS + 1))

START_WITHIN = 30.0
"""Seconds in which the balancer has found a node again that was started."""

SQLITE_PATIENCE = 0.5
"""Seconds that the server on SQLite waits for a lock: less than a fault lasts."""


Hosts = Literal["namespaces", "processes"]
"""What the hosts of a stage are: network namespaces, or all this machine."""

CUT_BY_SWITCH = "each server, PostgreSQL and Redis are hosts of their own (network namespaces): a cut is a real one"

CUT_BY_RELAYS = "all run on one host, and a cut is a relay that passes nothing on: {}"

ERROR = re.compile(r'"level": "(error|critical)"|Traceback')


class Interrupted(Exception):
    """The lesson has ended meanwhile."""


class Stage(ABC):
    """What runs, and what a fault may use besides."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.burst: Callable[[], None] = lambda: None
        """Has all writers write at once."""
        self.streams: frozenset[str] = frozenset()
        """In which there is written."""
        self.dice = random.Random(plan.seed)
        self.ended = Event()
        """The lesson is over: nobody waits any more."""
        self.hosts: Hosts = "processes"
        self.cuts = ""
        """How hosts are cut off from each other, in a sentence; empty: there is one only."""

    @abstractmethod
    def doors(self) -> list[Target]:
        """All ways in."""

    @abstractmethod
    def read_log(self, streams: Sequence[str]) -> dict[str, StreamLog]:
        """From the database itself, past every server."""

    @abstractmethod
    def servers(self) -> list[Server]:
        """Every rtserver."""

    def errors(self) -> list[str]:
        """Lines of the servers' logs that tell of a bug: what a fault does is worth a warning."""
        logged = [line for server in self.servers() for line in server.log_text().splitlines()]
        return [line for line in logged if ERROR.search(line)]

    def hold(self) -> None:
        """As long as a fault lasts. Raises `Interrupted`."""
        self.wait(self.dice.uniform(self.plan.hold_min, self.plan.hold_max))

    def wait(self, seconds: float) -> None:
        """Raises `Interrupted`."""
        if self.ended.wait(seconds):
            raise Interrupted


class Embedded(Stage):
    """One server on SQLite."""

    def __init__(self, server: Server, plan: Plan) -> None:
        super().__init__(plan)
        self.server = server
        self.file = server.folder / "rtserver.db"

    def doors(self) -> list[Target]:
        """The one."""
        return [target.find(self.server.url)]

    def servers(self) -> list[Server]:
        """The one."""
        return [self.server]

    def read_log(self, streams: Sequence[str]) -> dict[str, StreamLog]:
        """As the file has it."""
        return reading.from_sqlite(self.file, streams)


class Deployed(Stage):
    """A whole deployment."""

    def __init__(self, topology: Topology, clocks: dict[str, Clock], plan: Plan, cuts: str) -> None:
        super().__init__(plan)
        self.topology = topology
        self.cuts = cuts
        self.hosts = "processes" if topology.network is None else "namespaces"
        self._clocks = clocks

    def some_node(self) -> Node:
        """One of them, by chance."""
        return self.nodes_by_chance()[0]

    def nodes_by_chance(self) -> list[Node]:
        """All of them, in any order."""
        return self.dice.sample(self.topology.nodes, SERVERS)

    def clock(self, node: Node) -> Clock:
        """By which it goes."""
        return self._clocks[node.name]

    @property
    def database(self) -> str:
        """The name of it."""
        return urlsplit(self.topology.database_url).path.lstrip("/")

    def to_redis(self, node: Node) -> Relay:
        """Its line. Raises `Problem`."""
        return _there(node.to_redis)

    def to_postgres(self, node: Node) -> Relay:
        """Its line. Raises `Problem`."""
        return _there(node.to_postgres)

    @contextmanager
    def cut_off(self, node: Node, line: Relay, host: str) -> Iterator[None]:
        """Meanwhile nothing goes between a node and a host, at which its line ends, and neither is told."""
        with ExitStack() as healed:
            if self.topology.network is not None:
                healed.enter_context(self.topology.network.cut(node.name, host))
            else:
                healed.callback(line.restore)
                line.hang()
            yield

    def wait_for_nodes(self) -> None:
        """Until the balancer has found all of them ready. Raises `Problem`."""
        self.topology.balancer.wait_for_nodes(NAMES, START_WITHIN)

    def doors(self) -> list[Target]:
        """Each node, and the balancer."""
        nodes = [target.find(node.server.url) for node in self.topology.nodes]
        return [*nodes, target.find(self.topology.url, str(self.topology.authority.certificate))]

    def servers(self) -> list[Server]:
        """Of each node."""
        return [node.server for node in self.topology.nodes]

    def read_log(self, streams: Sequence[str]) -> dict[str, StreamLog]:
        """As PostgreSQL has it."""
        return reading.from_postgres(self.topology, streams)


@contextmanager
def deployed(folder: Path, plan: Plan) -> Iterator[tuple[Deployed, str]]:
    """A deployment, durable as it is shipped, and an API key for it; nothing of it is left afterwards.

    Its nodes, PostgreSQL and Redis are hosts of their own where that can be had. Raises `Problem`.
    """
    with ExitStack() as parts:
        network, cuts = _hosts(parts)
        topology, clocks = _topology(folder, network)
        parts.enter_context(topology)
        yield Deployed(topology, clocks, plan, cuts), new_key(topology.database_url, folder)


def _hosts(parts: ExitStack) -> tuple[Network | None, str]:
    """A network for a deployment, and how it is cut."""
    try:
        return parts.enter_context(Network((*NAMES, POSTGRES, REDIS))), CUT_BY_SWITCH
    except NoNamespaces as error:
        return None, CUT_BY_RELAYS.format(error)


def _topology(folder: Path, network: Network | None) -> tuple[Topology, dict[str, Clock]]:
    clocks = {name: Clock(folder / f"{name}.clock") for name in NAMES}
    topology = Topology(
        folder,
        servers=SERVERS,
        relays=True,
        durable=True,
        settings={**NO_LIMITS, "media": False, "database_pool": POOL},
        prefixes={name: clock.wrapper() for name, clock in clocks.items()},
        network=network,
    )
    return topology, clocks


@contextmanager
def embedded(folder: Path, plan: Plan) -> Iterator[tuple[Embedded, str]]:
    """A server on SQLite, and an API key for it; it is gone afterwards. Raises `Problem`."""
    folder.mkdir(parents=True, exist_ok=True)
    database = f"sqlite+aiosqlite:///{folder / 'rtserver.db'}"
    key = new_key(database, folder)
    with Server(folder, {**NO_LIMITS, "media": False, "database_timeout": SQLITE_PATIENCE}) as server:
        yield Embedded(server, plan), key


def _there(relay: Relay | None) -> Relay:
    if relay is None:
        raise Problem("This deployment has no lines that can be cut: start it with relays.")
    return relay
