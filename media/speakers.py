"""Who speaks, from the audio levels that each packet carries (RFC 6464): nothing is decoded.

Levels are -dBov: 0 is the loudest, 127 is silence.
"""

SILENCE = 127
"""The level of digital silence (RFC 6464, section 3)."""

ACTIVE_LEVEL = 35
"""-dBov; a packet that is at least as loud may be speech, a quieter one is a room."""

WINDOW = 0.4
"""Seconds that are looked at together: about a syllable or two."""

ACTIVE_FRACTION = 0.4
"""Of a window's packets must be active: a cough is shorter."""

WINDOW_PACKETS_MIN = 10
"""Packets that a window counts as having at least: with DTX (RFC 7587, 3.1.3) only the loud ones may have come."""

SMOOTHING = 2 / (2 + 1)
"""The weight of the newest window in an exponential average over 2."""

START_LOUDNESS, STOP_LOUDNESS = 60.0, 30.0
"""Smoothed loudness (dB above silence): one active window begins a speech, two silent ones end it."""

RANK_MARGIN = 6.0
"""dB by which one must be louder to go before another who speaks, too: the list would dance."""

VOICE_LEVEL_PACKETS = 2
"""Active packets in a row that make a voice: 40 ms, so that the beginning of a word is hardly cut."""

VOICE_HOLD = 0.6
"""Seconds of silence after which a voice gives its place to another who speaks."""


class _Window:
    """What is known of one person's sound."""

    __slots__ = ("active", "level_sum", "loudness", "packets", "since")

    def __init__(self, now: float) -> None:
        self.loudness = 0.0
        """Smoothed, in dB above silence."""
        self.begin(now)

    def begin(self, now: float) -> None:
        self.since = now
        self.packets = 0
        self.active = 0
        self.level_sum = 0

    def close(self, now: float) -> None:
        heard = 0.0
        if self.active >= ACTIVE_FRACTION * max(self.packets, WINDOW_PACKETS_MIN):
            heard = SILENCE - self.level_sum / self.active
        self.loudness += (heard - self.loudness) * SMOOTHING
        self.begin(now)


class SpeakerDetector:
    """Who of a call speaks now. Names are those of participants."""

    __slots__ = ("_speakers", "_windows")

    def __init__(self) -> None:
        self._windows: dict[str, _Window] = {}
        self._speakers: tuple[str, ...] = ()

    def level(self, name: str, level: int, now: float) -> None:
        """A packet with an audio level came."""
        window = self._windows.get(name)
        if window is None:
            window = self._windows[name] = _Window(now)
        window.packets += 1
        if level <= ACTIVE_LEVEL:
            window.active += 1
            window.level_sum += level

    def forget(self, name: str) -> None:
        """Somebody is gone, or may not be heard any more."""
        self._windows.pop(name, None)
        self._speakers = tuple(speaker for speaker in self._speakers if speaker != name)

    def speakers(self, now: float) -> tuple[str, ...]:
        """Who speaks now, the loudest first. Call it some times per `WINDOW`."""
        windows = self._windows
        for window in windows.values():
            if now - window.since >= WINDOW:
                window.close(now)
        still = [name for name in self._speakers if windows[name].loudness >= STOP_LOUDNESS]
        began = [
            name for name, window in windows.items() if window.loudness >= START_LOUDNESS and name not in self._speakers
        ]
        began.sort(key=lambda name: -windows[name].loudness)
        self._speakers = tuple(self._ranked(still + began))
        return self._speakers

    def _ranked(self, names: list[str]) -> list[str]:
        """Sorted by insertion: one passes only those whom they are clearly louder than."""
        ranked: list[str] = []
        for name in names:
            place = len(ranked)
            loudness = self._windows[name].loudness
            while place and loudness > self._windows[ranked[place - 1]].loudness + RANK_MARGIN:
                place -= 1
            ranked.insert(place, name)
        return ranked


class _Voice:
    """One person's sound, packet by packet."""

    __slots__ = ("active_at", "run")

    def __init__(self) -> None:
        self.run = 0
        self.active_at = float("-inf")


class Voices:
    """Whose sound is forwarded: the last `places` who spoke. Faster than `SpeakerDetector`: words must not be cut.

    A place stays with its voice until another one needs it and this one has been silent for `VOICE_HOLD`.
    """

    __slots__ = ("_by_name", "_places", "_voices")

    def __init__(self, places: int) -> None:
        self._places = places
        self._by_name: dict[str, _Voice] = {}
        self._voices: list[str] = []

    @property
    def names(self) -> tuple[str, ...]:
        """Whose sound is forwarded, the longest-standing first."""
        return tuple(self._voices)

    def level(self, name: str, level: int, now: float) -> bool:
        """A packet with an audio level came. True: who is to be heard has changed, also for this very packet.

        Either `names`, or the last of `by_recency` has come forward: those with a place less do not hear that one yet.
        """
        voice = self._by_name.get(name)
        if voice is None:
            voice = self._by_name[name] = _Voice()
            if len(self._voices) < self._places:
                self._voices.append(name)
                return True
        if level > ACTIVE_LEVEL:
            voice.run = 0
            return False
        voice.run += 1
        if voice.run < VOICE_LEVEL_PACKETS:
            return False
        if name in self._voices:
            comes_forward = self._is_last(name) and self._may_come_forward(name, now)
            voice.active_at = now
            return comes_forward
        voice.active_at = now
        return self._take_place(name, now)

    def forget(self, name: str) -> bool:
        """Somebody is gone, or may not be heard any more. True: `names` has changed."""
        self._by_name.pop(name, None)
        if name not in self._voices:
            return False
        self._voices.remove(name)
        waiting = [other for other in self._by_name if other not in self._voices]
        if waiting:
            self._voices.append(max(waiting, key=self._active_at))
        return True

    def by_recency(self) -> tuple[str, ...]:
        """`names`, who spoke last first: for those who have fewer places."""
        return tuple(sorted(self._voices, key=self._active_at, reverse=True))

    def _take_place(self, name: str, now: float) -> bool:
        if len(self._voices) >= self._places:
            quietest = min(self._voices, key=self._active_at)
            if now - self._active_at(quietest) < VOICE_HOLD:
                return False
            self._voices.remove(quietest)
        self._voices.append(name)
        return True

    def _is_last(self, name: str) -> bool:
        return len(self._voices) == self._places and self.by_recency()[-1] == name

    def _may_come_forward(self, name: str, now: float) -> bool:
        """Whether one of the others has been silent for so long that it may make room."""
        others = [self._active_at(other) for other in self._voices if other != name]
        return bool(others) and now - min(others) >= VOICE_HOLD

    def _active_at(self, name: str) -> float:
        return self._by_name[name].active_at
