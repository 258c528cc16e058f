"""What Redis, or the way to it, can do to a node: it is noticed, nothing is raised or waits, it mends by itself."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, MutableMapping
from pathlib import Path
from typing import Any, NoReturn

import pytest
import structlog
import uvloop

from loadtests.topology.certificates import Authority
from loadtests.topology.redis import Redis
from loadtests.topology.relay import Relay
from rtserver.broker.port import UNSENT_BYTES_MAX, BrokerUnavailable
from rtserver.broker.redis.address import parse
from rtserver.broker.redis.broker import RedisBroker
from rtserver.broker.redis.timing import Timing
from tests.rtserver.broker.support import QUICK, SILENCE, Inbox, Node, Nodes, quick_broker

ADMINISTRATION = Path(__file__).parents[4] / "docs" / "administration.md"

CHANNEL = "room:1"
KEY = "here:1"

silent = pytest.mark.parametrize("timing", [SILENCE], ids=["silence"])
"""For what is noticed by nothing else."""


@pytest.fixture
async def pair(own_redis: Redis, prefix: str, timing: Timing) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes on a Redis of the test's own, that know each other."""
    nodes = Nodes(lambda: quick_broker(own_redis.url, prefix, timing))
    one, other = await nodes.start(2)
    yield one, other
    await nodes.stop()


async def reconnected(*nodes: Node) -> None:
    for node in nodes:
        await node.told.again()


async def works(one: Node, other: Node, inbox: Inbox) -> None:
    """Messages go from one to the other again, questions are answered."""
    one.broker.publish(CHANNEL, b"again")
    assert await inbox.next() == b"again"
    one.broker.put("works:1", b"yes")
    await one.settled("works:1")
    assert await other.broker.values("works:1") == {one.name: b"yes"}


