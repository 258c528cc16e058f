"""Which worker listens where: consecutive ports for everything, so that none is in another's way. Pure."""

from pathlib import Path
from string import ascii_lowercase

from msgspec import Struct

from rtserver.config import PORT_MAX, PREFIX, ConfigInvalid, Settings
from rtserver.config_ports import PortRange, meetings, ranges_of

WORKERS_MAX = 64
"""More than machines have cores for; a wrong key should not start a thousand processes."""

NOTICE = 3.0
"""Seconds of `drain_notice` when nothing is set: workers stand behind a load balancer, which looks once a second."""

SPREAD = 5.0
"""Seconds of `drain_spread` when nothing is set: a few thousand come back at the others in it."""

DRAIN_SETTINGS = {"drain_notice", "drain_spread", "drain_deadline"}


class WorkerPlan(Struct, frozen=True):
    """One worker: its number, from 0, its port, and the settings that are its own."""

    number: int
    port: int
    overrides: dict[str, str]

    @property
    def environment(self) -> dict[str, str]:
        """Its own settings, as variables."""
        return {PREFIX + name.upper(): value for name, value in self.overrides.items()}


def plan_workers(settings: Settings, count: int, config: Path | None = None) -> tuple[WorkerPlan, ...]:
    """What each of `count` workers is to be started with. Raises `ConfigInvalid`.

    `config`: the settings file, when one was named. Options of the command reach the workers as variables.
    """
    if settings.database.startswith("sqlite"):
        raise ConfigInvalid(
            "SQLite serves one process: for several workers set database_url (RT_DATABASE_URL) to one of PostgreSQL."
        )
    if settings.port == 0:
        raise ConfigInvalid("Several workers listen on consecutive ports: choose the first with --port.")
    ranges = ranges_of(settings)
    _require_apart(ranges, count)
    shared = {"host": settings.host} | ({} if config is None else {"config": str(config)})
    if not settings.model_fields_set & DRAIN_SETTINGS:
        shared |= {"drain_notice": str(NOTICE), "drain_spread": str(SPREAD)}
    return tuple(
        WorkerPlan(
            number,
            settings.port + number,
            {**{each.setting: str(each.of(number)) for each in ranges}, **shared, **_name(settings, number)},
        )
        for number in range(count)
    )


def _name(settings: Settings, number: int) -> dict[str, str]:
    """A name of its own for the load balancer, where the machine has one: node1a, node1b, ..."""
    before, last = divmod(number, len(ascii_lowercase))
    letters = (ascii_lowercase[before - 1] if before else "") + ascii_lowercase[last]
    return {"node_name": settings.node_name + letters} if settings.node_name else {}


def _require_apart(ranges: list[PortRange], count: int) -> None:
    for each in ranges:
        if each.of(count) - 1 > PORT_MAX:
            raise ConfigInvalid(
                f"{count} workers need consecutive ports from {each.setting} on ({each.first}); they end at {PORT_MAX}."
            )
    for met in meetings(ranges, count):
        raise ConfigInvalid(
            f"{count} workers would take port {met.port} twice, from {met.one.setting} and from {met.other.setting} "
            "on: choose numbers further apart."
        )
