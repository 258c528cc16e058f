"""Figures, ratios and targets."""

import msgspec
import pytest
from msgspec.structs import replace

from loadtests.media import result
from loadtests.media.engine import JANUS, MEDIARELAY, OURS, Load
from tests.loadtests.media.examples import measured, report


def test_the_median_of_the_rounds() -> None:
    figures = result.summarise("1.0", [measured(us, lost=1, has_worker=True) for us in (30, 10, 12)])
    assert figures.us_per_packet == 12
    assert figures.spread["us_per_packet"] == (10, 12, 30)
    assert figures.core_percent == pytest.approx(12)
    assert figures.worker_us_per_packet == pytest.approx(10.8)
    assert figures.packets_per_second == 10_000
    assert (figures.packets, figures.lost) == (300_000, 3)


def test_there_is_not_always_a_worker() -> None:
    assert result.summarise("1.0", [measured(10)]).worker_us_per_packet is None


def test_ratios_are_taken_round_by_round() -> None:
    rounds = {OURS: [measured(10), measured(30)], JANUS: [measured(20), measured(40)], MEDIARELAY: []}
    assert result.ratios(rounds) == {JANUS: (0.5, 0.625, 0.75)}


@pytest.mark.parametrize(
    ("load", "ours", "janus", "relay", "missed"),
    [
        (Load(6, 24), 10.0, 20.0, None, []),
        (Load(6, 24), 13.0, 20.0, None, ["Janus"]),
        (Load(6, 24), 40.0, 100.0, None, ["144 streams"]),
        (Load(2, 2), 10.0, None, 251.0, []),
        (Load(2, 2), 10.0, None, 249.0, ["MediaRelay"]),
        (Load(8, 60), 60.0, None, None, []),
        (Load(8, 60), 66.0, None, None, ["480 streams"]),
        (Load(3, 3), 90.0, 1.0, 1.0, []),
    ],
)
def test_targets(load: Load, ours: float, janus: float | None, relay: float | None, missed: list[str]) -> None:
    marks = result.judge(report(load, ours, janus, relay))
    found = [mark.name for mark in marks if not mark.is_met]
    assert len(found) == len(missed)
    assert all(words in name for words, name in zip(missed, found, strict=True))


def test_nothing_may_be_lost() -> None:
    (mark,) = [mark for mark in result.judge(report(lost=2)) if not mark.is_met]
    assert mark.found == "2 of 100000"


def test_the_json_is_one_line_with_what_was_asked_for() -> None:
    found = report()
    text = found.as_json(result.judge(found))
    assert "\n" not in text
    data = msgspec.json.decode(text)
    assert data["engines"]["ours"]["us_per_packet"] == 10
    assert data["engines"]["janus"]["core_percent"] == 20
    assert data["engines"]["ours"]["lost"] == 0
    assert data["load"] == {"publishers": 6, "subscribers": 24, "calls": 1, "streams": 144}
    assert data["ratios"]["janus"][1] == 0.5
    assert data["targets"][0]["is_met"] is True


def test_what_the_reader_has_to_know() -> None:
    found = report(load=Load(4, 4), relay=900.0)
    engines = found.engines | {JANUS: result.summarise("1", [measured(1, late_ms=400, overrun=7)])}
    busy = replace(found.machine, load_before=4.0)
    disturbed = replace(found, machine=busy, engines=engines, left_out={"x": "It is not there."})
    remarks = "\n".join(result.remarks(disturbed))
    assert "Others were at work on this machine (load 4 before)" in remarks
    assert "x is left out: It is not there." in remarks
    assert "7 packets of janus were lost in the generator's own sockets" in remarks
    assert "400 ms late to janus" in remarks
    assert "measured drowning" in remarks
    assert "decodes and encodes" in remarks


def test_the_sounds_that_are_left_out_are_told() -> None:
    assert any("120 streams of sound beside 144 of picture" in remark for remark in result.remarks(report()))
