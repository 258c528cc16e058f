"""Short runs against a real server: everything arrives once and in order, and limits are told. No speed is asserted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loadtests import __main__ as command
from loadtests import ramp, running
from loadtests.generator import conductor
from loadtests.generator.observation import Observation
from loadtests.live import Screen
from loadtests.options import KEY_VARIABLE, parser
from loadtests.results import model
from loadtests.results.model import Result
from loadtests.server import Installation, find_command
from tests.wire.server import Server

pytestmark = [pytest.mark.wire, pytest.mark.timeout(100)]

GENEROUS = {
    "signals_rate": 5_000,
    "signals_burst": 5_000,
    "member_signals_rate": 5_000,
    "member_signals_burst": 5_000,
}
ANY_SPEED = ["--target-p99", "60000", "--target-return", "60"]
"""This machine may be busy with other tests."""

SMALL = ["--size", "6", "--warm-up", "0.2", "--duration", "1"]

BUSY = ["--rate", "300"]
"""Each of the six does something every 0.2 s, so that no stage of half a second is without a message by chance. At a
tenth of it one run in 300 was."""

Start = Callable[..., Server]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    servers: list[Server] = []

    def begin(**settings: Any) -> Server:
        server = Server(tmp_path_factory.mktemp("server"), **settings)
        servers.append(server.start())
        return server

    yield begin
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def server(start: Start) -> Server:
    return start(**GENEROUS)


@pytest.fixture(scope="module")
def key(server: Server) -> str:
    return new_key(server)


@pytest.fixture(autouse=True)
def environment(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, key)


def new_key(server: Server) -> str:
    return Installation(find_command(), Path(str(server.overrides["data"]))).key


class Quiet:
    """Watches and says nothing."""

    def preparing(self, what: str, done: int, total: int) -> None: ...

    def stage(self, name: str, seconds: float) -> None: ...

    def please_restart(self) -> None: ...

    def look(self, observation: Observation) -> None: ...


def order(*arguments: str) -> running.Order:
    given = [*arguments, *ANY_SPEED]
    return running.order(parser().parse_args(given), given)


def assert_nothing_is_broken(result: Result) -> None:
    assert result.verdict.is_passed, result.verdict.sentence
    durable, volatile = result.figures.durable, result.figures.volatile
    assert durable.broken == 0
    assert durable.delivered == durable.expected == durable.sent * result.settings.size
    assert volatile.delivered + volatile.dropped == volatile.expected
    assert result.figures.connections.gone == 0


def test_a_lesson_by_two_processes(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conductor, "QUIET", 5.0)  # what is late on a busy machine is not dropped
    page, file = tmp_path / "report.html", tmp_path / "result.json"
    written = ["--report", str(page), "--json", str(file)]
    load = ["--rooms", "2", "--rate", "600", "--processes", "2"]
    status = command.main(["run", "lesson", "--url", server.url, *SMALL, *load, *ANY_SPEED, *written])
    assert status == command.FINE, capsys.readouterr()
    result = model.decode(file.read_bytes())
    assert_nothing_is_broken(result)
    assert result.figures.volatile.dropped == 0
    assert result.figures.durable.sent > 0
    assert {one.name for one in result.figures.latencies} >= {"all deliveries", "cursor", "stroke"}
    assert result.figures.timeline
    assert result.figures.generator.processes == 2
    assert "✓ Targets met" in page.read_text()


def test_everybody_drops_and_comes_back(server: Server) -> None:
    result = running.run(order("run", "reconnect", "--url", server.url, *SMALL, "--rooms", "2", *BUSY), Quiet())
    assert_nothing_is_broken(result)
    back = result.figures.connections
    assert back.back_last_s is not None
    assert back.never_back == 0
    assert [stage.name for stage in result.figures.stages] == ["warm-up", "before", "storm", "after"]


def test_the_server_is_restarted(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    own = start(**GENEROUS)
    monkeypatch.setenv(KEY_VARIABLE, new_key(own))

    class Operator(Quiet):
        def please_restart(self) -> None:
            own.stop()
            own.start()

    asked = order("run", "reconnect", "--url", own.url, *SMALL, "--rooms", "1", *BUSY, "--restart-by-operator")
    result = running.run(asked, Operator())
    assert_nothing_is_broken(result)
    assert sum(result.figures.connections.cut.values()) >= 6


def test_idle(server: Server) -> None:
    result = running.run(order("run", "idle", "--url", server.url, *SMALL, "--rooms", "2"), Quiet())
    assert result.verdict.is_passed
    assert result.figures.connections.entered == 12
    assert result.figures.durable.sent == 0


def test_a_search(server: Server) -> None:
    asked = order("ramp", "storm", "--url", server.url, *SMALL, "--duration", "0.5", "--processes", "1")
    limits = ramp.Limits("rooms", first=1.0, most=2.0)
    with Screen() as screen:
        result = ramp.ramp(asked, limits, screen)
    assert result.kind == "ramp"
    assert result.ramp is not None
    assert result.ramp.highest in (1, 2)
    assert result.ramp.steps[0].load == 1
    assert "people" in result.verdict.sentence


def sentence(server: Server, key: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    given = ["run", "lesson", "--url", server.url, *SMALL, "--key", key, *arguments]
    assert command.main(given) == command.NOT_MEASURED
    return capsys.readouterr().err.splitlines()[-1]


def test_a_wrong_key(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    said = sentence(server, "wrong", capsys)
    assert said.startswith("loadtests: The server does not take this API key")
    assert "rtserver key create NAME" in said


def test_the_server_is_full(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    own = start(connections_max=3)
    assert "raise RT_CONNECTIONS_MAX" in sentence(own, new_key(own), capsys)


def test_the_server_limits_signals(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    own = start(signals_rate=1, signals_burst=1)
    assert "raise RT_SIGNALS_RATE, RT_SIGNALS_BURST" in sentence(own, new_key(own), capsys, "--rate", "100")


def test_the_server_limits_commands(start: Start, capsys: pytest.CaptureFixture[str]) -> None:
    own = start(commands_rate=0.5, commands_burst=4, **GENEROUS)
    said = sentence(own, new_key(own), capsys, "--rate", "2000")
    assert "raise RT_COMMANDS_RATE" in said
