"""What each command about calls does: a table of small handlers, as `hub.dispatch` has one for the rest."""

from collections.abc import Callable
from typing import Any

from media.engine import AUDIO_SLOTS, VIDEO_SLOTS, Role
from rooms.errors import ErrorCode, Refused
from rooms.messages import Accepted, Command, Done
from rooms.model import RoomId
from rooms.permissions import Action, Standing
from rooms.project import ProjectState
from rooms.stream import Decision
from rtserver.calls.class_call import know_class_call
from rtserver.calls.live_call import LiveCall
from rtserver.calls.offers import call_answer
from rtserver.cluster.gathering import move_to
from rtserver.drafts import Answer, Decide
from rtserver.hub.asked import Asked, answering
from rtserver.hub.connection import Taking
from rtserver.hub.packets import Push
from rtserver.live_stream import LiveStream
from signaling import endings, holds
from signaling.holds import CallState, HoldCommand
from signaling.messages import (
    CallAsk,
    CallCandidate,
    CallCommand,
    CallDescribe,
    CallDescription,
    CallEnd,
    CallHand,
    CallHold,
    CallHoldPupils,
    CallIceServers,
    CallJoin,
    CallJoined,
    CallLeave,
    CallMode,
    CallMute,
    CallOffer,
    CallPeerCandidate,
    CallPublish,
    CallRemove,
    CallReportQuality,
    CallSetBandwidth,
    CallSettled,
    CallSlotsSeen,
    CallUnpublish,
    CallUseServer,
    CallWatch,
    ParticipantId,
)
from signaling.rights import MediaRights


def handle(asked: Asked, command: CallCommand) -> Taking | None:
    """Carry out a command about the call of a room that the connection has joined. Raises `Refused`."""
    decisions = asked.joined_room(command.room).decisions
    if decisions is None:
        raise Refused(ErrorCode.UNKNOWN_COMMAND, "there are no calls on this server")
    if asked.live.class_call_missing() is not None and not isinstance(command, CallLeave):
        return answering(asked, _handle_when_known(asked, command))
    if isinstance(command, CallHold | CallHoldPupils | CallRemove):
        _decide(asked, decisions, command)
        return None
    if isinstance(command, CallEnd):
        _end(asked, command)
        return None
    call = asked.live.calls.get(command.room)
    if call is None:
        if isinstance(command, CallLeave):
            asked.answer(Done())
            return None
        if not isinstance(command, CallJoin):
            raise Refused(ErrorCode.NOT_IN_CALL)
        if asked.tools.switchboard.has_neighbours:
            return answering(asked, _join_wherever_it_is(asked, command))
        call = _open(asked, decisions, command.room)
    HANDLERS[type(command)](asked, call, command)
    return None


async def _handle_when_known(asked: Asked, command: CallCommand) -> None:
    """What was decided in the class's call may forbid it in a group's."""
    await know_class_call(asked.tools.owners, asked.live)
    if asked.connection.is_closed:
        return
    taking = handle(asked, command)
    if taking is not None:
        await taking


async def _join_wherever_it_is(asked: Asked, command: CallJoin) -> None:
    """Begin a call here, or send the client to the node that carries it."""
    if asked.connection.is_moving:
        raise Refused(ErrorCode.CALL_ON_OTHER_SERVER)
    code = asked.live.denial(asked.actor, command.room, Action.JOIN_CALL)
    if code is not None:  # who may not join says nothing about where the call is to be
        raise Refused(code)
    async with asked.tools.switchboard.carrier(command.room) as carrier:
        decisions = asked.joined_room(command.room).decisions  # things may have changed meanwhile
        if asked.connection.is_closed or decisions is None:
            return
        if carrier is not None:
            is_moving = move_to(asked.connection, carrier)
            raise Refused(ErrorCode.CALL_ON_OTHER_SERVER if is_moving else ErrorCode.CALL_OUT_OF_REACH)
        call = asked.live.calls.get(command.room) or _open(asked, decisions, command.room)
        _join(asked, call, command)


