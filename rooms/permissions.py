"""What a member may do, now: one pure function, asked on every command, every resume and every re-decision.

The matrix that this must agree with is written down on its own in `tests/rooms/authorisation_matrix.py`.
"""

from collections.abc import Set
from enum import StrEnum

from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rooms.model import (
    PUBLISH_CAPABILITIES,
    STAFF_ROLES,
    Capability,
    Medium,
    Member,
    ProjectPhase,
    Role,
    Room,
    RoomKind,
)


class Action(StrEnum):
    """What can be asked for. A command asks for one action; what is done to a message may depend on its author."""

    ENTER_PROJECT = "enter_project"
    READ_ROOM = "read_room"
    POST = "post"
    SIGNAL = "signal"
    EDIT_OWN = "edit_own"
    EDIT_OTHERS = "edit_others"
    DELETE_OWN = "delete_own"
    DELETE_OTHERS = "delete_others"
    REACT = "react"
    PIN = "pin"
    SAVE_CHAT = "save_chat"
    SET_LANGUAGE_OTHERS = "set_language_others"
    OPEN_ROOM = "open_room"
    LOCK_ROOM = "lock_room"
    ADD_ROOM = "add_room"
    ADD_MEMBER = "add_member"
    INVITE_MEMBER = "invite_member"
    REMOVE_MEMBER = "remove_member"
    SET_CAPABILITY = "set_capability"
    SET_ROOM_BAN = "set_room_ban"
    FORM_GROUPS = "form_groups"
    END_GROUPS = "end_groups"
    ADD_CLASS = "add_class"
    SET_PHASE = "set_phase"
    JOIN_CALL = "join_call"
    JOIN_AS_CLASS_CAMERA = "join_as_class_camera"
    PUBLISH_AUDIO = "publish_audio"
    PUBLISH_VIDEO = "publish_video"
    PUBLISH_SCREEN = "publish_screen"
    RAISE_HAND = "raise_hand"
    MODERATE_CALL = "moderate_call"
    HOLD_IN_CALL = "hold_in_call"
    DRAW = "draw"
    MODERATE_BOARD = "moderate_board"
    ARRANGE_BOARDS = "arrange_boards"
    LEAD_LESSON = "lead_lesson"
    END_LESSON = "end_lesson"
    VOTE = "vote"


PUBLISH_ACTIONS = {
    Medium.AUDIO: Action.PUBLISH_AUDIO,
    Medium.VIDEO: Action.PUBLISH_VIDEO,
    Medium.SCREEN: Action.PUBLISH_SCREEN,
}
"""What one asks for who wants to send each in a call."""

ROOM_ACTIONS = frozenset(
    {
        Action.READ_ROOM,
        Action.POST,
        Action.SIGNAL,
        Action.EDIT_OWN,
        Action.EDIT_OTHERS,
        Action.DELETE_OWN,
        Action.DELETE_OTHERS,
        Action.REACT,
        Action.PIN,
        Action.SAVE_CHAT,
        Action.SET_LANGUAGE_OTHERS,
        Action.OPEN_ROOM,
        Action.LOCK_ROOM,
        Action.SET_ROOM_BAN,
        Action.FORM_GROUPS,
        Action.JOIN_CALL,
        Action.JOIN_AS_CLASS_CAMERA,
        Action.PUBLISH_AUDIO,
        Action.PUBLISH_VIDEO,
        Action.PUBLISH_SCREEN,
        Action.RAISE_HAND,
        Action.MODERATE_CALL,
        Action.HOLD_IN_CALL,
        Action.DRAW,
        Action.MODERATE_BOARD,
        Action.ARRANGE_BOARDS,
        Action.LEAD_LESSON,
        Action.END_LESSON,
        Action.VOTE,
    }
)
"""Actions that need a room of the project."""

SUBJECT_ACTIONS = frozenset(
    {
        Action.ADD_MEMBER,
        Action.INVITE_MEMBER,
        Action.REMOVE_MEMBER,
        Action.SET_CAPABILITY,
        Action.SET_ROOM_BAN,
        Action.HOLD_IN_CALL,
    }
)
"""Actions upon another person."""

ALLOWED_WHEN_ARCHIVED = frozenset(
    {Action.ENTER_PROJECT, Action.READ_ROOM, Action.SAVE_CHAT, Action.INVITE_MEMBER, Action.REMOVE_MEMBER}
)
"""An archived project is read-only, but who may read it is still the teachers' to say, and they may keep its chats."""

