"""A node's connection to Redis: kept up for as long as the node lives, and told everything anew after each loss."""

import asyncio
import contextlib
import hashlib
import random
import ssl
from collections import Counter

import structlog

from rtserver.broker.memory import new_node_id
from rtserver.broker.port import BrokerListener, BrokerUnavailable, Channel, Confirmed, NodeId, Receive, Unsubscribe
from rtserver.broker.redis.address import Kind, RedisAddress
from rtserver.broker.redis.channels import Channels, Subscription, confirm, guarded
from rtserver.broker.redis.keys import Keys
from rtserver.broker.redis.link import sentence
from rtserver.broker.redis.neighbours import Neighbours
from rtserver.broker.redis.routes import Way
from rtserver.broker.redis.session import MARK_BYTES, Session
from rtserver.broker.redis.timing import Timing

log = structlog.get_logger(__name__)


class RedisBroker:
    """See `Broker`."""

    is_shared = True

    def __init__(
        self,
        address: RedisAddress,
        prefix: str,
        tls: ssl.SSLContext | None = None,
        node: NodeId | None = None,
        timing: Timing | None = None,
    ) -> None:
        """`prefix` stands in front of every key and channel, so that several deployments may share a Redis."""
        self.node = node or new_node_id()
        self.dropped = 0
        """Messages that were not sent: there was no connection, or too much waited."""
        self._timing = timing or Timing()
        self._way = Way(address, tls, f"rtserver-{self.node}")
        self._keys = Keys(prefix, address.kind is Kind.CLUSTER)
        self._mark = hashlib.blake2b(self.node.encode(), digest_size=MARK_BYTES).digest()
        self._channels = Channels()
        self._neighbours = Neighbours(self.node, self._timing.lifetime)
        self._kept: dict[str, bytes] = {}
        self._claimed: set[str] = set()
        self._claims_asked: Counter[str] = Counter()
        self._session: Session | None = None
        self._listener: BrokerListener | None = None
        self._life: asyncio.Task[None] | None = None
        self._failure = ""

    @property
    def is_connected(self) -> bool:
        """See `Broker`."""
        return self._session is not None and self._session.is_joined

    @property
    def lag(self) -> float:
        """See `Broker`."""
        return 0.0 if self._session is None else self._session.lag

    async def start(self, listener: BrokerListener) -> None:
        """See `Broker`."""
        assert self._life is None, "it was started"
        self._listener = listener
        self._life = asyncio.create_task(self._live(), name="redis-broker")

    async def stop(self) -> None:
        """See `Broker`."""
        self._listener = None
        if self._life is not None:
            self._life.cancel()
            await asyncio.wait([self._life])

    def publish(self, channel: Channel, message: bytes) -> None:
        """See `Broker`."""
        session = self._session
        if session is None or not session.is_joined or not session.publish(self._keys.channel(channel), message):
            self.dropped += 1

    def subscribe(self, channel: Channel, receive: Receive, confirmed: Confirmed | None = None) -> Unsubscribe:
        """See `Broker`."""
        loop = asyncio.get_running_loop()
        name, subscription = self._keys.channel(channel), Subscription(receive, confirmed)
        if self._channels.add(name, subscription):
            if self._session is not None:
                self._session.subscribe(name)
        elif self.is_connected and self._channels.is_in_force(name):
            loop.call_soon(confirm, subscription)

        def unsubscribe() -> None:
            if subscription.is_open:
                self._channels.drop(name, subscription, loop.time())

        return unsubscribe

    def put(self, key: str, value: bytes) -> None:
        """See `Broker`."""
        self._kept[key] = value
        if self._session is not None:
            self._session.put(key, value)

    def remove(self, key: str) -> None:
        """See `Broker`."""
        if self._kept.pop(key, None) is not None and self._session is not None:
            self._session.remove(key)

    async def values(self, key: str) -> dict[NodeId, bytes]:
        """See `Broker`."""
        return await self._connected_session().values(key)

    async def claim(self, key: str) -> NodeId:
        """See `Broker`."""
        session = self._connected_session()
        self._claims_asked[key] += 1
        is_answered = False
        try:
            holder = await session.claim(key)
            is_answered = True
        finally:
            self._claims_asked[key] -= 1
            if not self._claims_asked[key]:
                del self._claims_asked[key]
                if not is_answered:
                    self._release_unheld(key)
        if holder == self.node:
            self._claimed.add(key)
        else:
            self._claimed.discard(key)
        return holder

    def release(self, key: str) -> None:
        """See `Broker`."""
        self._claimed.discard(key)
        self._release_unheld(key)

    def _release_unheld(self, key: str) -> None:
        """Redis may hold a claim of which this node knows nothing: the answer was late."""
        if key not in self._claimed and self._session is not None:
            self._session.release(key)

    def _connected_session(self) -> Session:
        if self._session is None or not self._session.is_joined:
            raise BrokerUnavailable("There is no connection to Redis.")
        return self._session

    # Its life: one session after the other

    async def _live(self) -> None:
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._one_session()
            lasted = loop.time() - began
            failures = 0 if lasted > self._timing.retry_last + self._timing.join_deadline else failures + 1
            # Full jitter: the nodes of a deployment have lost it at the same moment.
            await asyncio.sleep(random.uniform(0, self._timing.retry(failures)))  # noqa: S311 - no secret

    async def _one_session(self) -> None:
        """Connect, and stay so until it is lost. Raises nothing but its own cancellation, which says farewell."""
        session = Session(self.node, self._mark, self._keys, self._channels, self._timing, self._ended)
        reason = ""
        is_told = False
        try:
            await session.connect(self._way)
            self._session = session
            living = await session.join(self._kept, self._claimed)
            is_told = True
            self._tell_connected(living)
            reason = await self._show_signs(session)
        except asyncio.CancelledError:
            await self._say_farewell(session)
            raise
        except BrokerUnavailable as error:
            reason = sentence(error)
        except Exception as error:  # a bug must not leave the node without its broker
            log.exception("broker.failed")
            reason = type(error).__name__
        finally:
            self._session = None
            session.close()
            self._channels.lost()
        self._tell_lost(reason, is_told)

    async def _show_signs(self, session: Session) -> str:
        """One sign after the other, and what is due besides, until the session is lost. Gives the reason."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + self._timing.sign_interval, loop.time())
            await asyncio.wait([session.lost], timeout=due - loop.time())
            if session.lost.done():
                return session.lost.result()
            living, dead = await session.sign()
            for node in self._neighbours.listed(living, loop.time()):
                self._tell_node_lost(node)
            session.unsubscribe(self._channels.unneeded(loop.time()))
            await session.bury(dead)

    async def _say_farewell(self, session: Session) -> None:
        if session.is_joined:
            with contextlib.suppress(BrokerUnavailable, TimeoutError):
                async with asyncio.timeout(self._timing.farewell_deadline):
                    await session.leave()

    def _ended(self, node: NodeId) -> None:
        if self._neighbours.ended(node):
            self._tell_node_lost(node)

    def _tell_connected(self, living: list[NodeId]) -> None:
        log.info("broker.connected", node=self.node)
        self._failure = ""
        now = asyncio.get_running_loop().time()
        self._neighbours.connected(now)
        self._neighbours.listed(living, now)
        if self._listener is not None:
            guarded(self._listener.broker_connected)
        for name in list(self._channels):
            self._channels.confirm(name)

    def _tell_lost(self, reason: str, is_told: bool) -> None:
        """`is_told`: the listener believes that it is connected."""
        if is_told:
            log.warning("broker.lost", reason=reason)
        elif reason != self._failure:  # once, not with each attempt
            log.warning("broker.unreachable", reason=reason)
        self._failure = reason
        if is_told and self._listener is not None:
            guarded(self._listener.broker_lost)

    def _tell_node_lost(self, node: NodeId) -> None:
        log.info("broker.node_lost", node=node)
        if self._listener is not None:
            guarded(self._listener.node_lost, node)
