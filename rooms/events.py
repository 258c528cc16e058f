"""What can happen, one Struct an event. The same shapes travel on the wire and, encoded by `stored`, lie in the log."""

from msgspec import Struct

from rooms.board.elements import ElementId
from rooms.board.model import BoardElement, BoardId, BoardPolicy
from rooms.chat.model import Message, MessageFile, MessageId
from rooms.groups.model import Group
from rooms.lesson.model import Milliseconds, PollId, PollKind
from rooms.model import (
    Capability,
    ClassId,
    Medium,
    MemberId,
    ProjectPhase,
    Role,
    RoomId,
    RoomKind,
)


class EventBody(Struct, frozen=True, tag_field="kind"):
    """Base of all events; the `kind` tells them apart."""


class ProjectOpened(EventBody, frozen=True, tag="project.opened"):
    """A project was opened by its two founders. `national`: its classes may be of one country."""

    title: str
    national: bool


class ProjectPhaseSet(EventBody, frozen=True, tag="project.phase_set"):
    """The project was activated, archived or put back to draft."""

    phase: ProjectPhase


class ClassAdded(EventBody, frozen=True, tag="class.added"):
    """A class joined the project."""

    class_id: ClassId
    name: str
    school: str
    country: str
    timezone: str
    languages: tuple[str, ...]


class MemberAdded(EventBody, frozen=True, tag="member.added"):
    """A person joined. Names are not in the log: ask for the roster."""

    member: MemberId
    role: Role
    class_id: ClassId | None


class MemberRemoved(EventBody, frozen=True, tag="member.removed"):
    """A person was removed for good: every session and connection ends."""

    member: MemberId


class CapabilitySet(EventBody, frozen=True, tag="member.capability_set"):
    """One capability of one person was switched."""

    member: MemberId
    capability: Capability
    allowed: bool


class RoomBanSet(EventBody, frozen=True, tag="member.room_ban_set"):
    """A person was asked to stay out of a room, or let in again."""

    member: MemberId
    room: RoomId
    banned: bool


class RoomAdded(EventBody, frozen=True, tag="room.added", omit_defaults=True):
    """A room was made. Rooms start closed. `group_number`: see `Room`."""

    room: RoomId
    room_kind: RoomKind
    name: str
    group_number: int | None = None


class RoomOpenSet(EventBody, frozen=True, tag="room.open_set"):
    """A teacher opened or closed a room."""

    room: RoomId
    open: bool


class RoomLockSet(EventBody, frozen=True, tag="room.lock_set"):
    """A teacher paused one capability for everybody in a room, or allowed it again."""

    room: RoomId
    capability: Capability
    locked: bool


class GroupsFormed(EventBody, frozen=True, tag="groups.formed"):
    """Pupils were sent into groups, or these were arranged anew. `origin`: the room they come from and go back to."""

    origin: RoomId
    groups: tuple[Group, ...]


class GroupsEnded(EventBody, frozen=True, tag="groups.ended"):
    """Everybody was asked back from the groups."""


class ChatPosted(EventBody, frozen=True, tag="chat.posted", omit_defaults=True):
    """A message. Its id is this event's seq. What a plain one has not got is left out. Fields: see `Message`."""

    text: str
    reply: MessageId | None = None
    mentions: tuple[MemberId, ...] = ()
    language: str | None = None
    files: tuple[MessageFile, ...] = ()


class ChatEdited(EventBody, frozen=True, tag="chat.edited", omit_defaults=True):
    """The author changed the text of a message, and with it whom it mentions, and its language."""

    message: MessageId
    text: str
    mentions: tuple[MemberId, ...] = ()
    language: str | None = None


class ChatDeleted(EventBody, frozen=True, tag="chat.deleted"):
    """A message was withdrawn by its author or a teacher, with its reactions and its pin. Blanked in the log too."""

    message: MessageId


class ChatReacted(EventBody, frozen=True, tag="chat.reacted"):
    """The actor put a reaction to a message, or took it back."""

    message: MessageId
    reaction: str
    on: bool


class ChatPinned(EventBody, frozen=True, tag="chat.pinned", omit_defaults=True):
    """A teacher pinned a message, or let it go. `content`: the message as it was before; it may be an old one."""

    message: MessageId
    pinned: bool
    content: Message | None = None


class ChatLanguageSet(EventBody, frozen=True, tag="chat.language_set"):
    """The author or a teacher said which language (BCP 47) a message is in; null: none."""

    message: MessageId
    language: str | None


