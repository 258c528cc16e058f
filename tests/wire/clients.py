"""One small client interface over two libraries: npm's socket.io-client in Node, and python-socketio's client.

A client keeps a journal of everything that reached it, in order, and a `View` of each room that it joined, which
notices every gap and every doubled event by itself.
"""

import asyncio
import itertools
import json
import os
import subprocess
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp
import socketio
from engineio.payload import Payload

from hatch_build import node
from tests.wire.server import ROOT, speak

PROTOCOL_VERSION = 3

WITHIN = 30.0
"""Seconds in which whatever a test waits for has to happen, on a busy machine."""

POSTED_WITHIN = 10.0
"""Seconds for what a client still has to post when it disconnects; a server that is gone takes nothing."""

HERE = Path(__file__).parent

# Python's client gives up on a poll with more packets than this; the server sends a poll whatever waits.
Payload.max_decode_packets = 10_000

Found = TypeVar("Found")


@dataclass(frozen=True)
class Kind:
    """Which library a client is of, over which transports, with which parser."""

    library: str
    transports: tuple[str, ...]
    parser: str

    def __str__(self) -> str:
        how = "upgrade" if len(self.transports) == 2 else self.transports[0]
        return f"{self.library}-{how}-{self.parser}"

    @property
    def upgrades(self) -> bool:
        """Whether it begins with polling and goes on with a WebSocket."""
        return len(self.transports) == 2


WEBSOCKET, POLLING, UPGRADE = ("websocket",), ("polling",), ("polling", "websocket")

KINDS = (
    *(
        Kind("npm", transports, parser)
        for transports in (WEBSOCKET, POLLING, UPGRADE)
        for parser in ("msgpack", "json")
    ),
    Kind("python", WEBSOCKET, "json"),
    Kind("python", POLLING, "json"),
)
NPM_WEBSOCKET, PYTHON_WEBSOCKET, PYTHON_POLLING = KINDS[0], KINDS[6], KINDS[7]
NPM_POLLING = KINDS[2]


