"""What teachers decided in the call of a room: who is held silent or unseen, and who was put out of it.

The stream `call:<room>`: it outlives connections, calls and restarts. Who is in the call is not here but in
`signaling.call`.

While pupils are in groups, what was decided about one of them in the call of their class holds in that of their group
as well, and a teacher who decides about one there decides for both: it stands in the class's stream. "All pupils" of a
group are that group, and stand in its own.
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

ALL_MEDIA = frozenset(Medium)

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


def along(own: CallState, of_class: CallState | None, group: frozenset[MemberId]) -> CallState:
    """What holds in the call of a group: held or out is who is so in its own or in the class's.

    `of_class`: None as long as it is not known here; everybody is held until then.
    """
    if of_class is None:
        return CallState(pupils_held=ALL_MEDIA, removed=own.removed)
    # Of a class that is held, a group may have been let go one by one: then it is not held as a whole.
    let_go = {medium for medium in of_class.pupils_held if group and not _is_held_any(of_class, group, medium)}
    pupils_held = own.pupils_held | (of_class.pupils_held - let_go)
    exceptions = {
        member: (own.held_of_pupil(member) | of_class.held_of_pupil(member)) ^ pupils_held
        for member in sorted(own.exceptions.keys() | of_class.exceptions.keys())
    }
    return CallState(
        pupils_held=pupils_held,
        exceptions={member: media for member, media in exceptions.items() if media},
        removed=own.removed | of_class.removed,
    )


def _is_held_any(state: CallState, group: frozenset[MemberId], medium: Medium) -> bool:
    return any(medium in state.held_of_pupil(member) for member in group)


def is_for_class(command: HoldCommand) -> bool:
    """Whether what is decided in a group's call is decided for the class, too: all but to hold the whole group."""
    return not (isinstance(command, CallHoldPupils) and command.held)


def is_for_group(command: HoldCommand) -> bool:
    """Whether it is decided for the group's own call: all but to hold or remove one, which the class's does."""
    match command:
        case CallHoldPupils():
            return True
        case CallHold(held=held):
            return not held
        case CallRemove(removed=removed):
            return not removed


def decide_for_class(
    state: CallState, standing: Standing, command: HoldCommand, group: frozenset[MemberId]
) -> Decision:
    """What a command in a group's call leads to in the class's, as `decide`; a whole group is let go one by one."""
    if not isinstance(command, CallHoldPupils):
        return decide(state, standing, command)
    require(standing, Action.MODERATE_CALL)
    held = [member for member in sorted(group) if command.medium in state.held_of_pupil(member)]
    return Decision(tuple(CallHeld(member, command.medium, False) for member in held))


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
