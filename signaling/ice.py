"""The ICE servers that clients of a call are told of, and credentials for them that end by themselves.

Only what is configured is ever named: without configuration, no outside server learns of a class.

Credentials: "A REST API For Access To TURN Services" (draft-uberti-behave-turn-rest-00), coturn's `use-auth-secret`.
The user name says until when it is good and whom it was made for, the password is its HMAC-SHA1 with a secret that only
the server and the TURN server know.
"""

import base64
import hashlib
import hmac
import re

from msgspec import Struct

from rooms.model import MemberId
from signaling.messages import ICE_SERVERS_MAX, IceServer, IceServers

LIFETIME_S = 4 * 60 * 60
"""How long credentials are good: a long morning. An allocation made with them lives on when they end."""

SECRET_CHARACTERS_MIN = 16
"""Shorter secrets can be guessed from one pair of user name and password, which every client gets."""

SESSION_HASH_CHARACTERS = 16
"""Enough to tell sessions apart in the TURN server's log and quota; it does not lead back to the session."""

# RFC 7064 and RFC 7065, without what no browser takes. An IPv6 address stands in brackets.
_HOST = r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?"
_STUN_URL = re.compile(rf"stuns?:{_HOST}")
_TURN_URL = re.compile(rf"(?:turn:{_HOST}(?:\?transport=(?:udp|tcp))?|turns:{_HOST}(?:\?transport=tcp)?)")


class IceSettings(Struct, frozen=True):
    """What an operator configured. Raises `ValueError` with a sentence when it cannot be meant so.

    `turn_secret` is the TURN server's static-auth-secret, `lifetime` seconds, `relay_only` lets media go through TURN
    only, as where every other way is forbidden.
    """

    stun_urls: tuple[str, ...] = ()
    turn_urls: tuple[str, ...] = ()
    turn_secret: str | None = None
    lifetime: int = LIFETIME_S
    relay_only: bool = False

    def __post_init__(self) -> None:
        for url in self.stun_urls:
            if not _STUN_URL.fullmatch(url):
                raise ValueError(f"{url!r} is no STUN server: write it like stun:stun.example.org:3478")
        for url in self.turn_urls:
            if not _TURN_URL.fullmatch(url):
                raise ValueError(f"{url!r} is no TURN server: write it like turns:turn.example.org:443?transport=tcp")
        if len(self.stun_urls) + len(self.turn_urls) > ICE_SERVERS_MAX:
            raise ValueError(f"at most {ICE_SERVERS_MAX} ICE servers: more slow every call down")
        if self.turn_urls and len(self.turn_secret or "") < SECRET_CHARACTERS_MIN:
            raise ValueError(f"TURN servers need their secret, of at least {SECRET_CHARACTERS_MIN} characters")
        if self.relay_only and not self.turn_urls:
            raise ValueError("without a TURN server there is nothing to relay by")
        if self.lifetime <= 0:
            raise ValueError("credentials must be good for a while")


def session_hash(session: str) -> str:
    """A name for a session that does not give it away."""
    return hashlib.sha256(session.encode()).hexdigest()[:SESSION_HASH_CHARACTERS]


def turn_username(member: MemberId, session: str, expires_at: int) -> str:
    """The user name of a member's session, good until `expires_at` (seconds since 1970 UTC)."""
    return f"{expires_at}:{member}.{session_hash(session)}"


def turn_password(username: str, secret: str) -> str:
    """The password that belongs to a user name."""
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()


def ice_servers(settings: IceSettings, member: MemberId, session: str, now: int) -> IceServers:
    """What a member's client is told at `now` (milliseconds). Nothing configured: no server at all."""
    expires_at = now // 1000 + settings.lifetime
    servers = []
    if settings.stun_urls:
        servers.append(IceServer(settings.stun_urls))
    if settings.turn_urls and settings.turn_secret:
        username = turn_username(member, session, expires_at)
        servers.append(IceServer(settings.turn_urls, username, turn_password(username, settings.turn_secret)))
    return IceServers(tuple(servers), expires_at * 1000, settings.relay_only)
