"""What is measured of the board, and what has to be reached."""

from msgspec import Struct

HOUR_SECONDS = 3_600


class Plan(Struct, frozen=True):
    """`people` on the board, of whom `drawers` draw; `seconds` of drawing a round after `warm_up`; `elements` of the
    large board; `hour`: strokes of the hour that is replayed, at `rate` a second; `starts` of the server, after each of
    which somebody is the first to join."""

    people: int = 60
    drawers: int = 10
    rounds: int = 3
    seconds: float = 20.0
    warm_up: float = 2.0
    elements: int = 5_000
    hour: int = HOUR_SECONDS * 10 // 2
    rate: float = 150.0
    starts: int = 7


STROKE_P99_MS_MAX = 20.0
"""From the end of a stroke, durable, until it is on everybody's screen."""

POINTS_P99_MS_MAX = 10.0
"""Points of a stroke in progress."""

POINTS_LOST_MAX = 0.01
"""Of their messages. They may be dropped for who is behind, and here nobody is."""

BYTES_GROWTH_MAX = 1.1
"""Of the bytes of one point in a long stroke to those in a short one: linear, but for the digits of offsets."""

JOIN_MS_MAX = 50.0
"""Until the answer to whoever joins the large board."""

COMPRESSED_MAX = 0.5
"""Of the bytes of a page to those of its elements as JSON."""

MEMORY_GROWTH_MAX = 1.05
"""Of the server's memory at the end of the hour to that after its first quarter."""

LATENCY_GROWTH_MAX = 1.5
"""Of the p99 in the hour's last quarter to that of its first: more than what two quarters of one load differ by."""
