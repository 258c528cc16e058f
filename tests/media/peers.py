"""Peers of a media port for the tests: one of bare parts that can do wrong, and a receiver that writes down."""

import asyncio
import socket
import struct
from collections.abc import Callable

import pylibsrtp
from aioice import stun
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES
from OpenSSL import SSL

from media.port import MediaPort
from media.sdp import Peer
from media.transport import Transport

DATAGRAM_MAX = 4096


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Recorder:
    """A receiver that writes down what comes, and wakes who waits for it."""

    def __init__(self) -> None:
        self.connections = 0
        self.rtp: list[bytes] = []
        self.rtcp: list[bytes] = []
        self.reasons: list[str] = []
        self._changed = asyncio.Event()

    def connected(self) -> None:
        self.connections += 1
        self._changed.set()

    def received_rtp(self, packet: bytes, now: float) -> None:
        self.rtp.append(packet)
        self._changed.set()

    def received_rtcp(self, packet: bytes, now: float) -> None:
        self.rtcp.append(packet)
        self._changed.set()

    def lost(self, reason: str) -> None:
        self.reasons.append(reason)
        self._changed.set()

    async def until(self, condition: Callable[["Recorder"], object]) -> None:
        """Wait until it is so."""
        while not condition(self):
            self._changed.clear()
            await self._changed.wait()


async def until(condition: Callable[[], object]) -> None:
    """Let the loop go on until it is so."""
    while not condition():  # noqa: ASYNC110 the condition is changed by callbacks of the loop, which set no event
        await asyncio.sleep(0)


def rtp(sequence: int, ssrc: int = 1, payload: bytes = b"payload", payload_type: int = 96) -> bytes:
    """An RTP packet."""
    return struct.pack("!BBHII", 0x80, payload_type, sequence & 0xFFFF, sequence * 3000 & 0xFFFFFFFF, ssrc) + payload


def receiver_report(ssrc: int = 1) -> bytes:
    """An RTCP packet: an empty receiver report."""
    return struct.pack("!BBHI", 0x80, 201, 1, ssrc)


