"""What the commands of a lesson do: a table of small handlers, as `hub.dispatch` has one for the rest."""

from rooms.errors import ErrorCode, Refused
from rooms.lesson import decide as lessons
from rooms.lesson import ending
from rooms.lesson.messages import (
    Attention,
    AttentionCall,
    LessonChange,
    LessonEnd,
    PollClose,
    PollOpen,
    PollPutAway,
    PollVote,
    TimerSet,
)
from rooms.lesson.model import Ballot, Poll
from rooms.messages import Command, Done
from rooms.permissions import Action, require
from rooms.project import ProjectState
from rooms.stream import Decision
from rtserver.hub.asked import Asked, Handler
from rtserver.ids import derive_id
from rtserver.lesson.telling import may_read, tell_attention

POLL_PREFIX = "q"
"""What the ids of polls begin with."""


def _change(asked: Asked, command: LessonChange) -> None:
    live, actor, clock = asked.live, asked.actor, asked.tools.clock
    new_id = derive_id(POLL_PREFIX, live.stream.name, actor, command.nonce)

    def decide(state: ProjectState) -> Decision:
        standing = live.standing(actor, command.room, state=state)
        return lessons.decide(state.lesson, standing, command, clock(), new_id)

    live.stream.enqueue(actor, command.nonce, decide, asked.answer)


async def ballots_of(asked: Asked) -> tuple[Ballot, ...]:
    """What whoever joins finds in the open polls of the rooms that they may read. Raises `LogUnavailable`."""
    live, actor = asked.live, asked.actor
    polls = [poll for poll in live.state.lesson.open_polls() if may_read(live, actor, poll.room)]
    return await asked.tools.ballots.found(live.state.id, polls, actor)


async def _vote(asked: Asked, command: PollVote) -> None:
    """Durable when it is answered. Nothing of it is written down anywhere else."""
    live, actor = asked.live, asked.actor
    standing = live.standing(actor, command.room)
    lessons.check_vote(live.state.lesson, standing, command.room, command.poll, command.choice)
    if not await asked.tools.ballots.vote(live.state.id, command.poll, actor, command.choice):
        raise Refused(ErrorCode.POLL_CLOSED)
    if not live.is_member(actor):  # removed meanwhile: it may have been written after theirs were forgotten
        await asked.tools.ballots.forget(live.state.id, actor)
    live.lesson.voted(command.poll)
    asked.answer(Done())


async def _close(asked: Asked, command: PollClose) -> None:
    """The votes are counted first, for good; then the counts are told. Who is interrupted between does it again."""
    live, actor = asked.live, asked.actor
    poll = lessons.closable(live.state.lesson, live.standing(actor, command.room), command.room, command.poll)
    counts: tuple[int, ...] = ()
    if poll is not None:
        counts = await _count(asked, poll)

    def decide(state: ProjectState) -> Decision:
        standing = live.standing(actor, command.room, state=state)
        return lessons.decide_close(state.lesson, standing, command.room, command.poll, counts)

    live.stream.enqueue(actor, command.nonce, decide, asked.answer)


async def _end(asked: Asked, command: LessonEnd) -> None:
    """As with a poll that is closed: what is open is counted first, for good, and the rest is one decision."""
    live, actor = asked.live, asked.actor
    require(live.standing(actor, command.room), Action.END_LESSON)
    polls = ending.polls_of(live.state.lesson, live.state.grouping, command.room)
    if live.stream.has_taken(actor, command.nonce):  # ends nothing again: what was opened since goes on
        polls = ()
    counts = {poll.id: await _count(asked, poll) for poll in polls}

    def decide(state: ProjectState) -> Decision:
        standing = live.standing(actor, command.room, state=state)
        return ending.decide(state.lesson, state.rooms, state.grouping, standing, command.room, counts)

    live.stream.enqueue(actor, command.nonce, decide, asked.answer)


async def _count(asked: Asked, poll: Poll) -> tuple[int, ...]:
    """End the voting in a poll for good: how many of those who are members now chose each."""
    live = asked.live
    members = {member.id for member in live.state.members.values() if not member.removed}
    return await asked.tools.ballots.close(live.state.id, poll, members)


def _call_attention(asked: Asked, command: AttentionCall) -> None:
    live, now = asked.live, asked.tools.clock()
    require(live.standing(asked.actor, command.room), Action.LEAD_LESSON)
    lessons.check_attention(command, None if command.board is None else live.state.board(command.board))
    if not live.lesson.may_call(now):
        raise Refused(ErrorCode.TOO_MANY_REQUESTS)
    tell_attention(live, Attention(command.room, command.part, asked.actor, command.board, command.view), now)
    asked.answer(Done())


HANDLERS: dict[type[Command], Handler] = {
    **dict.fromkeys((TimerSet, PollOpen, PollPutAway), _change),
    PollVote: _vote,
    PollClose: _close,
    LessonEnd: _end,
    AttentionCall: _call_attention,
}
"""What carries out each command."""
