"""DTLS of one association (RFC 6347, RFC 5764): we are the server, the peer is who its fingerprint says.

Without I/O: datagrams go in and come out, and the timer is asked now and then. OpenSSL does the work, through
pyOpenSSL; the certificate is aiortc's, whose making of an OpenSSL context is a private part (contract test).
"""

from collections.abc import Iterator

from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import X509_DIGEST_ALGORITHMS, certificate_digest
from OpenSSL import SSL

from media.srtp import PROFILES, Keys, derive_keys

DATAGRAM_MAX = 1200
"""Bytes of a datagram of ours: what passes every path (RFC 9000, section 14.1, has measured it for all of us)."""

HANDSHAKE_BYTES_MAX = 65_536
"""Bytes that a peer may send before it is verified. A handshake has 2,000, some more when datagrams are lost."""

DTLS_1_2 = 0xFEFD
"""The version on the wire, as OpenSSL counts it."""

RECORD_HEADER_LENGTH = 13
"""Bytes before each record; the last two are its length (RFC 6347, section 4.1)."""

NEEDED_ALGORITHM = "sha-256"
"""The hash that every browser gives a fingerprint for (RFC 8122, section 5)."""


CLOSED = "dtls_closed"
"""The reason when the peer has ended it properly."""


class DtlsFailed(Exception):
    """The association has ended; the text is the reason, one word for a counter."""


def make_context(certificate: RTCCertificate) -> SSL.Context:
    """What all associations of a port share. Peers must show a certificate, of which only the fingerprint counts."""
    context = certificate._create_ssl_context(srtp_profiles=list(PROFILES))  # noqa: SLF001
    context.set_min_proto_version(DTLS_1_2)
    context.set_options(SSL.OP_NO_QUERY_MTU | SSL.OP_NO_RENEGOTIATION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # OpenSSL would keep 20,000 sessions that nobody resumes
    return context


def fingerprint_of(certificate: RTCCertificate) -> str:
    """The fingerprint for sha-256 as SDP has it."""
    return next(each.value for each in certificate.getFingerprints() if each.algorithm == NEEDED_ALGORITHM)


class Dtls:
    """One association. `is_done`: the handshake is over and the peer verified. Every call may have made `output`."""

    __slots__ = ("_connection", "_fingerprints", "_received", "is_done")

    def __init__(self, context: SSL.Context, fingerprints: tuple[tuple[str, str], ...]) -> None:
        self._connection = SSL.Connection(context)
        self._connection.set_accept_state()
        self._connection.set_ciphertext_mtu(DATAGRAM_MAX)
        self._fingerprints = fingerprints
        self._received = 0
        self.is_done = False

    def receive(self, datagram: bytes) -> None:
        """Take a datagram. Raises `DtlsFailed`, also when the peer has ended it properly (`CLOSED`)."""
        if not self.is_done:
            self._received += len(datagram)
            if self._received > HANDSHAKE_BYTES_MAX:
                raise DtlsFailed("dtls_too_much")
        self._connection.bio_write(datagram)
        if not self.is_done:
            try:
                self._connection.do_handshake()
            except SSL.WantReadError:
                return
            except SSL.Error as error:
                raise DtlsFailed("dtls_handshake") from error
            self._verify()
            self.is_done = True
        self._discard_data()

    def retransmit(self) -> None:
        """Send the last flight again when its time has come (RFC 6347, section 4.2.4). Raises `DtlsFailed`."""
        try:
            self._connection.DTLSv1_handle_timeout()
        except SSL.Error as error:
            raise DtlsFailed("dtls_handshake") from error

    def close(self) -> None:
        """Tell the peer that it is over (close_notify)."""
        if self.is_done:
            try:
                self._connection.shutdown()
            except SSL.Error:
                return

    def keys(self) -> tuple[Keys, Keys]:
        """The keys of SRTP to receive and to send with. Raises `DtlsFailed`."""
        try:
            return derive_keys(
                self._connection.get_selected_srtp_profile(),
                self._connection.export_keying_material,
            )
        except (ValueError, SSL.Error) as error:
            raise DtlsFailed("dtls_profile") from error

    def output(self) -> Iterator[bytes]:
        """The datagrams to send now."""
        records: list[bytes] = []
        while True:
            try:
                records.append(self._connection.bio_read(16_384))
            except SSL.WantReadError:
                break
        return split_flight(b"".join(records))

    def _verify(self) -> None:
        """Raise unless the certificate has all fingerprints of the offer that we can compute, and that for sha-256."""
        try:
            certificate = self._connection.get_peer_certificate(as_cryptography=True)
        except Exception as error:  # OpenSSL takes certificates that cryptography raises whatever about
            raise DtlsFailed("dtls_fingerprint") from error
        wanted: dict[str, set[str]] = {}
        for algorithm, value in self._fingerprints:
            if algorithm in X509_DIGEST_ALGORITHMS:
                wanted.setdefault(algorithm, set()).add(value)
        if certificate is None or NEEDED_ALGORITHM not in wanted:
            raise DtlsFailed("dtls_fingerprint")
        for algorithm, values in wanted.items():
            if certificate_digest(certificate, algorithm) not in values:
                raise DtlsFailed("dtls_fingerprint")

    def _discard_data(self) -> None:
        """Nothing is spoken inside of DTLS, but its end."""
        while True:
            try:
                self._connection.recv(16_384)
            except SSL.WantReadError:
                return
            except SSL.ZeroReturnError as error:
                raise DtlsFailed(CLOSED) from error
            except SSL.Error as error:
                raise DtlsFailed("dtls_broken") from error


def split_flight(flight: bytes) -> Iterator[bytes]:
    """Datagrams of whole records: OpenSSL's memory knows no datagrams, and one must not be longer than the path."""
    start = position = 0
    while position + RECORD_HEADER_LENGTH <= len(flight):
        length = RECORD_HEADER_LENGTH + int.from_bytes(flight[position + 11 : position + 13], "big")
        if position > start and position + length - start > DATAGRAM_MAX:
            yield flight[start:position]
            start = position
        position += length
    if start < len(flight):
        yield flight[start:]
