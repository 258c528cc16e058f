"""Reading what a polling client posts, from a real aiohttp server, so that bodies come as they come."""

import asyncio
import base64
import gzip
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from engineio import exceptions
from hypothesis import given, settings
from hypothesis import strategies as st

from rtserver.hub import polling
from rtserver.hub.polling import POST_BYTES_MAX, POST_PACKETS_MAX, EnginePacket, _decoded, read_packets

TOO_LARGE = "too large"

Post = Callable[..., Any]


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    """Posts a body; what was read from it, or what was wrong with it."""
    found: list[Any] = []

    async def handle(request: web.Request) -> web.Response:
        try:
            found.append(await read_packets(request))
        except exceptions.ContentTooLongError:
            found.append(TOO_LARGE)
        except exceptions.EngineIOError as error:
            found.append(str(error))
        return web.Response()

    app = web.Application(client_max_size=POST_BYTES_MAX)
    app.router.add_post("/", handle)
    runner = web.AppRunner(app, auto_decompress=False, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    async with aiohttp.ClientSession(f"http://{host}:{port}") as http:

        async def send(body: Any, **options: Any) -> Any:
            async with http.post("/", data=body, **options) as response:
                assert response.status == 200
            return found.pop()

        yield send
    await runner.cleanup()


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize(
    ("encoded", "packet"),
    [
        ("42[1]", (b"42[1]", True)),
        ("4", (b"4", True)),
        ('4{"a":1}', (b'4{"a":1}', True)),
        ("4é", ("4é".encode(), True)),
        ("b" + base64.b64encode(b"\x00\xff").decode(), (b"\x00\xff", False)),
        ("b", (b"", False)),
        ("3", (b"3", True)),
        ("1", (b"1", True)),
    ],
)
def test_packets_of_clients(encoded: str, packet: EnginePacket) -> None:
    """As a WebSocket would have carried them."""
    assert _decoded(encoded) == packet


@pytest.mark.parametrize("encoded", ["", "0{}", "2", "2probe", "5", "6", "9zzz", "x", "[1]", "٤x", "b!", "bé", "bA"])
def test_packets_of_nobody(encoded: str) -> None:
    """What a client may not send, or what is no packet."""
    with pytest.raises(exceptions.EngineIOError):
        _decoded(encoded)


def test_however_deep() -> None:
    """Nothing in it is followed."""
    assert _decoded("4" + "[" * 200_000).data == b"4" + b"[" * 200_000


@settings(max_examples=60, deadline=None, database=None, derandomize=True, print_blob=False)
@given(st.binary(max_size=40))
def test_binary_in_a_payload(data: bytes) -> None:
    """Any bytes come as they were."""
    assert _decoded("b" + base64.b64encode(data).decode()) == (data, False)


async def test_many_in_one_request(post: Post) -> None:
    """In order, up to a bound."""
    body = b"\x1e".join([b"41", "4é".encode(), b"bAA==", b"3"])
    assert await post(body) == [(b"41", True), ("4é".encode(), True), (b"\x00", False), (b"3", True)]
    many = [b"4%d" % number for number in range(POST_PACKETS_MAX)]
    assert [packet.data for packet in await post(b"\x1e".join(many))] == many
    assert await post(b"\x1e".join([*many, b"4x"])) == "too many packets"


async def test_in_pieces(post: Post) -> None:
    """Cut anywhere, also inside a letter; without a length."""
    body = "4é\x1e4b".encode()
    for at in range(1, len(body)):
        assert await post(_pieces(body[:at], body[at:])) == [("4é".encode(), True), (b"4b", True)]


@pytest.mark.parametrize("body", [b"", b"\x1e", b"41\x1e", b"\x1e41", b"41\x1e9", b"\xff\xfe", b"4\xff", b"b!"])
async def test_broken_ones(post: Post, body: bytes) -> None:
    """All of it is refused: nobody knows what is missing."""
    assert isinstance(await post(body), str)


@pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")
async def test_too_large(post: Post) -> None:
    """By what its head says, or by what comes; as much as allowed is read."""
    assert await post(b"4" * (POST_BYTES_MAX + 1)) == TOO_LARGE
    half = b"4" * (POST_BYTES_MAX // 2)
    assert await post(_pieces(half, half, b"4")) == TOO_LARGE
    (whole,) = await post(_pieces(half, half))
    assert len(whole.data) == POST_BYTES_MAX


async def test_compressed_is_not_unpacked(post: Post) -> None:
    """It is read as it came, which is no text."""
    assert await post(gzip.compress(b"4x"), headers={"Content-Encoding": "gzip"}) == "not UTF-8"


async def test_too_slow(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that does not end has a deadline."""
    monkeypatch.setattr(polling, "POST_DEADLINE", 0.01)
    is_answered = asyncio.Event()

    async def forever() -> AsyncIterator[bytes]:
        yield b"4"
        await is_answered.wait()

    sending = asyncio.ensure_future(post(forever()))
    # The server answers, and closes, without having read the end.
    done, _ = await asyncio.wait([sending], timeout=30)
    is_answered.set()
    assert done
    assert sending.result() == "the body did not come whole"
