"""From the settings to what calls work with."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from media.embedded import EmbeddedEngine, EmbeddedOptions
from rtserver.calls.settings import call_settings, check_reach, engine_options, new_engine
from rtserver.config_loading import load


def test_nothing_configured() -> None:
    """Calls on this machine, and no server of anybody else."""
    settings = load()
    assert engine_options(settings) == EmbeddedOptions()
    assert call_settings(settings).mesh_max == 2
    assert call_settings(settings).grace == 10_000
    assert call_settings(settings).ice.stun_urls == call_settings(settings).ice.turn_urls == ()


def test_everything_configured() -> None:
    """As it is said."""
    settings = load(
        host="10.0.0.1",
        media_workers=2,
        media_host="0.0.0.0",
        media_udp_port=40_000,
        media_tcp_port=40_010,
        media_udp=False,
        media_public_addresses=["192.0.2.7", "2001:db8::7"],
        mesh_participants_max=0,
        presence_grace=1.5,
        stun_urls=["stun:turn.example.eu"],
        turn_urls=["turns:turn.example.eu:443?transport=tcp"],
        turn_secret="s" * 32,
        turn_lifetime=60.5,
        relay_only=True,
    )
    public = ("192.0.2.7", "2001:db8::7")
    assert engine_options(settings) == EmbeddedOptions(2, "0.0.0.0", 40_000, 40_010, public, offers_udp=False)
    calls = call_settings(settings)
    assert (calls.mesh_max, calls.grace) == (0, 1500)
    assert (calls.ice.lifetime, calls.ice.relay_only, calls.ice.turn_secret) == (61, True, "s" * 32)


def test_media_are_received_where_the_server_listens() -> None:
    """Unless it is said otherwise."""
    assert engine_options(load(host="10.0.0.1")).host == "10.0.0.1"


def test_the_engine() -> None:
    """Is the embedded one."""
    assert len(EmbeddedEngine(engine_options(load(media_workers=3))).workers) == 3
    assert isinstance(new_engine(load()), EmbeddedEngine)


@pytest.mark.parametrize(
    ("given", "is_warned"),
    [
        ({}, False),
        ({"host": "0.0.0.0"}, False),
        ({"public_url": "https://rt.example.eu"}, True),
        ({"public_url": "https://rt.example.eu", "host": "localhost"}, True),
        ({"public_url": "https://rt.example.eu", "media": False}, False),
        ({"public_url": "https://rt.example.eu", "media_host": "10.0.0.1"}, False),
        ({"public_url": "https://rt.example.eu", "media_host": "media.example.eu"}, False),
        ({"public_url": "https://rt.example.eu", "media_public_addresses": ["192.0.2.7"]}, False),
        ({"public_url": "http://localhost:8080"}, False),
    ],
)
def test_media_that_cannot_be_reached(given: dict[str, Any], is_warned: bool) -> None:
    """The usual mistake behind a proxy: everything works but calls."""
    with capture_logs() as logs:
        check_reach(load(**given))
    assert [line["event"] for line in logs] == ["media.local_only"] * is_warned
