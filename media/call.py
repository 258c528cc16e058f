"""One call: its plan made so. Who may send, who stands in whose slots, who speaks.

There is no policy here: the plan says what everybody may, and is said again as a whole whenever it changes.
"""

from collections.abc import Callable, Sequence

from media.answers import answer
from media.engine import (
    AUDIO_SLOTS,
    CallFigures,
    CallName,
    CallPlan,
    EngineEvent,
    Medium,
    OfferRefused,
    ParticipantName,
    PlannedParticipant,
    Role,
    SessionLost,
    SlotsAssigned,
    SpeakersChanged,
)
from media.figures import Counters, subscriber_figures, track_figures
from media.forwarder import Forwarder
from media.port import MediaPort
from media.probing import Later
from media.publisher import Publisher
from media.sdp import Candidate as IceCandidate
from media.sdp import Offer, parse_offer
from media.session import Session
from media.slots import PLACES, Candidate, VideoSource, choose
from media.sources import Track
from media.speakers import SpeakerDetector, Voices
from media.subscriber import Subscriber

MEASURE_INTERVAL = 1.0
"""Seconds between two reports to publishers, and two looks at what each line carries."""

LOUDEST = 0
"""The level that a voice without levels counts as having: it must be heard, even if nobody can say how loud it is."""

_PICTURES = (Medium.SCREEN, Medium.VIDEO)


class _Member:
    """A participant of the plan and its sessions."""

    __slots__ = ("planned", "publisher", "subscriber")

    def __init__(self, planned: PlannedParticipant) -> None:
        self.planned = planned
        self.publisher: Publisher | None = None
        self.subscriber: Subscriber | None = None

    def track(self, medium: Medium) -> Track | None:
        """What it sends of a medium, if it may."""
        track = None if self.publisher is None else self.publisher.tracks.get(medium)
        return track if track is not None and track.is_open else None

    def sessions(self) -> list[Session]:
        """Those that are there."""
        return [session for session in (self.publisher, self.subscriber) if session is not None]


