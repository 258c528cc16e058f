"""What each command does: a table of small handlers. All of them stand behind the one decoding and the one permission.

A handler does its work at once (a durable command is queued at its stream's owner and acknowledged after the commit),
or returns a coroutine that the client's later commands wait for.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from rooms import project
from rooms.board.messages import BoardAdd, BoardChange, BoardCursor, BoardListCommand, BoardStroke, BoardViewport
from rooms.chat import decide as chat
from rooms.chat.files import UploadedFile
from rooms.chat.messages import ChatPin, ChatReact, ChatSearch, ChatSetLanguage
from rooms.chat.state import ChatState
from rooms.errors import ErrorCode, Refused
from rooms.groups.messages import GroupsCommand, GroupsForm
from rooms.lesson.model import Ballot
from rooms.messages import (
    Accepted,
    ChatDelete,
    ChatEdit,
    ChatHistory,
    ChatPost,
    ClassAdd,
    Command,
    Done,
    HistoryPage,
    Invitation,
    InvitationCreate,
    MemberAdd,
    MemberRemove,
    MemberSetCapability,
    MemberSetRoomBan,
    ProjectJoin,
    ProjectJoined,
    ProjectRoster,
    ProjectSetPhase,
    RoomAdd,
    RoomJoin,
    RoomJoined,
    RoomLeave,
    RoomSetLock,
    RoomSetOpen,
    RoomSignal,
    Roster,
    SessionEnd,
    Signalled,
)
from rooms.permissions import Action, require
from rooms.project import ProjectCommand, ProjectState
from rooms.stream import Decision, Position, room_stream
from rtserver.boards import commands as boards
from rtserver.boards.telling import ask_to_look
from rtserver.calls import commands as calls
from rtserver.calls import rehearsal
from rtserver.calls.class_call import know_class_call
from rtserver.chat import commands as reading
from rtserver.chat.read_marks import RoomMarks
from rtserver.chat.telling import marks_of, tell_mentions
from rtserver.hub.asked import Asked, Handler, answering, refusal_of
from rtserver.hub.connection import Taking
from rtserver.hub.limits import Budget
from rtserver.hub.live_project import LiveRoom, seen_events
from rtserver.hub.packets import Incoming, Push
from rtserver.hub.recovery import Missed, missed, missed_at_hand
from rtserver.ids import derive_id
from rtserver.lesson import commands as lesson
from rtserver.lesson.telling import events_for, view_for
from rtserver.live_stream import LiveStream
from rtserver.metrics.figures import FIGURES, Joined
from rtserver.tracing import TRACING
from rtserver.wire import WireCommand
from signaling.messages import CallCandidate, CallDescribe, CallOffer
from signaling.rehearsal import RehearsalOffer

NEW_ID_PREFIXES: dict[type[Command], str] = {
    ClassAdd: "c",
    MemberAdd: "m",
    RoomAdd: "r",
    GroupsForm: "r",
    BoardAdd: "b",
}
"""What the ids of made things begin with."""

BUDGETS = {
    str(command.__struct_config__.tag): budget
    for command, budget in {
        RoomSignal: Budget.SIGNALS,
        CallDescribe: Budget.RELAYS,
        CallCandidate: Budget.RELAYS,
        CallOffer: Budget.OFFERS,
        RehearsalOffer: Budget.OFFERS,
        BoardCursor: Budget.BOARD_SIGNALS,
        BoardStroke: Budget.BOARD_SIGNALS,
        BoardViewport: Budget.BOARD_SIGNALS,
        ChatSearch: Budget.SEARCHES,
    }.items()
}
"""Those that are counted apart from the rest."""

BYTE_BUDGETS = {str(kind.__struct_config__.tag): Budget.BOARD_BYTES for kind in (BoardChange, BoardStroke)}
"""Those whose bytes are counted besides: everybody gets them."""


def budget_of(packet: Incoming) -> Budget:
    """Which of a connection's allowances the command counts against."""
    return BUDGETS.get(packet.name, Budget.COMMANDS)


def byte_budget_of(packet: Incoming) -> Budget | None:
    """Which allowance the command's bytes count against, if any."""
    return BYTE_BUDGETS.get(packet.name)


def handle(asked: Asked, command: WireCommand) -> Taking | None:
    """Carry out a command, or answer why not."""
    TRACING.current = asked.trace
    try:
        taking = HANDLERS[type(command)](asked, command)
    except Exception as error:  # noqa: BLE001 - `refusal_of` tells refusals from bugs
        asked.answer(refusal_of(asked, error))
        return None
    finally:
        TRACING.current = None
    return None if taking is None else answering(asked, taking)


# --- Durable commands ---


def _change_project(asked: Asked, command: ProjectCommand) -> None:
    live, actor = asked.live, asked.actor
    prefix = NEW_ID_PREFIXES.get(type(command), "x")
    new_id = derive_id(prefix, live.stream.name, actor, command.nonce)

    def decide(state: ProjectState) -> Decision:
        subject = project.subject_of(state, command)
        standing = live.standing(actor, project.room_of(state, command), subject, state)
        return project.decide(state, standing, command, new_id)

    live.stream.enqueue(actor, command.nonce, decide, asked.answer)


