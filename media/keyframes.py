"""When to ask a source for a keyframe: many receivers want one, an encoder should make few."""

INTERVAL = 0.5
"""Seconds between two requests to the same source: a keyframe costs as much as a second of video."""

ATTEMPTS_MAX = 6
"""Requests without a keyframe after which it is left to whoever wants one next: the source may be silent."""


class KeyframeRequests:
    """The requests to one source. Picture loss indications and full intra requests (RFC 4585, RFC 5104) count alike."""

    __slots__ = ("_asked_at", "_attempts", "_is_wanted", "asked")

    def __init__(self) -> None:
        self._asked_at: float | None = None
        self._attempts = 0
        self._is_wanted = False
        self.asked = 0
        """Requests that were passed on."""

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
