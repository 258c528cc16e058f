"""TLS over bytes, against Python's own server side: however the bytes are cut, and before the handshake is done."""

import ssl

import pytest

from loadtests.tls import Tls, TlsFailed
from tests.loadtests.certificate import certificate


class Server:
    """The other side."""

    def __init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate())
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._is_ready = False
        self.received = b""

    def exchange(self, cipher: bytes) -> bytes:
        """What it answers."""
        self._incoming.write(cipher)
        try:
            if not self._is_ready:
                self._tls.do_handshake()
                self._is_ready = True
            while True:
                self.received += self._tls.read(65_536)
        except ssl.SSLWantReadError:
            pass
        return self._outgoing.read()

    def say(self, plain: bytes) -> bytes:
        self._tls.write(plain)
        return self._outgoing.read()


def trusting() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate()))


def connected(piece: int) -> tuple[Tls, Server]:
    """Both sides, the server's bytes arriving `piece` at a time."""
    tls, server = Tls(trusting(), "localhost"), Server()
    sent = tls.encrypt(b"early")
    while sent:
        answer = server.exchange(sent)
        sent = b""
        for start in range(0, len(answer), piece):
            tls.decrypt(answer[start : start + piece])
            sent += tls.encrypt(b"")
    return tls, server


@pytest.mark.parametrize("piece", [1, 7, 65_536])
def test_what_is_sent_before_the_handshake_arrives_after_it(piece: int) -> None:
    _, server = connected(piece)
    assert server.received == b"early"


def test_both_ways() -> None:
    tls, server = connected(65_536)
    server.exchange(tls.encrypt(b" late"))
    assert server.received == b"early late"
    cipher = server.say(b"x" * 100_000)
    assert tls.decrypt(cipher[:50_000]) + tls.decrypt(cipher[50_000:]) == b"x" * 100_000


def test_a_certificate_that_is_not_trusted() -> None:
    tls, server = Tls(ssl.create_default_context(), "localhost"), Server()
    with pytest.raises(TlsFailed, match="the certificate is not trusted: self-signed certificate"):
        tls.decrypt(server.exchange(tls.encrypt(b"")))


def test_a_certificate_for_another_name() -> None:
    tls, server = Tls(trusting(), "rt.example.eu"), Server()
    with pytest.raises(TlsFailed, match="not trusted"):
        tls.decrypt(server.exchange(tls.encrypt(b"")))


def test_what_is_not_tls() -> None:
    tls = Tls(trusting(), "localhost")
    tls.encrypt(b"")
    with pytest.raises(TlsFailed, match="TLS"):
        tls.decrypt(b"HTTP/1.1 400 Bad Request\r\n\r\n")