class CommandRefused(Exception):
    """A command was answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(f"{error['code']}: {error['message']}")
        self.code: str = error["code"]
        self.retry: bool = error["retry"]


class ConnectRefused(Exception):
    """The server did not let a client in."""

    def __init__(self, entry: "Entry") -> None:
        super().__init__(f"{entry.name}: {entry.value}")
        self.code = entry.name


@dataclass(frozen=True)
class Entry:
    """Something that reached a client: kind is connected, disconnected, refused, upgraded, push or ack.

    `name` is the push's name, the reason of a disconnect, or the code of a refusal; `value` the payload or answer.
    """

    kind: str
    name: str = ""
    value: Any = None


def react(reactions: list[dict[str, Any]], reaction: str, member: str, on: bool) -> None:
    """Put a member to a reaction, or take them away."""
    group = next((each for each in reactions if each["reaction"] == reaction), None)
    if group is None:
        group = {"reaction": reaction, "members": []}
        reactions.append(group)
    group["members"] = [*group["members"], member] if on else [one for one in group["members"] if one != member]
    if not group["members"]:
        reactions.remove(group)


@dataclass
class View:
    """What a client knows of a stream, as the events led to it. A gap or a doubled event is noted as a violation."""

    stream: str
    position: dict[str, Any] | None = None
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    applied: list[dict[str, Any]] = field(default_factory=list)
    starts: list[tuple[Any, Any]] = field(default_factory=list)
    """For each snapshot: where the client stood, and where the snapshot stands."""
    violations: list[str] = field(default_factory=list)

    def joined(self, answer: dict[str, Any]) -> None:
        """Start from the answer of a join."""
        if answer["snapshot"] is not None:
            self.starts.append((self.position, answer["position"]))
            self.position = answer["position"]
            if "messages" in answer["snapshot"]:
                self.messages = {message["id"]: message for message in answer["snapshot"]["messages"]}
            return
        for event in answer["events"]:
            self.apply(event)
        if self.position != answer["position"]:
            self.violations.append(f"{self.stream}: at {self.position} instead of {answer['position']} after a join")

    def apply(self, event: dict[str, Any]) -> None:
        """Apply the next event."""
        if self.position is None or event["seq"] != self.position["seq"] + 1:
            self.violations.append(f"{self.stream}: event {event['seq']} at {self.position}")
            return
        self.position = {**self.position, "seq": event["seq"]}
        self.applied.append(event)
        body = event["body"]
        match body["kind"]:
            case "chat.posted":
                self.messages[event["seq"]] = {
                    "id": event["seq"],
                    "at": event["at"],
                    "actor": event["actor"],
                    "text": body["text"],
                    "nonce": event["nonce"],
                    "edited_at": None,
                    "deleted": False,
                    "reply": body.get("reply"),
                    "mentions": body.get("mentions", []),
                    "language": body.get("language"),
                    "reactions": [],
                    "pinned": False,
                    "files": body.get("files", []),
                }
            case "chat.edited" if body["message"] in self.messages:
                said = {"mentions": body.get("mentions", []), "language": body.get("language")}
                self.messages[body["message"]] |= {"text": body["text"], "edited_at": event["at"], **said}
            case "chat.deleted" if body["message"] in self.messages:
                nothing: dict[str, Any] = {"mentions": [], "language": None, "reactions": [], "files": []}
                nothing["pinned"] = False
                self.messages[body["message"]] |= {"text": "", "deleted": True, **nothing}
            case "chat.reacted" if body["message"] in self.messages:
                react(self.messages[body["message"]]["reactions"], body["reaction"], event["actor"], body["on"])
            case "chat.pinned" if body["message"] in self.messages:
                self.messages[body["message"]]["pinned"] = body["pinned"]
            case "chat.language_set" if body["message"] in self.messages:
                self.messages[body["message"]]["language"] = body["language"]

    @property
    def seq(self) -> int:
        """The last event that was applied."""
        return 0 if self.position is None else int(self.position["seq"])

    @property
    def texts(self) -> list[str]:
        """What stands in the room, oldest first."""
        return [self.messages[seq]["text"] for seq in sorted(self.messages)]


class Client(ABC):
    """A socket of a member. Made by `Classroom.enter` or `Entrance.open`."""

    def __init__(
        self,
        url: str,
        project: str,
        auth: Any,
        kind: Kind,
        headers: dict[str, str] | None = None,
        reconnect: bool = True,
        upgrade_at_once: bool = True,
    ) -> None:
        """`reconnect`: come back by itself when the transport goes. `upgrade_at_once`: not only when told to."""
        self.kind = kind
        self.project = project
        self.journal: list[Entry] = []
        self.views: dict[str, View] = {}
        self.is_connected = False
        self.on_connected: Callable[[], None] | None = None
        self.keeps_unsent = True
        """Whether the library keeps what is sent while there is no connection."""
        self._url = url
        self._auth = auth
        self._headers = headers or {}
        self._reconnect = reconnect
        self._upgrade_at_once = upgrade_at_once
        self._acks: dict[int, asyncio.Future[Any]] = {}
        self._on_answer: dict[int, Callable[[Any], None]] = {}
        self._numbers = itertools.count(1)
        self._changes: set[asyncio.Future[None]] = set()

    # --- What the libraries do ---

    @abstractmethod
    def open(self) -> None:
        """Begin to connect; the journal tells how it went."""

    @abstractmethod
    def drop(self) -> None:
        """Lose the transport abruptly; the library (or this class in its place) comes back by itself."""

    @abstractmethod
    def offline(self) -> None:
        """Disconnect, and stay away until `online`. What is sent meanwhile waits."""

    @abstractmethod
    def online(self, auth: dict[str, Any] | None = None) -> None:
        """Come back, with the session unless `auth` is given."""

    @abstractmethod
    def emit(self, name: str, arguments: list[Any], ack: int | None) -> None:
        """Send an event, asking for the ack of that number."""

    @abstractmethod
    async def close(self) -> None:
        """End for good."""

    # --- Commands ---

    def send(
        self, command: str, fields: dict[str, Any] | None = None, on_answer: Callable[[Any], None] | None = None
    ) -> asyncio.Future[Any]:
        """Send a command without waiting; the future is its ack, `{"ok": ...}` or `{"error": ...}`."""
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._acks[number] = future
        if on_answer is not None:
            self._on_answer[number] = on_answer
        for text in ("text",):
            if fields is not None and isinstance(fields.get(text), str):
                speak(fields[text])
        self.emit(command, [] if fields is None else [fields], number)
        return future

    async def call(self, command: str, /, **fields: Any) -> Any:
        """Send a command and wait for its result. Raises `CommandRefused`."""
        return _result(await asyncio.wait_for(self.send(command, fields), WITHIN))

    async def refusal(self, command: str, /, **fields: Any) -> str:
        """Send a command that must be refused; the code."""
        answer = await asyncio.wait_for(self.send(command, fields), WITHIN)
        assert "error" in answer, f"{command} was not refused: {answer}"
        assert set(answer["error"]) == {"code", "message", "retry"}
        return str(answer["error"]["code"])

    async def join_project(self, position: dict[str, Any] | None = None) -> dict[str, Any]:
        """Follow the project."""
        return await self._join("project.join", f"project:{self.project}", {}, position)

    async def join(self, room: str, position: dict[str, Any] | None = None) -> dict[str, Any]:
        """Enter a room, from `position` or anew."""
        return await self._join("room.join", f"room:{room}", {"room": room}, position)

    async def resume(self, room: str) -> dict[str, Any]:
        """Enter a room again from where this client stands."""
        return await self.join(room, self.view(room).position)

    async def _join(
        self, command: str, stream: str, fields: dict[str, Any], position: dict[str, Any] | None
    ) -> dict[str, Any]:
        answer = await asyncio.wait_for(self.send_join(command, stream, fields, position), WITHIN)
        result: dict[str, Any] = _result(answer)
        return result

    def send_join(
        self, command: str, stream: str, fields: dict[str, Any], position: dict[str, Any] | None
    ) -> asyncio.Future[Any]:
        """As `join`, without waiting."""
        view = self.views.setdefault(stream, View(stream))

        def joined(answer: Any) -> None:
            if "ok" in answer:
                view.joined(answer["ok"])

        asked = fields if position is None else {**fields, "position": position}
        return self.send(command, asked, joined)

    def view(self, room: str) -> View:
        """What this client knows of a room that it joined."""
        return self.views[f"room:{room}"]

    # --- Waiting ---

    async def until(self, condition: Callable[[], Found | None], what: str, within: float = WITHIN) -> Found:
        """Wait until `condition` gives something true, looking again whenever something reached this client."""
        try:
            async with asyncio.timeout(within):
                while not (found := condition()):
                    self.check()
                    await self.change()
        except TimeoutError:
            latest = "\n".join(str(entry)[:300] for entry in self.journal[-12:])
            raise AssertionError(f"{self.kind} waited in vain for {what}; its last entries:\n{latest}") from None
        self.check()
        return found

    def change(self) -> asyncio.Future[None]:
        """Is done when something has reached this client."""
        change: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._changes.add(change)
        return change

    async def connected(self, times: int = 1) -> None:
        """Wait until it was let in for the `times`-th time. Raises `ConnectRefused`."""

        def is_in() -> bool:
            if len(self.entries("connected")) >= times:
                return True
            refused = [entry for entry in self.entries("refused") if entry.value["final"]]
            if refused:
                raise ConnectRefused(refused[-1])
            return False

        await self.until(is_in, f"connection {times}")

    async def refused(self) -> Entry:
        """Wait until it was refused for good, or could not reach anybody."""
        return await self.until(lambda: next(iter(self.entries("refused")), None), "a refusal")

    async def disconnected(self, times: int = 1, within: float = WITHIN) -> Entry:
        """Wait until the connection went for the `times`-th time."""
        entries = await self.until(
            lambda: found if len(found := self.entries("disconnected")) >= times else None, "the disconnect", within
        )
        return entries[times - 1]

    async def push(
        self, name: str, matching: Callable[[Any], bool] = lambda _: True, within: float = WITHIN, after: int = 0
    ) -> Any:
        """Wait for a push, behind entry `after` of the journal; its payload."""
        return (
            await self.until(
                lambda: next((e for e in self.journal[after:] if _is_push(e, name) and matching(e.value)), None),
                f"a {name}",
                within,
            )
        ).value

    async def reached(self, room: str, seq: int, within: float = WITHIN) -> View:
        """Wait until the view of a room has reached an event."""
        view = self.view(room)
        await self.until(lambda: view.seq >= seq, f"event {seq} of {view.stream}", within)
        return view

    def entries(self, kind: str) -> list[Entry]:
        """The journal's entries of one kind."""
        return [entry for entry in self.journal if entry.kind == kind]

    def pushes(self, name: str) -> list[Any]:
        """The payloads of all pushes of one name."""
        return [entry.value for entry in self.journal if _is_push(entry, name)]

    @property
    def session(self) -> str | None:
        """The token of the session, once it was granted."""
        return self._auth.get("session") if isinstance(self._auth, dict) else None

    def check(self) -> None:
        """Fail when a view has seen a gap or a doubled event."""
        violations = [violation for view in self.views.values() for violation in view.violations]
        assert not violations, f"{self.kind}: {violations}"

    # --- What the libraries report ---

    def _heard(self, entry: Entry) -> None:
        self.journal.append(entry)
        match entry.kind:
            case "connected":
                self.is_connected = True
                if self.on_connected is not None:
                    self.on_connected()
            case "disconnected":
                self.is_connected = False
            case "push" if entry.name == "session":
                self._auth = {"version": self._auth["version"], "session": speak(entry.value["session"])}
            case "push" if entry.name == "event":
                view = self.views.get(entry.value["stream"])
                if view is not None:
                    view.apply(entry.value)
        self._wake()

    def _answered(self, number: int, answer: Any) -> None:
        self.journal.append(Entry("ack", str(number), answer))
        on_answer = self._on_answer.pop(number, None)
        if on_answer is not None:
            on_answer(answer)
        future = self._acks.pop(number)
        if not future.done():
            future.set_result(answer)
        self._wake()

    def _wake(self) -> None:
        for change in self._changes:
            if not change.done():
                change.set_result(None)
        self._changes.clear()