class TestRedis:
    async def test_killed_and_restarted_empty_is_told_everything_anew(
        self, pair: tuple[Node, Node], own_redis: Redis
    ) -> None:
        one, other = pair
        inbox = await other.listen(CHANNEL)
        one.broker.put(KEY, b"value")
        one.broker.put("here:2", b"taken back meanwhile")
        assert await one.broker.claim("call:1") == one.name
        await asyncio.to_thread(own_redis.kill)
        await asyncio.gather(*(node.told.lost.wait() for node in pair))
        assert not one.broker.is_connected
        one.broker.publish(CHANNEL, b"into the void")
        one.broker.remove("here:2")
        one.broker.put("here:3", b"put meanwhile")
        later = Inbox()
        other.broker.subscribe("room:2", later.take, later.confirm)
        with pytest.raises(BrokerUnavailable):
            await one.broker.claim("call:2")
        with pytest.raises(BrokerUnavailable):
            await one.broker.values(KEY)
        await asyncio.to_thread(own_redis.start)
        await reconnected(one, other)
        await inbox.in_force(2)
        await later.in_force()
        assert await other.broker.values(KEY) == {one.name: b"value"}
        assert await other.broker.values("here:2") == {}
        assert await other.broker.values("here:3") == {one.name: b"put meanwhile"}
        assert await other.broker.claim("call:1") == one.name
        await works(one, other, inbox)
        for node in pair:
            assert (node.told.connections, node.told.losses, node.told.lost_nodes) == (2, 1, [])
        assert one.broker.dropped == 1

    @silent
    async def test_hung_is_noticed_and_used_again(self, pair: tuple[Node, Node], own_redis: Redis) -> None:
        one, other = pair
        inbox = await other.listen(CHANNEL)
        own_redis.pause()
        question = asyncio.create_task(one.broker.claim("call:1"))
        await asyncio.gather(*(node.told.lost.wait() for node in pair))
        with pytest.raises(BrokerUnavailable):
            await question
        own_redis.resume()
        await reconnected(one, other)
        await inbox.in_force(2)
        await works(one, other, inbox)
        assert await other.broker.claim("call:1") == other.name, "a claim that was never answered is not held"
        assert (one.told.losses, other.told.lost_nodes) == (1, [])

    @silent
    async def test_hung_takes_no_memory(self, pair: tuple[Node, Node], own_redis: Redis) -> None:
        """What it does not take is dropped and counted."""
        one, _ = pair
        own_redis.pause()
        message = b"x" * 100_000
        count = 4 * UNSENT_BYTES_MAX // len(message)
        for _ in range(count):
            one.broker.publish(CHANNEL, message)
        assert 0 < one.broker.dropped < count
        await one.told.lost.wait()
        before = one.broker.dropped
        one.broker.publish(CHANNEL, message)
        assert one.broker.dropped == before + 1
        own_redis.resume()
        await reconnected(one)

    async def test_that_forgets_while_it_runs_is_told_everything_anew(
        self, pair: tuple[Node, Node], own_redis: Redis
    ) -> None:
        """An operator's FLUSHALL: no connection ends."""
        one, other = pair
        one.broker.put(KEY, b"value")
        await one.settled(KEY)
        own_redis.ask("FLUSHALL")
        await reconnected(one, other)
        assert await other.broker.values(KEY) == {one.name: b"value"}
        assert one.told.lost_nodes == other.told.lost_nodes == []

    async def test_that_forgets_the_scripts_is_told_them_anew(self, pair: tuple[Node, Node], own_redis: Redis) -> None:
        one, _ = pair
        own_redis.ask("SCRIPT", "FLUSH")
        await reconnected(one)
        assert await one.broker.claim("call:1") == one.name

    async def test_that_is_away_at_the_start_is_waited_for(self, own_redis: Redis, prefix: str) -> None:
        own_redis.kill()
        nodes = Nodes(lambda: quick_broker(own_redis.url, prefix))
        node = await nodes.make().start()
        inbox = Inbox()
        node.broker.subscribe(CHANNEL, inbox.take, inbox.confirm)
        assert not node.broker.is_connected
        await asyncio.to_thread(own_redis.start)
        await node.connected()
        await inbox.in_force()
        assert (node.told.connections, node.told.losses) == (1, 0)
        await nodes.stop()

    @silent
    async def test_that_is_away_does_not_hold_up_the_end(self, pair: tuple[Node, Node], own_redis: Redis) -> None:
        own_redis.pause()
        async with asyncio.timeout(20 * SILENCE.farewell_deadline):
            await pair[0].broker.stop()
        own_redis.resume()


