"""Durable chat of one room, round by round: what a commit costs on this disk, then chat at each rate."""

from collections.abc import Callable, Sequence

from msgspec import Raw, Struct

from loadtests.chat import ChatResult, ChatRun
from loadtests.disk import COMMITS, commit_cost
from loadtests.entrance import Entrance, Guest
from loadtests.figures import Latency
from loadtests.ledger import Violations
from loadtests.loop import Loop
from loadtests.machine import Cores, on_core
from loadtests.packets import decode_ack
from loadtests.peer import Peer
from loadtests.portal import Portal
from loadtests.problem import Problem
from loadtests.schedule import even
from loadtests.server import Installation, Server
from rooms.messages import RoomSetOpen

ANSWER_DEADLINE = 10.0
"""Seconds for the answer to a single command while nothing else goes on."""

LESSON_MEMBERS = 60
"""People of one project: two classes of 29 and their teachers."""

Say = Callable[[str], None]
"""Tells the reader something."""


class ChatPlan(Struct, frozen=True):
    """What to measure: `rates` in messages a second; `duration`, `warm_up` in seconds; `port` 0: any that is free."""

    members: int = LESSON_MEMBERS
    rates: tuple[float, ...] = (20, 100, 200)
    duration: float = 4
    warm_up: float = 1
    rounds: int = 3
    commits: int = COMMITS
    port: int = 0


class ChatRound(Struct, frozen=True):
    """One round: what a commit cost while nothing else went on, then chat at each rate."""

    commit: Latency
    chats: dict[float, ChatResult]

    @property
    def violations(self) -> Violations:
        """Of all rates together."""
        return sum((chat.violations for chat in self.chats.values()), Violations())


def measure_chat(installation: Installation, plan: ChatPlan, cores: Cores, measured: Say) -> list[ChatRound]:
    """One room, every rate in every round, so that a slow minute of the machine does not hit one rate alone.

    `measured`: told of each measurement when it was taken.
    """
    portal_key = installation.key
    server = installation.start(plan.port, cores.server)
    loop = Loop()
    try:
        guests = _start_lesson(server, loop, portal_key, plan.members)
        positions = [guest.seq or 0 for guest in guests]
        rounds: list[ChatRound] = []
        for number in range(1, plan.rounds + 1):
            with on_core(cores.server):
                commit = commit_cost(installation.data, plan.commits)
            chats: dict[float, ChatResult] = {}
            for rate in plan.rates:
                schedule = even(rate, plan.warm_up + plan.duration, plan.members, seed=number)
                run = ChatRun(guests, positions, schedule, plan.warm_up)
                chats[rate] = run.run(loop, server.cpu_seconds)
                positions = run.ledger.positions
                measured(f"round {number} of {plan.rounds}, chat, {rate:g}/s: p99 {chats[rate].delivery.p99:.1f} ms")
            rounds.append(ChatRound(commit, chats))
        return rounds
    finally:
        loop.close()
        server.stop()


def open_room(loop: Loop, founder: Guest) -> None:
    """A teacher lets the pupils write. Raises `Problem`."""
    answer = _Answer()
    founder.peer.listener = answer
    founder.peer.ask(RoomSetOpen(nonce="bench-open-room", room=founder.seat.room, open=True))
    if not loop.run(lambda: answer.is_there, ANSWER_DEADLINE):
        raise Problem(f"The server did not answer room.set_open within {ANSWER_DEADLINE:g} s: see its log.")


def _start_lesson(server: Server, loop: Loop, key: str, members: int) -> Sequence[Guest]:
    """Everybody is in the class room, and a teacher has opened it."""
    portal = Portal(server.address, key)
    try:
        seats = portal.seats(portal.open_lesson("Lesson", members))
    finally:
        portal.close()
    guests, _ = Entrance(loop, server.address).bring(seats)
    open_room(loop, guests[0])
    return guests


class _Answer:
    """Waits for the answer to one command. The `Listener` of its sender meanwhile."""

    is_there = False

    def opened(self, peer: Peer) -> None: ...

    def event(self, peer: Peer, name: str, payload: Raw, at: int) -> None: ...

    def ack(self, peer: Peer, number: int, payload: Raw, at: int) -> None:
        answer = decode_ack(payload)
        if answer.error is not None:
            raise Problem(f"A founder was refused ({answer.error.code}): {answer.error.message}")
        self.is_there = True

    def closed(self, peer: Peer, reason: str) -> None:
        raise Problem(f"A founder lost the connection: {reason}.")
