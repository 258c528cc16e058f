"""One media association with a peer: ICE-lite (RFC 8445, section 2.5), DTLS passive, SRTP.

A `Transport` lives on a `MediaPort`, which finds out whose a datagram is. What it receives goes to its `Receiver`
synchronously, without task or queue per packet; what it sends is protected in place in a buffer that all transports of
a port share.
"""

import logging
import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import Any, Protocol

from msgspec import Struct
from OpenSSL import SSL

from media.dtls import CLOSED, Dtls, DtlsFailed
from media.sdp import Local, Peer
from media.srtp import (
    AUTHENTICATION_FAILED,
    PACKET_MAX,
    REPLAYED,
    Context,
    Keys,
    PacketBuffer,
    protect,
    protect_rtcp,
    unprotect,
    unprotect_rtcp,
)
from media.tcp_framing import LENGTH_BYTES, TcpConnection

logger = logging.getLogger(__name__)

SETUP_DEADLINE = 30.0
"""Seconds from the answer until a peer must be connected: browsers give up their checks after 15 to 30."""

HANDSHAKE_DEADLINE = 15.0
"""Seconds that a DTLS handshake may take: four retransmissions (1, 2, 4, 8 s; RFC 6347, section 4.2.4.1)."""

SILENCE_MAX = 30.0
"""Seconds without anything authentic until a peer is given up: what consent lasts (RFC 7675, section 5.1)."""

PATHS_MAX = 4
"""Addresses that a peer may send from: it tries a few when its network changes."""

SSRCS_MAX = 64
"""SSRCs that a peer may send with, as libsrtp keeps a state for each. Three tracks with layers and RTX have ten."""

SSRC_FIELD = slice(8, 12)
"""Where an RTP packet has its SSRC (RFC 3550, section 5.1)."""

SENDER_FIELD = slice(4, 8)
"""Where an RTCP packet has that of its sender (RFC 3550, section 6.4)."""

RTCP_TYPES = range(192, 224)
"""What the second byte of RTCP is (RFC 5761, section 4)."""

RTCP_HEADER_LENGTH = 8

Address = tuple[Any, ...]
"""What `recvfrom` gives: host and port, and for IPv6 flow and scope."""

Path = Address | TcpConnection
"""Where a peer sends from, and is sent to."""


class Loss(StrEnum):
    """Why a transport ended by itself. Those of `media.dtls` come in addition."""

    NEVER_CONNECTED = "never_connected"
    SLOW_HANDSHAKE = "slow_handshake"
    SILENT = "silent"
    FAILED = "failed"


class Receiver(Protocol):
    """Who gets what a transport receives. An exception that it raises ends this transport, and no other."""

    def connected(self) -> None:
        """The peer is who its offer said; packets may be sent."""
        ...

    def received_rtp(self, packet: bytes, now: float) -> None:
        """An RTP packet, decrypted and authentic, not a replay; at least 12 bytes."""
        ...

    def received_rtcp(self, packet: bytes, now: float) -> None:
        """A compound RTCP packet, decrypted and authentic; at least 8 bytes."""
        ...

    def lost(self, reason: str) -> None:
        """The transport has ended by itself; at most once. It is closed."""
        ...


class Shared(Struct, frozen=True, eq=False):
    """What the transports of a port have in common.

    `inbound` holds the datagram that is being received. `forget_path` and `forget` tell the port that a path, or the
    whole transport, is not ours any more.
    """

    context: SSL.Context
    fingerprint: str
    inbound: PacketBuffer
    outbound: PacketBuffer
    control: PacketBuffer
    dropped: dict[str, int]
    sendto: Callable[[Any, Address], int]
    forget_path: Callable[[Path], None]
    forget: Callable[["Transport"], None]


class Credentials(Struct, eq=False):
    """What connectivity checks for a transport are signed with. `username` is "ours:theirs" (RFC 8445, 7.2.2)."""

    transport: "Transport"
    username: bytes
    password: bytes


