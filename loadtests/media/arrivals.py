"""What has arrived of each track: how much, what is missing, what came twice or late."""

from msgspec import Struct

GAP_MAX = 10_000
"""Packets missing at once whose numbers are remembered; of more, only how many."""


class Counts(Struct, frozen=True):
    """Packets. `lost` came until now not; `late` came after one that was sent later; `foreign` are nobody's."""

    delivered: int = 0
    lost: int = 0
    duplicates: int = 0
    late: int = 0
    foreign: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(ours + theirs for ours, theirs in zip(self._figures(), other._figures(), strict=True)))

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(*(ours - theirs for ours, theirs in zip(self._figures(), other._figures(), strict=True)))

    def _figures(self) -> tuple[int, ...]:
        return (self.delivered, self.lost, self.duplicates, self.late, self.foreign)


class Arrivals:
    """Of one receiver. `last`: by track the highest number that has come; None: nothing has.

    Whoever receives compares with `last` itself, since nearly every packet is the next one: only others come to
    `unexpected`.
    """

    __slots__ = ("_missing", "delivered", "duplicates", "foreign", "last", "late", "lost")

    def __init__(self, tracks: int) -> None:
        self.last: list[int | None] = [None] * tracks
        self.delivered = 0
        self.lost = 0
        self.duplicates = 0
        self.late = 0
        self.foreign = 0
        self._missing: list[set[int]] = [set() for _ in range(tracks)]

    def unexpected(self, track: int, number: int) -> None:
        """A packet that is not the next one of its track."""
        if track >= len(self.last):
            self.foreign += 1
            return
        last = self.last[track]
        if last is None:
            self.last[track] = number
        elif number > last:
            gap = number - last - 1
            self.lost += gap
            if gap <= GAP_MAX:
                self._missing[track].update(range(last + 1, number))
            self.last[track] = number
        elif number in self._missing[track]:
            self._missing[track].remove(number)
            self.lost -= 1
            self.late += 1
        else:
            self.duplicates += 1

    def counts(self) -> Counts:
        """So far."""
        return Counts(self.delivered, self.lost, self.duplicates, self.late, self.foreign)
