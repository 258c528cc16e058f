"""STUN and TURN servers, tried as browsers try them, with a real coturn."""

import ssl
from collections.abc import Iterator

import pytest

from loadtests.topology.process import free_port
from rtserver.checkup import relays
from rtserver.checkup.finding import Finding, Level
from rtserver.checkup.relays import look_at_relays, parse
from rtserver.config import Settings
from tests.rtserver.certificates import Authority
from tests.wire.coturn import Coturn

SECRET = "a secret of some length"

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[Coturn]:
    server = Coturn(tmp_path_factory.mktemp("coturn"), authority, SECRET)
    yield server
    server.stop()


async def told(*urls: str, secret: str = SECRET) -> list[Finding]:
    turns = tuple(url for url in urls if url.startswith("turn"))
    stuns = tuple(url for url in urls if url not in turns)
    return await look_at_relays(Settings(turn_urls=turns, turn_secret=secret, stun_urls=stuns))


async def test_every_way_in(coturn: Coturn, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """By udp, tcp and tls, and STUN; a relay is reserved with credentials as browsers get them."""
    context = authority.context
    monkeypatch.setattr(ssl, "create_default_context", lambda: context)
    found = await told(
        f"turn:127.0.0.1:{coturn.port}?transport=udp",
        f"turn:127.0.0.1:{coturn.port}?transport=tcp",
        f"turns:localhost:{coturn.tls_port}?transport=tcp",
        f"stun:127.0.0.1:{coturn.port}",
    )
    assert [(one.subject, one.level) for one in found] == [("TURN", Level.GOOD)] * 3 + [("STUN", Level.GOOD)]


async def test_another_secret(coturn: Coturn) -> None:
    """It refuses, and the secret is in no sentence."""
    (found,) = await told(f"turn:127.0.0.1:{coturn.port}?transport=udp", secret="another secret, as long")
    assert found.level is Level.FAULT
    assert "refuses" in found.said
    assert "turn_secret" in found.advice
    assert "another secret" not in repr(found)


async def test_a_certificate_that_nobody_trusts(coturn: Coturn) -> None:
    (found,) = await told(f"turns:localhost:{coturn.tls_port}?transport=tcp")
    assert found.level is Level.FAULT
    assert "certificate" in found.said


async def test_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether that is said or not."""
    monkeypatch.setattr(relays, "DEADLINE", 0.3)
    port = free_port()
    found = await told(f"turn:127.0.0.1:{port}?transport=tcp", f"turn:127.0.0.1:{port}", f"stun:127.0.0.1:{port}")
    assert [one.level for one in found] == [Level.FAULT] * 3


async def test_none_are_set() -> None:
    """Then nobody is asked."""
    assert await told() == []


@pytest.mark.parametrize(
    ("url", "host", "port", "by", "is_encrypted"),
    [
        ("stun:turn.example.eu", "turn.example.eu", 3478, "udp", False),
        ("turn:turn.example.eu:80?transport=tcp", "turn.example.eu", 80, "tcp", False),
        ("turns:turn.example.eu", "turn.example.eu", 5349, "tcp", True),
        ("turns:[2001:db8::1]:443?transport=tcp", "2001:db8::1", 443, "tcp", True),
    ],
)
def test_urls(url: str, host: str, port: int, by: str, is_encrypted: bool) -> None:
    """With the ports and ways of RFC 7064 and 7065 where none is said."""
    relay = parse(url)
    assert (relay.host, relay.port, relay.by, relay.is_encrypted) == (host, port, by, is_encrypted)
