"""What single settings have to look like. Each answers the value as it is used, or raises `ValueError` with the end of
a sentence for whoever set it. Pure."""

import json
import re
from urllib.parse import urlsplit

from rtserver.origins import DEFAULT_PORTS, is_address, is_origin

NAME_SHAPE = re.compile(r"[A-Za-z0-9_-]{1,32}")
"""Of names that stand in addresses, cookies and keys of other programs."""


def checked_public_url(url: str) -> str:
    """Links and origins are built from it, so it is an origin; a slash at the end is forgiven."""
    if url and not is_origin(url.removesuffix("/")):
        raise ValueError("it must look like https://rt.example.eu, without a path")
    return url.removesuffix("/")


def checked_collector(url: str) -> str:
    """Passwords go into OTEL_EXPORTER_OTLP_HEADERS: an address is shown in errors."""
    if url and not _is_collector(url):
        raise ValueError("it must look like http://127.0.0.1:4318, without a name or password")
    return url


def checked_short_name(name: str) -> str:
    """Of a node, or before the keys of Redis."""
    if not NAME_SHAPE.fullmatch(name):
        raise ValueError("it must have 1 to 32 letters (a to z), digits, dashes or underscores")
    return name


def as_list(value: object) -> object:
    """A list in TOML; in a variable commas, or JSON as for any other list."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            advice = 'it begins with [ and is no list in JSON, such as ["one", "two"]; simpler: one,two'
            raise ValueError(advice) from None
    return tuple(part.strip() for part in value.split(",") if part.strip())


def checked_origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    """They are compared with what browsers send, letter by letter."""
    for origin in origins:
        if not is_origin(origin):
            raise ValueError(
                f"{origin!r} is not an origin as browsers send it, such as "
                "https://portal.example.eu (small letters, no path, no *, no usual port)"
            )
    return origins


def checked_addresses(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """They stand in ICE candidates, where browsers look no names up."""
    for address in addresses:
        if not is_address(address):
            raise ValueError(f"{address!r} is not an IP address that people can reach")
    return addresses


def _is_collector(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:  # a bracket that is not closed
        return False
    return parts.scheme in DEFAULT_PORTS and bool(parts.hostname) and "@" not in parts.netloc
