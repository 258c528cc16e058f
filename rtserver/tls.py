"""TLS ended by the server itself: a certificate and a key from files, read again when they change."""

import ssl
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)

ADVICE = "check RT_TLS_CERTIFICATE and RT_TLS_KEY, and that rtserver may read both files"


class CertificateUnusable(Exception):
    """The certificate or its key cannot be used. The message is a sentence for whoever started the server."""


class Certificate:
    """A certificate chain and its key, both PEM files.

    Renewing programs replace the files while the server runs: connections made after the next `reload` get the new
    certificate, those that stand are not touched.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        """Raises `CertificateUnusable`."""
        self._certificate = certificate
        self._key = key
        self._seen = self._stamps()
        self.context = self._current = self._loaded()
        self.context.sni_callback = self._give_current

    def reload(self) -> bool:
        """Use what the files hold now, if they have changed. True when it did; what cannot be used is left alone."""
        try:
            stamps = self._stamps()
            if stamps == self._seen:
                return False
            self._seen = stamps
            # Into a context of its own: a half-written pair must not take the place of one that works, and one context
            # keeps a certificate for each kind of key, of which clients would go on to be given the old one.
            self._current = self._loaded()
        except CertificateUnusable as error:
            log.warning("certificate.unusable", error=str(error))
            return False
        log.info("certificate.reloaded")
        return True

    def _stamps(self) -> tuple[tuple[int, int], ...]:
        """What changes when a file is replaced: its time and its number on the disk."""
        try:
            return tuple((file.stat().st_mtime_ns, file.stat().st_ino) for file in (self._certificate, self._key))
        except OSError as error:
            raise CertificateUnusable(f"{error.filename}: {error.strerror}; {ADVICE}.") from None

    def _give_current(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._current

    def _loaded(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        try:
            context.load_cert_chain(self._certificate, self._key, password=_no_password)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
            raise CertificateUnusable(f"The certificate and its key cannot be used ({reason}): {ADVICE}.") from None
        return context


def _no_password() -> str:
    """OpenSSL would ask at the terminal, and a server has none."""
    raise ValueError("the key has a password; rtserver needs it without")
