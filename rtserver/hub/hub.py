"""The hub: signs sockets in, hands their commands to the table, and tells what was committed to those it concerns."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from http.cookies import CookieError, SimpleCookie
from typing import Any

import msgspec
import structlog
from msgspec import Struct
from socketio.exceptions import ConnectionRefusedError as SocketRefused

from rooms.errors import ErrorCode, Refused
from rooms.events import MemberRemoved
from rooms.messages import PROTOCOL_VERSION, ConnectAuth, Failure, SessionGranted
from rooms.model import Member, MemberId, ProjectId, RoomId
from rooms.permissions import Action, Standing, require
from rooms.ports import LogUnavailable
from rooms.presence import Presence
from rooms.stream import Event, StreamName
from rtserver.config import Settings
from rtserver.hub import dispatch
from rtserver.hub.asked import Asked, Tools
from rtserver.hub.connection import Connection, Identification
from rtserver.hub.limits import (
    DEVICES_IN_CALLS,
    DEVICES_ON_BOARDS,
    HISTORY_RATE,
    OFFERS_RATE,
    RELAYS_RATE,
    STAFF_FACTOR,
    Allowance,
    Budget,
    MemberLimits,
    Rate,
    Rates,
    times,
)
from rtserver.hub.live_project import LiveProject
from rtserver.hub.packets import Incoming, Push
from rtserver.hub.server import HubServer
from rtserver.observability import log_name
from rtserver.pages import cookie_name
from rtserver.sessions import Session
from rtserver.shapes import complaint
from rtserver.teacher_marks import TeacherMarks

log = structlog.get_logger(__name__)

MILLISECONDS = 1000

TEACHER_MARK_INTERVAL = 10.0
"""Seconds between two marks of present teachers on disk: well within their grace time."""

HOUSEKEEPING_INTERVAL = 3600.0
"""Seconds between two clearings of what has expired long ago; they are kept for weeks, so an hour is soon enough."""

CHORES_DEADLINE = 2.0
"""Seconds for what is under way when the server stops; longer than any statement of a healthy database takes."""


class SignedIn(Struct, frozen=True):
    """A session that a socket presented; `granted` when it was made from a ticket just now."""

    session: Session
    granted: SessionGranted | None = None


class Hub:
    """All connections of this process. Implements the `Receiver` of packets and the `Listener` of commits."""

    def __init__(self, settings: Settings, tools: Tools, marks: TeacherMarks) -> None:
        self._settings = settings
        self._tools = tools
        self._marks = marks
        self._server: HubServer | None = None
        self._connections: dict[str, Connection] = {}
        self._projects: dict[ProjectId, LiveProject] = {}
        self._opening: dict[ProjectId, asyncio.Task[None]] = {}
        self._revisions: dict[ProjectId, int] = {}
        """Those up to which ended sessions were looked for; a project that was just opened has none yet."""
        self._session_checks = 0
        """How often ended sessions were looked for."""
        self._unchecked: list[Connection] = []
        """Those who were signing in while that was done: their sessions may have ended before they could be found."""
        self._chores: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._bytes_max = settings.packet_bytes_max
        self._rates: Rates = {
            Budget.COMMANDS: Rate(settings.commands_rate, settings.commands_burst),
            Budget.SIGNALS: Rate(settings.signals_rate, settings.signals_burst),
            Budget.RELAYS: RELAYS_RATE,
            Budget.OFFERS: OFFERS_RATE,
            Budget.BOARD_SIGNALS: Rate(settings.board_signals_rate, settings.board_signals_burst),
            Budget.BOARD_BYTES: Rate(settings.board_bytes_rate, settings.board_bytes_burst),
            Budget.HISTORY_BYTES: HISTORY_RATE,
        }
        self._member_rates: Rates = {
            Budget.COMMANDS: Rate(settings.member_commands_rate, settings.member_commands_burst),
            Budget.SIGNALS: Rate(settings.member_signals_rate, settings.member_signals_burst),
            Budget.RELAYS: times(RELAYS_RATE, DEVICES_IN_CALLS),
            Budget.OFFERS: times(OFFERS_RATE, DEVICES_IN_CALLS),
            Budget.BOARD_SIGNALS: times(self._rates[Budget.BOARD_SIGNALS], DEVICES_ON_BOARDS),
            Budget.BOARD_BYTES: self._rates[Budget.BOARD_BYTES],
            Budget.HISTORY_BYTES: HISTORY_RATE,
        }
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
        self._chore(self._recurring(self._settings.database_poll_interval, self._look_around))
        self._chore(self._recurring(TEACHER_MARK_INTERVAL, self._mark_teachers))
        self._chore(self._recurring(HOUSEKEEPING_INTERVAL, self._tools.auth.delete_expired))

    async def stop(self) -> None:
        """End all connections so that their clients come back, and the recurring work."""
        await self._attempt(self._mark_teachers)
        for connection in list(self._connections.values()):
            connection.send_away()
        self._stopping.set()
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
            checks = self._session_checks
            signed_in = await self._sign_in(engine_sid, environ, auth)
            live = await self._live_project(signed_in.session.project)
            if not server.is_open(engine_sid):
                raise Refused(ErrorCode.CONNECT_TIMEOUT)
            connection = self._register(engine_sid, signed_in.session, live)
            if checks != self._session_checks:
                self._unchecked.append(connection)
        except Refused as refusal:
            raise _socket_refusal(refusal) from None
        except LogUnavailable:
            raise _socket_refusal(Refused(ErrorCode.UNAVAILABLE)) from None
        except Exception:
            log.exception("connection.failed", connection=log_name(engine_sid))
            raise _socket_refusal(Refused(ErrorCode.INTERNAL)) from None
        server.forget_handshake(engine_sid)
        if signed_in.granted is not None:
            # after the CONNECT answer, which python-socketio sends as soon as this returns
            asyncio.get_running_loop().call_soon(connection.push, Push("session", signed_in.granted))

    async def _sign_in(self, engine_sid: str, environ: dict[str, Any], auth: object) -> SignedIn:
        """Who this socket is: by a ticket, by a session, or by a session cookie of the server's own pages."""
        try:
            given = msgspec.convert(auth if auth is not None else {}, ConnectAuth)
        except msgspec.ValidationError as error:
            raise Refused(ErrorCode.INVALID, complaint(error)) from None
        if given.version != PROTOCOL_VERSION:
            raise Refused(ErrorCode.VERSION_UNSUPPORTED)
        admission = self._attached().admission(engine_sid)
        if given.ticket is not None:
            session, token = await self._tools.auth.redeem_ticket(given.ticket, admission.project)
            return SignedIn(session, SessionGranted(token, session.member, session.expires_at))
        token_given = given.session
        if token_given is None:
            token_given = self._cookie(environ, given, admission.own_origin)
        found = await self._tools.auth.session(token_given)
        if found is None or found.project != admission.project:
            raise Refused(ErrorCode.SESSION_ENDED)
        return SignedIn(found)

    def _cookie(self, environ: dict[str, Any], given: ConnectAuth, is_own_origin: bool) -> str:
        if given.member is None:
            raise Refused(ErrorCode.SIGN_IN_REQUIRED)
        if not is_own_origin:
            raise Refused(ErrorCode.ORIGIN_REFUSED)
        try:
            cookie = SimpleCookie(environ.get("HTTP_COOKIE", "")).get(cookie_name(given.member))
        except CookieError:
            cookie = None
        if cookie is None:
            raise Refused(ErrorCode.SIGN_IN_REQUIRED)
        return cookie.value

    def _register(self, engine_sid: str, session: Session, live: LiveProject) -> Connection:
        """From here on the connection exists. No await in here: what was checked stays true."""
        server = self._attached()
        member = live.member(session.member)
        require(live.standing(member.id), Action.ENTER_PROJECT)
        others = live.connections_of(member.id)
        if len(others) >= self._settings.connections_per_member:
            others[0].say_bye(ErrorCode.TOO_MANY_DEVICES)
        limits = live.limits.get(member.id)
        if limits is None:
            limits = live.limits[member.id] = MemberLimits(_for(member, self._member_rates))
        outbox = server.outbox(engine_sid, lambda: log.warning("socket.slow", connection=log_name(engine_sid)))
        connection = Connection(
            name=log_name(engine_sid),
            who=Identification(session.project, member.id, session.id, member.is_staff),
            codec=server.codec(engine_sid),
            outbox=outbox,
            allowance=Allowance(_for(member, self._rates), limits),
        )
        self._connections[engine_sid] = connection
        live.connections[connection.id] = connection
        live.presence.connect(connection.id, member.id, member.is_staff)
        self._mark_teacher(connection)
        log.info("connection.opened", connection=connection.id, project=session.project, member=member.id)
        return connection

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
        log.info("connection.closed", connection=connection.id, reason=reason)

    async def _live_project(self, project: ProjectId) -> LiveProject:
        """The live project, opened once however many sockets ask at the same time.

        It is looked up again after each wait: one that nobody is connected to may have been forgotten meanwhile.
        """
        while (live := self._projects.get(project)) is None:
            opening = self._opening.get(project)
            if opening is None:
                opening = asyncio.get_running_loop().create_task(self._open(project))
                self._opening[project] = opening
                opening.add_done_callback(lambda _: self._opening.pop(project, None))
            await asyncio.shield(opening)
        return live

    async def _open(self, project: ProjectId) -> None:
        stream = await self._tools.owners.project(project)
        presence = Presence(
            grace=int(self._settings.presence_grace * MILLISECONDS),
            teacher_grace=int(self._settings.teacher_grace * MILLISECONDS),
            teacher_seen_at=await self._marks.seen_at(project),
        )
        live = LiveProject(stream, presence, self._tools.clock, self._attached().flusher)
        self._projects[project] = live

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
        asked = Asked(self._tools, live, connection, packet.ack)
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
            command = dispatch.decode_command(packet)
        except Refused as refusal:
            asked.answer(refusal)
            return
        connection.take(partial(dispatch.handle, asked, command))

    # --- Listener: what was committed ---

    def committed(self, stream: StreamName, events: list[Event]) -> None:
        """Tell those it concerns."""
        kind, _, identifier = stream.partition(":")
        if kind == "room":
            for live in self._projects_with_room(identifier):
                live.tell_room(identifier, events)
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
        if identifier in self._projects:
            self._projects[identifier].tell_project(events)

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
            if room in live.rooms or room in live.calls:
                live.call_decided(room)

    def _projects_with_room(self, room: str) -> list[LiveProject]:
        return [live for live in self._projects.values() if room in live.rooms]

    # --- Recurring work ---

    async def _tell_presence(self) -> None:
        for project, live in list(self._projects.items()):
            live.tell_presence()
            if live.is_idle():
                del self._projects[project]
                self._revisions.pop(project, None)

    async def _look_around(self) -> None:
        """What other processes have done: appended to our streams, or ended sessions."""
        await self._tools.owners.nudge_behind()
        revisions = await self._tools.auth.revisions(list(self._projects))
        for project, revision in revisions.items():
            live = self._projects.get(project)
            if live is not None and revision != self._revisions.get(project):
                live.views.forget_names()  # who is erased loses their sessions with their names
                await self._end_ended_sessions(list(live.connections.values()))
                self._revisions[project] = revision
        unchecked, self._unchecked = self._unchecked, []
        if unchecked:
            await self._end_ended_sessions(unchecked)

    async def _end_ended_sessions(self, connections: list[Connection]) -> None:
        self._session_checks += 1
        alive = await self._tools.auth.live_sessions({connection.who.session for connection in connections})
        for connection in connections:
            if connection.who.session not in alive:
                connection.say_bye(ErrorCode.SESSION_ENDED)

    async def _mark_teachers(self) -> None:
        now = self._tools.clock()
        await self._marks.mark(
            {project: now for project, live in self._projects.items() if live.presence.has_live_teacher()}
        )

    def _mark_teacher(self, connection: Connection) -> None:
        """At once: when the server is killed before the next turn, its pupils must not be sent away."""
        if connection.who.is_staff and not connection.is_closed:
            self._chore(self._attempt(self._marks.mark, {connection.who.project: self._tools.clock()}))

    def _attached(self) -> HubServer:
        if self._server is None:
            raise RuntimeError("the hub is not attached to a server")
        return self._server


def _for(member: Member, rates: Rates) -> Rates:
    """What a member may ask for."""
    if not member.is_staff:
        return rates
    return {
        **rates,
        **{budget: times(rates[budget], STAFF_FACTOR) for budget in (Budget.BOARD_BYTES, Budget.HISTORY_BYTES)},
    }


def _socket_refusal(refusal: Refused) -> SocketRefused:
    """What python-socketio turns into the CONNECT_ERROR packet: `{message: code, data: {code, message, retry}}`."""
    return SocketRefused(refusal.code.value, msgspec.structs.asdict(Failure.of(refusal)))
