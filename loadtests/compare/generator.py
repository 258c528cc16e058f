"""The load of the comparison: one epoll, few system calls, no object a message.

Its ceiling shows with `compare --only relay`, where the other side does next to nothing. On one core of the machine of
docs/performance.md, in million deliveries a second of the generator's own processor time, each of them checked:
S1 0.29, S2 1.9, S3 0.75, S4 1.4; 4 to 5 with `--outstanding 64`, as what costs is messages and system calls, not
deliveries. A result says how much of its core the generator had, and whether that is what bounded it.
"""

import select
from collections.abc import Sequence
from time import perf_counter_ns, process_time
from typing import NamedTuple, Protocol

from msgspec import Struct, structs

from loadtests.compare.crowd import Member, Room, Sender
from loadtests.figures import Latency, latency
from loadtests.ledger import Violations
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS, even
from loadtests.server import waited_seconds

SWEEP_INTERVAL = 20 * NANOSECONDS // 1000
"""Nanoseconds in which everybody is read once. At a thousand messages a second and member some 20 of them wait in the
kernel by then, about 6 kB of the 128 kB that it keeps."""

SWEEP_SLICES = 20
"""A sweep is done in that many parts, so that a witness never waits for long: 1 ms apart, 50 members of 1000 each."""

QUIET = 0.3
"""Seconds without a byte after which nothing more is on its way: longer than between two presence diffs (0.25 s)."""

SETTLE_DEADLINE = 30.0
"""Seconds in which a crowd that has come in has to become quiet."""

DRAIN_DEADLINE = 10.0
"""Seconds after the last message in which everything has to have arrived."""

LOST_AFTER = 3.0
"""Seconds of silence after which what has not come is lost: a server on a shared core may well stand still for one."""

LEAD = NANOSECONDS // 10
"""Nanoseconds before the first message is due: the generator is at its loop by then."""

LEAST_SHARE = 0.01
"""Of a core: the system's clock of processor time has steps of 10 ms."""

STALL_DEADLINE = 5.0
"""Seconds in which nobody gets anything though messages are on their way: the server stands still."""


class Share(Struct, frozen=True):
    """Of its core, in seconds a second: what a process used, and when it would have but somebody else had it."""

    used: float
    waited: float

    @property
    def wanted(self) -> float:
        """From about 1 on the process is what bounds a figure."""
        return self.used + self.waited


class Run(Struct, frozen=True):
    """What one measurement came to. Times in seconds.

    `deliveries` were completed in `seconds`. `generator`, `server`: what each of them had of its core meanwhile.
    `violations` are those of the whole run, warm-up and drain included, and so is `unfinished`:
    deliveries that had not come when the drain was cut off, from a server that was still sending them. `lateness`, of
    an open loop: how late the generator itself sent, which the latencies contain.
    """

    deliveries: int
    seconds: float
    latency: Latency
    generator: Share
    server: Share
    violations: Violations
    unfinished: int = 0
    lateness: Latency | None = None

    @property
    def dps(self) -> float:
        """Deliveries a second."""
        return self.deliveries / self.seconds

    @property
    def dps_per_core(self) -> float:
        """Deliveries a second of the server's processor time: less noisy when others use its core, too."""
        return self.dps / max(self.server.used, LEAST_SHARE)


class Clocks(NamedTuple):
    """Where the clocks stood: nanoseconds, then seconds of processor time that were used, and that were waited for."""

    at: int
    generator_used: float
    generator_waited: float
    server_used: float
    server_waited: float
    deliveries: int


class Watched(Protocol):
    """A server that is looked at from outside (`loadtests.server.Server`)."""

    def cpu_seconds(self) -> float:
        """Processor time so far."""
        ...

    def waited_seconds(self) -> float:
        """Time so far in which it waited for its core."""
        ...


