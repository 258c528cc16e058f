"""Where Redis is: what `redis_url` says. Errors are half sentences for an operator that hold nothing of the address."""

from dataclasses import dataclass, field
from enum import Enum
from typing import TypedDict
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

REDIS_PORT = 6379
SENTINEL_PORT = 26379
PORT_MAX = 65_535

LOOKS = (
    "it must look like redis://:password@host:6379/0, rediss://… (TLS), redis+sentinel://host1,host2/service, "
    "redis+cluster://host1,host2 or unix:///path/to/socket"
)


class Kind(Enum):
    """How the deployment of Redis is made."""

    SINGLE = "redis"
    SENTINEL = "sentinel"
    CLUSTER = "cluster"


SCHEMES = {
    "redis": (Kind.SINGLE, False),
    "rediss": (Kind.SINGLE, True),
    "redis+sentinel": (Kind.SENTINEL, False),
    "rediss+sentinel": (Kind.SENTINEL, True),
    "redis+cluster": (Kind.CLUSTER, False),
    "rediss+cluster": (Kind.CLUSTER, True),
    "unix": (Kind.SINGLE, False),
}
"""Scheme -> kind, whether it is TLS."""


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """A parsed `redis_url`. `hosts`: Redis, the sentinels, or some of a cluster; empty for a Unix socket."""

    kind: Kind
    hosts: tuple[tuple[str, int], ...] = ()
    is_encrypted: bool = False
    path: str = ""
    service: str = ""
    database: int = 0
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


class _Credentials(TypedDict):
    username: str
    password: str


def parse(url: str) -> RedisAddress:
    """What a `redis_url` says. Raises `ValueError` with a half sentence that holds nothing of it."""
    try:
        parts = urlsplit(url)
        kind, is_encrypted = SCHEMES[parts.scheme]
        credentials, _, hosts = parts.netloc.rpartition("@")
    except (KeyError, ValueError):
        raise ValueError(LOOKS) from None
    username, _, password = credentials.partition(":")
    names = _Credentials(username=unquote(username), password=unquote(password))
    if parts.fragment:
        raise ValueError("a # in the password must be written as %23")
    if parts.scheme == "unix":
        return _unix(parts, hosts, names)
    if parts.query:
        raise ValueError("it takes no options behind a ?; a ? in the password must be written as %3F")
    service, database = _path(kind, parts.path)
    port = SENTINEL_PORT if kind is Kind.SENTINEL else REDIS_PORT
    found = tuple(_host(one, port) for one in hosts.split(","))
    if kind is Kind.SINGLE and len(found) > 1:
        raise ValueError("several hosts need redis+sentinel:// or redis+cluster://")
    return RedisAddress(kind, found, is_encrypted, service=service, database=database, **names)


def _unix(parts: SplitResult, host: str, names: _Credentials) -> RedisAddress:
    options = parse_qs(parts.query, keep_blank_values=True)
    if host or parts.path in ("", "/") or set(options) - {"db"}:
        raise ValueError("a Unix socket must look like unix:///path/to/socket or unix:///path/to/socket?db=1")
    database = _database(options.get("db", ["0"])[-1])
    return RedisAddress(Kind.SINGLE, path=unquote(parts.path), database=database, **names)


def _host(text: str, port: int) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname or "", port if parts.port is None else parts.port
    except ValueError:
        raise ValueError(LOOKS) from None
    if not host or not 0 < port <= PORT_MAX:
        raise ValueError(LOOKS)
    return host, port


def _path(kind: Kind, path: str) -> tuple[str, int]:
    """The Sentinel's service and the number of the database."""
    words = [unquote(word) for word in path.strip("/").split("/")] if path.strip("/") else []
    service = ""
    if kind is Kind.SENTINEL:
        if not words:
            raise ValueError("after the sentinels comes the name of the service: redis+sentinel://host1,host2/service")
        service = words.pop(0)
    if len(words) > 1:
        raise ValueError(LOOKS)
    database = _database(words[0]) if words else 0
    if kind is Kind.CLUSTER and database:
        raise ValueError("a cluster has no database but 0")
    return service, database


def _database(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError("the database of Redis is a number")
    return int(text)
