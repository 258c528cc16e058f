"""A peer against a server of a few lines, which says what a real one says only seldom."""

import base64
import hashlib
import os
import socket
from collections.abc import Callable, Iterator

import pytest
from msgspec import Raw

from loadtests import packets
from loadtests.frames import masked
from loadtests.loop import Loop
from loadtests.peer import Address, Peer, SharedChunks
from rooms.messages import ConnectAuth, ProjectJoin

DEADLINE = 10.0


class Notes:
    """Takes down what a peer tells."""

    def __init__(self) -> None:
        self.said: list[tuple[str, object]] = []

    def opened(self, peer: Peer) -> None:
        self.said.append(("opened", None))

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        self.said.append((name, bytes(payload)))

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        self.said.append(("ack", number))

    def closed(self, peer: Peer, reason: str) -> None:
        self.said.append(("closed", reason))


class Stage:
    """A peer in its loop, and the other end of its connection."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._listening.settimeout(DEADLINE)
        self.loop = Loop()
        self.notes = Notes()
        address = Address("127.0.0.1", self._listening.getsockname()[1])
        self.peer = Peer(address, "p_1", ConnectAuth(version=1, session="s"), self.notes)
        self.loop.add(self.peer)
        self.end, _ = self._listening.accept()
        self.end.setblocking(False)
        self._received = b""

    def close(self) -> None:
        self.loop.close()
        self.end.close()
        self._listening.close()

    def until(self, count: int) -> list[tuple[str, object]]:
        """What was told, once it is `count` things."""
        assert self.loop.run(lambda: len(self.notes.said) >= count, DEADLINE)
        return self.notes.said

    def request(self) -> dict[str, str]:
        """The peer's WebSocket handshake."""
        self._receive_until(lambda: b"\r\n\r\n" in self._received)
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        return {"": lines[0]} | dict(line.split(": ", 1) for line in lines[1:])

    def upgrade(self, more: bytes = b"") -> None:
        """Answer the handshake; `more` comes with the answer."""
        key = self.request()["Sec-WebSocket-Key"].encode()
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
        accept = base64.b64encode(digest)
        self.end.sendall(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n" + more)

    def frames(self, count: int) -> list[tuple[int, bytes]]:
        """The next frames of the peer, unmasked."""
        found: list[tuple[int, bytes]] = []

        def enough() -> bool:
            while len(self._received) >= 6 and len(self._received) >= 6 + (size := self._received[1] & 0x7F):
                assert self._received[1] & 0x80, "a client's frame is masked"
                assert size < 126
                frame, self._received = self._received[: 6 + size], self._received[6 + size :]
                found.append((frame[0], masked(frame[6:], frame[2:6])))
            return len(found) >= count

        self._receive_until(enough)
        return found

    def say(self, *messages: bytes) -> None:
        for message in messages:
            self.end.sendall(bytes((0x81, len(message))) + message)

    def _receive_until(self, enough: Callable[[], bool]) -> None:
        def look() -> bool:
            try:
                self._received += self.end.recv(65_536)
            except BlockingIOError:
                pass
            return enough()

        # The peer's bytes are on the loopback at once; its loop only has to be turned for it to write them.
        while not look():
            self.loop.turn(0)


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.close()


def test_the_handshake_names_the_project_and_no_token(stage: Stage) -> None:
    request = stage.request()
    assert request[""] == "GET /socket.io/?EIO=4&transport=websocket&project=p_1 HTTP/1.1"
    assert request["Upgrade"] == "websocket"
    assert len(base64.b64decode(request["Sec-WebSocket-Key"])) == 16


def test_from_open_to_an_ack(stage: Stage) -> None:
    """Packets that come in one piece with the answer to the handshake are read, too."""
    stage.upgrade(b'\x81\x0c0{"sid":"a"}')
    [(first, connect)] = stage.frames(1)
    assert first == 0x81
    assert connect.startswith(b'40{"version":1')
    assert b'"session":"s"' in connect
    stage.say(b'40{"sid":"b"}')
    assert stage.until(1) == [("opened", None)]
    number = stage.peer.ask(ProjectJoin())
    [(_, command)] = stage.frames(1)
    assert command == b'42%d["project.join",{"position":null}]' % number
    stage.say(b'42["presence",{}]', b'43%d[{"ok":{}}]' % number)
    assert stage.until(3)[1:] == [("presence", b"{}"), ("ack", number)]


def test_pings_are_answered(stage: Stage) -> None:
    """That of Engine.IO and that of WebSocket."""
    stage.upgrade()
    stage.say(b"2")
    stage.end.sendall(b"\x89\x02hi")
    assert stage.frames(2) == [(0x81, b"3"), (0x8A, b"hi")]


def test_a_bye_is_the_reason(stage: Stage) -> None:
    stage.upgrade()
    stage.say(b'42["bye",{"code":"session_ended"}]', b"41")
    assert stage.until(2)[1] == ("closed", 'the server ended the connection: {"code":"session_ended"}')
    assert stage.peer.is_closed


def test_a_refusal_is_the_reason(stage: Stage) -> None:
    stage.upgrade()
    stage.say(b'44{"message":"ticket_invalid"}')
    assert stage.until(1) == [("closed", 'refused: {"message":"ticket_invalid"}')]


def test_no_websocket_there(stage: Stage) -> None:
    stage.request()
    stage.end.sendall(b"HTTP/1.1 404 Not Found\r\n\r\nnothing here")
    [(what, reason)] = stage.until(1)
    assert what == "closed"
    assert "404 Not Found" in str(reason)


def test_an_answer_to_somebody_elses_key(stage: Stage) -> None:
    stage.request()
    stage.end.sendall(b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: AAAA\r\n\r\n")
    [(what, reason)] = stage.until(1)
    assert (what, "does not fit" in str(reason)) == ("closed", True)


def test_the_server_hangs_up(stage: Stage) -> None:
    stage.upgrade()
    stage.end.close()
    assert stage.until(1) == [("closed", "the server closed the connection")]


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = Address("127.0.0.1", unused.getsockname()[1])
        loop, notes = Loop(), Notes()
        loop.add(Peer(address, "p_1", ConnectAuth(version=1), notes))
        assert loop.run(lambda: bool(notes.said), DEADLINE)
        loop.close()
    assert notes.said == [("closed", "Connection refused")]


def test_more_than_the_socket_takes_waits_its_turn(stage: Stage) -> None:
    """What does not fit is written later, in order, when the other side reads on."""
    stage.upgrade()
    stage.frames(0)
    with socket.socket(fileno=os.dup(stage.peer.fileno())) as same:
        same.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    stage.end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    count = 1_500
    numbers = [stage.peer.ask(ProjectJoin()) for _ in range(count)]
    assert stage.peer.has_backlog
    got = b"".join(payload for _, payload in stage.frames(count))
    assert got == b"".join(b'42%d["project.join",{"position":null}]' % number for number in numbers)
    assert not stage.peer.has_backlog


def test_the_loop_turns_until_its_time_is_over() -> None:
    loop = Loop()
    assert not loop.run(lambda: False, 0.001)
    loop.close()


def test_a_paused_peer_reads_nothing(stage: Stage) -> None:
    stage.upgrade()
    stage.say(b'42["presence",{}]')
    stage.until(1)
    stage.peer.pause()
    stage.say(b'42["presence",{}]')
    stage.loop.turn(0)
    assert len(stage.notes.said) == 1
    stage.peer.resume()
    assert len(stage.until(2)) == 2


def test_a_paused_peer_does_not_notice_the_end_until_it_reads(stage: Stage) -> None:
    stage.upgrade()
    stage.say(b'42["presence",{}]')
    stage.until(1)
    stage.peer.pause()
    stage.end.close()
    stage.loop.turn(0)
    assert not stage.peer.is_closed
    stage.peer.resume()
    assert stage.until(2)[1] == ("closed", "the server closed the connection")


def test_what_one_peer_has_read_is_known_to_all() -> None:
    shared = SharedChunks()
    chunk = bytes((0x81, 17)) + b'42["presence",{}]'
    known = packets.decode(chunk[2:])
    shared.put(chunk, [known])
    assert shared.get(chunk) == [known]
    shared.put(b"ack", [packets.decode(b'431[{"ok":{}}]')])
    assert shared.get(b"ack") is None, "an ack is one peer's own"


def test_a_close_frame_behind_a_message(stage: Stage) -> None:
    stage.upgrade()
    stage.end.sendall(bytes((0x81, 17)) + b'42["presence",{}]' + b"\x88\x00")
    assert stage.until(2) == [("presence", b"{}"), ("closed", "the server closed the WebSocket")]


def test_a_command_without_an_answer(stage: Stage) -> None:
    stage.upgrade()
    stage.peer.tell(ProjectJoin())
    assert stage.frames(1) == [(0x81, b'42["project.join",{"position":null}]')]
