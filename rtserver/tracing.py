"""Traces of commands, from the frame to the ack, for OpenTelemetry: where a command that took long has been.

A share of the commands is traced (`trace_sample`); of each, one span with a child for each stage: `take` (reading,
waiting, permissions), `decide`, `append`, `fan_out`. They are sent in the background (OTLP over HTTP) to
`trace_endpoint`. Attributes hold ids and codes, never names or texts. Without an endpoint nothing of OpenTelemetry is
imported here, and `begin` gives None.
"""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rooms.errors import Refused
from rtserver import __version__
from rtserver.config import ConfigInvalid, Settings
from rtserver.metrics.figures import COMMAND_NAMES, DONE, UNKNOWN

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

SERVICE = "rtserver"

PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
"""What the extra `tracing` brings."""

TRACES_PATH = "/v1/traces"
"""Where collectors take traces (OTLP/HTTP 1.x, "Binary Protobuf Encoding"), when the endpoint is without a path."""

EXPORT_TIMEOUT = 5
"""Seconds for a collector to take a batch; it is a background thread that waits."""

LAST_EXPORT_TIMEOUT = 2.0
"""Seconds for the last batch when the server ends."""


class Stage(StrEnum):
    """What a command is going through."""

    TAKE = "take"
    DECIDE = "decide"
    APPEND = "append"
    FAN_OUT = "fan_out"


class CommandTrace:
    """One command that is traced. Times are nanoseconds since 1970, as spans want them."""

    __slots__ = ("_attributes", "_marks", "_name", "_tracer")

    def __init__(self, tracer: "Tracer", name: str, attributes: dict[str, str]) -> None:
        self._tracer = tracer
        self._name = name
        self._attributes = attributes
        self._marks: list[tuple[Stage, int]] = [(Stage.TAKE, time.time_ns())]

    def enters(self, stage: Stage) -> None:
        """From now on it is in this stage; one that another process was faster than is decided and appended again."""
        self._marks.append((stage, time.time_ns()))

    def answered(self, outcome: object) -> None:
        """The answer is on its way; the trace ends with this turn of the loop, when frames are handed to transports."""
        asyncio.get_running_loop().call_soon(self._finish, outcome)

    def _finish(self, outcome: object) -> None:
        from opentelemetry import trace

        ended = time.time_ns()
        root = self._tracer.start_span(self._name, attributes=self._attributes, start_time=self._marks[0][1])
        root.set_attribute("rtserver.result", outcome.code if isinstance(outcome, Refused) else DONE)
        within = trace.set_span_in_context(root)
        ends = [*(at for _, at in self._marks[1:]), ended]
        for (stage, started), end in zip(self._marks, ends, strict=True):
            self._tracer.start_span(stage, context=within, start_time=started).end(end)
        root.end(ended)


class Tracing:
    """The tracing of this process: off until it is started."""

    __slots__ = ("_chance", "_provider", "_share", "_tracer", "current")

    def __init__(self, chance: Callable[[], float] = random.random) -> None:
        self.current: CommandTrace | None = None
        """That of the command whose handler runs just now: what it hands to a stream is a part of it."""
        self._chance = chance
        self._tracer: Tracer | None = None
        self._provider: TracerProvider | None = None
        self._share = 0.0

    def start(self, provider: "TracerProvider", share: float) -> None:
        """Trace a share (0 to 1) of the commands from now on."""
        self._provider, self._share = provider, share
        self._tracer = provider.get_tracer(SERVICE, __version__)

    async def stop(self) -> None:
        """Trace no more, and send what is left."""
        provider, self._provider, self._tracer = self._provider, None, None
        if provider is not None:
            # Neither the SDK's own time limit nor the interpreter's last wait may keep the process from ending.
            ending = threading.Thread(target=provider.shutdown, name="last-traces", daemon=True)
            ending.start()
            await asyncio.to_thread(ending.join, LAST_EXPORT_TIMEOUT)

    def begin(self, name: str, project: str, member: str, connection: str) -> CommandTrace | None:
        """The trace of a command that has just come; None: it is not traced."""
        tracer = self._tracer
        if tracer is None or self._chance() >= self._share:
            return None
        return CommandTrace(
            tracer,
            name if name in COMMAND_NAMES else UNKNOWN,
            {"rtserver.project": project, "rtserver.member": member, "rtserver.connection": connection},
        )


TRACING = Tracing()
"""That of this process."""


def check_tracing(settings: Settings) -> None:
    """Raises `ConfigInvalid` when traces are wanted and their packages are not installed."""
    if settings.trace_endpoint and not all(_is_installed(name) for name in PACKAGES):
        raise ConfigInvalid(
            "trace_endpoint (RT_TRACE_ENDPOINT) needs packages that are not installed: "
            "install rtserver's wheel with its extra `tracing` (docs/operations.md), or leave it empty."
        )


def start_tracing(settings: Settings, node: str) -> None:
    """Trace as the settings say, if they do. `node`: this process's name."""
    if not settings.trace_endpoint:
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    about = {"service.name": SERVICE, "service.version": __version__, "service.instance.id": node}
    provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=traces_url(settings.trace_endpoint), timeout=EXPORT_TIMEOUT)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    TRACING.start(provider, settings.trace_sample)


def traces_url(endpoint: str) -> str:
    """Where spans are posted to: the endpoint, with the usual path when it has none."""
    return endpoint.rstrip("/") + TRACES_PATH if urlsplit(endpoint).path in ("", "/") else endpoint


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # a package above it is missing
        return False
