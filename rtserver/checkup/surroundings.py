"""What the settings name, tried: the folder, the database, Redis, the certificate, the ports.

Each check answers within `DEADLINE`, changes nothing that stays, and asks nobody who is not named in the settings.
"""

import asyncio
import errno
import resource
import shutil
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from cryptography import x509

from media.addresses import resolve_host
from rooms.ports import LogUnavailable
from rtserver.broker.factory import try_redis
from rtserver.broker.port import BrokerUnavailable
from rtserver.checkup.finding import Finding, fault, good, hint
from rtserver.config import ConfigInvalid, Settings
from rtserver.config_ports import PortRange, ranges_of
from rtserver.database import Database, MigrationFailed
from rtserver.serving import FILES_BESIDES
from rtserver.tls import Certificate, CertificateUnusable

DEADLINE = 10.0
"""Seconds for one check: longer than what a healthy part takes on a bad day."""

FREE_BYTES_MIN = 1_000_000_000
"""Of the disk: a school year of a dozen classes with their pictures."""

CERTIFICATE_DAYS_MIN = 14
"""Renewing programs renew 30 days before: what is nearer to its end was not renewed."""

SECONDS_PER_DAY = 86_400
MEGABYTE = 1_000_000

Check = Callable[[Settings], Awaitable[Finding | None]]
"""None: the settings name nothing of the kind."""


async def within_deadline(subject: str, check: Check, settings: Settings) -> Finding | None:
    """What a check found; a fault when it took too long or could not be carried out."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await check(settings)
    except TimeoutError:
        said = f"Nothing answered within {DEADLINE:.0f} seconds."
        advice = "Look whether it runs, and whether a firewall stands between."
    except Exception as error:  # noqa: BLE001 - whatever it is, the operator wants to know and the other checks go on
        said = f"It could not be looked at ({type(error).__name__})."
        advice = "Compare what is set for it with docs/administration.md; if that is right, report it as our mistake."
    return fault(subject, said, advice)


async def look_at_folder(settings: Settings) -> Finding | None:
    """Whether the data folder can be written, and has space."""
    if settings.database_url:
        return None
    folder = _nearest_existing(settings.data.absolute())
    try:
        free = shutil.disk_usage(folder).free
        probe = folder / f".rtserver-doctor-{time.time_ns()}"
        probe.touch(exist_ok=False)
        probe.unlink()
    except OSError as error:
        return fault(
            "data folder",
            f"{folder} cannot be written ({error.strerror}).",
            "Give the folder to the user that rtserver runs as, or name another one with RT_DATA.",
        )
    if free < FREE_BYTES_MIN:
        return hint(
            "data folder",
            f"{free // MEGABYTE} MB are free on the disk of {folder}.",
            "Make space: when the disk is full, nobody can write a message any more.",
        )
    return good("data folder", f"{folder} can be written; {free // MEGABYTE:,} MB are free.")


def _nearest_existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


async def look_at_database(settings: Settings) -> Finding | None:
    """Whether it answers, how fast, and whether its tables are those of this version. None: SQLite's comes at start."""
    if not settings.database_url and not (settings.data / "rtserver.db").exists():
        return None
    advice = "Look whether it runs and whether database_url (RT_DATABASE_URL) names it rightly."
    try:
        database = await Database.open(settings.database)
    except (LogUnavailable, ValueError) as error:
        return fault("database", f"It cannot be opened: {_first_line(error)}", advice)
    try:
        begun = time.perf_counter()
        state = await database.schema()
        took = time.perf_counter() - begun
    except MigrationFailed as error:
        return fault("database", _first_line(error), "Install the newer version again, or restore an older backup.")
    except LogUnavailable as error:
        return fault("database", f"It does not answer: {_first_line(error)}", advice)
    finally:
        await database.close()
    if state.is_newest or not settings.database_url:
        return good("database", f"It answers in {took * 1000:.0f} ms, and its tables are those of this version.")
    return fault(
        "database", "Its tables are not those of this version.", "Run `rtserver migrate` before servers are started."
    )


async def look_at_redis(settings: Settings) -> Finding | None:
    """Whether Redis lets this server in."""
    if not settings.redis_url:
        return None
    advice = "Look whether it runs, and whether redis_url (RT_REDIS_URL) has the right address and password."
    try:
        took = await try_redis(settings)
    except ConfigInvalid as error:
        return fault("Redis", _first_line(error), "Then try again.")
    except BrokerUnavailable as error:
        return fault("Redis", _first_line(error), advice)
    return good("Redis", f"It answers in {took * 1000:.0f} ms.")


