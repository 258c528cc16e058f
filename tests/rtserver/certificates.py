"""Certificates for tests, by an authority of their own."""

import ssl
from pathlib import Path

import trustme

HOST = "127.0.0.1"
RSA, EC = trustme.KeyType.RSA, trustme.KeyType.ECDSA


class Authority:
    """Issues certificates for 127.0.0.1 and localhost; clients with its `context` trust them."""

    def __init__(self) -> None:
        self._authority = trustme.CA()
        self.context = self.trusted()

    def trusted(self) -> ssl.SSLContext:
        """A client that trusts this authority."""
        context = ssl.create_default_context()
        self._authority.configure_trust(context)
        return context

    def issue(self, folder: Path, name: str = "server", key_type: trustme.KeyType = EC) -> tuple[Path, Path]:
        """A new certificate with its chain, and its key, in files of that name, which are replaced."""
        issued = self._authority.issue_cert(HOST, "localhost", key_type=key_type)
        certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
        for file, content in (
            (certificate, b"".join(blob.bytes() for blob in issued.cert_chain_pems)),
            (key, issued.private_key_pem.bytes()),
        ):
            fresh = file.with_suffix(".new")
            fresh.write_bytes(content)
            fresh.replace(file)
        return certificate, key
