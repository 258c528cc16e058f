"""What an attacker tries by hand: each of these once told, cost or let in more than it should."""

import asyncio
import gzip
import json
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from socket import create_connection
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from rtserver.hub.limits import CONNECTS_RATE
from rtserver.serving import FILES_BESIDES
from tests.wire.classroom import Classroom
from tests.wire.clients import WITHIN
from tests.wire.raw import Ended, RawPolling, RawWebSocket, decoded, query, raw, signed_in
from tests.wire.server import Server, speak

LONG_NAMESPACE = b"40/" + b"a" * 900_000 + b","
NAMESPACES = 60
"""How many such answers nobody reads: fifty megabytes."""

MEMORY_MAX = 30.0
"""Megabytes that a client may have the server hold: what may wait for one socket, and what is under way."""

FILES_MAX = 256
"""Files that a server may open: the usual limit of a shell on some systems."""

FLOOD = 600
"""Connections of one client to it."""

HALF_HEADS = (b"", b"GET /socket.io/?", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST /session HTTP/1.1\r\nX-Long: ")
WHOLE_HEAD = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

BOMB = gzip.compress(b"0" * 50_000_000)


async def _log(classroom: Classroom) -> str:
    """The server's log with all that was written so far: up to the line of somebody who comes in now."""
    before = classroom.server.log().count(classroom.ola)
    await classroom.connect(classroom.ola)
    async with asyncio.timeout(WITHIN):
        while (log := classroom.server.log()).count(classroom.ola) == before:  # noqa: ASYNC110 - a file tells nobody
            await asyncio.sleep(0.01)
    return log


async def _http(server: Server, request: bytes) -> bytes:
    """The answer to a request that no library would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.overrides["port"])
    writer.write(request)
    try:
        async with asyncio.timeout(WITHIN):
            return await reader.readuntil(b"\r\n\r\n")
    finally:
        writer.close()


async def test_who_is_in_the_staff_room_is_for_teachers(classroom: Classroom) -> None:
    """Its id reaches no pupil: neither with a teacher's coming and going nor with the snapshot of a newcomer."""
    teacher, colleague = await classroom.enter(classroom.claire), await classroom.enter(classroom.ewa)
    pupil, visitor = await classroom.enter(classroom.leo), await classroom.enter(classroom.visitor)
    await teacher.join(classroom.staff_room)
    await colleague.push(
        "presence",
        lambda diff: any(
            one["member"] == classroom.claire and classroom.staff_room in (one["rooms"] or ())
            for one in diff["changes"]
        ),
    )
    await teacher.call("room.leave", room=classroom.room)
    gone = {"member": classroom.claire, "rooms": []}
    for reader in (pupil, visitor):
        await reader.push("presence", lambda diff: gone in diff["changes"])
    newcomer = await classroom.connect(classroom.zoe)
    joined = await newcomer.call("project.join")
    told = json.dumps([joined, *((entry.name, entry.value) for one in (pupil, visitor) for entry in one.journal)])
    assert classroom.staff_room not in told
    assert gone in joined["presence"]


async def test_the_log_does_not_let_anybody_in(classroom: Classroom) -> None:
    """Who has the sid of a polling connection can speak in its member's place: the log names connections otherwise."""
    auth = await classroom.session(classroom.leo)
    async with signed_in("polling", classroom.server.url, classroom.project, auth) as connection:
        assert isinstance(connection, RawPolling)
        log = await _log(classroom)
        assert classroom.leo in log
        assert connection._query["sid"] not in log


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nCookie: rt_session_m=%s\x00\r\n\r\n",
        b"GET /api/v1/projects HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\x01\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno header %s: x\r\n\r\n",
        b"GET /%s HTTP/9.9\r\nHost: x\r\n\r\n",
    ],
)
async def test_a_malformed_request_is_not_quoted_in_the_log(classroom: Classroom, request_: bytes) -> None:
    """The line that could not be read may be the one with the cookie or the key; and nobody's address is logged."""
    secret = speak("secret-of-a-malformed-request")
    answer = await _http(classroom.server, request_.replace(b"%s", secret.encode()))
    assert answer.startswith(b"HTTP/1.0 400")
    log = await _log(classroom)
    assert secret not in log
    assert "127.0.0.1" not in log.replace(classroom.server.url, "")


async def test_half_an_upgrade_is_refused(classroom: Classroom) -> None:
    """A WebSocket handshake without its second header is no bug of ours, and nothing of it is kept."""
    asked = urlencode(query(classroom.project, "websocket"))
    answer = await _http(
        classroom.server, f"GET /socket.io/?{asked} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n".encode()
    )
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_one_try_a_connection(classroom: Classroom, transport: str) -> None:
    """A refused CONNECT is the last packet that is taken: a thousand guesses cost a thousand handshakes."""
    good = await classroom.session(classroom.leo)
    bad = {"version": 1, "session": "no-such-session"}
    tries = [b"40" + json.dumps(auth).encode() for auth in (bad, good)]
    async with raw(transport, classroom.server.url, classroom.project) as connection:
        receiving = asyncio.ensure_future(connection.receive())  # the answer waits for a poll half a second
        if isinstance(connection, RawPolling):
            await connection.post(b"\x1e".join(tries))
        else:
            for one in tries:
                await connection.send(one)
        assert decoded(await receiving)["type"] == 4
        with pytest.raises(Ended):
            await connection.receive()


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_flood_of_malformed_packets_is_one_line_in_the_log(classroom: Classroom, transport: str) -> None:
    """A connection ends with its first malformed packet; what was sent behind it is not even looked at."""
    lines = (await _log(classroom)).count("socket.malformed")
    async with raw(transport, classroom.server.url, classroom.project) as connection:
        if isinstance(connection, RawPolling):
            await connection.post(b"\x1e".join([b"4zzz"] * 1000))
        else:
            with suppress(Ended):
                for _ in range(1000):
                    await connection.send(b"4zzz")
        await _until_ended(connection)
    assert (await _log(classroom)).count("socket.malformed") == lines + 1


