"""Whether the STUN and TURN servers that browsers are told of answer, with credentials as browsers get them."""

import asyncio
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from functools import partial

from aioice import stun, turn
from msgspec import Struct

from rtserver.checkup.finding import Finding, fault, good
from rtserver.config import Settings
from signaling.ice import turn_password, turn_username

DEADLINE = 5.0
"""Seconds for one server: browsers give up about then."""

CREDENTIALS_SECONDS = 60
PLAIN_PORT, TLS_PORT = 3478, 5349
"""Of STUN and TURN when a URL names none (RFC 7064, RFC 7065)."""

RESEND_AFTER = 0.5
"""Seconds: over UDP a request is said again until it is answered (RFC 8489, 6.2.1)."""

NOT_THERE = "Look whether it runs, whether its ports are open to everybody, and whether the name leads to it."

_URL = re.compile(
    r"(?P<scheme>stuns?|turns?):(?:\[(?P<six>[^\]]+)\]|(?P<host>[^:?\[]+))(?::(?P<port>\d+))?(?:\?transport=(?P<by>\w+))?"
)


class Relay(Struct, frozen=True):
    """A parsed URL; `by`: udp or tcp."""

    scheme: str
    host: str
    port: int
    by: str

    @property
    def is_encrypted(self) -> bool:
        """Whether it is spoken to by TLS."""
        return self.scheme.endswith("s")


Look = Callable[[Relay], Awaitable[str]]
"""What a server answered, as the end of a sentence about it."""


def parse(url: str) -> Relay:
    """A URL that `IceSettings` has taken."""
    found = _URL.fullmatch(url)
    assert found is not None, "settings are valid"
    scheme = found["scheme"]
    port = int(found["port"] or (TLS_PORT if scheme.endswith("s") else PLAIN_PORT))
    return Relay(scheme, found["six"] or found["host"], port, found["by"] or ("tcp" if scheme == "turns" else "udp"))


async def look_at_relays(settings: Settings) -> list[Finding]:
    """A finding for each server that the settings name."""
    looks = [_told(url, partial(_allocate, settings.turn_secret)) for url in settings.turn_urls]
    looks += [_told(url, _bind) for url in settings.stun_urls]
    return list(await asyncio.gather(*looks))


async def _told(url: str, look: Look) -> Finding:
    relay = parse(url)
    subject = "TURN" if relay.scheme.startswith("turn") else "STUN"
    try:
        async with asyncio.timeout(DEADLINE):
            return good(subject, f"{url} {await look(relay)}")
    except stun.TransactionFailed as error:
        _, reason = error.response.attributes.get("ERROR-CODE", (0, "without a reason"))
        said, advice = f"{url} refuses: {reason}.", "Look whether turn_secret is its static-auth-secret, and its realm."
    except ssl.SSLError as error:
        said = f"{url} has a certificate that browsers will not take ({error.reason})."
        advice = "Give coturn a certificate for that very name (cert=, pkey=)."
    except (TimeoutError, stun.TransactionTimeout):
        said, advice = f"{url} does not answer within {DEADLINE:.0f} seconds.", NOT_THERE
    except OSError as error:
        said, advice = f"{url} cannot be reached ({error.strerror or error}).", NOT_THERE
    return fault(subject, said, advice)


async def _allocate(secret: str, relay: Relay) -> str:
    """Reserve a relay address, as a browser does before a call, and give it back."""
    username = turn_username("doctor", "doctor", int(time.time()) + CREDENTIALS_SECONDS)
    transport, _ = await turn.create_turn_endpoint(
        asyncio.DatagramProtocol,
        (relay.host if relay.by == "tcp" else await _address(relay), relay.port),
        username=username,
        password=turn_password(username, secret),
        ssl=ssl.create_default_context() if relay.is_encrypted else None,
        transport=relay.by,
    )
    transport.close()
    return "relays for whoever has credentials of this server."


async def _bind(relay: Relay) -> str:
    """Ask for the address that one is seen under (RFC 8489, 6.2.1), as a browser does."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[bytes] = loop.create_future()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: _Ear(answer), remote_addr=(await _address(relay), relay.port)
    )
    request = bytes(stun.Message(stun.Method.BINDING, stun.Class.REQUEST))
    try:
        while True:
            transport.sendto(request)
            try:
                stun.parse_message(await asyncio.wait_for(asyncio.shield(answer), RESEND_AFTER))
            except TimeoutError:
                continue
            return "answers."
    finally:
        transport.close()


async def _address(relay: Relay) -> str:
    found = await asyncio.get_running_loop().getaddrinfo(relay.host, relay.port)
    return str(found[0][4][0])


class _Ear(asyncio.DatagramProtocol):
    """Hears one answer, or that nobody is there."""

    def __init__(self, answer: asyncio.Future[bytes]) -> None:
        self._answer = answer

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self._answer.done():
            self._answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)
