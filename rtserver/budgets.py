"""How much each of many may have of something that is no command: a bucket for each member, or whoever else is counted.

In memory, like the limits of commands, and not of everybody for ever. Time is milliseconds since 1970 UTC.
"""

import math
from collections.abc import Callable, Hashable
from http import HTTPStatus
from typing import Generic, TypeVar

from rooms.errors import ErrorCode
from rtserver.http import HttpRefused
from rtserver.hub.limits import MILLISECONDS, Bucket, Rate

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class Remembered(Generic[Key, Kept]):
    """Something of each of many, at most `keys_max`: beyond that the one who has not come for longest begins anew."""

    def __init__(
        self, make: Callable[[], Kept], keys_max: int, is_busy: Callable[[Kept], bool] = lambda _kept: False
    ) -> None:
        """`is_busy`: what must not be forgotten now."""
        self._make = make
        self._keys_max = keys_max
        self._is_busy = is_busy
        self._kept: dict[Key, Kept] = {}

    def of(self, key: Key) -> Kept:
        """What is remembered of one who comes now: they go behind all others."""
        if key in self._kept:
            kept = self._kept.pop(key)
        else:
            kept = self._make()
            if len(self._kept) >= self._keys_max:
                self._forget_one()
        self._kept[key] = kept
        return kept

    def known(self, key: Key) -> Kept | None:
        """What is remembered of somebody, wherever they stand."""
        return self._kept.get(key)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._kept)

    def _forget_one(self) -> None:
        idle = next((key for key, kept in self._kept.items() if not self._is_busy(kept)), None)
        if idle is not None:
            del self._kept[idle]


class Budgets(Generic[Key]):
    """As much for each as `rate` says."""

    def __init__(self, rate: Rate, keys_max: int) -> None:
        self._buckets: Remembered[Key, Bucket] = Remembered(lambda: Bucket(rate), keys_max)

    def take(self, key: Key, now: int, amount: float = 1) -> None:
        """Somebody asks for so much. Raises `Refused` with TOO_MANY_REQUESTS."""
        take(self._buckets.of(key), now, amount)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._buckets)


def take(bucket: Bucket, now: int, amount: float = 1) -> None:
    """Raises `Refused` with TOO_MANY_REQUESTS, which says when there will be as much."""
    if not bucket.take(now, amount):
        retry_after = math.ceil(bucket.wait(now, amount) / MILLISECONDS)
        raise HttpRefused(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS, retry_after=retry_after)
