"""The one definition of the wire: commands from clients, their results, and what the server pushes.

Validation, the AsyncAPI document and the page's TypeScript types come from here (`rtserver.schema`). A command travels
as a Socket.IO event whose name is the command's tag and whose one argument is its fields; the answer is the Socket.IO
ack: `{"ok": result}` or `{"error": {"code", "message", "retry"}}`. Unknown fields are an error.
"""

from typing import Annotated, Any, Self

from msgspec import Meta, Struct

from rooms.board.model import BoardId
from rooms.chat.model import FILE_NAME_CHARACTERS_MAX, FILES_MAX, Message, ReadMark
from rooms.errors import ErrorCode, Refused
from rooms.groups.model import Grouping
from rooms.lesson.model import Ballot, Poll, Timer
from rooms.model import (
    Capability,
    ClassId,
    MemberId,
    ProjectId,
    ProjectPhase,
    Role,
    RoomId,
    RoomKind,
    SchoolClass,
)
from rooms.stream import Event, Position

PROTOCOL_VERSION = 3
"""The newest version of the protocol; what came with which is in `rooms.versions`."""

OLDEST_PROTOCOL_VERSION = 1
"""The oldest one that is still spoken: pages stay open for days while servers are brought up to date."""

MESSAGE_BYTES_MAX = 8192
"""UTF-8 bytes of one chat message: a long paragraph, not a document."""

SIGNAL_CHARACTERS_MAX = 1024
"""Characters of one volatile signal: a cursor or a typing mark, not content."""

HISTORY_PAGE_MAX = 100
"""Messages of one page of history: about what a person scrolls through in one go."""

# A "$" alone would let a line feed pass at the end of what Python matches: hence "(?!\n)$" below.
MADE_BY_CLIENT = r"^[A-Za-z0-9_-]{8,64}(?!\n)$"
Nonce = Annotated[str, Meta(pattern=MADE_BY_CLIENT, description="Made by the client, once per command")]
PageName = Annotated[str, Meta(pattern=MADE_BY_CLIENT, description="Made by the client, once")]
Id = Annotated[str, Meta(min_length=1, max_length=64)]
Seq = Annotated[int, Meta(ge=1, le=2**53 - 1)]
Milliseconds = int
ShortText = Annotated[str, Meta(min_length=1, max_length=120)]
MessageText = Annotated[str, Meta(min_length=1, description="At most MESSAGE_BYTES_MAX bytes of UTF-8")]


# --- Getting in ---


class ConnectAuth(Struct, frozen=True, forbid_unknown_fields=True):
    """The auth object of the Socket.IO CONNECT packet.

    Give a `ticket` the first time and the `session` it was exchanged for from then on; or, on the server's own pages,
    the `member` whose session cookie is to be used.
    """

    version: Annotated[int, Meta(description="Of the protocol; the connection is one of this version")]
    ticket: str | None = None
    session: str | None = None
    member: MemberId | None = None
    page: Annotated[
        PageName | None,
        Meta(
            description="A random name that a client makes when it begins, gives each time it connects and shares with "
            "no other: its connections of before are ended, noticed or not. From version 3"
        ),
    ] = None


# --- Commands: the base, and those that change something durable ---


class Command(Struct, frozen=True, forbid_unknown_fields=True, tag_field="command"):
    """Base of all commands; the tag is the Socket.IO event's name and does not travel among the fields."""


class DurableCommand(Command, frozen=True):
    """A command that is logged. A resend with the same nonce gets the first one's ack and changes nothing."""

    nonce: Nonce


class ProjectSetPhase(DurableCommand, frozen=True, tag="project.set_phase"):
    """Founders activate or archive the project. Answer: `Accepted`."""

    phase: ProjectPhase


class ClassAdd(DurableCommand, frozen=True, tag="class.add"):
    """Founders add a class. Answer: `Accepted`."""

    name: ShortText
    school: ShortText
    country: Annotated[str, Meta(pattern=r"^[A-Z]{2}(?!\n)$")]
    timezone: ShortText
    languages: Annotated[tuple[ShortText, ...], Meta(min_length=1, max_length=8)]


class MemberAdd(DurableCommand, frozen=True, tag="member.add"):
    """Teachers add pupils of their class and visitors; founders its teachers too. Answer: `Accepted`."""

    role: Role
    class_id: Id | None
    roster_name: ShortText
    alias: ShortText


