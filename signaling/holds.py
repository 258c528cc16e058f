"""What teachers decided in the call of a room: who is held silent or unseen, and who was put out of it.

The stream `call:<room>`: it outlives connections, calls and restarts. Who is in the call is not here but in
`signaling.call`.
"""

from collections.abc import Mapping

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from rooms.events import Body, CallHeld, CallPupilsHeld, CallRemoved
from rooms.model import Medium, Member, MemberId
from rooms.permissions import Action, Standing, require
from rooms.stream import Decision, Event, StreamName
from signaling.messages import CallHold, CallHoldPupils, CallRemove

SNAPSHOT_VERSION = 1

NO_MEDIA: frozenset[Medium] = frozenset()

HoldCommand = CallHold | CallHoldPupils | CallRemove


class CallState(Struct, frozen=True):
    """Who is held and who is out.

    `pupils_held` holds everybody but teachers; `exceptions` are the media in which a member is treated the other way
    round: held while the others are not, or let go while the others are held.
    """

    pupils_held: frozenset[Medium] = NO_MEDIA
    exceptions: dict[MemberId, frozenset[Medium]] = msgspec.field(default_factory=dict)
    removed: frozenset[MemberId] = frozenset()

    def held_of(self, member: Member) -> frozenset[Medium]:
        """The media in which a member is held. Teachers never are."""
        return NO_MEDIA if member.is_staff else self.held_of_pupil(member.id)

    def held_of_pupil(self, member: MemberId) -> frozenset[Medium]:
        """The same of somebody who is no teacher."""
        return self.pupils_held ^ self.exceptions.get(member, NO_MEDIA)

    def is_removed(self, member: Member) -> bool:
        """Whether a member may not come into the call."""
        return not member.is_staff and member.id in self.removed


class CallRules:
    """The `Rules` of `call:` streams."""

    version = SNAPSHOT_VERSION

    def empty(self, stream: StreamName) -> CallState:
        """Nobody is held, nobody is out."""
        return CallState()

    def apply(self, state: CallState, event: Event) -> CallState:
        """The state after `event`."""
        match event.body:
            case CallHeld(member, medium, held):
                is_exception = held is not (medium in state.pupils_held)
                return replace(state, exceptions=_with_exception(state.exceptions, member, medium, is_exception))
            case CallPupilsHeld(medium, held):
                return replace(
                    state,
                    pupils_held=state.pupils_held | {medium} if held else state.pupils_held - {medium},
                    exceptions=_without_medium(state.exceptions, medium),
                )
            case CallRemoved(member, removed):
                return replace(state, removed=state.removed | {member} if removed else state.removed - {member})
            case _:
                return state

    def encode(self, state: CallState) -> bytes:
        """The state for a stored snapshot; sets in order, so that equal states are equal bytes."""
        return msgspec.msgpack.encode(state, order="deterministic")

    def decode(self, snapshot: bytes) -> CallState:
        """The state from a stored snapshot."""
        return msgspec.msgpack.decode(snapshot, type=CallState)


def subject_of(members: Mapping[MemberId, Member], command: HoldCommand) -> Member | None:
    """The person whom the command is about, for the permission question."""
    return None if isinstance(command, CallHoldPupils) else members.get(command.member)


def decide(state: CallState, standing: Standing, command: HoldCommand) -> Decision:
    """What the command leads to. `standing` is that of the actor, with `subject_of` the command. Raises `Refused`."""
    match command:
        case CallHold(member=member, medium=medium, held=held):
            require(standing, Action.HOLD_IN_CALL)
            is_held = medium in state.held_of_pupil(member)
            return _unless(is_held is held, CallHeld(member, medium, held))
        case CallHoldPupils(medium=medium, held=held):
            require(standing, Action.MODERATE_CALL)
            has_exceptions = any(medium in media for media in state.exceptions.values())
            already = (medium in state.pupils_held) is held and not has_exceptions
            return _unless(already, CallPupilsHeld(medium, held))
        case CallRemove(member=member, removed=removed):
            require(standing, Action.HOLD_IN_CALL)
            return _unless((member in state.removed) is removed, CallRemoved(member, removed))


def _with_exception(
    exceptions: dict[MemberId, frozenset[Medium]], member: MemberId, medium: Medium, is_exception: bool
) -> dict[MemberId, frozenset[Medium]]:
    old = exceptions.get(member, NO_MEDIA)
    changed = {**exceptions, member: old | {medium} if is_exception else old - {medium}}
    return {key: media for key, media in changed.items() if media}


def _without_medium(exceptions: dict[MemberId, frozenset[Medium]], medium: Medium) -> dict[MemberId, frozenset[Medium]]:
    remaining = {member: media - {medium} for member, media in exceptions.items()}
    return {member: media for member, media in remaining.items() if media}


def _unless(already: bool, body: Body) -> Decision:
    return Decision() if already else Decision((body,))