class TestLine:
    """Between one node and Redis; the other goes straight there."""

    @pytest.fixture
    async def ends(self, line: Relay, nodes: Nodes, prefix: str, timing: Timing) -> tuple[Node, Node]:
        [straight] = await nodes.start(1)
        relayed = nodes.make(lambda: quick_broker(f"redis://{line.host}:{line.port}", prefix, timing))
        return await (await relayed.start()).connected(), straight

    async def test_that_is_slow_makes_late_and_nothing_else(self, ends: tuple[Node, Node], line: Relay) -> None:
        relayed, straight = ends
        inbox = await straight.listen(CHANNEL)
        line.delay(0.05)
        sent = [b"%d" % number for number in range(2_000)]
        begun = asyncio.get_running_loop().time()
        for message in sent:
            relayed.broker.publish(CHANNEL, message)
        assert asyncio.get_running_loop().time() - begun < 20, "nobody waits for it"
        assert [await inbox.next() for _ in sent] == sent
        assert await relayed.broker.claim("call:1") == relayed.name
        back = await relayed.listen("room:2")
        straight.broker.publish("room:2", b"back")
        assert await back.next() == b"back"
        assert (relayed.told.losses, relayed.broker.dropped) == (0, 0)

    async def test_cut_in_the_middle_of_a_burst_is_mended(self, ends: tuple[Node, Node], line: Relay) -> None:
        """What arrives is in order, once each, and nothing is half a message."""
        relayed, straight = ends
        inbox = await straight.listen(CHANNEL)
        line.cut_after(50_000, "to_server")
        sent = [b"%06d" % number for number in range(5_000)]
        for message in sent:
            relayed.broker.publish(CHANNEL, message)
        await reconnected(relayed)
        relayed.broker.publish(CHANNEL, b"end")
        arrived = []
        while (message := await inbox.next()) != b"end":
            arrived.append(message)
        assert 0 < len(arrived) < len(sent)
        assert arrived == sent[: len(arrived)]
        await works(relayed, straight, inbox)

    async def test_cut_while_receiving_is_mended(self, ends: tuple[Node, Node], line: Relay) -> None:
        relayed, straight = ends
        inbox = await relayed.listen(CHANNEL)
        line.cut_after(50_000, "to_client")
        sent = [b"%06d" % number for number in range(5_000)]
        for message in sent:
            straight.broker.publish(CHANNEL, message)
        await reconnected(relayed)
        await inbox.in_force(2)
        arrived, inbox.messages = inbox.messages, []
        assert arrived == sent[: len(arrived)]
        await works(straight, relayed, inbox)

    @silent
    async def test_hung_both_sides_notice(self, ends: tuple[Node, Node], line: Relay) -> None:
        """A node that is cut off from Redis alone is missed by the others, and comes back."""
        relayed, straight = ends
        relayed.broker.put(KEY, b"value")
        await relayed.settled(KEY)
        assert await straight.broker.values(KEY) == {relayed.name: b"value"}
        line.hang()
        await relayed.told.lost.wait()
        await straight.told.misses(relayed.name)
        assert await straight.broker.values(KEY) == {}
        line.restore()
        line.cut()
        await reconnected(relayed)
        assert await straight.broker.values(KEY) == {relayed.name: b"value"}
        assert (straight.told.losses, relayed.told.losses) == (0, 1)


