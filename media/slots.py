"""Whose picture stands in which slot of a subscriber, and whose voice: chosen anew whenever something changes.

Two steps: `choose` says who is shown, `Slots.assign` where. What is shown already stays where it is, so that a change
of speakers moves nobody's picture.
"""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from media.engine import VIDEO_SLOTS, Medium, ParticipantName, Reception

PLACES = {Reception.FULL: VIDEO_SLOTS, Reception.ONE_CAMERA: 1, Reception.AUDIO_ONLY: 0}
"""Pictures that a subscriber gets."""


class VideoSource(NamedTuple):
    """A picture that somebody sends."""

    participant: ParticipantName
    medium: Medium


class Candidate(NamedTuple):
    """A picture that could be shown."""

    source: VideoSource
    is_class_camera: bool = False


def choose(
    candidates: Sequence[Candidate],
    places: int,
    *,
    shown: frozenset[VideoSource] = frozenset(),
    large: ParticipantName | None = None,
    spoke: Sequence[ParticipantName] = (),
) -> tuple[VideoSource, ...]:
    """At most `places` pictures, the most important first; none of them twice.

    The newest screen, then class cameras, other screens, whom the subscriber shows `large`, those who `spoke` last (the
    most recent first), those who are `shown`, the rest. `candidates` are in the order of their coming and do not
    include the subscriber's own.
    """
    if places <= 0:
        return ()
    newest_screen = next((c.source for c in reversed(candidates) if c.source.medium is Medium.SCREEN), None)
    spoke_at = {name: place for place, name in reversed(list(enumerate(spoke)))}

    def rank(candidate: Candidate) -> tuple[int, int, bool]:
        source = candidate.source
        return (
            _kind_rank(candidate, source == newest_screen, source.participant == large),
            spoke_at.get(source.participant, len(spoke)),
            source not in shown,
        )

    ranked = sorted(candidates, key=rank)
    return tuple(dict.fromkeys(candidate.source for candidate in ranked))[:places]


def _kind_rank(candidate: Candidate, is_newest_screen: bool, is_large: bool) -> int:
    if is_newest_screen:
        return 0
    if candidate.is_class_camera:
        return 1
    if candidate.source.medium is Medium.SCREEN:
        return 2
    return 3 if is_large else 4


Source = TypeVar("Source")


class Slots(Generic[Source]):
    """What stands in each of a subscriber's slots of one kind."""

    __slots__ = ("sources",)

    def __init__(self, count: int) -> None:
        self.sources: list[Source | None] = [None] * count
        """By slot."""

    def assign(self, wanted: Sequence[Source]) -> tuple[int, ...]:
        """Show these, without repetition and at most as many as there are slots. Returns the slots that changed."""
        staying = set(wanted)
        after = [source if source in staying else None for source in self.sources]
        coming = [source for source in wanted if source not in self.sources]
        free = (slot for slot, source in enumerate(after) if source is None)
        for source, slot in zip(coming, free, strict=False):
            after[slot] = source
        changed = tuple(slot for slot, source in enumerate(self.sources) if source != after[slot])
        self.sources = after
        return changed
