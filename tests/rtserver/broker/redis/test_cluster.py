"""Three masters: channels and keys are spread over them, and what happens to one of them mends by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from loadtests.topology.redis import Cluster
from rtserver.broker.redis.keys import Keys, slot_of
from tests.rtserver.broker.support import Inbox, Node, Nodes, quick_broker


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(tmp_path_factory.mktemp("cluster"), password="secret") as cluster:
        yield cluster


@pytest.fixture
async def pair(cluster: Cluster, prefix: str) -> AsyncIterator[tuple[Node, Node]]:
    await asyncio.to_thread(cluster.wait_until_whole)
    nodes = Nodes(lambda: quick_broker(cluster.url, prefix))
    one, other = await nodes.start(2)
    yield one, other
    await nodes.stop()


async def listen_to_all(node: Node, channels: list[str]) -> list[Inbox]:
    return [await node.listen(channel) for channel in channels]


def spread(count: int) -> list[str]:
    return [f"room:{number}" for number in range(count)]


async def test_channels_and_keys_are_spread(cluster: Cluster, pair: tuple[Node, Node], prefix: str) -> None:
    one, other = pair
    rooms = spread(40)
    inboxes = await listen_to_all(other, rooms)
    for room in rooms:
        one.broker.publish(room, room.encode())
        one.broker.put(room, b"value")
    for room, inbox in zip(rooms, inboxes, strict=True):
        assert await inbox.next() == room.encode()
        await one.settled(room)
        assert await other.broker.values(room) == {one.name: b"value"}
    for server in cluster.nodes:
        assert server.ask("PUBSUB", "SHARDCHANNELS", f"{prefix}:room:*")
        assert [key for key in server.ask("KEYS", f"{prefix}:*") if b":values:" in key]


async def test_slots_are_the_clusters_own(cluster: Cluster) -> None:
    for name in ("room:1", "{a}b", "x{}y", "x{y", "{{a}}", "é"):
        assert cluster.nodes[0].ask("CLUSTER", "KEYSLOT", name) == slot_of(name.encode())


async def test_a_master_that_is_killed_and_comes_back_empty(cluster: Cluster, pair: tuple[Node, Node]) -> None:
    one, other = pair
    rooms = spread(20)
    inboxes = await listen_to_all(other, rooms)
    for room in rooms:
        one.broker.put(room, b"value")
        assert await one.broker.claim(room) == one.name
    await asyncio.to_thread(cluster.nodes[1].restart)
    for node in pair:
        await node.told.again()
    for room, inbox in zip(rooms, inboxes, strict=True):
        await inbox.in_force(2)
        one.broker.publish(room, b"again")
        assert await inbox.next() == b"again"
        assert await other.broker.values(room) == {one.name: b"value"}
        assert await other.broker.claim(room) == one.name
    assert one.told.lost_nodes == other.told.lost_nodes == []


async def test_a_slot_that_moves_is_followed(cluster: Cluster, pair: tuple[Node, Node], prefix: str) -> None:
    """Its listeners are told by Redis, its publishers by the next message."""
    one, other = pair
    inbox = await other.listen("room:1")
    slot = slot_of(f"{prefix}:room:1".encode())
    assert slot not in {bucket.slot for bucket in Keys(prefix, is_cluster=True).buckets}
    owner = cluster.owner_of(slot)
    await asyncio.to_thread(cluster.move, slot, next(node for node in cluster.nodes if node is not owner))
    await inbox.in_force(2)
    one.broker.publish("room:1", b"lost, perhaps")
    await one.told.again()
    one.broker.publish("room:1", b"again")
    while await inbox.next() != b"again":
        pass
