"""What is asked of the simulation."""

from datetime import date

from msgspec import Struct

WINTER_DAY = date(2026, 11, 24)
"""A Tuesday."""


class Plan(Struct, frozen=True):
    """`projects` that are active, on `day`. `country`: each has a class of it (a ministry); None: of any (Europe).

    `cores` of a machine; `use`: the share of them that the peak may take, while one machine is away.
    """

    projects: int = 40_000
    seed: int = 1
    day: date = WINTER_DAY
    country: str | None = None
    cores: int = 16
    use: float = 0.5
