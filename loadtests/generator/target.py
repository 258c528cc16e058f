"""The server under test: where it is, whether it is one, and how to connect to it."""

import ipaddress
import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from loadtests.peer import Address
from loadtests.problem import Problem
from loadtests.tls import Tls

PORTS = {"http": 80, "https": 443}
"""Of each scheme, when the URL names none."""

LOOK_DEADLINE = 10.0
"""Seconds for the server to say that it is ready."""

READY_PATH = "/readyz"
"""Where an rtserver says whether it can serve, and which part of it cannot."""

OK = 200
UNAVAILABLE = 503

PLAIN_HTTP_SAID = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_EOF", "RECORD_LAYER_FAILURE")
"""What OpenSSL says when the other side does not speak TLS."""


class Readiness(Struct, frozen=True):
    """What an rtserver answers."""

    status: str
    parts: dict[str, str]


class Target(Struct, frozen=True):
    """A server: the name in its certificate and its port, the address that the name means, and whom to trust.

    `ca`: a file with the certificates of authorities to trust instead of the system's.
    """

    scheme: str
    name: str
    port: int
    address: str
    ca: str | None = None

    @property
    def url(self) -> str:
        """As it was given, without a path."""
        return f"{self.scheme}://{self.host}"

    @property
    def host(self) -> str:
        """For the Host header: the port only when it is not the usual one."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"

    @property
    def socket_address(self) -> Address:
        """Where sockets connect to."""
        return Address(self.address, self.port)

    @property
    def is_local(self) -> bool:
        """Whether it runs on this machine, as far as its address tells."""
        return ipaddress.ip_address(self.address).is_loopback

    def context(self) -> ssl.SSLContext | None:
        """For TLS; None without. Raises `Problem` when the file of authorities cannot be read."""
        if self.scheme == "http":
            return None
        try:
            return ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise Problem(
                f"The file {self.ca} cannot be read as certificates ({error.strerror or error}): "
                "--ca wants a PEM file of the authority that has signed the server's certificate."
            ) from None

    def tls(self, context: ssl.SSLContext | None) -> Tls | None:
        """For one connection."""
        return None if context is None else Tls(context, self.name)

    def connection(self, deadline: float) -> HTTPConnection:
        """For requests to the portals' API."""
        context = self.context()
        if context is None:
            return HTTPConnection(self.name, self.port, timeout=deadline)
        return HTTPSConnection(self.name, self.port, timeout=deadline, context=context)


def find(url: str, ca: str | None = None) -> Target:
    """The target of a URL. Raises `Problem`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in PORTS or not parts.hostname or parts.path not in ("", "/") or parts.query:
        raise Problem(f"--url {url} is not the address of a server: write it as http://HOST:PORT or https://HOST.")
    port = port or PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        raise Problem(f"The name {parts.hostname} is not known here: correct --url, or the name service.") from None
    # IPv4 first: "localhost" means both, and servers are asked to listen on 127.0.0.1 more often.
    found.sort(key=lambda one: one[0] != socket.AF_INET)
    return Target(parts.scheme, parts.hostname, port, str(found[0][4][0]), ca)


def require_ready(target: Target) -> None:
    """Return when a ready rtserver answers there. Raises `Problem`."""
    connection = target.connection(LOOK_DEADLINE)
    try:
        connection.request("GET", READY_PATH)
        response = connection.getresponse()
        status, body = response.status, response.read()
    except ssl.SSLCertVerificationError as error:
        raise Problem(
            f"The certificate of {target.url} is not trusted ({error.verify_message}): "
            "name the file of its authority with --ca FILE."
        ) from None
    except ssl.SSLError as error:
        raise Problem(_not_tls(target, error)) from None
    except ConnectionError as error:
        raise Problem(_nobody(target, error)) from None
    except OSError as error:
        raise Problem(
            f"{target.url} does not answer ({error.strerror or error}): correct --url, or start the server there."
        ) from None
    except HTTPException:
        raise Problem(_no_rtserver(target, "it does not speak HTTP")) from None
    finally:
        connection.close()
    _judge(target, status, body)


def _judge(target: Target, status: int, body: bytes) -> None:
    """Whether what answered is an rtserver, and ready."""
    try:
        readiness = msgspec.json.decode(body, type=Readiness)
    except msgspec.MsgspecError:
        raise Problem(_no_rtserver(target, f"GET {READY_PATH} was answered with {status}")) from None
    if status != OK:
        failed = ", ".join(f"{part} {state}" for part, state in readiness.parts.items() if state != "ok")
        raise Problem(f"The server at {target.url} is not ready ({failed or readiness.status}): see its log.")


def _no_rtserver(target: Target, seen: str) -> str:
    return f"What answers at {target.url} is not an rtserver ({seen}): correct --url."


def _nobody(target: Target, error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return f"Nobody listens at {target.url}: start the server there, or correct --url."
    return (
        f"What answers at {target.url} hangs up at once: if it speaks TLS, write https:// in --url; "
        "if it is no rtserver, correct --url."
    )


def _not_tls(target: Target, error: ssl.SSLError) -> str:
    if any(said in str(error.reason) for said in PLAIN_HTTP_SAID):
        return f"What answers at {target.url} does not speak TLS: write http:// in --url."
    return (
        f"No TLS connection to {target.url} comes about ({error.reason or error}): see the server's settings for TLS."
    )
