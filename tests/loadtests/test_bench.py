"""A short run against a real server: is it right? How fast it is belongs to `make bench`, not here."""

from pathlib import Path

import msgspec
import pytest

from loadtests import bench, report
from loadtests.ledger import Violations
from loadtests.machine import Cores, describe, share_out
from loadtests.measure import ChatRound, CrowdRound, Plan, measure_chat, measure_crowd
from loadtests.problem import Problem
from loadtests.report import Report
from loadtests.server import Installation, find_command

PLAN = Plan(members=10, rates=(50,), duration=2, warm_up=0.2, rounds=1, connections=20, settle=0, commits=20)


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[ChatRound], list[CrowdRound]]:
    installation = Installation(find_command(), tmp_path_factory.mktemp("bench") / "data")
    shared = Cores(server=None, generator=None)  # other tests run beside this one
    return measure_chat(installation, PLAN, shared, quiet), measure_crowd(installation, PLAN, shared, quiet)


@pytest.fixture
def result(measured: tuple[list[ChatRound], list[CrowdRound]]) -> Report:
    return report.make(describe(share_out()), PLAN, *measured)


@pytest.mark.wire
def test_ten_members_receive_everything_once_and_in_order(
    measured: tuple[list[ChatRound], list[CrowdRound]],
) -> None:
    [chat], _ = measured
    run = chat.chats[50]
    assert run.violations == Violations()
    assert run.deliveries == run.delivery.count == 2 * 50 * PLAN.members
    assert run.ack.count == run.lateness.count == 2 * 50
    assert run.lateness.p50 < run.delivery.p50
    assert chat.commit.count == PLAN.commits


@pytest.mark.wire
def test_everybody_came_back(measured: tuple[list[ChatRound], list[CrowdRound]]) -> None:
    _, [crowd] = measured
    assert crowd.entered == PLAN.connections - PLAN.members
    assert crowd.seconds > 0
    assert crowd.bytes_each > 0


@pytest.mark.wire
def test_the_report_is_for_programs_and_for_people(result: Report, tmp_path: Path) -> None:
    file = tmp_path / "folder" / "chat.json"
    report.write(result, file)
    read = msgspec.json.decode(file.read_bytes())
    assert msgspec.json.decode(file.read_bytes(), type=Report) == result
    assert set(read["chat"]["50"]["delivery_ms"]["p99"]) == {"min", "median", "max"}
    assert read["machine"]["cores"] >= 1
    assert sum(read["violations"].values()) == 0
    text = report.table(result)
    assert "Nothing lost, nothing twice, all in order: 1000 measured deliveries." in text
    assert "10 people coming back at once" in text
    page = file.with_suffix(".md").read_text()
    assert page == report.markdown(result)
    assert "| 50 | " in page


@pytest.mark.wire
def test_exit_status_0_when_every_promise_was_kept(
    result: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bench, "bench", lambda *_: result)
    assert bench.main(["--folder", str(tmp_path)]) == 0
    assert (tmp_path / "chat.json").exists()
    assert "written to" in capsys.readouterr().out


@pytest.mark.wire
def test_exit_status_1_when_one_was_broken(
    result: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = msgspec.structs.replace(result, violations=Violations(lost=1, gaps=2))
    monkeypatch.setattr(bench, "bench", lambda *_: broken)
    assert bench.main(["--folder", str(tmp_path)]) == 1
    assert "PROMISES BROKEN, the figures are worth nothing: lost 1, gaps 2" in capsys.readouterr().out


def test_exit_status_2_and_a_sentence_when_nothing_could_be_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> Report:
        raise Problem("Do this.")

    monkeypatch.setattr(bench, "bench", fail)
    assert bench.main(["--folder", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "bench: Do this.\n"
    assert not (tmp_path / "chat.json").exists()


@pytest.mark.parametrize("arguments", [["--members", "1"], ["--rates", "0"], ["--rates", "nan"], ["--rounds", "x"]])
def test_nonsense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        bench.main(arguments)
    assert "usage" in capsys.readouterr().err
