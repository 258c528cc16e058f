"""Two servers behind the shipped HAProxy, on one database and one Redis, as people at browsers come in to them."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from loadtests.topology.certificates import Authority
from loadtests.topology.haproxy import BACKEND, HAProxy
from loadtests.topology.postgres import Postgres
from loadtests.topology.process import HOST, free_port
from loadtests.topology.program import run_apart
from loadtests.topology.redis import Redis
from tests.wire.server import Server


class TwoNodes(Server):
    """What tests know of a server, of both: where people come in, and the settings that the nodes share."""

    def __init__(self, nodes: dict[str, Server], balancer: HAProxy) -> None:
        self.nodes = nodes
        """By the names by which HAProxy knows them."""
        self.balancer = balancer
        own = ("port", "data", "node_name")
        (first, _) = nodes.values()
        self.overrides = {name: value for name, value in first.overrides.items() if name not in own}

    @property
    def url(self) -> str:
        return self.balancer.url

    async def only(self, *names: str) -> None:
        """Have the balancer give new connections to these nodes only; those that stand are left alone."""
        for name in self.nodes:
            self.balancer.command(f"set server {BACKEND}/{name} state {'ready' if name in names else 'drain'}")
        await asyncio.to_thread(self.balancer.wait_for_nodes, names)


@contextmanager
def two_nodes(folder: Path, postgres: Postgres, **settings: Any) -> Iterator[TwoNodes]:
    """Both nodes and what they stand on, as long as the `with` lasts; their logs are checked in the end."""
    with ExitStack() as parts:
        authority = Authority(folder)
        redis = parts.enter_context(Redis(folder / "redis"))
        database = run_apart(postgres.new_database())
        parts.callback(lambda: run_apart(postgres.drop(database)))
        port = free_port()
        shared = {**settings, "database_url": database, "redis_url": redis.url, "public_url": f"https://{HOST}:{port}"}
        nodes = {name: Server(_made(folder / name), **shared, node_name=name) for name in ("node1", "node2")}
        for node in nodes.values():
            parts.callback(node.close)
        with ThreadPoolExecutor(max_workers=len(nodes)) as threads:
            list(threads.map(Server.start, nodes.values()))
        listed = [(name, HOST, int(node.overrides["port"])) for name, node in nodes.items()]
        balancer = parts.enter_context(HAProxy(folder / "haproxy", listed, authority, port=port))
        balancer.wait_for_nodes(nodes)
        yield TwoNodes(nodes, balancer)
        for node in nodes.values():
            node.close()
            node.check_log()


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
