"""When each message is due, and whose it is: fixed beforehand, whatever the server does (an open loop).

A closed loop, which sends the next message when the last one has come back, sends less while the server stalls and so
hides the very moments that one wants to see ("coordinated omission", Gil Tene).
"""

import random
from typing import NamedTuple

NANOSECONDS = 1_000_000_000


class Due(NamedTuple):
    """One message: `at` nanoseconds after the start, sent by the member number `sender`."""

    at: int
    sender: int


def even(rate: float, duration: float, members: int, seed: int = 0) -> list[Due]:
    """`rate` messages a second for `duration` seconds at equal distances, the members taking turns.

    Their order is shuffled, the same way for the same `seed`, and anew in each turn: everybody writes equally often,
    and nobody always after the same neighbour.
    """
    if rate <= 0 or duration <= 0 or members <= 0:
        raise ValueError("rate, duration and members must be more than zero")
    count = round(rate * duration)
    dice = random.Random(seed)
    turn: list[int] = []
    senders: list[int] = []
    while len(senders) < count:
        if not turn:
            turn = dice.sample(range(members), members)
        senders.append(turn.pop())
    return [Due(round(index * NANOSECONDS / rate), sender) for index, sender in enumerate(senders)]
