"""A real coturn with the configuration that is shipped, and a client that speaks TURN to it (RFC 8656)."""

import asyncio
import shutil
import signal
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from hashlib import md5
from pathlib import Path
from typing import Any

from aioice import stun

from loadtests.topology.process import free_port
from tests.rtserver.certificates import Authority
from tests.wire.server import END_WITHIN, ROOT, START_WITHIN

CONFIGURATION = ROOT / "deploy" / "coturn" / "turnserver.conf"
REALM = "turn.example.org"
"""As the configuration has it."""

HOSTS = ("127.0.0.1", "::1")

READY = b"Total General servers"
"""coturn says so when it listens everywhere."""

RESEND_AFTER = 0.5
RESENDS = 60
"""RFC 8489, 6.2.1: over UDP a request is said again until it is answered, on a busy machine for half a minute."""

UDP_TRANSPORT = 17 << 24
IPV4_FAMILY, IPV6_FAMILY = 1 << 24, 2 << 24

# An attribute of RFC 8656 that aioice does not know.
stun.ATTRIBUTES_BY_NAME.setdefault(
    "REQUESTED-ADDRESS-FAMILY", (0x0017, "REQUESTED-ADDRESS-FAMILY", stun.pack_unsigned, stun.unpack_unsigned)
)


class Coturn:
    """A TURN server on loopback. Only what is called "yours" in the configuration is given otherwise.

    `secret` None: as it is when nobody has set one. `allowed`: peers that would be denied.
    """

    def __init__(self, folder: Path, authority: Authority, secret: str | None, allowed: Iterable[str] = ()) -> None:
        self.port, self.tls_port = free_port(), free_port()
        self.authority = authority
        certificate, key = authority.issue(folder, "turn")
        program = shutil.which("turnserver")
        assert program is not None, "coturn is not installed: run tools/system-packages"
        self.command = [
            *(program, "-c", str(CONFIGURATION)),
            *(f"--listening-ip={host}" for host in HOSTS),
            f"--listening-port={self.port}",
            f"--tls-listening-port={self.tls_port}",
            f"--cert={certificate}",
            f"--pkey={key}",
            f"--pidfile={folder / 'pid'}",
            f"--userdb={folder / 'users'}",  # else it would take that of a coturn installed here
            "--allow-loopback-peers",  # coturn's own rule comes before ours
            *(f"--allowed-peer-ip={peer}" for peer in allowed),
            *(() if secret is None else (f"--static-auth-secret={secret}",)),
        ]
        self.log: list[bytes] = []
        self._is_ready = threading.Event()
        self._process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._is_ready.wait(START_WITHIN) or self._process.poll() is not None:
            self.stop()
            raise AssertionError(f"coturn did not start: {self.text()}")

    def urls(self) -> tuple[str, ...]:
        """What a client would be told of it."""
        host = HOSTS[0]
        return (
            f"turn:{host}:{self.port}?transport=udp",
            f"turn:{host}:{self.port}?transport=tcp",
            f"turns:{host}:{self.tls_port}?transport=tcp",
        )

    def text(self) -> str:
        """Everything that it has logged."""
        return b"".join(self.log).decode(errors="replace")

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self.log.append(line)
                if READY in line:
                    self._is_ready.set()
        self._is_ready.set()  # it ended; whoever waits looks


