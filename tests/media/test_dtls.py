"""`media.dtls` against a client of pyOpenSSL, datagram by datagram, without sockets."""

import os
from importlib.metadata import version
from itertools import pairwise

import pytest
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_AES128_CM_SHA1_80, SRTP_PROFILES, certificate_digest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL, crypto

from media.dtls import DATAGRAM_MAX, HANDSHAKE_BYTES_MAX, Dtls, DtlsFailed, fingerprint_of, make_context, split_flight

OURS = RTCCertificate.generateCertificate()
THEIRS = RTCCertificate.generateCertificate()
CONTEXT = make_context(OURS)


def fingerprints(certificate: RTCCertificate = THEIRS) -> tuple[tuple[str, str], ...]:
    return tuple((each.algorithm, each.value) for each in certificate.getFingerprints())


class Pair:
    """A client and our side, and the network between them."""

    def __init__(self, expected: tuple[tuple[str, str], ...] | None = None, client: SSL.Context | None = None) -> None:
        self.ours = Dtls(CONTEXT, fingerprints() if expected is None else expected)
        self.client = SSL.Connection(client or THEIRS._create_ssl_context(srtp_profiles=SRTP_PROFILES))
        self.client.set_connect_state()

    def client_says(self) -> bytes:
        try:
            return self.client.bio_read(4096)
        except SSL.WantReadError:
            return b""

    def shake_hands(self) -> None:
        for _ in range(4):
            try:
                self.client.do_handshake()
            except SSL.WantReadError:
                pass
            said = self.client_says()
            if said:
                self.ours.receive(said)
            for datagram in self.ours.output():
                self.client.bio_write(datagram)


def test_contract() -> None:
    """The private part of aiortc is that of this version."""
    assert version("aiortc") == "1.16.0"
    assert isinstance(OURS._create_ssl_context(srtp_profiles=SRTP_PROFILES), SSL.Context)


def test_no_session_is_kept() -> None:
    """OpenSSL would keep one for each peer that ever was."""
    assert CONTEXT.get_session_cache_mode() == SSL.SESS_CACHE_OFF


def test_the_fingerprint() -> None:
    """That of SDP for sha-256."""
    assert fingerprint_of(OURS) == dict(fingerprints(OURS))["sha-256"]


def test_a_handshake() -> None:
    """Both sides are done, know each other, and the keys of the one are those of the other."""
    pair = Pair()
    pair.shake_hands()
    assert pair.ours.is_done
    certificate = pair.client.get_peer_certificate(as_cryptography=True)
    assert certificate is not None
    assert certificate_digest(certificate, "sha-256") == fingerprint_of(OURS)
    assert pair.client.get_selected_srtp_profile() == b"SRTP_AEAD_AES_128_GCM"
    inbound, outbound = pair.ours.keys()
    assert inbound.context != outbound.context


def test_a_peer_without_gcm() -> None:
    """It gets what every browser has."""
    pair = Pair(client=THEIRS._create_ssl_context(srtp_profiles=[SRTP_AES128_CM_SHA1_80]))
    pair.shake_hands()
    assert pair.client.get_selected_srtp_profile() == b"SRTP_AES128_CM_SHA1_80"
    assert len(pair.ours.keys()) == 2


def test_a_peer_without_srtp() -> None:
    """There is nothing to talk about with it."""
    context = SSL.Context(SSL.DTLS_METHOD)
    context.use_certificate(THEIRS._cert)
    context.use_privatekey(THEIRS._key)
    pair = Pair(client=context)
    pair.shake_hands()
    with pytest.raises(DtlsFailed, match="dtls_profile"):
        pair.ours.keys()


def test_a_wrong_fingerprint() -> None:
    """Another certificate than the offer's: somebody is between us."""
    pair = Pair(fingerprints(OURS))
    with pytest.raises(DtlsFailed, match="dtls_fingerprint"):
        pair.shake_hands()
    assert not pair.ours.is_done


def test_one_of_several_hashes_is_wrong() -> None:
    """All hashes of the offer have to be right."""
    pair = Pair((fingerprints()[0], fingerprints(OURS)[2]))
    with pytest.raises(DtlsFailed, match="dtls_fingerprint"):
        pair.shake_hands()


def test_fingerprints_of_several_certificates() -> None:
    """For one hash, one of them has to be right (RFC 8122, section 5); an unknown hash says nothing."""
    pair = Pair((fingerprints(OURS)[0], fingerprints()[0], ("md2", "AB")))
    pair.shake_hands()
    assert pair.ours.is_done


def test_without_sha_256() -> None:
    """Others alone are not enough."""
    pair = Pair(fingerprints()[1:])
    with pytest.raises(DtlsFailed, match="dtls_fingerprint"):
        pair.shake_hands()