class MemberRemove(DurableCommand, frozen=True, tag="member.remove"):
    """Remove a person from the project for good. Their connections end at once. Answer: `Accepted`."""

    member: Id


class MemberSetCapability(DurableCommand, frozen=True, tag="member.set_capability"):
    """Allow or take away one capability of one person. Answer: `Accepted`."""

    member: Id
    capability: Capability
    allowed: bool


class MemberSetRoomBan(DurableCommand, frozen=True, tag="member.set_room_ban"):
    """Ask a person to stay out of one room, or let them in again. Answer: `Accepted`."""

    member: Id
    room: Id
    banned: bool


class RoomAdd(DurableCommand, frozen=True, tag="room.add"):
    """Teachers make a group room. Answer: `Accepted`."""

    name: ShortText


class RoomSetOpen(DurableCommand, frozen=True, tag="room.set_open"):
    """Teachers open a room for pupils, or close it. Answer: `Accepted`."""

    room: Id
    open: bool


class RoomSetLock(DurableCommand, frozen=True, tag="room.set_lock"):
    """Teachers pause one capability for everybody in a room, or allow it again. Answer: `Accepted`."""

    room: Id
    capability: Capability
    locked: bool


class SentFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file that goes with a message. `file`: its id, from the answer to the upload for this room; `name`: as it is
    called where it comes from."""

    file: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}(?!\n)$")]
    name: Annotated[str, Meta(min_length=1, max_length=FILE_NAME_CHARACTERS_MAX)]


class ChatPost(DurableCommand, frozen=True, tag="chat.post"):
    """Post a message, at most `MESSAGE_BYTES_MAX` bytes of UTF-8. Answer: `Accepted`; its seq is the message's id.

    `<@member>` in the text mentions a member. `reply`: the message that it answers. `files`: what the member has
    uploaded for this room in the last day; with them, the text may be empty.
    """

    room: Id
    text: Annotated[str, Meta(description="At most MESSAGE_BYTES_MAX bytes of UTF-8; empty with files only")]
    reply: Seq | None = None
    files: Annotated[tuple[SentFile, ...], Meta(max_length=FILES_MAX)] = ()


class ChatEdit(DurableCommand, frozen=True, tag="chat.edit"):
    """Change the text of one's own message. Answer: `Accepted`."""

    room: Id
    message: Seq
    text: MessageText


class ChatDelete(DurableCommand, frozen=True, tag="chat.delete"):
    """Withdraw one's own message; a teacher anybody's. Answer: `Accepted`."""

    room: Id
    message: Seq


# --- Commands that change nothing durable ---


class ProjectJoin(Command, frozen=True, tag="project.join"):
    """Follow the project. With a `position`, what was missed since then; else a snapshot. Answer: `ProjectJoined`."""

    position: Position | None = None


class ProjectRoster(Command, frozen=True, tag="project.roster"):
    """The names of the members, as this member may see them. Answer: `Roster`."""


class RoomJoin(Command, frozen=True, tag="room.join"):
    """Enter a room and follow its chat. Answer: `RoomJoined`."""

    room: Id
    position: Position | None = None


class RoomLeave(Command, frozen=True, tag="room.leave"):
    """Leave a room. Answer: `Done`."""

    room: Id


class RoomSignal(Command, frozen=True, tag="room.signal"):
    """Something volatile for everybody in the room: not logged, may be dropped. Answer: `Done`.

    `latest`: only the newest of this member and topic matters, as with a cursor; who is behind gets that one only.
    """

    room: Id
    topic: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}(?!\n)$")]
    data: Annotated[str, Meta(max_length=SIGNAL_CHARACTERS_MAX)]
    latest: bool = False


class ChatHistory(Command, frozen=True, tag="chat.history"):
    """A page of messages older than message `before`: the newest of them, or of those after message `after` the oldest.

    Answer: `HistoryPage`.
    """

    room: Id
    before: Seq
    limit: Annotated[int, Meta(ge=1, le=HISTORY_PAGE_MAX)] = 50
    after: Seq | None = None


class InvitationCreate(Command, frozen=True, tag="invitation.create"):
    """Make a one-time link with which a person gets in. Earlier unused links end. Answer: `Invitation`."""

    member: Id


