"""The call of one room: its participants' connections, what the room is told of it, and what the media engine is told.

The rules are `signaling.call`'s and `signaling.holds`'. Whatever changes, the engine is told in the same turn of the
loop, and before anybody else: what somebody may not send any more is not forwarded any more.
"""

import secrets
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from media.engine import CallLost as SessionsLost
from media.engine import (
    CallPlan,
    EngineEvent,
    MediaEngine,
    PlannedParticipant,
    Reception,
    SlotsAssigned,
    SpeakersChanged,
)
from media.engine import Medium as EngineMedium
from media.engine import Role as EngineRole
from rooms.errors import ErrorCode
from rooms.lesson.model import CallEnding
from rooms.model import Medium, Member, MemberId, RoomId
from rooms.presence import ConnectionId
from rtserver.broker.port import NodeId
from rtserver.cluster.gathering import move_to
from rtserver.hub.connection import Connection
from rtserver.hub.outbox import Lane
from rtserver.hub.packets import Push
from rtserver.live_stream import Clock, LiveStream
from signaling.call import Call, Joining, PlannedMedia
from signaling.endings import resume_of
from signaling.holds import CallState
from signaling.messages import (
    CallLeft,
    CallRebuild,
    CallSlots,
    CallSpeaking,
    CallView,
    ParticipantId,
    ParticipantKind,
    Slot,
)
from signaling.rights import MediaRights

log = structlog.get_logger(__name__)

PARTICIPANT_BYTES = 8
"""64 random bits: no two participants of all calls are of one name."""

RESUME_BYTES = 24
"""192 random bits: who knows them goes on as that participant, if it is the same member."""


class Surroundings(Protocol):
    """What a call asks of the project that its room belongs to."""

    def media_rights(self, member: MemberId, room: RoomId) -> MediaRights:
        """What the permissions say about a member in a room now."""
        ...

    def teacher_present(self) -> bool:
        """Whether a teacher of the project is here, or was a moment ago."""
        ...

    def in_room(self, room: RoomId) -> Iterable[Connection]:
        """The connections that are in a room."""
        ...

    def decided(self, room: RoomId, own: CallState) -> CallState:
        """What holds in the call of a room, in whose stream `own` stands."""
        ...

    def call_ending(self, room: RoomId) -> CallEnding:
        """How often the call of a room was ended for everybody."""
        ...


