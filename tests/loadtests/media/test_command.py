"""The command line: what it refuses, its exit status, and the JSON as its last line."""

import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from loadtests import __main__ as program
from loadtests import own_server
from loadtests.media import command
from loadtests.media.director import Measured
from loadtests.media.engine import Engine, Load, NotInstalled
from loadtests.problem import Problem
from tests.loadtests.media.examples import measured

Found = Measured | Exception


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> dict[str, Found]:
    """What each engine gives, instead of a measurement."""
    found: dict[str, Found] = {
        "ours": measured(10, has_worker=True),
        "janus": measured(20),
        "mediarelay": measured(900),
    }

    def measure(engine: Engine, load: Load, warm_up: float, duration: float, say: Callable[[str], None]) -> Measured:
        one = found[engine.name]
        if isinstance(one, Exception):
            raise one
        return one

    monkeypatch.setattr(command, "measure", measure)
    return found


def run(*arguments: str) -> int:
    return program.main(["media", "--rounds", "2", *arguments])


def test_json_is_the_last_line(engines: dict[str, Found], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "report.html"
    assert run("--compare", "janus", "--report", str(page), "--gate") == own_server.FINE
    *_, last = capsys.readouterr().out.splitlines()
    data = msgspec.json.decode(last)
    assert set(data["engines"]) == {"ours", "janus"}
    assert data["engines"]["ours"]["us_per_packet"] == 10
    assert data["rounds"] == 2
    assert data["command"].startswith("python -m loadtests media --rounds 2 --compare janus")
    assert page.read_text().startswith("<!doctype html>")


def test_an_engine_that_is_not_there_is_named(engines: dict[str, Found], capsys: pytest.CaptureFixture[str]) -> None:
    engines["janus"] = NotInstalled("Janus is not installed: do this.")
    assert run("--compare", "janus") == own_server.FINE
    said = capsys.readouterr()
    assert "Note: janus is left out: Janus is not installed: do this." in said.out
    assert msgspec.json.decode(said.out.splitlines()[-1])["left_out"] == {"janus": "Janus is not installed: do this."}
    assert run("--compare", "janus", "--gate") == own_server.MISSED


def test_a_target_that_is_missed_gates(engines: dict[str, Found], capsys: pytest.CaptureFixture[str]) -> None:
    engines["janus"] = measured(11)
    assert run("--compare", "janus") == own_server.FINE
    assert run("--compare", "janus", "--gate") == own_server.MISSED
    assert "MISSED  processor time per packet, ours to Janus" in capsys.readouterr().out


def test_all_engines_at_the_smallest_load(engines: dict[str, Found], capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--publishers", "2", "--subscribers", "2", "--compare", "janus", "--compare", "mediarelay")
    assert run(*arguments, "--gate") == own_server.FINE
    assert "MediaRelay to ours: 90 (wanted: at least 25)" in capsys.readouterr().out


def test_ours_must_be_measured(engines: dict[str, Found], capsys: pytest.CaptureFixture[str]) -> None:
    engines["ours"] = Problem("The server did not start.")
    assert run("--compare", "janus") == own_server.NOT_MEASURED
    assert "media: The server did not start." in capsys.readouterr().err


def test_what_cannot_be_done_is_said_before_anything_is_measured(
    engines: dict[str, Found], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--publishers", "60") == own_server.NOT_MEASURED
    assert "lower --publishers" in capsys.readouterr().err
    assert run("--report", str(tmp_path / "none" / "page.html")) == own_server.NOT_MEASURED
    assert "There is no folder" in capsys.readouterr().err


def test_whoever_ends_us_ends_the_servers(
    engines: dict[str, Found], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(command, "measure", lambda *_: signal.raise_signal(signal.SIGTERM))
    assert run() == own_server.NOT_MEASURED
    assert "interrupted" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.parametrize("arguments", [["--publishers", "0"], ["--duration", "nan"], ["--compare", "else"]])
def test_nonsense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run(*arguments)
    assert "usage" in capsys.readouterr().err
