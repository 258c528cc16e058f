"""One connection to one Redis: commands answered in their order, and what is published, pushed in between (RESP3).

redis-py's connection, pipeline and PubSub make a task switch, a timer and several objects for each message; this
costs a third of that (`python -m tests.rtserver.broker.measure_hop`). Parsing is hiredis's, as redis-py's is.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from hiredis import HiredisError, PushNotification, Reader, ReplyError, pack_command

from rtserver.broker.port import UNSENT_BYTES_MAX, BrokerUnavailable

CONNECT_DEADLINE = 2.0
"""Seconds in which a Redis must take a connection and say who it is."""

MAJOR_VERSION_MIN = 7
"""Of Redis: sharded pub/sub, and scripts as they are used here."""

NOT_YET = object()
"""What the parser gives when an answer is not there as a whole."""

Reply = Any
"""What Redis answers: bytes, int, None, or lists and dicts of them."""

Word = bytes | str | int
"""A word of a command."""


class LinkUser(Protocol):
    """Who is told of what comes in by a link. Must not raise."""

    def received(self, channel: bytes, message: bytes) -> None:
        """Somebody, maybe oneself, has published."""
        ...

    def subscribed(self, channel: bytes) -> None:
        """A subscription has come into force."""
        ...

    def link_lost(self, reason: str) -> None:
        """The link has ended, not by `close`. `reason`: half a sentence for an operator. Called once."""
        ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One server, and how it is spoken to."""

    host: str
    port: int
    path: str = ""
    tls: ssl.SSLContext | None = None
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    database: int = 0


class Link(asyncio.Protocol):
    """Made by `open_link`. What is sent in one turn of the loop leaves in one write; nothing here waits."""

    def __init__(self, user: LinkUser) -> None:
        self._user = user
        self._loop = asyncio.get_running_loop()
        self._reader = Reader(replyError=ReplyError, notEnoughData=NOT_YET)
        self._transport: asyncio.Transport | None = None
        self._is_closed = False
        # One entry for each command under way, in order; None: only an error is of interest.
        self._expected: deque[asyncio.Future[Reply] | None] = deque()
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._waiting = 0
        self._ended: set[bytes] = set()

    @property
    def is_closed(self) -> bool:
        """Whether it has ended, by whomever."""
        return self._is_closed

    def publish(self, verb: bytes, channel: bytes, mark: bytes, message: bytes) -> bool:
        """PUBLISH or SPUBLISH a message with a mark in front. False: too much waits to be sent, it is dropped."""
        size = len(mark) + len(message)
        if self._unsent() + size > UNSENT_BYTES_MAX:
            return False
        self._queue(
            b"*3\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n$%d\r\n%b%b\r\n"
            % (len(verb), verb, len(channel), channel, size, mark, message)
        )
        self._expected.append(None)
        return True

    def tell(self, *words: Word) -> None:
        """Send a command whose answer is of no interest; an error ends the link."""
        self._queue(_packed(*words))
        self._expected.append(None)

    def ask(self, *words: Word) -> asyncio.Future[Reply]:
        """Send a command. The answer; `BrokerUnavailable` when Redis refuses it or the link ends."""
        answer: asyncio.Future[Reply] = self._loop.create_future()
        if self._is_closed:
            _fail(answer, "There is no connection to Redis.")
            return answer
        self._queue(_packed(*words))
        self._expected.append(answer)
        return answer

    def subscribe(self, verb: bytes, *channels: bytes) -> None:
        """SUBSCRIBE or SSUBSCRIBE: `LinkUser.subscribed` is told of each channel."""
        self._queue(_packed(verb, *channels))

    def unsubscribe(self, verb: bytes, *channels: bytes) -> None:
        """UNSUBSCRIBE or SUNSUBSCRIBE."""
        self._ended.update(channels)
        self._queue(_packed(verb, *channels))

    def close(self) -> None:
        """End it at once; nobody is told. What was not sent is dropped: it may be a Redis that takes nothing."""
        self._end("it was closed")
        if self._transport is not None:
            self._transport.abort()

    def lose(self, reason: str) -> None:
        """End it at once, as if it had been cut, because it cannot be used."""
        if self._is_closed:
            return
        self._end(reason)
        if self._transport is not None:
            self._transport.abort()
        self._user.link_lost(reason)

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are not of that class

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        reader = self._reader
        try:
            reader.feed(data)
            while (reply := reader.gets()) is not NOT_YET:
                if type(reply) is PushNotification:
                    self._pushed(reply)
                else:
                    self._answered(reply)
        except (HiredisError, IndexError) as error:
            self.lose(f"what answers does not speak Redis' protocol ({type(error).__name__})")

    def connection_lost(self, error: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        self.lose("the connection was cut" if error is None else f"the connection was cut ({type(error).__name__})")

    def _pushed(self, push: list[Any]) -> None:
        kind = push[0]
        if kind in (b"message", b"smessage"):
            self._user.received(push[1], push[2])
        elif kind in (b"subscribe", b"ssubscribe"):
            self._user.subscribed(push[1])
        elif kind == b"sunsubscribe":
            if push[1] not in self._ended:
                self.lose("a part of the cluster has moved")
            self._ended.discard(push[1])
        elif kind == b"unsubscribe":
            self._ended.discard(push[1])

    def _answered(self, reply: Reply) -> None:
        if self._is_closed:
            return
        answer = self._expected.popleft()
        if answer is None:
            if isinstance(reply, ReplyError):
                self.lose(sentence(reply))
        elif not answer.done():
            if isinstance(reply, ReplyError):
                _fail(answer, f"Redis cannot be used: {sentence(reply)}.")
            else:
                answer.set_result(reply)

    def _unsent(self) -> int:
        """Bytes. What waits in the transport is looked at once a turn: it does not change within one."""
        if not self._out and self._transport is not None:
            self._waiting = self._transport.get_write_buffer_size()
        return self._waiting + self._out_bytes

    def _queue(self, data: bytes) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(data)
        self._out_bytes += len(data)

    def _flush(self) -> None:
        out, self._out, self._out_bytes = self._out, [], 0
        if out and not self._is_closed and self._transport is not None:
            self._transport.write(b"".join(out))

    def _end(self, reason: str) -> None:
        self._is_closed = True
        expected, self._expected = self._expected, deque()
        for answer in expected:
            if answer is not None and not answer.done():
                _fail(answer, f"Redis cannot be used: {reason}.")


def _fail(answer: asyncio.Future[Reply], sentence: str) -> None:
    """Who asked gets the error when it waits for the answer. It may have left, or have seen another's error first: that
    is no fault, so asyncio does not complain of an error that nobody has looked at."""
    answer.set_exception(BrokerUnavailable(sentence))
    answer.exception()


def _packed(*words: Word) -> bytes:
    # hiredis' annotation says a tuple of one word; it takes any number.
    return cast("Callable[[tuple[Word, ...]], bytes]", pack_command)(words)


def sentence(error: BaseException) -> str:
    """Half a sentence for an operator on what Redis, or the way to it, complains of."""
    if isinstance(error, BrokerUnavailable):
        return str(error).removeprefix("Redis cannot be used: ").removesuffix(".")
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}), name its authority in redis_ca"
    if isinstance(error, TimeoutError):
        return "it does not answer in time"
    if isinstance(error, OSError):
        return f"it cannot be reached ({type(error).__name__})"
    return REFUSALS.get(str(error).partition(" ")[0], f"it answered {str(error)[:ERROR_LETTERS]!r}")


