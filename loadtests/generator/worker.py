"""One generator process: turns its loop, sends what is due, and does what the parent orders."""

import gc
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection
from time import perf_counter_ns, process_time
from typing import Any

from loadtests.generator import orders
from loadtests.generator.agenda import NEVER, Agenda
from loadtests.generator.crowd import Crowd
from loadtests.generator.orders import Order, PersonAccount, Report, Setup
from loadtests.generator.people import Person, Sent
from loadtests.generator.tally import Tally, count
from loadtests.generator.traffic import Totals, Traffic
from loadtests.loop import Loop
from loadtests.portal import Portal
from loadtests.problem import Problem
from loadtests.schedule import NANOSECONDS

TICK = NANOSECONDS
"""Nanoseconds between two reports while a run goes on: a point of the plots."""

QUICK_TICK = NANOSECONDS // 10
"""The same when only the last deliveries are waited for."""

LOOK = NANOSECONDS // 50
"""Nanoseconds between two looks for an order: short beside a stage, long beside a turn of the loop."""

SENT_AT_ONCE = 64
"""Messages sent before the sockets are read again, when many are due."""

TICKETS_AT_ONCE = 32
"""People let in together. Their tickets are asked for one by one, and a ticket lives a minute."""

PHASES = 1000
"""Distance of the seeds of two processes: more phases than a run has."""

ENTRANCE_DEADLINE = 60 * NANOSECONDS
"""Nanoseconds without anybody coming in after which the server is taken not to stand the crowd."""


