"""What is compared: the scenarios, how many members they need, and the marks that our server has to reach."""

from msgspec import Struct

from loadtests.compare.contestants import PYTHON, Layout
from loadtests.compare.node_servers import PUBLISHING
from loadtests.problem import Problem

OURS = "ours"

MANY_ROOMS = Layout(rooms=20, size=50)
ONE_ROOM = Layout(rooms=1, size=1000)
LESSONS = Layout(rooms=17, size=60)
"""About a thousand people: two classes of 29 and their teachers in each room."""

MADE = (Layout(rooms=20, size=60), ONE_ROOM)
"""For whom members are made: the first holds both layouts with many rooms."""

SMALL_ROOM_WITNESSES = 2
"""One in the middle and the last one who joined."""

TIMED_WITNESSES = 3
"""In a room of 60 whose latency is the figure that is wanted: in equal distances, the last one among them."""

LARGE_ROOM_WITNESSES = 8
"""The same for a room of 1000, where the last one is reached milliseconds after the first."""


class Scenario(Struct, frozen=True):
    """One load. Each sender keeps `outstanding` messages on their way; or `rate` deliveries a second are offered,
    whatever the server does."""

    name: str
    says: str
    layout: Layout
    senders: int
    witnesses: int
    outstanding: int = 0
    rate: float = 0
    left_out: tuple[str, ...] = ()
    """Contestants that are not asked for this."""


SATURATION = (
    Scenario("S1", "20 rooms x 50, 1 sender, 1 outstanding", MANY_ROOMS, 1, SMALL_ROOM_WITNESSES, outstanding=1),
    Scenario("S2", "20 rooms x 50, 1 sender, 8 outstanding", MANY_ROOMS, 1, SMALL_ROOM_WITNESSES, outstanding=8),
    Scenario("S3", "1 room x 1000, 1 sender, 2 outstanding", ONE_ROOM, 1, SMALL_ROOM_WITNESSES, outstanding=2),
    Scenario("S4", "20 rooms x 50, 10 senders, 1 outstanding", MANY_ROOMS, 10, SMALL_ROOM_WITNESSES, outstanding=1),
)

FIXED = (
    Scenario(
        "20k", "20 k deliveries/s, 17 rooms x 60", LESSONS, 10, TIMED_WITNESSES, rate=20_000, left_out=(PUBLISHING,)
    ),
    # python-socketio carries a fifth of this: what is offered in two seconds would take it ten.
    Scenario(
        "100k",
        "100 k deliveries/s, 1 room x 1000",
        ONE_ROOM,
        10,
        LARGE_ROOM_WITNESSES,
        rate=100_000,
        left_out=(PUBLISHING, PYTHON),
    ),
)

CONNECTS = "connects"
IDLE = "idle"
CHAT = "chat"

LOADS = {scenario.name: scenario for scenario in (*SATURATION, *FIXED)}
NAMES = (*LOADS, CONNECTS, IDLE, CHAT)
"""Everything that can be asked for. Connects and idle memory are measured together: either name asks for both."""


class Plan(Struct, frozen=True):
    """What to measure. Times in seconds, of one measurement of one server in one round: all of it takes minutes."""

    scenarios: tuple[str, ...] = NAMES
    rounds: int = 3
    duration: float = 1.5
    warm_up: float = 0.6
    outstanding: int | None = None
    """Instead of each scenario's own."""

    @property
    def fixed_duration(self) -> float:
        """Of a fixed load, and of chat: few messages make few latencies."""
        return 2 * self.duration

    def loads(self, layout: Layout) -> list[Scenario]:
        """Those that are done with one crowd."""
        return [LOADS[name] for name in self.scenarios if name in LOADS and LOADS[name].layout == layout]

    @property
    def has_entrance(self) -> bool:
        """Whether coming in is measured, and what those who are in take up."""
        return CONNECTS in self.scenarios or IDLE in self.scenarios

    @property
    def layouts(self) -> list[Layout]:
        """The crowds that are needed, that of the entrance first: it is measured on a fresh process."""
        needed = [LESSONS] if self.has_entrance else []
        needed += [LOADS[name].layout for name in self.scenarios if name in LOADS]
        return list(dict.fromkeys(needed))


def choose(text: str | None, known: tuple[str, ...], usual: tuple[str, ...], what: str) -> tuple[str, ...]:
    """The names in a text with commas, in the order of `known`; `usual` without a text. Raises `Problem`."""
    if text is None:
        return usual
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in known:
            raise Problem(f"There is no {what} {name!r}: choose among {', '.join(known)}.")
    return tuple(name for name in known if name in names)