class BarePeer:
    """A peer of bare parts: connectivity checks by aioice, DTLS by pyOpenSSL, SRTP by pylibsrtp, a socket."""

    def __init__(self, address: tuple[str, int], bind: str = "127.0.0.1", tcp: bool = False) -> None:
        self.certificate = RTCCertificate.generateCertificate()
        self.ufrag, self.password = "peer", "p" * 24
        self.is_tcp = tcp
        self.server = address
        self.bind = bind
        self.socket = self.new_socket()
        self.received: list[bytes] = []
        self.ssl = SSL.Connection(self.certificate._create_ssl_context(srtp_profiles=SRTP_PROFILES))
        self.ssl.set_connect_state()
        self.tx: pylibsrtp.Session
        self.rx: pylibsrtp.Session
        self._stream = b""

    def new_socket(self) -> socket.socket:
        """Another address: as when a phone goes from one network to another."""
        family = socket.AF_INET6 if ":" in self.bind else socket.AF_INET
        new = socket.socket(family, socket.SOCK_STREAM if self.is_tcp else socket.SOCK_DGRAM)
        new.bind((self.bind, 0))
        new.connect(self.server)
        new.setblocking(False)
        return new

    @property
    def peer(self) -> Peer:
        """Itself as an offer describes it."""
        fingerprints = tuple((each.algorithm, each.value) for each in self.certificate.getFingerprints())
        return Peer(self.ufrag, self.password, fingerprints)

    def close(self) -> None:
        self.socket.close()

    # --- Datagrams or frames ---

    def send(self, data: bytes) -> None:
        if self.is_tcp:
            data = len(data).to_bytes(2, "big") + data
        self.socket.send(data)

    async def receive(self) -> bytes:
        loop = asyncio.get_running_loop()
        if not self.is_tcp:
            return await loop.sock_recv(self.socket, DATAGRAM_MAX)
        while len(self._stream) < 2 or len(self._stream) < 2 + int.from_bytes(self._stream[:2], "big"):
            more = await loop.sock_recv(self.socket, 65_536)
            if not more:
                raise ConnectionResetError
            self._stream += more
        end = 2 + int.from_bytes(self._stream[:2], "big")
        frame, self._stream = self._stream[2:end], self._stream[end:]
        return frame

    # --- ICE ---

    def check(
        self,
        transport: Transport,
        nominate: bool = True,
        password: str | None = None,
        username: str | None = None,
        controlled: bool = False,
    ) -> bytes:
        """A connectivity check."""
        message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        message.attributes["USERNAME"] = username or f"{transport.local.ufrag}:{transport.peer.ufrag}"
        message.attributes["PRIORITY"] = 1
        message.attributes["ICE-CONTROLLED" if controlled else "ICE-CONTROLLING"] = 7
        if nominate:
            message.attributes["USE-CANDIDATE"] = None
        message.add_message_integrity((password or transport.local.password).encode())
        return bytes(message)

    async def find(self, transport: Transport, nominate: bool = True) -> stun.Message:
        """Send a check, and return its answer."""
        self.send(self.check(transport, nominate))
        while True:
            data = await self.receive()
            if data[0] < 4:
                message = stun.parse_message(data)
                assert message.check_message_integrity(transport.local.password.encode())
                return message
            self.received.append(data)

    # --- DTLS and SRTP ---

    async def connect(self, transport: Transport) -> None:
        """Check, shake hands, derive keys."""
        response = await self.find(transport)
        assert response.message_class is stun.Class.RESPONSE
        await self.shake_hands()

    async def shake_hands(self) -> None:
        while True:
            try:
                self.ssl.do_handshake()
            except SSL.WantReadError:
                self._flush()
            else:
                break
            data = await self.receive()
            if 20 <= data[0] < 64:
                self.ssl.bio_write(data)
        self._flush()
        name = self.ssl.get_selected_srtp_profile()
        profile = next(each for each in SRTP_PROFILES if each.openssl_profile == name)
        size = 2 * (profile.key_length + profile.salt_length)
        material = self.ssl.export_keying_material(b"EXTRACTOR-dtls_srtp", size)

        def session(side: int, kind: int) -> pylibsrtp.Session:
            key = profile.get_key_and_salt(material, side)
            return pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=kind, srtp_profile=profile.libsrtp_profile))

        self.tx = session(0, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
        self.rx = session(1, pylibsrtp.Policy.SSRC_ANY_INBOUND)

    def say_goodbye(self) -> None:
        """close_notify."""
        self.ssl.shutdown()
        self._flush()

    async def receive_rtp(self) -> bytes:
        """The next RTP packet, decrypted."""
        while True:
            data = await self.receive()
            if data[0] & 0xC0 == 0x80 and not 192 <= data[1] < 224:
                return self.rx.unprotect(data)

    async def receive_rtcp(self) -> bytes:
        """The next RTCP packet, decrypted."""
        while True:
            data = await self.receive()
            if data[0] & 0xC0 == 0x80 and 192 <= data[1] < 224:
                return self.rx.unprotect_rtcp(data)

    def _flush(self) -> None:
        try:
            self.send(self.ssl.bio_read(DATAGRAM_MAX))
        except SSL.WantReadError:
            return


async def connected(port: MediaPort, peer: BarePeer) -> tuple[Transport, Recorder]:
    """A transport that is ready, and what its receiver wrote down."""
    recorder = Recorder()
    transport = port.transport(peer.peer, recorder)
    await peer.connect(transport)
    await recorder.until(lambda it: it.connections)
    return transport, recorder


async def arrives(peer: BarePeer, recorder: Recorder, sequence: int) -> None:
    """A packet of the peer comes to its receiver."""
    peer.send(peer.tx.protect(rtp(sequence)))
    await recorder.until(lambda it: it.rtp and it.rtp[-1] == rtp(sequence))