ERROR_LETTERS = 120
"""Of an error of Redis that are shown."""

REFUSALS = {
    "WRONGPASS": "it refuses the user or password, check redis_url",
    "NOAUTH": "it wants a password, put it into redis_url",
    "NOPERM": "its user may not do what rtserver needs, see docs/administration.md",
    "READONLY": "it is a replica now",
    "LOADING": "it is still reading its data",
    "MASTERDOWN": "it is a replica without its master",
    "CLUSTERDOWN": "the cluster is down",
    "MOVED": "a part of the cluster has moved",
    "ASK": "a part of the cluster is being moved",
    "TRYAGAIN": "a part of the cluster is being moved",
    "NOSCRIPT": "it has forgotten the scripts",
    "GONE": "this node was silent for too long and counted as gone",
    "OOM": "it has no memory left, raise its maxmemory",
    "MISCONF": "it cannot write to its disk",
}
"""The first word of an error of Redis -> half a sentence."""


async def open_link(endpoint: Endpoint, user: LinkUser, name: str) -> Link:
    """Connect, sign in and set the connection's name. Raises `BrokerUnavailable` with a sentence for an operator."""
    link = Link(user)
    try:
        async with asyncio.timeout(CONNECT_DEADLINE):
            await _connect(link, endpoint)
            await _greet(link, endpoint, name)
    except (OSError, TimeoutError, BrokerUnavailable) as error:
        link.close()
        raise BrokerUnavailable(f"Redis cannot be used: {sentence(error)}.") from None
    except BaseException:
        link.close()
        raise
    return link


async def _connect(link: Link, endpoint: Endpoint) -> None:
    loop = asyncio.get_running_loop()
    if endpoint.path:
        await loop.create_unix_connection(lambda: link, endpoint.path)
    else:
        host = endpoint.host if endpoint.tls is not None else None
        await loop.create_connection(lambda: link, endpoint.host, endpoint.port, ssl=endpoint.tls, server_hostname=host)


async def _greet(link: Link, endpoint: Endpoint, name: str) -> None:
    sign_in = ("AUTH", endpoint.username or "default", endpoint.password) if endpoint.password else ()
    who = await link.ask("HELLO", 3, *sign_in, "SETNAME", name)
    version = who.get(b"version", b"?").decode(errors="replace") if isinstance(who, dict) else "?"
    if not version.partition(".")[0].isdigit() or int(version.partition(".")[0]) < MAJOR_VERSION_MIN:
        raise BrokerUnavailable(
            f"Redis cannot be used: it is version {version}, at least {MAJOR_VERSION_MIN} is needed."
        )
    if endpoint.database:
        await link.ask("SELECT", endpoint.database)
