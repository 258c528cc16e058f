"""What the hub's tests share: outboxes that record, and a class on a real database without any socket."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Callable, Hashable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import msgspec.inspect

from rooms.errors import ErrorCode, Refused
from rooms.messages import Command
from rooms.model import MemberId, ProjectPhase, Role, RoomId, RoomKind
from rooms.presence import Presence
from rooms.stream import Event, StreamName
from rtserver.administration import Administration
from rtserver.auth import Auth
from rtserver.calls.settings import call_settings
from rtserver.calls.switchboard import Switchboard
from rtserver.chat.languages import Languages
from rtserver.chat.read_marks import ReadMarkStore
from rtserver.chat.search import ChatSearch
from rtserver.config import Settings
from rtserver.database import Database
from rtserver.files.uses import FileUses
from rtserver.hub import dialects, dispatch
from rtserver.hub.asked import Asked, Tools
from rtserver.hub.connection import Connection, Identification
from rtserver.hub.limits import HISTORY_RATE, Allowance, Budget, MemberLimits, Rate
from rtserver.hub.live_project import LiveProject
from rtserver.hub.outbox import Lane, Outbox, Outgoing
from rtserver.hub.packets import Codec, Incoming, PacketType
from rtserver.lesson.ballots import Ballots
from rtserver.live_stream import LiveStream
from rtserver.owners import Owners
from rtserver.shapes import NewMember
from rtserver.storage import SqlLog
from rtserver.wire import WireCommand
from tests.contract.support import SqliteBackend
from tests.media_engine import FakeEngine
from tests.rtserver.portal_fixtures import Backend, Clock, opened

GRACE = 10_000
TEACHER_GRACE = 60_000
RECOVERY_EVENTS_MAX = 20

_nonces = itertools.count(1)
_sids = itertools.count(1)


def fresh() -> str:
    """A nonce that was never used."""
    return f"nonce-{next(_nonces):08}"


def command(tag: str, **fields: Any) -> WireCommand:
    """A command by its name; a nonce is made where one is needed."""
    kind = dialects.COMMANDS[tag]
    if "nonce" in kind.__struct_fields__:
        fields.setdefault("nonce", fresh())
    made: Any = msgspec.convert(fields, kind)
    return cast(WireCommand, made)


def packet(tag: str, ack: int | None = 1, **fields: Any) -> Incoming:
    """A command as it comes from a client that speaks JSON."""
    made = command(tag, **fields) if tag in dialects.COMMANDS else None
    raw = msgspec.json.encode(fields if made is None else _fields(made))
    return Incoming(Codec.JSON, PacketType.EVENT, "/", ack, tag, msgspec.Raw(raw))


def _fields(made: Command) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(made)
    fields.pop("command", None)
    return fields


class FakeOutbox:
    """An `Outbox` that records Socket.IO packets."""

    pending: list[bytes] | None = None

    def __init__(self) -> None:
        self.frames: list[tuple[str | bytes, Lane]] = []
        self.sent: list[Outgoing] = []
        """What the frames were made from: the very objects."""
        self.newest_of: list[Hashable] = []
        self.is_finished = False
        self.is_aborted = False
        self._changed = asyncio.Event()

    def send(self, outgoing: Outgoing, lane: Lane, newest_of: Hashable = None) -> None:
        assert not self.is_finished, "sent after the end"
        encoded = outgoing.encode()
        self.sent.append(outgoing)
        self.frames.append((encoded.removeprefix("4") if isinstance(encoded, str) else encoded, lane))
        self.newest_of.append(newest_of)
        self._changed.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Returns when it is so, which is looked at after each frame."""
        while not is_so():
            self._changed.clear()
            await self._changed.wait()

    def forget(self, group: Hashable) -> None:
        pass

    def finish(self) -> None:
        self.is_finished = True

    def abort(self) -> None:
        self.is_aborted = True

    def texts(self) -> list[str]:
        """The frames of a JSON client."""
        return [frame for frame, _ in self.frames if isinstance(frame, str)]

    def pushes(self, *names: str) -> list[tuple[str, Any]]:
        """The events that were sent, all or those of some names: (name, payload)."""
        events = [json.loads(text[1:]) for text in self.texts() if text.startswith("2")]
        return [(name, payload) for name, payload in events if not names or name in names]

    def payloads(self, name: str) -> list[Any]:
        """What the events of one name carried."""
        return [payload for _, payload in self.pushes(name)]

    def acks(self) -> dict[int, Any]:
        """The answers, by ack id."""
        found: dict[int, Any] = {}
        for text in self.texts():
            if text.startswith("3"):
                number, _, body = text[1:].partition("[")
                assert int(number) not in found, "acknowledged twice"
                found[int(number)] = json.loads("[" + body)[0]
        return found

    def clear(self) -> None:
        self.frames.clear()
        self.sent.clear()
        self.newest_of.clear()


