"""Traces: which commands, what stages, what they hold, that a collector gets them, and that they are not in the way."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from rooms.errors import ErrorCode, Refused
from rtserver import __version__, tracing
from rtserver.config import ConfigInvalid, Settings
from rtserver.tracing import TRACING, Stage, Tracing, check_tracing, start_tracing, traces_url
from tests.rtserver.metrics.test_listener import ask, watched

TEXT = "Une phrase que personne ne doit lire"


class Traced:
    """Tracing into memory."""

    def __init__(self, share: float = 1.0, chance: float = 0.5) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracing = Tracing(lambda: chance)
        self.tracing.start(self.provider(), share)

    def provider(self) -> TracerProvider:
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        return provider

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())


@pytest.fixture
async def everything() -> AsyncIterator[Traced]:
    """This process's tracing, of each command."""
    traced = Traced()
    TRACING.start(traced.provider(), 1.0)
    yield traced
    await TRACING.stop()


def test_off() -> None:
    """Nothing is traced, and this module loads nothing of OpenTelemetry (the Redis client does where it can)."""
    assert Tracing().begin("chat.post", "p", "m", "c") is None
    code = "import sys, rtserver.tracing; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("share", "is_traced"), [(0.0, False), (0.5, False), (0.51, True), (1.0, True)])
def test_a_share(share: float, is_traced: bool) -> None:
    """As chance has it."""
    assert (Traced(share, chance=0.5).tracing.begin("chat.post", "p", "m", "c") is not None) is is_traced


@pytest.mark.parametrize(("outcome", "result"), [(object(), "ok"), (Refused(ErrorCode.UNAVAILABLE), "unavailable")])
async def test_stages(outcome: object, result: str) -> None:
    """One after the other without a gap, within the command's span; it ends after the turn in which it is answered."""
    traced = Traced()
    trace = traced.tracing.begin("chat.post", "p1", "m1", "c1")
    assert trace is not None
    for stage in (Stage.DECIDE, Stage.APPEND, Stage.FAN_OUT):
        trace.enters(stage)
    trace.answered(outcome)
    assert traced.spans == []
    await asyncio.sleep(0)
    *stages, root = traced.spans
    assert [span.name for span in stages] == ["take", "decide", "append", "fan_out"]
    assert root.name == "chat.post"
    assert dict(root.attributes or {}) == {
        "rtserver.project": "p1",
        "rtserver.member": "m1",
        "rtserver.connection": "c1",
        "rtserver.result": result,
    }
    assert all(span.parent is not None and span.parent.span_id == root.context.span_id for span in stages)
    starts, ends = [span.start_time for span in stages], [span.end_time for span in stages]
    assert starts == [root.start_time, *ends[:-1]]
    assert ends[-1] == root.end_time


async def test_names_that_clients_make_up() -> None:
    """Are no names of spans."""
    traced = Traced()
    trace = traced.tracing.begin("Inès", "p", "m", "c")
    assert trace is not None
    trace.answered(Refused(ErrorCode.UNKNOWN_COMMAND))
    await asyncio.sleep(0)
    assert traced.spans[-1].name == "unknown"


async def test_a_lesson(everything: Traced, tmp_path: Path) -> None:
    """A posted message goes through all stages, reading through none; no text and no name is in any span."""
    async with watched(tmp_path, metrics_port=0) as server:
        talk, project = await server.enter()
        joined = await ask(talk, 1, "project.join", {})
        room = joined["ok"]["snapshot"]["rooms"][0]["id"]
        await ask(talk, 2, "room.join", {"room": room})
        await ask(talk, 3, "chat.post", {"room": room, "text": TEXT, "nonce": "nonce-0001"})
        await ask(talk, 4, "chat.history", {"room": room, "before": 100, "limit": 10})
        spans = everything.spans
    roots = {span.name: span for span in spans if span.parent is None}
    assert set(roots) == {"project.join", "room.join", "chat.post", "chat.history"}

    def stages(name: str) -> list[str]:
        root = roots[name].context.span_id
        return [span.name for span in spans if span.parent is not None and span.parent.span_id == root]

    assert stages("chat.post") == ["take", "decide", "append", "fan_out"]
    assert stages("chat.history") == ["take"]
    assert (roots["chat.post"].attributes or {})["rtserver.project"] == project
    written = "".join(span.to_json() for span in spans)
    for secret in (TEXT, *(named["name"] for named in joined["ok"]["roster"]["names"])):
        assert secret not in written


class Collector(HTTPServer):
    """Takes what is exported."""

    def __init__(self) -> None:
        self.received: list[tuple[str, ExportTraceServiceRequest]] = []
        super().__init__(("127.0.0.1", 0), CollectorHandler)


class CollectorHandler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


async def test_a_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gets what was traced, at the latest when the server ends, and is told which process it is of."""
    monkeypatch.delenv("OTEL_RESOURCE_ATTRIBUTES", raising=False)
    monkeypatch.setattr(tracing, "LAST_EXPORT_TIMEOUT", 30)
    collector = Collector()
    serving = threading.Thread(target=collector.serve_forever, args=(0.01,))
    serving.start()
    try:
        endpoint = f"http://127.0.0.1:{collector.server_port}"
        start_tracing(Settings(trace_endpoint=endpoint, trace_sample=1.0), "node-1")
        trace = TRACING.begin("chat.post", "p", "m", "c")
        assert trace is not None
        trace.answered(None)
        await asyncio.sleep(0)
        await TRACING.stop()
    finally:
        collector.shutdown()
        serving.join()
        collector.server_close()
    ((path, request),) = collector.received
    assert path == "/v1/traces"
    (of_process,) = request.resource_spans
    about = {one.key: one.value.string_value for one in of_process.resource.attributes}
    assert about["service.name"] == "rtserver"
    assert about["service.version"] == __version__
    assert about["service.instance.id"] == "node-1"
    assert [span.name for span in of_process.scope_spans[0].spans] == ["take", "chat.post"]
    assert TRACING.begin("chat.post", "p", "m", "c") is None


async def test_nothing_to_stop() -> None:
    """Without an endpoint nothing begins."""
    start_tracing(Settings(), "node-1")
    assert TRACING.begin("chat.post", "p", "m", "c") is None
    await TRACING.stop()


def test_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Are one sentence when they are needed, and nothing when not."""
    monkeypatch.setattr(tracing, "PACKAGES", ("no_such_package.sdk",))
    check_tracing(Settings())
    with pytest.raises(ConfigInvalid, match=r"^trace_endpoint \(RT_TRACE_ENDPOINT\) needs .*extra `tracing`.*\.$"):
        check_tracing(Settings(trace_endpoint="http://127.0.0.1:4318"))


def test_installed_packages() -> None:
    """Are found."""
    check_tracing(Settings(trace_endpoint="http://127.0.0.1:4318"))


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
        ("https://collector.example.eu/", "https://collector.example.eu/v1/traces"),
        ("https://collector.example.eu/otlp/v1/traces", "https://collector.example.eu/otlp/v1/traces"),
    ],
)
def test_where_they_go(endpoint: str, url: str) -> None:
    """To the usual path, unless another is given."""
    assert traces_url(endpoint) == url


@pytest.mark.parametrize(
    "endpoint", ["127.0.0.1:4318", "ftp://x", "http://", "https://user:secret@collector.example.eu"]
)
def test_bad_endpoints(endpoint: str) -> None:
    """Are refused, also one with a password: it would be shown."""
    with pytest.raises(ValueError, match="it must look like"):
        Settings(trace_endpoint=endpoint)
