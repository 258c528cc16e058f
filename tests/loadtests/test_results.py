"""Figures, verdict and their forms: a broken promise is a missed check, the JSON keeps its shape, the page is safe."""

import html.parser
import re

import msgspec
import pytest

from loadtests.generator.activity import Topic
from loadtests.generator.checker import Counts
from loadtests.generator.crowd import SLOW_READER
from loadtests.generator.observation import Observation, StageTime
from loadtests.generator.orders import Account, PersonAccount, Tick
from loadtests.generator.people import RoomPlan
from loadtests.generator.traffic import Totals
from loadtests.results import model, page, summary, terminal
from loadtests.results.histogram import latency
from loadtests.results.model import Connections, Durable, Figures, Generator, Verdict, Volatile
from loadtests.results.verdict import Targets, judge
from loadtests.results.words import milliseconds, number, plural
from loadtests.schedule import NANOSECONDS
from tests.loadtests import results_examples as examples

TARGETS = Targets(p99_ms=100, return_s=5)


def judged(found: Figures, scenario: str = "lesson") -> Verdict:
    return judge(examples.settings(scenario), found, TARGETS, examples.MACHINE)


def missed(verdict: Verdict) -> list[str]:
    return [check.name for check in verdict.checks if not check.is_met]


# --- Verdict ---


def test_all_is_well() -> None:
    verdict = judged(examples.figures())
    assert verdict.is_passed
    assert verdict.warnings == ()
    assert verdict.sentence == (
        "1 room of 60 people, 890 deliveries a second: 99 of 100 arrived within 2 ms. "
        "Nothing lost, nothing twice, all in order."
    )


def test_too_slow() -> None:
    verdict = judged(examples.figures({150_000: 1}))
    assert missed(verdict) == ["99 of 100 deliveries in time"]
    assert "150 ms, wanted within 100 ms" in verdict.sentence


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"lost": 1}, "No chat message lost"),
        ({"twice": 1}, "Nothing delivered twice"),
        ({"disorder": 1}, "Everything in order"),
        ({"unordered": 1}, "Everything in order"),
        ({"refused": 1}, "Every message accepted"),
        ({"unanswered": 1}, "Every message accepted"),
        ({"strange": 1}, "Nobody else's messages"),
    ],
)
def test_each_broken_promise_is_missed(change: dict[str, int], name: str) -> None:
    durable = msgspec.structs.replace(examples.DURABLE, **change)
    assert durable.broken == 1
    assert missed(judged(examples.figures(durable=durable))) == [name]


def test_dropped_signals_are_told_and_are_no_fault() -> None:
    dropped = Volatile(sent=1, expected=59, delivered=50, dropped=9, dropped_at_slow=4, unsent=0)
    verdict = judged(msgspec.structs.replace(examples.figures(), volatile=dropped))
    assert verdict.is_passed
    assert "9 of 59 deliveries of volatile signals" in verdict.warnings[0]
    assert "4 of them at slow readers" in verdict.warnings[0]


def test_somebody_was_cut() -> None:
    cut = Connections(entered=60, entrance_s=1, gone=1, cut={"slow": 2})
    verdict = judged(msgspec.structs.replace(examples.figures(), connections=cut))
    assert missed(verdict) == ["Nobody who reads is cut off", "Everybody is there in the end"]


@pytest.mark.parametrize(
    ("last", "never", "is_met"), [(4.9, 0, True), (5.1, 0, False), (1.0, 3, False), (None, 0, False)]
)
def test_coming_back(last: float | None, never: int, is_met: bool) -> None:
    back = Connections(entered=60, entrance_s=1, gone=0, cut={}, back_p50_s=1, back_last_s=last, never_back=never)
    verdict = judged(msgspec.structs.replace(examples.figures(), connections=back), "reconnect")
    assert verdict.is_passed is is_met
    if is_met:
        assert verdict.sentence.startswith("60 people dropped at once: the last was back after 4.90 s")


@pytest.mark.parametrize(
    ("meanwhile", "cut", "dropped", "expected"),
    [
        (10_000, 3, 0, []),
        (10_000, 0, 9, []),
        (10_000, 0, 0, ["Slow readers are cut, or lose signals only"]),
        (50_000, 3, 0, ["The others do not notice"]),
    ],
)
def test_slow_readers(meanwhile: int, cut: int, dropped: int, expected: list[str]) -> None:
    base = examples.figures()
    before, while_slow = latency(summary.ALL, "before", {9_000: 1}), latency(summary.ALL, "meanwhile", {meanwhile: 1})
    spans = tuple(model.StageSpan(name, 0, 1, is_judged=True) for name in ("before", "meanwhile"))
    found = msgspec.structs.replace(
        base,
        stages=spans,
        latencies=(before, while_slow),
        volatile=Volatile(1, 59, 59 - dropped, dropped, dropped, 0),
        connections=Connections(60, 1, 0, {f"gone{SLOW_READER}": cut} if cut else {}),
    )
    assert missed(judged(found, "slow")) == expected


@pytest.mark.parametrize(("busy", "words"), [(0.95, "was the bottleneck"), (0.2, "did not get its core")])
def test_a_generator_that_was_too_slow_is_told(busy: float, words: str) -> None:
    slow = Generator(1, busy, late_p50_ms=1, late_p99_ms=20, turn_p99_ms=1, is_bottleneck=True)
    verdict = judged(msgspec.structs.replace(examples.figures(), generator=slow))
    assert words in verdict.warnings[0]


# --- From what was observed ---


def person(number_: int, *, sent: int = 0, signals: int = 0, chain: int = 7, **counts: int) -> PersonAccount:
    return PersonAccount(0, number_, False, sent, signals, 0, 0, Counts(**counts), seq=2, chain=chain)


