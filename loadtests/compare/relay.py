"""The least that fans out: no library, no JSON, no rules. What it is measured with is the ceiling of the generator.

Run as `python -m loadtests.compare.relay PORT`; it stops at SIGTERM. It answers what the comparison sends and nothing
else, so it is no server for anybody.
"""

import select
import socket
import sys
from collections.abc import Iterator

from loadtests.compare.signals import SIGNAL_PREFIX
from loadtests.frames import LENGTH_16, LENGTH_64, MASK_BYTES, masked
from loadtests.packets import ACK, CONNECT, EVENT

HOST = "127.0.0.1"
BACKLOG = 1024
RECEIVE_BYTES = 65_536

HANDSHAKE = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: nobody-looks\r\n\r\n"
)
OPEN = b'0{"sid":"relay","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
CONNECTED = b'40{"sid":"relay"}'
JOINED = b'[{"ok":{}}]'
JOIN = b'["room.join",{"room":"'
SIGNAL = b'["room.signal",'
ROOM_MARK = b'"room":"'


class Client:
    """One socket, the room that it is in, and what it has not been told yet."""

    __slots__ = ("connection", "is_upgraded", "number", "rest", "room")

    def __init__(self, connection: socket.socket, number: int) -> None:
        self.connection = connection
        self.number = number
        self.rest = b""
        self.is_upgraded = False
        self.room: Room | None = None


class Room:
    """Its members, and what was said in this turn of the loop, with who said it."""

    __slots__ = ("members", "said")

    def __init__(self) -> None:
        self.members: list[Client] = []
        self.said: list[tuple[Client, bytes]] = []

    def tell(self) -> None:
        """Everybody gets what the others have said, in one write."""
        speakers = {client for client, _ in self.said}
        everything = b"".join([frame for _, frame in self.said])
        for member in self.members:
            data = everything
            if member in speakers:
                data = b"".join([frame for client, frame in self.said if client is not member])
            if data:
                send(member.connection, data)
        self.said.clear()


class Relay:
    """One epoll loop."""

    def __init__(self, port: int) -> None:
        self._listening = socket.create_server((HOST, port), backlog=BACKLOG)
        self._listening.setblocking(False)
        self._epoll = select.epoll()
        self._epoll.register(self._listening, select.EPOLLIN)
        self._clients: dict[int, Client] = {}
        self._rooms: dict[bytes, Room] = {}
        self._count = 0

    def serve(self) -> None:
        """Until the process is ended."""
        while True:
            spoken: set[Room] = set()
            for file, _ in self._epoll.poll():
                if file == self._listening.fileno():
                    self._accept()
                else:
                    self._read(self._clients[file], spoken)
            for room in spoken:
                room.tell()

    def _accept(self) -> None:
        connection, _ = self._listening.accept()
        # Blocking, so that a receiver who is behind holds everybody up instead of being forgotten.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._count += 1
        self._clients[connection.fileno()] = Client(connection, self._count)
        self._epoll.register(connection, select.EPOLLIN)

    def _read(self, client: Client, spoken: set[Room]) -> None:
        try:
            data = client.connection.recv(RECEIVE_BYTES)
        except OSError:
            data = b""
        if not data:
            self._forget(client)
            return
        data = client.rest + data
        if not client.is_upgraded:
            _, end, rest = data.partition(b"\r\n\r\n")
            client.rest = rest if end else data
            if end:
                client.is_upgraded = True
                send(client.connection, HANDSHAKE + server_frame(OPEN))
            return
        used = 0
        for size, payload in _client_frames(data):
            used += size
            self.answer(client, payload, spoken)
        client.rest = data[used:]

    def answer(self, client: Client, payload: bytes, spoken: set[Room]) -> None:
        """Do what a packet asks for; `spoken`: rooms in which something is to be told at the end of the turn."""
        if payload.startswith(EVENT + SIGNAL):
            if client.room is not None:
                fields = payload[len(EVENT + SIGNAL) :].replace(
                    b'","topic', b'","member":"m%06d","topic' % client.number, 1
                )
                client.room.said.append((client, server_frame(SIGNAL_PREFIX + fields)))
                spoken.add(client.room)
        elif payload.startswith(CONNECT):
            send(client.connection, server_frame(CONNECTED))
        elif payload.startswith(EVENT) and JOIN in payload:
            start = payload.index(JOIN)
            name = payload[start + len(JOIN) :].partition(b'"')[0]
            client.room = self._rooms.setdefault(name, Room())
            client.room.members.append(client)
            send(client.connection, server_frame(ACK + payload[len(EVENT) : start] + JOINED))

    def _forget(self, client: Client) -> None:
        del self._clients[client.connection.fileno()]
        self._epoll.unregister(client.connection)
        client.connection.close()
        if client.room is not None:
            client.room.members.remove(client)


def server_frame(payload: bytes) -> bytes:
    """One final text frame of a server, up to 64 kB."""
    size = len(payload)
    if size < LENGTH_16:
        return bytes((0x81, size)) + payload
    return bytes((0x81, LENGTH_16)) + size.to_bytes(2, "big") + payload


def _client_frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The size and the payload of each whole frame."""
    at, end = 0, len(data)
    while end - at >= 2:
        length, start = data[at + 1] & 0x7F, at + 2
        if length == LENGTH_16:
            length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
        elif length == LENGTH_64:
            raise ValueError("a frame that the comparison never sends")
        stop = start + MASK_BYTES + length
        if stop > end:
            return
        yield stop - at, masked(data[start + MASK_BYTES : stop], data[start : start + MASK_BYTES])
        at = stop


def send(connection: socket.socket, data: bytes) -> None:
    """All of it, however long that takes."""
    try:
        connection.sendall(data)
    except OSError:
        pass  # its end is read in due course


if __name__ == "__main__":
    Relay(int(sys.argv[1])).serve()
