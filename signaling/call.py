"""The call of a room while it goes on: who is in it, what they send, hands, mode. In memory, with the time passed in.

Like `rooms.presence`, it is changed in place by its one owner. Times are milliseconds. What teachers decided for longer
than a call is in `signaling.holds`; what the permissions say comes as `MediaRights`.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rooms.lesson.model import NEVER_ENDED, CallEnding
from rooms.model import Medium, Member, MemberId, RoomId
from rooms.presence import ConnectionId
from signaling.endings import is_of_ended_call
from signaling.hands import Hands
from signaling.holds import CallState
from signaling.messages import (
    Bandwidth,
    CallAsked,
    CallChanged,
    CallMode,
    CallView,
    Participant,
    ParticipantId,
    ParticipantKind,
    Quality,
)
from signaling.modes import Mode
from signaling.news import Head, News
from signaling.participants import COMES_BACK, InCall
from signaling.rights import MediaRights

PARTICIPANTS_MAX = 60
"""Participants of one call: six class cameras, and a class and its teachers one by one, twice over."""

DEVICES_MAX = 3
"""Participants of one pupil or visitor in a call, so that a few of them do not take all the places."""


class Joining(NamedTuple):
    """The outcome of joining. `resumed`: the participant of before. `replaced`: a connection that it was taken from."""

    participant: ParticipantId
    resume: str
    resumed: bool
    replaced: ConnectionId | None = None


class Departure(NamedTuple):
    """Somebody who was taken out of the call, and why. No connection: they were away."""

    participant: ParticipantId
    connection: ConnectionId | None
    code: ErrorCode


class Relay(NamedTuple):
    """Where something for another participant of the mesh goes, and from whom it comes."""

    sender: ParticipantId
    connection: ConnectionId


class Asking(NamedTuple):
    """A teacher's wish that somebody switches a medium on: what goes to which connection."""

    connection: ConnectionId
    push: CallAsked


class PlannedMedia(Struct, frozen=True):
    """What the media engine is told of a participant. `may_send` is enforced on every packet."""

    participant: ParticipantId
    kind: ParticipantKind
    may_send: tuple[Medium, ...]
    bandwidth: Bandwidth
    large: ParticipantId | None


