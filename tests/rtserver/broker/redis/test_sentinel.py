"""A master that fails over to its replica."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from loadtests.topology.redis import SERVICE, SentinelSet
from rtserver.broker.redis.timing import Timing
from tests.rtserver.broker.support import QUICK, SILENCE, Node, Nodes, quick_broker

CHANNEL = "room:1"


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[SentinelSet]:
    with SentinelSet(tmp_path, password="pä ss") as servers:
        yield servers


@pytest.fixture
async def pair(servers: SentinelSet, prefix: str, timing: Timing) -> AsyncIterator[tuple[Node, Node]]:
    nodes = Nodes(lambda: quick_broker(servers.url, prefix, timing))
    one, other = await nodes.start(2)
    yield one, other
    await nodes.stop()


@pytest.mark.parametrize(("fault", "timing"), [("kill", QUICK), ("pause", SILENCE)], ids=["kill", "pause"])
async def test_a_failover_is_followed(pair: tuple[Node, Node], servers: SentinelSet, fault: str) -> None:
    """Also when the master just hangs; when it goes on it is a replica, to which nobody goes back."""
    one, other = pair
    inbox = await other.listen(CHANNEL)
    one.broker.put("here:1", b"value")
    assert await one.broker.claim("call:1") == one.name
    await asyncio.to_thread(getattr(servers.first, fault))
    for node in pair:
        await node.told.again()
    await inbox.in_force(2)
    master = servers.sentinel.ask("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
    assert int(master[1]) == servers.second.port
    one.broker.publish(CHANNEL, b"again")
    assert await inbox.next() == b"again"
    assert await other.broker.values("here:1") == {one.name: b"value"}
    assert await other.broker.claim("call:1") == one.name
    if fault == "pause":
        servers.first.resume()
        assert await one.broker.claim("call:2") == one.name
        assert await other.broker.claim("call:2") == one.name
    assert one.told.lost_nodes == other.told.lost_nodes == []


async def test_a_sentinel_that_is_away_harms_nobody_who_is_connected(
    pair: tuple[Node, Node], servers: SentinelSet
) -> None:
    one, other = pair
    inbox = await other.listen(CHANNEL)
    servers.sentinel.kill()
    one.broker.publish(CHANNEL, b"still")
    assert await inbox.next() == b"still"
    assert one.told.losses == 0


async def test_of_several_sentinels_one_is_enough(servers: SentinelSet, prefix: str) -> None:
    url = servers.url.replace("127.0.0.1", "127.0.0.1:1,127.0.0.1")
    nodes = Nodes(lambda: quick_broker(url, prefix))
    await nodes.start(1)
    await nodes.stop()