async def look_at_certificate(settings: Settings) -> Finding | None:
    """Whether it can be used, and for how long."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    advice = "Renew it; rtserver takes the new files within a minute, without a restart."
    try:
        Certificate(settings.tls_certificate, settings.tls_key)
    except CertificateUnusable as error:
        return fault(
            "certificate", _first_line(error), "Give both files as docs/administration.md has it under 'Start'."
        )
    ends = x509.load_pem_x509_certificate(settings.tls_certificate.read_bytes()).not_valid_after_utc
    days = (ends.timestamp() - time.time()) / SECONDS_PER_DAY
    if days < 0:
        return fault("certificate", "It has ended: browsers let nobody in.", advice)
    if days < CERTIFICATE_DAYS_MIN:
        return hint("certificate", f"It ends in {days:.0f} days.", advice)
    return good("certificate", f"It can be used, and ends in {days:.0f} days.")


async def look_at_port(settings: Settings) -> Finding | None:
    """Whether this server could listen, or does."""
    # Also one that the system chooses, which `ranges_of` leaves out: its address may be another machine's.
    chosen = PortRange("port", settings.host, 0, 1, "TCP")
    return await _look_at_range("port", "port", settings) or await _look_at_ports("port", chosen)


async def look_at_metrics_port(settings: Settings) -> Finding | None:
    """The same of the port for those who watch."""
    return await _look_at_range("metrics port", "metrics_port", settings)


async def look_at_media_tcp_port(settings: Settings) -> Finding | None:
    """The same of the TCP ports of media, one for each media worker."""
    return await _look_at_range("media by TCP", "media_tcp_port", settings)


async def look_at_media_udp_port(settings: Settings) -> Finding | None:
    """The same of the UDP ports of media, one for each media worker."""
    return await _look_at_range("media by UDP", "media_udp_port", settings)


async def _look_at_range(subject: str, setting: str, settings: Settings) -> Finding | None:
    """None: nothing is listened on, or on ports that the system chooses."""
    found = next((ports for ports in ranges_of(settings) if ports.setting == setting), None)
    return None if found is None else await _look_at_ports(subject, found)


async def _look_at_ports(subject: str, ports: PortRange) -> Finding:
    in_use: Finding | None = None
    for port in ports.ports(workers=1):
        place = _place(ports, port, port)
        try:
            await _bind_for_a_moment(ports, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return _closed(subject, place, ports.setting, error)
            in_use = in_use or _in_use(subject, place)
    *_, last = ports.ports(workers=1)
    return in_use or good(subject, f"{_place(ports, ports.first, last)} can be listened on.")


def _place(ports: PortRange, first: int, last: int) -> str:
    """An address and its ports, as a sentence names them."""
    numbers = f"port {last}" if last == first else f"ports {first} to {last}"
    chosen = " (a free one)" if last == 0 else ""
    return f"{ports.host or 'every address'} {ports.protocol} {numbers}{chosen}"


async def _bind_for_a_moment(ports: PortRange, port: int) -> None:
    """Take the port and give it back, as who will have it takes it. Raises `OSError`."""
    family, address = await resolve_host(ports.host)
    kind = socket.SOCK_STREAM if ports.protocol == "TCP" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as probe:
        if family == socket.AF_INET6:
            takes_ipv4 = not ports.host or (ports.takes_both and address == "::")
            probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not takes_ipv4))
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
        if kind == socket.SOCK_STREAM:
            probe.listen()


def _in_use(subject: str, place: str) -> Finding:
    return good(subject, f"{place} is in use, by rtserver itself when it runs.")


def _closed(subject: str, place: str, setting: str, error: OSError) -> Finding:
    """A port that nobody gets: one that only root may have, or an address of another machine."""
    variable = f"RT_{setting.upper()}"
    host = {"port": "RT_HOST", "metrics_port": "RT_METRICS_HOST"}.get(setting, "RT_MEDIA_HOST")
    is_elsewhere = error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror)
    advice = f"Set {host} to an address of this machine." if is_elsewhere else f"Choose another with {variable}."
    return fault(subject, f"{place} cannot be listened on ({error.strerror}).", advice)


async def look_at_files(settings: Settings) -> Finding | None:
    """Whether this process may open as many files as it may have sockets."""
    wanted = settings.connections_max + FILES_BESIDES
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY or hard >= wanted:
        return good("open files", f"{settings.connections_max:,} people can be connected at once.")
    return hint(
        "open files",
        f"The system allows {hard:,} open files, and {settings.connections_max:,} connections need {wanted:,}.",
        "Raise LimitNOFILE= in the systemd unit (or `ulimit -n`), or lower connections_max.",
    )


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
