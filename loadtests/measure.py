"""The measurements of the bench: chat in one room at several rates, and many people coming in and staying."""

from collections.abc import Callable, Sequence

from msgspec import Raw, Struct

from loadtests.chat import ChatResult, ChatRun
from loadtests.disk import COMMITS, commit_cost
from loadtests.entrance import Entrance, Guest, Seat
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

SETTLE = 1.5
"""Seconds for presence diffs (four a second) to be told before memory is looked at."""

LESSON_MEMBERS = 60
"""People of one project: two classes of 29 and their teachers."""

Say = Callable[[str], None]
"""Tells the reader how far it has come."""


class Plan(Struct, frozen=True):
    """What to measure. `duration`, `warm_up` and `settle` in seconds; `port` 0: any that is free.

    `connections` come in groups of `members`: each group is a project of its own.
    """

    members: int = LESSON_MEMBERS
    rates: tuple[float, ...] = (20, 100, 200)
    duration: float = 15
    warm_up: float = 2
    rounds: int = 3
    connections: int = 17 * LESSON_MEMBERS
    settle: float = SETTLE
    commits: int = COMMITS
    port: int = 0


class ChatRound(Struct, frozen=True):
    """One round: what a commit cost on the idle machine, then chat at each rate."""

    commit: Latency
    chats: dict[float, ChatResult]


class CrowdRound(Struct, frozen=True):
    """Many people coming back to a server that has just been started.

    `entered` in `seconds`: session resumed, project and room joined. `bytes_each`: what each of them takes up.
    """

    entered: int
    seconds: float
    cpu_seconds: float
    bytes_each: float


def measure_chat(installation: Installation, plan: Plan, cores: Cores, say: Say) -> list[ChatRound]:
    """One room, every rate in every round, so that a slow minute of the machine does not hit one rate alone."""
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
                say(f"round {number} of {plan.rounds}: a room of {plan.members}, {rate:g} messages a second")
                schedule = even(rate, plan.warm_up + plan.duration, plan.members, seed=number)
                run = ChatRun(guests, positions, schedule, plan.warm_up)
                chats[rate] = run.run(loop, server.cpu_seconds)
                positions = run.ledger.positions
            rounds.append(ChatRound(commit, chats))
        return rounds
    finally:
        loop.close()
        server.stop()


def measure_crowd(installation: Installation, plan: Plan, cores: Cores, say: Say) -> list[CrowdRound]:
    """Lessons of `plan.members` each come back with their sessions, all at once, and stay."""
    lessons = max(2, plan.connections // plan.members)
    say(f"setting up {lessons} projects of {plan.members} people")
    seats = _sign_in_once(installation, plan, cores, lessons)
    rounds: list[CrowdRound] = []
    for number in range(1, plan.rounds + 1):
        say(f"round {number} of {plan.rounds}: {len(seats) - plan.members} people come in")
        rounds.append(_crowd_round(installation, plan, cores, seats))
    return rounds


def violations(rounds: Sequence[ChatRound]) -> Violations:
    """Of all rounds and rates together."""
    total = Violations()
    for one in rounds:
        for chat in one.chats.values():
            total += chat.violations
    return total


def _start_lesson(server: Server, loop: Loop, key: str, members: int) -> list[Guest]:
    """Everybody is in the class room, and a teacher has opened it."""
    portal = Portal(server.address, key)
    try:
        seats = portal.seats(portal.open_lesson("Lesson", members))
    finally:
        portal.close()
    guests, _ = Entrance(loop, server.address).bring(seats)
    _open_room(loop, guests[0])
    return guests


def _open_room(loop: Loop, founder: Guest) -> None:
    answer = _Answer()
    founder.peer.listener = answer
    founder.peer.ask(RoomSetOpen(nonce="bench-open-room", room=founder.seat.room, open=True))
    if not loop.run(lambda: answer.is_there, ANSWER_DEADLINE):
        raise Problem(f"The server did not answer room.set_open within {ANSWER_DEADLINE:g} s: see its log.")


def _sign_in_once(installation: Installation, plan: Plan, cores: Cores, lessons: int) -> list[Seat]:
    """The projects, and a session for every member, as if they had all been here before."""
    portal_key = installation.key
    server = installation.start(plan.port, cores.server)
    loop = Loop()
    portal = Portal(server.address, portal_key)
    try:
        entrance = Entrance(loop, server.address)
        seats: list[Seat] = []
        for number in range(lessons):
            guests, _ = entrance.bring(portal.seats(portal.open_lesson(f"Lesson {number}", plan.members)))
            seats += [guest.resuming for guest in guests]
            for guest in guests:
                loop.remove(guest.peer)
        return seats
    finally:
        portal.close()
        loop.close()
        server.stop()


def _crowd_round(installation: Installation, plan: Plan, cores: Cores, seats: Sequence[Seat]) -> CrowdRound:
    """The first project warms the server up: what it loads and allocates once is not the others' cost."""
    server = installation.start(plan.port, cores.server)
    loop = Loop()
    try:
        entrance = Entrance(loop, server.address)
        entrance.bring(seats[: plan.members])
        _settle(loop, plan.settle)
        bytes_before, cpu_before = server.resident_bytes(), server.cpu_seconds()
        guests, seconds = entrance.bring(seats[plan.members :])
        cpu_seconds = server.cpu_seconds() - cpu_before
        _settle(loop, plan.settle)
        return CrowdRound(
            entered=len(guests),
            seconds=seconds,
            cpu_seconds=cpu_seconds,
            bytes_each=(server.resident_bytes() - bytes_before) / len(guests),
        )
    finally:
        loop.close()
        server.stop()


def _settle(loop: Loop, seconds: float) -> None:
    """Let what is still on its way arrive."""
    loop.run(lambda: False, seconds)


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
