"""The same figures for a terminal and for a page, with what one has to know to trust them."""

from msgspec.structs import replace

from loadtests.compare import tables
from loadtests.compare.generator import Share
from loadtests.compare.result import Round
from loadtests.compare.targets import judge
from loadtests.ledger import Violations
from tests.loadtests.compare.examples import good_report, report, saturated


def test_a_page() -> None:
    found = good_report()
    page = tables.markdown(found, judge(found))
    assert "A processor, 2 cores, Linux 6; each server on core 0, the generator on core 1." in page
    assert "| server | S1 | S2 | S3 | S4 |" in page
    assert "| ours | 160 k (144 k - 192 k) |" in page
    assert "| 200 | 2.5 (2 - 15) | 5 (4 - 30) |" in page
    assert "| S1: deliveries/s, ours to node-ws | at least 1.3 | 2 (2 - 2.25), per CPU second 2 | met |" in page
    assert "- node-uws is left out: not installed: no such library" in page
    assert "Nothing lost, nothing twice, everything in order" in page
    assert page.endswith("\n")


def test_a_terminal() -> None:
    found = good_report()
    text = tables.terminal(found, judge(found))
    assert "160 k (144 k - 192 k)" in text
    assert text.splitlines()[-1].startswith("Nothing lost")
    assert "Others used the cores" not in text


def test_what_makes_figures_worth_less_is_said() -> None:
    busy = Round({"S2": saturated(1e6, server=Share(0.6, 0.1), generator=Share(0.8, 0.2))})
    text = tables.terminal(report([busy], []), [])
    assert "Others used the cores during S2 ours" in text
    assert "Bounded by the generator, not by the server: S2 ours." in text


def test_broken_promises_are_shouted() -> None:
    broken = Round({"S1": replace(saturated(1e5), violations=Violations(lost=1, disorder=2))})
    text = tables.terminal(report([broken], []), [])
    assert "PROMISES BROKEN, these figures are worth nothing: ours: lost 1, ours: disorder 2." in text
