"""Who is served now and who waits: at most so many at once for each key, such as a member or a picture."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Generic, TypeVar

from rooms.errors import ErrorCode
from rtserver.http import HttpRefused

RETRY_AFTER = 2
"""Seconds after which one who found the line full may ask again: that a picture takes on a line of middling speed."""

Key = TypeVar("Key", bound=Hashable)


class _Line:
    """Those of one key."""

    __slots__ = ("here", "places")

    def __init__(self, at_once: int) -> None:
        self.here = 0  # served or waiting
        self.places = asyncio.Semaphore(at_once)


class Turns(Generic[Key]):
    """For each key `at_once` are served, and `waiting_max` (None: all that come) wait, in the order of their coming."""

    def __init__(self, at_once: int, waiting_max: int | None = None) -> None:
        self._at_once = at_once
        self._here_max = None if waiting_max is None else at_once + waiting_max
        self._lines: dict[Key, _Line] = {}

    @asynccontextmanager
    async def turn(self, key: Key) -> AsyncIterator[None]:
        """Wait for a turn, and have it. Raises `Refused` with TOO_MANY_REQUESTS when too many wait already."""
        line = self._lines.setdefault(key, _Line(self._at_once))
        if self._here_max is not None and line.here >= self._here_max:
            raise HttpRefused(HTTPStatus.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS, retry_after=RETRY_AFTER)
        line.here += 1
        try:
            async with line.places:
                yield
        finally:
            line.here -= 1
            if not line.here:
                del self._lines[key]

    def __len__(self) -> int:
        """Keys for which somebody is here."""
        return len(self._lines)
