"""`signaling.ice`: which ICE servers clients are told of, and the credentials for them."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.ice import IceSettings, ice_servers, session_hash, turn_password
from signaling.messages import ICE_SERVERS_MAX, IceServers

SECRET = "north-south-east-west"
TURN = ("turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:443?transport=tcp")
NOW = 1_750_000_000_123


def test_nothing_configured_names_nobody() -> None:
    """No server, ever; and nothing that is to be relayed."""
    assert ice_servers(IceSettings(), "zoe", "s1", NOW) == IceServers((), 1_750_014_400_000, False)


def test_stun_needs_no_credentials() -> None:
    """A server of its own."""
    (server,) = ice_servers(IceSettings(stun_urls=("stun:stun.example.org",)), "zoe", "s1", NOW).servers
    assert (server.urls, server.username, server.credential) == (("stun:stun.example.org",), None, None)


def test_turn_credentials() -> None:
    """As in the draft: user name "until:whom", password its HMAC-SHA1; made for the member and the session."""
    settings = IceSettings(("stun:stun.example.org",), TURN, SECRET, lifetime=600, relay_only=True)
    told = ice_servers(settings, "zoe", "the session", NOW)
    assert told.expires_at == 1_750_000_600_000
    assert told.relay_only
    stun, turn = told.servers
    assert stun.credential is None
    assert turn.urls == TURN
    assert turn.username == f"1750000600:zoe.{session_hash('the session')}"
    expected = hmac.new(SECRET.encode(), turn.username.encode(), hashlib.sha1).digest()
    assert base64.b64decode(turn.credential or "") == expected


def test_known_password() -> None:
    """Worked out by: printf 1433895918:alice | openssl dgst -binary -sha1 -hmac north | base64"""
    assert turn_password("1433895918:alice", "north") == "RqMvcGPYTJMGThVLSi4amT4zFtI="


@given(st.text(), st.text())
def test_session_hash_tells_apart_and_does_not_tell(one: str, other: str) -> None:
    """Different sessions, different names; short, and of hexadecimal digits."""
    assert (session_hash(one) == session_hash(other)) is (one == other)
    assert len(session_hash(one)) == 16
    assert set(session_hash(one)) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "url", ["turn:a", "turn:a:3478", "turn:[2001:db8::1]:3478?transport=tcp", "turns:a.b-c.d:443", TURN[0], TURN[1]]
)
def test_turn_urls(url: str) -> None:
    """What RFC 7065 and browsers take."""
    assert IceSettings(turn_urls=(url,), turn_secret=SECRET).turn_urls == (url,)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"stun_urls": ("stun.example.org",)}, "no STUN"),
        ({"stun_urls": ("stun:a?transport=udp",)}, "no STUN"),
        ({"stun_urls": ("turn:a",)}, "no STUN"),
        ({"turn_urls": ("stun:a",), "turn_secret": SECRET}, "no TURN"),
        ({"turn_urls": ("turn:a?transport=tls",), "turn_secret": SECRET}, "no TURN"),
        ({"turn_urls": ("turns:a?transport=udp",), "turn_secret": SECRET}, "no TURN"),
        ({"turn_urls": ("turn:zoe@a",), "turn_secret": SECRET}, "no TURN"),
        ({"turn_urls": ("turn:a\n",), "turn_secret": SECRET}, "no TURN"),
        ({"turn_urls": TURN}, "secret"),
        ({"turn_urls": TURN, "turn_secret": "short"}, "secret"),
        ({"stun_urls": ("stun:a",) * (ICE_SERVERS_MAX + 1)}, "at most"),
        ({"relay_only": True}, "nothing to relay"),
        ({"lifetime": 0}, "for a while"),
    ],
)
def test_settings_that_cannot_be_meant(settings: dict[str, Any], words: str) -> None:
    """Are refused with a sentence, when the server starts and not when a class meets."""
    with pytest.raises(ValueError, match=words):
        IceSettings(**settings)
