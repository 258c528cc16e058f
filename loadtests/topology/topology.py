"""All of a deployment on this machine: PostgreSQL, Redis, nodes of rtserver, and HAProxy, which ends TLS."""

import secrets
import ssl
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from loadtests.problem import Problem
from loadtests.topology.certificates import Authority
from loadtests.topology.haproxy import HAProxy
from loadtests.topology.network import Network
from loadtests.topology.postgres import Postgres
from loadtests.topology.process import HERE, HOST, Host, free_port
from loadtests.topology.program import Part, run_apart
from loadtests.topology.redis import Redis
from loadtests.topology.relay import Relay
from loadtests.topology.server import Server

PASSWORD_BYTES = 18

POSTGRES, REDIS = "postgres", "redis"
"""What the hosts of the two are called, when they have one of their own."""

Result = TypeVar("Result")


class Node:
    """One server of a topology, and its own lines to what all share; None where it goes straight there."""

    def __init__(self, name: str, server: Server, to_postgres: Relay | None, to_redis: Relay | None) -> None:
        self.name = name
        """As HAProxy calls it."""
        self.server = server
        self.to_postgres = to_postgres
        self.to_redis = to_redis


class Topology(Part):
    """A deployment; as a context manager it runs, and nothing of it is left after, whatever happens.

    The parts are stopped, killed, paused and restarted by their own methods: `postgres`, `redis`, `balancer`, and of
    each of `nodes` its `server` and its relays.
    """

    def __init__(
        self,
        folder: Path,
        *,
        servers: int = 2,
        relays: bool = False,
        durable: bool = False,
        settings: Mapping[str, Any] | None = None,
        arguments: Sequence[str] = (),
        postgres: Postgres | None = None,
        prefixes: Mapping[str, Sequence[str]] | None = None,
        network: Network | None = None,
    ) -> None:
        """`folder`: for a folder of each part, with its log. `relays`: for each node lines that can be cut.

        `durable`: PostgreSQL as it is shipped, not as tests may have it. `settings`: of all nodes, besides what makes
        them one deployment; `arguments`: of `serve`. `postgres`: one that runs already and is left running; the
        topology has a database of its own on it. `prefixes`: words that the command of a node begins with, by name.
        `network`: one that runs and stays so, with a host for each node, by its name, and for `POSTGRES` and `REDIS`;
        relays run on the hosts where their lines end, so that a node's own connections go through the network. HAProxy
        is on this machine, as are those who come in. None: all is.
        """
        self.folder = folder
        self.authority = Authority(folder)
        self.network = network
        self.postgres = postgres or Postgres(folder / "postgres", durable=durable, host=self._host(POSTGRES))
        self.redis = Redis(folder / "redis", password=secrets.token_urlsafe(PASSWORD_BYTES), host=self._host(REDIS))
        self.nodes: list[Node] = []
        self._shares_postgres = postgres is not None
        self._names = [f"node{number}" for number in range(1, servers + 1)]
        self._relays = relays
        self._settings = dict(settings or {})
        self._arguments = tuple(arguments)
        self._prefixes = dict(prefixes or {})
        self._balancer: HAProxy | None = None
        self._database: str | None = None
        self._parts = ExitStack()

    @property
    def balancer(self) -> HAProxy:
        """What people come in by. Raises `Problem` before the start."""
        if self._balancer is None:
            raise Problem("The topology was not started.")
        return self._balancer

    @property
    def url(self) -> str:
        """Where people come in."""
        return self.balancer.url

    @property
    def context(self) -> ssl.SSLContext:
        """For clients in Python; others trust `authority.certificate`."""
        return self.authority.context

    @property
    def database_url(self) -> str:
        """The database itself, past every relay. Raises `Problem` before the start."""
        if self._database is None:
            raise Problem("The topology was not started.")
        return self._database

    def node(self, name: str) -> Node:
        """One by its name. Raises `KeyError`."""
        return {node.name: node for node in self.nodes}[name]

    def start(self) -> None:
        """Start all of it; returns when the balancer has found every node ready. Raises `Problem`."""
        try:
            self._start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all of it."""
        self._parts.close()

    # --- Inside ---

    def _start(self) -> None:
        self._at_once([self.redis] if self._shares_postgres else [self.postgres, self.redis])
        self._database = run_apart(self.postgres.new_database())
        if self._shares_postgres:
            self._parts.callback(lambda: run_apart(self.postgres.drop(self.database_url)))
        port = free_port()
        self.nodes = [self._node(name, port) for name in self._names]
        self._at_once([line for node in self.nodes for line in (node.to_postgres, node.to_redis) if line is not None])
        self._at_once([node.server for node in self.nodes])
        listed = [(node.name, node.server.host, node.server.port) for node in self.nodes]
        self._balancer = HAProxy(self.folder / "haproxy", listed, self.authority, port=port)
        self._at_once([self._balancer])
        self._balancer.wait_for_nodes(self._names)

    def _at_once(self, parts: Sequence[Part]) -> None:
        """Start some that do not need each other; they end when the topology does, also when one does not start."""
        for part in parts:
            self._parts.push(part)
        with ThreadPoolExecutor(max_workers=max(1, len(parts))) as threads:
            starting = [threads.submit(part.start) for part in parts]
        for one in starting:
            one.result()

    def _node(self, name: str, port: int) -> Node:
        folder = self.folder / name
        to_postgres = self._relay(folder, "to_postgres", self.database_url, self.postgres.host)
        to_redis = self._relay(folder, "to_redis", self.redis.url, self.redis.host)
        server = Server(
            folder,
            {
                "public_url": f"https://{HOST}:{port}",
                "database_url": _through(to_postgres, self.database_url),
                "redis_url": _through(to_redis, self.redis.url),
                "node_name": name,
                "metrics_port": free_port(),
                **self._settings,
            },
            arguments=self._arguments,
            host=self._host(name),
            prefix=self._prefixes.get(name, ()),
        )
        return Node(name, server, to_postgres, to_redis)

    def _host(self, name: str) -> Host:
        return HERE if self.network is None else self.network.host(name)

    def _relay(self, folder: Path, name: str, url: str, host: Host) -> Relay | None:
        if not self._relays:
            return None
        where = urlsplit(url)
        if where.hostname is None or where.port is None:
            raise Problem(f"There is no host and port to relay to for {name}.")
        return Relay(folder, (where.hostname, where.port), name=name, host=host)


def _through(relay: Relay | None, url: str) -> str:
    """The same, by way of a relay."""
    if relay is None:
        return url
    where = urlsplit(url)
    login = where.netloc.rpartition("@")[0]
    return urlunsplit(where._replace(netloc=f"{login}@{relay.host}:{relay.port}"))
