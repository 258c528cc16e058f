"""What carries the peaks of a day, at the measured costs, and which part would be full first. Pure arithmetic."""

import math
from collections.abc import Iterator

from msgspec import Struct

from loadtests.scale import assumptions, units
from loadtests.scale.day import Day
from loadtests.scale.demand import packets, streams

MICROSECONDS = 1e6
MILLISECONDS = 1e3
KIB_PER_GB = 1e9 / 1024
MB_PER_GB = 1e3
KB_PER_GB = 1e6
BYTES_PER_GB = 1e9
BYTES_PER_TB = 1e12

LINK = f"{assumptions.LINK_MBPS / MILLISECONDS:g} Gb/s"

PROCESSES_LEAST = 2
"""So that a lesson goes on while one is upgraded."""

MACHINES_LEAST = 2
"""One may be away."""

SPARE = 1
"""Machines that are lost at the peak."""


class Cores(Struct, frozen=True):
    """Cores that are busy at the peak, all of each used: by whom, and for what.

    `ticket`: a portal fetches one for a person; taken to cost as much as coming in, which has not been measured.
    """

    deliveries: float
    appends: float
    crossing: float
    rooms: float
    entrances: float
    tickets: float
    media: float
    database: float
    redis: float
    balancer: float

    @property
    def hub(self) -> float:
        """Of the processes of rtserver, without media."""
        return self.deliveries + self.appends + self.crossing + self.rooms + self.entrances + self.tickets


class Limit(Struct, frozen=True):
    """A part of which there is one, and how many times the day's peak it carries. `means`: the words for it."""

    part: str
    used: float
    means: str

    @property
    def grows(self) -> float:
        """Times the peak at which it is full."""
        return 1 / self.used if self.used > 0 else math.inf


class Sizing(Struct, frozen=True):
    """What to run. Memory in GB, of all machines together but where it says otherwise."""

    cores: Cores
    processes: int
    media_workers: int
    machines: int
    """For rtserver and its media workers; one of them may be lost."""
    memory: float
    machine_mbps: float
    """Media out of one machine while one is lost, at the peak."""
    moved: int
    """People who come back to the others when the fullest machine is lost at the peak."""
    database_cores: int
    database_connections: int
    balancer_memory: float
    balancer_cores: int
    balancers: int
    """Machines for HAProxy; one of them may be lost."""
    chat_term: float
    board_term: float
    """GB that the database grows by in a term; boards before their logs are pruned."""
    sent_month: float
    """TB to people in a month of school."""
    limits: tuple[Limit, ...]
    """The fullest first."""


def size(day: Day) -> Sizing:
    """For the peaks of a day; those of the bell and of the lessons are taken to come at once."""
    plan, peaks = day.plan, day.peaks
    cores = _cores(day)
    processes = max(PROCESSES_LEAST, _at_use(cores.hub, plan.use))
    media_workers = max(processes, _at_use(cores.media, plan.use))
    working = max(1, _at_use(cores.hub + cores.media, plan.use * plan.cores))
    machines = max(MACHINES_LEAST, working + SPARE)
    cores = _with_idle(cores, processes)
    people = peaks["people"].value
    return Sizing(
        cores=cores,
        processes=processes,
        media_workers=media_workers,
        machines=machines,
        memory=people * units.CONNECTION.value / KIB_PER_GB
        + peaks["lessons"].value * units.ROOM.value / KB_PER_GB
        + (processes + media_workers) * units.PROCESS.value / MB_PER_GB,
        machine_mbps=peaks["media_out_mbps"].value / (machines - SPARE),
        moved=math.ceil(people / machines),
        database_cores=_at_use(cores.database, plan.use),
        database_connections=processes * assumptions.DATABASE_POOL,
        balancer_memory=people * units.BALANCER_CONNECTION.value / KB_PER_GB,
        balancer_cores=_at_use(cores.balancer, plan.use),
        balancers=_at_use(cores.balancer, plan.use * plan.cores) + SPARE,
        chat_term=_in_a_term(day.totals.chat_bytes),
        board_term=_in_a_term(day.totals.board_bytes),
        sent_month=day.totals.sent_bytes / assumptions.BUSY_DAY * assumptions.MONTH_DAYS / BYTES_PER_TB,
        limits=tuple(sorted(_limits(day, cores), key=lambda limit: -limit.used)),
    )


def _cores(day: Day) -> Cores:
    peaks = day.peaks
    deliveries = peaks["deliveries"].value
    return Cores(
        deliveries=deliveries * units.DELIVERY.value / MICROSECONDS,
        appends=peaks["appends"].value * units.APPEND.value / MICROSECONDS,
        crossing=deliveries * assumptions.CROSSING_SHARE * units.HOP.value / MICROSECONDS,
        rooms=peaks["lessons"].value * units.ROOM_IDLE.value / MICROSECONDS,
        entrances=day.storm.connections.value * units.ENTRANCE.value / MILLISECONDS,
        tickets=day.storm.sign_ins * units.ENTRANCE.value / MILLISECONDS,
        media=peaks["packets"].value * units.PACKET.value / MICROSECONDS,
        database=peaks["appends"].value * units.APPEND_DATABASE.value / MICROSECONDS,
        redis=peaks["redis"].value * units.REDIS_MESSAGE.value / MICROSECONDS,
        balancer=deliveries * units.BALANCER_DELIVERY.value / MICROSECONDS
        + day.storm.connections.value * units.BALANCER_ENTRANCE.value / MILLISECONDS,
    )


def _with_idle(cores: Cores, processes: int) -> Cores:
    """With what each process asks the database all day: heads of streams, sessions."""
    idle = processes * units.DATABASE_IDLE.value / MILLISECONDS
    return Cores(
        **{name: getattr(cores, name) for name in Cores.__struct_fields__} | {"database": cores.database + idle}
    )


def _limits(day: Day, cores: Cores) -> Iterator[Limit]:
    """The parts of which a deployment has one, and what cannot be spread over several processes."""
    plan, peaks = day.plan, day.peaks
    whole = f"a machine of {plan.cores} cores for it alone"
    yield Limit("HAProxy's processor", cores.balancer / plan.cores, whole)
    yield Limit("HAProxy's link", peaks["hub_mbps"].value / assumptions.LINK_MBPS, f"{LINK}, calls do not pass it")
    yield Limit("PostgreSQL's processor", cores.database / plan.cores, whole)
    yield Limit(
        "PostgreSQL's appends",
        peaks["appends"].value / units.APPENDS_KEPT.value,
        f"{units.APPENDS_KEPT.value:g} a second, the most that was tried: no limit that was found",
    )
    yield Limit("Redis", cores.redis, "one core: it does one thing at a time")
    yield Limit(
        "the fullest lesson",
        day.totals.fullest * units.DELIVERY.value / MICROSECONDS,
        "one process, so one core: a project is not spread",
    )
    largest = packets(*streams(assumptions.PARTICIPANTS_MAX, assumptions.PARTICIPANTS_MAX))
    yield Limit(
        "the largest call there may be",
        largest * units.PACKET.value / MICROSECONDS,
        f"{assumptions.PARTICIPANTS_MAX} people, all with a camera, on one media worker, so one core",
    )


def _in_a_term(bytes_on_the_day: float) -> float:
    """GB; the day is the busiest one."""
    days = assumptions.SCHOOL_DAYS * assumptions.TERM_WEEKS
    return bytes_on_the_day / assumptions.BUSY_DAY * days / BYTES_PER_GB


def _at_use(cores: float, use: float) -> int:
    """So many, that `use` of each is used; at least one."""
    return max(1, math.ceil(cores / use))