class Transport:
    """See the module. `receiver` may be replaced; `last_heard` is when something authentic came."""

    __slots__ = (
        "__weakref__",
        "_begun",
        "_connection",
        "_created",
        "_dtls",
        "_inbound_keys",
        "_is_closed",
        "_outbound",
        "_outbound_keys",
        "_path",
        "_paths",
        "_shared",
        "_ssrcs",
        "credentials",
        "is_ready",
        "last_heard",
        "local",
        "peer",
        "receiver",
    )

    def __init__(self, shared: Shared, peer: Peer, receiver: Receiver, now: float) -> None:
        self._shared = shared
        self.peer = peer
        self.receiver = receiver
        self.is_ready = False
        self.last_heard = now
        self._created = now
        self._begun: float | None = None
        self._dtls: Dtls | None = None
        self._inbound_keys: Keys | None = None
        self._outbound_keys: Keys | None = None
        self._outbound: Context | None = None  # None too while there is no path to send on
        self._ssrcs: set[bytes] = set()
        self._path: Path | None = None
        self._connection: TcpConnection | None = None  # the path, when it is one of TCP
        self._paths: list[Path] = []
        self._is_closed = False
        self.local, self.credentials = self._new_credentials(peer)

    # --- Sending ---

    def send_buffered(self, length: int) -> None:
        """Protect the RTP packet in the first `length` bytes of the port's `outbound.view`, and send it."""
        outbound = self._outbound
        if outbound is None or length > PACKET_MAX:
            self._count("not_sent")
            return
        shared = self._shared
        buffer = shared.outbound
        size = buffer.length
        size[0] = length
        if protect(outbound, buffer.pointer, size):
            self._count("not_protected")
            return
        if self._connection is None:
            try:
                shared.sendto(buffer.view[: size[0]], self._path)  # type: ignore[arg-type]
            except OSError as error:
                self._send_failed(error)
        else:
            self._send_framed(buffer)

    def send_rtp(self, packet: bytes) -> None:
        """Send an RTP packet that is not in the buffer yet."""
        length = len(packet)
        if length > PACKET_MAX:
            self._count("not_sent")
            return
        self._shared.outbound.view[:length] = packet
        self.send_buffered(length)

    def send_rtcp(self, packet: bytes) -> None:
        """Send a compound RTCP packet. Leaves the `outbound` buffer as it is."""
        length = len(packet)
        if self._outbound is None or length > PACKET_MAX:
            self._count("not_sent")
            return
        buffer = self._shared.control
        buffer.view[:length] = packet
        buffer.length[0] = length
        if protect_rtcp(self._outbound, buffer.pointer, buffer.length):
            self._count("not_protected")
            return
        if self._connection is not None:
            self._send_framed(buffer)
        else:
            self._send_plain(buffer.buffer[: buffer.length[0]])

    def close(self) -> None:
        """End it from our side; the receiver hears nothing more."""
        if self._is_closed:
            return
        if self._dtls is not None:
            self._dtls.close()
            self._flush()
        self._end()

    # --- For the port ---

    def has_same_identity(self, peer: Peer) -> bool:
        """Whether an offer is of the same DTLS association: then restart its ICE, else a new transport is needed."""
        return set(peer.fingerprints) == set(self.peer.fingerprints)

    def renew(self, peer: Peer) -> list[Credentials]:
        """Change to new ICE credentials. The old ones are good until a path is chosen with the new (RFC 8445, 9).

        Returns those that are not good any more.
        """
        previous = self.credentials
        self.peer = peer
        self.local, added = self._new_credentials(peer)
        self.credentials = [previous[-1], *added]
        return previous[:-1]

    def settle(self, credentials: Credentials) -> list[Credentials]:
        """A path was chosen with these credentials. Returns those that are not good any more."""
        if credentials is not self.credentials[-1]:
            return []
        outdated, self.credentials = self.credentials[:-1], [credentials]
        return outdated

    def checked(self, path: Path, nominated: bool, now: float) -> None:
        """An authenticated connectivity check has come by this path."""
        self.last_heard = now
        if path not in self._paths:
            if len(self._paths) == PATHS_MAX:
                oldest = next(each for each in self._paths if each != self._path)
                self._paths.remove(oldest)
                self._shared.forget_path(oldest)
            self._paths.append(path)
        if path != self._path and (nominated or self._path is None):
            self._use(path)

    def forget_path(self, path: Path) -> None:
        """This path is gone. Without one, nothing is sent until the peer finds another."""
        if path in self._paths:
            self._paths.remove(path)
        if path == self._path:
            self._use(None)

    def receive_media(self, length: int, now: float) -> None:
        """An SRTP or SRTCP packet stands in the port's `inbound` buffer."""
        keys = self._inbound_keys
        if keys is None:
            self._count("srtp_early")
            return
        buffer = self._shared.inbound
        size = buffer.length
        size[0] = length
        if buffer.view[1] in RTCP_TYPES:
            self._receive_rtcp(keys, now)
            return
        status = unprotect(keys.context, buffer.pointer, size)
        if status:
            self._refused(status)
            return
        packet: bytes = buffer.buffer[: size[0]]
        if packet[SSRC_FIELD] not in self._ssrcs and not self._admit(packet[SSRC_FIELD]):
            return
        self.last_heard = now
        try:
            self.receiver.received_rtp(packet, now)
        except Exception as error:  # noqa: BLE001 a mistake of ours that one peer has found: others go on
            self._receiver_failed(error)

    def receive_dtls(self, datagram: bytes, now: float) -> None:
        """A datagram of DTLS has come by one of our paths."""
        if self._dtls is None:
            self._dtls = Dtls(self._shared.context, self.peer.fingerprints)
            self._begun = now
        try:
            self._dtls.receive(datagram)
            self._flush()
            if self._dtls.is_done and not self.is_ready:
                self._become_ready(self._dtls, now)
        except DtlsFailed as failure:
            self._flush()
            self.lose(str(failure))

    def tick(self, now: float) -> None:
        """Look after deadlines and retransmissions."""
        if self.is_ready:
            if now - self.last_heard > SILENCE_MAX:
                self.lose(Loss.SILENT)
        elif now - self._created > SETUP_DEADLINE:
            self.lose(Loss.NEVER_CONNECTED)
        elif self._begun is not None and now - self._begun > HANDSHAKE_DEADLINE:
            self.lose(Loss.SLOW_HANDSHAKE)
        elif self._dtls is not None:
            try:
                self._dtls.retransmit()
                self._flush()
            except DtlsFailed as failure:
                self.lose(str(failure))

    def lose(self, reason: str) -> None:
        """It has ended by itself: tell the receiver."""
        if self._is_closed:
            return
        if reason != CLOSED:
            self._count(reason)
        self._end()
        try:
            self.receiver.lost(reason)
        except Exception:
            logger.exception("a receiver failed as its transport ended")

    # --- Inside ---

    def _new_credentials(self, peer: Peer) -> tuple[Local, list[Credentials]]:
        """RFC 8445, section 5.3: at least 24 bits for the fragment, 128 for the password."""
        local = Local(secrets.token_hex(6), secrets.token_hex(16), self._shared.fingerprint)
        username = f"{local.ufrag}:{peer.ufrag}".encode()
        return local, [Credentials(self, username, local.password.encode())]

    def _use(self, path: Path | None) -> None:
        """Send on this path from now on."""
        self._path = path
        self._connection = path if isinstance(path, TcpConnection) else None
        self._outbound = self._outbound_keys.context if self._outbound_keys is not None and path is not None else None

    def _become_ready(self, dtls: Dtls, now: float) -> None:
        self._inbound_keys, self._outbound_keys = dtls.keys()
        self._use(self._path)
        self.is_ready = True
        self.last_heard = now
        try:
            self.receiver.connected()
        except Exception as error:  # noqa: BLE001 a mistake of ours that one peer has found: others go on
            self._receiver_failed(error)

    def _receive_rtcp(self, keys: Keys, now: float) -> None:
        buffer = self._shared.inbound
        status = unprotect_rtcp(keys.context, buffer.pointer, buffer.length)
        if status:
            self._refused(status)
            return
        packet: bytes = buffer.buffer[: buffer.length[0]]
        sender = packet[SENDER_FIELD]
        if len(packet) < RTCP_HEADER_LENGTH or (sender not in self._ssrcs and not self._admit(sender)):
            return
        self.last_heard = now
        try:
            self.receiver.received_rtcp(packet, now)
        except Exception as error:  # noqa: BLE001 a mistake of ours that one peer has found: others go on
            self._receiver_failed(error)

    def _admit(self, ssrc: bytes) -> bool:
        """Remember a new SSRC, or make libsrtp forget it when there are too many."""
        if len(self._ssrcs) < SSRCS_MAX:
            self._ssrcs.add(ssrc)
            return True
        assert self._inbound_keys is not None
        self._inbound_keys.forget(int.from_bytes(ssrc, "big"))
        self._count("too_many_ssrcs")
        return False

    def _refused(self, status: int) -> None:
        """libsrtp has not taken a packet."""
        if status == AUTHENTICATION_FAILED:
            self._count("srtp_forged")
        elif status in REPLAYED:
            self._count("srtp_replayed")
        else:
            self._count("srtp_malformed")

    def _receiver_failed(self, error: Exception) -> None:
        logger.error("a receiver failed: its transport ends", exc_info=error)
        self.lose(Loss.FAILED)

    def _flush(self) -> None:
        """Send what DTLS has to say."""
        if self._dtls is not None:
            for datagram in self._dtls.output():
                self._send_plain(datagram)

    def _send_plain(self, packet: bytes) -> None:
        if self._connection is not None:
            self._connection.send(packet)
        elif self._path is not None:
            try:
                self._shared.sendto(packet, self._path)  # type: ignore[arg-type]
            except OSError as error:
                self._send_failed(error)

    def _send_framed(self, buffer: PacketBuffer) -> None:
        """By TCP. The bytes are copied, as an event loop may keep them."""
        assert self._connection is not None
        length: int = buffer.length[0]
        buffer.framed[:LENGTH_BYTES] = length.to_bytes(LENGTH_BYTES, "big")
        self._connection.send_framed(bytes(buffer.framed[: LENGTH_BYTES + length]))

    def _send_failed(self, error: OSError) -> None:
        """The socket is full, or the path is broken: a packet is lost, as on any network."""
        self._count("send_blocked" if isinstance(error, BlockingIOError) else "send_failed")

    def _count(self, reason: str) -> None:
        self._shared.dropped[reason] += 1

    def _end(self) -> None:
        self._is_closed = True
        self.is_ready = False
        paths, self._paths = self._paths, []
        self._use(None)
        self._inbound_keys = self._outbound_keys = None
        self._dtls = None
        for path in paths:
            self._shared.forget_path(path)
        self._shared.forget(self)
