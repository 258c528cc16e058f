"""The hub without a network: signing in, limits, ends, and the recurring work, over a real database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from socketio.exceptions import ConnectionRefusedError as SocketRefused
from structlog.testing import capture_logs

from rooms.board.model import BoardPolicy
from rooms.errors import ErrorCode, Refused
from rooms.events import BoardPolicySet
from rooms.messages import PROTOCOL_VERSION
from rooms.model import MemberId, Role
from rooms.ports import LogUnavailable
from rooms.stream import Event
from rtserver.administration import administering
from rtserver.auth import Auth
from rtserver.hub.admit import Admission
from rtserver.hub.hub import Hub
from rtserver.hub.limits import CONNECTS_RATE, HISTORY_RATE, OFFERS_RATE, Budget
from rtserver.hub.live_project import LiveProject
from rtserver.hub.outbox import Flusher
from rtserver.hub.packets import Codec
from rtserver.hub.server import HubServer
from rtserver.observability import log_name
from rtserver.pages import cookie_name
from rtserver.sessions import Session
from rtserver.shapes import NewMember
from rtserver.teacher_marks import TeacherMarks
from tests.rooms.board.drawing import fields
from tests.rtserver.hub.support import GRACE, TEACHER_GRACE, Classroom, FakeOutbox, open_classroom, packet

LIMITS = {
    "connections_per_member": 3,
    "commands_rate": 1,
    "commands_burst": 5,
    "signals_rate": 1,
    "signals_burst": 2,
    "member_commands_rate": 1,
    "member_commands_burst": 8,
    "packet_bytes_max": 1000,
    "board_signals_rate": 1,
    "board_signals_burst": 2,
    "board_bytes_rate": 100,
    "board_bytes_burst": 1000,
    "presence_grace": GRACE / 1000,
    "teacher_grace": TEACHER_GRACE / 1000,
}


class FakeServer:
    """The public methods of `HubServer`, with recording outboxes instead of sockets."""

    def __init__(self) -> None:
        self.handlers: dict[str, Callable[..., Any]] = {}
        self.outboxes: dict[str, FakeOutbox] = {}
        self.admissions: dict[str, Admission] = {}
        self.slow: dict[str, Callable[[], None]] = {}
        self.forgotten: list[str] = []
        self.flusher = Flusher()

    def on(self, event: str, handler: Callable[..., Any]) -> None:
        self.handlers[event] = handler

    def engine_sid(self, sid: str) -> str:
        return sid.removeprefix("sio-")

    def is_open(self, engine_sid: str) -> bool:
        return engine_sid in self.admissions

    def admission(self, engine_sid: str) -> Admission:
        return self.admissions[engine_sid]

    def codec(self, _engine_sid: str) -> Codec:
        return Codec.JSON

    def outbox(self, engine_sid: str, on_slow: Callable[[], None]) -> FakeOutbox:
        self.slow[engine_sid] = on_slow
        self.outboxes[engine_sid] = FakeOutbox()
        return self.outboxes[engine_sid]

    def forget_handshake(self, engine_sid: str) -> None:
        self.forgotten.append(engine_sid)


class World:
    """A hub that serves a classroom, and ways to get into it."""

    asked_node: str | None = None
    """The server that those who come ask the balancer for."""

    def __init__(self, classroom: Classroom) -> None:
        self.classroom = classroom
        self.auth = classroom.on.auth
        self.marks = TeacherMarks(classroom.on.database)
        self.server = FakeServer()
        self.hub = Hub(classroom.on.settings, classroom.tools, self.marks)
        self.hub.attach(cast(HubServer, self.server))

    async def connect(
        self,
        sid: str,
        auth: object = None,
        *,
        project: str | None = None,
        own_origin: bool = True,
        cookies: dict[str, str] | None = None,
    ) -> FakeOutbox:
        """Open a socket. Raises `SocketRefused`."""
        self.server.admissions[sid] = Admission(project or self.classroom.project, None, own_origin, self.asked_node)
        environ = {"HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in (cookies or {}).items())}
        try:
            await self.server.handlers["connect"](f"sio-{sid}", environ, auth)
        except SocketRefused:
            del self.server.admissions[sid]
            raise
        await asyncio.sleep(0)  # what is sent behind the CONNECT answer
        return self.server.outboxes[sid]

    async def refused(self, auth: object = None, **how: Any) -> tuple[str, bool]:
        """The code with which a socket is refused, and whether to try again."""
        with pytest.raises(SocketRefused) as caught:
            await self.connect("refused", auth, **how)
        data = caught.value.error_args["data"]
        assert caught.value.error_args["message"] == data["code"]
        assert "refused" not in self.hub._connections
        return data["code"], data["retry"]

    async def token(self, member: MemberId) -> str:
        """A session of a member."""
        ticket, _ = await self.auth.issue_ticket(self.classroom.project, member)
        return (await self.auth.redeem_ticket(ticket, self.classroom.project))[1]

    async def enter(self, sid: str, member: MemberId, **shown: Any) -> FakeOutbox:
        return await self.connect(sid, {"version": PROTOCOL_VERSION, "session": await self.token(member), **shown})

    async def leave(self, sid: str) -> None:
        """The transport went."""
        del self.server.admissions[sid]
        await self.server.handlers["disconnect"](f"sio-{sid}", "transport close")

    async def ask(self, sid: str, ack: int, tag: str, **fields: Any) -> Any:
        """Send a command; its ack."""
        self.hub.received(sid, packet(tag, ack, **fields))
        return await self.answer(sid, ack)

    async def answer(self, sid: str, ack: int) -> Any:
        """The ack, once it is there."""
        outbox = self.server.outboxes[sid]
        await outbox.until(lambda: ack in outbox.acks())
        return outbox.acks()[ack]

    async def chores(self) -> None:
        """Returns when what was begun beside the requests is done."""
        await asyncio.gather(*self.hub._chores)

    def other_process(self) -> Auth:
        """The sessions, as another process has them."""
        return Auth(self.classroom.on.database, self.classroom.on.settings, self.classroom.on.clock)


@pytest.fixture
async def world(tmp_path: Path, template: Path) -> AsyncIterator[World]:
    async with open_classroom(tmp_path, template, **LIMITS) as classroom:
        world = World(classroom)
        yield world
        await world.chores()


def code_of(answer: Any) -> str:
    return str(answer["error"]["code"])


class TestSigningIn:
    async def test_ticket(self, world: World) -> None:
        """Spent for a session, which is told and serves from then on."""
        ticket, _ = await world.auth.issue_ticket(world.classroom.project, world.classroom.claire)
        outbox = await world.connect("a", {"version": PROTOCOL_VERSION, "ticket": ticket})
        ((name, granted),) = outbox.pushes()
        assert (name, granted["member"]) == ("session", world.classroom.claire)
        assert await world.refused({"version": PROTOCOL_VERSION, "ticket": ticket}) == ("ticket_invalid", False)
        again = await world.connect("b", {"version": PROTOCOL_VERSION, "session": granted["session"]})
        assert again.frames == []
        assert world.server.forgotten == ["a", "b"]

    async def test_ticket_of_another_project(self, world: World) -> None:
        """Is not spent by the attempt."""
        ticket, _ = await world.auth.issue_ticket(world.classroom.project, world.classroom.claire)
        auth = {"version": PROTOCOL_VERSION, "ticket": ticket}
        assert await world.refused(auth, project="p_other") == ("ticket_invalid", False)
        await world.connect("a", auth)

    async def test_expired_ticket(self, world: World) -> None:
        """Sixty seconds."""
        ticket, expires_at = await world.auth.issue_ticket(world.classroom.project, world.classroom.claire)
        world.classroom.on.clock.now = expires_at
        assert (await world.refused({"version": PROTOCOL_VERSION, "ticket": ticket}))[0] == "ticket_invalid"

    async def test_session(self, world: World) -> None:
        """Of this project, alive."""
        token = await world.token(world.classroom.claire)
        auth = {"version": PROTOCOL_VERSION, "session": token}
        assert await world.refused(auth, project="p_other") == ("session_ended", False)
        await world.connect("a", auth)
        assert world.hub._connections["a"].who.member == world.classroom.claire
        assert world.hub._connections["a"].who.is_staff
        await world.auth.end_sessions_of_member(world.classroom.project, world.classroom.claire)
        assert await world.refused(auth) == ("session_ended", False)

    async def test_expired_session(self, world: World) -> None:
        """Signed out by time."""
        token = await world.token(world.classroom.claire)
        world.classroom.on.clock.advance(181 * 86_400_000)
        assert (await world.refused({"version": PROTOCOL_VERSION, "session": token}))[0] == "session_ended"

    async def test_cookie(self, world: World) -> None:
        """Of the member that the page asks for, on our own pages only."""
        claire = world.classroom.claire
        auth = {"version": PROTOCOL_VERSION, "member": claire}
        cookies = {cookie_name(claire): await world.token(claire)}
        await world.connect("a", auth, cookies=cookies)
        assert world.hub._connections["a"].who.member == claire
        assert await world.refused(auth, cookies=cookies, own_origin=False) == ("origin_refused", False)
        assert await world.refused(auth) == ("sign_in_required", False)
        assert await world.refused({"version": PROTOCOL_VERSION}, cookies=cookies) == ("sign_in_required", False)
        wrong = {cookie_name(claire): "x" * 43}
        assert await world.refused(auth, cookies=wrong) == ("session_ended", False)

    async def test_cookie_of_somebody_else_under_ones_name(self, world: World) -> None:
        """The session says who it is, not the cookie's name."""
        claire, ewa = world.classroom.claire, world.classroom.ewa
        cookies = {cookie_name(claire): await world.token(ewa)}
        await world.connect("a", {"version": PROTOCOL_VERSION, "member": claire}, cookies=cookies)
        assert world.hub._connections["a"].who.member == ewa

    async def test_a_foreign_page_with_a_session_comes_in(self, world: World) -> None:
        """A portal's page: what it holds itself is not a cookie."""
        token = await world.token(world.classroom.claire)
        await world.connect("a", {"version": PROTOCOL_VERSION, "session": token}, own_origin=False)

    @pytest.mark.parametrize(
        ("auth", "code"),
        [
            (None, "invalid"),
            ({}, "invalid"),
            ([], "invalid"),
            ("token", "invalid"),
            ({"version": "1"}, "invalid"),
            ({"version": 1, "ticket": 5}, "invalid"),
            ({"version": 1, "name": "Zoé"}, "invalid"),
            ({"version": 0}, "version_unsupported"),
            ({"version": 4}, "version_unsupported"),
            ({"version": 3}, "sign_in_required"),
            ({"version": 1, "ticket": ""}, "ticket_invalid"),
            ({"version": 1, "ticket": "x" * 100_000}, "ticket_invalid"),
            ({"version": 1, "session": ""}, "session_ended"),
            ({"version": 1, "session": "\x00"}, "session_ended"),
        ],
    )
    async def test_bad_auth(self, world: World, auth: object, code: str) -> None:
        """A code, nobody is connected, and it is not repeated what was given."""
        assert (await world.refused(auth))[0] == code
        assert world.hub._connections == {}

    async def test_a_pupil_in_a_draft(self, world: World) -> None:
        """Has a session and waits outside."""
        token = await world.token(await world.classroom.add("pupil"))
        await world.classroom.set_phase("draft")
        assert await world.refused({"version": PROTOCOL_VERSION, "session": token}) == ("project_not_started", False)

    async def test_a_removed_member(self, world: World) -> None:
        """Even when the sessions could not be ended."""
        member = await world.classroom.add("pupil")
        token = await world.token(member)
        await world.enter("a", world.classroom.claire)
        await world.classroom.on.administration.remove_member(world.classroom.project, member)
        code, _ = await world.refused({"version": PROTOCOL_VERSION, "session": token})
        assert code in ("not_a_member", "session_ended")

    async def test_gone_before_it_is_signed_in(self, world: World) -> None:
        """The database took its time: nobody is registered."""
        token = await world.token(world.classroom.claire)
        world.server.is_open = lambda engine_sid: False  # type: ignore[method-assign]
        assert (await world.refused({"version": PROTOCOL_VERSION, "session": token}))[0] == "connect_timeout"

    async def test_the_store_fails(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Try again."""
        token = await world.token(world.classroom.claire)
        auth = {"version": PROTOCOL_VERSION, "session": token}

        async def fail(*_arguments: object) -> None:
            raise LogUnavailable("broken by the test")

        parts: list[tuple[object, str]] = [(world.auth, "session"), (world.marks, "seen_at")]
        for part, name in [*parts, (world.classroom.on.owners, "project")]:
            with monkeypatch.context() as patch:
                patch.setattr(part, name, fail)
                assert await world.refused(auth) == ("unavailable", True)
        await world.connect("a", auth)

    async def test_a_bug(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Is answered, too: the client does not wait for its deadline."""

        async def fail(*_arguments: object) -> None:
            raise ZeroDivisionError("the details")

        monkeypatch.setattr(world.marks, "seen_at", fail)
        token = await world.token(world.classroom.claire)
        with capture_logs() as logs:
            assert await world.refused({"version": PROTOCOL_VERSION, "session": token}) == ("internal", True)
        assert [entry["event"] for entry in logs] == ["connection.failed"]

    async def test_many_at_once_open_the_project_once(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """A class joins."""
        tokens = [await world.token(await world.classroom.add("pupil")) for _ in range(5)]
        opened: list[str] = []
        seen_at = world.marks.seen_at

        async def count(project: str) -> int | None:
            opened.append(project)
            return await seen_at(project)

        monkeypatch.setattr(world.marks, "seen_at", count)
        auths = [{"version": PROTOCOL_VERSION, "session": token} for token in tokens]
        await asyncio.gather(*(world.connect(f"s{number}", auth) for number, auth in enumerate(auths)))
        assert opened == [world.classroom.project]
        (live,) = world.hub._projects.values()
        assert len(live.connections) == 5

    async def test_forgotten_while_somebody_signs_in(self, world: World) -> None:
        """The project that nobody is connected to yet is not dropped under the feet of the first."""
        token = await world.token(world.classroom.claire)
        opened = world.hub._open

        async def open_then_forget(project: str) -> None:
            world.hub._open = opened  # type: ignore[method-assign]
            await opened(project)
            world.hub._chore(world.hub._tell_presence())

        world.hub._open = open_then_forget  # type: ignore[method-assign]
        await world.connect("a", {"version": PROTOCOL_VERSION, "session": token})
        answer = await world.ask("a", 1, "project.join")
        assert answer["ok"]["me"] == world.classroom.claire

    async def test_forgotten_in_the_turn_in_which_it_was_opened(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who asks for it in that very turn has it opened anew; one that waited for what is over hung the process."""
        hub, project = world.hub, world.classroom.project
        open_once = hub._open
        asking: list[asyncio.Task[LiveProject]] = []

        async def open_and_forget(name: str) -> None:
            await open_once(name)
            if not asking:
                asking.append(asyncio.create_task(hub._live_project(name)))
                del hub._projects[name]

        monkeypatch.setattr(hub, "_open", open_and_forget)
        first = await hub._live_project(project)
        assert hub._projects == {project: first}
        assert await asking[0] is first
        assert hub._opening == {}


class TestStanding:
    """For those who ask without a socket."""

    async def test_is_that_of_the_lesson_while_there_is_one(self, world: World) -> None:
        room = world.classroom
        await world.enter("t", room.claire)
        standing = await world.hub.standing(room.project, room.ewa, room.hall)
        assert standing.teacher_present
        assert standing.member is not None
        assert standing.room is not None
        assert (standing.member.id, standing.room.id) == (room.ewa, room.hall)

    async def test_without_anybody_no_teacher_is_there(self, world: World) -> None:
        room = world.classroom
        assert not (await world.hub.standing(room.project, room.claire, None)).teacher_present

    async def test_of_somebody_unknown(self, world: World) -> None:
        room = world.classroom
        for project, member in ((room.project, "m_nobody"), ("p_nowhere", room.claire)):
            with pytest.raises(Refused):
                await world.hub.standing(project, member, None)
        await world.enter("t", room.claire)
        with pytest.raises(Refused):
            await world.hub.standing(room.project, "m_nobody", None)


class TestLimits:
    async def test_commands_of_a_connection(self, world: World) -> None:
        """A burst, then as many as the time that passes allows."""
        await world.enter("a", world.classroom.claire)
        answers = [await world.ask("a", ack, "room.leave", room="r") for ack in range(7)]
        assert [code_of(answer) if "error" in answer else "ok" for answer in answers] == ["ok"] * 5 + [
            "too_many_requests"
        ] * 2
        assert answers[-1]["error"]["retry"] is True
        world.classroom.on.clock.advance(1000)
        assert "ok" in await world.ask("a", 8, "room.leave", room="r")
        assert code_of(await world.ask("a", 9, "room.leave", room="r")) == "too_many_requests"

    async def test_connects_of_a_member(self, world: World) -> None:
        """Who comes back again and again is told to wait; a class that comes at once is not."""
        clock, token = world.classroom.on.clock, await world.token(world.classroom.claire)
        shown = {"version": PROTOCOL_VERSION, "session": token}

        async def come_and_go() -> None:
            await world.connect("a", shown)
            await world.leave("a")

        for _ in range(CONNECTS_RATE.burst):
            await come_and_go()
        with capture_logs() as logs, pytest.raises(SocketRefused) as caught:
            await world.connect("a", shown)
        data = caught.value.error_args["data"]
        assert (data["code"], data["retry"], data["retry_after"]) == ("too_many_requests", True, 2)
        assert logs == []
        await world.enter("other", world.classroom.ewa)
        clock.advance(2_000)
        await come_and_go()
        assert (await world.refused(shown))[0] == "too_many_requests"

    async def test_a_ticket_is_not_used_up_in_vain(self, world: World) -> None:
        """Who is refused with one could not come back: it counts all the same."""
        for number in range(CONNECTS_RATE.burst + 1):
            ticket, _ = await world.auth.issue_ticket(world.classroom.project, world.classroom.claire)
            await world.connect(f"s{number}", {"version": PROTOCOL_VERSION, "ticket": ticket})
        shown = {"version": PROTOCOL_VERSION, "session": await world.token(world.classroom.claire)}
        assert (await world.refused(shown))[0] == "too_many_requests"

    async def test_commands_of_a_member(self, world: World) -> None:
        """All devices together have a budget; another member has another."""
        for sid in ("a", "b"):
            await world.enter(sid, world.classroom.claire)
        await world.enter("c", world.classroom.ewa)
        answers = [await world.ask(sid, ack, "room.leave", room="r") for ack in range(5) for sid in ("a", "b")]
        assert ["error" in answer for answer in answers] == [False] * 8 + [True] * 2
        assert "ok" in await world.ask("c", 1, "room.leave", room="r")

    async def test_signals_have_their_own_budget(self, world: World) -> None:
        """Typing does not use up chatting, nor the other way round."""
        await world.enter("a", world.classroom.claire)
        codes = [code_of(await world.ask("a", n, "room.signal", room="r", topic="t", data="")) for n in range(3)]
        assert codes == ["unknown_room", "unknown_room", "too_many_requests"]
        answers = [await world.ask("a", 10 + n, "room.leave", room="r") for n in range(6)]
        assert ["error" in answer for answer in answers] == [False] * 5 + [True]

    async def test_what_cannot_be_read_counts_too(self, world: World) -> None:
        """Or it would be free to try."""
        await world.enter("a", world.classroom.claire)
        codes = [code_of(await world.ask("a", number, "no.such.command")) for number in range(6)]
        assert codes == ["unknown_command"] * 5 + ["too_many_requests"]

    async def test_size_of_a_command(self, world: World) -> None:
        """In bytes as it came; the largest allowed is read."""
        await world.enter("a", world.classroom.claire)
        assert code_of(await world.ask("a", 1, "chat.post", room="r", text="é" * 500)) == "too_large"
        assert code_of(await world.ask("a", 2, "chat.post", room="r", text="e" * 900)) == "unknown_room"

    async def test_signals_on_boards(self, world: World) -> None:
        """Have a budget of their own: who draws and points at once writes on."""
        await world.enter("a", world.classroom.claire)
        codes = [code_of(await world.ask("a", n, "board.cursor", board="b", x=0, y=0)) for n in range(3)]
        assert codes == ["unknown_board", "unknown_board", "too_many_requests"]
        assert code_of(await world.ask("a", 9, "room.signal", room="r", topic="t", data="")) == "unknown_room"

    async def test_bytes_for_boards(self, world: World) -> None:
        """Counted beside the commands, over all devices of a member; teachers have more."""
        pupil = await world.classroom.add("pupil")
        for sid, member in (("a", pupil), ("b", pupil), ("t", world.classroom.claire)):
            await world.enter(sid, member)
        changes = [{"base": 0, "element": fields("rectangle", "e1")}]

        async def draw(sid: str, ack: int) -> str:
            return code_of(await world.ask(sid, ack, "board.change", board="b", changes=changes))

        codes = [await draw(sid, ack) for sid, ack in (("a", 1), ("b", 1), ("a", 2))]
        assert codes == ["unknown_board", "unknown_board", "too_many_requests"]
        assert [await draw("t", ack) for ack in range(4)] == ["unknown_board"] * 4
        assert "ok" in await world.ask("a", 3, "room.leave", room="r")
        world.classroom.on.clock.advance(10_000)
        assert await draw("b", 3) == "unknown_board"

    async def test_histories_of_boards(self, world: World) -> None:
        """Teachers may read several times as much as pupils before they have to wait."""
        pupil = await world.classroom.add("pupil")
        now = world.classroom.on.clock()
        waits = []
        for sid, member in (("p", pupil), ("t", world.classroom.claire)):
            await world.enter(sid, member)
            allowance = world.hub._connections[sid].allowance
            allowance.spend(Budget.HISTORY_BYTES, now, HISTORY_RATE.burst + HISTORY_RATE.per_second)
            waits.append(allowance.wait(Budget.HISTORY_BYTES, now))
        assert waits == [1_000, 0]

    async def test_devices_of_a_member(self, world: World) -> None:
        """One more ends the oldest, each time, without waiting for its transport to go."""
        outboxes = [await world.enter(f"s{number}", world.classroom.claire) for number in range(6)]
        assert [outbox.is_finished for outbox in outboxes] == [True] * 3 + [False] * 3
        for outbox in outboxes[:3]:
            assert outbox.payloads("bye")[0]["code"] == "too_many_devices"
        await world.enter("other", world.classroom.ewa)
        assert [outbox.is_finished for outbox in outboxes] == [True] * 3 + [False] * 3

    async def test_a_page_that_comes_back(self, world: World) -> None:
        """Its earlier connections end at once, without a word; other pages stay, also at the limit of devices."""
        leo = await world.classroom.add("pupil")
        other = await world.enter("other", leo, page="another-page")
        outboxes = [await world.enter(f"s{number}", leo, page="the-page") for number in range(4)]
        assert [outbox.is_finished for outbox in (other, *outboxes)] == [False, True, True, True, False]
        assert all(outbox.payloads("bye") == [] for outbox in outboxes)

    async def test_a_name_of_a_page_that_is_none(self, world: World) -> None:
        """Refused, as everything that is not as described."""
        for page in ("short", "x" * 65, "with a space", 12345678):
            with pytest.raises(SocketRefused) as refused:
                await world.enter("s", world.classroom.claire, page=page)
            assert refused.value.error_args["data"]["code"] == "invalid"


class TestReceiving:
    async def test_commands_are_answered(self, world: World) -> None:
        """From the packet to the ack."""
        outbox = await world.enter("a", world.classroom.claire)
        hall = world.classroom.hall
        assert (await world.ask("a", 1, "project.join"))["ok"]["me"] == world.classroom.claire
        assert (await world.ask("a", 2, "room.join", room=hall))["ok"]["room"] == hall
        assert (await world.ask("a", 3, "chat.post", room=hall, text="hello"))["ok"] == {"seq": 1}
        texts = outbox.texts()
        event = next(at for at, text in enumerate(texts) if "chat.posted" in text)
        ack = next(at for at, text in enumerate(texts) if text.startswith("33["))
        assert ack == event + 1, "one's own event comes first, the ack right behind it"

    async def test_order_behind_a_join(self, world: World) -> None:
        """All sent at once: taken one after the other."""
        await world.enter("a", world.classroom.claire)
        hall = world.classroom.hall
        world.hub.received("a", packet("room.join", 1, room=hall))
        for ack in (2, 3):
            world.hub.received("a", packet("chat.post", ack, room=hall, text="hello"))
        assert [(await world.answer("a", ack))["ok"] for ack in (2, 3)] == [{"seq": 1}, {"seq": 2}]

    async def test_invalid_fields(self, world: World) -> None:
        """What is wrong is said."""
        await world.enter("a", world.classroom.claire)
        broken = packet("nothing", 1)
        world.hub.received("a", type(broken)(broken.codec, broken.type, "/", 1, "chat.post", broken.payload))
        assert code_of(await world.answer("a", 1)) == "invalid"

    async def test_a_packet_of_nobody(self, world: World) -> None:
        """Neither of an unknown socket nor of one that was ended."""
        world.hub.received("unknown", packet("project.join"))
        outbox = await world.enter("a", world.classroom.claire)
        world.hub._connections["a"].say_bye(ErrorCode.SESSION_ENDED)
        sent = len(outbox.frames)
        world.hub.received("a", packet("project.join"))
        assert len(outbox.frames) == sent

    async def test_disconnecting_without_having_connected(self, world: World) -> None:
        """A socket that was refused goes, too."""
        await world.server.handlers["disconnect"]("sio-unknown", "transport close")

    async def test_slow_is_logged(self, world: World) -> None:
        """So that ops see it."""
        await world.enter("a", world.classroom.claire)
        with capture_logs() as logs:
            world.server.slow["a"]()
        assert [(entry["event"], entry["connection"]) for entry in logs] == [("socket.slow", log_name("a"))]


class TestEnding:
    async def test_removal_ends_sessions(self, world: World) -> None:
        """Every open socket at once, and every session."""
        member = await world.classroom.add("pupil")
        token = await world.token(member)
        outboxes = [await world.enter(sid, member) for sid in ("a", "b")]
        await world.enter("teacher", world.classroom.claire)
        await world.ask("teacher", 1, "member.remove", member=member)
        await world.chores()
        for outbox in outboxes:
            assert outbox.payloads("bye")[0]["code"] == "not_a_member"
            assert outbox.is_finished
        assert await world.auth.session(token) is None

    async def test_sessions_ended_elsewhere(self, world: World) -> None:
        """The look at the database finds it, and leaves the others alone."""
        outboxes = {sid: await world.enter(sid, world.classroom.claire) for sid in ("a", "b")}
        await world.hub.lookout.look_around()
        await world.other_process().end_session(world.hub._connections["a"].who.session)
        await world.hub.lookout.look_around()
        assert outboxes["a"].payloads("bye")[0]["code"] == "session_ended"
        assert outboxes["b"].frames == []

    async def test_session_ended_while_the_project_was_opened(self, world: World) -> None:
        """Between looking at the session and being registered: the next look finds it."""
        token = await world.token(world.classroom.claire)
        seen_at = world.marks.seen_at

        async def end_meanwhile(project: str) -> int | None:
            await world.other_process().end_sessions_of_member(world.classroom.project, world.classroom.claire)
            return await seen_at(project)

        world.marks.seen_at = end_meanwhile  # type: ignore[method-assign]
        outbox = await world.connect("a", {"version": PROTOCOL_VERSION, "session": token})
        await world.hub.lookout.look_around()
        assert [bye["code"] for bye in outbox.payloads("bye")] == ["session_ended"]

    async def test_session_ended_and_looked_for_before_it_was_registered(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The look at the database did not see it among the open ones: the next one does."""
        token = await world.token(world.classroom.claire)
        await world.enter("other", await world.classroom.add("pupil"))
        find = world.auth.session

        async def end_meanwhile(given: str) -> Session | None:
            found = await find(given)
            await world.other_process().end_sessions_of_member(world.classroom.project, world.classroom.claire)
            await world.hub.lookout.look_around()
            return found

        monkeypatch.setattr(world.auth, "session", end_meanwhile)
        outbox = await world.connect("a", {"version": PROTOCOL_VERSION, "session": token})
        await world.hub.lookout.look_around()
        assert [bye["code"] for bye in outbox.payloads("bye")] == ["session_ended"]

    async def test_signing_out(self, world: World) -> None:
        """Answered, then ended."""
        outbox = await world.enter("a", world.classroom.claire)
        assert "ok" in await world.ask("a", 1, "session.end")
        await asyncio.sleep(0)
        assert outbox.payloads("bye")[0]["code"] == "session_ended"

    async def test_what_others_appended_is_told(self, world: World) -> None:
        """The look at the database wakes the streams."""
        outbox = await world.enter("a", world.classroom.claire)
        await world.ask("a", 1, "project.join")
        outbox.clear()
        await _append_elsewhere(world)
        await world.hub.lookout.look_around()
        await outbox.until(lambda: outbox.pushes("event") != [])
        assert [event["body"]["kind"] for event in outbox.payloads("event")] == ["member.added"]

    async def test_calls(self, world: World) -> None:
        """What teachers decide, here or on another process, takes effect; a stream that was replaced is read again."""
        hall, teacher = world.classroom.hall, await world.enter("teacher", world.classroom.claire)
        await world.classroom.open(hall)
        pupil = await world.enter("pupil", member := await world.classroom.add("pupil"))
        for ack, sid in enumerate(("teacher", "pupil")):
            assert "ok" in await world.ask(sid, 10 + ack, "room.join", room=hall)
            assert "ok" in await world.ask(sid, 20 + ack, "call.join", room=hall)
        remove = {"room": hall, "member": member, "removed": True}
        assert (await world.ask("teacher", 30, "call.remove", **remove))["ok"] == {"seq": 1}
        assert pupil.payloads("call_left") == [{"room": hall, "code": "call_removed"}]
        world.hub.reset(f"call:{hall}")
        assert not teacher.is_finished
        assert not pupil.is_finished

    async def test_a_flood_of_offers(self, world: World) -> None:
        """Is counted apart: other commands go on."""
        await world.enter("a", world.classroom.claire)
        for ack in range(OFFERS_RATE.burst):
            answer = await world.ask("a", ack, "call.offer", room=world.classroom.hall, role="publish", sdp="v=0")
            assert code_of(answer) == "not_joined"
        answer = await world.ask("a", 100, "call.offer", room=world.classroom.hall, role="publish", sdp="v=0")
        assert code_of(answer) == "too_many_requests"
        assert "ok" in await world.ask("a", 101, "project.join")

    async def test_boards(self, world: World) -> None:
        """What happens on one reaches who follows it; when its log is replaced they come back."""
        hall = world.classroom.hall
        outboxes = [await world.enter(sid, world.classroom.claire) for sid in ("a", "b")]
        assert "ok" in await world.ask("a", 1, "room.join", room=hall)
        assert "ok" in await world.ask("a", 2, "board.join", board=hall)
        event = Event(f"board:{hall}", 1, 0, "x", None, BoardPolicySet(BoardPolicy()))
        world.hub.committed(f"board:{hall}", [event])
        world.hub.committed("board:elsewhere", [event])
        assert [len(outbox.payloads("event")) for outbox in outboxes] == [1, 0]
        world.hub.reset("board:elsewhere")
        assert not outboxes[0].is_finished
        world.hub.reset(f"board:{hall}")
        assert [outbox.is_finished for outbox in outboxes] == [True, False]

    async def test_reset(self, world: World) -> None:
        """Another log: everybody who follows it is sent away, to come back; nobody else."""
        outbox = await world.enter("a", world.classroom.claire)
        await world.ask("a", 1, "room.join", room=world.classroom.hall)
        world.hub.reset("room:elsewhere")
        world.hub.reset("project:elsewhere")
        assert not outbox.is_finished
        world.hub.reset(f"room:{world.classroom.hall}")
        assert outbox.is_finished
        assert outbox.pushes("bye") == []
        other = await world.enter("b", world.classroom.ewa)
        world.hub.reset(f"project:{world.classroom.project}")
        assert other.is_finished

    async def test_stop(self, world: World) -> None:
        """Everybody is sent away, to come back; nothing recurs any more."""
        outbox = await world.enter("a", world.classroom.claire)
        world.hub.start()
        await world.hub.stop()
        assert (outbox.is_finished, outbox.pushes("bye")) == (True, [])
        await asyncio.sleep(0)
        assert world.hub._chores == set()

    async def test_stop_without_a_database(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """The marks cannot be written; all the rest is done."""

        async def fail(*_arguments: object) -> None:
            raise LogUnavailable("broken by the test")

        monkeypatch.setattr(world.marks, "mark", fail)
        outbox = await world.enter("a", world.classroom.claire)
        world.hub.start()
        await world.hub.stop()
        assert outbox.is_finished
        await asyncio.sleep(0)
        assert world.hub._chores == set()


async def _append_elsewhere(world: World) -> None:
    async with administering(world.classroom.on.settings, world.classroom.on.clock) as (administration, _):
        await administration.add_member(world.classroom.project, NewMember(Role.VISITOR, "x", "x"))


class TestRecurring:
    async def test_presence_is_told(self, world: World) -> None:
        """In one diff for all that came."""
        outbox = await world.enter("a", world.classroom.claire)
        await world.ask("a", 1, "project.join")
        await world.hub._tell_presence()
        outbox.clear()
        await world.enter("b", world.classroom.ewa)
        await world.hub._tell_presence()
        assert outbox.payloads("presence") == [{"changes": [{"member": world.classroom.ewa, "rooms": []}]}]

    async def test_what_was_decided_in_the_class_of_groups(self, world: World) -> None:
        """Is read without being asked for, where nobody is in the class room; not again and again."""
        room, pupil = world.classroom.hall, await world.classroom.add("pupil")
        await world.enter("a", world.classroom.claire)
        group = {"room": None, "name": "Oder", "members": [pupil]}
        await world.ask("a", 1, "groups.form", room=room, groups=[group])
        live = world.hub._projects[world.classroom.project]
        assert live.class_call_missing() == room
        await world.hub._tell_presence()
        await world.chores()
        assert live.class_call_missing() is None
        await world.hub._tell_presence()
        assert world.hub._chores == set()

    async def test_idle_projects_are_forgotten(self, world: World) -> None:
        """After the grace times, and not before."""
        clock = world.classroom.on.clock
        await world.enter("a", world.classroom.claire)
        await world.leave("a")
        for moment in (0, GRACE, TEACHER_GRACE - GRACE - 1):
            clock.advance(moment)
            await world.hub._tell_presence()
            assert list(world.hub._projects) == [world.classroom.project]
        clock.advance(1)
        await world.hub._tell_presence()
        assert world.hub._projects == {}
        assert world.hub.lookout._revisions == {}
        await world.enter("b", world.classroom.claire)

    async def test_teachers_are_marked(self, world: World) -> None:
        """So that a restart does not send pupils away; a marked project's pupils may write until the time is over."""
        await world.classroom.open(world.classroom.hall)
        await world.enter("pupil", await world.classroom.add("pupil"))
        await world.hub.lookout.mark_teachers()
        assert await world.marks.seen_at(world.classroom.project) is None
        await world.enter("a", world.classroom.claire)
        await world.hub.lookout.mark_teachers()
        clock = world.classroom.on.clock
        assert await world.marks.seen_at(world.classroom.project) == clock()
        restarted = World(world.classroom)
        await restarted.enter("p", await world.classroom.add("pupil"))
        assert restarted.hub._projects[world.classroom.project].teacher_present()
        clock.advance(TEACHER_GRACE)
        assert not restarted.hub._projects[world.classroom.project].teacher_present()

    async def test_goes_on_after_a_failure(self, world: World) -> None:
        """The database is away for a moment; then a bug; then all is well."""
        done = asyncio.Event()
        faults: list[Exception] = [LogUnavailable("away"), ZeroDivisionError("a bug")]

        async def work() -> None:
            if faults:
                raise faults.pop(0)
            done.set()

        with capture_logs() as logs:
            task = asyncio.ensure_future(world.hub._recurring(0, work))
            await done.wait()
            task.cancel()
        assert [entry["event"] for entry in logs] == ["database.unavailable", "work.failed"]

    async def test_ending_the_sessions_of_a_removed_member_fails(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It is logged; the member is out all the same."""

        async def fail(*_arguments: object) -> None:
            raise LogUnavailable("broken by the test")

        member = await world.classroom.add("pupil")
        outbox = await world.enter("a", member)
        await world.enter("teacher", world.classroom.claire)
        monkeypatch.setattr(world.auth, "end_sessions_of_member", fail)
        with capture_logs() as logs:
            await world.ask("teacher", 1, "member.remove", member=member)
            await world.chores()
        assert outbox.is_finished
        assert "database.unavailable" in [entry["event"] for entry in logs]

    async def test_the_votes_of_a_removed_member(self, world: World) -> None:
        """Are deleted at once: nobody waits for the poll to close."""
        hall, project = world.classroom.hall, world.classroom.project
        await world.classroom.open(hall)
        member = await world.classroom.add("pupil")
        await world.enter("a", member)
        await world.enter("teacher", world.classroom.claire)
        await world.ask("teacher", 1, "poll.open", room=hall, question="Ready?", choices=["Yes", "No"])
        (poll,) = world.hub._projects[project].state.lesson.open_polls()
        await world.ask("a", 1, "poll.vote", room=hall, poll=poll.id, choice=0)
        assert await world.classroom.tools.ballots.progress(project, [poll.id]) == {poll.id: 1}
        await world.ask("teacher", 2, "member.remove", member=member)
        await world.chores()
        assert await world.classroom.tools.ballots.progress(project, [poll.id]) == {}


def test_a_hub_without_a_server() -> None:
    """A mistake of the program."""
    hub = Hub.__new__(Hub)
    hub._server = None
    with pytest.raises(RuntimeError):
        hub._attached()