class MediaCall:
    """The sessions of one call. `emit` is told what happens; times are seconds of the port's clock."""

    def __init__(
        self,
        name: CallName,
        port: MediaPort,
        forwarder: Forwarder,
        counters: Counters,
        emit: Callable[[EngineEvent], None],
        clock: Callable[[], float],
        later: Later,
        candidates: Sequence[IceCandidate],
    ) -> None:
        """`candidates` are the addresses that answers name; `later` calls a function after so many seconds."""
        self.name = name
        self._port = port
        self._forwarder = forwarder
        self._counters = counters
        self._emit = emit
        self._clock = clock
        self._later = later
        self._candidates = candidates
        self._members: dict[ParticipantName, _Member] = {}
        """In the order of their coming."""
        self._detector = SpeakerDetector()
        self._voices = Voices(AUDIO_SLOTS + 1)  # nobody needs a place for their own voice
        self._speakers: tuple[ParticipantName, ...] = ()
        self._spoke: dict[ParticipantName, None] = {}
        """Who has spoken, the most recent last."""
        self._ticked_at = self._measured_at = clock()

    # --- What the parent says ---

    @property
    def sessions(self) -> int:
        """How many there are."""
        return sum(len(member.sessions()) for member in self._members.values())

    def plan(self, plan: CallPlan) -> None:
        """Make it so: gates first, from the very next packet on, then slots."""
        planned = {each.name: each for each in plan.participants}
        for name in [name for name in self._members if name not in planned]:
            self._remove(name)
        for name, each in planned.items():
            member = self._members.get(name)
            if member is None:
                self._members[name] = _Member(each)
            else:
                member.planned = each
                self._set_gates(member)
        self._fill_voices()
        self._fill_pictures()

    def answer(self, participant: ParticipantName, role: Role, text: str) -> str:
        """The answer to an offer. Raises `OfferRefused`."""
        if participant not in self._members:
            raise OfferRefused("this participant is not in the call")
        offer = parse_offer(text)
        session = self.session(participant, role, offer)
        assert session.transport is not None
        return answer(offer, session.answers(), session.transport.local, self._candidates)

    def session(self, participant: ParticipantName, role: Role, offer: Offer) -> Session:
        """The session for an offer: the one that is there when the offer restarts its ICE, else a new one."""
        member = self._members[participant]
        session: Session | None = member.publisher if role is Role.PUBLISH else member.subscriber
        if session is not None and session.continues_with(offer):
            assert session.transport is not None
            self._port.restart(session.transport, offer.peer)
            return session
        return self._publish(member, offer) if role is Role.PUBLISH else self._subscribe(member, offer)

    def slots_seen(self, participant: ParticipantName, revision: int) -> None:
        """See `MediaEngine.slots_seen`."""
        member = self._members.get(participant)
        if member is not None and member.subscriber is not None:
            member.subscriber.slots_seen(revision, self._clock())

    def close(self) -> None:
        """End all sessions."""
        for name in list(self._members):
            self._remove(name)

    # --- Sessions (see `media.session.SessionOwner`) ---

    def _publish(self, member: _Member, offer: Offer) -> Session:
        publisher = Publisher(member.planned.name, offer, self, self._counters, self._forwarder, self)
        publisher.attach(self._port.transport(offer.peer, publisher))
        if member.publisher is not None:
            self._end_publisher(member)
        member.publisher = publisher
        self._set_gates(member)
        self._fill_pictures()
        return publisher

    def _subscribe(self, member: _Member, offer: Offer) -> Session:
        subscriber = Subscriber(member.planned.name, offer, self, self._counters, self._clock, self._later)
        subscriber.attach(self._port.transport(offer.peer, subscriber))
        if member.subscriber is not None:
            # Revisions go on, so that an acknowledgement on its way is not taken for one of the new slots.
            subscriber.revision = member.subscriber.revision
            member.subscriber.close()
        member.subscriber = subscriber
        self._fill_pictures_of(member, self._sent_pictures())
        self._fill_voices_of(member)
        return subscriber

    def session_connected(self, session: Session) -> None:
        """Told by a session."""
        if isinstance(session, Subscriber):
            session.slots_seen(0, self._clock())

    def session_lost(self, session: Session) -> None:
        """Told by a session."""
        member = self._members.get(session.participant)
        if member is None:
            return
        if session is member.publisher:
            self._end_publisher(member)
            self._fill_voices()
            self._fill_pictures()
            self._emit(SessionLost(self.name, session.participant, Role.PUBLISH))
        elif session is member.subscriber:
            member.subscriber = None
            self._emit(SessionLost(self.name, session.participant, Role.SUBSCRIBE))

    def _remove(self, name: ParticipantName) -> None:
        member = self._members.pop(name)
        self._end_publisher(member)
        if member.subscriber is not None:
            member.subscriber.close()

    def _end_publisher(self, member: _Member) -> None:
        publisher = member.publisher
        if publisher is not None:
            member.publisher = None
            publisher.set_open(())
            publisher.close()
            self._fall_silent(member.planned.name)

    def _set_gates(self, member: _Member) -> None:
        if member.publisher is not None:
            member.publisher.set_open(member.planned.may_send)
        if member.track(Medium.AUDIO) is None:
            self._fall_silent(member.planned.name)

    # --- Slots ---

    def _fill_pictures(self) -> None:
        sent = self._sent_pictures()
        for member in self._members.values():
            self._fill_pictures_of(member, sent)

    def _sent_pictures(self) -> list[tuple[Candidate, Track]]:
        """All that may be shown, in the order of their senders' coming."""
        return [
            (Candidate(VideoSource(name, medium), member.planned.is_class_camera), track)
            for name, member in self._members.items()
            for medium in _PICTURES
            if (track := member.track(medium)) is not None
        ]

    def _fill_pictures_of(self, member: _Member, sent: list[tuple[Candidate, Track]]) -> None:
        subscriber, planned = member.subscriber, member.planned
        if subscriber is None:
            return
        tracks = {
            candidate: track
            for candidate, track in sent
            if track.participant != planned.name and subscriber.can_show(track)
        }
        chosen = choose(
            list(tracks),
            min(PLACES[planned.reception], len(subscriber.pictures)),
            shown=subscriber.shown,
            large=planned.large,
            spoke=tuple(reversed(self._spoke)),
        )
        by_source = {candidate.source: track for candidate, track in tracks.items()}
        if subscriber.show([by_source[source] for source in chosen]):
            slots = tuple(slot.view() for slot in subscriber.pictures)
            self._emit(SlotsAssigned(self.name, planned.name, subscriber.revision, slots))

    def _fill_voices(self) -> None:
        for member in self._members.values():
            self._fill_voices_of(member)

    def _fill_voices_of(self, member: _Member) -> None:
        if member.subscriber is None:
            return
        others = [self._members[name] for name in self._voices.by_recency() if name != member.planned.name]
        tracks = [track for other in others if (track := other.track(Medium.AUDIO)) is not None]
        member.subscriber.hear(tracks[: len(member.subscriber.voices)])

    # --- Who speaks ---

    def heard(self, name: ParticipantName, level: int | None, now: float) -> None:
        """Told by a publisher, for each packet of a voice, before it is forwarded."""
        if level is not None:
            self._detector.level(name, level, now)
        if self._voices.level(name, LOUDEST if level is None else level, now):
            self._fill_voices()

    def _fall_silent(self, name: ParticipantName) -> None:
        self._detector.forget(name)
        self._spoke.pop(name, None)
        if self._voices.forget(name):
            self._fill_voices()

    def _look_who_speaks(self, now: float) -> None:
        speakers = self._detector.speakers(now)
        if speakers == self._speakers:
            return
        self._speakers = speakers
        for name in reversed(speakers):
            self._spoke.pop(name, None)
            self._spoke[name] = None
        self._emit(SpeakersChanged(self.name, speakers))
        self._fill_pictures()

    # --- Time ---

    def tick(self, now: float) -> None:
        """Some time has passed; call it about ten times a second."""
        interval, self._ticked_at = now - self._ticked_at, now
        members = list(self._members.values())
        self._look_who_speaks(now)
        for member in members:
            if member.publisher is not None:
                member.publisher.tick(now, interval)
            if member.subscriber is not None:
                member.subscriber.tick(now, interval)
                if len(member.subscriber.voices) < AUDIO_SLOTS:
                    self._fill_voices_of(member)
        if now - self._measured_at >= MEASURE_INTERVAL:
            self._measure(members, now)

    def _measure(self, members: Sequence[_Member], now: float) -> None:
        interval, self._measured_at = now - self._measured_at, now
        for member in members:
            if member.publisher is not None:
                member.publisher.measure(interval)
                member.publisher.report(now)
        for member in members:
            if member.subscriber is not None:
                member.subscriber.measure(interval, member.planned.large, now)

    def figures(self) -> CallFigures:
        """What goes on."""
        return CallFigures(
            call=self.name,
            tracks=tuple(
                figures
                for name, member in self._members.items()
                if member.publisher is not None
                for figures in track_figures(name, member.publisher)
            ),
            subscribers=tuple(
                subscriber_figures(name, member.subscriber)
                for name, member in self._members.items()
                if member.subscriber is not None
            ),
        )