class TestSignIn:
    async def said(self, broker: RedisBroker, nodes: Nodes) -> str:
        """Why it cannot be reached, as the log says; a node tries again and again, and raises nothing."""
        warned: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()

        def listen(_: object, method: str, line: MutableMapping[str, Any]) -> NoReturn:
            if method == "warning" and not warned.done():
                warned.set_result((line["event"], line["reason"]))
            raise structlog.DropEvent

        before = structlog.get_config()["processors"]
        structlog.configure(processors=[listen])
        try:
            node = await nodes.make(lambda: broker).start()
            event, reason = await warned
        finally:
            structlog.configure(processors=before)
        assert (event, node.told.connections) == ("broker.unreachable", 0)
        return reason

    async def test_with_a_wrong_password_is_told_without_it(self, tmp_path: Path, prefix: str, nodes: Nodes) -> None:
        with Redis(tmp_path, password="right") as server:
            wrong = server.url.replace("right", "wrong-secret")
            reason = await self.said(quick_broker(wrong, prefix), nodes)
            assert reason == "it refuses the user or password, check redis_url"
            missing = server.url.replace(":right@", "")
            assert await self.said(quick_broker(missing, prefix), nodes) == "it wants a password, put it into redis_url"
            await nodes.stop()

    async def test_with_a_password_that_is_set_later_goes_on(self, tmp_path: Path, prefix: str) -> None:
        with Redis(tmp_path, password="right") as server:
            nodes = Nodes(lambda: quick_broker(server.url, prefix))
            [node] = await nodes.start(1)
            server.ask("CONFIG", "SET", "requirepass", "other")
            server.password = "other"
            server.ask("CLIENT", "KILL", "TYPE", "pubsub")
            await node.told.lost.wait()
            server.ask("CONFIG", "SET", "requirepass", "right")
            server.password = "right"
            await node.connected()
            await nodes.stop()

    async def test_by_tls(self, tmp_path: Path, prefix: str) -> None:
        authority = Authority(tmp_path)
        with Redis(tmp_path / "redis", password="right", tls=authority) as server:
            nodes = Nodes(lambda: RedisBroker(parse(server.url), prefix, authority.context, timing=QUICK))
            one, other = await nodes.start(2)
            await works(one, other, await other.listen(CHANNEL))
            await asyncio.to_thread(server.restart)
            await reconnected(one, other)
            await nodes.stop()

    async def test_by_tls_of_an_unknown_authority_is_refused(self, tmp_path: Path, prefix: str, nodes: Nodes) -> None:
        with Redis(tmp_path / "redis", tls=Authority(tmp_path)) as server:
            broker = RedisBroker(parse(server.url), prefix, ssl.create_default_context(), timing=QUICK)
            reason = await self.said(broker, nodes)
            assert reason.startswith("its certificate is not trusted")
            assert reason.endswith("name its authority in redis_ca")
            await nodes.stop()

    async def test_without_tls_where_tls_is_spoken_is_told(self, tmp_path: Path, prefix: str, nodes: Nodes) -> None:
        with Redis(tmp_path / "redis", tls=Authority(tmp_path)) as server:
            assert await self.said(quick_broker(server.url.replace("rediss", "redis"), prefix), nodes)
            await nodes.stop()

    async def test_as_a_user_with_the_rights_that_the_documentation_names(
        self, own_redis: Redis, prefix: str, nodes: Nodes
    ) -> None:
        [line] = re.findall(r"`ACL SETUSER (.*)`", ADMINISTRATION.read_text(encoding="utf-8"))
        own_redis.ask("ACL", "SETUSER", *line.replace("PASSWORD", "right").replace("rtserver:*", f"{prefix}:*").split())
        url = own_redis.url.replace("//", "//rtserver:right@")
        own = Nodes(lambda: quick_broker(url, prefix))
        one, other = await own.start(2)
        await works(one, other, await other.listen(CHANNEL))
        assert await one.broker.claim("call:1") == one.name
        reason = await self.said(quick_broker(url, "foreign"), nodes)
        assert reason == "its user may not do what rtserver needs, see docs/administration.md"
        await own.stop()
        assert own_redis.ask("KEYS", "*") == []
        await nodes.stop()

    async def test_by_a_unix_socket(self, own_redis: Redis, prefix: str) -> None:
        path = Path(f"/tmp/{prefix}.sock")
        own_redis.stop()
        with Redis(own_redis.folder.parent / "unix", settings={"unixsocket": str(path)}):
            nodes = Nodes(lambda: quick_broker(f"unix://{path}?db=3", prefix))
            one, other = await nodes.start(2)
            await works(one, other, await other.listen(CHANNEL))
            await nodes.stop()

    async def test_to_a_replica_is_told(self, tmp_path: Path, own_redis: Redis, prefix: str, nodes: Nodes) -> None:
        with Redis(tmp_path / "replica", settings={"replicaof": f"127.0.0.1 {own_redis.port}"}) as replica:
            assert "it is a replica" in await self.said(quick_broker(replica.url, prefix), nodes)
            await nodes.stop()


def test_everything_is_mended_on_uvloop_too(own_redis: Redis, prefix: str) -> None:
    """Its timers are served before its sockets."""

    async def mend() -> None:
        nodes = Nodes(lambda: quick_broker(own_redis.url, prefix, SILENCE))
        one, other = await nodes.start(2)
        inbox = await other.listen(CHANNEL)
        for fault, repair in ((own_redis.kill, own_redis.start), (own_redis.pause, own_redis.resume)):
            await asyncio.to_thread(fault)
            await asyncio.gather(*(node.told.lost.wait() for node in (one, other)))
            await asyncio.to_thread(repair)
            await reconnected(one, other)
            await inbox.in_force(one.told.connections)
            await works(one, other, inbox)
        await nodes.stop()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asyncio.wait_for(mend(), 60))