class SessionEnd(Command, frozen=True, tag="session.end"):
    """Sign out: the session ends on every connection that uses it. Answer: `Done`."""


AnyCommand = (
    ProjectSetPhase
    | ClassAdd
    | MemberAdd
    | MemberRemove
    | MemberSetCapability
    | MemberSetRoomBan
    | RoomAdd
    | RoomSetOpen
    | RoomSetLock
    | ChatPost
    | ChatEdit
    | ChatDelete
    | ProjectJoin
    | ProjectRoster
    | RoomJoin
    | RoomLeave
    | RoomSignal
    | ChatHistory
    | InvitationCreate
    | SessionEnd
)


# --- Results ---


class Accepted(Struct, frozen=True):
    """A durable command is in the log: `seq` of its (last) event. A resend gets the same."""

    seq: int


class Done(Struct, frozen=True):
    """It was done; there is nothing to say about it."""


class MemberView(Struct, frozen=True):
    """A member as others see them. `room_bans` are the rooms they were asked to stay out of."""

    id: MemberId
    role: Role
    class_id: ClassId | None
    capabilities: tuple[Capability, ...]
    room_bans: tuple[RoomId, ...]
    removed: bool


class BoardView(Struct, frozen=True):
    """A board in the list of its room. An empty name: the page's word for a board."""

    id: BoardId
    name: str


class RoomView(Struct, frozen=True):
    """A room as a member sees it in the list, its boards in their order.

    `group`: the only ones besides teachers who may be there, null where everybody may; `circle`: the only ones whom a
    later grouping may put there, null where anybody. `group_number`: show it as "Group 1" in the reader's language,
    in place of its `name`; null: show the name. `lesson_over`: it is closed as a teacher has ended the lesson.
    """

    id: RoomId
    kind: RoomKind
    name: str
    open: bool
    locked: tuple[Capability, ...]
    boards: tuple[BoardView, ...]
    group: tuple[MemberId, ...] | None = None
    circle: tuple[MemberId, ...] | None = None
    group_number: int | None = None
    lesson_over: bool = False


class ProjectView(Struct, frozen=True):
    """The project as one member sees it: pupils and visitors do not see the staff room.

    `groups`: those that there are now, or were last (who is in them: see the rooms); null: there never were any.
    `polls`: those that are open or show their result, of the rooms that this member may read.
    """

    id: ProjectId
    title: str
    national: bool
    phase: ProjectPhase
    classes: tuple[SchoolClass, ...]
    members: tuple[MemberView, ...]
    rooms: tuple[RoomView, ...]
    groups: Grouping | None = None
    timer: Timer | None = None
    polls: tuple[Poll, ...] = ()


class NamedMember(Struct, frozen=True):
    """The name of a member for this reader: the roster name within one's own class, else the alias."""

    member: MemberId
    name: str


class MemberPresence(Struct, frozen=True):
    """A member who is here, on however many devices, and the rooms they are in."""

    member: MemberId
    rooms: tuple[RoomId, ...]


class Roster(Struct, frozen=True):
    """Names of all members, removed ones included (their messages remain)."""

    names: tuple[NamedMember, ...]


class ProjectJoined(Struct, frozen=True):
    """Either `snapshot` (start from it) or `events` (apply them to what you have), up to `position`.

    `server_time`: by it, not by its own clock, a client counts what is left of a `Timer`. `ballots`: of all open polls.
    """

    position: Position
    snapshot: ProjectView | None
    events: tuple[Event, ...] | None
    me: MemberId
    roster: Roster
    presence: tuple[MemberPresence, ...]
    server_time: Milliseconds
    ballots: tuple[Ballot, ...] = ()


class Rights(Struct, frozen=True):
    """What this member may do in a room now: for each action `null`, or the code of why not.

    Actions: `post`, `signal`, `react`, `pin`, `save_chat`, `delete_others` (moderate), `open_room`, `lead`
    (a lesson), `vote`; in the call of the room
    `join_call`, `join_as_class_camera`, `publish_audio`, `publish_video`, `publish_screen`, `raise_hand`,
    `moderate_call`.
    """

    room: RoomId
    denied: dict[str, ErrorCode | None]


