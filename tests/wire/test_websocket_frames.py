"""What a client may do with WebSocket frames, and what ends it, through the real server and either driver."""

import asyncio
import json
from typing import Any

import pytest

from tests.wire.bystanders import Bystanders
from tests.wire.classroom import Classroom
from tests.wire.frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    WITHIN,
    FrameClient,
    client_frame,
    command,
    frame_client,
    signed_in_frames,
    upgrade_request,
)

LONG = 60_000
PINGS = 5_000


async def _answer(client: FrameClient, number: int) -> dict[str, Any]:
    """The ack of a command."""
    async with asyncio.timeout(WITHIN):
        while not (message := await client.receive_text()).startswith(f"43{number}["):
            pass
    answer: dict[str, Any] = json.loads(message.partition("[")[2][:-1])
    return answer


@pytest.mark.parametrize("piece", [1_000, 16_384, 59_999])
async def test_a_long_command_in_fragments(classroom: Classroom, piece: int) -> None:
    """As browsers cut what is long, with pings between the pieces; a short one right behind it."""
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(classroom.server.url, classroom.project, auth) as client:
        whole = f'425["project.roster",{{{" " * LONG}}}]'.encode()
        pieces = [whole[at : at + piece] for at in range(0, len(whole), piece)]
        for at, part in enumerate(pieces):
            is_final = at == len(pieces) - 1
            client.send(TEXT if at == 0 else CONTINUATION, part, is_final=is_final)
            client.send(PING, b"%d" % at)
        client.send_text(command(6, "project.roster"))
        pongs: list[int] = []
        acks: list[tuple[bytes, bool]] = []
        async with asyncio.timeout(WITHIN):
            while len(acks) < 2:
                opcode, payload = await client.receive()
                if opcode == PONG:
                    pongs.append(int(payload))
                elif payload.startswith(b"43"):
                    acks.append((payload[:3], b'{"ok":' in payload))
        assert acks == [(b"435", True), (b"436", True)]
        assert pongs == list(range(len(pieces)))


async def test_one_byte_too_long(classroom: Classroom) -> None:
    """A command over the limit is refused, and the connection goes on; over the limit of messages it ends."""
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(classroom.server.url, classroom.project, auth) as client:
        client.send_text(command(1, "room.leave", room="r" * 132_000), command(2, "project.roster"))
        assert (await _answer(client, 1))["error"]["code"] == "too_large"
        assert "ok" in await _answer(client, 2)
        client.send(BINARY, b"x" * 1_000_001)
        assert all(opcode == CLOSE for opcode, _ in await client.rest())


async def test_a_flood_of_pings(classroom: Classroom) -> None:
    """All are answered for who reads; nobody else notices."""
    bystanders = await Bystanders.enter(classroom)
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(classroom.server.url, classroom.project, auth) as client:
        client.write(*(client_frame(PING, b"%d" % number) for number in range(PINGS)))
        await bystanders.chat()
        pongs: list[int] = []
        while len(pongs) < PINGS:
            opcode, payload = await client.receive()
            if opcode == PONG:
                pongs.append(int(payload))
        assert pongs == list(range(PINGS))
    await bystanders.check()


BAD: dict[str, list[bytes]] = {
    "rsv1": [client_frame(TEXT, b"3", rsv=4)],
    "rsv2": [client_frame(TEXT, b"3", rsv=2)],
    "rsv3": [client_frame(BINARY, b"x", rsv=1)],
    "no UTF-8": [client_frame(TEXT, b"3\xff\xfe")],
    "no UTF-8 in fragments": [client_frame(TEXT, b"3\xc3", is_final=False), client_frame(CONTINUATION, b"(")],
    "unknown opcode": [client_frame(0x3, b"x")],
    "fragmented ping": [client_frame(PING, b"x", is_final=False)],
    "long ping": [client_frame(PING, b"x" * 126)],
    "continuation of nothing": [client_frame(CONTINUATION, b"x")],
    "message inside a message": [client_frame(TEXT, b"3", is_final=False), client_frame(TEXT, b"3")],
    "endless message": [
        client_frame(BINARY, b"x" * 600_000, is_final=False),
        client_frame(CONTINUATION, b"x" * 600_000),
    ],
}

NO_MASK = client_frame(TEXT, b"3", mask=None)


@pytest.mark.parametrize("bad", BAD)
async def test_broken_frames(classroom: Classroom, bad: str) -> None:
    """End the connection that they came on; what is behind them is not taken; the member comes back."""
    await _breaks_off(classroom, BAD[bad])


async def test_frames_without_a_mask(classroom: Classroom, websocket_driver: str) -> None:
    """Picows ends the connection (RFC 6455, 5.1); aiohttp takes them, which harms nobody but their sender."""
    if websocket_driver == "picows":
        await _breaks_off(classroom, [NO_MASK])
        return
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(classroom.server.url, classroom.project, auth) as client:
        client.write(NO_MASK)
        client.send_text(command(1, "project.roster"))
        assert "ok" in await _answer(client, 1)


async def _breaks_off(classroom: Classroom, frames: list[bytes]) -> None:
    bystanders = await Bystanders.enter(classroom)
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(classroom.server.url, classroom.project, auth) as client:
        client.write(*frames)
        client.send_text(command(1, "session.end"))
        assert all(opcode != TEXT for opcode, _ in await client.rest())
    await bystanders.check()
    async with signed_in_frames(classroom.server.url, classroom.project, auth) as client:
        client.send_text(command(2, "project.roster"))
        assert "ok" in await _answer(client, 2)


async def test_the_closing_handshake(classroom: Classroom) -> None:
    """Answered, and the server ends the TCP connection (RFC 6455, 7.1.1); others are told that the member went."""
    teacher = await classroom.enter(classroom.claire)
    auth = await classroom.session(classroom.leo)
    async with signed_in_frames(classroom.server.url, classroom.project, auth) as client:
        await teacher.push("presence", lambda diff: {"member": classroom.leo, "rooms": []} in diff["changes"])
        client.send(CLOSE, b"\x03\xe8")
        frames = await client.rest()
        assert [frame for frame in frames if frame[0] == CLOSE] in ([], [(CLOSE, b"\x03\xe8")])
        assert await client.reader.read() == b""
    await teacher.push("presence", lambda diff: {"member": classroom.leo, "rooms": None} in diff["changes"])


async def test_frames_behind_the_request(classroom: Classroom) -> None:
    """A client that does not wait for the answers: handshake, CONNECT and a command in one write."""
    auth = await classroom.session(classroom.leo)
    path = f"/socket.io/?EIO=4&transport=websocket&project={classroom.project}"
    async with frame_client(classroom.server.url) as client:
        client.write(
            upgrade_request(path),
            client_frame(TEXT, b"40" + json.dumps(auth).encode()),
            client_frame(TEXT, command(1, "project.join").encode()),
            client_frame(TEXT, command(2, "room.join", room=classroom.room).encode()),
        )
        await client.upgraded()
        assert (await client.receive_text()).startswith("0{")
        assert (await client.receive_text()).startswith("40{")
        assert "ok" in await _answer(client, 1)
        assert "ok" in await _answer(client, 2)