def _change_chat(asked: Asked, command: chat.ChatCommand) -> Taking | None:
    asked.joined_room(command.room)
    if isinstance(command, ChatPost) and command.files:
        return _post_with_files(asked, command)
    _enqueue_chat(asked, command, {})
    return None


async def _post_with_files(asked: Asked, command: ChatPost) -> None:
    ids = [file.file for file in command.files]
    uploaded = await asked.tools.files.uploaded(asked.live.state.id, command.room, asked.actor, ids)
    _enqueue_chat(asked, command, uploaded)


def _enqueue_chat(asked: Asked, command: chat.ChatCommand, uploaded: Mapping[str, UploadedFile]) -> None:
    live, actor = asked.live, asked.actor
    room = asked.joined_room(command.room)

    def may_read(member: str) -> bool:
        return live.is_member(member) and live.denial(member, command.room, Action.READ_ROOM) is None

    def language_of(text: str) -> str | None:
        return asked.tools.languages.of(text, reading.class_languages(live))

    around = chat.Around(may_read, language_of, uploaded)

    def decide(state: ChatState) -> Decision:
        return chat.decide(state, live.standing(actor, command.room), actor, command, around)

    def message(state: ChatState) -> int | None:
        return chat.message_needed(state, command)

    is_new = True

    def repeated() -> None:
        nonlocal is_new
        is_new = False

    def answer(outcome: Accepted | Refused) -> None:
        asked.answer(outcome)
        # A resend calls nobody again: it is answered to those, too, who may not write any more.
        if isinstance(command, ChatPost) and isinstance(outcome, Accepted) and is_new:
            tell_mentions(live, command.room, room.stream.state.find(outcome.seq))

    room.stream.enqueue(actor, command.nonce, decide, answer, message, repeated)


# --- Joining ---


def _join_project(asked: Asked, command: ProjectJoin) -> Taking | None:
    """At once when everything is at hand, as it is for all but the first of a crowd."""
    live = asked.live
    at_hand = missed_at_hand(live.stream, command.position, asked.tools.recovery_events_max)
    names = live.views.names_at_hand()
    if at_hand is None or names is None or live.state.lesson.open_polls():
        return _read_and_join_project(asked, command)
    roster = names.roster(live.member(asked.actor))
    asked.connection.follows_project = True
    _tell_project(asked, command, at_hand, roster)
    return None


async def _read_and_join_project(asked: Asked, command: ProjectJoin) -> None:
    stream, connection = asked.live.stream, asked.connection
    connection.hold(stream.name)
    connection.follows_project = True
    try:
        found = await missed(stream, command.position, asked.tools.recovery_events_max)
        roster = await _roster(asked)
        ballots = await lesson.ballots_of(asked)
    except BaseException:
        connection.follows_project = False
        connection.drop_held(stream.name)
        raise
    position = _tell_project(asked, command, found, roster, ballots)
    connection.release(stream.name, position.seq)


def _tell_project(
    asked: Asked, command: ProjectJoin, found: Missed, roster: Roster, ballots: tuple[Ballot, ...] = ()
) -> Position:
    """Answer a join; where the reader stands with the answer."""
    FIGURES.joined(Joined.PROJECT, command.position is not None, found.events is not None)
    live = asked.live
    member = live.member(asked.actor)
    position, events, snapshot = found.position, None, None
    if found.events is None:
        position = live.stream.position
        snapshot = view_for(live, live.views.project(member.is_staff), member.id)
    else:
        events = events_for(live, seen_events(found.events, live.state, member.is_staff), member.id)
    asked.answer(
        ProjectJoined(
            position=position,
            snapshot=snapshot,
            events=events,
            me=member.id,
            roster=roster,
            presence=live.present(to_staff=member.is_staff),
            server_time=asked.tools.clock(),
            ballots=ballots,
        )
    )
    return position


async def _send_roster(asked: Asked, command: ProjectRoster) -> None:
    asked.answer(await _roster(asked))


async def _roster(asked: Asked) -> Roster:
    names = await asked.live.views.names(asked.tools.identities)
    return names.roster(asked.live.member(asked.actor))


def _join_room(asked: Asked, command: RoomJoin) -> Taking | None:
    """At once when everything is at hand, as it is for all but the first of a crowd."""
    live, room = asked.live, command.room
    require(live.standing(asked.actor, room), Action.READ_ROOM)
    joined = live.rooms.get(room)
    if joined is None:
        return _read_and_join_room(asked, command)
    at_hand = missed_at_hand(joined.stream, command.position, asked.tools.recovery_events_max)
    if at_hand is None:
        return _read_and_join_room(asked, command)
    live.enter_room(asked.connection, room, joined)
    _tell_room(asked, command, joined.stream, at_hand)
    return None


