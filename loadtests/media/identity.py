"""Who our peers are to DTLS: one certificate for all of them, made anew in every run."""

from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from loadtests.media.srtp import PROFILES

LIFETIME = timedelta(days=1)


def fingerprint(certificate: x509.Certificate) -> str:
    """As SDP writes it (RFC 8122, 5), with SHA-256."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


class Identity:
    """A key, its certificate, and the context of all connections."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loadtests")])
        now = datetime.now(UTC)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - LIFETIME)
            .not_valid_after(now + LIFETIME)
            .sign(key, hashes.SHA256())
        )
        context = SSL.Context(SSL.DTLS_METHOD)
        # Nobody signs these certificates: the fingerprint in the description is what is compared.
        context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
        context.use_certificate(self._certificate)
        context.use_privatekey(key)
        context.set_cipher_list(
            b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
        )
        context.set_tlsext_use_srtp(":".join(profile.name for profile in PROFILES).encode())
        self.context = context

    @cached_property
    def fingerprint(self) -> str:
        """Of our certificate."""
        return fingerprint(self._certificate)
