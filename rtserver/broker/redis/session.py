"""One connection to Redis, from its beginning to its loss: what a node says and asks while it lasts."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from rtserver.broker.port import BrokerUnavailable, NodeId
from rtserver.broker.redis import scripts
from rtserver.broker.redis.channels import Channels
from rtserver.broker.redis.keys import Bucket, Keys
from rtserver.broker.redis.link import Link, Reply, Word, sentence
from rtserver.broker.redis.routes import Routes, Way
from rtserver.broker.redis.scripts import Script
from rtserver.broker.redis.timing import Timing

MARK_BYTES = 8
"""In front of each message: whose it is. Enough that no two nodes of one deployment are ever alike."""

BURY_KEYS = 500
"""Keys of a dead node that are cleared at once: a millisecond of Redis."""

BURY_CALLS = 20
"""At most, after one sign of life; the rest after the next."""

VALUES = "values:"
CLAIM = "claim:"


class Session:
    """Made for one attempt; ends by `close`, or by itself, which `lost` tells. It is the `LinkUser` of its links."""

    def __init__(
        self,
        node: NodeId,
        mark: bytes,
        keys: Keys,
        channels: Channels,
        timing: Timing,
        farewell: Callable[[NodeId], None],
    ) -> None:
        """`farewell` is called when another node says that it ends."""
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.is_joined = False
        self.lag = 0.0
        self._node = node
        self._mark = mark
        self._keys = keys
        self._channels = channels
        self._timing = timing
        self._farewell = farewell
        self._routes: Routes | None = None
        self._time = asyncio.get_running_loop().time
        self._signs: dict[bytes, tuple[bytes, float, asyncio.Future[None]]] = {}
        self._sign_number = 0

    # What is asked of it, in its order

    async def connect(self, way: Way) -> None:
        """Open its links. Raises `BrokerUnavailable`."""
        self._routes = await way.connect(self)

    async def join(self, kept: Mapping[str, bytes], claimed: set[str]) -> list[NodeId]:
        """Tell Redis all that it must know of this node; what another has claimed meanwhile leaves `claimed`.

        Gives the nodes that live. From its first step on what the node puts, takes back and subscribes to must be told,
        too. Raises `BrokerUnavailable`.
        """
        lists = self._announce()
        for key, value in kept.items():
            self.put(key, value)
        claims = {key: self._ask_claim(key) for key in claimed}
        self._open_routes.subscribe([*map(self._sign_channel, self._keys.buckets), self._keys.farewells])
        self._open_routes.subscribe(list(self._channels))
        await self._all([*lists.values(), *claims.values()], self._timing.join_deadline)
        for key, answer in claims.items():
            if answer.result().decode() != self._node:
                claimed.discard(key)
        for listed in lists.values():
            for name in listed.result():
                self._take_back_unless_meant(name.decode(), kept, claimed)
        living, _ = await self.sign(self._timing.join_deadline)
        self.is_joined = True
        return living

    async def sign(self, deadline: float | None = None) -> tuple[list[NodeId], dict[Bucket, list[NodeId]]]:
        """Show a sign of life, and see it come back by pub/sub: who lives, and whose leavings lie in which bucket.

        Raises `BrokerUnavailable`, and the session is lost, when it does not come back in time.
        """
        self._sign_number += 1
        text = str(self._sign_number).encode()
        answers: dict[Bucket, asyncio.Future[Reply]] = {}
        for bucket in self._keys.buckets:
            channel = self._sign_channel(bucket)
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._signs[channel] = (text, self._time(), future)
            answers[bucket] = self._call(
                scripts.SIGN, bucket, (bucket.node(self._node), bucket.nodes), bucket.base, self._milliseconds
            )
            self._publish(channel, text)
        pings = [link.ask("PING") for link in self._open_routes.links]
        back = [future for _, _, future in self._signs.values()]
        await self._all([*answers.values(), *pings, *back], deadline or self._timing.sign_deadline)
        dead = {bucket: _names(answer.result()[1]) for bucket, answer in answers.items()}
        return _names(answers[self._keys.buckets[0]].result()[0]), dead

    async def bury(self, dead: Mapping[Bucket, Iterable[NodeId]]) -> None:
        """Clear what dead nodes have left, or a good part of it. Raises `BrokerUnavailable`."""
        calls = BURY_CALLS
        for bucket, nodes in dead.items():
            for node in nodes:
                while calls and await self._bury(bucket, node):
                    calls -= 1

    async def leave(self) -> None:
        """Take everything back and say that this node ends. Raises `BrokerUnavailable`."""
        for bucket in self._keys.buckets:
            self._link(bucket).tell("DEL", bucket.node(self._node))
        for bucket in self._keys.buckets:
            while await self._bury(bucket, self._node):
                pass
        self._publish(self._keys.farewells, self._node.encode())
        await self._all([link.ask("PING") for link in self._open_routes.links], self._timing.answer_deadline)

    def close(self) -> None:
        """End it; `lost` stays as it is."""
        self.is_joined = False
        if self._routes is not None:
            self._routes.close()
        self._end_signs("the connection was closed")

    def lose(self, reason: str) -> None:
        """It cannot be used any more."""
        self.close()
        if not self.lost.done():
            self.lost.set_result(reason)

    # While it lasts

    def publish(self, channel: bytes, message: bytes) -> bool:
        """See `Broker`. False: it was dropped."""
        return self._publish(channel, message)

    def subscribe(self, channel: bytes) -> None:
        """Ask for a channel; `Channels` is told when it is in force."""
        self._open_routes.subscribe([channel])

    def unsubscribe(self, channels: list[bytes]) -> None:
        """Give channels up."""
        self._open_routes.unsubscribe(channels)

    def put(self, key: str, value: bytes) -> None:
        """See `Broker`."""
        self._tell(scripts.PUT, key, VALUES + key, value)

    def remove(self, key: str) -> None:
        """See `Broker`."""
        self._tell(scripts.REMOVE, key, VALUES + key)

    def release(self, key: str) -> None:
        """See `Broker`."""
        self._tell(scripts.RELEASE, key, CLAIM + key)

    async def claim(self, key: str) -> NodeId:
        """See `Broker`. After `BrokerUnavailable` it may be this node's nevertheless."""
        return str((await self._answer(self._ask_claim(key))).decode())

    async def values(self, key: str) -> dict[NodeId, bytes]:
        """See `Broker`."""
        bucket = self._keys.bucket_of(key)
        found = await self._answer(self._call(scripts.VALUES, bucket, (bucket.base + VALUES + key,), bucket.base))
        pairs = zip(_names(found[::2]), found[1::2], strict=True)
        return {node: value for node, value in pairs if node != self._node}

    # What its links tell

    def received(self, channel: bytes, message: bytes) -> None:
        """See `LinkUser`. Of a node's own messages only its signs of life are of interest."""
        if message.startswith(self._mark):
            if channel in self._signs:
                self._sign_came_back(channel, message[MARK_BYTES:])
        elif channel == self._keys.farewells:
            self._farewell(message[MARK_BYTES:].decode("ascii", "replace"))
        else:
            self._channels.deliver(channel, message[MARK_BYTES:])

    def subscribed(self, channel: bytes) -> None:
        """See `LinkUser`. What is confirmed while the node still joins is told when it has."""
        self._channels.came_into_force(channel)
        if self.is_joined:
            self._channels.confirm(channel)

    def link_lost(self, reason: str) -> None:
        """See `LinkUser`. One link of a cluster takes the others along: its map is to be read anew."""
        self.lose(reason)

    # Its parts

    @property
    def _open_routes(self) -> Routes:
        assert self._routes is not None, "connect comes first"
        return self._routes

    @property
    def _milliseconds(self) -> int:
        return round(self._timing.lifetime * 1000)

    def _link(self, bucket: Bucket) -> Link:
        return self._open_routes.link_of_slot(bucket.slot)

    def _sign_channel(self, bucket: Bucket) -> bytes:
        return bucket.sign(self._node)

    def _announce(self) -> dict[Bucket, asyncio.Future[Reply]]:
        """The node's own key in each bucket, and what Redis still holds of the node's from before a loss."""
        for link in self._open_routes.links:
            for script in scripts.ALL:
                link.tell("SCRIPT", "LOAD", script.text)
        return {
            bucket: self._call(
                scripts.JOIN,
                bucket,
                (bucket.node(self._node), bucket.nodes, bucket.of(self._node)),
                self._node,
                self._milliseconds,
            )
            for bucket in self._keys.buckets
        }

    def _take_back_unless_meant(self, name: str, kept: Mapping[str, bytes], claimed: set[str]) -> None:
        """Redis lists a key as this node's: it may have been taken back while there was no connection."""
        kind, _, key = name.partition(":")
        if kind + ":" == VALUES and key not in kept:
            self.remove(key)
        elif kind + ":" == CLAIM and key not in claimed:
            self.release(key)

    def _publish(self, channel: bytes, message: bytes) -> bool:
        routes = self._open_routes
        return routes.link_of(channel).publish(routes.publish_verb, channel, self._mark, message)

    def _tell(self, script: Script, key: str, name: str, *words: Word) -> None:
        bucket = self._keys.bucket_of(key)
        link = self._link(bucket)
        keys = (bucket.node(self._node), bucket.of(self._node), bucket.base + name)
        link.tell("EVALSHA", script.sha, len(keys), *keys, self._node, name, *words)

    def _call(self, script: Script, bucket: Bucket, keys: tuple[str, ...], *words: Word) -> asyncio.Future[Reply]:
        return self._link(bucket).ask("EVALSHA", script.sha, len(keys), *keys, *words)

    def _ask_claim(self, key: str) -> asyncio.Future[Reply]:
        bucket, name = self._keys.bucket_of(key), CLAIM + key
        keys = (bucket.node(self._node), bucket.of(self._node), bucket.base + name)
        return self._call(scripts.CLAIM, bucket, keys, self._node, name, bucket.base)

    async def _bury(self, bucket: Bucket, node: NodeId) -> bool:
        """Whether something is left."""
        keys = (bucket.node(node), bucket.nodes, bucket.of(node))
        return bool(await self._answer(self._call(scripts.BURY, bucket, keys, bucket.base, node, BURY_KEYS)))

    async def _answer(self, answer: asyncio.Future[Reply]) -> Reply:
        """Within a deadline. A question that is late is not a loss; one that is refused is."""
        await _wait([answer], self._timing.answer_deadline)
        if not answer.done():
            answer.cancel()
            raise BrokerUnavailable("Redis does not answer in time.")
        try:
            return answer.result()
        except BrokerUnavailable as error:
            self.lose(sentence(error))
            raise

    async def _all(self, answers: list[asyncio.Future[Reply]], deadline: float) -> None:
        """All of them, in time, or the session is lost."""
        await _wait(answers, deadline)
        failure = next((error for answer in answers if answer.done() and (error := answer.exception())), None)
        if failure is None and not all(answer.done() for answer in answers):
            failure = BrokerUnavailable(f"Redis cannot be used: it did not answer within {deadline:g} s.")
        if failure is not None:
            self.lose(sentence(failure))
            raise failure

    def _sign_came_back(self, channel: bytes, text: bytes) -> None:
        expected, sent, future = self._signs[channel]
        if text == expected and not future.done():
            self.lag = self._time() - sent
            future.set_result(None)

    def _end_signs(self, reason: str) -> None:
        for _, _, future in self._signs.values():
            if not future.done():
                future.set_exception(BrokerUnavailable(f"Redis cannot be used: {reason}."))
                future.exception()  # nobody may be waiting


LAST_LOOK = 0.1
"""Seconds for what has come in already: after a pause of this process timers may be served before sockets."""


async def _wait(answers: list[asyncio.Future[Reply]], deadline: float) -> None:
    """Until all are there, or one failed, or the deadline is over."""
    for seconds in (deadline, LAST_LOOK):
        _, pending = await asyncio.wait(answers, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        if not pending:
            return


def _names(nodes: Iterable[bytes]) -> list[NodeId]:
    return [node.decode() for node in nodes]
