"""All calls of this process, and the media engine that they share."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from msgspec import Struct

from media.engine import EngineEvent, EngineUnavailable, MediaEngine, WorkerFigures
from rooms.model import MemberId, RoomId
from rooms.presence import ConnectionId
from rtserver.broker.memory import LonelyBroker
from rtserver.broker.port import Broker, BrokerUnavailable, NodeId
from rtserver.calls.live_call import LiveCall, Surroundings
from rtserver.calls.trials import Trials
from rtserver.live_stream import Clock, LiveStream
from signaling.call import Call
from signaling.holds import CallState
from signaling.ice import IceSettings, ice_servers
from signaling.messages import IceServers
from signaling.rehearsal import rehearsal_settings

CLAIM_AGAIN = 2.0
"""Seconds until the broker is asked again whose a call is, after it gave no answer: it may only have been slow once."""


def claim_key(room: RoomId) -> str:
    """Under which the node that carries the call of a room says so."""
    return f"call:{room}"


class CallSettings(Struct, frozen=True):
    """What calls depend on. `grace`: milliseconds that a dropped connection may take to come back."""

    mesh_max: int
    grace: int
    ice: IceSettings


class Switchboard:
    """Finds the call that something of the engine is about. Implements `media.engine.EngineListener`."""

    def __init__(
        self, settings: CallSettings, engine: MediaEngine | None, clock: Clock, broker: Broker | None = None
    ) -> None:
        """`engine`: None when there are no calls on this server. `broker`: to other nodes, None when there are none."""
        self._broker: Broker = broker or LonelyBroker()
        self._is_left = False
        self._asking: Counter[RoomId] = Counter()
        """Of each room those who are being told where its call is."""
        self._given_up: set[RoomId] = set()
        """Rooms with a call here whose claim another node has."""
        self._unsure: set[RoomId] = set()
        """Rooms of which the broker did not say whose their call is."""
        self._settings = settings
        self._engine = engine
        self._trials = None if engine is None else Trials(engine, clock)
        self._clock = clock
        self._calls: WeakValueDictionary[RoomId, LiveCall] = WeakValueDictionary()
        """Those that a live project keeps."""
        self._beside: set[asyncio.Task[None]] = set()

    @property
    def has_calls(self) -> bool:
        """Whether there are calls on this server."""
        return self._engine is not None

    def open(self, room: RoomId, stream: LiveStream[CallState], surroundings: Surroundings) -> LiveCall:
        """A call that nobody is in yet; the caller keeps it."""
        roster = Call(room, self._settings.mesh_max, self._settings.grace)
        call = LiveCall(
            stream,
            roster,
            surroundings,
            self._running(),
            self._clock,
            is_carried=lambda: not self._is_left and room not in self._given_up,
            on_over=lambda: self._over(room),
        )
        self._calls[room] = call
        return call

    # --- Which node carries a call ---

    @property
    def has_neighbours(self) -> bool:
        """Whether other nodes may carry calls."""
        return self._broker.is_shared

    @asynccontextmanager
    async def carrier(self, room: RoomId) -> AsyncIterator[NodeId | None]:
        """The other node that carries the call of a room. None: this one does, if it is opened in here.

        Without the broker nobody is kept from beginning a call: those of a room meet here, as nearly always.
        """
        self._asking[room] += 1
        try:
            yield await self._holder(room)
        finally:
            self._asking[room] -= 1
            if not self._asking[room]:
                del self._asking[room]
                if room not in self._calls:
                    self._broker.release(claim_key(room))

    async def _holder(self, room: RoomId) -> NodeId | None:
        if self._is_left:
            return None
        try:
            holder = await self._broker.claim(claim_key(room))
        except BrokerUnavailable:
            if not self._unsure:
                self.beside(self._reclaim_unsure())
            self._unsure.add(room)
            return None
        return None if holder == self._broker.node else holder

    async def reclaim(self) -> None:
        """After the broker was away: a call that another node has begun meanwhile goes on there."""
        for room in list(self._calls):
            await self._reclaim(room)

    async def _reclaim_unsure(self) -> None:
        await asyncio.sleep(CLAIM_AGAIN)
        unsure, self._unsure = self._unsure, set()
        for room in unsure:
            if room in self._calls:
                await self._reclaim(room)

    async def _reclaim(self, room: RoomId) -> None:
        holder = await self._holder(room)
        call = self._calls.get(room)
        if holder is not None and call is not None:
            self._given_up.add(room)
            call.go_to(holder)
        else:
            self._given_up.discard(room)

    def _over(self, room: RoomId) -> None:
        self._given_up.discard(room)
        if room not in self._asking:
            self._broker.release(claim_key(room))

    def hand_over(self) -> None:
        """This node is being left: whoever comes to another one goes on with their call there."""
        self._is_left = True
        for room in self._calls:
            self._broker.release(claim_key(room))

    def call(self, room: RoomId) -> LiveCall | None:
        """The call of a room, if there is one."""
        return self._calls.get(room)

    def ice_servers(self, member: MemberId, session: str) -> IceServers:
        """The ICE servers that a member may use now."""
        return ice_servers(self._settings.ice, member, session, self._clock())

    def rehearsal_ice_servers(self, member: MemberId, session: str) -> IceServers:
        """The same to try them out with, outside of a call."""
        return ice_servers(rehearsal_settings(self._settings.ice), member, session, self._clock())

    async def rehearse(self, member: MemberId, connection: ConnectionId, offer: str) -> str:
        """The answer to an offer that belongs to no call. Raises as `Trials.answer`."""
        if self._trials is None:
            raise EngineUnavailable("there are no calls on this server")
        return await self._trials.answer(member, connection, offer)

    def end_rehearsal(self, connection: ConnectionId) -> None:
        """Who tried out their line by this connection is gone."""
        if self._trials is not None:
            self._trials.end_of(connection)

    # --- The engine ---

    def engine_event(self, event: EngineEvent) -> None:
        """Something happened to the media of a call, or of a trial."""
        call = self._calls.get(event.call)
        if call is not None:
            call.engine_event(event)
        elif self._trials is not None:
            self._trials.engine_event(event)

    async def start(self) -> None:
        """Start the engine, if there is one. Raises `EngineUnavailable`."""
        if self._engine is not None:
            await self._engine.start(self)

    async def stop(self) -> None:
        """End what is under way, and the engine."""
        if self._trials is not None:
            self._trials.stop()
        for task in self._beside:
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)
        if self._engine is not None:
            await self._engine.stop()

    async def figures(self) -> tuple[WorkerFigures, ...]:
        """What goes on in the engine, per worker. Raises `EngineUnavailable`."""
        return await self._running().figures()

    def beside(self, work: Coroutine[object, object, None]) -> None:
        """Do something that nobody's later commands wait for."""
        task = asyncio.get_running_loop().create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def _running(self) -> MediaEngine:
        if self._engine is None:
            raise EngineUnavailable("there are no calls on this server")
        return self._engine
