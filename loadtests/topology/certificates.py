"""An authority of one's own for the servers of a topology, and what they show to prove who they are."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from loadtests.topology.process import HOST

LIFETIME = timedelta(days=2)
"""Longer than any run; what is left behind is soon of no use to anybody."""

CLOCK_SKEW = timedelta(hours=1)
"""From so long ago on it is valid: a part of the topology may live with a clock that is wrong."""


class Authority:
    """Issues certificates. Who trusts `certificate` trusts them all. Nothing of it outlives the folder."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where its own certificate lies; its key is kept in memory only."""
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named("rtserver topology")
        own = (
            self._begun(self._name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        )
        self.certificate = folder / "authority.pem"
        """For clients: NODE_EXTRA_CA_CERTS, `--cacert`, a browser's own store."""
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate.write_bytes(_pem(own.sign(self._key, hashes.SHA256())))

    @property
    def context(self) -> ssl.SSLContext:
        """For clients in Python."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def issue(self, folder: Path, name: str, hosts: tuple[str, ...] = (HOST, "localhost")) -> tuple[Path, Path]:
        """A certificate for `hosts` (addresses or names) and its key, as `<name>.crt` and `<name>.key`."""
        key = ec.generate_private_key(ec.SECP256R1())
        issued = (
            self._begun(_named(hosts[0]), key)
            .add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        )
        folder.mkdir(parents=True, exist_ok=True)
        certificate_file, key_file = folder / f"{name}.crt", folder / f"{name}.key"
        certificate_file.write_bytes(_pem(issued.sign(self._key, hashes.SHA256())))
        key_file.touch(mode=0o600)
        key_file.write_bytes(_key_pem(key))
        return certificate_file, key_file

    def issue_for_balancer(self, folder: Path, name: str = "site") -> Path:
        """One PEM file with the certificate and its key, as HAProxy takes it: `<name>.pem` in `folder`."""
        certificate, key = self.issue(folder, name)
        both = folder / f"{name}.pem"
        both.touch(mode=0o600)
        both.write_bytes(certificate.read_bytes() + key.read_bytes())
        certificate.unlink()  # a folder of certificates may hold nothing else
        key.unlink()
        return both

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - CLOCK_SKEW)
            .not_valid_after(now + LIFETIME)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
