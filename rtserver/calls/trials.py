"""Trying out before a lesson whether sound and pictures get through: a media session that belongs to no call.

To the engine each is a call of one who may send nothing. It ends by itself, whatever becomes of who asked for it.
"""

import asyncio
import secrets

import structlog
from msgspec import Struct

from media.engine import CallName, CallPlan, EngineUnavailable, MediaEngine, PlannedParticipant, Role
from rooms.presence import ConnectionId

log = structlog.get_logger(__name__)

TRIAL_S = 20.0
"""Seconds until a trial ends: clients wait for half as long, the answer to their offer takes what is left at worst."""

TRIALS_MAX = 60
"""At once: two classes that check their devices together. For one more the engine is as if it did not answer."""

NAME_BYTES = 8
"""64 random bits: no two trials are of one name, and none is that of a room."""


class _Trial(Struct, frozen=True):
    call: CallName
    end: asyncio.TimerHandle


class Trials:
    """Those that are under way at this engine, at most one for each connection."""

    def __init__(self, engine: MediaEngine) -> None:
        self._engine = engine
        self._under_way: dict[ConnectionId, _Trial] = {}

    async def answer(self, connection: ConnectionId, offer: str) -> str:
        """The engine's answer to an offer; the trial before ends. Raises `OfferRefused`, `EngineUnavailable`."""
        self._end(connection)
        if len(self._under_way) >= TRIALS_MAX:
            log.warning("rehearsal.too_many", under_way=len(self._under_way))
            raise EngineUnavailable("too many are trying out their line just now")
        call = f"trial_{secrets.token_hex(NAME_BYTES)}"
        timer = asyncio.get_running_loop().call_later(TRIAL_S, self._end, connection)
        self._under_way[connection] = _Trial(call, timer)
        self._engine.plan(CallPlan(call, (PlannedParticipant(connection, may_send=()),)))
        return await self._engine.answer(call, connection, Role.PUBLISH, offer)

    def stop(self) -> None:
        """End all of them."""
        for connection in list(self._under_way):
            self._end(connection)

    def _end(self, connection: ConnectionId) -> None:
        trial = self._under_way.pop(connection, None)
        if trial is not None:
            trial.end.cancel()
            self._engine.plan(CallPlan(trial.call, ()))
