"""One media session of a simulated browser: a UDP socket, ICE (RFC 8445), DTLS (RFC 6347) and the keys of SRTP.

Knows nothing of time but what it is told, and nothing of media: those who send and receive it use its socket and keys.
"""

import secrets
import socket
import struct
from typing import NamedTuple

from aioice import stun
from OpenSSL import SSL

from loadtests.media import srtp
from loadtests.media.identity import Identity, fingerprint
from loadtests.media.srtp import PROFILES, Srtp
from loadtests.peer import Address
from loadtests.problem import Problem

RECEIVE_BUFFER_BYTES = 1 << 20
"""Asked for from the kernel: some seconds of what one subscriber is sent. The limit of the system caps it."""

CHECK_INTERVAL = 0.05
"""Seconds between connectivity checks until the session stands (RFC 8445, 14.2: Ta): the first may come too early."""

CONSENT_INTERVAL = 5.0
"""Seconds between checks from then on (RFC 7675, 5.1)."""

DTLS_BYTES_MAX = 1200
"""Of a record on the wire."""

DATAGRAM_BYTES_MAX = 2048

PRIORITY = 0x6E0001FF
"""Of a peer-reflexive candidate (RFC 8445, 5.1.2)."""

STUN_BELOW = 4
"""RFC 7983, 7: what a datagram is, by its first byte."""
DTLS_FROM, DTLS_BELOW = 20, 64


class Remote(NamedTuple):
    """What the other side's description says of its transport."""

    address: Address
    ufrag: str
    password: str
    fingerprint: str
    is_dtls_client: bool
    is_lite: bool


