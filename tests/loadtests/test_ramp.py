"""What a search says in the end: the highest load, at least a load, or that none was kept."""

import msgspec
import pytest

from loadtests import ramp, running
from loadtests.options import parser
from loadtests.ramp import Limits, Search
from loadtests.results.model import Generator, Result
from loadtests.results.verdict import Targets, judge
from loadtests.search import highest
from tests.loadtests import results_examples as examples

GIVEN = ["ramp", "lesson", "--url", "http://127.0.0.1:9", "--key", "key"]


class Screen:
    """Says nothing."""

    def say(self, text: str) -> None: ...


class Searching(Search):
    """A server that keeps loads up to `limit`, and a generator that is late itself beyond `late_from`."""

    limit = 5.0
    late_from = 1000.0

    def _run(self, load: float, is_confirmation: bool) -> Result:
        figures = examples.figures({2_000: 1} if load <= self.limit else {900_000: 1})
        late = 800.0 if load >= self.late_from else 0.1
        generator = Generator(1, 0.2, late_p50_ms=0, late_p99_ms=late, turn_p99_ms=0, is_bottleneck=late > 1)
        figures = msgspec.structs.replace(figures, generator=generator)
        verdict = judge(examples.settings(), figures, Targets(100, 5), examples.MACHINE)
        return examples.result(figures, verdict)


def searched(limit: float = 5.0, most: float = 100.0, late_from: float = 1000.0) -> Result:
    asked = running.order(parser().parse_args(GIVEN), GIVEN)
    limits = Limits("rooms", 1.0, most)
    looking = Searching(asked, limits, None, Screen(), examples.MACHINE)  # type: ignore[arg-type]
    looking.limit, looking.late_from = limit, late_from
    return ramp._result(looking, limits, highest(looking.attempt, 1.0, most, is_whole=True))


def test_the_highest_load() -> None:
    result = searched()
    assert result.kind == "ramp"
    assert result.verdict.is_passed
    assert result.verdict.sentence.startswith(
        "5 rooms of 60 people is the highest load that kept 99 of 100 deliveries within 100 ms"
    )
    assert result.ramp is not None
    assert (result.ramp.highest, result.ramp.is_limit, result.ramp.unit) == (5, True, "rooms")
    assert result.ramp.steps[-1].is_confirmation


def test_the_generator_could_do_no_more() -> None:
    result = searched(late_from=6)
    assert result.verdict.sentence.startswith("At least 5 rooms of 60 people kept")
    assert "take more --processes" in result.verdict.sentence


def test_the_most_that_was_to_be_tried() -> None:
    assert "Raise --most to go on." in searched(most=4).verdict.sentence


def test_nothing_was_kept() -> None:
    result = searched(limit=0)
    assert not result.verdict.is_passed
    assert result.verdict.sentence.startswith("Not even 1 room of 60 people kept the targets: p99 900 ms")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--rooms", "3", "--most", "9"], Limits("rooms", 3.0, 9.0)),
        (["--by", "rate", "--most", "500"], Limits("rate", 228.0, 500.0)),
    ],
)
def test_where_it_begins_and_ends(arguments: list[str], expected: Limits) -> None:
    options = parser().parse_args([*GIVEN, *arguments])
    found = Limits.of(options, running.order(options, GIVEN))
    assert (found.by, found.most) == (expected.by, expected.most)
    assert found.first == pytest.approx(expected.first)