def _is_push(entry: Entry, name: str) -> bool:
    return entry.kind == "push" and entry.name == name


def _result(answer: dict[str, Any]) -> Any:
    if "error" in answer:
        raise CommandRefused(answer["error"])
    return answer["ok"]


# --- npm ---


class NpmDriver:
    """The Node process that holds the npm clients, and the thread that reads what it says."""

    def __init__(self, authority: Path | None = None) -> None:
        """`authority`: a certificate that the clients trust besides the usual ones."""
        assert (ROOT / "web/node_modules/socket.io-client").is_dir(), "the page's packages are missing: `make web`"
        command = [str(node()), str(HERE / "npm_client.mjs")]
        trusted = {} if authority is None else {"NODE_EXTRA_CA_CERTS": str(authority)}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **trusted}
        )
        self._clients: dict[int, tuple[asyncio.AbstractEventLoop, Callable[[dict[str, Any]], None]]] = {}
        self._numbers = itertools.count(1)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def register(self, heard: Callable[[dict[str, Any]], None]) -> int:
        """A number for a client that is told, on the running loop, what happens to it."""
        number = next(self._numbers)
        self._clients[number] = (asyncio.get_running_loop(), heard)
        return number

    def forget(self, number: int) -> None:
        """Tell that client nothing more."""
        self._clients.pop(number, None)

    def tell(self, **command: Any) -> None:
        """Give a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._thread.join(timeout=10)
        self._process.stdout.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            known = self._clients.get(message["id"])
            if known is not None:
                loop, heard = known
                if not loop.is_closed():
                    loop.call_soon_threadsafe(heard, message)


class NpmClient(Client):
    """The official client of npm."""

    def __init__(self, driver: NpmDriver, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._driver = driver
        self._closed = asyncio.Event()
        self._number = driver.register(self._told)

    def open(self) -> None:
        self._driver.tell(
            op="open",
            id=self._number,
            url=self._url,
            query={"project": self.project},
            auth=self._auth,
            transports=self.kind.transports,
            parser=self.kind.parser,
            headers=self._headers,
            reconnect=self._reconnect,
            upgrade=self._upgrade_at_once,
        )

    def upgrade(self) -> None:
        """Begin to change from polling to a WebSocket."""
        self._driver.tell(op="upgrade", id=self._number)

    def drop(self) -> None:
        self._driver.tell(op="drop", id=self._number)

    def offline(self) -> None:
        self._driver.tell(op="offline", id=self._number)

    def online(self, auth: dict[str, Any] | None = None) -> None:
        self._driver.tell(op="online", id=self._number, auth=auth)

    def emit(self, name: str, arguments: list[Any], ack: int | None) -> None:
        on = None if self.keeps_unsent else len(self.entries("connected"))
        self._driver.tell(op="emit", id=self._number, name=name, args=arguments, ack=ack, on=on)

    async def close(self) -> None:
        self._driver.tell(op="close", id=self._number)
        await asyncio.wait_for(self._closed.wait(), WITHIN)
        self._driver.forget(self._number)

    def _told(self, message: dict[str, Any]) -> None:
        match message["kind"]:
            case "ack":
                self._answered(message["ack"], message["answer"][0])
            case "push":
                self._heard(Entry("push", message["name"], message["args"][0] if message["args"] else None))
            case "connected":
                self._heard(Entry("connected", message["transport"]))
            case "disconnected":
                self._heard(Entry("disconnected", message["reason"]))
            case "refused":
                self._heard(Entry("refused", message["code"], message))
            case "upgraded":
                self._heard(Entry("upgraded", message["transport"]))
            case "upgrade_failed":
                self._heard(Entry("upgrade_failed", message["reason"]))
            case "closed":
                self._closed.set()
            case unexpected:
                raise AssertionError(f"the npm client says {unexpected}: {message}")


# --- Python ---

RECONNECT_DELAY = 0.05
"""Seconds between two attempts to come back."""


class PythonClient(Client):
    """python-socketio's client; a fresh one for each connection, so that a dropped transport leaves nothing behind."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._library: Any = None
        self._let_in: Any = None
        self._http: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._waiting: list[tuple[str, list[Any], int | None]] = []
        self._wants_to_be_online = True
        self._emits: set[asyncio.Task[None]] = set()
        self._old: list[aiohttp.ClientSession] = []

    def open(self) -> None:
        self._wants_to_be_online = True
        self._task = asyncio.get_running_loop().create_task(self._connect())

    def drop(self) -> None:
        self._background(self._cut())

    def offline(self) -> None:
        self._wants_to_be_online = False
        self._background(self._library.disconnect())

    def online(self, auth: dict[str, Any] | None = None) -> None:
        if auth is not None:
            self._auth = auth
        self.open()

    def emit(self, name: str, arguments: list[Any], ack: int | None) -> None:
        if self.is_connected:
            self._emit(name, arguments, ack)
        elif self.keeps_unsent:
            self._waiting.append((name, arguments, ack))

    async def close(self) -> None:
        self._wants_to_be_online = False
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._library is not None:
            await self._posted()
            await self._library.disconnect()
            await _settled(self._library)
        await asyncio.gather(*self._emits, return_exceptions=True)
        for http in (*self._old, self._http):
            if http is not None:
                await http.close()

    # --- Inside ---

    async def _posted(self) -> None:
        """Wait until what waits to be posted is: told to disconnect during a POST, the library forgets to say so, and
        waits for the answer to its poll, which comes with the next ping."""
        engine = self._library.eio
        if self.kind.transports == POLLING and engine.state == "connected":
            with suppress(TimeoutError):
                await asyncio.wait_for(engine.queue.join(), POSTED_WITHIN)

    def _background(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._emits.add(task)
        task.add_done_callback(self._emits.discard)

    def _emit(self, name: str, arguments: list[Any], ack: int | None) -> None:
        # A tuple is sent as several arguments. The tasks start in the order in which they were made.
        callback = None if ack is None else lambda *answer: self._answered(ack, answer[0])
        self._background(self._library.emit(name, tuple(arguments), callback=callback))

    async def _cut(self) -> None:
        engine = self._library.eio
        if self.kind.transports == POLLING:
            # Between two polls there is no request that could fail: the library would go on with a session of its own.
            engine._send_request = _no_line
            await self._http.close() if self._http is not None else None
        else:
            engine.ws._conn.transport.abort()

    async def _connect(self) -> None:
        while True:
            refusal = await self._attempt()
            if refusal is None:
                return
            self._heard(refusal)
            if refusal.value["final"] or not (self._reconnect and self._wants_to_be_online):
                return
            await asyncio.sleep(RECONNECT_DELAY)

    async def _attempt(self) -> Entry | None:
        if self._http is not None:
            self._old.append(self._http)
        self._http = aiohttp.ClientSession()
        library = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=self._http)
        self._library = library
        errors: list[Any] = []
        library.on("connect", lambda: self._connected(library))
        library.on("disconnect", lambda reason: self._disconnected(library, reason))
        library.on("connect_error", errors.append)
        library.on("*", lambda name, *arguments: self._heard(Entry("push", name, arguments[0] if arguments else None)))
        url = f"{self._url}/?{urlencode({'project': self.project})}"
        try:
            await library.connect(
                url,
                auth=self._auth,
                headers=dict(self._headers),
                transports=list(self.kind.transports),
                wait=False,
            )
        except socketio.exceptions.ConnectionError as error:
            await _settled(library)
            body = json.dumps(errors[0]) if errors and isinstance(errors[0], dict) else None
            return Entry("refused", str(error), {"data": None, "body": body, "final": False})
        # The library itself would not notice that the transport ends before it is let in.
        answered = asyncio.ensure_future(library._connect_event.wait())
        await asyncio.wait((answered, library.eio.read_loop_task), timeout=WITHIN, return_when=asyncio.FIRST_COMPLETED)
        answered.cancel()
        if self._let_in is library:
            return None
        await library.disconnect()
        await _settled(library)
        if errors:
            return Entry("refused", errors[0]["message"], {"data": errors[0]["data"], "body": None, "final": True})
        return Entry("refused", "the transport ended", {"data": None, "body": None, "final": False})

    def _connected(self, library: Any) -> None:
        if library is not self._library:
            return
        self._let_in = library
        self._heard(Entry("connected", self.kind.transports[0]))
        waiting, self._waiting = self._waiting, []
        for item in waiting:
            self._emit(*item)

    def _disconnected(self, library: Any, reason: str) -> None:
        if library is not self._library:
            return
        self._heard(Entry("disconnected", reason))
        # An Engine.IO CLOSE looks like a Socket.IO DISCONNECT to this library; only after a bye one stays away.
        if self._reconnect and self._wants_to_be_online and not self.pushes("bye"):
            self._task = asyncio.get_running_loop().create_task(self._connect())


async def _no_line(*_arguments: Any, **_options: Any) -> str:
    """In place of a request of engineio's client: why it failed."""
    return "the line is cut"


async def _settled(library: Any) -> None:
    """Wait until the tasks of a client that has ended have ended too."""
    tasks = [task for task in (library.eio.read_loop_task, library.eio.write_loop_task) if task is not None]
    if tasks:
        await asyncio.wait(tasks, timeout=WITHIN)


def everywhere(clients: Iterable[Client], room: str, seq: int) -> Any:
    """Wait until all clients have reached an event of a room."""
    return asyncio.gather(*(client.reached(room, seq) for client in clients))