def main(setup: Setup, parent: "Connection[Report, Order]") -> None:
    """The process. What goes wrong is told to the parent, who decides."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent has it, too, and ends us
    try:
        Worker(setup, parent).run()
    except Problem as problem:
        parent.send(orders.Failed(str(problem), is_problem=True))
    except (EOFError, BrokenPipeError):
        pass  # the parent is gone
    except Exception:  # noqa: BLE001 - the parent shows it
        parent.send(orders.Failed(traceback.format_exc(), is_problem=False))


class Worker:
    """The people that this process plays, and what they do."""

    def __init__(self, setup: Setup, parent: "Connection[Report, Order]") -> None:
        self._setup = setup
        self._parent = parent
        self._loop = Loop()
        self._traffic = Traffic(setup.run)
        self._crowd = Crowd(self._loop, setup.target, self._traffic, seed=setup.number)
        self._agenda: Agenda[Person] = Agenda((), 0, 0)
        self._phase = 0
        self._drop: orders.Drop | None = None
        self._turns: Tally = {}
        self._tick = TICK
        self._next_tick = NEVER
        self._busy_before, self._tick_before = process_time(), perf_counter_ns()
        self._is_running = True
        self._handlers: dict[type[Order], Callable[[Any], None]] = {
            orders.LetIn: self._let_in,
            orders.Begin: self._begin,
            orders.Stage: lambda order: self._traffic.stage(order.name, order.at),
            orders.Drop: self._plan_drop,
            orders.Stall: lambda order: self._crowd.stall(order.people),
            orders.Wake: lambda _: self._crowd.wake(),
            orders.End: self._end,
            orders.AccountFor: self._account_for,
            orders.Quit: self._quit,
        }

    def run(self) -> None:
        """Until the parent says that it is enough."""
        gc.disable()  # our own pauses are not the server's; what people leave behind is freed without it
        next_look = 0
        try:
            while self._is_running:
                now = perf_counter_ns()
                if now >= next_look:
                    self._obey()
                    next_look = now + LOOK
                self._send_due()
                self._crowd.move(perf_counter_ns())
                self._turn(min(next_look, self._agenda.next_at, self._crowd.next_move(NEVER)))
                self._drop_when_due()
                if perf_counter_ns() >= self._next_tick:
                    self._report()
        finally:
            self._loop.close()

    def _turn(self, until: int) -> None:
        self._loop.turn(until, between=self._send_due)
        if self._next_tick is not NEVER:
            count(self._turns, perf_counter_ns() - self._loop.woken_at)

    def _send_due(self) -> None:
        agenda, send = self._agenda, self._traffic.send
        for _ in range(SENT_AT_ONCE):
            if agenda.next_at > perf_counter_ns():
                return
            due, person, activity = agenda.take()
            send(person, activity, due)

    # --- Orders ---

    def _obey(self) -> None:
        while self._is_running and self._parent.poll():
            order = self._parent.recv()
            self._handlers[type(order)](order)

    def _let_in(self, order: orders.LetIn) -> None:
        """Nothing else goes on meanwhile, so tickets are asked for in a simple way: one after the other."""
        newcomers = [Person(share.room, number) for share in order.shares for number in range(share.first, share.end)]
        portal = Portal(self._setup.target.socket_address, self._setup.key, self._setup.target.connection)
        before = self._crowd.here
        try:
            for start in range(0, len(newcomers), TICKETS_AT_ONCE):
                some = newcomers[start : start + TICKETS_AT_ONCE]
                for person in some:
                    person.ticket = portal.ticket(person.room.project, person.member)
                self._crowd.let_in(some)
                self._wait_until_in(before + start + len(some))
                self._parent.send(orders.IsIn(start + len(some), is_done=False))
        finally:
            portal.close()
        self._parent.send(orders.IsIn(len(newcomers), is_done=True))

    def _wait_until_in(self, wanted: int) -> None:
        end = perf_counter_ns() + ENTRANCE_DEADLINE
        while self._crowd.here < wanted or self._crowd.opening:
            now = perf_counter_ns()
            if now > end:
                raise Problem(
                    f"Only {self._crowd.here} of {wanted} people got into their rooms within a minute: "
                    "the server is overloaded or stands still; see its log, or ask for fewer people."
                )
            self._crowd.move(now)
            self._loop.turn(min(end, self._crowd.next_move(NEVER)))

    def _begin(self, order: orders.Begin) -> None:
        doing = [
            (person, activity)
            for person in self._crowd.people
            for activity in order.activities
            if person.room.number < order.rooms and person.number < activity.people(person.room.size)
        ]
        self._phase += 1
        self._agenda = Agenda(doing, order.at, seed=self._setup.number * PHASES + self._phase)
        self._tick = TICK
        self._next_tick = order.at + TICK
        self._busy_before, self._tick_before = process_time(), perf_counter_ns()

    def _plan_drop(self, order: orders.Drop) -> None:
        if order.by_operator:
            self._crowd.expect_drop(order.at)
        else:
            self._drop = order

    def _drop_when_due(self) -> None:
        if self._drop is not None and perf_counter_ns() >= self._drop.at:
            self._crowd.drop_all(self._drop.at)
            self._drop = None

    def _end(self, _: orders.End) -> None:
        """What is due by now is sent first: we may have been held up."""
        now = perf_counter_ns()
        while self._agenda.next_at <= now:
            self._send_due()
            self._loop.turn(now)
        self._agenda = Agenda((), 0, 0)
        self._tick = QUICK_TICK
        self._next_tick = perf_counter_ns()

    def _account_for(self, _: orders.AccountFor) -> None:
        self._next_tick = NEVER
        people = tuple(_account(person) for person in self._crowd.people)
        self._parent.send(orders.Account(self._setup.number, self._traffic.totals, people))
        self._traffic.totals = Totals()

    def _quit(self, _: orders.Quit) -> None:
        self._is_running = False

    # --- Reports ---

    def _report(self) -> None:
        """A second has passed. Not exactly, when we are late; so how long it was goes with it."""
        now, busy = perf_counter_ns(), process_time()
        traffic, crowd = self._traffic, self._crowd
        counts = [person.receiver.counts for person in crowd.people]
        self._parent.send(
            orders.Tick(
                process=self._setup.number,
                at=now,
                tallies=traffic.tallies,
                lateness=traffic.lateness,
                turns=self._turns,
                busy=busy - self._busy_before,
                lasted=(now - self._tick_before) / NANOSECONDS,
                totals=traffic.totals,
                durable=sum(one.durable for one in counts),
                volatile=sum(one.volatile for one in counts),
                broken=sum(one.twice + one.disorder + one.strange for one in counts),
                here=crowd.here,
                away=crowd.away,
                cuts=crowd.cuts,
                returns=crowd.returns,
                absences=crowd.absences,
                moves=crowd.moves,
            )
        )
        traffic.tallies, traffic.lateness, self._turns = {}, {}, {}
        crowd.cuts, crowd.returns, crowd.absences, crowd.moves = {}, {}, {}, 0
        self._busy_before, self._tick_before = busy, now
        self._next_tick = max(self._next_tick + self._tick, now)


def _account(person: Person) -> PersonAccount:
    sent, receiver = person.sent, person.receiver
    account = PersonAccount(
        room=person.room.number,
        number=person.number,
        is_slow=person.is_slow,
        sent_durable=sent.durable,
        sent_volatile=sent.volatile,
        refused=sent.refused,
        unanswered=len(person.unacknowledged),
        counts=receiver.forget_holes(),
        seq=receiver.seq,
        chain=receiver.chain,
    )
    person.sent = Sent()
    person.is_slow = False  # awake since the last stage, and everything has been read
    return account