ALLOWED_TO_SYSTEM_WHEN_ARCHIVED = ALLOWED_WHEN_ARCHIVED | {Action.SET_PHASE}
"""Portals and the command line write to it as little as its members, but they take it up again."""

FOUNDER_ACTIONS = frozenset({Action.ADD_CLASS, Action.SET_PHASE})
STAFF_ACTIONS = frozenset(
    {
        Action.PIN,
        Action.SAVE_CHAT,
        Action.OPEN_ROOM,
        Action.LOCK_ROOM,
        Action.ADD_ROOM,
        Action.ADD_MEMBER,
        Action.INVITE_MEMBER,
        Action.REMOVE_MEMBER,
        Action.SET_CAPABILITY,
        Action.SET_ROOM_BAN,
        Action.FORM_GROUPS,
        Action.END_GROUPS,
        Action.JOIN_AS_CLASS_CAMERA,
        Action.MODERATE_CALL,
        Action.HOLD_IN_CALL,
        Action.MODERATE_BOARD,
        Action.ARRANGE_BOARDS,
        Action.LEAD_LESSON,
        Action.END_LESSON,
    }
)

UPON_MESSAGES_OF_OTHERS = frozenset({Action.DELETE_OTHERS, Action.SET_LANGUAGE_OTHERS})
"""What teachers may do with messages that they have not written; editing is nobody's."""

NOT_UPON_STAFF = frozenset({Action.SET_CAPABILITY, Action.SET_ROOM_BAN, Action.HOLD_IN_CALL})
NOT_IN_STAFF_ROOM = frozenset(
    {
        Action.OPEN_ROOM,
        Action.LOCK_ROOM,
        Action.SET_ROOM_BAN,
        Action.HOLD_IN_CALL,
        Action.FORM_GROUPS,
        Action.END_LESSON,
    }
)

CAPABILITY_FOR = {
    Action.POST: Capability.POST,
    Action.SIGNAL: Capability.POST,
    Action.EDIT_OWN: Capability.POST,
    Action.REACT: Capability.REACT,
    Action.DRAW: Capability.DRAW,
    **{action: PUBLISH_CAPABILITIES[medium] for medium, action in PUBLISH_ACTIONS.items()},
}
"""What pupils and visitors must be able to do, and what must not be locked in the room."""

SUPERVISED_ACTIONS = frozenset({*CAPABILITY_FOR, Action.DELETE_OWN, Action.JOIN_CALL, Action.RAISE_HAND, Action.VOTE})
"""What pupils and visitors do in open rooms only, and under a teacher's eyes.

Without a capability: one takes back one's own words, listens, votes, and asks for the floor even when muted.
"""


class Standing(Struct, frozen=True):
    """Everything the answer depends on.

    `member` is None for the system (command line, portals' API). `room` is None when the command names none or one that
    is not of this project. `subject` is the person acted upon; for `ADD_MEMBER` the member to be.
    """

    member: Member | None
    phase: ProjectPhase
    teacher_present: bool
    room: Room | None = None
    subject: Member | None = None


def denial(standing: Standing, action: Action) -> ErrorCode | None:
    """Why `action` is refused, or None when it is allowed."""
    member = standing.member
    if member is None:
        return (
            _denied_by_phase(standing, action, ALLOWED_TO_SYSTEM_WHEN_ARCHIVED)
            or _denied_as_unknown(standing, action)
            or _denied_to_anybody(standing, action)
        )
    return (
        _denied_by_membership(member, standing)
        or _denied_by_phase(standing, action, ALLOWED_WHEN_ARCHIVED)
        or _denied_as_unknown(standing, action)
        or (_denied_in_room(member, standing.room, action) if standing.room is not None else None)
        or _denied_by_role(member, action)
        or _denied_upon_subject(member, standing, action)
        or _denied_to_anybody(standing, action)
        or _denied_under_supervision(member, standing, action)
    )


def require(standing: Standing, action: Action) -> None:
    """Raise `Refused` unless `action` is allowed."""
    code = denial(standing, action)
    if code is not None:
        raise Refused(code)


def _denied_by_membership(member: Member, standing: Standing) -> ErrorCode | None:
    if member.removed:
        return ErrorCode.NOT_A_MEMBER
    if standing.phase is ProjectPhase.DRAFT and not member.is_staff:
        return ErrorCode.PROJECT_NOT_STARTED
    return None


def _denied_by_phase(standing: Standing, action: Action, allowed_when_archived: Set[Action]) -> ErrorCode | None:
    if standing.phase is ProjectPhase.ARCHIVED and action not in allowed_when_archived:
        return ErrorCode.PROJECT_ARCHIVED
    return None


