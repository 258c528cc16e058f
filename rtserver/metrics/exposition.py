"""Every metric that there is: its name, its help and its unit, made of what was counted and of a look at the process.

The names are an interface: dashboards, alerts and `rtserver top` are built on them (deploy/, docs/operations.md).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

from msgspec import Struct
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from media.engine import WorkerFigures
from rtserver import __version__
from rtserver.metrics.figures import Figures, Histogram


class BrokerState(Struct, frozen=True):
    """The way to other processes. `lag`: seconds; `dropped`: messages that could not be published."""

    is_connected: bool
    lag: float
    dropped: int


class MediaState(Struct, frozen=True):
    """The workers that answer, and how many there should be."""

    wanted: int
    workers: tuple[WorkerFigures, ...]


class DiskState(Struct, frozen=True):
    """Bytes of the file system that the data lie on."""

    free: int
    size: int


class State(Struct, frozen=True):
    """The process at one moment. `sockets`: open ones by transport; `calls`: those that go on, by mode.

    `disk`: None when the database is elsewhere; `broker`: None when this process is alone; `media`: None when there are
    no calls on this server.
    """

    node: str
    sockets: Mapping[str, int]
    sockets_limit: int
    connections: int
    projects: int
    rooms: int
    boards: int
    calls: Mapping[str, int]
    participants: int
    outbox_bytes: int
    is_draining: bool
    is_database_up: bool
    tasks: int = 0
    disk: DiskState | None = None
    broker: BrokerState | None = None
    media: MediaState | None = None


def new_registry(figures: Figures, look: Callable[[], State]) -> CollectorRegistry:
    """What `prometheus_client.generate_latest` writes out. `look` is called once for each scrape."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)
    registry.register(Exposition(figures, look))
    return registry


class Exposition(Collector):
    """Ours beside those of the client library (`process_`, `python_`)."""

    def __init__(self, figures: Figures, look: Callable[[], State]) -> None:
        self._figures = figures
        self._look = look

    def describe(self) -> Iterable[Metric]:
        """Nothing: names are checked by tests, and a registry need not look at the process for that."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All of them, as of now."""
        state = self._look()
        yield from _of_process(state)
        yield from _of_people(state)
        yield from _of_work(self._figures, state)
        if state.disk is not None:
            yield _gauge("rtserver_disk_free_bytes", "Left on the disk of the data folder.", state.disk.free)
            yield _gauge("rtserver_disk_size_bytes", "Size of the disk of the data folder.", state.disk.size)
        if state.broker is not None:
            yield from _of_broker(state.broker)
        if state.media is not None:
            yield from _of_media(state.media)


def _of_process(state: State) -> Iterator[Metric]:
    build = GaugeMetricFamily("rtserver_build_info", "Always 1; the labels say what runs.", labels=("version", "node"))
    build.add_metric((__version__, state.node), 1)
    yield build
    yield _gauge(
        "rtserver_draining", "Whether this process sends its people to others, since it ends.", state.is_draining
    )
    yield _gauge("rtserver_tasks", "Tasks of the event loop.", state.tasks)
    yield _gauge("rtserver_database_up", "Whether the database answered just now.", state.is_database_up)


def _of_people(state: State) -> Iterator[Metric]:
    yield _gauges("rtserver_sockets", "Open sockets, signed in or not.", "transport", state.sockets)
    yield _gauge("rtserver_sockets_limit", "Sockets from which on nobody is let in.", state.sockets_limit)
    yield _gauge("rtserver_connections", "Signed-in sockets.", state.connections)
    yield _gauge("rtserver_projects", "Projects that somebody is connected to.", state.projects)
    yield _gauge("rtserver_rooms", "Rooms that somebody is in.", state.rooms)
    yield _gauge("rtserver_boards", "Boards that somebody follows.", state.boards)
    yield _gauges("rtserver_calls", "Calls that go on.", "mode", state.calls)
    yield _gauge("rtserver_participants", "People in calls.", state.participants)