def _open(asked: Asked, decisions: LiveStream[CallState], room: RoomId) -> LiveCall:
    call = asked.live.calls[room] = asked.tools.switchboard.open(room, decisions, asked.live)
    return call


def _decide(asked: Asked, decisions: LiveStream[CallState], command: HoldCommand) -> None:
    """What a teacher decides, also for a call that has not begun; in a group's call for that of the class, too."""
    live, actor = asked.live, asked.actor

    def standing() -> Standing:
        return live.standing(actor, command.room, holds.subject_of(live.state.members, command))

    def decide(state: CallState) -> Decision:
        return holds.decide(state, standing(), command)

    def decide_for_class(state: CallState) -> Decision:
        group = live.state.rooms[command.room].group or frozenset()
        return holds.decide_for_class(state, standing(), command, group)

    of_class = live.decisions_of_class(command.room)
    deciding: list[tuple[LiveStream[CallState], Decide[CallState]]] = []
    if of_class is not None and holds.is_for_class(command):
        deciding.append((of_class, decide_for_class))
    if of_class is None or holds.is_for_group(command):
        deciding.append((decisions, decide))
    answer = _answer_after(len(deciding), asked.answer)
    for stream, decides in deciding:
        stream.enqueue(actor, command.nonce, decides, answer)


def _answer_after(count: int, answer: Answer) -> Answer:
    """Answers once, when so many decisions have come out: with a refusal, if there is one."""
    outcomes: list[Accepted | Refused] = []

    def note(outcome: Accepted | Refused) -> None:
        outcomes.append(outcome)
        if len(outcomes) == count:
            answer(next((each for each in outcomes if isinstance(each, Refused)), outcome))

    return note


def _end(asked: Asked, command: CallEnd) -> None:
    """Wherever it goes on: the node that carries it hears of it by the project's stream, as of a room that closes."""
    live, actor = asked.live, asked.actor

    def decide(state: ProjectState) -> Decision:
        return endings.decide(live.standing(actor, command.room, state=state), command)

    live.stream.enqueue(actor, command.nonce, decide, asked.answer)


# --- Coming and going ---


def _join(asked: Asked, call: LiveCall, command: CallJoin) -> None:
    connection, switchboard = asked.connection, asked.tools.switchboard
    if asked.live.class_call_missing() is not None:  # groups were formed while it was asked where the call is
        raise Refused(ErrorCode.UNAVAILABLE)
    joining = call.join(connection, asked.live.member(asked.actor), command.kind, command.resume)
    asked.answer(
        CallJoined(
            me=joining.participant,
            resume=joining.resume,
            resumed=joining.resumed,
            call=call.roster.view(),
            ice=switchboard.ice_servers(asked.actor, connection.who.session),
            video_slots=VIDEO_SLOTS,
            audio_slots=AUDIO_SLOTS,
        )
    )
    call.catch_up(connection)


def _leave(asked: Asked, call: LiveCall, command: CallLeave) -> None:
    call.leave(asked.connection)
    asked.answer(Done())


# --- What participants do ---


def _publish(asked: Asked, call: LiveCall, command: CallPublish) -> None:
    call.roster.publish(asked.connection.id, command.medium, command.muted, _rights(asked, call))


def _unpublish(asked: Asked, call: LiveCall, command: CallUnpublish) -> None:
    call.roster.unpublish(asked.connection.id, command.medium)


def _mute(asked: Asked, call: LiveCall, command: CallMute) -> None:
    rights = _rights(asked, call)
    call.roster.mute(asked.connection.id, command.medium, command.muted, rights, command.participant)


def _hand(asked: Asked, call: LiveCall, command: CallHand) -> None:
    call.roster.hand(asked.connection.id, command.raised, _rights(asked, call), command.participant)


def _set_bandwidth(asked: Asked, call: LiveCall, command: CallSetBandwidth) -> None:
    call.roster.set_bandwidth(asked.connection.id, command.bandwidth, command.automatic)


def _report_quality(asked: Asked, call: LiveCall, command: CallReportQuality) -> None:
    call.roster.report_quality(asked.connection.id, command.quality)


