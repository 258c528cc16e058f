"""The command line: what is refused before anything is measured, the exit status, and where results go."""

import resource
from pathlib import Path

import pytest

from loadtests import __main__ as command
from loadtests import running
from loadtests.generator import target
from loadtests.options import APART, KEY_VARIABLE, parser
from loadtests.problem import Problem
from loadtests.results import model
from loadtests.results.model import Result, Verdict
from loadtests.scenarios import SCENARIOS
from loadtests.server import free_port
from tests.loadtests import results_examples as examples

RUN = ["run", "lesson", "--url", "http://127.0.0.1:9"]


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a-key")


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The sentence of a run that could not be measured."""
    assert command.main(arguments) == command.NOT_MEASURED
    errors = capsys.readouterr().err
    assert errors.startswith("loadtests: ")
    assert errors.count("\n") == 1, "one sentence"
    return errors


def measured(monkeypatch: pytest.MonkeyPatch, result: Result) -> None:
    monkeypatch.setattr(running, "run", lambda *_: result)


def test_nobody_is_there(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert f"Nobody listens at {url}: start the server there" in said(["run", "lesson", "--url", url], capsys)


def test_no_key(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    assert "There is no API key: give one with --key, or better in the variable RT_LOADTEST_KEY" in said(RUN, capsys)


def test_a_rate_where_nobody_sends(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "idle", "--url", "http://127.0.0.1:9", "--rate", "5"]
    assert "leave --rate out" in said(arguments, capsys)


def test_only_slow_readers(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "slow", "--url", "http://127.0.0.1:9", "--size", "3", "--slow", "3"]
    assert "lower --slow" in said(arguments, capsys)


@pytest.mark.parametrize("option", ["--report", "--json"])
def test_a_folder_that_is_not_there(option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sentence = said([*RUN, option, str(tmp_path / "none" / "file")], capsys)
    assert f"There is no folder {tmp_path / 'none'}: make it" in sentence


def test_too_few_open_files(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 1_000))
    monkeypatch.setattr(target, "require_ready", lambda _: None)
    monkeypatch.setattr(running, "_require_key", lambda _: None)
    sentence = said([*RUN, "--rooms", "20", "--processes", "1"], capsys)
    assert "1200 connections need 1300 open files and the limit is 1000: raise it (ulimit -n 1300)" in sentence
    assert "--rooms" in sentence


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run", "party", "--url", "http://h"],
        ["run", "lesson"],
        [*RUN, "--size", "1"],
        [*RUN, "--size", "1001"],
        [*RUN, "--rooms", "x"],
        [*RUN, "--rate", "0"],
        [*RUN, "--duration", "inf"],
        [*RUN, "--warm-up", "-1"],
    ],
)
def test_nonsense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == command.NOT_MEASURED
    assert "usage" in capsys.readouterr().err


def test_what_there_is_to_run(capsys: pytest.CaptureFixture[str]) -> None:
    """All of it is named; what has options of its own comes directly after run, and not after ramp."""

    def refused(*arguments: str) -> str:
        with pytest.raises(SystemExit):
            command.main([*arguments, "--url", "http://h"])
        return capsys.readouterr().err

    assert {f"run {name}" for name in APART} == {name for name in command.OWN_SERVER if " " in name}
    everything = ", ".join([*SCENARIOS, "append", "board", "cluster"])
    assert f"there is no 'lessn'; there are {everything}\n" in refused("run", "lessn")
    assert f"there is no 'append'; there are {', '.join(SCENARIOS)}\n" in refused("ramp", "append")
    assert "python -m loadtests run board --help" in refused("run", "--rooms", "1", "board")


def test_the_help_is_one_list(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["run", "--help"])
    assert ".;" not in capsys.readouterr().out


def test_all_is_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    measured(monkeypatch, examples.result())
    page, file = tmp_path / "report.html", tmp_path / "result.json"
    assert command.main([*RUN, "--report", str(page), "--json", str(file)]) == command.FINE
    assert page.read_text().startswith("<!doctype html>")
    assert model.decode(file.read_bytes()) == examples.result()
    assert capsys.readouterr().out.startswith("PASSED: All is well.")


def test_a_target_is_missed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    result = examples.result(verdict=Verdict(False, "It was slow.", (), ()))
    measured(monkeypatch, result)
    assert command.main([*RUN, "--json", "-"]) == command.MISSED
    assert model.decode(capsys.readouterr().out.splitlines()[-1].encode()) == result


def test_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_: object) -> Result:
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "run", interrupt)
    assert "interrupted, nothing was written" in said(RUN, capsys)


def test_the_extra_is_not_installed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def missing() -> None:
        raise Problem('The load tests need more than the server: pip install "rtserver[loadtests]".')

    monkeypatch.setattr(command, "_require_extra", missing)
    assert 'pip install "rtserver[loadtests]"' in said(RUN, capsys)


def test_the_key_stands_in_no_report() -> None:
    arguments = ["run", "lesson", "--url", "http://127.0.0.1:9", "--key", "secret", "--key=secret", "--size", "4"]
    asked = running.order(parser().parse_args(arguments), arguments)
    assert asked.key == "secret"
    assert asked.command == "python -m loadtests run lesson --url http://127.0.0.1:9 --size 4"


def test_what_the_scenario_takes_where_the_user_does_not_say() -> None:
    asked = running.order(parser().parse_args(RUN), RUN)
    assert (asked.rooms, asked.size, asked.wish.duration, asked.rate) == (1, 60, 60, None)
    assert asked.activities == asked.scenario.activities(60, 1)
    assert asked.activities_at(100) != asked.activities
