"""The hub: signs sockets in, hands their commands to the table, and tells what was committed to those it concerns."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

import msgspec
import structlog
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from rooms.errors import ErrorCode, Refused
from rooms.events import ChatDeleted, ChatEdited, MemberRemoved
from rooms.messages import Failure
from rooms.model import MemberId, ProjectId, RoomId
from rooms.permissions import Action, Standing, require
from rooms.ports import LogUnavailable
from rooms.presence import Presence
from rooms.stream import Event, StreamName
from rtserver.broker.memory import LonelyBroker
from rtserver.broker.port import Broker, NodeId
from rtserver.budgets import Budgets
from rtserver.calls.class_call import know_class_call
from rtserver.chat.telling import forget_marks, tell_marks
from rtserver.cluster.neighbours import Neighbours
from rtserver.config import Settings
from rtserver.hub import dispatch
from rtserver.hub.asked import Asked, Tools
from rtserver.hub.connection import Connection, Identification
from rtserver.hub.dialects import DIALECTS
from rtserver.hub.drain import Drain
from rtserver.hub.limits import (
    CONNECTING_MAX,
    CONNECTS_RATE,
    Allowance,
    MemberLimits,
    rates_for,
    rates_of_connections,
    rates_of_members,
)
from rtserver.hub.live_project import LiveProject
from rtserver.hub.lookout import Lookout
from rtserver.hub.packets import Incoming, Push
from rtserver.hub.server import HubServer
from rtserver.hub.signing_in import SignedIn, sign_in
from rtserver.lesson.telling import tell_progress
from rtserver.observability import log_name
from rtserver.teacher_marks import TeacherMarks
from rtserver.tracing import TRACING
from rtserver.wire import WireCommand

log = structlog.get_logger(__name__)

MILLISECONDS = 1000

TEACHER_MARK_INTERVAL = 10.0
"""Seconds between two marks of present teachers on disk: well within their grace time."""

HOUSEKEEPING_INTERVAL = 3600.0
"""Seconds between two clearings of what has expired long ago; they are kept for weeks, so an hour is soon enough."""

READ_MARKS_INTERVAL = 3.0
"""Seconds between two writings of how far members have read: what a process that is killed loses of it."""

SEARCH_INTERVAL = 24 * HOUSEKEEPING_INTERVAL
"""Seconds between two times that the index for searching is gone over, besides at the start: it is rewritten then."""

CHORES_DEADLINE = 2.0
"""Seconds for what is under way when the server stops; longer than any statement of a healthy database takes."""


class Hub:
    """All connections of this process.

    Implements the `Receiver` of packets, the `Listener` of commits, and the broker's `BrokerListener`.
    """

    def __init__(self, settings: Settings, tools: Tools, marks: TeacherMarks, broker: Broker | None = None) -> None:
        """`broker`: to and from other processes; None: there are none."""
        self._settings = settings
        self._tools = tools
        self._broker: Broker = broker or LonelyBroker()
        self._server: HubServer | None = None
        self._connections: dict[str, Connection] = {}
        self.drain = Drain(
            settings.drain_notice,
            settings.drain_spread,
            self._connections.values,
            on_moving=tools.switchboard.hand_over,
        )
        self._projects: dict[ProjectId, LiveProject] = {}
        self._neighbours: dict[ProjectId, Neighbours] = {}
        """What each of them has to do with other nodes, if there may be any."""
        self._opening: dict[ProjectId, asyncio.Task[None]] = {}
        self.lookout = Lookout(tools.owners, tools.auth, marks, tools.clock, self._projects)
        self._chores: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._bytes_max = settings.packet_bytes_max
        self._connects: Budgets[tuple[ProjectId, MemberId]] = Budgets(CONNECTS_RATE, CONNECTING_MAX)
        self._rates, self._member_rates = rates_of_connections(settings), rates_of_members(settings)
        tools.owners.listen(self)

    # --- Life ---

    def attach(self, server: HubServer) -> None:
        """Take over the main namespace of a server."""
        self._server = server
        server.on("connect", self._connect)
        server.on("disconnect", self._disconnect)

    def start(self) -> None:
        """Begin the recurring work: presence, what other processes wrote, teachers' marks."""
        self._chore(self._recurring(self._settings.presence_interval, self._tell_presence))
        self._chore(self._recurring(self._settings.database_poll_interval, self.lookout.look_around))
        self._chore(self._recurring(TEACHER_MARK_INTERVAL, self.lookout.mark_teachers))
        self._chore(self._recurring(HOUSEKEEPING_INTERVAL, self._tools.auth.delete_expired))
        self._chore(self._recurring(READ_MARKS_INTERVAL, self._tools.marks.save))
        self._chore(self._attempt(self._prepare_search))
        self._chore(self._recurring(SEARCH_INTERVAL, self._prepare_search))

    async def leave(self, hurry: asyncio.Event) -> None:
        """Let everybody move to other nodes; at once when `hurry` is set. `stop` follows."""
        await self._attempt(self.lookout.mark_teachers)  # before their pupils are elsewhere
        await self.drain.run(hurry)

    async def stop(self) -> None:
        """End all connections so that their clients come back, and the recurring work."""
        await self._attempt(self.lookout.mark_teachers)
        for connection in list(self._connections.values()):
            connection.send_away()
        self._stopping.set()
        self._tools.search.stop()
        await self._attempt(self._tools.marks.save)
        self._chore(self.lookout.settled())
        if self._chores:
            # Not cancelled at once: a statement that is cancelled leaves its connection and that one's thread behind.
            _, unfinished = await asyncio.wait(self._chores, timeout=CHORES_DEADLINE)
            for chore in unfinished:
                chore.cancel()

    async def _recurring(self, interval: float, work: Callable[[], Awaitable[object]]) -> None:
        while not self._stopping.is_set():
            try:
                async with asyncio.timeout(interval):
                    await self._stopping.wait()
            except TimeoutError:
                await self._attempt(work)

    async def _attempt(self, work: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Do something that nobody waits for; what goes wrong is logged."""
        try:
            await work(*arguments)
        except LogUnavailable as error:
            log.warning("database.unavailable", work=work.__name__, error=str(error))
        except Exception:
            log.exception("work.failed", work=work.__name__)

    def _chore(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    # --- Connecting ---

    async def _connect(self, sid: str, environ: dict[str, Any], auth: object) -> None:
        server = self._attached()
        engine_sid = server.engine_sid(sid)
        try:
            checks = self.lookout.session_checks
            signed_in = await sign_in(self._tools.auth, server.admission(engine_sid), environ, auth)
            self._count_connect(signed_in)
            live = await self._live_project(signed_in.session.project)
            if not live.is_member(signed_in.session.member):
                await live.stream.refresh()  # another process may have added them just now
                live = await self._live_project(signed_in.session.project)  # it may have been forgotten meanwhile
            if not server.is_open(engine_sid):
                raise Refused(ErrorCode.CONNECT_TIMEOUT)
            connection = self._register(engine_sid, signed_in, live)
            if checks != self.lookout.session_checks:
                self.lookout.check_later(connection)
        except Refused as refusal:
            raise _socket_refusal(refusal) from None
        except LogUnavailable:
            raise _socket_refusal(Refused(ErrorCode.UNAVAILABLE)) from None
        except Exception:
            log.exception("connection.failed", connection=log_name(engine_sid))
            raise _socket_refusal(Refused(ErrorCode.INTERNAL)) from None
        server.forget_handshake(engine_sid)
        # after the CONNECT answer, which python-socketio sends as soon as this returns
        if signed_in.granted is not None:
            asyncio.get_running_loop().call_soon(connection.push, Push("session", signed_in.granted))
        if self.drain.is_draining:
            asyncio.get_running_loop().call_soon(self.drain.came, connection)

    def _register(self, engine_sid: str, signed_in: SignedIn, live: LiveProject) -> Connection:
        """From here on the connection exists. No await in here: what was checked stays true."""
        server, session = self._attached(), signed_in.session
        member = live.member(session.member)
        require(live.standing(member.id), Action.ENTER_PROJECT)
        limits = live.limits.get(member.id)
        if limits is None:
            limits = live.limits[member.id] = MemberLimits(rates_for(self._member_rates, member.is_staff))
        outbox = server.outbox(engine_sid, lambda: log.warning("socket.slow", connection=log_name(engine_sid)))
        connection = Connection(
            name=log_name(engine_sid),
            who=Identification(session.project, member.id, session.id, member.is_staff),
            codec=server.codec(engine_sid),
            outbox=outbox,
            allowance=Allowance(rates_for(self._rates, member.is_staff), limits),
            version=signed_in.version,
            asked_node=server.admission(engine_sid).node,
        )
        self._connections[engine_sid] = connection
        live.connections[connection.id] = connection
        live.presence.connect(connection.id, member.id, member.is_staff, signed_in.page)
        live.end_earlier(connection)
        devices = live.devices_of(member.id)
        if len(devices) > self._settings.connections_per_member:
            live.send_away(devices[0], ErrorCode.TOO_MANY_DEVICES)
        limits.share(live.presence.nodes_of(member.id))
        self._mark_teacher(connection)
        log.info("connection.opened", connection=connection.id, project=session.project, member=member.id)
        return connection

    def _count_connect(self, signed_in: SignedIn) -> None:
        """Raises `Refused` with TOO_MANY_REQUESTS for who connects again and again."""
        try:
            self._connects.take((signed_in.session.project, signed_in.session.member), self._tools.clock())
        except Refused:
            if signed_in.granted is None:
                raise
            # Else the ticket is used up: who is refused now could not come back.

    async def _disconnect(self, sid: str, reason: str) -> None:
        engine_sid = self._attached().engine_sid(sid)
        connection = self._connections.pop(engine_sid, None)
        if connection is None:
            return
        self._mark_teacher(connection)
        connection.close()
        live = self._projects.get(connection.who.project)
        if live is not None:
            live.disconnect(connection)
        self.drain.went()
        log.info("connection.closed", connection=connection.id, reason=reason)

    async def _live_project(self, project: ProjectId) -> LiveProject:
        """The live project, opened once however many sockets ask at the same time.

        It is looked up again after each wait: one that nobody is connected to may have been forgotten meanwhile.
        """
        while (live := self._projects.get(project)) is None:
            opening = self._opening.get(project)
            if opening is None:
                opening = self._opening[project] = asyncio.get_running_loop().create_task(self._open(project))
            await asyncio.shield(opening)
        return live

    async def _open(self, project: ProjectId) -> None:
        try:
            self._projects[project] = await self._opened(project)
        finally:
            # Here, not when somebody hears that it is done: whoever asks in between, and it was forgotten in the same
            # turn, would wait for what is over, again and again, and the process with them.
            del self._opening[project]

    async def _opened(self, project: ProjectId) -> LiveProject:
        stream = await self._tools.owners.project(project)
        presence = Presence(
            grace=int(self._settings.presence_grace * MILLISECONDS),
            teacher_grace=int(self._settings.teacher_grace * MILLISECONDS),
            teacher_seen_at=await self.lookout.teacher_seen_at(project),
        )
        live = LiveProject(stream, presence, self._tools.clock, self._attached().flusher)
        if self._broker.is_shared:
            live.elsewhere = self._neighbours[project] = Neighbours(
                self._broker,
                live,
                self._tools.clock,
                self._chore,
                lambda: self._chore(self._attempt(self.lookout.end_ended_sessions, list(live.connections.values()))),
            )
        return live

    @property
    def projects(self) -> Collection[LiveProject]:
        """Those that somebody is connected to, for whoever counts."""
        return self._projects.values()

    async def standing(self, project: ProjectId, member: MemberId, room: RoomId | None) -> Standing:
        """What the permissions of somebody depend on who asks without a socket. Raises `Refused`."""
        live = self._projects.get(project)
        if live is not None:
            return live.standing(member, room)
        stream = await self._tools.owners.project(project)
        return stream.state.standing(member, False, room)  # nobody is connected: no teacher is here

    # --- Receiver: packets from clients ---

    def received(self, engine_sid: str, packet: Incoming) -> None:
        """Take an event of a client, in order."""
        connection = self._connections.get(engine_sid)
        if connection is None or connection.is_closed:
            return
        live = self._projects[connection.who.project]
        who = connection.who
        trace = TRACING.begin(packet.name, who.project, who.member, connection.id)
        asked = Asked(self._tools, live, connection, packet.ack, packet.name, trace)
        if not connection.allowance.take(dispatch.budget_of(packet), self._tools.clock()):
            asked.answer(Refused(ErrorCode.TOO_MANY_REQUESTS))
            return
        size = 0 if packet.payload is None else len(memoryview(packet.payload))
        if size > self._bytes_max:
            asked.answer(Refused(ErrorCode.TOO_LARGE, f"at most {self._bytes_max} bytes"))
            return
        byte_budget = dispatch.byte_budget_of(packet)
        if byte_budget is not None and not connection.allowance.take(byte_budget, self._tools.clock(), size):
            asked.answer(Refused(ErrorCode.TOO_MANY_REQUESTS))
            return
        try:
            command = DIALECTS[connection.version].decode(packet)
        except Refused as refusal:
            asked.answer(refusal)
            return
        handle = self._when_looked if self.lookout.has_stood_still() else dispatch.handle
        connection.take(partial(handle, asked, command))

    async def _when_looked(self, asked: Asked, command: WireCommand) -> None:
        """Others may have removed its member, or locked the room, before it was read here."""
        await self.lookout.has_looked(asked.live)
        if not asked.connection.is_closed:
            taking = dispatch.handle(asked, command)
            if taking is not None:
                await taking

    # --- Listener: what was committed ---

    def committed(self, stream: StreamName, events: list[Event]) -> None:
        """Tell those it concerns."""
        if self._server is not None:
            self._server.flusher.committed()
        kind, _, identifier = stream.partition(":")
        if kind == "room":
            for live in self._projects_with_room(identifier):
                live.tell_room(identifier, events)
            if any(isinstance(event.body, ChatDeleted | ChatEdited) for event in events):
                self._chore(self._attempt(self._tools.search.tidy))
            return
        if kind == "call":
            self._call_decided(identifier)
            return
        if kind == "board":
            for live in self._projects.values():
                live.boards.tell(identifier, events)
            return
        removed = [event.body.member for event in events if isinstance(event.body, MemberRemoved)]
        for member in removed:
            self._chore(self._attempt(self._tools.auth.end_sessions_of_member, identifier, member))
            self._chore(self._attempt(self._tools.ballots.forget, identifier, member))
        if identifier in self._projects:
            live = self._projects[identifier]
            live.tell_project(events)
            for member in removed:
                self._chore(self._attempt(self._tools.marks.forget, member, forget_marks(live, member)))

    def reset(self, stream: StreamName) -> None:
        """The log was replaced: everybody who follows it comes back and starts anew."""
        kind, _, identifier = stream.partition(":")
        if kind == "call":  # no client follows it
            self._call_decided(identifier)
            return
        for live in list(self._projects.values()):
            if kind == "board":
                live.boards.reset(identifier)
            elif live.state.id == identifier or identifier in live.rooms:
                for connection in list(live.connections.values()):
                    connection.send_away()

    def _call_decided(self, room: str) -> None:
        for live in self._projects.values():
            if room in live.state.rooms:  # also where nobody here is in it: its groups may be
                live.call_decided(room)

    def _projects_with_room(self, room: str) -> list[LiveProject]:
        return [live for live in self._projects.values() if room in live.rooms]

    # --- BrokerListener: what becomes of other processes ---

    def broker_connected(self) -> None:
        """Each project asks by itself who is here elsewhere; a call that others began meanwhile is theirs."""
        log.info("broker.connected")
        self._chore(self._attempt(self._tools.switchboard.reclaim))

    def broker_lost(self) -> None:
        """Nobody can be heard: their members have the grace time, as if their lines had broken."""
        log.warning("broker.lost")
        for neighbours in self._neighbours.values():
            neighbours.lost_all()

    def node_lost(self, node: NodeId) -> None:
        """Another process has ended."""
        log.info("node.lost", lost=node)
        for neighbours in self._neighbours.values():
            neighbours.lost((node,))

    # --- Recurring work ---

    async def _tell_presence(self) -> None:
        self.lookout.tick()
        for project, live in list(self._projects.items()):
            live.tell_presence()
            tell_marks(live, self._tools.clock())
            if self._tools.switchboard.has_calls and live.class_call_missing() is not None:
                self._chore(self._attempt(know_class_call, self._tools.owners, live))
            if live.lesson.has_votes:
                self._chore(self._attempt(tell_progress, live, self._tools.ballots, self._tools.clock()))
            if live.is_idle():
                live.elsewhere.close()
                self._neighbours.pop(project, None)
                del self._projects[project]
                self.lookout.forget(project)

    async def _prepare_search(self) -> None:
        await self._tools.search.fill()
        await self._tools.search.tidy()

    def _mark_teacher(self, connection: Connection) -> None:
        """At once: when the server is killed before the next turn, its pupils must not be sent away."""
        if connection.who.is_staff and not connection.is_closed:
            self._chore(self._attempt(self.lookout.mark, [connection.who.project]))

    def _attached(self) -> HubServer:
        if self._server is None:
            raise RuntimeError("the hub is not attached to a server")
        return self._server


def _socket_refusal(refusal: Refused) -> SocketRefused:
    """What python-socketio turns into the CONNECT_ERROR packet: `{message: code, data: {code, …}}`."""
    return SocketRefused(refusal.code.value, msgspec.to_builtins(Failure.of(refusal)))