def connection_of(
    member: MemberId = "anna",
    outbox: FakeOutbox | None = None,
    *,
    is_staff: bool = False,
    codec: Codec = Codec.JSON,
    project: str = "p1",
    session: str = "s1",
) -> Connection:
    """A connection without a socket."""
    rates = {**dict.fromkeys(Budget, Rate(per_second=1000, burst=1000)), Budget.HISTORY_BYTES: HISTORY_RATE}
    return Connection(
        name=f"sid{next(_sids)}",
        who=Identification(project, member, session, is_staff),
        codec=codec,
        outbox=cast(Outbox, outbox or FakeOutbox()),
        allowance=Allowance(rates, MemberLimits(rates)),
    )


class PacedStore(SqlLog):
    """The real log; reads and lookups of names wait while a test holds them, and fail when it says so."""

    fault: Exception | None = None

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._free = asyncio.Event()
        self._free.set()
        self._arrived = asyncio.Event()

    def pause(self) -> None:
        """From now on reads wait."""
        self._free.clear()
        self._arrived.clear()

    async def arrival(self) -> None:
        """Returns when a read waits."""
        await self._arrived.wait()

    def resume(self) -> None:
        self._free.set()

    async def _gate(self) -> None:
        self._arrived.set()
        await self._free.wait()
        if self.fault is not None:
            raise self.fault

    async def read(self, stream: StreamName, after: int, limit: int, bytes_max: int | None = None) -> list[Event]:
        await self._gate()
        return await super().read(stream, after, limit, bytes_max)

    async def tail(self, stream: StreamName, after: int, limit: int) -> Any:
        await self._gate()
        return await super().tail(stream, after, limit)

    async def identities(self, members: Any) -> Any:
        await self._gate()
        return await super().identities(members)

    async def messages(self, stream: StreamName, before: int, limit: int, after: int | None = None) -> Any:
        await self._gate()
        return await super().messages(stream, before, limit, after)


class Watched(Asked, frozen=True, kw_only=True):
    """A command whose outcome the test gets as it is, not as an ack."""

    answered: Callable[[object], None]

    def answer(self, outcome: object) -> None:
        self.answered(outcome)


class Seat:
    """A member on a device: a connection and what it was sent."""

    def __init__(self, classroom: "Classroom", member: MemberId, outbox: FakeOutbox, connection: Connection) -> None:
        self.classroom = classroom
        self.member = member
        self.outbox = outbox
        self.connection = connection

    def begin(self, asked: WireCommand) -> "asyncio.Future[Any]":
        """Send a command; the future is its outcome, also when that is a refusal."""
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[Any] = loop.create_future()
        room = self.classroom
        taking = dispatch.handle(
            Watched(room.tools, room.live, self.connection, None, answered=answered.set_result), asked
        )
        if taking is not None:
            task = loop.create_task(taking)
            room.tasks.append(task)
        return answered

    async def ask(self, tag: str, **fields: Any) -> Any:
        """The result of a command, or its `Refused`."""
        return await self.begin(command(tag, **fields))

    async def refusal(self, tag: str, **fields: Any) -> ErrorCode:
        """The code with which a command is refused."""
        outcome = await self.ask(tag, **fields)
        assert isinstance(outcome, Refused), outcome
        return outcome.code

    async def join(self, *rooms: RoomId) -> None:
        """Follow the project and some rooms."""
        await self.ask("project.join")
        for room in rooms:
            outcome = await self.ask("room.join", room=room)
            assert not isinstance(outcome, Refused), outcome
        self.outbox.clear()


