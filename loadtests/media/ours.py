"""rtserver as the engine: members of a project join the call of their room by Socket.IO, as the page does.

Everything that a call costs is in it: the rules, the pushes about who speaks and which slot shows whom, the worker.
"""

import tempfile
from pathlib import Path

import msgspec
from msgspec import Raw

from loadtests.entrance import Entrance, Guest
from loadtests.loop import Loop
from loadtests.measure import open_room
from loadtests.media import descriptions, processes
from loadtests.media.descriptions import Section
from loadtests.media.engine import OURS, SOUNDS_MAX, Load, Seat
from loadtests.media.stage import Cpu
from loadtests.media.transport import Transport
from loadtests.packets import decode_ack
from loadtests.peer import Peer
from loadtests.portal import FOUNDERS, Portal
from loadtests.problem import Problem
from loadtests.server import Installation, Server, find_command
from rooms.messages import Command
from signaling.messages import (
    CallAnswer,
    CallJoin,
    CallJoined,
    CallOffer,
    CallPublish,
    CallSlots,
    CallSlotsSeen,
    SessionRole,
)

SETTINGS = {"RT_MESH_PARTICIPANTS_MAX": "0"}
"""Calls of two teachers would bypass the server: here every call goes through it."""

ANSWER_DEADLINE = 15.0
"""Seconds for the answer to one command."""

TICKET_BATCH = 32
"""Members who come in with tickets made just before: a ticket lives a minute."""

PUBLISHED = ("audio", "video")
SLOTS, LEFT = "call_slots", "call_left"
"""What the server pushes that matters here."""


class Ours:
    """One rtserver in an installation of its own, with a project for each call."""

    name = OURS
    is_numbered = True

    def __init__(self, core: int | None, command: Path | None = None) -> None:
        """`command`: the `rtserver` to start; None: that of this environment."""
        self.version = "rtserver"
        self._core = core
        self._command = command
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._server: Server | None = None
        self._loop: Loop | None = None
        self._members: dict[Seat, _Member] = {}

    def start(self, load: Load) -> None:
        """See `Engine`."""
        command = self._command or find_command()
        self._folder = tempfile.TemporaryDirectory(prefix="loadtests-rtserver-")
        installation = Installation(command, Path(self._folder.name), SETTINGS)
        key = installation.key
        server = self._server = installation.start(0, self._core)
        loop = self._loop = Loop()
        portal = Portal(server.address, key)
        try:
            for call in range(load.calls):
                people = max(load.publishers + load.subscribers_of(call), FOUNDERS)
                for number, guest in enumerate(_gather(portal, loop, server, f"Call {call}", people)):
                    self._members[Seat(call, number)] = _Member(guest, loop)
        finally:
            portal.close()

    def publish(self, seat: Seat, transport: Transport, ssrcs: tuple[int, int], now: float) -> None:
        """See `Engine`."""
        member = self._members[seat]
        member.join()
        for medium in PUBLISHED:
            member.ask(msgspec.convert({"room": member.room, "medium": medium}, CallPublish))
        sections = [Section("0", is_video=False, ssrc=ssrcs[0]), Section("1", is_video=True, ssrc=ssrcs[1])]
        answer = member.offer(SessionRole.PUBLISH, descriptions.offer(transport, sections))
        transport.begin(descriptions.remote(answer), now)

    def subscribe(self, seat: Seat, transport: Transport, now: float) -> None:
        """See `Engine`: with the slots that the server asks for."""
        member = self._members[seat]
        joined = member.join()
        kinds = [False] * joined.audio_slots + [True] * joined.video_slots
        sections = [Section(str(number), is_video) for number, is_video in enumerate(kinds)]
        answer = member.offer(SessionRole.SUBSCRIBE, descriptions.offer(transport, sections))
        transport.begin(descriptions.remote(answer), now)

    def streams_each(self, load: Load) -> tuple[int, int]:
        """See `Engine`: as many as there are slots for."""
        slots = next((member.joined for member in self._members.values() if member.joined is not None), None)
        assert slots is not None
        return min(load.publishers, slots.video_slots), min(load.publishers, slots.audio_slots, SOUNDS_MAX)

    def tick(self, now: float) -> None:
        """Answer what the server has pushed: slots that change wait for it."""
        if self._loop is not None:
            self._loop.turn(0)

    def cpu(self) -> Cpu:
        """See `Engine`."""
        assert self._server is not None
        return processes.cpu_seconds(self._server.pid)

    def stop(self) -> None:
        """See `Engine`."""
        if self._loop is not None:
            self._loop.close()
            self._loop = None
        if self._server is not None:
            self._server.stop()
            self._server = None
        self._members.clear()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def _gather(portal: Portal, loop: Loop, server: Server, title: str, people: int) -> list[Guest]:
    """Members of a new project, all in its class room, which a teacher has opened."""
    plan = portal.open_lesson(title, people)
    guests: list[Guest] = []
    for start in range(0, people, TICKET_BATCH):
        members = plan.members[start : start + TICKET_BATCH]
        seats = portal.seats(msgspec.structs.replace(plan, members=members))
        guests += Entrance(loop, server.address).bring(seats)[0]
        if start == 0:
            open_room(loop, guests[0])
    return guests


class _Member:
    """Somebody in the room, who takes part in its call. The `Listener` of their peer."""

    def __init__(self, guest: Guest, loop: Loop) -> None:
        self.room = guest.seat.room
        self.joined: CallJoined | None = None
        self._peer = guest.peer
        self._loop = loop
        self._answers: dict[int, Raw] = {}
        guest.peer.listener = self

    def join(self) -> CallJoined:
        """Take part."""
        self.joined = msgspec.json.decode(self.ask(CallJoin(room=self.room)), type=CallJoined)
        return self.joined

    def offer(self, role: SessionRole, sdp: str) -> str:
        """The server's answer."""
        return msgspec.json.decode(self.ask(CallOffer(room=self.room, role=role, sdp=sdp)), type=CallAnswer).sdp

    def ask(self, command: Command) -> Raw:
        """Wait for the answer to a command. Raises `Problem` when it is refused."""
        number = self._peer.ask(command)
        if not self._loop.run(lambda: number in self._answers, ANSWER_DEADLINE):
            raise Problem(f"The server did not answer {type(command).__name__} within {ANSWER_DEADLINE:g} s.")
        answer = decode_ack(self._answers.pop(number))
        if answer.error is not None:
            raise Problem(f"The server refused {type(command).__name__} ({answer.error.code}): {answer.error.message}")
        return answer.ok

    # --- Listener ---

    def opened(self, peer: Peer) -> None:
        """They have been in the room for long."""

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None:
        """There are no tiles to clear: the new sources may begin at once."""
        if name == SLOTS:
            slots = msgspec.json.decode(payload, type=CallSlots)
            peer.tell(CallSlotsSeen(room=self.room, revision=slots.revision))
        elif name == LEFT:
            raise Problem(f"The server has taken a member out of the call: {bytes(payload).decode()}")

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        """The answer to a command; nobody waits for those of `call.slots_seen`."""
        self._answers[number] = payload

    def closed(self, peer: Peer, reason: str) -> None:
        """Nobody may be cut off during a call that is measured."""
        raise Problem(f"A member lost the connection during the call: {reason}.")
