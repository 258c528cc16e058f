"""What can be said of settings by themselves: nothing is opened, looked up or asked."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from rtserver.checkup.finding import Finding, good, hint
from rtserver.config import Settings
from rtserver.origins import LOOPBACK_NAMES

ANY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not listened on

SUBJECT_ADDRESS = "address"
SUBJECT_CALLS = "calls"
SUBJECT_PROCESSES = "several servers"
SUBJECT_METRICS = "metrics"
SUBJECT_FILES = "pictures"


def look_at(settings: Settings) -> list[Finding]:
    """What will make somebody unhappy, though each setting is valid; a single good word when there is nothing."""
    findings = [*_address(settings), *_calls(settings), *_processes(settings), *_rest(settings)]
    return findings or [good("settings", "The settings are valid and fit together.")]


def _address(settings: Settings) -> Iterator[Finding]:
    is_for_others = settings.host not in LOOPBACK_NAMES
    name = urlsplit(settings.url).hostname or ""
    if is_for_others and not settings.public_url:
        yield hint(
            SUBJECT_ADDRESS,
            f"Invitations will lead to {settings.url}, since no public address is set.",
            "Set public_url (RT_PUBLIC_URL) to the address that people type, such as https://rt.example.eu.",
        )
    elif not settings.secure and name not in LOOPBACK_NAMES:
        yield hint(
            SUBJECT_ADDRESS,
            "People come in by http: their browsers refuse them camera and microphone, and others can read along.",
            "Let a proxy end TLS and set public_url to https://..., or set tls_certificate and tls_key.",
        )
    if is_for_others and settings.secure and settings.tls_certificate is None:
        yield hint(
            SUBJECT_ADDRESS,
            f"TLS ends before this server, and it listens on {settings.host or 'every address'} without.",
            "Let only the proxy reach the port: listen on 127.0.0.1, or close the port to others.",
        )


def _calls(settings: Settings) -> Iterator[Finding]:
    if not settings.media:
        yield hint(SUBJECT_CALLS, "There are no calls: media is off.", "Set media (RT_MEDIA) to true to have them.")
        return
    is_for_others = urlsplit(settings.url).hostname not in LOOPBACK_NAMES
    if is_for_others and settings.media_address in LOOPBACK_NAMES:
        yield hint(
            SUBJECT_CALLS,
            "Media is received on this machine's own address only: nobody else will see or hear anybody.",
            "Set media_host (RT_MEDIA_HOST) to 0.0.0.0 or to the address that people reach.",
        )
    if is_for_others and not (settings.media_udp_port and settings.media_tcp_port):
        yield hint(
            SUBJECT_CALLS,
            "The ports of media are other ones after each start, so that a firewall cannot let them in.",
            "Set media_udp_port and media_tcp_port, and open both to everybody.",
        )
    if is_for_others and not settings.turn_urls:
        yield hint(
            SUBJECT_CALLS,
            "There is no TURN server: schools whose firewall lets out nothing but port 443 will have no calls.",
            "Set up coturn with deploy/coturn and set turn_urls and turn_secret.",
        )
    if settings.turn_urls and not any(_is_turn_by_tls(url) for url in settings.turn_urls):
        yield hint(
            SUBJECT_CALLS,
            "No TURN server is named by TLS on port 443, the one way out of the strictest schools.",
            "Add turns:NAME:443?transport=tcp to turn_urls.",
        )


def _is_turn_by_tls(url: str) -> bool:
    return url.startswith("turns:") and ":443" in url


def _processes(settings: Settings) -> Iterator[Finding]:
    if settings.redis_url and not settings.database_url:
        yield hint(
            SUBJECT_PROCESSES,
            "Redis is set, and SQLite serves one process only: there is nobody to tell anything.",
            "Set database_url to PostgreSQL for several processes, or take redis_url out.",
        )
    if settings.redis_url and not settings.node_name:
        yield hint(
            SUBJECT_PROCESSES,
            "This server has no name for the load balancer: members of a call cannot be sent to where it goes on.",
            "Set node_name (RT_NODE_NAME) to the server's name in the load balancer's configuration.",
        )
    if settings.redis_url and not settings.drain_notice:
        yield hint(
            SUBJECT_PROCESSES,
            "When this server ends, the load balancer hears of it too late and goes on to send people here.",
            "Set drain_notice and drain_spread as docs/administration.md has it under 'Upgrade during a school day'.",
        )


def _rest(settings: Settings) -> Iterator[Finding]:
    if settings.metrics_port and settings.metrics_host in ANY_ADDRESS:
        yield hint(
            SUBJECT_METRICS,
            "Metrics can be read on every address of this machine.",
            "Set metrics_host to an address that only those who watch can reach, or close the port to others.",
        )
    if settings.member_files_bytes_max > settings.project_files_bytes_max:
        yield hint(
            SUBJECT_FILES,
            "One member may fill the space for pictures of a whole project.",
            "Set member_files_bytes_max lower than project_files_bytes_max.",
        )
