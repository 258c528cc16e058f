"""How a lesson with faults is played."""

from msgspec import Struct

USUAL = 0.5
"""Seconds from writing a message until its ack, and until every reader has it, that nobody calls a disturbance: some
ten times what it takes while all is well on a machine that carries the whole deployment and its members besides."""

CALM = 1.0
"""Seconds without a late message, with everybody in their rooms, after which a fault is over."""

CALM_WITHIN = 90.0
"""Seconds after the end of a fault in which that has to come: beyond, the deployment has not recovered."""

ANSWERS_WITHIN = 30.0
"""Seconds in the end for the last acknowledgements and events."""

BURST = 10
"""Messages that each writer of a burst writes at once."""


class Plan(Struct, frozen=True):
    """Seconds, unless it says otherwise: of all faults together; in each of `rooms` rooms there are `people` people.

    Of each room `writers` write `chat_rate` messages a second each, and `drawers` draw `draw_rate` strokes. A fault
    lasts from `hold_min` to `hold_max`, a stuck node `stuck`; from one to the next `pause_min` to `pause_max` go by
    after everything was calm again. `kinds`: those that are thrown, each once before any comes again.
    """

    seconds: float = 300.0
    seed: int = 1
    rooms: int = 3
    people: int = 24
    writers: int = 4
    chat_rate: float = 2.0
    drawers: int = 2
    draw_rate: float = 0.5
    hold_min: float = 1.0
    hold_max: float = 4.0
    stuck: float = 10.0
    pause_min: float = 0.5
    pause_max: float = 2.0
    kinds: tuple[str, ...] = ()
