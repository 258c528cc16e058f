"""A server that ends TLS itself: page, polling and WebSocket by https, and nothing else on that port."""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.rtserver.certificates import Authority
from tests.wire.classroom import Classroom, new_nonce
from tests.wire.conftest import GENEROUS
from tests.wire.frames import Closed, command, frame_client, signed_in_frames
from tests.wire.raw import answer_of, call, decoded, signed_in
from tests.wire.server import Server


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
async def classroom(
    own_server: Callable[..., Server], open_room: Callable[..., Any], tmp_path: Path, authority: Authority
) -> Classroom:
    """A classroom on a server with a certificate."""
    certificate, key = authority.issue(tmp_path)
    server = own_server(**GENEROUS, tls_certificate=str(certificate), tls_key=str(key))
    return await open_room(server)


async def test_a_class_by_https(classroom: Classroom, authority: Authority) -> None:
    """The page and its cookie's security, polling, WebSocket; what one writes the other reads, at length too."""
    server, context, room = classroom.server, authority.context, classroom.room
    assert server.url.startswith("https:")
    async with aiohttp.ClientSession() as http:
        for path in ("/", "/healthz"):
            async with http.get(server.url + path, ssl=context) as response:
                assert response.status == 200
                assert "wss://" in response.headers["Content-Security-Policy"]
    auths = [await classroom.session(member) for member in (classroom.claire, classroom.leo)]
    async with (
        signed_in("polling", server.url, classroom.project, auths[0], context=context) as polling,
        signed_in("websocket", server.url, classroom.project, auths[1], context=context) as websocket,
    ):
        for one in (polling, websocket):
            assert "ok" in await call(one, "room.join", {"room": room})
        for writer, reader in ((polling, websocket), (websocket, polling)):
            for text in ("hello", "x" * 8_000):
                answer = await call(writer, "chat.post", {"room": room, "text": text, "nonce": new_nonce()})
                assert "ok" in answer
                while (packet := await answer_of(reader, 2))["data"][0] != "event":
                    pass
                assert packet["data"][1]["body"]["text"] == text


async def test_a_burst_by_https(classroom: Classroom, authority: Authority) -> None:
    """Frames that come together in TLS records are taken in order, on a connection of its own."""
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(classroom.server.url, classroom.project, auth, authority.context) as client:
        client.send_text(*(command(number, "room.leave", room="r") for number in range(500)))
        acks: list[int] = []
        while len(acks) < 500:
            packet = decoded((await client.receive_text())[1:])
            if packet["type"] == 3:
                acks.append(packet["id"])
        assert acks == list(range(500))


async def test_what_is_not_tls(classroom: Classroom, authority: Authority) -> None:
    """Ends; so does a client that does not trust the certificate; the next one gets through."""
    plain = classroom.server.url.replace("https:", "http:")
    for garbage in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\xff\xff", b"\x00" * 100):
        async with frame_client(plain) as client:
            client.write(garbage)
            client.writer.write_eof()
            with pytest.raises(Closed):
                await client.head()
    with pytest.raises(ssl.SSLError):
        async with frame_client(classroom.server.url, ssl.create_default_context()):
            pass
    async with frame_client(plain) as silent:
        silent.write(b"\x16")
        await silent.flush()
        await asyncio.sleep(0)
        async with frame_client(classroom.server.url, authority.context) as client:
            client.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await client.answer())[0] == 200
