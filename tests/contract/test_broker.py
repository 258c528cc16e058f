"""What every broker promises: within one process, on Redis, and on a cluster of Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack

import pytest

from loadtests.topology.redis import Cluster, Redis, new_prefix
from rtserver.broker.memory import MemoryBus
from rtserver.broker.port import Broker
from tests.rtserver.broker.support import Inbox, Nodes, quick_broker

CHANNEL = "room:1"
KEY = "here:1"

NewDeployment = Callable[[], Callable[[], Broker]]
"""Makes a deployment without nodes; that makes its nodes."""


def memory() -> Callable[[], Broker]:
    return MemoryBus().broker


@pytest.fixture(scope="module", params=["memory", "redis", "cluster"])
def new_deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewDeployment]:
    with ExitStack() as running:
        if request.param == "memory":
            yield memory
            return
        folder = tmp_path_factory.mktemp(request.param)
        server: Redis | Cluster = Redis(folder) if request.param == "redis" else Cluster(folder)
        running.enter_context(server)

        def on_redis() -> Callable[[], Broker]:
            prefix = new_prefix()
            return lambda: quick_broker(server.url, prefix)

        yield on_redis


@pytest.fixture
async def nodes(new_deployment: NewDeployment) -> AsyncIterator[Nodes]:
    nodes = Nodes(new_deployment())
    yield nodes
    await nodes.stop()


class TestMessages:
    async def test_reach_every_other_node_in_the_order_of_the_calls(self, nodes: Nodes) -> None:
        sender, *others = await nodes.start(3)
        inboxes = [await node.listen(CHANNEL) for node in others]
        sent = [b"%d" % number for number in range(300)]
        for message in sent[:200]:
            sender.broker.publish(CHANNEL, message)
        await asyncio.sleep(0)  # another turn of the loop
        for message in sent[200:]:
            sender.broker.publish(CHANNEL, message)
        for inbox in inboxes:
            assert [await inbox.next() for _ in sent] == sent

    async def test_do_not_come_back_to_the_node_that_sent_them(self, nodes: Nodes) -> None:
        one, other = await nodes.start(2)
        mine, theirs = await one.listen(CHANNEL), await other.listen(CHANNEL)
        one.broker.publish(CHANNEL, b"from one")
        assert await theirs.next() == b"from one"
        other.broker.publish(CHANNEL, b"from the other")
        assert await mine.next() == b"from the other", "what is one's own would have come before"
        assert (mine.messages, theirs.messages) == ([], [])

    async def test_reach_only_those_who_listen_to_their_channel(self, nodes: Nodes) -> None:
        sender, receiver = await nodes.start(2)
        inbox, another = await receiver.listen(CHANNEL), await receiver.listen("room:2")
        for channel in ("room:3", CHANNEL, "board:1", "room:2"):
            sender.broker.publish(channel, channel.encode())
        assert (await inbox.next(), await another.next()) == (CHANNEL.encode(), b"room:2")
        assert (inbox.messages, another.messages) == ([], [])

    @pytest.mark.parametrize("message", [b"", b"\x00\r\n$-1\r\n\xff", b"x" * 1_000_000], ids=["empty", "odd", "large"])
    async def test_are_any_bytes(self, nodes: Nodes, message: bytes) -> None:
        sender, receiver = await nodes.start(2)
        inbox = await receiver.listen(CHANNEL)
        sender.broker.publish(CHANNEL, message)
        assert await inbox.next() == message

    async def test_are_dropped_and_counted_without_a_connection(self, nodes: Nodes) -> None:
        [receiver] = await nodes.start(1)
        inbox = await receiver.listen(CHANNEL)
        sender = nodes.make()
        assert not sender.broker.is_connected
        sender.broker.publish(CHANNEL, b"too early")
        assert sender.broker.dropped == 1
        await (await sender.start()).connected()
        sender.broker.publish(CHANNEL, b"in time")
        assert await inbox.next() == b"in time"
        assert (inbox.messages, sender.broker.dropped) == ([], 1)


class TestSubscriptions:
    async def test_of_one_channel_get_each_message_once(self, nodes: Nodes) -> None:
        sender, receiver = await nodes.start(2)
        inboxes = [await receiver.listen(CHANNEL) for _ in range(3)]
        sender.broker.publish(CHANNEL, b"first")
        sender.broker.publish(CHANNEL, b"second")
        for inbox in inboxes:
            assert [await inbox.next(), await inbox.next()] == [b"first", b"second"]
            assert inbox.confirmations == 1

    async def test_are_confirmed_also_when_they_were_made_before_the_start(self, nodes: Nodes) -> None:
        [sender], receiver = await nodes.start(1), nodes.make()
        inbox = Inbox()
        receiver.broker.subscribe(CHANNEL, inbox.take, inbox.confirm)
        await receiver.start()
        await receiver.connected()
        await inbox.in_force()
        sender.broker.publish(CHANNEL, b"now")
        assert await inbox.next() == b"now"

    async def test_end_alone_and_may_be_ended_twice(self, nodes: Nodes) -> None:
        sender, receiver = await nodes.start(2)
        ended, stays = Inbox(), await receiver.listen(CHANNEL)
        end = receiver.broker.subscribe(CHANNEL, ended.take, ended.confirm)
        await ended.in_force()
        end()
        end()
        sender.broker.publish(CHANNEL, b"for the other")
        assert await stays.next() == b"for the other"
        assert ended.messages == []

    async def test_begin_anew_after_the_last_one_has_ended(self, nodes: Nodes) -> None:
        sender, receiver = await nodes.start(2)
        ended = Inbox()
        end = receiver.broker.subscribe(CHANNEL, ended.take, ended.confirm)
        await ended.in_force()
        end()
        again = await receiver.listen(CHANNEL)
        end()
        sender.broker.publish(CHANNEL, b"again")
        assert await again.next() == b"again"
        assert ended.messages == []


class TestValues:
    async def test_are_those_of_the_other_nodes(self, nodes: Nodes) -> None:
        one, other, third = await nodes.start(3)
        one.broker.put(KEY, b"one\x00\xff")
        other.broker.put(KEY, b"")
        other.broker.put("here:2", b"elsewhere")
        await one.settled(KEY)
        await other.settled(KEY)
        assert await third.broker.values(KEY) == {one.name: b"one\x00\xff", other.name: b""}
        assert await one.broker.values(KEY) == {other.name: b""}
        assert await third.broker.values("here:3") == {}

    async def test_are_replaced_and_taken_back(self, nodes: Nodes) -> None:
        one, other = await nodes.start(2)
        for value in (b"first", b"second"):
            one.broker.put(KEY, value)
        await one.settled(KEY)
        assert await other.broker.values(KEY) == {one.name: b"second"}
        one.broker.remove(KEY)
        one.broker.remove("never put")
        await one.settled(KEY)
        assert await other.broker.values(KEY) == {}

    async def test_may_be_put_before_the_start(self, nodes: Nodes) -> None:
        [other], one = await nodes.start(1), nodes.make()
        one.broker.put(KEY, b"early")
        await (await one.start()).connected()
        assert await other.broker.values(KEY) == {one.name: b"early"}


class TestClaims:
    async def test_of_several_that_ask_at_once_one_gets_it(self, nodes: Nodes) -> None:
        asking = await nodes.start(3)
        holders = await asyncio.gather(*(node.broker.claim(KEY) for node in asking for _ in range(4)))
        assert len(set(holders)) == 1
        assert holders[0] in {node.name for node in asking}

    async def test_are_held_until_they_are_released_by_their_holder(self, nodes: Nodes) -> None:
        holder, other = await nodes.start(2)
        assert await holder.broker.claim(KEY) == holder.name
        assert await other.broker.claim(KEY) == holder.name
        other.broker.release(KEY)
        await other.settled(KEY)
        assert await other.broker.claim(KEY) == holder.name, "others cannot release it"
        holder.broker.release(KEY)
        await holder.settled(KEY)
        assert await other.broker.claim(KEY) == other.name
        assert await holder.broker.claim(KEY) == other.name

    async def test_of_different_keys_have_nothing_to_do_with_each_other(self, nodes: Nodes) -> None:
        one, other = await nodes.start(2)
        assert await one.broker.claim("call:1") == one.name
        assert await other.broker.claim("call:2") == other.name


class TestNodes:
    async def test_are_told_once_that_they_are_connected(self, nodes: Nodes) -> None:
        [node] = await nodes.start(1)
        assert node.broker.is_connected
        assert node.broker.is_shared
        assert 0 <= node.broker.lag < 1
        assert (node.told.connections, node.told.losses) == (1, 0)

    async def test_that_end_leave_nothing_and_are_missed_once(self, nodes: Nodes) -> None:
        ends, *others = await nodes.start(3)
        ends.broker.put(KEY, b"gone soon")
        assert await ends.broker.claim(KEY) == ends.name
        for node in others:
            assert await node.broker.values(KEY) == {ends.name: b"gone soon"}
        await ends.broker.stop()
        assert not ends.broker.is_connected
        for node in others:
            await node.told.misses(ends.name)
            assert await node.broker.values(KEY) == {}
            assert node.told.lost_nodes == [ends.name]
        assert await others[0].broker.claim(KEY) == others[0].name
        assert (ends.told.lost_nodes, ends.told.losses) == ([], 0)

    async def test_may_be_stopped_twice_and_before_they_are_started(self, nodes: Nodes) -> None:
        [node], never = await nodes.start(1), nodes.make()
        await node.broker.stop()
        await node.broker.stop()
        await never.broker.stop()
