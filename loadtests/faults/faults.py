"""The faults: each begins, lasts, and is over when its function returns. Whatever happens, it is healed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from loadtests.faults import sessions
from loadtests.faults.stage import Deployed
from loadtests.problem import Problem
from loadtests.topology.relay import Relay
from loadtests.topology.topology import POSTGRES, REDIS, Node

Fault = Callable[[Deployed], None]

SLOW = 0.05
"""Seconds that a slow line takes, each way."""

CUT_AFTER_MIN, CUT_AFTER_MAX = 200, 4_000
"""Bytes of a burst after which a line is cut: in the middle of a message as a rule. PostgreSQL answers a commit in a
hundred of them, and a burst is some tens of commits."""

BURST_WITHIN = 5.0
"""Seconds in which a burst has made so many bytes at a node; else nobody is at that one, as after it was restarted."""

LOOK_INTERVAL = 0.001
"""Seconds between two looks how many they are: a burst takes a hundred times as long."""

NO_BURST = "A burst did not lead to any bytes on a line: do the nodes not use it?"

CLOCK_APART = 300.0
"""Seconds that a clock is off."""


# --- Redis ---


def redis_killed(stage: Deployed) -> None:
    """Gone at once, and back after a while, without what it knew."""
    redis = stage.topology.redis
    redis.kill()
    try:
        stage.hold()
    finally:
        redis.start()


def redis_restarted_empty(stage: Deployed) -> None:
    """Ended in order and there again at once; nothing is in it."""
    stage.topology.redis.restart()
    if stage.topology.redis.ask("DBSIZE") is None:
        raise Problem("Redis does not answer after it was restarted: see its log.")


def redis_hung(stage: Deployed) -> None:
    """Holds its connections and answers nobody."""
    redis = stage.topology.redis
    redis.pause()
    try:
        stage.hold()
    finally:
        redis.resume()


def redis_slow(stage: Deployed) -> None:
    """Every byte takes its time."""
    lines = [stage.to_redis(node) for node in stage.topology.nodes]
    with _restored(*lines):
        for line in lines:
            line.delay(SLOW)
        stage.hold()


def redis_cut_in_burst(stage: Deployed) -> None:
    """A node's connections end in the middle of a burst."""
    _cut_in_burst(stage, stage.to_redis)


# --- PostgreSQL ---


def postgres_killed(stage: Deployed) -> None:
    """With all its processes, as by a power cut."""
    postgres = stage.topology.postgres
    postgres.kill()
    try:
        stage.hold()
    finally:
        postgres.start()


def postgres_restarted(stage: Deployed) -> None:
    """In order, which ends every connection."""
    stage.topology.postgres.restart()


def postgres_read_only(stage: Deployed) -> None:
    """Takes no writes, as a server that has become a standby."""
    with sessions.setting(stage, "default_transaction_read_only", "on"):
        stage.hold()


def postgres_pool_exhausted(stage: Deployed) -> None:
    """Somebody holds a lock that everybody wants: every connection of every node waits."""
    with sessions.table_locked(stage):
        stage.hold()


def postgres_deadlock(stage: Deployed) -> None:
    """Two transactions wait for each other: PostgreSQL ends ours."""
    sessions.deadlock(stage)


def postgres_cut_in_burst(stage: Deployed) -> None:
    """A node's connections end in the middle of a burst: of some commits nobody knows whether they were made."""
    _cut_in_burst(stage, stage.to_postgres)


# --- Nodes ---


def node_killed_in_burst(stage: Deployed) -> None:
    """A node is gone while everybody writes, and comes back after a while."""
    server = stage.some_node().server
    stage.burst()
    server.kill()
    try:
        stage.hold()
    finally:
        server.start()
    stage.wait_for_nodes()


def node_without_redis(stage: Deployed) -> None:
    """Cut off from Redis only, in the middle of a burst; nobody tells it."""
    _cut_off(stage, stage.to_redis, REDIS)


def node_without_postgres(stage: Deployed) -> None:
    """Cut off from PostgreSQL only, in the middle of a burst; nobody tells it."""
    _cut_off(stage, stage.to_postgres, POSTGRES)


def node_stuck(stage: Deployed) -> None:
    """Holds all its connections and does nothing."""
    server = stage.some_node().server
    server.pause()
    try:
        stage.wait(stage.plan.stuck)
    finally:
        server.resume()
    stage.wait_for_nodes()


def clocks_apart(stage: Deployed) -> None:
    """The clock of a node jumps, forward or back, and goes right again after a while."""
    clock = stage.clock(stage.some_node())
    clock.set(stage.dice.choice((-CLOCK_APART, CLOCK_APART)))
    try:
        stage.hold()
    finally:
        clock.set(0.0)


# --- The balancer ---


def balancer_drops_all(stage: Deployed) -> None:
    """Every connection through it ends at once."""
    stage.topology.balancer.drop_connections()


def balancer_killed(stage: Deployed) -> None:
    """It is gone, with every connection, and back after a while."""
    balancer = stage.topology.balancer
    balancer.kill()
    try:
        stage.hold()
    finally:
        balancer.start()
    stage.wait_for_nodes()


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        redis_killed,
        redis_restarted_empty,
        redis_hung,
        redis_slow,
        redis_cut_in_burst,
        postgres_killed,
        postgres_restarted,
        postgres_read_only,
        postgres_pool_exhausted,
        postgres_deadlock,
        postgres_cut_in_burst,
        node_killed_in_burst,
        node_without_redis,
        node_without_postgres,
        node_stuck,
        clocks_apart,
        balancer_drops_all,
        balancer_killed,
    )
}
"""By their kind."""


def _cut_off(stage: Deployed, line_of: Callable[[Node], Relay], host: str) -> None:
    """As `Deployed.cut_off`, at a node that just takes part in a burst."""
    for node in stage.nodes_by_chance():
        line = line_of(node)
        enough = line.counters().to_client + stage.dice.randint(CUT_AFTER_MIN, CUT_AFTER_MAX)
        stage.burst()
        if _has_passed(stage, line, enough):
            with stage.cut_off(node, line, host):
                stage.hold()
            return
    raise Problem(NO_BURST)


def _has_passed(stage: Deployed, line: Relay, count: int) -> bool:
    deadline = perf_counter() + BURST_WITHIN
    while line.counters().to_client < count:
        if perf_counter() > deadline:
            return False
        stage.wait(LOOK_INTERVAL)
    return True


def _cut_in_burst(stage: Deployed, line_of: Callable[[Node], Relay]) -> None:
    """End the connections of a node that just takes part in a burst, with a reset."""
    for node in stage.nodes_by_chance():
        line = line_of(node)
        with _restored(line):
            line.cut_after(stage.dice.randint(CUT_AFTER_MIN, CUT_AFTER_MAX), "to_client")
            stage.burst()
            if line.wait_until_cut(BURST_WITHIN):
                return
    raise Problem(NO_BURST)


@contextmanager
def _restored(*lines: Relay) -> Iterator[None]:
    try:
        yield
    finally:
        for line in lines:
            line.restore()