class Call:
    """The call of one room on this process.

    Commands come from connections; each raises `Refused` with NOT_IN_CALL from one that is not in the call. `rights`
    are those of the member behind the connection, as they are at this moment.
    """

    def __init__(self, room: RoomId, mesh_max: int, grace: int) -> None:
        """`mesh_max`: participants of a mesh at most. `grace`: how long a dropped connection may take to come back."""
        self.room = room
        self._grace = grace
        self._participants: dict[ParticipantId, InCall] = {}
        self._by_connection: dict[ConnectionId, InCall] = {}
        self._hands = Hands()
        self._mode = Mode(mesh_max)
        self._state = CallState()
        self._paused = False
        self._news = News(room)

    # --- Coming and going ---

    def join(
        self,
        connection: ConnectionId,
        member: Member,
        kind: ParticipantKind,
        now: int,
        resume: str | None,
        new_id: ParticipantId,
        new_resume: str,
        rights: MediaRights,
        state: CallState,
        ending: CallEnding = NEVER_ENDED,
    ) -> Joining:
        """Let a member in, or let them go on as the participant that `resume` names. Raises `Refused`.

        `new_id` and `new_resume` are for a new participant. A connection that is in the call already stays the
        participant it is.
        """
        if is_of_ended_call(resume, ending):
            raise Refused(ErrorCode.CALL_ENDED)
        found = self._resumed(connection, member, kind, resume)
        self._require_may_join(member, kind, rights, state, is_back=found is not None)
        if found is not None:
            return self._take_over(found, connection, rights, state, now)
        self.leave(connection)
        self._drop_absent(member.id, kind)
        if len(self._participants) >= PARTICIPANTS_MAX:
            raise Refused(ErrorCode.TOO_MANY, f"at most {PARTICIPANTS_MAX} participants")
        devices = sum(each.member.id == member.id for each in self._participants.values())
        if devices >= DEVICES_MAX and not member.is_staff:
            raise Refused(ErrorCode.TOO_MANY, f"at most {DEVICES_MAX} devices of one member")
        self._state, self._paused = state, False  # who joins anew is a teacher, or under the eyes of one
        self._mode.joined(tuple(self._participants), member.is_staff, now)
        new = InCall(new_id, member, kind, connection, new_resume, rights, endings=ending.count)
        new.set_rules(rights, state.held_of(member))
        self._participants[new_id] = new
        self._by_connection[connection] = new
        return Joining(new_id, new_resume, resumed=False)

    def leave(self, connection: ConnectionId) -> None:
        """A connection leaves on purpose, or its room: without grace. Nothing when it is not in the call."""
        participant = self._by_connection.get(connection)
        if participant is not None:
            self._remove(participant)

    def drop(self, connection: ConnectionId, now: int) -> None:
        """A connection broke: its participant is away, and leaves after the grace time. Its media goes on."""
        participant = self._by_connection.pop(connection, None)
        if participant is not None:
            participant.connection = None
            participant.away_until = now + self._grace
            self._advance_mode(now)

    def advance(self, now: int) -> None:
        """Let those go whose grace time is over, and let the mesh go when everybody has settled. To be called often."""
        for participant in list(self._participants.values()):
            if participant.away_until is not None and participant.away_until <= now:
                self._remove(participant)
        self._advance_mode(now)

    # --- What participants do ---

    def publish(self, connection: ConnectionId, medium: Medium, muted: bool, rights: MediaRights) -> None:
        """Offer a track, or change whether it is muted. Raises `Refused`: no right, or CALL_HELD."""
        participant = self._of(connection)
        self._refresh(participant, rights)
        participant.publish(medium, muted)

    def unpublish(self, connection: ConnectionId, medium: Medium) -> None:
        """Take a track back."""
        self._of(connection).muted.pop(medium, None)

    def mute(
        self,
        connection: ConnectionId,
        medium: Medium,
        muted: bool,
        rights: MediaRights,
        of: ParticipantId | None = None,
    ) -> None:
        """Mute or unmute one's own track; teachers mute others, who may unmute themselves. Raises `Refused`."""
        sender = self._of(connection)
        other = self._other(sender, of, rights)
        if other is None:
            if medium in sender.muted:
                self.publish(connection, medium, muted, rights)
            elif not muted:
                raise Refused(ErrorCode.INVALID, "medium: it is not published")
            return
        if not muted:
            raise Refused(ErrorCode.INVALID, "muted: others are asked, nobody unmutes them")
        if medium in other.muted:
            other.muted[medium] = True

    def ask(self, connection: ConnectionId, of: ParticipantId, medium: Medium, rights: MediaRights) -> Asking:
        """A teacher asks another to switch a medium on: what is to be sent, and where to. Raises `Refused`."""
        sender = self._of(connection)
        _require(rights.moderate)
        asked = self._participant(of)
        if asked.connection is None:
            raise Refused(ErrorCode.UNKNOWN_PARTICIPANT)
        return Asking(asked.connection, CallAsked(self.room, medium, by=sender.id))

    def hand(
        self, connection: ConnectionId, raised: bool, rights: MediaRights, of: ParticipantId | None = None
    ) -> None:
        """Raise or lower one's hand; teachers lower those of others. Raises `Refused`."""
        sender = self._of(connection)
        other = self._other(sender, of, rights)
        if other is None:
            if raised:
                _require(rights.raise_hand)
                self._hands.raise_hand(sender.id, sender.member.class_id)
            else:
                self._hands.lower(sender.id, by_teacher=False)
            return
        if raised:
            raise Refused(ErrorCode.INVALID, "raised: nobody raises the hand of somebody else")
        self._hands.lower(other.id, by_teacher=True)

    def set_bandwidth(self, connection: ConnectionId, bandwidth: Bandwidth, automatic: bool) -> None:
        """Take more or less of the call. `automatic`: the client chose."""
        participant = self._of(connection)
        participant.bandwidth, participant.automatic = bandwidth, automatic

    def report_quality(self, connection: ConnectionId, quality: Quality) -> None:
        """How a participant's own connection does."""
        self._of(connection).quality = quality

    def watch(self, connection: ConnectionId, of: ParticipantId | None) -> None:
        """Whom a participant shows large. Raises `Refused`."""
        participant = self._of(connection)
        participant.watched = None if of is None else self._participant(of).id

    def settled(self, connection: ConnectionId, now: int) -> None:
        """Both sessions of a participant with the server are connected."""
        self._mode.settled(self._of(connection).id)
        self._advance_mode(now)

    def use_server(self, connection: ConnectionId, now: int) -> None:
        """A participant of a mesh cannot reach another: to the server, as when somebody comes who does not fit."""
        self._of(connection)
        self._mode.use_server([each.id for each in self._participants.values() if each.away_until is None], now)
        self._advance_mode(now)

    def relay_target(self, connection: ConnectionId, to: ParticipantId) -> Relay:
        """Where a description or candidate for another goes. Only within a mesh. Raises `Refused`."""
        sender = self._of(connection)
        receiver = self._participant(to)
        may = self._mode.may_relay(sender.id, receiver.id) and sender.is_adult and receiver.is_adult
        if not may or receiver.connection is None:
            raise Refused(ErrorCode.UNKNOWN_PARTICIPANT)
        return Relay(sender.id, receiver.connection)

    # --- The rules of the moment ---

    def set_rules(
        self,
        rights: Callable[[MemberId], MediaRights],
        state: CallState,
        paused: bool,
        ending: CallEnding = NEVER_ENDED,
    ) -> tuple[Departure, ...]:
        """After any change of rights, holds or a teacher's presence. Who may not be here any more is taken out.

        `paused`: no teacher is here, as the others are shown; `rights` say so, too, and keep their media back.
        """
        self._state, self._paused = state, paused
        departures = []
        for participant in list(self._participants.values()):
            now_allowed = rights(participant.member.id)
            code = _may_not_stay(participant, now_allowed, state, ending)
            if code is None:
                participant.set_rules(now_allowed, state.held_of(participant.member))
            else:
                departures.append(Departure(participant.id, participant.connection, code))
                self._remove(participant)
        return tuple(departures)

    # --- What others are told ---

    def take_changes(self) -> CallChanged | None:
        """What changed since the last time; None: nothing."""
        return self._news.take(self._head(), self._views())

    def view(self) -> CallView:
        """The call for somebody who enters the room; the next changes are to be applied to it."""
        return self._news.show(self._head(), self._views())

    def plan(self) -> tuple[PlannedMedia, ...]:
        """What the media engine is to do. Nothing in a mesh."""
        if self._mode.mode is CallMode.MESH:
            return ()
        return tuple(
            PlannedMedia(
                participant=each.id,
                kind=each.kind,
                may_send=each.may_send(),
                bandwidth=each.bandwidth,
                large=None if each.watched == each.id else each.watched,
            )
            for each in self._participants.values()
        )

    @property
    def mode(self) -> CallMode:
        """Who sends to whom."""
        return self._mode.mode

    @property
    def is_empty(self) -> bool:
        """True when nobody is in the call, not even away: it is over."""
        return not self._participants

    def require_participant(self, connection: ConnectionId) -> ParticipantId:
        """Which participant a connection is. Raises `Refused` with NOT_IN_CALL."""
        return self._of(connection).id

    def participant_of(self, connection: ConnectionId) -> ParticipantId | None:
        """Which participant a connection is, if any."""
        participant = self._by_connection.get(connection)
        return None if participant is None else participant.id

    def connection_of(self, participant: ParticipantId) -> ConnectionId | None:
        """Where a participant can be reached; None when away or not in the call."""
        found = self._participants.get(participant)
        return None if found is None else found.connection

    def connections(self) -> tuple[ConnectionId, ...]:
        """Every connection that is in the call."""
        return tuple(self._by_connection)

    # --- Inside ---

    def _of(self, connection: ConnectionId) -> InCall:
        participant = self._by_connection.get(connection)
        if participant is None:
            raise Refused(ErrorCode.NOT_IN_CALL)
        return participant

    def _participant(self, wanted: ParticipantId) -> InCall:
        participant = self._participants.get(wanted)
        if participant is None:
            raise Refused(ErrorCode.UNKNOWN_PARTICIPANT)
        return participant

    def _other(self, sender: InCall, wanted: ParticipantId | None, rights: MediaRights) -> InCall | None:
        """Whom a teacher acts upon; None: the sender acts upon themselves. Raises `Refused`."""
        if wanted is None or wanted == sender.id:
            return None
        _require(rights.moderate)
        return self._participant(wanted)

    def _resumed(
        self, connection: ConnectionId, member: Member, kind: ParticipantKind, resume: str | None
    ) -> InCall | None:
        """The participant that somebody who joins was before; what they know counts more than where they are."""
        own = [each for each in self._participants.values() if each.member.id == member.id and each.kind is kind]
        for participant in own:
            if participant.resume == resume:
                return participant
        for participant in own:
            if participant.connection == connection:
                return participant
        return None

    def _require_may_join(
        self, member: Member, kind: ParticipantKind, rights: MediaRights, state: CallState, is_back: bool
    ) -> None:
        # Who drops while no teacher is here comes back as those stay who did not drop.
        if not (is_back and rights.join is COMES_BACK):
            _require(rights.join)
        if kind is ParticipantKind.CLASS_CAMERA:
            _require(rights.join_as_class_camera)
        if state.is_removed(member):
            raise Refused(ErrorCode.CALL_REMOVED)

    def _take_over(
        self, participant: InCall, connection: ConnectionId, rights: MediaRights, state: CallState, now: int
    ) -> Joining:
        replaced = participant.connection if participant.connection != connection else None
        if replaced is not None:
            del self._by_connection[replaced]
        if self._by_connection.get(connection) not in (None, participant):
            self.leave(connection)  # it was another one until now
        self._state = state
        participant.connection, participant.away_until = connection, None
        participant.set_rules(rights, state.held_of(participant.member))
        self._by_connection[connection] = participant
        self._advance_mode(now)
        return Joining(participant.id, participant.resume, resumed=True, replaced=replaced)

    def _drop_absent(self, member: MemberId, kind: ParticipantKind) -> None:
        """Who comes anew, as after a reload, is not seen a second time beside the one who is away."""
        for participant in list(self._participants.values()):
            if participant.connection is None and participant.member.id == member and participant.kind is kind:
                self._remove(participant)

    def _remove(self, participant: InCall) -> None:
        del self._participants[participant.id]
        if participant.connection is not None:
            del self._by_connection[participant.connection]
        self._hands.forget(participant.id)
        self._mode.left(participant.id)
        for other in self._participants.values():
            if other.watched == participant.id:
                other.watched = None

    def _refresh(self, participant: InCall, rights: MediaRights) -> None:
        participant.set_rules(rights, self._state.held_of(participant.member))

    def _advance_mode(self, now: int) -> None:
        self._mode.advance([each.id for each in self._participants.values() if each.connection is not None], now)

    def _head(self) -> Head:
        return Head(
            mode=self._mode.mode,
            settling=self._mode.settling,
            paused=self._paused,
            pupils_held=tuple(sorted(self._state.pupils_held)),
            hands=self._hands.order(),
        )

    def _views(self) -> dict[ParticipantId, Participant]:
        return {each.id: each.view() for each in self._participants.values()}


def _require(code: ErrorCode | None) -> None:
    if code is not None:
        raise Refused(code)


def _may_not_stay(participant: InCall, rights: MediaRights, state: CallState, ending: CallEnding) -> ErrorCode | None:
    if participant.endings < ending.count:
        return ErrorCode.CALL_ENDED
    if rights.join is not None and rights.join is not COMES_BACK:
        return rights.join
    if participant.kind is ParticipantKind.CLASS_CAMERA and rights.join_as_class_camera is not None:
        return rights.join_as_class_camera
    return ErrorCode.CALL_REMOVED if state.is_removed(participant.member) else None
