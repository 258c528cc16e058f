"""Rounds are summed up with their spread, compared pairwise, and say what bounded them."""

import msgspec
import pytest
from msgspec.structs import replace

from loadtests.compare.generator import Share
from loadtests.compare.result import Round, bound_by, load_figures, three
from loadtests.compare.targets import judge
from loadtests.ledger import Violations
from tests.loadtests.compare.examples import QUICK, fixed, good_report, good_round, node_round, report, saturated


def test_least_median_and_most() -> None:
    assert three([3, 1, 8]) == (1, 3, 8)


def test_a_load_at_saturation() -> None:
    figures = load_figures("S1", [saturated(100_000), saturated(300_000), saturated(200_000)])
    assert figures.dps == (100_000, 200_000, 300_000)
    assert figures.p99_ms == (5, 5, 5)
    assert figures.dps_per_core[1] == pytest.approx(200_000 / 0.98, abs=1)
    assert (figures.offered_dps, figures.is_kept) == (None, None)


@pytest.mark.parametrize(
    ("run", "is_kept"), [(fixed(20_000, 1), True), (fixed(19_000, 500), False), (fixed(20_000, 1, unfinished=5), False)]
)
def test_a_fixed_load_is_kept_when_it_arrives_in_its_time(run: object, is_kept: bool) -> None:
    figures = load_figures("20k", [run])  # type: ignore[list-item]
    assert figures.is_kept is is_kept
    assert figures.bound_by == "the load"


@pytest.mark.parametrize(
    ("server", "generator", "expected"),
    [
        (QUICK, Share(0.4, 0), "the server"),
        (Share(0.6, 0.35), Share(0.4, 0), "the server"),
        (Share(0.7, 0), Share(0.97, 0), "the generator"),
        (Share(0.5, 0.1), Share(0.4, 0.1), "waiting for each other"),
    ],
)
def test_what_bounds_a_figure(server: Share, generator: Share, expected: str) -> None:
    assert bound_by([saturated(1, server=server, generator=generator)]) == expected


def test_ratios_are_paired_by_rounds() -> None:
    """A round in which everything is slow has the ratio of the others."""
    found = report([good_round(1), good_round(0.5)], [node_round(1), node_round(0.5)])
    assert found.ratios["S1"]["node-ws"] == (2, 2, 2)
    assert found.ratios["20k"]["node-ws"] == (0.25, 0.25, 0.25)
    assert found.ratios_per_core["S1"]["node-ws"] == (2, 2, 2)


def test_a_contestant_that_could_not_be_measured_is_told_and_left_out() -> None:
    found = good_report()
    assert found.contestants == ("ours", "node-ws")
    assert found.skipped == {"node-uws": "not installed: no such library"}


def test_the_file_for_programs() -> None:
    found = good_report()
    content = msgspec.json.decode(found.as_json(judge(found)))
    ours = content["scenarios"]["S1"]["ours"]
    assert ours["dps"] == [144_000, 160_000, 192_000]
    assert ours["p99_ms"] == [5, 5, 5]
    assert set(content["scenarios"]) == {"S1", "S2", "S3", "S4", "20k", "100k", "connects", "idle", "chat"}
    assert content["scenarios"]["idle"]["ours"]["kilobytes"] == [12, 12, 12]
    assert content["scenarios"]["chat"]["ours"]["by_rate"]["200"]["p99_over_commit_ms"] == [3.5, 4.5, 29.5]
    assert content["ratios"]["S2"]["node-ws"][1] == pytest.approx(6.92, abs=0.01)
    assert content["machine"]["cores"] == 2
    assert content["versions"] == {"Python": "3.11.7"}
    assert all(set(target) == {"name", "wanted", "found", "is_met"} for target in content["targets"])


def test_one_lost_message_is_enough() -> None:
    assert good_report().is_clean
    broken = Round({"S1": replace(saturated(1), violations=Violations(lost=1))})
    found = report([broken], [])
    assert not found.is_clean
    assert found.violations["ours"].lost == 1
