"""Each thing that can be wrong with the server's address has a sentence that says what to do."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from loadtests.generator.target import Target, find, require_ready
from loadtests.problem import Problem
from loadtests.server import free_port
from tests.loadtests.certificate import certificate

DEADLINE = 10.0

Serve = Callable[[bytes], int]
"""Answers one connection after the other with these bytes; the port."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    yield from serving(None)


@pytest.fixture
def serve_tls() -> Iterator[Serve]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate())
    yield from serving(context)


def serving(context: ssl.SSLContext | None) -> Iterator[Serve]:
    listening = socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def start(answer: bytes) -> int:
        thread = threading.Thread(target=answer_all, args=(listening, context, answer))
        thread.start()
        threads.append(thread)
        port: int = listening.getsockname()[1]
        return port

    yield start
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    for thread in threads:
        thread.join(DEADLINE)


def answer_all(listening: socket.socket, context: ssl.SSLContext | None, answer: bytes) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        connection.settimeout(DEADLINE)
        with closing(connection):
            try:
                speaking = connection if context is None else context.wrap_socket(connection, server_side=True)
                speaking.recv(65_536)
                speaking.sendall(answer)
                speaking.close()
            except OSError:
                pass  # a client that does not trust us hangs up


def http(status: str, body: bytes) -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status.encode(), len(body), body)


READY = http("200 OK", b'{"status":"ready","parts":{"database":"ok"}}')


def sentence(url: str, ca: Path | None = None) -> str:
    with pytest.raises(Problem) as caught:
        require_ready(find(url, None if ca is None else str(ca)))
    return str(caught.value)


def test_ready(serve: Serve) -> None:
    require_ready(find(f"http://localhost:{serve(READY)}/"))


def test_ready_by_tls(serve_tls: Serve) -> None:
    require_ready(find(f"https://localhost:{serve_tls(READY)}", str(certificate())))


@pytest.mark.parametrize(
    "url", ["", "localhost:8080", "ftp://localhost", "http://", "http://localhost:x", "http://localhost:8080/room"]
)
def test_no_address(url: str) -> None:
    with pytest.raises(Problem, match=r"is not the address of a server: write it as http://HOST:PORT or https://HOST"):
        find(url)


def test_an_unknown_name() -> None:
    with pytest.raises(Problem, match=r"The name no-such-name\.invalid is not known here: correct --url"):
        find("http://no-such-name.invalid")


def test_the_port_of_the_scheme() -> None:
    assert find("https://127.0.0.1") == Target("https", "127.0.0.1", 443, "127.0.0.1")
    assert find("https://127.0.0.1").host == "127.0.0.1"
    assert find("http://127.0.0.1:8080").url == "http://127.0.0.1:8080"
    assert Target("http", "::1", 8080, "::1").host == "[::1]:8080"
    assert find("http://127.0.0.1").is_local


def test_nobody_listens() -> None:
    port = free_port()
    assert sentence(f"http://127.0.0.1:{port}") == (
        f"Nobody listens at http://127.0.0.1:{port}: start the server there, or correct --url."
    )


def test_no_rtserver(serve: Serve) -> None:
    port = serve(http("404 Not Found", b"<html>"))
    assert "is not an rtserver (GET /readyz was answered with 404): correct --url" in sentence(
        f"http://127.0.0.1:{port}"
    )


def test_no_http(serve: Serve) -> None:
    assert "is not an rtserver (it does not speak HTTP)" in sentence(f"http://127.0.0.1:{serve(b'220 mail ESMTP')}")


def test_it_hangs_up(serve: Serve) -> None:
    assert "hangs up at once: if it speaks TLS, write https://" in sentence(f"http://127.0.0.1:{serve(b'')}")


def test_not_ready(serve: Serve) -> None:
    body = b'{"status":"not ready","parts":{"database":"failed","redis":"ok"}}'
    port = serve(http("503 Service Unavailable", body))
    assert "is not ready (database failed): see its log." in sentence(f"http://127.0.0.1:{port}")


def test_tls_where_there_is_none(serve: Serve) -> None:
    port = serve(http("400 Bad Request", b""))
    assert "does not speak TLS: write http:// in --url." in sentence(f"https://127.0.0.1:{port}")


def test_a_certificate_that_is_not_trusted(serve_tls: Serve) -> None:
    said = sentence(f"https://localhost:{serve_tls(READY)}")
    assert (
        "is not trusted (self-signed certificate in certificate chain): name the file of its authority with --ca FILE."
        in said
    )


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_that_is_no_certificate(content: str | None, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    assert "--ca wants a PEM file" in sentence("https://127.0.0.1:1", file)
