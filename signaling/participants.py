"""One participant of a call: its tracks, what keeps them back, and how others see it."""

from dataclasses import dataclass, field

from rooms.errors import ErrorCode, Refused
from rooms.model import Medium, Member
from rooms.presence import ConnectionId
from signaling.holds import NO_MEDIA
from signaling.messages import Bandwidth, Participant, ParticipantId, ParticipantKind, Quality, Track
from signaling.rights import MediaRights

COMES_BACK = ErrorCode.NO_TEACHER_PRESENT
"""The one reason that passes by itself: media waits and goes on. Every other is a decision of somebody."""


@dataclass(slots=True)
class InCall:
    """A participant as the call keeps it. `muted` holds the tracks that are published, in the order they came."""

    id: ParticipantId
    member: Member
    kind: ParticipantKind
    connection: ConnectionId | None
    """None while away: the connection dropped."""
    resume: str
    rights: MediaRights
    held: frozenset[Medium] = NO_MEDIA
    away_until: int | None = None
    muted: dict[Medium, bool] = field(default_factory=dict)
    bandwidth: Bandwidth = Bandwidth.FULL
    automatic: bool = False
    quality: Quality = Quality.UNKNOWN
    watched: ParticipantId | None = None
    endings: int = 0
    """How often the call had been ended for everybody when they came."""

    @property
    def is_adult(self) -> bool:
        """A teacher, or the device that a teacher set up to show a class."""
        return self.member.is_staff

    def publish(self, medium: Medium, muted: bool) -> None:
        """Offer a track, or change whether it is muted. To mute is always allowed. Raises `Refused`."""
        if not (muted and medium in self.muted):
            self._require_right(medium)
            if not muted and medium in self.held:
                raise Refused(ErrorCode.CALL_HELD)
        self.muted[medium] = muted

    def set_rules(self, rights: MediaRights, held: frozenset[Medium]) -> None:
        """What is allowed now.

        Who decided that a track must stop has muted it, too: when it is allowed again, only its owner switches it on,
        so that nobody opens the microphone or camera of somebody else.
        """
        self.rights, self.held = rights, held
        for medium in self.muted:
            if medium in held or rights.publish[medium] not in (None, COMES_BACK):
                self.muted[medium] = True

    def is_stopped(self, medium: Medium) -> bool:
        """Whether a teacher, the room or a missing teacher keeps this medium back."""
        return medium in self.held or self.rights.publish[medium] is not None

    def may_send(self) -> tuple[Medium, ...]:
        """What is to be forwarded of this participant: published, not muted, not stopped."""
        return tuple(medium for medium, muted in self.muted.items() if not muted and not self.is_stopped(medium))

    def view(self) -> Participant:
        """As everybody in the room sees it."""
        return Participant(
            id=self.id,
            member=self.member.id,
            kind=self.kind,
            tracks=tuple(Track(medium, muted, self.is_stopped(medium)) for medium, muted in self.muted.items()),
            held=tuple(sorted(self.held)),
            bandwidth=self.bandwidth,
            automatic=self.automatic,
            quality=self.quality,
            away=self.connection is None,
        )

    def _require_right(self, medium: Medium) -> None:
        code = self.rights.publish[medium]
        if code is not None:
            raise Refused(code)
