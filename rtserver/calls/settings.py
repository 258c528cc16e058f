"""From the settings to what calls work with: their limits, and the embedded media engine."""

import ipaddress
from urllib.parse import urlsplit

import structlog

from media.embedded import EmbeddedEngine, EmbeddedOptions
from media.engine import MediaEngine
from rtserver.calls.switchboard import CallSettings
from rtserver.config import Settings
from rtserver.origins import LOOPBACK_NAMES

log = structlog.get_logger(__name__)

MILLISECONDS = 1000


def call_settings(settings: Settings) -> CallSettings:
    """What calls depend on."""
    grace = int(settings.presence_grace * MILLISECONDS)
    return CallSettings(settings.mesh_participants_max, grace, settings.ice)


def new_engine(settings: Settings) -> MediaEngine:
    """The embedded engine, not started yet."""
    return EmbeddedEngine(engine_options(settings))


def engine_options(settings: Settings) -> EmbeddedOptions:
    """How the embedded engine runs."""
    return EmbeddedOptions(
        workers=settings.media_workers,
        host=settings.media_address,
        udp_port=settings.media_udp_port,
        tcp_port=settings.media_tcp_port,
        public_addresses=settings.media_public_addresses,
        offers_udp=settings.media_udp,
    )


def check_reach(settings: Settings) -> None:
    """Say it in the log when people are to come from elsewhere, by way of a proxy, and their media could not."""
    is_for_others = urlsplit(settings.url).hostname not in (*LOOPBACK_NAMES, "::1")
    if settings.media and is_for_others and not settings.media_public_addresses and _is_local(settings.media_address):
        advice = "set RT_MEDIA_HOST and RT_MEDIA_PUBLIC_ADDRESSES: media does not come by way of the proxy"
        log.warning("media.local_only", media_host=settings.media_address, advice=advice)


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK_NAMES
