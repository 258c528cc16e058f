"""Against servers that say what a test wants them to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from rtserver.broker.port import UNSENT_BYTES_MAX, BrokerUnavailable
from rtserver.broker.redis import link as module
from rtserver.broker.redis.link import Endpoint, Link, open_link

HELLO = b"%1\r\n$7\r\nversion\r\n$5\r\n7.0.1\r\n"


class User:
    def __init__(self) -> None:
        self.messages: list[tuple[bytes, bytes]] = []
        self.channels: list[bytes] = []
        self.reason: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def received(self, channel: bytes, message: bytes) -> None:
        self.messages.append((channel, message))

    def subscribed(self, channel: bytes) -> None:
        self.channels.append(channel)

    def link_lost(self, reason: str) -> None:
        assert not self.reason.done(), "it is told once"
        self.reason.set_result(reason)


class FakeRedis:
    """Answers each read with the next of its answers; then it is silent, or reads no more."""

    def __init__(self, answers: list[bytes]) -> None:
        self._answers = answers
        self.heard = b""
        self._changed = asyncio.Event()
        self.ends: asyncio.Event = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in self._answers:
            self.heard += await reader.read(65_536)
            self._changed.set()
            writer.write(answer)
        await self.ends.wait()
        writer.close()


@asynccontextmanager
async def linked(*answers: bytes) -> AsyncIterator[tuple[FakeRedis, User, Endpoint]]:
    fake = FakeRedis(list(answers))
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    user = User()
    try:
        yield fake, user, Endpoint("127.0.0.1", server.sockets[0].getsockname()[1])
    finally:
        fake.ends.set()
        server.close()


async def test_answers_come_in_the_order_of_the_commands() -> None:
    async with linked(HELLO, b":1\r\n$2\r\nab\r\n_\r\n") as (fake, user, endpoint):
        link = await open_link(endpoint, user, "test")
        answers = [link.ask("A"), link.ask("B", 2), link.ask("C", b"\xff")]
        assert await asyncio.gather(*answers) == [1, b"ab", None]
        assert fake.heard.endswith(b"*1\r\n$1\r\nA\r\n*2\r\n$1\r\nB\r\n$1\r\n2\r\n*2\r\n$1\r\nC\r\n$1\r\n\xff\r\n")
        link.close()


async def test_what_is_published_is_pushed_in_between() -> None:
    pushes = b">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$4\r\ntext\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nd\r\n:1\r\n"
    async with linked(HELLO, pushes + b"+OK\r\n") as (_, user, endpoint):
        link = await open_link(endpoint, user, "test")
        assert await link.ask("A") == b"OK"
        assert (user.messages, user.channels) == ([(b"c", b"text")], [b"d"])
        link.close()


async def test_an_answer_may_come_in_pieces() -> None:
    async with linked(HELLO[:5], HELLO[5:]) as (_, user, endpoint):
        opening = asyncio.create_task(open_link(endpoint, user, "test"))
        assert not opening.done()
    with pytest.raises(BrokerUnavailable):
        await opening  # the second piece never came: the server ended


async def test_an_error_goes_to_who_has_asked() -> None:
    async with linked(HELLO, b"-READONLY You can't write\r\n+OK\r\n") as (_, user, endpoint):
        link = await open_link(endpoint, user, "test")
        refused, fine = link.ask("A"), link.ask("B")
        with pytest.raises(BrokerUnavailable, match="it is a replica now"):
            await refused
        assert await fine == b"OK"
        assert not user.reason.done()
        link.close()


async def test_an_error_that_nobody_looks_at_is_no_fault() -> None:
    """Of many questions, the first refused is enough for who has asked. asyncio would log each of the others."""
    refused = b"-CLUSTERDOWN The cluster is down\r\n"
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["message"]))
    async with linked(HELLO, 2 * refused) as (_, user, endpoint):
        link = await open_link(endpoint, user, "test")
        answers = [link.ask("A"), link.ask("B")]
        with pytest.raises(BrokerUnavailable, match="the cluster is down"):
            await answers[1]
        answers.append(link.ask("C"))
        link.close()
        answers.append(link.ask("D"))
    del answers
    assert complaints == []


async def test_an_error_that_nobody_waits_for_ends_the_link() -> None:
    async with linked(HELLO, b"-OOM command not allowed\r\n") as (_, user, endpoint):
        link = await open_link(endpoint, user, "test")
        link.tell("A")
        assert "no memory left" in await user.reason
        assert link.is_closed


async def test_what_was_asked_fails_when_the_connection_is_cut() -> None:
    async with linked(HELLO) as (fake, user, endpoint):
        link = await open_link(endpoint, user, "test")
        answer = link.ask("A")
        fake.ends.set()
        with pytest.raises(BrokerUnavailable, match="the connection was cut"):
            await answer
        assert "the connection was cut" in await user.reason
        with pytest.raises(BrokerUnavailable):
            await link.ask("B")


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "does not speak Redis' protocol"),
        (b"-WRONGPASS invalid username-password pair\r\n", "check redis_url"),
        (b"-NOAUTH HELLO must be called\r\n", "put it into redis_url"),
        (b"-ERR unknown command 'HELLO'\r\n", "unknown command"),
        (HELLO.replace(b"7.0.1", b"6.2.9"), "version 6.2.9"),
        (b"+OK\r\n", "version ?"),
    ],
)
async def test_a_server_that_cannot_be_used_is_told_in_a_sentence(answer: bytes, says: str) -> None:
    async with linked(answer) as (_, user, endpoint):
        with pytest.raises(BrokerUnavailable) as refused:
            await open_link(endpoint, user, "test")
    assert says in str(refused.value)
    assert str(refused.value).startswith("Redis cannot be used: ")


async def test_a_server_that_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CONNECT_DEADLINE", 0.05)
    async with linked() as (_, user, endpoint):
        with pytest.raises(BrokerUnavailable, match="does not answer in time"):
            await open_link(endpoint, user, "test")


async def test_what_a_silent_server_does_not_take_is_bounded() -> None:
    async with linked(HELLO) as (_, user, endpoint):
        link = await open_link(endpoint, user, "test")
        message = b"x" * 10_000
        taken = 0
        for _turn in range(20):
            taken += sum(link.publish(b"PUBLISH", b"c", b"mark", message) for _ in range(200))
            await asyncio.sleep(0)
        assert not link.publish(b"PUBLISH", b"c", b"mark", message)
        assert UNSENT_BYTES_MAX - 2 * len(message) < unsent(link) <= UNSENT_BYTES_MAX + 50 * 400
        assert taken < 4000
        link.close()


async def test_the_messages_of_a_turn_leave_in_one_write() -> None:
    async with linked(HELLO) as (_, user, endpoint):
        link = await open_link(endpoint, user, "test")
        writes: list[bytes] = []
        link.__dict__["_transport"] = type("", (), {"write": writes.append, "get_write_buffer_size": lambda: 0})
        for text in (b"one", b"two"):
            assert link.publish(b"PUBLISH", b"c", b"mark", text)
        link.tell("PING")
        await asyncio.sleep(0)
        assert len(writes) == 1
        assert writes[0].count(b"PUBLISH") == 2
        assert writes[0].endswith(b"*1\r\n$4\r\nPING\r\n")


@pytest.mark.parametrize("is_solicited", [True, False])
async def test_a_channel_that_a_cluster_has_moved_ends_the_link(is_solicited: bool) -> None:
    push = b">3\r\n$12\r\nsunsubscribe\r\n$1\r\nc\r\n:0\r\n+PONG\r\n"
    async with linked(HELLO, push) as (_, user, endpoint):
        link = await open_link(endpoint, user, "test")
        if is_solicited:
            link.unsubscribe(b"SUNSUBSCRIBE", b"c")
        answer = link.ask("PING")
        if is_solicited:
            assert await answer == b"PONG"
        else:
            with pytest.raises(BrokerUnavailable, match="has moved"):
                await answer
        assert user.reason.done() is not is_solicited
        link.close()


def unsent(link: Link) -> int:
    """What waits in this process."""
    probe: Callable[[], int] = link._unsent
    return probe()