class CallHeld(EventBody, frozen=True, tag="call.held"):
    """A teacher switched one medium of a person off in the call of this room, or let it go."""

    member: MemberId
    medium: Medium
    held: bool


class CallPupilsHeld(EventBody, frozen=True, tag="call.pupils_held"):
    """A teacher switched one medium of everybody but teachers off, or let it go; single holds of it are forgotten."""

    medium: Medium
    held: bool


class CallRemoved(EventBody, frozen=True, tag="call.removed"):
    """A teacher put a person out of the call of this room, or let them in again."""

    member: MemberId
    removed: bool


class BoardAdded(EventBody, frozen=True, tag="board.added"):
    """A room got a further board, behind its others."""

    board: BoardId
    room: RoomId
    name: str


class BoardRenamed(EventBody, frozen=True, tag="board.renamed"):
    """A board got a name."""

    board: BoardId
    room: RoomId
    name: str


class BoardMoved(EventBody, frozen=True, tag="board.moved"):
    """A board was put in front of another of its room; null: to the end."""

    board: BoardId
    room: RoomId
    before: BoardId | None


class BoardRemoved(EventBody, frozen=True, tag="board.removed"):
    """A board was taken out of its room's list."""

    board: BoardId
    room: RoomId


class BoardChanged(EventBody, frozen=True, tag="board.changed"):
    """Elements were drawn, changed or deleted (`isDeleted`), all at once."""

    elements: tuple[BoardElement, ...]


class BoardCleared(EventBody, frozen=True, tag="board.cleared"):
    """A teacher cleared what one person had drawn, or (null) everything; named by this event's seq."""

    member: MemberId | None


class BoardClearUndone(EventBody, frozen=True, tag="board.clear_undone"):
    """What was cleared is back. Who follows the board takes a new snapshot."""

    clear: int


class BoardHidden(EventBody, frozen=True, tag="board.hidden"):
    """A teacher put elements aside for review: only teachers see them."""

    elements: tuple[ElementId, ...]


class BoardShown(EventBody, frozen=True, tag="board.shown"):
    """Elements that were put aside can be seen by all again."""

    elements: tuple[BoardElement, ...]


class BoardPolicySet(EventBody, frozen=True, tag="board.policy_set"):
    """A teacher decided who may draw, change others' work, and save the board."""

    policy: BoardPolicy


class TimerChanged(EventBody, frozen=True, tag="timer.set"):
    """A teacher set the project's timer, or (null) stopped it. Fields: see `Timer`."""

    ends_at: Milliseconds | None
    seconds: int | None


class PollOpened(EventBody, frozen=True, tag="poll.opened"):
    """A teacher asked a question in a room. Fields: see `Poll`."""

    room: RoomId
    poll: PollId
    question: str
    choices: tuple[str, ...]
    poll_kind: PollKind


class PollClosed(EventBody, frozen=True, tag="poll.closed"):
    """The voting has ended; `counts`: how many chose each."""

    room: RoomId
    poll: PollId
    counts: tuple[int, ...]


class PollRemoved(EventBody, frozen=True, tag="poll.put_away"):
    """The result of a poll was taken off the screens."""

    room: RoomId
    poll: PollId


class CallEnded(EventBody, frozen=True, tag="call.ended"):
    """A teacher ended the call of a room for everybody who was in it. `by`: null for the system."""

    room: RoomId
    by: MemberId | None


class LessonEnded(EventBody, frozen=True, tag="lesson.ended"):
    """A teacher ended the lesson in a room, which is closed until the next one. What else that stopped is in events."""

    room: RoomId


class Hidden(EventBody, frozen=True, tag="hidden"):
    """What a reader gets in place of an event that it may not see: the numbering stays without gaps. Never stored."""


Body = (
    ProjectOpened
    | ProjectPhaseSet
    | ClassAdded
    | MemberAdded
    | MemberRemoved
    | CapabilitySet
    | RoomBanSet
    | RoomAdded
    | RoomOpenSet
    | RoomLockSet
    | GroupsFormed
    | GroupsEnded
    | ChatPosted
    | ChatEdited
    | ChatDeleted
    | ChatReacted
    | ChatPinned
    | ChatLanguageSet
    | CallHeld
    | CallPupilsHeld
    | CallRemoved
    | BoardAdded
    | BoardRenamed
    | BoardMoved
    | BoardRemoved
    | BoardChanged
    | BoardCleared
    | BoardClearUndone
    | BoardHidden
    | BoardShown
    | BoardPolicySet
    | TimerChanged
    | PollOpened
    | PollClosed
    | PollRemoved
    | CallEnded
    | LessonEnded
    | Hidden
)
