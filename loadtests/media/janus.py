"""Janus (the Debian package) with its videoroom plugin: a forwarding server in C, as it is shipped.

Its configuration is what it is shipped with, but for plugins and transports that nobody needs here: they are not
loaded. It is asked over a Unix socket (https://janus.conf.meetecho.com/docs/rest, "Unix Sockets").
"""

import json
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from loadtests.machine import on_core
from loadtests.media import descriptions, processes
from loadtests.media.descriptions import Section
from loadtests.media.engine import JANUS, SOUNDS_MAX, Load, NotInstalled, Seat
from loadtests.media.stage import Cpu
from loadtests.media.transport import Transport
from loadtests.problem import Problem
from loadtests.server import LOOK_INTERVAL, START_DEADLINE, STOP_DEADLINE

AUDIO_MID, VIDEO_MID = "0", "1"
"""Of the tracks of every publisher."""

PLUGIN = "janus.plugin.videoroom"
SOCKET_FILE = "api"
LOG_FILE = "janus.log"
LOG_CHARACTERS_SHOWN = 800

START_TRIES = 6
"""Now and then Janus 1.1.2 ends at once: its socket's thread looks whether it may run before it is told so."""

MESSAGE_BYTES_MAX = 1 << 20
"""Of one answer: a description of some hundred tracks."""

ANSWER_DEADLINE = 10.0
"""Seconds for one request."""

UNUSED_TRANSPORTS = ("http", "websockets", "rabbitmq", "mqtt", "nanomsg")
UNUSED_PLUGINS = (
    "audiobridge", "duktape", "echotest", "lua", "nosip", "recordplay", "sip", "streaming", "textroom", "videocall",
    "voicemail",
)  # fmt: skip

CONFIGURATION = """
general: {{
    configs_folder = "{folder}"
    session_timeout = 0
}}
media: {{ ipv6 = false }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
events: {{ broadcast = false }}
"""

SOCKET_CONFIGURATION = """
general: {{
    enabled = true
    json = "compact"
    path = "{path}"
    type = "SOCK_SEQPACKET"
}}
admin: {{ admin_enabled = false }}
"""