def _of_work(figures: Figures, state: State) -> Iterator[Metric]:
    commands = CounterMetricFamily(
        "rtserver_commands", "Answered commands by name and result: ok, or the error's code.", labels=("type", "result")
    )
    for key, count in list(figures.commands.items()):
        commands.add_metric(key, count)
    yield commands
    yield _histogram(
        "rtserver_append_seconds", "From handing events to the log until they are durable.", figures.append
    )
    yield _histogram("rtserver_fanout_seconds", "From a commit until its last frame was handed over.", figures.fanout)
    yield _histogram("rtserver_loop_lag_seconds", "How late the event loop calls timers.", figures.loop_lag)
    yield _counter("rtserver_frames_sent", "Frames sent, by WebSocket or to polls.", figures.frames)
    yield _gauge("rtserver_outbox_bytes", "Bytes that sockets have not taken yet.", state.outbox_bytes)
    yield _counter("rtserver_dropped", "Volatile frames left out, since their socket was behind.", figures.dropped)
    yield _counter("rtserver_slow_closes", "Sockets cut since they did not keep up.", figures.slow_closes)
    yield _counter("rtserver_crowded_closes", "Connections closed to make room for others.", figures.crowded_closes)
    yield _counters("rtserver_resumes", "Joins answered with the missed events.", "kind", figures.resumes)
    yield _counters("rtserver_resyncs", "Joins of who came back that needed a snapshot.", "kind", figures.resyncs)


def _of_broker(broker: BrokerState) -> Iterator[Metric]:
    yield _gauge("rtserver_broker_connected", "Whether other processes can be reached at once.", broker.is_connected)
    yield _gauge("rtserver_broker_lag_seconds", "How long a message to another process takes.", broker.lag)
    yield _counter("rtserver_broker_dropped", "Messages to other processes that could not be sent.", broker.dropped)


def _of_media(media: MediaState) -> Iterator[Metric]:
    yield _gauge("rtserver_media_workers_wanted", "Media workers that there should be.", media.wanted)
    yield _gauge("rtserver_media_workers", "Media workers that answer.", len(media.workers))
    cpu = CounterMetricFamily("rtserver_media_cpu_seconds", "CPU time of media workers.", labels=("worker",))
    packets = CounterMetricFamily(
        "rtserver_media_packets", "RTP packets of media workers.", labels=("worker", "direction")
    )
    dropped = CounterMetricFamily(
        "rtserver_media_dropped", "Packets and requests refused, by reason.", labels=("worker", "reason")
    )
    loss = GaugeMetricFamily(
        "rtserver_media_loss_ratio",
        "Mean loss of the tracks received and of those sent.",
        labels=("worker", "direction"),
    )
    for figures in media.workers:
        worker = str(figures.worker)
        cpu.add_metric((worker,), figures.cpu_seconds)
        packets.add_metric((worker, "received"), figures.packets_received)
        packets.add_metric((worker, "sent"), figures.packets_sent)
        for reason, count in sorted(figures.dropped.items()):
            dropped.add_metric((worker, reason), count)
        loss.add_metric((worker, "received"), _mean([track.loss for call in figures.calls for track in call.tracks]))
        loss.add_metric((worker, "sent"), _mean([one.loss for call in figures.calls for one in call.subscribers]))
    yield from (cpu, packets, dropped, loss)


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=float(value))


def _gauges(name: str, about: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=(label,))
    for key, value in sorted(values.items()):
        family.add_metric((key,), value)
    return family


def _counter(name: str, about: str, value: int) -> Metric:
    return CounterMetricFamily(name, about, value=value)


def _counters(name: str, about: str, label: str, values: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, about, labels=(label,))
    for key, value in sorted(values.items()):
        family.add_metric((key,), value)
    return family


def _histogram(name: str, about: str, histogram: Histogram) -> Metric:
    cumulative = list(accumulate(histogram.counts))
    bounds = [*(str(bound) for bound in histogram.bounds), "+Inf"]
    return HistogramMetricFamily(
        name, about, buckets=list(zip(bounds, cumulative, strict=True)), sum_value=histogram.total
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