class LiveCall:
    """The call of one room on this process; over when nobody is in it. Implements `hub.connection.Attended`."""

    def __init__(
        self,
        stream: LiveStream[CallState],
        roster: Call,
        surroundings: Surroundings,
        engine: MediaEngine,
        clock: Clock,
        is_carried: Callable[[], bool],
        on_over: Callable[[], None],
    ) -> None:
        """`is_carried`: whether it goes on here; `on_over`: told when it is forgotten."""
        self.room = roster.room
        self._is_carried = is_carried
        self._on_over = on_over
        self.stream = stream
        self.roster = roster
        self._surroundings = surroundings
        self._engine = engine
        self._clock = clock
        self._connections: dict[ConnectionId, Connection] = {}
        self._planned = CallPlan(self.room, ())
        self._slots: dict[ParticipantId, Push] = {}
        """What each was told last of its slots: who comes back may not have heard it, and the engine waits for that."""
        self._to_rebuild: set[ParticipantId] = set()
        """Those who were away when their media sessions were lost."""

    def go_to(self, node: NodeId) -> None:
        """It goes on at another node: those who take part are asked to come there, and who cannot is out of it."""
        log.info("call.goes_on_elsewhere", call=self.room, at=node)
        for connection in list(self._connections.values()):
            if not move_to(connection, node):
                self._take_out(connection.id, ErrorCode.CALL_OUT_OF_REACH)
                self.roster.leave(connection.id)
        self.tell()

    def over(self) -> None:
        """Nobody is in it any more, and it is forgotten."""
        self._on_over()

    @property
    def is_carried(self) -> bool:
        """Whether this is the node where it goes on: not when the node is being left."""
        return self._is_carried()

    @property
    def is_over(self) -> bool:
        """True when nobody is in the call, not even away."""
        return self.roster.is_empty

    # --- Coming and going ---

    def join(self, connection: Connection, member: Member, kind: ParticipantKind, resume: str | None) -> Joining:
        """Let a member in, or go on as the participant that `resume` names. Raises `Refused`."""
        ending = self._surroundings.call_ending(self.room)
        joining = self.roster.join(
            connection.id,
            member,
            kind,
            self._clock(),
            resume,
            f"pt_{secrets.token_hex(PARTICIPANT_BYTES)}",
            resume_of(ending, secrets.token_urlsafe(RESUME_BYTES)),
            self._surroundings.media_rights(member.id, self.room),
            self._surroundings.decided(self.room, self.stream.state),
            ending,
        )
        if joining.replaced is not None:
            self._take_out(joining.replaced, ErrorCode.CALL_ELSEWHERE)
        self._connections[connection.id] = connection
        connection.calls[self.room] = self
        log.info(
            "call.joined",
            call=self.room,
            participant=joining.participant,
            member=member.id,
            kind=kind,
            resumed=joining.resumed,
        )
        self.refresh()
        return joining

    def catch_up(self, connection: Connection) -> None:
        """Tell somebody who has come back what they may have missed of their own."""
        participant = self.roster.participant_of(connection.id)
        if participant is None:
            return
        slots = self._slots.get(participant)
        if participant in self._to_rebuild:
            self._to_rebuild.discard(participant)
            connection.push(Push("call_rebuild", CallRebuild(self.room)))
        elif slots is not None:
            connection.push(slots)

    def leave(self, connection: Connection) -> None:
        """A connection leaves the call, if it is in it."""
        self._forget(connection.id)
        self.roster.leave(connection.id)
        self.tell()

    def drop(self, connection: Connection) -> None:
        """A connection broke: its participant has a moment to come back."""
        self._forget(connection.id)
        self.roster.drop(connection.id, self._clock())
        self.tell()

    # --- What has changed ---

    def refresh(self) -> None:
        """After a change of rights, of what teachers decided, or of a teacher's presence."""
        ending = self._surroundings.call_ending(self.room)
        departures = self.roster.set_rules(
            lambda member: self._surroundings.media_rights(member, self.room),
            self._surroundings.decided(self.room, self.stream.state),
            paused=not self._surroundings.teacher_present(),
            ending=ending,
        )
        self._tell_engine()
        for departure in departures:
            log.info("call.taken_out", call=self.room, participant=departure.participant, code=departure.code)
            if departure.connection is not None:
                by = ending.by if departure.code is ErrorCode.CALL_ENDED else None
                self._take_out(departure.connection, departure.code, by)
        self.tell()

    def advance(self) -> None:
        """Let time pass."""
        self.roster.advance(self._clock())
        self.tell()

    def tell(self) -> None:
        """Tell the engine and the room what is new."""
        self._tell_engine()
        changed = self.roster.take_changes()
        if changed is None:
            return
        for participant in changed.left:
            log.info("call.left", call=self.room, participant=participant)
            self._slots.pop(participant, None)
            self._to_rebuild.discard(participant)
        push = Push("call_changed", changed)
        for connection in self._surroundings.in_room(self.room):
            connection.push(push)

    def view(self) -> CallView | None:
        """The call for somebody who enters the room; None when there is none."""
        return None if self.is_over else self.roster.view()

    def send(self, to: ConnectionId, push: Push) -> None:
        """Send something to one connection that is in the call."""
        connection = self._connections.get(to)
        if connection is not None:
            connection.push(push)

    # --- The media engine ---

    async def answer(self, participant: ParticipantId, role: EngineRole, offer: str) -> str:
        """The engine's answer to an offer. Raises `OfferRefused`, `EngineUnavailable`."""
        return await self._engine.answer(self.room, participant, role, offer)

    def slots_seen(self, participant: ParticipantId, revision: int) -> None:
        """A participant has cleared the tiles of all assignments up to `revision`."""
        self._engine.slots_seen(self.room, participant, revision)

    def engine_event(self, event: EngineEvent) -> None:
        """Something happened to the media of this call."""
        match event:
            case SlotsAssigned():
                self._assign(event)
            case SpeakersChanged(speakers=speakers):
                self._tell_speakers(speakers)
            case SessionsLost():
                self._rebuild()
            case _:
                # Its client sees that by itself, and may have closed it on purpose.
                log.info("call.session_lost", call=self.room, participant=event.participant, role=event.role)

    def _tell_engine(self) -> None:
        plan = CallPlan(self.room, tuple(_planned(each) for each in self.roster.plan()))
        if plan != self._planned:
            self._planned = plan
            self._engine.plan(plan)

    def _assign(self, event: SlotsAssigned) -> None:
        if all(planned.name != event.participant for planned in self._planned.participants):
            return  # it has left meanwhile
        slots = tuple(
            Slot(slot.mid, slot.source, None if slot.medium is None else Medium(slot.medium.value), slot.after)
            for slot in event.slots
        )
        push = self._slots[event.participant] = Push("call_slots", CallSlots(self.room, event.revision, slots))
        connection = self.roster.connection_of(event.participant)
        if connection is not None:
            self.send(connection, push)

    def _tell_speakers(self, speakers: tuple[ParticipantId, ...]) -> None:
        push = Push("call_speaking", CallSpeaking(self.room, speakers))
        for connection in self._connections.values():
            connection.push(push, Lane.VOLATILE, (self.room, push.name))

    def _rebuild(self) -> None:
        log.warning("call.sessions_lost", call=self.room)
        self._slots.clear()
        self._to_rebuild = {planned.name for planned in self._planned.participants}
        self._tell_speakers(())  # an engine that begins anew tells only changes
        for connection in list(self._connections.values()):
            self.catch_up(connection)

    # --- Connections ---

    def _take_out(self, connection_id: ConnectionId, code: ErrorCode, by: MemberId | None = None) -> None:
        connection = self._forget(connection_id)
        if connection is not None:
            connection.push(Push("call_left", CallLeft(self.room, code, by)))

    def _forget(self, connection_id: ConnectionId) -> Connection | None:
        connection = self._connections.pop(connection_id, None)
        if connection is not None:
            connection.calls.pop(self.room, None)
        return connection


def _planned(media: PlannedMedia) -> PlannedParticipant:
    return PlannedParticipant(
        name=media.participant,
        may_send=tuple(EngineMedium(medium.value) for medium in media.may_send),
        reception=Reception(media.bandwidth.value),
        is_class_camera=media.kind is ParticipantKind.CLASS_CAMERA,
        large=media.large,
    )