class Transport:
    """Comes up by `begin` and `tick`; `take` is given every datagram until it `is_ready`, and STUN and DTLS later."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.ufrag = secrets.token_hex(4)
        self.password = secrets.token_hex(12)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        self.socket.bind(("0.0.0.0", 0))  # noqa: S104 - only the server's datagrams are taken once it is connected
        self.remote: Remote | None = None
        self.is_reachable = False
        self.is_ready = False
        self.is_closed = False
        self.profile = ""
        self.outbound: Srtp
        self.inbound: Srtp
        self._dtls: SSL.Connection
        self._is_controlling = True
        self._check_at = 0.0
        self._tie_breaker = secrets.randbits(64)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self.socket.getsockname()[1]
        return port

    @property
    def fingerprint(self) -> str:
        """Of our certificate."""
        return self._identity.fingerprint

    def begin(self, remote: Remote, now: float, has_offered: bool = True) -> None:
        """Connect to the other side. Roles are as its description has it; of two full agents the offerer leads."""
        self.remote = remote
        self._is_controlling = remote.is_lite or has_offered
        self.socket.connect(remote.address)
        self._dtls = SSL.Connection(self._identity.context)
        self._dtls.set_ciphertext_mtu(DTLS_BYTES_MAX)
        if remote.is_dtls_client:
            self._dtls.set_accept_state()
        else:
            self._dtls.set_connect_state()
        self._check_at = now
        self.tick(now)

    def tick(self, now: float) -> None:
        """Do what is due. Call it some times a second."""
        if self.remote is None or self.is_closed:
            return
        if now >= self._check_at:
            self._check_at = now + (CONSENT_INTERVAL if self.is_ready else CHECK_INTERVAL)
            self._send_check(self.remote)
        if self.is_reachable and not self.is_ready and self._dtls.DTLSv1_handle_timeout():
            self._flush()

    def take(self, datagram: bytes) -> None:
        """A datagram that is not media. Raises `Problem` when the other side is not who it should be."""
        first = datagram[0] if datagram else DTLS_BELOW
        if first < STUN_BELOW:
            self._take_stun(datagram)
        elif DTLS_FROM <= first < DTLS_BELOW:
            self._take_dtls(datagram)

    def send(self, datagram: bytes) -> None:
        """Send what is protected already. A full socket loses it, as a network would."""
        try:
            self.socket.send(datagram)
        except (BlockingIOError, ConnectionRefusedError):
            pass

    def close(self) -> None:
        """Say so, and hang up."""
        if self.is_ready and not self.is_closed:
            try:
                self._dtls.shutdown()
                self._flush()
            except SSL.Error:
                pass
        self.is_closed = True
        self.socket.close()

    # --- ICE ---

    def _send_check(self, remote: Remote) -> None:
        role = "ICE-CONTROLLING" if self._is_controlling else "ICE-CONTROLLED"
        check = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
        check.attributes |= {
            "USERNAME": f"{remote.ufrag}:{self.ufrag}",
            "PRIORITY": PRIORITY,
            role: self._tie_breaker,
        }
        if self._is_controlling:
            check.attributes["USE-CANDIDATE"] = None
        check.add_message_integrity(remote.password.encode())
        self.send(bytes(check))

    def _take_stun(self, datagram: bytes) -> None:
        try:
            message = stun.parse_message(datagram)
        except ValueError:
            return
        if message.message_class is stun.Class.REQUEST and message.check_message_integrity(self.password.encode()):
            answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id)
            answer.attributes["XOR-MAPPED-ADDRESS"] = self.socket.getpeername()
            answer.add_message_integrity(self.password.encode())
            self.send(bytes(answer))
        elif message.message_class is stun.Class.RESPONSE and not self.is_reachable:
            assert self.remote is not None
            if message.check_message_integrity(self.remote.password.encode()):
                self.is_reachable = True
                self._shake_hands()

    # --- DTLS ---

    def _take_dtls(self, datagram: bytes) -> None:
        self._dtls.bio_write(datagram)
        if not self.is_ready:
            self._shake_hands()
            return
        try:
            self._dtls.recv(DATAGRAM_BYTES_MAX)
        except SSL.ZeroReturnError:
            self.is_closed = True
        except SSL.Error:
            pass
        self._flush()

    def _shake_hands(self) -> None:
        try:
            self._dtls.do_handshake()
        except SSL.WantReadError:
            self._flush()
        except SSL.Error as error:
            raise Problem(f"The server broke off the DTLS handshake ({error}): see its log.") from None
        else:
            self._flush()
            self._keep_keys()

    def _keep_keys(self) -> None:
        certificate = self._dtls.get_peer_certificate(as_cryptography=True)
        assert self.remote is not None
        if certificate is None or fingerprint(certificate) != self.remote.fingerprint:
            raise Problem("Somebody else answers in the server's place: its DTLS certificate has another fingerprint.")
        self.profile = self._dtls.get_selected_srtp_profile().decode()
        profile = next((one for one in PROFILES if one.name == self.profile), None)
        if profile is None:
            raise Problem("The server chose no SRTP profile that we offer: it cannot carry media of browsers.")
        material = self._dtls.export_keying_material(b"EXTRACTOR-dtls_srtp", srtp.material_bytes(profile))
        self.outbound, self.inbound = srtp.keys(profile, material, is_client=not self.remote.is_dtls_client)
        self.is_ready = True

    def _flush(self) -> None:
        """What DTLS has to say: records, as many as fit, in each datagram."""
        try:
            data = self._dtls.bio_read(1 << 16)
        except SSL.Error:
            return
        for datagram in _datagrams(data):
            self.send(datagram)


def _datagrams(data: bytes) -> list[bytes]:
    """Cut between records: a header has 13 bytes, the last two are the length (RFC 6347, 4.1)."""
    found: list[bytes] = []
    current = b""
    while data:
        end = 13 + struct.unpack_from("!H", data, 11)[0]
        record, data = data[:end], data[end:]
        if current and len(current) + len(record) > DTLS_BYTES_MAX:
            found.append(current)
            current = b""
        current += record
    return [*found, current] if current else found
