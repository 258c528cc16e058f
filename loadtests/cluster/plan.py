"""What is measured of several processes, and what has to be reached."""

from msgspec import Struct

HOP = "hop"
THROUGHPUT = "throughput"
ROOMS = "rooms"
RESTART = "restart"

PARTS = (HOP, THROUGHPUT, ROOMS, RESTART)
"""In the order in which they are measured, each on a deployment of its own."""


class Plan(Struct, frozen=True):
    """Times in seconds, of one measurement of one round, each after `warm_up`.

    `hop_*`: one room of `people`, at a lesson's rates, then `chat_rate` durable messages a second; many short rounds,
    as it is a difference that is wanted, and the machine changes from minute to minute. `rate`: deliveries a
    second in `throughput_rooms` of them. `idle`, `active`: rooms of two and of `active_people` at the last step.
    `restart_rooms`: of `people` each.
    """

    parts: tuple[str, ...] = PARTS
    people: int = 60
    rounds: int = 3
    warm_up: float = 1.0
    hop_rounds: int = 7
    hop_seconds: float = 5.0
    chat_rate: float = 10.0
    rate: float = 40_000.0
    throughput_rooms: int = 10
    throughput_seconds: float = 5.0
    idle: int = 1_000
    active: int = 100
    active_people: int = 6
    rooms_seconds: float = 15.0
    restart_rooms: int = 2


SHARES = (0.25, 0.5, 1.0)
"""Of all rooms, at which memory and processor are looked at."""

IDLE_PEOPLE = 2
"""Founders of a project whose page is open in two schools."""

LOWER = (1.0, 0.75, 0.5, 0.25)
"""Of the rate that is wanted: what is tried, until one is kept."""

KEPT_MIN = 0.98
"""Of an offered rate that has to arrive in time for it to be kept: the last messages take their milliseconds."""

HOP_P50_MS_MAX = 1.0
"""Milliseconds that a message takes longer to members on the other process than to those on its sender's."""

HOP_CPU_US_MAX = 4.0
"""Microseconds of processor time of both processes a delivery, over those of one that has all members. What a process
uses when nothing is said is not a delivery's: it is taken off, and told beside it."""

GROWTH_MAX = 1.15
"""Of what a room costs at the last step to what one costs at the first."""

TASKS_MAX = 10
"""Tasks that may come or go with anything else, such as a question that is under way, while rooms are added."""

BACK_P99_S_MAX = 3.0
"""Seconds from the end of a connection until the member is in the room again."""

DRAIN_NOTICE = 3.0
"""Seconds in which HAProxy has to see that a node wants nobody any more: as docker-compose.yml has it."""

DRAIN_SPREAD = 5.0
"""Seconds over which the members of a node move."""
