"""One Redis for all of these tests; each has a prefix of its own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from loadtests.topology.redis import Redis, new_prefix
from loadtests.topology.relay import Relay
from rtserver.broker.redis.timing import Timing
from tests.rtserver.broker.support import QUICK, Nodes, quick_broker


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    """Left as it is: nobody kills or pauses it."""
    with Redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Redis]:
    """One that a test may do anything to."""
    with Redis(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def line(tmp_path: Path, shared_redis: Redis) -> Iterator[Relay]:
    """A line to the shared Redis that can be slow, hang, and be cut."""
    with Relay(tmp_path, ("127.0.0.1", shared_redis.port)) as relay:
        yield relay


@pytest.fixture
def prefix() -> str:
    return new_prefix()


@pytest.fixture
def timing() -> Timing:
    """Of a test's nodes; one that waits for somebody who says nothing is parametrized with `SILENCE`."""
    return QUICK


@pytest.fixture
async def nodes(shared_redis: Redis, prefix: str, timing: Timing) -> AsyncIterator[Nodes]:
    """Nodes on the shared Redis, unless they are made otherwise."""
    nodes = Nodes(lambda: quick_broker(shared_redis.url, prefix, timing))
    yield nodes
    await nodes.stop()