class Classroom:
    """A French and a Polish class in an active project, its owners over a real database, nobody connected yet."""

    def __init__(self, on: Backend, store: PacedStore, live: LiveProject, tools: Tools, engine: FakeEngine) -> None:
        self.on = on
        self.store = store
        self.live = live
        self.tools = tools
        self.engine = engine
        self.tasks: list[asyncio.Task[None]] = []
        self.project = live.state.id
        rooms = {room.kind: room.id for room in live.state.rooms.values()}
        self.hall, self.staff_room = rooms[RoomKind.CLASS_ROOM], rooms[RoomKind.STAFF_ROOM]
        self.claire, self.ewa = live.state.members
        self.french, self.polish = live.state.classes

    def committed(self, stream: StreamName, events: list[Event]) -> None:
        """As the hub routes it."""
        kind, _, identifier = stream.partition(":")
        if kind == "room":
            self.live.tell_room(identifier, events)
        elif kind == "call":
            self.live.call_decided(identifier)
        elif kind == "board":
            self.live.boards.tell(identifier, events)
        else:
            self.live.tell_project(events)

    def reset(self, stream: StreamName) -> None:
        raise AssertionError(f"{stream} was reset")

    async def add(self, role: str, class_id: str | None = None) -> MemberId:
        """A new member of the French class, unless it is said otherwise."""
        in_class = None if role == "visitor" else class_id or self.french
        new = NewMember(Role(role), f"{role} (roster)", f"{role} (alias)", in_class)
        return (await self.on.administration.add_member(self.project, new)).id

    async def open(self, room: RoomId, is_open: bool = True) -> None:
        await self.on.administration.set_room_open(self.project, room, is_open)

    async def set_phase(self, phase: str) -> None:
        await self.on.administration.set_phase(self.project, ProjectPhase(phase))

    def sit(self, member: MemberId, session: str = "s1") -> Seat:
        """A device of a member is connected, as the hub registers it."""
        outbox = FakeOutbox()
        is_staff = self.live.member(member).is_staff
        connection = connection_of(member, outbox, is_staff=is_staff, project=self.project, session=session)
        self.live.connections[connection.id] = connection
        self.live.presence.connect(connection.id, member, is_staff)
        return Seat(self, member, outbox, connection)

    async def chat(self, seat: Seat, count: int, room: RoomId | None = None) -> None:
        """Post some messages, at once."""
        posts = [seat.ask("chat.post", room=room or self.hall, text=f"message {number}") for number in range(count)]
        for outcome in await asyncio.gather(*posts):
            assert not isinstance(outcome, Refused), outcome

    async def system(self, decide: Callable[[Any], Any]) -> None:
        await self.live.stream.submit("system", fresh(), decide)

    async def finished(self) -> None:
        """Returns when the coroutines of all commands are over."""
        await asyncio.gather(*self.tasks)


@asynccontextmanager
async def _backend(folder: Path, **settings: object) -> AsyncIterator[tuple[Backend, PacedStore]]:
    """As the portal's, over a log that a test can slow down, on a database that is migrated already."""
    clock = Clock()
    chosen = Settings(data=folder, **settings)  # type: ignore[arg-type]
    database = await Database.open(chosen.database)
    store = PacedStore(database)
    owners = Owners(store, store, clock)
    auth = Auth(database, chosen, clock)
    try:
        yield Backend(chosen, clock, database, owners, auth, Administration(database, owners, auth, clock)), store
    finally:
        store.resume()
        await owners.close()
        await store.close()
        await database.close()


def make_template(folder: Path) -> Path:
    """A database with one active project: opening one takes longer than most tests."""

    async def make() -> None:
        async with _backend(folder) as (on, _):
            await on.administration.set_phase((await opened(on)).id, ProjectPhase.ACTIVE)

    made = SqliteBackend(folder, SqliteBackend.make_template(folder))
    asyncio.run(make())
    return made.file


