"""`rtserver doctor`: everything is looked at, at once."""

import asyncio

from rtserver.checkup import relays, surroundings
from rtserver.checkup import settings as by_settings
from rtserver.checkup.finding import Finding, Level
from rtserver.checkup.public_address import look_at_public_address
from rtserver.config import Settings

CHECKS = {
    "data folder": surroundings.look_at_folder,
    "database": surroundings.look_at_database,
    "Redis": surroundings.look_at_redis,
    "certificate": surroundings.look_at_certificate,
    "port": surroundings.look_at_port,
    "metrics port": surroundings.look_at_metrics_port,
    "media by TCP": surroundings.look_at_media_tcp_port,
    "media by UDP": surroundings.look_at_media_udp_port,
    "open files": surroundings.look_at_files,
    "public address": look_at_public_address,
}
"""By what is looked at, in the order in which it is told."""


async def examine(settings: Settings) -> list[Finding]:
    """All findings: those of the settings first, then of what they name."""
    looks = [surroundings.within_deadline(subject, check, settings) for subject, check in CHECKS.items()]
    found, about_relays = await asyncio.gather(asyncio.gather(*looks), relays.look_at_relays(settings))
    return [
        *(finding for finding in by_settings.look_at(settings) if finding.level is not Level.GOOD),
        *(finding for finding in found if finding is not None),
        *about_relays,
    ]
