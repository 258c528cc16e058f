"""A media engine without media: it notes what it is told, and does what a test says."""

import asyncio

from media.engine import (
    CallLost,
    CallName,
    CallPlan,
    EngineEvent,
    EngineListener,
    EngineSlot,
    EngineUnavailable,
    Medium,
    ParticipantName,
    PlannedParticipant,
    Role,
    SessionLost,
    SlotsAssigned,
    SpeakersChanged,
    WorkerFigures,
)


class FakeEngine:
    """A `media.engine.MediaEngine`."""

    def __init__(self, cannot_start: str | None = None) -> None:
        """`cannot_start`: why not."""
        self._cannot_start = cannot_start
        self.is_running = False
        self.plans: dict[CallName, tuple[PlannedParticipant, ...]] = {}
        """The newest of each call that goes on."""
        self.history: list[CallPlan] = []
        self.offers: list[tuple[CallName, ParticipantName, Role, str]] = []
        self.seen: list[tuple[CallName, ParticipantName, int]] = []
        self.fault: Exception | None = None
        """What it raises in place of an answer or figures."""
        self.measured: tuple[WorkerFigures, ...] = (WorkerFigures(0, 0.0, 0, 0, {}, ()),)
        self._listener: EngineListener | None = None
        self._may_answer = asyncio.Event()
        self._may_answer.set()
        self._changed = asyncio.Event()

    # --- As an engine ---

    async def start(self, listener: EngineListener) -> None:
        if self._cannot_start is not None:
            raise EngineUnavailable(self._cannot_start)
        self._listener = listener
        self.is_running = True

    async def stop(self) -> None:
        self.is_running = False

    def plan(self, plan: CallPlan) -> None:
        self.history.append(plan)
        if plan.participants:
            self.plans[plan.call] = plan.participants
        else:
            self.plans.pop(plan.call, None)
        self._changed.set()

    async def answer(self, call: CallName, participant: ParticipantName, role: Role, offer: str) -> str:
        self.offers.append((call, participant, role, offer))
        self._changed.set()
        await self._may_answer.wait()
        if self.fault is not None:
            raise self.fault
        return f"answer to {offer}"

    def slots_seen(self, call: CallName, participant: ParticipantName, revision: int) -> None:
        self.seen.append((call, participant, revision))

    async def figures(self) -> tuple[WorkerFigures, ...]:
        if self.fault is not None:
            raise self.fault
        return self.measured

    # --- For tests ---

    def may_send(self, call: CallName) -> dict[ParticipantName, set[str]]:
        """What each participant of a call may send now."""
        return {each.name: {medium.value for medium in each.may_send} for each in self.plans.get(call, ())}

    async def until_planned(self, call: CallName, participant: ParticipantName, may_send: set[str] | None) -> None:
        """Wait until a participant may send just that; None: is not in the plan."""
        while self.may_send(call).get(participant) != may_send:
            self._changed.clear()
            await self._changed.wait()

    async def until_offered(self, count: int) -> None:
        """Wait until so many offers have come."""
        while len(self.offers) < count:
            self._changed.clear()
            await self._changed.wait()

    def pause(self) -> None:
        """Answer no offer until told to."""
        self._may_answer.clear()

    def resume(self) -> None:
        self._may_answer.set()

    def assign(self, call: CallName, participant: ParticipantName, revision: int, *sources: ParticipantName) -> None:
        """Say that the slots of a participant show the cameras of others."""
        slots = tuple(EngineSlot(str(mid), source, Medium.VIDEO, 90_000) for mid, source in enumerate(sources))
        self._tell(SlotsAssigned(call, participant, revision, slots))

    def speak(self, call: CallName, *speakers: ParticipantName) -> None:
        """Say who speaks."""
        self._tell(SpeakersChanged(call, speakers))

    def lose(self, call: CallName) -> None:
        """Say that all sessions of a call are lost."""
        self._tell(CallLost(call))

    def lose_session(self, call: CallName, participant: ParticipantName, role: Role) -> None:
        """Say that one session is lost."""
        self._tell(SessionLost(call, participant, role))

    def _tell(self, event: EngineEvent) -> None:
        assert self._listener is not None
        self._listener.engine_event(event)