def test_without_certificate() -> None:
    """A peer that shows none is nobody."""
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_tlsext_use_srtp(b"SRTP_AEAD_AES_128_GCM")
    pair = Pair(client=context)
    with pytest.raises(DtlsFailed, match="dtls_handshake"):
        pair.shake_hands()
    assert list(pair.ours.output())  # it is told


@pytest.mark.filterwarnings("ignore:Passing pyOpenSSL:DeprecationWarning")
def test_a_certificate_that_cannot_be_read() -> None:
    """Such as one of a version that does not exist: OpenSSL has no objection."""
    version_3, version_8 = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x07"
    readable = THEIRS._cert.public_bytes(Encoding.DER)
    assert version_3 in readable
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_tlsext_use_srtp(b"SRTP_AEAD_AES_128_GCM")
    context.use_certificate(crypto.load_certificate(crypto.FILETYPE_ASN1, readable.replace(version_3, version_8, 1)))
    context.use_privatekey(crypto.PKey.from_cryptography_key(THEIRS._key))
    with pytest.raises(DtlsFailed, match="dtls_fingerprint"):
        Pair(client=context).shake_hands()


def test_garbage_disturbs_nobody() -> None:
    """Records that are none are passed over, before, in the midst of and after a handshake."""
    pair = Pair()
    garbage = [os.urandom(50), b"\x16", b"\x16\xfe\xfd" + bytes(8) + b"\xff\xff", b"\x14" * 2000]
    for datagram in garbage:
        pair.ours.receive(datagram)
    assert list(pair.ours.output()) == []
    pair.shake_hands()
    assert pair.ours.is_done
    for datagram in garbage:
        pair.ours.receive(datagram)


def test_a_handshake_without_end() -> None:
    """Whoever sends too much before it is verified has failed; until then nothing grows."""
    pair = Pair()
    with pytest.raises(SSL.WantReadError):
        pair.client.do_handshake()
    hello = pair.client_says()
    for _ in range(HANDSHAKE_BYTES_MAX // len(hello)):
        pair.ours.receive(hello)
        list(pair.ours.output())
    with pytest.raises(DtlsFailed, match="dtls_too_much"):
        pair.ours.receive(hello)


def test_lost_datagrams_are_sent_again() -> None:
    """When the timer says so; the client goes on from there."""
    pair = Pair()
    with pytest.raises(SSL.WantReadError):
        pair.client.do_handshake()
    pair.ours.receive(pair.client_says())
    lost = list(pair.ours.output())
    pair.ours.retransmit()
    assert list(pair.ours.output()) == []
    timeout = pair.ours._connection.DTLSv1_get_timeout()
    assert timeout is not None
    assert 0 < timeout <= 1
    assert sum(map(len, lost)) > 300


def test_goodbye() -> None:
    """close_notify ends it properly, from either side."""
    pair = Pair()
    pair.shake_hands()
    pair.client.shutdown()
    with pytest.raises(DtlsFailed, match="dtls_closed"):
        pair.ours.receive(pair.client_says())
    other = Pair()
    other.shake_hands()
    other.ours.close()
    for datagram in other.ours.output():
        other.client.bio_write(datagram)
    with pytest.raises(SSL.ZeroReturnError):
        other.client.recv(100)


def test_closing_early() -> None:
    """Before the handshake there is nothing to say."""
    pair = Pair()
    pair.ours.close()
    assert list(pair.ours.output()) == []


def test_data_is_not_read() -> None:
    """Nobody speaks inside of DTLS; it is thrown away."""
    pair = Pair()
    pair.shake_hands()
    for _ in range(3):
        pair.client.send(b"x" * 1000)
    pair.ours.receive(pair.client_says())
    assert list(pair.ours.output()) == []


def test_datagrams_fit_the_path() -> None:
    """The largest flight is that with the certificate."""
    pair = Pair()
    with pytest.raises(SSL.WantReadError):
        pair.client.do_handshake()
    pair.ours.receive(pair.client_says())
    datagrams = list(pair.ours.output())
    assert datagrams
    assert all(len(datagram) <= DATAGRAM_MAX for datagram in datagrams)


@given(st.lists(st.integers(0, DATAGRAM_MAX - 13), max_size=20))
def test_records_stay_whole(lengths: list[int]) -> None:
    """In order, nothing lost, none cut, no datagram too long, and no more of them than needed."""
    records = [bytes(11) + length.to_bytes(2, "big") + b"x" * length for length in lengths]
    datagrams = list(split_flight(b"".join(records)))
    assert b"".join(datagrams) == b"".join(records)
    assert all(0 < len(datagram) <= DATAGRAM_MAX for datagram in datagrams)
    ends = {sum(map(len, records[:index])) for index in range(len(records) + 1)}
    position = 0
    for datagram in datagrams:
        position += len(datagram)
        assert position in ends
    for first, second in pairwise(datagrams):
        following = 13 + int.from_bytes(second[11:13], "big")
        assert len(first) + following > DATAGRAM_MAX