async def _read_and_join_room(asked: Asked, command: RoomJoin) -> None:
    live, connection, room = asked.live, asked.connection, command.room
    loaded = live.rooms.get(room) or await _load_room(asked, room)
    require(live.standing(asked.actor, room), Action.READ_ROOM)  # things may have changed while it was loaded
    if connection.is_closed:
        return  # nobody would ever take it out of the room again
    live_room = live.rooms.setdefault(room, loaded)
    stream = live_room.stream
    connection.hold(stream.name)
    live.enter_room(connection, room, live_room)
    try:
        found = await missed(stream, command.position, asked.tools.recovery_events_max)
        require(live.standing(asked.actor, room), Action.READ_ROOM)
        if room not in connection.rooms:  # put out and let in again meanwhile: it has been told, and may join anew
            raise Refused(ErrorCode.NOT_JOINED)
    except BaseException:
        live.leave_room(connection, room)
        connection.drop_held(stream.name)
        raise
    position = _tell_room(asked, command, stream, found)
    connection.release(stream.name, position.seq)


async def _load_room(asked: Asked, room: str) -> LiveRoom:
    owners = asked.tools.owners
    stream = await owners.room(room)
    decisions = await owners.call(room) if asked.tools.switchboard.has_calls else None
    if decisions is not None:
        await know_class_call(owners, asked.live)
    return LiveRoom(stream, decisions, RoomMarks(await asked.tools.marks.load(stream.name)))


def _tell_room(asked: Asked, command: RoomJoin, stream: LiveStream[ChatState], found: Missed) -> Position:
    """Answer a join; where the reader stands with the answer."""
    FIGURES.joined(Joined.ROOM, command.position is not None, found.events is not None)
    position, snapshot, marks = found.position, None, marks_of(asked.live, command.room)
    if found.events is None:
        position, snapshot, marks = stream.position, replace(stream.state.view(), marks=marks), ()
    rights = asked.live.rights(asked.actor, command.room)
    asked.connection.rights[command.room] = rights.denied
    asked.answer(RoomJoined(command.room, position, snapshot, found.events, rights, marks))
    asked.live.tell_call(asked.connection, command.room)
    ask_to_look(asked.live, asked.connection, command.room, asked.tools.clock())
    return position


def _leave_room(asked: Asked, command: RoomLeave) -> None:
    if command.room in asked.connection.rooms:
        asked.live.leave_room(asked.connection, command.room)
    asked.answer(Done())


# --- Reading, signalling, getting others in ---


async def _send_history(asked: Asked, command: ChatHistory) -> None:
    require(asked.live.standing(asked.actor, command.room), Action.READ_ROOM)
    stream = room_stream(command.room)
    found = await asked.tools.archive.messages(stream, command.before, command.limit + 1, command.after)
    page = found[-command.limit :] if command.after is None else found[: command.limit]
    asked.answer(HistoryPage(messages=tuple(page), more=len(found) > len(page)))


def _signal(asked: Asked, command: RoomSignal) -> None:
    live, actor, room = asked.live, asked.actor, command.room
    code = live.denial(actor, room, Action.READ_ROOM)
    if code is None and room not in asked.connection.rooms:
        code = ErrorCode.NOT_JOINED
    code = code or live.denial(actor, room, Action.SIGNAL)
    if code is not None:
        raise Refused(code)
    signalled = Signalled(room, actor, command.topic, command.data)
    newest_of = (room, actor, command.topic) if command.latest else None
    live.signal(room, asked.connection, Push("signal", signalled), newest_of)
    asked.answer(Done())


async def _invite(asked: Asked, command: InvitationCreate) -> None:
    subject = asked.live.state.members.get(command.member)
    require(asked.live.standing(asked.actor, subject=subject), Action.INVITE_MEMBER)
    auth = asked.tools.auth
    token, expires_at = await auth.create_invitation(asked.live.state.id, command.member)
    asked.answer(Invitation(command.member, auth.invitation_url(token), expires_at))


async def _end_session(asked: Asked, command: SessionEnd) -> None:
    session = asked.connection.who.session
    await asked.tools.auth.end_session(session)
    asked.answer(Done())
    for connection in list(asked.live.connections.values()):
        if connection.who.session == session:
            connection.say_bye(ErrorCode.SESSION_ENDED)
    asked.live.elsewhere.sessions_ended()


HANDLERS: dict[type[Command], Handler] = {
    **dict.fromkeys(
        (
            ProjectSetPhase,
            ClassAdd,
            MemberAdd,
            MemberRemove,
            MemberSetCapability,
            MemberSetRoomBan,
            RoomAdd,
            RoomSetOpen,
            RoomSetLock,
            *BoardListCommand.__args__,
            *GroupsCommand.__args__,
        ),
        _change_project,
    ),
    **dict.fromkeys((ChatPost, ChatEdit, ChatDelete, ChatReact, ChatPin, ChatSetLanguage), _change_chat),
    ProjectJoin: _join_project,
    ProjectRoster: _send_roster,
    RoomJoin: _join_room,
    RoomLeave: _leave_room,
    RoomSignal: _signal,
    ChatHistory: _send_history,
    InvitationCreate: _invite,
    SessionEnd: _end_session,
    **reading.HANDLERS,
    **boards.HANDLERS,
    **lesson.HANDLERS,
    **rehearsal.HANDLERS,
    **dict.fromkeys(calls.COMMANDS, calls.handle),
}
"""What carries out each command."""
