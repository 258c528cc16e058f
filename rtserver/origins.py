"""Origins and addresses as they stand in links and as browsers send them."""

import ipaddress
from urllib.parse import SplitResult, urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}
LOOPBACK_NAMES = ("127.0.0.1", "localhost")


def reachable(host: str) -> str:
    """A name for `host` in a URL; a server that listens on every address is at least at the loopback one."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.lower()
    if address.is_unspecified:
        return LOOPBACK_NAMES[0]
    return f"[{address}]" if address.version == 6 else str(address)


def is_address(text: str) -> bool:
    """True for an IP address that people can reach, which "every address" is not."""
    try:
        return not ipaddress.ip_address(text).is_unspecified
    except ValueError:
        return False


def is_origin(text: str) -> bool:
    """True for what a browser would send as Origin: small letters, punycode, no usual port, no path."""
    try:
        parts = urlsplit(text)
        return (
            text.isascii()
            and parts.scheme in DEFAULT_PORTS
            and "*" not in text
            and bool(parts.hostname)
            and text == origin_of(parts, parts.hostname or "")
        )
    except ValueError:  # a port that is no number
        return False


def origin_of(parts: SplitResult, hostname: str) -> str:
    """The origin of a URL, at another name of the same host."""
    host = f"[{hostname}]" if ":" in hostname else hostname
    usual = parts.port is None or parts.port == DEFAULT_PORTS.get(parts.scheme)
    return f"{parts.scheme}://{host}" if usual else f"{parts.scheme}://{host}:{parts.port}"