class Datagrams(asyncio.DatagramProtocol):
    """What comes in by UDP."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received.put_nowait(data)


class TurnClient:
    """One connection to a TURN server. `request` authenticates by itself, as a browser does."""

    def __init__(self, username: str, password: str, send: Any, receive: Any, is_reliable: bool) -> None:
        self._username, self._password = username, password
        self._send, self._receive = send, receive
        self._is_reliable = is_reliable
        self._nonce: bytes | None = None
        self.data: list[tuple[tuple[str, int], bytes]] = []
        """What came from peers meanwhile."""

    async def request(self, method: stun.Method, **attributes: Any) -> stun.Message:
        """The answer, a refusal too. `_` in the names of attributes stands for `-`."""
        answer = await self.ask(method, **attributes)
        if self._nonce is None and answer.error_code == 401:
            assert answer.attributes["REALM"] == REALM
            self._nonce = answer.attributes["NONCE"]
            answer = await self.ask(method, **attributes)
        return answer

    async def allocate(self, family: int = IPV4_FAMILY) -> stun.Message:
        """A relay address."""
        return await self.request(
            stun.Method.ALLOCATE, REQUESTED_TRANSPORT=UDP_TRANSPORT, REQUESTED_ADDRESS_FAMILY=family
        )

    async def give_back(self) -> None:
        """End the allocation: else whoever gets our port next would be taken for us (RFC 8656, 7)."""
        if self._nonce is not None:
            await self.request(stun.Method.REFRESH, LIFETIME=0)

    async def permit(self, peer: str) -> int | None:
        """Ask that this peer may be reached: the code of the refusal, or None."""
        answer = await self.request(stun.Method.CREATE_PERMISSION, XOR_PEER_ADDRESS=(peer, 40_000))
        return answer.error_code

    async def send(self, peer: tuple[str, int], data: bytes) -> None:
        """Have data sent to a peer. Not answered."""
        attributes = {"XOR-PEER-ADDRESS": peer, "DATA": data}
        await self._send(bytes(stun.Message(stun.Method.SEND, stun.Class.INDICATION, attributes=attributes)))

    async def receive_data(self) -> tuple[tuple[str, int], bytes]:
        """What came from a peer."""
        while not self.data:
            self._take(await self._receive())
        return self.data.pop(0)

    async def ask(self, method: stun.Method, **attributes: Any) -> stun.Message:
        """One answer, whatever it is."""
        request = stun.Message(method, stun.Class.REQUEST)
        request.attributes.update({name.replace("_", "-"): value for name, value in attributes.items()})
        if self._nonce is not None:
            request.attributes.update({"USERNAME": self._username, "REALM": REALM, "NONCE": self._nonce})
            # RFC 8489, 9.2.2: MD5 is the protocol's.
            request.add_message_integrity(md5(f"{self._username}:{REALM}:{self._password}".encode()).digest())
        else:
            request.add_fingerprint()
        for _ in range(RESENDS):
            await self._send(bytes(request))
            try:
                async with asyncio.timeout(RESEND_AFTER * (RESENDS if self._is_reliable else 1)):
                    while (answer := self._take(await self._receive())) is None or (
                        answer.transaction_id != request.transaction_id
                    ):
                        pass
                    return answer
            except TimeoutError:
                assert not self._is_reliable, "no answer"
        raise AssertionError("no answer")

    def _take(self, received: bytes) -> stun.Message | None:
        message = stun.parse_message(received)
        if message.message_class is stun.Class.INDICATION:
            self.data.append((message.attributes["XOR-PEER-ADDRESS"], message.attributes["DATA"]))
            return None
        return message


@asynccontextmanager
async def turn_client(server: Coturn, by: str, username: str, password: str) -> AsyncIterator[TurnClient]:
    """A client that reaches the server by `udp`, `tcp` or `tls`."""
    if by == "udp":
        loop = asyncio.get_running_loop()
        transport, datagrams = await loop.create_datagram_endpoint(Datagrams, remote_addr=(HOSTS[0], server.port))

        async def send_datagram(data: bytes) -> None:
            transport.sendto(data)

        try:
            client = TurnClient(username, password, send_datagram, datagrams.received.get, is_reliable=False)
            yield client
            await client.give_back()
        finally:
            transport.close()
        return
    context: ssl.SSLContext | None = server.authority.context if by == "tls" else None
    reader, writer = await asyncio.open_connection(HOSTS[0], server.tls_port if context else server.port, ssl=context)

    async def send(data: bytes) -> None:
        writer.write(data)
        await writer.drain()

    async def receive() -> bytes:
        header = await reader.readexactly(stun.HEADER_LENGTH)
        return header + await reader.readexactly(int.from_bytes(header[2:4], "big"))

    try:
        yield TurnClient(username, password, send, receive, is_reliable=True)
    finally:
        writer.close()
        await writer.wait_closed()
