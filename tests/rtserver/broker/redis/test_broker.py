"""What only a broker on Redis does; what every broker does is in tests/contract/test_broker.py."""

import asyncio

import pytest

from loadtests.topology.redis import Redis
from loadtests.topology.relay import Relay
from rtserver.broker.redis import channels, session
from rtserver.broker.redis.keys import Bucket, Keys
from rtserver.broker.redis.timing import Timing
from tests.rtserver.broker.support import SILENCE, Inbox, Nodes, quick_broker

CHANNEL = "room:1"


def listeners(server: Redis, prefix: str, channel: str) -> int:
    """Connections that have subscribed."""
    return int(server.ask("PUBSUB", "NUMSUB", f"{prefix}:{channel}")[1])


async def test_a_channel_is_subscribed_to_once_and_given_up_later(
    nodes: Nodes, shared_redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channels, "UNSUBSCRIBE_DELAY", 0.0)
    given_up = asyncio.Event()
    unsubscribe = session.Session.unsubscribe

    def watched(self: session.Session, names: list[bytes]) -> None:
        unsubscribe(self, names)
        if names:
            assert names == [f"{prefix}:{CHANNEL}".encode()]
            given_up.set()

    monkeypatch.setattr(session.Session, "unsubscribe", watched)
    [node] = await nodes.start(1)
    inboxes = [Inbox(), Inbox()]
    ends = [node.broker.subscribe(CHANNEL, inbox.take, inbox.confirm) for inbox in inboxes]
    for inbox in inboxes:
        await inbox.in_force()
    assert listeners(shared_redis, prefix, CHANNEL) == 1
    ends[0]()
    assert listeners(shared_redis, prefix, CHANNEL) == 1
    ends[1]()
    await given_up.wait()
    await node.settled("anything")
    assert listeners(shared_redis, prefix, CHANNEL) == 0


async def test_deployments_that_share_a_redis_do_not_hear_each_other(nodes: Nodes, shared_redis: Redis) -> None:
    [one] = await nodes.start(1)
    foreign = await (await nodes.make(lambda: quick_broker(shared_redis.url, "foreign")).start()).connected()
    other = (await nodes.start(1))[0]
    inbox = await other.listen(CHANNEL)
    foreign.broker.publish(CHANNEL, b"foreign")
    foreign.broker.put("here:1", b"foreign")
    await foreign.settled("here:1")
    assert await foreign.broker.claim("call:1") == foreign.name
    one.broker.publish(CHANNEL, b"ours")
    assert await inbox.next() == b"ours"
    assert await one.broker.values("here:1") == {}
    assert await one.broker.claim("call:1") == one.name
    await foreign.broker.stop()
    one.broker.publish(CHANNEL, b"more")
    assert await inbox.next() == b"more"
    assert one.told.lost_nodes == []


async def test_what_many_dead_nodes_left_is_cleared_by_the_next_one(
    nodes: Nodes, shared_redis: Redis, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody was there when they died. Some thousand keys take several steps."""
    monkeypatch.setattr(session, "BURY_KEYS", 10)
    monkeypatch.setattr(session, "BURY_CALLS", 5)
    [bucket] = Keys(prefix, is_cluster=False).buckets
    for dead in ("dead1", "dead2"):
        shared_redis.ask("SADD", bucket.nodes, dead)
        for number in range(60):
            shared_redis.ask("HSET", f"{bucket.base}values:room:{number}", dead, "value")
            shared_redis.ask("SADD", bucket.of(dead), f"values:room:{number}")
        shared_redis.ask("SET", f"{bucket.base}claim:{dead}", dead)
        shared_redis.ask("SADD", bucket.of(dead), f"claim:{dead}")
    [node] = await nodes.start(1)
    assert await node.broker.values("room:1") == {}
    assert await node.broker.claim("dead1") == node.name
    cleared = asyncio.Event()
    bury = session.Session.bury

    async def watched(self: session.Session, dead: dict[Bucket, list[str]]) -> None:
        if not any(dead.values()):
            cleared.set()
        await bury(self, dead)

    monkeypatch.setattr(session.Session, "bury", watched)
    await cleared.wait()
    left = {key.decode() for key in shared_redis.ask("KEYS", f"{prefix}:*")}
    assert left == {bucket.nodes, bucket.node(node.name), bucket.of(node.name), f"{bucket.base}claim:dead1"}
    assert node.told.lost_nodes == [], "nobody has seen them alive"


async def test_a_claim_whose_answer_is_late_is_given_back(nodes: Nodes) -> None:
    """Who asked has been told that it cannot be had."""
    one, other = await nodes.start(2)
    asking = asyncio.create_task(one.broker.claim("call:1"))
    await asyncio.sleep(0)  # it has asked
    asking.cancel()
    await asyncio.wait([asking])
    await one.settled("call:1")
    assert await other.broker.claim("call:1") == other.name


@pytest.mark.parametrize("timing", [SILENCE], ids=["silence"])
async def test_a_claim_that_another_got_after_a_loss_is_not_held_any_more(
    nodes: Nodes, line: Relay, prefix: str, timing: Timing
) -> None:
    """While this node was cut off for longer than it may."""
    [other] = await nodes.start(1)
    cut_off = nodes.make(lambda: quick_broker(f"redis://{line.host}:{line.port}", prefix, timing))
    await (await cut_off.start()).connected()
    for key in ("call:1", "call:2"):
        assert await cut_off.broker.claim(key) == cut_off.name
    assert await other.broker.claim("call:1") == cut_off.name
    line.refuse()
    line.cut()
    await other.told.misses(cut_off.name)
    assert await other.broker.claim("call:1") == other.name
    line.accept()
    await cut_off.told.again()
    assert await cut_off.broker.claim("call:1") == other.name
    assert await other.broker.claim("call:2") == cut_off.name
    cut_off.broker.release("call:1")
    await cut_off.settled("call:1")
    assert await cut_off.broker.claim("call:1") == other.name