def _watch(asked: Asked, call: LiveCall, command: CallWatch) -> None:
    call.roster.watch(asked.connection.id, command.participant)


def _settled(asked: Asked, call: LiveCall, command: CallSettled) -> None:
    call.roster.settled(asked.connection.id, asked.tools.clock())


def _use_server(asked: Asked, call: LiveCall, command: CallUseServer) -> None:
    call.roster.use_server(asked.connection.id, asked.tools.clock())


def _ask(asked: Asked, call: LiveCall, command: CallAsk) -> None:
    asking = call.roster.ask(asked.connection.id, command.participant, command.medium, _rights(asked, call))
    call.send(asking.connection, Push("call_asked", asking.push))


def _describe(asked: Asked, call: LiveCall, command: CallDescribe) -> None:
    relay = call.roster.relay_target(asked.connection.id, command.to)
    description = CallDescription(call.room, relay.sender, command.type, command.sdp)
    call.send(relay.connection, Push("call_description", description))


def _pass_candidate(asked: Asked, call: LiveCall, command: CallCandidate) -> None:
    relay = call.roster.relay_target(asked.connection.id, command.to)
    candidate = CallPeerCandidate(call.room, relay.sender, command.candidate, command.mid, command.line)
    call.send(relay.connection, Push("call_candidate", candidate))


def _note_slots_seen(asked: Asked, call: LiveCall, command: CallSlotsSeen) -> None:
    call.slots_seen(call.roster.require_participant(asked.connection.id), command.revision)


def _rights(asked: Asked, call: LiveCall) -> MediaRights:
    return asked.live.media_rights(asked.actor, call.room)


def _told(act: "CallHandler") -> "CallHandler":
    """A handler that changes what others see: they are told, and then it is answered."""

    def handle_and_tell(asked: Asked, call: LiveCall, command: Any) -> None:
        act(asked, call, command)
        call.tell()
        asked.answer(Done())

    return handle_and_tell


# --- Media sessions ---


def _offer(asked: Asked, call: LiveCall, command: CallOffer) -> None:
    """Answered beside the client's later commands: the engine is another process."""
    participant = call.roster.require_participant(asked.connection.id)
    if call.roster.mode is CallMode.MESH:
        raise Refused(ErrorCode.OFFER_REFUSED, "in a mesh the peers negotiate with each other")
    asked.tools.switchboard.beside(answering(asked, _answer_offer(asked, call, participant, command)))


async def _answer_offer(asked: Asked, call: LiveCall, participant: ParticipantId, command: CallOffer) -> None:
    asked.answer(await call_answer(call.answer(participant, Role(command.role.value), command.sdp)))


def _give_ice_servers(asked: Asked, call: LiveCall, command: CallIceServers) -> None:
    call.roster.require_participant(asked.connection.id)
    asked.answer(asked.tools.switchboard.ice_servers(asked.actor, asked.connection.who.session))


CallHandler = Callable[[Asked, LiveCall, Any], None]

HANDLERS: dict[type[Command], CallHandler] = {
    CallJoin: _join,
    CallLeave: _leave,
    CallPublish: _told(_publish),
    CallUnpublish: _told(_unpublish),
    CallMute: _told(_mute),
    CallAsk: _told(_ask),
    CallHand: _told(_hand),
    CallSetBandwidth: _told(_set_bandwidth),
    CallReportQuality: _told(_report_quality),
    CallWatch: _told(_watch),
    CallOffer: _offer,
    CallSettled: _told(_settled),
    CallUseServer: _told(_use_server),
    CallSlotsSeen: _told(_note_slots_seen),
    CallIceServers: _give_ice_servers,
    CallDescribe: _told(_describe),
    CallCandidate: _told(_pass_candidate),
}
"""What carries out each command of somebody who is in a call, or comes into it."""

COMMANDS: tuple[type[Command], ...] = (CallHold, CallHoldPupils, CallRemove, CallEnd, *HANDLERS)
"""Every command about calls."""
