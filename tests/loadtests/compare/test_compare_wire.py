"""A short run of the comparison against real servers: is it right? How fast they are belongs to `make bench`."""

import argparse
import fcntl
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from loadtests.compare import command, contest, ours, plan
from loadtests.compare.contest import Contest
from loadtests.compare.contestants import Layout, Place, python_socketio
from loadtests.compare.doors import Pass
from loadtests.compare.ours import Ours
from loadtests.compare.plan import LOADS, Plan
from loadtests.compare.result import Report
from loadtests.ledger import Violations
from loadtests.machine import Cores
from loadtests.measure import ChatPlan, measure_chat
from loadtests.problem import Problem
from loadtests.server import Installation, Server, find_command
from tests.loadtests.compare.examples import good_report, good_round, report
from tests.loadtests.compare.support import SMALL

pytestmark = pytest.mark.wire


def quiet(_: str) -> None:
    pass


@pytest.fixture
def small_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything with two rooms of five."""
    for name, scenario in LOADS.items():
        rate = scenario.rate / 100
        monkeypatch.setitem(LOADS, name, replace(scenario, layout=SMALL, senders=1, witnesses=2, rate=rate))
    monkeypatch.setattr(plan, "LESSONS", SMALL)
    monkeypatch.setattr(contest, "LESSONS", SMALL)
    monkeypatch.setattr(contest, "WARM_UP_MEMBERS", 4)


def test_ours_and_python_socketio(tmp_path: Path, small_rooms: None) -> None:
    """Nothing is lost, doubled or out of order; and the members that were made are used again."""
    place = Place(tmp_path, 0, None)
    mine = Ours(find_command(), place, [SMALL])
    small = Plan(scenarios=("S1", "S2", "20k", "idle"), rounds=1, duration=1.5, warm_up=0.1)
    lines: list[str] = []
    with closing(Contest([mine, python_socketio(place)], small, quiet, lines.append)) as found:
        found.prepare()
        found.run()
    assert found.skipped == {}
    assert len(lines) == found.measurements == 6
    for name, rounds in found.rounds.items():
        [one] = rounds
        assert set(one.runs) == {"S1", "S2", "20k"}, name
        assert one.violations == Violations(), name
        assert all(run.deliveries > 0 and run.unfinished == 0 for run in one.runs.values()), name
        assert one.entered is not None
        assert one.entered.per_second > 0
        assert one.entered.other_per_second > 0
    again = Ours(find_command(), place, [SMALL])
    again.prepare()
    assert again.passes(SMALL) == mine.passes(SMALL)
    assert len(again.passes(Layout(1, 3))) == 3
    (tmp_path / ours.MEMBERS_FOLDER / ours.SEATS_FILE).write_text("{}")
    anew = Ours(find_command(), place, [Layout(1, 3)])
    anew.prepare()
    assert len(anew.passes(Layout(1, 3))) == 3


def test_durable_chat(tmp_path: Path) -> None:
    chat = ChatPlan(members=10, rates=(50,), duration=1, warm_up=0.2, rounds=1, commits=20)
    installation = Installation(find_command(), tmp_path / "data")
    [one] = measure_chat(installation, chat, Cores(server=None, generator=None), quiet)
    run = one.chats[50]
    assert one.violations == Violations()
    assert run.deliveries == run.delivery.count == 50 * chat.members
    assert run.ack.count == run.lateness.count == 50
    assert run.lateness.p50 < run.delivery.p50
    assert one.commit.count == chat.commits


class Unable:
    """A contestant that cannot be measured."""

    echoes = False
    is_entrance_measured = False

    def __init__(self, name: str) -> None:
        self.name = name

    def prepare(self) -> None:
        raise Problem("not installed: no such thing")

    def start(self) -> Server:
        raise AssertionError("it could not be prepared")

    def passes(self, layout: Layout) -> list[Pass]:
        raise AssertionError("it could not be prepared")

    first_passes = passes


def test_others_are_left_out_and_ours_ends_it() -> None:
    with closing(Contest([Unable("node-uws")], Plan(), quiet, quiet)) as found:
        found.prepare()
        found.run()
        assert found.skipped == {"node-uws": "not installed: no such thing"}
    with closing(Contest([Unable("ours")], Plan(), quiet, quiet)) as found, pytest.raises(Problem, match="no such"):
        found.prepare()


# --- The command ---


def options(folder: Path, *arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(["--folder", str(folder), *arguments])


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, found: Report | BaseException, *arguments: str) -> int:
    def measured(_: argparse.Namespace) -> Report:
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(command, "compare", measured)
    return command.main(options(folder, *arguments))


def test_exit_status_0_and_both_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, good_report(), "--gate") == 0
    content = msgspec.json.decode((tmp_path / "compare.json").read_bytes())
    assert content["scenarios"]["S1"]["ours"]["dps"][1] == 160_000
    assert (tmp_path / "compare.md").read_text().count("| ours |") >= 3
    assert "written to" in capsys.readouterr().out


def test_exit_status_1_for_a_missed_target_only_with_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = report([good_round(0.01)], [good_round()])
    assert run(monkeypatch, tmp_path, slow) == 0
    assert run(monkeypatch, tmp_path, slow, "--gate") == 1


def test_exit_status_1_for_a_lost_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(good_report(), violations={"ours": Violations(lost=1)})
    assert run(monkeypatch, tmp_path, broken) == 1


def test_exit_status_2_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, tmp_path, Problem("Do this.")) == 2
    assert capsys.readouterr().err == "compare: Do this.\n"
    assert run(monkeypatch, tmp_path, KeyboardInterrupt()) == 2
    assert not (tmp_path / "compare.json").exists()


def test_what_cannot_be_done_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(options(tmp_path, "--only", "nodejs")) == 2
    assert "There is no server 'nodejs'" in capsys.readouterr().err
    file = tmp_path / "file"
    file.touch()
    assert command.main(options(file / "folder")) == 2
    assert "choose another --folder" in capsys.readouterr().err


def test_two_at_a_time_are_too_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / command.LOCK_FILE).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert command.main(options(tmp_path, "--only", "python-socketio", "--scenarios", "S1")) == 2
    assert "Another comparison is at work" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--rounds", "0"], ["--duration", "nan"], ["--duration", "0"], ["--port", "-1"]])
def test_nonsense_is_refused(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        options(tmp_path, *arguments)
    assert "usage" in capsys.readouterr().err