class ChatView(Struct, frozen=True):
    """The newest messages of a room, oldest first. `more`: older ones exist (`chat.history`).

    `pins`: the pinned messages, of any age, in the order they were pinned. `marks`: how far members have read.
    """

    messages: tuple[Message, ...]
    more: bool
    pins: tuple[Message, ...] = ()
    marks: tuple[ReadMark, ...] = ()


class RoomJoined(Struct, frozen=True):
    """Either `snapshot` (start from it) or `events` (apply them to what you have), up to `position`.

    `marks`: how far members have read, all of them, with `events`; a snapshot holds them itself.
    """

    room: RoomId
    position: Position
    snapshot: ChatView | None
    events: tuple[Event, ...] | None
    rights: Rights
    marks: tuple[ReadMark, ...] = ()


class HistoryPage(Struct, frozen=True):
    """The messages that were asked for, oldest first. `more`: there are more of them than these."""

    messages: tuple[Message, ...]
    more: bool


class Invitation(Struct, frozen=True):
    """A one-time link for a person. Shown once; only its hash is kept."""

    member: MemberId
    url: str
    expires_at: Milliseconds


class Failure(Struct, frozen=True, omit_defaults=True):
    """Why a command was refused. `retry`: the same may succeed later by itself; `retry_after`: in so many seconds."""

    code: ErrorCode
    message: str
    retry: bool
    retry_after: int | None = None

    @classmethod
    def of(cls, refusal: Refused) -> Self:
        """What the client is told of a refusal."""
        return cls(refusal.code, refusal.message, refusal.retry, refusal.retry_after)


# --- Pushes: Socket.IO events from the server ---
# "event" carries an Event, whose body is `hidden` when this reader may not see it; "rights" a Rights; others are below.


class SessionGranted(Struct, frozen=True):
    """ "session": a ticket was exchanged for this session. Keep it, present it from now on."""

    session: str
    member: MemberId
    expires_at: Milliseconds


class Signalled(Struct, frozen=True):
    """ "signal": what a member signalled in a room. The member comes from the connection, never from the payload."""

    room: RoomId
    member: MemberId
    topic: str
    data: str


class PresenceChanged(Struct, frozen=True):
    """ "presence": who came, moved or left since the last one. A member with `rooms: null` is gone."""

    changes: tuple["PresenceChange", ...]


class PresenceChange(Struct, frozen=True):
    """One member of a presence diff."""

    member: MemberId
    rooms: tuple[RoomId, ...] | None


class RoomExpelled(Struct, frozen=True):
    """ "expelled": this connection was taken out of a room, and why."""

    room: RoomId
    code: ErrorCode


class Bye(Struct, frozen=True):
    """ "bye": the server ends this connection for good. Do not come back by yourself."""

    code: ErrorCode
    message: str


class Moving(Struct, frozen=True):
    """ "moving": go to another server. Close the connection after `after_ms` and come back at once.

    This server is about to end, and its successor or another one goes on from your positions; or it names the server
    (`node`) where a call of yours goes on: then come back with `node` in the address, beside `project`. Who stays is
    sent away 2 seconds later.
    """

    after_ms: Milliseconds
    node: str | None = None


class Problem(Failure, frozen=True):
    """ "problem": something that could not be answered by an ack, such as a packet that could not be read."""


PUSHES: dict[str, Any] = {
    "event": Event,
    "rights": Rights,
    "session": SessionGranted,
    "signal": Signalled,
    "presence": PresenceChanged,
    "expelled": RoomExpelled,
    "bye": Bye,
    "moving": Moving,
    "problem": Problem,
}
"""The name of each Socket.IO event that the server sends, and what it carries."""

RESULTS: dict[type[Command], Any] = {
    ProjectSetPhase: Accepted,
    ClassAdd: Accepted,
    MemberAdd: Accepted,
    MemberRemove: Accepted,
    MemberSetCapability: Accepted,
    MemberSetRoomBan: Accepted,
    RoomAdd: Accepted,
    RoomSetOpen: Accepted,
    RoomSetLock: Accepted,
    ChatPost: Accepted,
    ChatEdit: Accepted,
    ChatDelete: Accepted,
    ProjectJoin: ProjectJoined,
    ProjectRoster: Roster,
    RoomJoin: RoomJoined,
    RoomLeave: Done,
    RoomSignal: Done,
    ChatHistory: HistoryPage,
    InvitationCreate: Invitation,
    SessionEnd: Done,
}
"""What each command is answered with."""
