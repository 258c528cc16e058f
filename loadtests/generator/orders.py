"""What the parent tells its generator processes, and what they tell it. Times: nanoseconds of `perf_counter_ns`.

That clock is the same in all processes of a machine (CLOCK_MONOTONIC).
"""

import msgspec
from msgspec import Struct

from loadtests.generator.activity import Activity
from loadtests.generator.checker import Counts
from loadtests.generator.people import Share
from loadtests.generator.tally import Tally
from loadtests.generator.target import Target
from loadtests.generator.traffic import Totals


class Setup(Struct, frozen=True):
    """How a process begins. `number`: which one it is; `run`: what its messages are told by from those of others."""

    number: int
    run: str
    target: Target
    key: str


# --- Orders ---


class LetIn(Struct, frozen=True):
    """Bring these people in. Answer: `IsIn` while it lasts, and when it is done."""

    shares: tuple[Share, ...]


class Begin(Struct, frozen=True):
    """The people of the first `rooms` rooms do this from `at` on, until `End`."""

    at: int
    activities: tuple[Activity, ...]
    rooms: int


class Stage(Struct, frozen=True):
    """What is due from `at` on belongs to the stage `name`."""

    name: str
    at: int


class Drop(Struct, frozen=True):
    """At `at` all connections are cut by us; or, `by_operator`, from then on by a restart of the server."""

    at: int
    by_operator: bool


class Stall(Struct, frozen=True):
    """The last `people` of each room stop reading."""

    people: int


class Wake(Struct, frozen=True):
    """They read again."""


class End(Struct, frozen=True):
    """Nothing more is due; reports come more often until everything has arrived."""


class AccountFor(Struct, frozen=True):
    """Say what everybody has sent and received. Answer: `Account`; counting begins anew."""


class Quit(Struct, frozen=True):
    """Hang up and end."""


Order = LetIn | Begin | Stage | Drop | Stall | Wake | End | AccountFor | Quit


# --- Reports ---


class IsIn(Struct, frozen=True):
    """How many of the people of the last `LetIn` are in."""

    count: int
    is_done: bool


class Tick(Struct, frozen=True):
    """What has happened since the last tick, and (`totals`, `durable`, `volatile`, `broken`) since the last account.

    `broken`: messages that came twice, out of order, or from nobody of us. `at`: the end of it. `tallies`: latencies by
    stage and name. `turns`: how long the turns of the loop took, during which bytes may have waited unread. `busy`,
    `lasted`: processor and wall seconds of this process.
    """

    process: int
    at: int
    tallies: dict[tuple[str, str], Tally]
    lateness: Tally
    turns: Tally
    busy: float
    lasted: float
    totals: Totals
    durable: int
    volatile: int
    broken: int
    here: int
    away: int
    cuts: dict[str, int]
    returns: Tally
    absences: Tally = msgspec.field(default_factory=dict)
    moves: int = 0


class PersonAccount(Struct, frozen=True):
    """What one member has sent and received. `seq` and `chain`: where they stand in the log, and its checksum."""

    room: int
    number: int
    is_slow: bool
    sent_durable: int
    sent_volatile: int
    refused: int
    unanswered: int
    counts: Counts
    seq: int
    chain: int


class Account(Struct, frozen=True):
    """All members of one process."""

    process: int
    totals: Totals
    people: tuple[PersonAccount, ...]


class Failed(Struct, frozen=True):
    """It cannot go on. `is_problem`: one sentence for the user; else the traceback of a mistake of ours."""

    sentence: str
    is_problem: bool


Report = IsIn | Tick | Account | Failed
