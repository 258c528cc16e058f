"""Trying out before a lesson whether sound and pictures get through: a media session that belongs to no call.

To the engine each is a call of one who may send nothing. It ends when its client closes it, with the connection that
asked for it, and by itself, whatever becomes of both.
"""

import asyncio
import secrets

import structlog
from msgspec import Struct

from media.engine import CallLost, CallName, CallPlan, EngineEvent, MediaEngine, PlannedParticipant, Role, SessionLost
from rooms.errors import ErrorCode, Refused
from rooms.model import MemberId
from rooms.presence import ConnectionId
from rtserver.live_stream import Clock

log = structlog.get_logger(__name__)

TRIAL_S = 20.0
"""Seconds until a trial ends: clients wait for half as long, the answer to their offer takes what is left at worst."""

TRIALS_MAX = 60
"""At once: two classes that check their devices together. For one more the engine is as if it did not answer."""

LOG_EVERY_MS = 60_000
"""Between two lines of the log that say so: pages try again, each some times a second at worst."""

NAME_BYTES = 8
"""64 random bits: no two trials are of one name, and none is that of a room."""


class _Trial(Struct, frozen=True):
    call: CallName
    connection: ConnectionId
    end: asyncio.TimerHandle


class Trials:
    """Those that are under way at this engine, at most one for each member."""

    def __init__(self, engine: MediaEngine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._under_way: dict[MemberId, _Trial] = {}
        self._refused = 0
        """So many since the log said so."""
        self._logged_at: int | None = None

    async def answer(self, member: MemberId, connection: ConnectionId, offer: str) -> str:
        """The engine's answer to an offer; the member's trial before ends, on whichever device.

        Raises `OfferRefused`, `EngineUnavailable`, and `Refused` with UNAVAILABLE when there are too many.
        """
        self._end(member)
        if len(self._under_way) >= TRIALS_MAX:
            self._note_refusal()
            raise Refused(ErrorCode.UNAVAILABLE)
        call = self._begin(member, connection)
        try:
            return await self._engine.answer(call, connection, Role.PUBLISH, offer)
        except BaseException:  # also who was late: without an answer it comes to nothing
            self._end_call(call)
            raise

    def engine_event(self, event: EngineEvent) -> None:
        """A client that knows enough closes its side, and its place is free."""
        if isinstance(event, SessionLost | CallLost):
            self._end_call(event.call)

    def end_of(self, connection: ConnectionId) -> None:
        """The connection is gone, or its member must not be here any more."""
        for member, trial in list(self._under_way.items()):
            if trial.connection == connection:
                self._end(member)

    def stop(self) -> None:
        """End all of them."""
        for member in list(self._under_way):
            self._end(member)

    def _begin(self, member: MemberId, connection: ConnectionId) -> CallName:
        call = f"trial_{secrets.token_hex(NAME_BYTES)}"
        timer = asyncio.get_running_loop().call_later(TRIAL_S, self._end, member)
        self._under_way[member] = _Trial(call, connection, timer)
        self._engine.plan(CallPlan(call, (PlannedParticipant(connection, may_send=()),)))
        return call

    def _end_call(self, call: CallName) -> None:
        """End this one; not the next one of the same member."""
        for member, trial in list(self._under_way.items()):
            if trial.call == call:
                self._end(member)

    def _end(self, member: MemberId) -> None:
        trial = self._under_way.pop(member, None)
        if trial is not None:
            trial.end.cancel()
            self._engine.plan(CallPlan(trial.call, ()))

    def _note_refusal(self) -> None:
        self._refused += 1
        now = self._clock()
        if self._logged_at is None or now - self._logged_at >= LOG_EVERY_MS:
            log.warning("rehearsal.too_many", under_way=len(self._under_way), refused=self._refused)
            self._refused, self._logged_at = 0, now
