"""What carries the media of calls: the seam between the server and whichever engine forwards for it.

The embedded SFU (`media.embedded`) is the default; an external cluster could stand behind the same protocol. An engine
has no policy: it is told the whole desired state of a call, again and again, and makes it so.
"""

from enum import StrEnum
from typing import Protocol

from msgspec import Struct

CallName = str
ParticipantName = str

VIDEO_SLOTS = 9
"""Pictures that a participant sees at once (last-9): what fits on a screen and on a school's line."""

AUDIO_SLOTS = 5
"""Voices that a participant hears at once (top-5): more at a time nobody understands."""


class Medium(StrEnum):
    """The kinds of track a participant may send. A screen is a picture of its own beside the camera's."""

    AUDIO = "audio"
    VIDEO = "video"
    SCREEN = "screen"


class Role(StrEnum):
    """The two media sessions of a participant: the one sends its tracks, the other receives in slots."""

    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"


class Reception(StrEnum):
    """How much a participant is sent: every slot, one picture (the most important) and sound, or sound only."""

    FULL = "full"
    ONE_CAMERA = "one-camera"
    AUDIO_ONLY = "audio-only"


class PlannedParticipant(Struct, frozen=True):
    """What a participant may do. `may_send` is enforced on every packet; `large` is sent in the best layer.

    `is_class_camera`: always has a slot at the others, before any speaker.
    """

    name: ParticipantName
    may_send: tuple[Medium, ...]
    reception: Reception = Reception.FULL
    is_class_camera: bool = False
    large: ParticipantName | None = None


class CallPlan(Struct, frozen=True):
    """The whole desired state of a call. Whoever is not in it has no media session any more; empty: the call ends."""

    call: CallName
    participants: tuple[PlannedParticipant, ...]


class EngineSlot(Struct, frozen=True):
    """The source of one video section (`mid`) of a subscriber; see `signaling.messages.Slot` for `after`."""

    mid: str
    source: ParticipantName | None
    medium: Medium | None
    after: int | None


class SlotsAssigned(Struct, frozen=True, tag=True):
    """All video slots of one participant; new sources begin when `slots_seen` has confirmed the revision."""

    call: CallName
    participant: ParticipantName
    revision: int
    slots: tuple[EngineSlot, ...]


class SpeakersChanged(Struct, frozen=True, tag=True):
    """Who speaks now, the loudest first."""

    call: CallName
    speakers: tuple[ParticipantName, ...]


class SessionLost(Struct, frozen=True, tag=True):
    """A media session ended by itself: closed by its peer, or silent for too long."""

    call: CallName
    participant: ParticipantName
    role: Role


class CallLost(Struct, frozen=True, tag=True):
    """The engine has lost all sessions of a call, as when its process died. New offers are welcome at once."""

    call: CallName


EngineEvent = SlotsAssigned | SpeakersChanged | SessionLost | CallLost


class OfferRefused(Exception):
    """The offer cannot be answered; the text says why, for the maker of the client."""


class EngineUnavailable(Exception):
    """The engine does not answer now; the same may succeed in a moment."""


class TrackFigures(Struct, frozen=True):
    """One track that is received. Loss is the fraction (0 to 1) of the last interval, bitrate bits a second.

    `layer` is the rid of a simulcast layer, None without. `keyframe_requests`: those that were passed on to the source.
    """

    participant: ParticipantName
    medium: Medium
    layer: str | None
    packets: int
    loss: float
    bitrate: int
    keyframe_requests: int
    nacks: int


class SubscriberFigures(Struct, frozen=True):
    """What one participant is sent. `layers`: by mid, which layer goes out. Loss as it reports it, bitrate of ours."""

    participant: ParticipantName
    packets: int
    retransmitted: int
    loss: float
    estimate: int
    bitrate: int
    layers: dict[str, str | None]


class CallFigures(Struct, frozen=True):
    """One call as its engine sees it."""

    call: CallName
    tracks: tuple[TrackFigures, ...]
    subscribers: tuple[SubscriberFigures, ...]


class WorkerFigures(Struct, frozen=True):
    """One worker process. `cpu_seconds`: user and system; `dropped`: packets and requests refused, by reason."""

    worker: int
    cpu_seconds: float
    packets_received: int
    packets_sent: int
    dropped: dict[str, int]
    calls: tuple[CallFigures, ...]


class EngineListener(Protocol):
    """Who is told what happens in the engine."""

    def engine_event(self, event: EngineEvent) -> None:
        """Called on the event loop, in order per call."""
        ...


class MediaEngine(Protocol):
    """Carries the media of calls."""

    async def start(self, listener: EngineListener) -> None:
        """Begin. Returns when offers can be answered. Raises `EngineUnavailable`."""
        ...

    async def stop(self) -> None:
        """End every session and process."""
        ...

    def plan(self, plan: CallPlan) -> None:
        """Make the call so, from now on. Never waits; an engine that is down is told when it is back."""
        ...

    async def answer(self, call: CallName, participant: ParticipantName, role: Role, offer: str) -> str:
        """The SDP answer to an offer of a participant of the plan. Raises `OfferRefused`, `EngineUnavailable`."""
        ...

    def slots_seen(self, call: CallName, participant: ParticipantName, revision: int) -> None:
        """The participant has cleared the tiles of all assignments up to `revision`."""
        ...

    async def figures(self) -> tuple[WorkerFigures, ...]:
        """What goes on, per worker, call and track."""
        ...
