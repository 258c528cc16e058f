"""The way to the Redis that holds a key or carries a channel: one server, the master of a Sentinel, or a cluster."""

import asyncio
import bisect
import ssl
from dataclasses import dataclass
from typing import Any

from rtserver.broker.port import BrokerUnavailable
from rtserver.broker.redis.address import Kind, RedisAddress
from rtserver.broker.redis.keys import SLOTS, slot_of
from rtserver.broker.redis.link import Endpoint, Link, LinkUser, Word, open_link, sentence


class Routes:
    """Open links, and which of them leads where."""

    def __init__(self, starts: list[int], links: list[Link], is_cluster: bool) -> None:
        """`starts`: first slots of ranges that cover all, ascending; `links`: that of each range."""
        self.links = tuple(dict.fromkeys(links))
        self.is_cluster = is_cluster
        self.publish_verb = b"SPUBLISH" if is_cluster else b"PUBLISH"
        self._subscribe_verb = b"SSUBSCRIBE" if is_cluster else b"SUBSCRIBE"
        self._unsubscribe_verb = b"SUNSUBSCRIBE" if is_cluster else b"UNSUBSCRIBE"
        self._starts = starts
        self._ranges = links
        self._only = None if is_cluster else links[0]

    def link_of(self, name: bytes) -> Link:
        """The link for a key or channel."""
        return self._only or self.link_of_slot(slot_of(name))

    def link_of_slot(self, slot: int) -> Link:
        """The link for a slot of a cluster."""
        return self._only or self._ranges[bisect.bisect_right(self._starts, slot) - 1]

    def subscribe(self, channels: list[bytes]) -> None:
        """Ask for channels."""
        for link, some in self._shares(channels):
            link.subscribe(self._subscribe_verb, *some)

    def unsubscribe(self, channels: list[bytes]) -> None:
        """Give up channels."""
        for link, some in self._shares(channels):
            link.unsubscribe(self._unsubscribe_verb, *some)

    def close(self) -> None:
        """End all links."""
        for link in self.links:
            link.close()

    def _shares(self, channels: list[bytes]) -> list[tuple[Link, list[bytes]]]:
        """What goes into one command: a cluster takes channels of one slot only."""
        if self._only is not None:
            return [(self._only, channels)] if channels else []
        slots: dict[int, list[bytes]] = {}
        for channel in channels:
            slots.setdefault(slot_of(channel), []).append(channel)
        return [(self.link_of_slot(slot), some) for slot, some in slots.items()]


@dataclass(frozen=True, slots=True)
class Way:
    """How to get to Redis. `name`: how connections are named there (CLIENT LIST)."""

    address: RedisAddress
    tls: ssl.SSLContext | None
    name: str

    async def connect(self, user: LinkUser) -> Routes:
        """Open all links that are needed. Raises `BrokerUnavailable` with a sentence for an operator."""
        match self.address.kind:
            case Kind.CLUSTER:
                return await self._cluster(user)
            case Kind.SENTINEL:
                host, port = await self._named_by_sentinel()
            case _:
                host, port = self.address.hosts[0] if self.address.hosts else ("", 0)
        link = await open_link(self._endpoint(host, port), user, self.name)
        try:
            await _require_master(link)
        except BaseException:
            link.close()
            raise
        return Routes([0], [link], is_cluster=False)

    async def _named_by_sentinel(self) -> tuple[str, int]:
        """The master, as the first sentinel that answers names it."""
        question = ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.address.service)
        _, found = await self._ask_one(question, "sentinel")
        if found is None:
            raise BrokerUnavailable("Redis cannot be used: the sentinels know no service of the name in redis_url.")
        return found[0].decode(), int(found[1])

    async def _cluster(self, user: LinkUser) -> Routes:
        asked, slots = await self._ask_one(("CLUSTER", "SLOTS"), "node of the cluster")
        # [first slot, last slot, [host, port, ...] of the master, those of replicas ...]; no host: the one asked
        ranges = sorted((first, last, _host(master, asked)) for first, last, master, *_ in slots)
        starts = [first for first, _, _ in ranges]
        if starts != [0, *(last + 1 for _, last, _ in ranges[:-1])] or ranges[-1][1] != SLOTS - 1:
            raise BrokerUnavailable("Redis cannot be used: the cluster does not cover all slots.")
        hosts = list(dict.fromkeys(host for _, _, host in ranges))
        links = await self._open_all(hosts, user)
        return Routes(starts, [links[host] for _, _, host in ranges], is_cluster=True)

    async def _open_all(self, hosts: list[tuple[str, int]], user: LinkUser) -> dict[tuple[str, int], Link]:
        """All, or none and `BrokerUnavailable`."""
        links: dict[tuple[str, int], Link] = {}

        async def open_one(host: tuple[str, int]) -> None:
            links[host] = await open_link(self._endpoint(*host), user, self.name)

        try:
            async with asyncio.TaskGroup() as group:
                for host in hosts:
                    group.create_task(open_one(host))
        except BaseException as error:
            for link in links.values():
                link.close()
            if isinstance(error, ExceptionGroup):
                raise error.exceptions[0] from None
            raise
        return links

    async def _ask_one(self, question: tuple[Word, ...], what: str) -> tuple[tuple[str, int], Any]:
        """The first of the hosts that answers, and its answer."""
        failure = BrokerUnavailable(f"Redis cannot be used: no {what} answers.")
        for host, port in self.address.hosts:
            try:
                link = await open_link(self._asked(host, port), Nobody(), self.name)
                try:
                    return (host, port), await _within(link, *question)
                finally:
                    link.close()
            except BrokerUnavailable as error:
                failure = BrokerUnavailable(f"Redis cannot be used: no {what} answers, of the last {sentence(error)}.")
        raise failure

    def _endpoint(self, host: str, port: int) -> Endpoint:
        one = self.address
        return Endpoint(host, port, one.path, self.tls, one.username, one.password, one.database)

    def _asked(self, host: str, port: int) -> Endpoint:
        """A sentinel has no databases, and no user but the default one; without a password of its own it takes any."""
        if self.address.kind is Kind.SENTINEL:
            return Endpoint(host, port, tls=self.tls, password=self.address.password)
        return self._endpoint(host, port)


class Nobody:
    """For a link that is only asked."""

    def received(self, channel: bytes, message: bytes) -> None:
        """See `LinkUser`."""

    def subscribed(self, channel: bytes) -> None:
        """See `LinkUser`."""

    def link_lost(self, reason: str) -> None:
        """See `LinkUser`."""


QUESTION_DEADLINE = 1.0
"""Seconds in which a server says what it is, or whom it knows."""


async def _within(link: Link, *question: Word) -> Any:
    try:
        async with asyncio.timeout(QUESTION_DEADLINE):
            return await link.ask(*question)
    except TimeoutError as error:
        raise BrokerUnavailable(f"Redis cannot be used: {sentence(error)}.") from None


async def _require_master(link: Link) -> None:
    role = await _within(link, "ROLE")
    if role[0] != b"master":
        raise BrokerUnavailable(
            "Redis cannot be used: it is a replica, name its master (or the sentinels) in redis_url."
        )


def _host(master: list[Any], asked: tuple[str, int]) -> tuple[str, int]:
    return (master[0].decode() if master[0] else asked[0]), master[1]
