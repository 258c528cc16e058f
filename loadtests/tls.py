"""TLS over bytes: what a peer sends is made ciphertext, what it receives plaintext. No socket and no waiting in here.

On memory buffers, as `asyncio` does it, so that the loop can take the bytes of all sockets, each with its time, before
anything is decrypted.
"""

import ssl

PLAIN_BYTES = 65_536
"""Bytes decrypted at once: four TLS records of the largest size (RFC 8446, 5.1)."""


class TlsFailed(Exception):
    """The handshake failed, or what came is not TLS."""


class Tls:
    """The client's side of one connection."""

    def __init__(self, context: ssl.SSLContext, host: str) -> None:
        """`host`: the name that has to stand in the certificate."""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._early: list[bytes] = []
        self._is_ready = False

    def encrypt(self, plain: bytes) -> bytes:
        """What has to be sent now; plaintext waits until the handshake is done. Raises `TlsFailed`."""
        try:
            if not self._is_ready:
                if plain:
                    self._early.append(plain)
                self._shake_hands()
            elif plain:
                self._tls.write(plain)
        except ssl.SSLError as error:
            raise TlsFailed(_reason(error)) from None
        return self._outgoing.read()

    def decrypt(self, cipher: bytes) -> bytes:
        """The plaintext that `cipher` completes; `encrypt(b"")` afterwards gives the answer that the handshake needs.

        Raises `TlsFailed`.
        """
        self._incoming.write(cipher)
        try:
            if not self._is_ready:
                self._shake_hands()
            return self._read() if self._is_ready else b""
        except ssl.SSLError as error:
            raise TlsFailed(_reason(error)) from None

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self._is_ready = True
        for plain in self._early:
            self._tls.write(plain)
        self._early.clear()

    def _read(self) -> bytes:
        pieces: list[bytes] = []
        while True:
            try:
                piece = self._tls.read(PLAIN_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLZeroReturnError):
                return b"".join(pieces)
            if not piece:
                return b"".join(pieces)
            pieces.append(piece)


def _reason(error: ssl.SSLError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not trusted: {error.verify_message}"
    return f"TLS: {error.reason or error}"
