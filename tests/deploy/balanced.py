"""A classroom on several servers behind HAProxy, for the clients and helpers of tests/wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from loadtests.topology.topology import Node, Topology
from tests.wire.classroom import Classroom, NewDriver, open_classroom
from tests.wire.server import Server


class Balanced(Server):
    """What tests/wire knows of a server, of a topology: where people come in, and the settings of its nodes."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        names = ("database_url", "redis_url", "public_url")
        self.overrides: dict[str, Any] = {name: topology.nodes[0].server.settings[name] for name in names}

    @property
    def url(self) -> str:
        return self.topology.url


@asynccontextmanager
async def balanced_classroom(topology: Topology, driver: NewDriver) -> AsyncIterator[Classroom]:
    """A new project; its members come in through the balancer."""
    async with open_classroom(Balanced(topology), driver) as classroom:
        yield classroom


class Traffic:
    """Which nodes were asked in the meantime."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._before = topology.balancer.requests()

    def homes(self) -> set[str]:
        """The names of those that were sent something since this was made."""
        now = self._topology.balancer.requests()
        return {name for name, count in now.items() if count > self._before[name]}


def home_of(topology: Topology, traffic: Traffic) -> Node:
    """The only node that was asked."""
    (name,) = traffic.homes()
    return topology.node(name)