class Janus:
    """One Janus, with a room for each call."""

    name = JANUS
    is_numbered = True

    def __init__(self, core: int | None) -> None:
        self.version = ""
        self._core = core
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._api: Api | None = None
        self._load = Load(0, 0)
        self._feeds: dict[int, list[int]] = {}
        self._publishing: list[int] = []

    def start(self, load: Load) -> None:
        """See `Engine`."""
        command = shutil.which("janus")
        if command is None:
            raise NotInstalled("Janus is not installed: `apt-get install janus` (Debian, Ubuntu) brings it.")
        self._load = load
        self._feeds, self._publishing = {call: [] for call in range(load.calls)}, []
        self._folder = tempfile.TemporaryDirectory(prefix="loadtests-janus-")
        folder = Path(self._folder.name)
        _configure(folder)
        said = subprocess.run([command, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
        self.version = version_in(said.stdout)
        self._api = self._begin(command, folder)
        for call in range(load.calls):
            handle = self._api.attach()
            self._api.ask(
                handle,
                {
                    "request": "create",
                    "room": _room(call),
                    "publishers": load.publishers,
                    "audiocodec": "opus",
                    "videocodec": "vp8",
                    "bitrate": 0,
                    "notify_joining": False,
                },
            )

    def publish(self, seat: Seat, transport: Transport, ssrcs: tuple[int, int], now: float) -> None:
        """See `Engine`."""
        api = self._asked
        sections = (Section(AUDIO_MID, is_video=False, ssrc=ssrcs[0]), Section(VIDEO_MID, is_video=True, ssrc=ssrcs[1]))
        handle = api.attach()
        joined, _ = api.ask(handle, {"request": "join", "ptype": "publisher", "room": _room(seat.call)})
        self._feeds[seat.call].append(joined["id"])
        self._publishing.append(handle)
        offer = {"type": "offer", "sdp": descriptions.offer(transport, sections)}
        _, answer = api.ask(handle, {"request": "publish"}, offer)
        transport.begin(descriptions.remote(answer), now)

    def subscribe(self, seat: Seat, transport: Transport, now: float) -> None:
        """See `Engine`: here the server offers."""
        api = self._asked
        api.wait_until_up(self._publishing)
        handle = api.attach()
        feeds = self._feeds[seat.call]
        streams = [{"feed": feed, "mid": VIDEO_MID} for feed in feeds]
        streams += [{"feed": feed, "mid": AUDIO_MID} for feed in feeds[:SOUNDS_MAX]]
        request = {"request": "join", "ptype": "subscriber", "room": _room(seat.call), "streams": streams}
        _, offered = api.ask(handle, request)
        answer = {"type": "answer", "sdp": descriptions.answer(transport, offered)}
        api.ask(handle, {"request": "start"}, answer)
        transport.begin(descriptions.remote(offered), now, has_offered=False)

    def streams_each(self, load: Load) -> tuple[int, int]:
        """See `Engine`: every picture, and the same sounds that our server chooses."""
        return load.publishers, min(load.publishers, SOUNDS_MAX)

    def tick(self, now: float) -> None:
        """Nothing is asked of us: what it tells stays in the socket."""

    def cpu(self) -> Cpu:
        """See `Engine`."""
        assert self._process is not None
        return processes.cpu_seconds(self._process.pid)

    def stop(self) -> None:
        """See `Engine`."""
        if self._api is not None:
            self._api.close()
            self._api = None
        self._end()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    @property
    def _asked(self) -> "Api":
        assert self._api is not None
        return self._api

    def _begin(self, command: str, folder: Path) -> "Api":
        """Start it and connect. Raises `Problem`."""
        for _ in range(START_TRIES):
            with (folder / LOG_FILE).open("wb") as log, on_core(self._core):
                self._process = subprocess.Popen(  # noqa: S603 - found in PATH
                    [command, "--configs-folder", str(folder), "--config", str(folder / "janus.jcfg")],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    cwd=folder,
                )
            end = monotonic() + START_DEADLINE
            while self._process.poll() is None and monotonic() < end:
                with suppress(OSError):
                    return Api(folder / SOCKET_FILE)
                sleep(LOOK_INTERVAL)
            self._end()
        words = (folder / LOG_FILE).read_text(errors="replace").strip()[-LOG_CHARACTERS_SHOWN:]
        raise Problem(f"Janus did not start; its last words:\n{words or '(none)'}")

    def _end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(STOP_DEADLINE)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


class Api:
    """Its API: JSON messages, each with a transaction that its answers carry."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` when nobody listens there yet."""
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._socket.settimeout(ANSWER_DEADLINE)
        self._transactions = count(1)
        self._up: set[int] = set()
        self._session = self._request({"janus": "create"}, "success")["data"]["id"]

    def attach(self) -> int:
        """A handle of the plugin: one peer connection each."""
        asked = {"janus": "attach", "session_id": self._session, "plugin": PLUGIN}
        handle: int = self._request(asked, "success")["data"]["id"]
        return handle

    def ask(self, handle: int, body: dict[str, Any], jsep: dict[str, str] | None = None) -> tuple[dict[str, Any], str]:
        """What the plugin answers, and the description that comes with it (or "")."""
        asked: dict[str, Any] = {
            "janus": "message",
            "session_id": self._session,
            "handle_id": handle,
            "body": body,
        }
        if jsep is not None:
            asked["jsep"] = jsep
        # What takes longer is acknowledged first, and answered by an event.
        answer = self._request(asked, "success", "event")
        data: dict[str, Any] = answer["plugindata"]["data"]
        if "error" in data:
            raise Problem(f"Janus refused {body['request']} ({data['error']}): see its documentation.")
        return data, answer.get("jsep", {}).get("sdp", "")

    def wait_until_up(self, handles: Iterable[int]) -> None:
        """Until Janus itself says that these are connected: a publisher cannot be subscribed to before."""
        missing = set(handles)
        try:
            while missing := missing - self._up:
                self._receive()
        except OSError as error:
            raise Problem(f"Janus does not say that a publisher is connected ({error}): see its log.") from None

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _receive(self) -> dict[str, Any]:
        data = self._socket.recv(MESSAGE_BYTES_MAX)
        if not data:
            raise Problem("Janus has closed the connection: see its log.")
        message: dict[str, Any] = json.loads(data)
        if message["janus"] == "webrtcup":
            self._up.add(message["sender"])
        return message

    def _request(self, message: dict[str, Any], *wanted: str) -> dict[str, Any]:
        transaction = str(next(self._transactions))
        try:
            self._socket.send(json.dumps(message | {"transaction": transaction}).encode())
            while True:
                answer = self._receive()
                if answer.get("transaction") != transaction:
                    continue
                if answer["janus"] == "error":
                    raise Problem(f"Janus refused {message['janus']}: {answer['error']['reason']}.")
                if answer["janus"] in wanted:
                    return answer
        except OSError as error:
            raise Problem(f"Janus does not answer {message['janus']} ({error}): see its log.") from None


def _configure(folder: Path) -> None:
    text = CONFIGURATION.format(
        folder=folder,
        plugins=",".join(f"libjanus_{name}.so" for name in UNUSED_PLUGINS),
        transports=",".join(f"libjanus_{name}.so" for name in UNUSED_TRANSPORTS),
    )
    (folder / "janus.jcfg").write_text(text)
    (folder / "janus.transport.pfunix.jcfg").write_text(SOCKET_CONFIGURATION.format(path=folder / SOCKET_FILE))


def version_in(said: str) -> str:
    """Of what it prints when asked; its second word is a number with the version behind it in brackets."""
    for word in said.replace("(", " ").replace(")", " ").split():
        if word.count(".") == 2 and word.replace(".", "").isdigit():
            return f"Janus {word}"
    return "Janus"


def _room(call: int) -> int:
    return call + 1