@asynccontextmanager
async def open_classroom(folder: Path, template: Path, **settings: object) -> AsyncIterator[Classroom]:
    """A classroom in a folder of its own, on a copy of what `make_template` made."""
    SqliteBackend(folder, template)
    async with _backend(folder, **settings) as (on, store):
        (project,) = (await on.administration.projects()).projects
        stream = await on.owners.project(project.id)
        live = LiveProject(stream, Presence(GRACE, TEACHER_GRACE), on.clock)
        engine = FakeEngine()
        switchboard = Switchboard(call_settings(on.settings), engine, on.clock)
        await switchboard.start()
        chat = (ChatSearch(on.database), ReadMarkStore(on.database, on.clock), Languages())
        kept = (*chat, Ballots(on.database), FileUses(on.database))
        tools = Tools(on.owners, store, store, on.auth, on.clock, RECOVERY_EVENTS_MAX, switchboard, *kept)
        classroom = Classroom(on, store, live, tools, engine)
        yield classroom
        store.resume()
        await classroom.finished()
        await switchboard.stop()


async def settle(live: LiveStream[Any]) -> None:
    """Returns when everything that the stream was asked or nudged to do before is done."""

    def decide(_state: object) -> Any:
        raise Refused(ErrorCode.INVALID)

    for _ in range(2):
        try:
            await live.submit("nobody", "nonce-of-nobody", decide)
        except Refused:
            continue


TEXTS = ("text", "nonce-0001", "FR", "f", "0" * 64)
"""Of these at least one fits each field of the protocol."""


def examples(kind: Any) -> list[Any]:
    """Values of a type of the protocol, as they travel: together they take every branch of every union in it."""
    return _examples(msgspec.inspect.type_info(kind))


def _examples(info: Any) -> list[Any]:
    match info:
        case msgspec.inspect.Metadata(type=inner):
            return _examples(inner)
        case msgspec.inspect.StructType(fields=fields, tag_field=tag_field, tag=tag):
            tagged = {} if tag_field is None else {tag_field: tag}
            given = {field.encode_name: _examples(field.type) for field in fields}
            count = max((len(values) for values in given.values()), default=1)
            full = [tagged | {name: values[at % len(values)] for name, values in given.items()} for at in range(count)]
            required = {field.encode_name for field in fields if field.required} | set(tagged)
            return [*full, {name: value for name, value in full[0].items() if name in required}]
        case msgspec.inspect.UnionType(types=parts):
            return [value for part in parts for value in _examples(part)]
        case msgspec.inspect.EnumType(cls=enum):
            return [member.value for member in enum]
        case msgspec.inspect.VarTupleType(item_type=item, min_length=least) if least is not None:
            return [_examples(item) * least]
        case msgspec.inspect.VarTupleType(item_type=item) | msgspec.inspect.FrozenSetType(item_type=item):
            return [_examples(item)]
        case msgspec.inspect.DictType(value_type=item):
            return [{f"key{at}": value for at, value in enumerate(_examples(item))}]
        case msgspec.inspect.StrType():
            return [next(text for text in TEXTS if _fits(text, info))]
        case msgspec.inspect.IntType(ge=least):
            return [1 if least is None else least]
        case msgspec.inspect.LiteralType(values=values):
            return list(values)
        case msgspec.inspect.FloatType():
            return [0.5]
        case msgspec.inspect.BytesType():
            return ["AQI="]
        case msgspec.inspect.TupleType(item_types=items):
            return [[_examples(item)[0] for item in items]]
        case msgspec.inspect.AnyType():
            return ["anything"]
        case msgspec.inspect.BoolType():
            return [True, False]
        case msgspec.inspect.NoneType():
            return [None]
        case _:
            raise TypeError(f"no example of {info!r}")


def _fits(text: str, info: Any) -> bool:
    meta = msgspec.Meta(pattern=info.pattern, min_length=info.min_length, max_length=info.max_length)
    try:
        msgspec.convert(text, Annotated[str, meta])
    except msgspec.ValidationError:
        return False
    return True