class Generator:
    """Drives rooms."""

    def __init__(self, rooms: Sequence[Room], server: Watched, epoll: select.epoll) -> None:
        """`epoll` is made before the sockets are: it is waited for with select, which takes files up to 1023 only."""
        self._rooms = rooms
        self._server = server
        self._epoll = epoll
        self._witnesses: dict[int, tuple[Room, Member]] = {}
        for room in rooms:
            for witness in room.witnesses:
                self._witnesses[witness.fileno()] = (room, witness)
                self._epoll.register(witness.fileno(), select.EPOLLIN)
        others = [member for room in rooms for member in room.others]
        self._slices = [others[start::SWEEP_SLICES] for start in range(SWEEP_SLICES)]
        self._slice = 0
        self._next_slice = perf_counter_ns()
        self._last_bytes_at = perf_counter_ns()
        self._measured_from = 0
        self._latencies: list[int] = []
        self._ready: list[Sender] = []
        self._blocked: set[Sender] = set()
        self._last_done_at = 0

    def close(self) -> None:
        """Let go of the sockets, which stay open."""
        for file in self._witnesses:
            self._epoll.unregister(file)

    def settle(self) -> None:
        """Take what still comes from before, such as who else has come in. Raises `Problem`."""
        end = perf_counter_ns() + round(SETTLE_DEADLINE * NANOSECONDS)
        while perf_counter_ns() - self._last_bytes_at < QUIET * NANOSECONDS:
            self._turn(self._next_slice)
            if perf_counter_ns() > end:
                raise Problem("The server does not become quiet though nobody asks it for anything: see its log.")

    def closed_loop(self, outstanding: int, warm_up: float, duration: float) -> Run:
        """Every sender keeps `outstanding` messages on their way, as fast as the server carries them.

        What is measured lasts `duration` from when it began: a machine that is busy elsewhere may begin it late.
        """
        now = perf_counter_ns()
        self._measured_from = now + round(warm_up * NANOSECONDS)
        end = self._measured_from + round(duration * NANOSECONDS)
        for room in self._rooms:
            for sender in room.speakers:
                sender.credit = outstanding
                self._ready.append(sender)
        before: Clocks | None = None
        while now < end or before is None:
            now = perf_counter_ns()
            if before is None and now >= self._measured_from:
                before = self._clocks()
                self._measured_from = now
                end = now + round(duration * NANOSECONDS)
            self._spend()
            self._turn(end)
            if now - self._last_bytes_at > STALL_DEADLINE * NANOSECONDS:
                break
        after = self._clocks()
        self._ready.clear()
        return self._result(before or after, after)

    def open_loop(self, rate: float, warm_up: float, duration: float, seed: int) -> Run:
        """Offer `rate` deliveries a second, the senders taking turns. Latency counts from when a message was due."""
        senders = [sender for room in self._rooms for sender in room.speakers]
        recipients = self._rooms[0].recipients
        schedule = even(rate / recipients, warm_up + duration, len(senders), seed)
        start = perf_counter_ns() + LEAD
        self._measured_from = start + round(warm_up * NANOSECONDS)
        late: list[int] = []
        before: Clocks | None = None
        measured = 0
        for at, number in schedule:
            due = start + at
            while perf_counter_ns() < due:
                self._turn(due)
            if due >= self._measured_from:
                before = before or self._clocks()
                measured += 1
                late.append(perf_counter_ns() - due)
            sender = senders[number]
            sender.send_due(due)
            if sender.has_backlog:
                self._blocked.add(sender)
            self._ready.clear()
            self._unblock()
        after = self._clocks()
        run = self._result(before or after, after)
        return structs.replace(
            run,
            deliveries=measured * recipients - run.unfinished,
            seconds=max(duration, (self._last_done_at - self._measured_from) / NANOSECONDS),
            lateness=latency(late),
        )

    def _spend(self) -> None:
        for sender in self._ready:
            sender.spend()
            if sender.has_backlog:
                self._blocked.add(sender)
        self._ready.clear()
        if self._blocked:
            self._unblock()

    def _unblock(self) -> None:
        """Write on where a socket did not take everything."""
        for sender in list(self._blocked):
            sender.write()
            if not sender.has_backlog:
                self._blocked.discard(sender)

    def _turn(self, until: int) -> None:
        """Wait until a witness has something, somebody is to be swept, or it is `until`; then read."""
        events = self._epoll.poll(0)
        if not events:
            seconds = (min(until, self._next_slice) - perf_counter_ns()) / NANOSECONDS
            # epoll itself counts in milliseconds and rounds up. An epoll can be waited for, too.
            if seconds > 0 and select.select([self._epoll.fileno()], [], [], seconds)[0]:
                events = self._epoll.poll(0)
        arrived = []
        for file, _ in events:
            room, witness = self._witnesses[file]
            size = witness.receive()
            arrived.append((room, witness, size, perf_counter_ns()))
        for room, witness, size, at in arrived:
            witness.check(size)
            self._time(room, witness, at)
        now = perf_counter_ns()
        if arrived:
            self._last_bytes_at = now
        if now >= self._next_slice:
            self._sweep(self._slices[self._slice], now)
            self._slice = (self._slice + 1) % SWEEP_SLICES
            self._next_slice = now + SWEEP_INTERVAL // SWEEP_SLICES

    def _sweep(self, members: Sequence[Member], now: int) -> None:
        for member in members:
            if size := member.receive():
                member.check(size)
                self._last_bytes_at = now

    def _time(self, room: Room, witness: Member, at: int) -> None:
        """Take down how long the messages took that this witness has now; those that all have are done."""
        seen = witness.receiver.seen
        if seen == witness.seen:
            return
        numbers = room.transcript.numbers
        for number in numbers[witness.seen : seen]:
            started = room.senders[number.sender].started[number.seq]
            if started >= self._measured_from:
                self._latencies.append(at - started)
        witness.seen = seen
        done = min(one.seen for one in room.witnesses)
        for number in numbers[room.done : done]:
            sender = room.senders[number.sender]
            if not sender.credit:
                self._ready.append(sender)
            sender.credit += 1
        room.done = done
        self._last_done_at = at

    def _clocks(self) -> Clocks:
        return Clocks(
            at=perf_counter_ns(),
            generator_used=process_time(),
            generator_waited=waited_seconds(),
            server_used=self._server.cpu_seconds(),
            server_waited=self._server.waited_seconds(),
            deliveries=sum(room.done * room.recipients for room in self._rooms),
        )

    def _drain(self) -> bool:
        """Let everything arrive; False when the time was over before."""
        end = perf_counter_ns() + round(DRAIN_DEADLINE * NANOSECONDS)
        while not all(room.is_quiet for room in self._rooms):
            for _ in range(SWEEP_SLICES):
                self._turn(self._next_slice)
            self._ready.clear()
            now = perf_counter_ns()
            if now > end:
                return False
            if now - self._last_bytes_at > LOST_AFTER * NANOSECONDS:
                return True
        return True

    def _result(self, before: Clocks, after: Clocks) -> Run:
        is_drained = self._drain()
        violations = Violations()
        for room in self._rooms:
            sent = room.sent
            for member in (*room.witnesses, *room.others):
                violations += member.receiver.violations(sent)
        unfinished = 0
        if not is_drained:
            unfinished, violations = violations.lost, Violations(twice=violations.twice, disorder=violations.disorder)
        if not self._latencies:
            raise Problem("No message arrived at anybody: the server stands still or refuses signals; see its log.")
        seconds = (after.at - before.at) / NANOSECONDS
        return Run(
            deliveries=after.deliveries - before.deliveries,
            seconds=seconds,
            latency=latency(self._latencies),
            generator=Share(
                used=(after.generator_used - before.generator_used) / seconds,
                waited=(after.generator_waited - before.generator_waited) / seconds,
            ),
            server=Share(
                used=(after.server_used - before.server_used) / seconds,
                waited=(after.server_waited - before.server_waited) / seconds,
            ),
            violations=violations,
            unfinished=unfinished,
        )
