"""What changed on a node between two scrapes: rates, quantiles, and what it is now."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from rtserver.top.scrape import Scrape

PEOPLE = ("connections", "projects", "rooms", "boards", "participants", "outbox_bytes")
"""Gauges that are added up over nodes."""

HISTOGRAMS = ("append", "fanout", "loop_lag")

DONE = "ok"


class Distribution(Struct, frozen=True):
    """How many observations came into each bucket meanwhile; `bounds` are seconds, the last one infinite."""

    bounds: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()

    def quantile(self, share: float) -> float | None:
        """In seconds, as Prometheus's `histogram_quantile` reckons; None when nothing was observed."""
        total = sum(self.counts)
        if total <= 0:
            return None
        rank, below = share * total, 0.0
        for lower, upper, count in zip((0.0, *self.bounds), self.bounds, self.counts, strict=False):
            if count and below + count >= rank:
                return lower if upper == float("inf") else lower + (upper - lower) * (rank - below) / count
            below += count
        return self.bounds[-2]

    def plus(self, other: "Distribution") -> "Distribution":
        """Both together."""
        if not self.bounds or not other.bounds:
            return self if self.bounds else other
        return Distribution(self.bounds, tuple(a + b for a, b in zip(self.counts, other.counts, strict=True)))


class NodeFigures(Struct, frozen=True, kw_only=True):
    """A node, or several together. Rates are per second; `slow_closes` and `resyncs` are counts of the interval.

    `state`: `up`, or what is wrong, most important first. `broker_lag`: seconds, None when there is no broker.
    """

    name: str
    version: str = ""
    state: str = "up"
    seconds: float = 0.0
    gauges: Mapping[str, float] = {}
    calls: float = 0.0
    polling: float = 0.0
    cpu: float = 0.0
    memory_bytes: float = 0.0
    commands: float = 0.0
    errors: Mapping[str, float] = {}
    frames: float = 0.0
    dropped: float = 0.0
    slow_closes: float = 0.0
    resumes: float = 0.0
    resyncs: float = 0.0
    broker_lag: float | None = None
    distributions: Mapping[str, Distribution] = {}

    @property
    def error_rate(self) -> float:
        """Refused commands a second."""
        return sum(self.errors.values())

    def quantile(self, name: str, share: float) -> float | None:
        """In seconds; `name`: one of `HISTOGRAMS`."""
        return self.distributions.get(name, Distribution()).quantile(share)


def measure(name: str, before: Scrape, after: Scrape) -> NodeFigures:
    """What happened between two scrapes of a node. Counters that fell began anew: the node was restarted."""
    seconds = max(after.at - before.at, 1e-3)
    results = _changes(before.by_label("rtserver_commands_total", "result"), after, "rtserver_commands_total", "result")

    def change(metric: str) -> float:
        return _change(before.sum(metric), after.sum(metric))

    return NodeFigures(
        name=name,
        version=after.label("rtserver_build_info", "version"),
        state=state_of(after),
        seconds=seconds,
        gauges={gauge: after.sum(f"rtserver_{gauge}") for gauge in PEOPLE},
        calls=after.sum("rtserver_calls"),
        polling=after.sum("rtserver_sockets", transport="polling"),
        cpu=change("process_cpu_seconds_total") / seconds,
        memory_bytes=after.sum("process_resident_memory_bytes"),
        commands=sum(results.values()) / seconds,
        errors={code: count / seconds for code, count in sorted(results.items()) if code != DONE and count},
        frames=change("rtserver_frames_sent_total") / seconds,
        dropped=change("rtserver_dropped_total") / seconds,
        slow_closes=change("rtserver_slow_closes_total"),
        resumes=change("rtserver_resumes_total"),
        resyncs=change("rtserver_resyncs_total"),
        broker_lag=_broker_lag(after),
        distributions={histogram: _distribution(before, after, histogram) for histogram in HISTOGRAMS},
    )


def state_of(scrape: Scrape) -> str:
    """`up`, or what is wrong."""
    if not scrape.sum("rtserver_database_up"):
        return "no database"
    if scrape.sum("rtserver_draining"):
        return "draining"
    connected = scrape.by_label("rtserver_broker_connected", "")
    if connected and not sum(connected.values()):
        return "no broker"
    if scrape.sum("rtserver_media_workers") < scrape.sum("rtserver_media_workers_wanted"):
        return "media down"
    return "up"


def together(nodes: Sequence[NodeFigures]) -> NodeFigures:
    """All of them as one. CPU is cores in use; the lag is the longest."""
    errors: dict[str, float] = {}
    for node in nodes:
        for code, rate in node.errors.items():
            errors[code] = errors.get(code, 0.0) + rate
    lags = [node.broker_lag for node in nodes if node.broker_lag is not None]
    return NodeFigures(
        name="all",
        state="",
        seconds=max((node.seconds for node in nodes), default=0.0),
        gauges={gauge: sum(node.gauges.get(gauge, 0.0) for node in nodes) for gauge in PEOPLE},
        calls=sum(node.calls for node in nodes),
        polling=sum(node.polling for node in nodes),
        cpu=sum(node.cpu for node in nodes),
        memory_bytes=sum(node.memory_bytes for node in nodes),
        commands=sum(node.commands for node in nodes),
        errors=errors,
        frames=sum(node.frames for node in nodes),
        dropped=sum(node.dropped for node in nodes),
        slow_closes=sum(node.slow_closes for node in nodes),
        resumes=sum(node.resumes for node in nodes),
        resyncs=sum(node.resyncs for node in nodes),
        broker_lag=max(lags, default=None),
        distributions={
            name: _sum(node.distributions.get(name, Distribution()) for node in nodes) for name in HISTOGRAMS
        },
    )


def _broker_lag(scrape: Scrape) -> float | None:
    found = scrape.by_label("rtserver_broker_lag_seconds", "")
    return sum(found.values()) if found else None


def _distribution(before: Scrape, after: Scrape, histogram: str) -> Distribution:
    name = f"rtserver_{histogram}_seconds_bucket"
    cumulative = {
        float(bound): count for bound, count in _changes(before.by_label(name, "le"), after, name, "le").items()
    }
    bounds = sorted(cumulative)
    counts = [upper - lower for lower, upper in pairwise((0.0, *(cumulative[bound] for bound in bounds)))]
    return Distribution(tuple(bounds), tuple(max(0.0, count) for count in counts))


def _changes(before: Mapping[str, float], after: Scrape, name: str, label: str) -> dict[str, float]:
    return {key: _change(before.get(key, 0.0), value) for key, value in after.by_label(name, label).items()}


def _change(before: float, after: float) -> float:
    return after - before if after >= before else after


def _sum(distributions: Iterable[Distribution]) -> Distribution:
    total = Distribution()
    for one in distributions:
        total = total.plus(one)
    return total
