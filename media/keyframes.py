"""When to ask a source for a keyframe: many receivers want one, an encoder should make few."""

INTERVAL = 0.5
"""Seconds between two requests to the same source: a keyframe costs as much as a second of video."""

ATTEMPTS_MAX = 6
"""Requests without a keyframe after which it is left to whoever wants one next: the source may be silent."""

WISHES_BURST, WISHES_INTERVAL = 6.0, 2.0
"""How many requests of one receiver count at once, and seconds until there is one more. All receivers pay for each, so
one that asks all the time, on purpose or on a line that carries nothing, does not get all of them."""


class KeyframeWishes:
    """What one receiver of one stream may still ask for."""

    __slots__ = ("_at", "_left")

    def __init__(self) -> None:
        self._left = WISHES_BURST
        self._at = float("-inf")

    def take(self, now: float) -> bool:
        """Whether a request counts now."""
        self._left, self._at = min(self._left + (now - self._at) / WISHES_INTERVAL, WISHES_BURST), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class KeyframeRequests:
    """The requests to one source. Picture loss indications and full intra requests (RFC 4585, RFC 5104) count alike."""

    __slots__ = ("_asked_at", "_attempts", "_is_wanted", "asked")

    def __init__(self) -> None:
        self._asked_at: float | None = None
        self._attempts = 0
        self._is_wanted = False
        self.asked = 0
        """Requests that were passed on."""

    @property
    def is_wanted(self) -> bool:
        """Whether one is on its way, or asked for again and again: one more who wants it costs nothing."""
        return self._is_wanted

    def wanted(self, now: float) -> bool:
        """Somebody wants a keyframe. True: ask the source now; else it will be `due` when it may be asked again."""
        self._is_wanted = True
        self._attempts = 0
        return self.due(now)

    def due(self, now: float) -> bool:
        """True: ask the source now, for a request that had to wait, or again because no keyframe has come."""
        if not self._is_wanted or (self._asked_at is not None and now - self._asked_at < INTERVAL):
            return False
        if self._attempts >= ATTEMPTS_MAX:
            self._is_wanted = False
            return False
        self._attempts += 1
        self._asked_at = now
        self.asked += 1
        return True

    def arrived(self) -> None:
        """A keyframe begins: whoever wanted one gets it."""
        self._is_wanted = False