def observed(*people: PersonAccount) -> Observation:
    observation = Observation(start=0, processes=1)
    observation.stages = [StageTime("measured", 0, 2, is_judged=True)]
    for second in (1, 2):
        tallies = {("measured", Topic.CHAT.label): {1000 * second: 10}, ("measured", "chat stored"): {9_000: 1}}
        observation.take(tick(second, tallies))
    observation.accounts = [Account(0, Totals(), people)]
    observation.finish()
    return observation


def tick(second: int, tallies: dict[tuple[str, str], dict[int, int]]) -> Tick:
    return Tick(0, second * NANOSECONDS, tallies, {100: 1}, {50: 1}, 0.1, 1.0, Totals(), 0, 0, 0, 3, 0, {}, {})


def figures_of(*people: PersonAccount) -> Figures:
    room = RoomPlan(0, "p", "r", ("m_0", "m_1", "m_2"))
    return summary.figures(observed(*people), [room], entered=3, entrance_s=1)


def test_nothing_is_missing() -> None:
    found = figures_of(
        person(0, sent=2, signals=1, durable=2), person(1, durable=2, volatile=1), person(2, durable=2, volatile=1)
    )
    assert (found.durable.expected, found.durable.delivered, found.durable.broken) == (6, 6, 0)
    assert (found.volatile.expected, found.volatile.delivered, found.volatile.dropped) == (2, 2, 0)
    assert found.deliveries_per_second == 10
    assert [point.deliveries for point in found.timeline] == [10, 10]
    assert [point.p50_ms for point in found.timeline] == [1, 2]
    every = found.latency(summary.ALL, "measured")
    assert every is not None
    assert (every.count, every.p50_ms, every.max_ms) == (20, 1, 2)


def test_a_lost_message_and_a_dropped_signal_are_counted_apart() -> None:
    found = figures_of(
        person(0, sent=2, signals=3, durable=2), person(1, durable=1, volatile=3), person(2, durable=2, volatile=1)
    )
    assert found.durable.lost == 1
    assert found.volatile.dropped == 2


def test_another_order_of_the_log_is_seen() -> None:
    found = figures_of(person(0, sent=2, durable=2), person(1, durable=2, chain=8), person(2, durable=2))
    assert found.durable.unordered == 1


# --- Forms ---


def test_the_json_keeps_its_shape() -> None:
    """Programs of others read it."""
    encoded = model.encode(examples.result())
    assert b"\n" not in encoded
    assert model.decode(encoded) == examples.result()
    read = msgspec.json.decode(encoded)
    assert set(read) == {
        "format", "kind", "verdict", "settings", "activities", "machine", "figures", "ramp"
    }  # fmt: skip
    assert set(read["verdict"]) == {"is_passed", "sentence", "checks", "warnings"}
    assert set(read["figures"]) == {
        "durable", "volatile", "latencies", "deliveries_per_second", "connections", "generator", "stages",
        "timeline", "refusals",
    }  # fmt: skip
    assert set(read["figures"]["durable"]) == set(Durable.__struct_fields__)
    assert {"name", "stage", "count", "p50_ms", "p99_ms", "max_ms"} <= set(read["figures"]["latencies"][0])


def test_the_terminal_says_the_verdict_first() -> None:
    lines = terminal.lines(examples.result(verdict=Verdict(False, "It was slow.", (), ("Mind this.",))))
    assert lines[0] == "MISSED: It was slow."
    assert lines[-1] == "Note: Mind this."
    assert any("all deliveries" in line and "2 ms" in line for line in lines)


class Tags(html.parser.HTMLParser):
    """Sees that every tag is closed, and what would be loaded from elsewhere."""

    EMPTY = frozenset({"meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "action")]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass  # it is closed already

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def rendered(result: model.Result) -> str:
    text = page.render(result)
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert tags.loaded == []
    assert not re.search(r"url\(|@import|<script|<link", text)
    return text


def test_the_page_stands_for_itself() -> None:
    text = rendered(examples.result())
    assert "✓ Targets met" in text
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "A CPU &lt;fast&gt;" in text
    assert text.count("<svg") == 4, "two plots, each for wide and for narrow pages"


def test_the_page_of_a_missed_target() -> None:
    verdict = judged(examples.figures({150_000: 1}))
    text = rendered(examples.result(examples.figures({150_000: 1}), verdict))
    assert "✕ Targets missed" in text
    assert '<li class="missed">' in text


def test_the_page_of_a_search() -> None:
    result = msgspec.structs.replace(examples.result(), kind="ramp", ramp=examples.ramp())
    text = rendered(result)
    assert "The search" in text
    assert text.count('class="dot missed"') == 2


def test_the_page_of_a_run_without_deliveries() -> None:
    base = examples.figures()
    nothing = msgspec.structs.replace(
        base,
        latencies=(),
        timeline=(),
        durable=Durable(0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        volatile=Volatile(0, 0, 0, 0, 0, 0),
        stages=(model.StageSpan("hold", 0, 60, is_judged=False),),
    )
    verdict = judged(nothing, "idle")
    assert verdict.sentence == "60 connections held for 60 s, none was lost."
    assert "<svg" not in rendered(examples.result(nothing, verdict))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1234567, "1 234 567"), (0.126, "0.13"), (12.34, "12.3"), (123.4, "123"), (5.0, "5")],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_units() -> None:
    assert milliseconds(0.5) == "0.50 ms"
    assert milliseconds(2_500) == "2.50 s"
    assert plural(1, "room") == "1 room"
    assert plural(2, "room") == "2 rooms"
