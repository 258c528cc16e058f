"""Rooms full of people who write and draw while parts of the deployment fail; who sees when all is well again."""

import heapq
import random
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter_ns

from loadtests.board.elements import order_key, stroke
from loadtests.faults.following import Event
from loadtests.faults.member import Door, Member
from loadtests.faults.outbox import Message, Outbox
from loadtests.faults.plan import ANSWERS_WITHIN, BURST, CALM, USUAL, Plan
from loadtests.generator.target import Target
from loadtests.loop import Loop
from loadtests.packets import Ack
from loadtests.portal import LessonPlan, Portal
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS
from rooms.board.messages import BoardChange, Change
from rooms.messages import ChatPost, Command, RoomSetOpen

TURN = NANOSECONDS // 50
"""Nanoseconds after which those who have something to do are looked for, at the latest."""

IN_WITHIN = 60.0
"""Seconds in which everybody has come in for the first time."""

STROKE_POINTS = 8

KEYS_EACH = 10_000
"""Places in the order of drawing that each drawer has."""


class Lesson:
    """Everybody, on one loop in one thread; `calm_since`, `burst` and `stop` are for another one."""

    def __init__(self, plan: Plan, doors: Sequence[Target], portal: Portal) -> None:
        """`doors`: the ways in, each as likely."""
        self.plan = plan
        self.members: list[Member] = []
        self.last_late = 0
        """When something last came later than usual, or somebody came back after longer; nanoseconds."""
        self.calm_since: int | None = None
        """Since when everybody is here and has everything; nanoseconds. None: not now."""
        self._dice = random.Random(plan.seed)
        self._loop = Loop()
        self._doors: list[Door] = [(door, door.context()) for door in doors]
        self._portal = portal
        self._writing: list[tuple[int, int, float, Outbox]] = []
        self._due: dict[tuple[str, str], int] = {}
        self._settling: dict[str, deque[tuple[int, int]]] = {}
        self._settled: dict[str, int] = {}
        self._bursts = 0
        self._bursts_done = 0
        self._stopped = threading.Event()

    # --- In the loop's thread ---

    def open(self) -> None:
        """Everybody comes in, and the rooms are open. Raises `Problem`."""
        for number in range(self.plan.rooms):
            self._open_room(self._portal.open_lesson(f"Faults {number + 1}", self.plan.people))
        if not self._run_until(lambda: all(member.is_here for member in self.members), IN_WITHIN):
            refused = [reason for member in self.members for reason in member.refused_for_good]
            raise Problem(f"Not everybody came in ({', '.join(refused[:3]) or 'no answer'}): see the nodes' logs.")
        now = perf_counter_ns()
        for number, outbox in enumerate(self._outboxes()):
            rate = self.plan.chat_rate if outbox.stream.startswith("room:") else self.plan.draw_rate
            first = now + round(self._dice.random() / rate * NANOSECONDS)
            heapq.heappush(self._writing, (first, number, rate, outbox))

    def play(self) -> None:
        """The lesson, until it is stopped."""
        self._run_until(self._stopped.is_set, None)

    def finish(self) -> bool:
        """Nobody writes any more, and everything arrives; False: not in time."""
        self._writing.clear()
        return self._run_until(self._is_whole, ANSWERS_WITHIN)

    def close(self) -> None:
        """Hang up."""
        self._loop.close()

    # --- In any thread ---

    def burst(self) -> None:
        """All writers write many messages at once, now."""
        self._bursts += 1

    def stop(self) -> None:
        """End `play`."""
        self._stopped.set()

    # --- The witness ---

    def seen(self, event: Event, at: int) -> None:
        """Somebody has got an event."""
        due = self._due.get((event.stream, event.nonce or ""))
        if due is not None and at - due > USUAL * NANOSECONDS:
            self.last_late = max(self.last_late, at)

    def acknowledged(self, message: Message, at: int) -> None:
        """A message is durable."""
        if at - message.due > USUAL * NANOSECONDS:
            self.last_late = max(self.last_late, at)
        if message.seq is not None:
            self._settling.setdefault(message.stream, deque()).append((at, message.seq))

    def back(self, left_at: int, at: int) -> None:
        """Somebody is in their room again."""
        if at - left_at > USUAL * NANOSECONDS:
            self.last_late = max(self.last_late, at)

    # --- Inside ---

    def _open_room(self, room: LessonPlan) -> None:
        people = []
        for seat in self._portal.seats(room):
            member = Member(
                self._loop,
                self._doors,
                self,
                random.Random(self._dice.getrandbits(32)),
                project=seat.project,
                room=seat.room,
                member=seat.member,
                ticket=seat.ticket or "",
            )
            people.append(member)
        self.members += people
        founder = people[0]
        if not self._run_until(lambda: founder.is_here, IN_WITHIN):
            raise Problem("A teacher could not come in: see the nodes' logs.")
        is_open: list[Ack] = []
        command = RoomSetOpen(nonce=f"open-{room.room}", room=room.room, open=True)
        founder.call(command, lambda ack, at: is_open.append(ack))
        if not self._run_until(lambda: bool(is_open), IN_WITHIN) or is_open[0].error is not None:
            raise Problem("A room could not be opened: see the nodes' logs.")
        for member in people[: self.plan.writers]:
            member.outboxes.append(Outbox(member.chat.stream, member.member, self._dice, chat_of(room.room)))
        for number, member in enumerate(people[: self.plan.drawers]):
            member.outboxes.append(Outbox(member.board.stream, member.member, self._dice, drawing(room.room, number)))

    def _outboxes(self) -> Iterator[Outbox]:
        for member in self.members:
            yield from member.outboxes

    def _run_until(self, is_done: Callable[[], bool], within: float | None) -> bool:
        end = None if within is None else perf_counter_ns() + round(within * NANOSECONDS)
        while not is_done():
            now = perf_counter_ns()
            if end is not None and now >= end:
                return False
            self._write(now)
            for member in self.members:
                member.move(now)
            self._look(now)
            self._loop.turn(min(now + TURN, self._writing[0][0] if self._writing else now + TURN))
        return True

    def _write(self, now: int) -> None:
        while self._writing and self._writing[0][0] <= now:
            at, number, rate, outbox = heapq.heappop(self._writing)
            self._one(outbox, now)
            following = at + round(self._dice.uniform(0.5, 1.5) / rate * NANOSECONDS)
            heapq.heappush(self._writing, (max(following, now), number, rate, outbox))
        if self._bursts_done < self._bursts:
            self._bursts_done = self._bursts
            for outbox in self._outboxes():
                for _ in range(BURST):
                    self._one(outbox, now)

    def _one(self, outbox: Outbox, now: int) -> None:
        message = outbox.write(now)
        if message is not None:
            self._due[message.stream, message.nonce] = now

    def _look(self, now: int) -> None:
        """Whether all is well now."""
        usual = now - round(USUAL * NANOSECONDS)
        for stream, acks in self._settling.items():
            while acks and acks[0][0] <= usual:
                self._settled[stream] = max(self._settled.get(stream, 0), acks.popleft()[1])
        if all(self._is_well(member, usual) for member in self.members):
            self.calm_since = self.calm_since or now
        else:
            self.calm_since = None

    def _is_well(self, member: Member, usual: int) -> bool:
        return (
            member.is_here
            and all(followed.seq >= self._settled.get(followed.stream, 0) for followed in member.followed)
            and all(not outbox.waiting or outbox.waiting[0].due > usual for outbox in member.outboxes)
        )

    def _is_whole(self) -> bool:
        heads = {stream: max((seq for _, seq in acks), default=0) for stream, acks in self._settling.items()}
        return (
            all(member.is_here for member in self.members)
            and not any(outbox.waiting for outbox in self._outboxes())
            and all(
                followed.seq >= max(heads.get(followed.stream, 0), self._settled.get(followed.stream, 0))
                for member in self.members
                for followed in member.followed
            )
        )


def is_calm_again(lesson: Lesson, since: int, now: int) -> bool:
    """Whether nothing has been late, and everybody here, for long enough after `since`."""
    calm = lesson.calm_since
    return calm is not None and now - max(calm, lesson.last_late, since) >= CALM * NANOSECONDS


def chat_of(room: str) -> Callable[[str, int], Command]:
    """Messages of a writer."""
    return lambda nonce, number: ChatPost(nonce=nonce, room=room, text=f"Line {number + 1}")


def drawing(board: str, drawer: int) -> Callable[[str, int], Command]:
    """Strokes of a drawer, each an element of its own."""

    def compose(nonce: str, number: int) -> Command:
        key = order_key(drawer * KEYS_EACH + number)
        element = stroke(f"e{drawer}-{number}", key, STROKE_POINTS, x=10.0 * number, seed=number)
        return BoardChange(nonce=nonce, board=board, changes=(Change(0, element),))

    return compose