def _denied_as_unknown(standing: Standing, action: Action) -> ErrorCode | None:
    """What is acted upon must be there; a person who was removed is not."""
    if action in SUBJECT_ACTIONS and (standing.subject is None or standing.subject.removed):
        return ErrorCode.UNKNOWN_MEMBER
    if action in ROOM_ACTIONS and standing.room is None:
        return ErrorCode.UNKNOWN_ROOM
    return None


def _denied_in_room(member: Member, room: Room, action: Action) -> ErrorCode | None:
    """May this person be in this room at all?"""
    if action not in ROOM_ACTIONS or member.is_staff:
        return None
    if room.kind is RoomKind.STAFF_ROOM:
        return ErrorCode.UNKNOWN_ROOM  # others are not told that there is one
    if room.id in member.banned_rooms:
        return ErrorCode.ROOM_BANNED
    if room.group is not None and member.id not in room.group:
        return ErrorCode.OTHER_GROUP
    if member.role is Role.VISITOR and not room.open:
        return ErrorCode.ROOM_CLOSED  # guests see a lesson, not what is left of earlier ones
    return None


def _denied_by_role(member: Member, action: Action) -> ErrorCode | None:
    if action is Action.EDIT_OTHERS:
        return ErrorCode.NOT_YOUR_MESSAGE
    if action in UPON_MESSAGES_OF_OTHERS and not member.is_staff:
        return ErrorCode.NOT_YOUR_MESSAGE
    if action in STAFF_ACTIONS and not member.is_staff:
        return ErrorCode.TEACHERS_ONLY
    if action in FOUNDER_ACTIONS and member.role is not Role.FOUNDER:
        return ErrorCode.FOUNDERS_ONLY
    return None


def _denied_upon_subject(member: Member, standing: Standing, action: Action) -> ErrorCode | None:
    """A teacher acting upon somebody: founders stay, teachers are the founders' business, names stay in their class."""
    subject = standing.subject
    if subject is None or action not in SUBJECT_ACTIONS:
        return None
    is_self = subject.id == member.id
    if action is Action.ADD_MEMBER and subject.role is Role.FOUNDER:
        return ErrorCode.FOUNDERS_ONLY
    if action is Action.INVITE_MEMBER and is_self:
        return None  # another device of one's own
    if action in (Action.ADD_MEMBER, Action.INVITE_MEMBER):
        if subject.is_staff and (member.role is not Role.FOUNDER or subject.role is Role.FOUNDER):
            return ErrorCode.FOUNDERS_ONLY
        # A teacher sees the roster names of their class: whoever made one for another class could read them there.
        if subject.role is not Role.VISITOR and subject.class_id != member.class_id:
            return ErrorCode.OTHER_CLASS
        return None
    if action is Action.REMOVE_MEMBER and subject.role is Role.TEACHER and member.role is not Role.FOUNDER:
        return ErrorCode.FOUNDERS_ONLY
    return None


def _denied_to_anybody(standing: Standing, action: Action) -> ErrorCode | None:
    """What makes no sense, whoever asks, the system included."""
    subject, room = standing.subject, standing.room
    if action is Action.REMOVE_MEMBER and subject is not None and subject.role is Role.FOUNDER:
        return ErrorCode.FOUNDER_STAYS
    if action in NOT_UPON_STAFF and subject is not None and subject.is_staff:
        return ErrorCode.NOT_FOR_TEACHERS
    if action in NOT_IN_STAFF_ROOM and room is not None and room.kind is RoomKind.STAFF_ROOM:
        return ErrorCode.NOT_FOR_STAFF_ROOM
    return None


def _denied_under_supervision(member: Member, standing: Standing, action: Action) -> ErrorCode | None:
    """Pupils and visitors write and send with the capability, in an open, unlocked room, under a teacher's eyes."""
    room = standing.room
    if member.role in STAFF_ROLES or room is None or action not in SUPERVISED_ACTIONS:
        return None
    if not room.open:
        return ErrorCode.ROOM_CLOSED
    capability = CAPABILITY_FOR.get(action)
    if capability is not None and capability not in member.capabilities:
        return ErrorCode.CAPABILITY_OFF
    if capability is not None and capability in room.locked and member.role is not Role.PUPIL_ADMIN:
        return ErrorCode.ROOM_LOCKED
    if not standing.teacher_present:
        return ErrorCode.NO_TEACHER_PRESENT
    return None