async def test_answers_that_nobody_reads_are_bounded(classroom: Classroom) -> None:
    """Even those to a client that has not signed in: it is cut when too much waits for it."""
    before = classroom.server.memory()
    async with raw("websocket", classroom.server.url, classroom.project) as connection:
        assert isinstance(connection, RawWebSocket)
        with suppress(Ended, TimeoutError):
            async with asyncio.timeout(WITHIN):
                for _ in range(NAMESPACES):
                    await connection.send(LONG_NAMESPACE)
        await _until_ended(connection)
    assert classroom.server.memory() - before < MEMORY_MAX


async def test_a_second_post_at_the_same_time_is_refused(classroom: Classroom) -> None:
    """Each would be held in memory until it is whole, and its packets would mix with those of the first."""
    auth = await classroom.session(classroom.leo)
    async with signed_in("polling", classroom.server.url, classroom.project, auth) as connection:
        assert isinstance(connection, RawPolling)
        first_is_read = asyncio.Event()

        async def slowly() -> Any:
            yield b"4"
            first_is_read.set()
            await asyncio.Event().wait()

        first = asyncio.ensure_future(connection._http.post(connection._url, params=connection._query, data=slowly()))
        await first_is_read.wait()
        status, code = 200, None
        async with asyncio.timeout(WITHIN):
            while status == 200:  # the server may not have seen the first one yet
                async with connection._http.post(connection._url, params=connection._query, data=b"3") as response:
                    status = response.status
                    if status != 200:
                        code = (await response.json())["error"]["code"]
        assert (status, code) == (400, "malformed")
        first.cancel()
        await asyncio.wait([first])


@pytest.mark.parametrize("path", ["/session", "/session/invitation"])
@pytest.mark.parametrize("body", [BOMB, b"no gzip at all"], ids=["bomb", "garbage"])
async def test_a_compressed_body_is_not_unpacked(server: Server, path: str, body: bytes) -> None:
    """Forty kilobytes that stand for fifty megabytes cost what forty kilobytes cost."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with aiohttp.ClientSession() as http, http.post(server.url + path, data=body, headers=headers) as response:
        assert response.status in (400, 413)
        assert (await response.json())["error"]["code"] in ("malformed", "too_large")


@pytest.mark.one_driver
async def test_a_loop_of_connects_is_told_to_wait(classroom: Classroom) -> None:
    """It costs a handshake each time, and no line of the log; whoever else comes notices nothing."""
    shown = await classroom.session(classroom.leo)
    codes: list[str | None] = []
    answer: dict[str, Any] = {}
    while "too_many_requests" not in codes and len(codes) < 2 * CONNECTS_RATE.burst:  # some more on a slow machine
        async with raw("websocket", classroom.server.url, classroom.project) as connection:
            await connection.send(b"40" + json.dumps(shown).encode())
            answer = decoded(await connection.receive())
            codes.append(answer["data"]["message"] if answer["type"] == 4 else None)
    assert codes[: CONNECTS_RATE.burst] == [None] * CONNECTS_RATE.burst
    assert codes[-1] == "too_many_requests"
    assert answer["data"]["data"]["retry_after"] in (1, 2)
    opened = sum("connection.opened" in line and classroom.leo in line for line in (await _log(classroom)).splitlines())
    assert opened == codes.count(None)


async def _until_ended(connection: RawPolling | RawWebSocket) -> None:
    """Returns when the server has ended the connection."""
    async with asyncio.timeout(WITHIN):
        with suppress(Ended):
            while True:
                await connection.receive()


@contextmanager
def _few_files() -> Iterator[None]:
    """Programs that are started meanwhile may open `FILES_MAX` files. What this process has open stays so."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES_MAX, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.one_driver
@pytest.mark.parametrize("sent", [HALF_HEADS, (WHOLE_HEAD,)], ids=["half-open", "idle"])
async def test_connections_without_end(
    own_server: Callable[..., Server], open_room: Callable[..., Any], sent: tuple[bytes, ...]
) -> None:
    """Of one client, twice as many as the server may open files and more: who is in stays, others come in and write."""
    with _few_files():
        server = await asyncio.to_thread(own_server, as_program=True, connections_max=FILES_MAX - FILES_BESIDES)
    classroom: Classroom = await open_room(server)
    teacher = await classroom.enter(classroom.claire)
    with ExitStack() as flood:
        for number in range(FLOOD):
            one = flood.enter_context(create_connection(("127.0.0.1", server.overrides["port"])))
            with suppress(ConnectionError):  # it was cut already
                one.sendall(sent[number % len(sent)])
        assert (await _http(server, WHOLE_HEAD)).startswith(b"HTTP/1.1 200 ")
        pupil = await classroom.enter(classroom.leo)
        await pupil.call("chat.post", room=classroom.room, text="We are in.", nonce="flooded-1")
        await teacher.push("event", lambda event: event["body"].get("text") == "We are in.")
        assert not teacher.pushes("bye")
    assert '"event": "connections.crowded"' in server.log()
    assert "files.exhausted" not in server.log()
