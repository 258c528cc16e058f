"""Idle people: very many connections that do nothing but answer the server's heartbeat."""

from loadtests.generator.activity import Activity
from loadtests.scenarios.scenario import Stage, Wish

HOLD = "hold"


class Idle:
    """See above. How many come in, how fast, and whether all of them are still there in the end."""

    name = "idle"
    summary = "Many connections that do nothing: how many, and how long they live."
    rooms = 17
    size = 60
    duration = 60.0
    ramps_rooms = True

    def activities(self, size: int, speakers: int) -> tuple[Activity, ...]:
        """Nothing."""
        return ()

    def stages(self, wish: Wish) -> tuple[Stage, ...]:
        """They stay. Two heartbeats (25 s as shipped) fit into a minute."""
        return (Stage(HOLD, wish.duration),)
