"""What our server has to reach in the comparison, and whether it has."""

from collections.abc import Iterator

from msgspec import Struct

from loadtests.compare.plan import OURS
from loadtests.compare.result import Report, Three

LEAST_RATIOS = {
    "python-socketio": {"S1": 7.0, "S2": 30.0, "S3": 12.0, "S4": 20.0},
    "node-ws": {"S1": 1.3, "S2": 5.0, "S3": 2.2, "S4": 6.0},
}
"""Deliveries a second of ours to theirs, by contestant and scenario."""

NATIVE = "node-uws"
"""The native reference: to be level with it is the aim, not the bar."""

NODE = "node-ws"
P99_RATIO_MAX = 0.5
"""Of our p99 to Node's at 20 k deliveries a second in rooms of 60."""

CONNECTS_RATIO_MIN = 0.7
"""Of our resumed sessions in their rooms to Node's bare handshakes, a second."""

CHAT_RATE = "200"
CHAT_OVER_COMMIT_MAX_MS = 10.0
"""Milliseconds that the p99 of durable chat at 200 messages a second may be above one commit's own time."""


class Mark(Struct, frozen=True):
    """One thing to reach: what is wanted, what was found, in words."""

    name: str
    wanted: str
    found: str
    is_met: bool


def judge(report: Report) -> list[Mark]:
    """Every target for which everything was measured that it needs."""
    return [*_ratio_marks(report), *_fixed_marks(report), *_connection_marks(report), *_chat_marks(report)]


def _ratio_marks(report: Report) -> Iterator[Mark]:
    for contestant, least in LEAST_RATIOS.items():
        for scenario, wanted in least.items():
            found = report.ratios.get(scenario, {}).get(contestant)
            if found is not None:
                per_core = digits(report.ratios_per_core[scenario][contestant][1])
                text = f"{spread_text(found)}, per CPU second {per_core}"
                name = f"{scenario}: deliveries/s, ours to {contestant}"
                yield Mark(name, f"at least {wanted:g}", text, found[1] >= wanted)


def _fixed_marks(report: Report) -> Iterator[Mark]:
    ratio = report.ratios.get("20k", {}).get(NODE)
    if ratio is not None:
        name = f"p99 at 20 k deliveries/s in rooms of 60, ours to {NODE}"
        yield Mark(name, f"at most {P99_RATIO_MAX:g}", spread_text(ratio), ratio[1] <= P99_RATIO_MAX)
    load = report.loads.get("100k", {}).get(OURS)
    if load is not None:
        lost = report.violations[OURS].lost
        found = f"{spread_text(load.dps)} deliveries/s, {lost} lost"
        if load.unfinished:
            found += f", {load.unfinished} not there in time"
        yield Mark("100 k deliveries/s into one room of 1000", "kept, 0 lost", found, bool(load.is_kept) and not lost)


def _connection_marks(report: Report) -> Iterator[Mark]:
    if OURS in report.idle and NODE in report.idle:
        ours, theirs = report.idle[OURS].kilobytes, report.idle[NODE].kilobytes
        yield Mark(
            "idle memory a connection, KiB",
            f"at most {theirs[1]:.3g} ({NODE})",
            spread_text(ours),
            ours[1] <= theirs[1],
        )
    if OURS in report.connects and NODE in report.connects:
        ours, bare = report.connects[OURS].per_second, report.connects[NODE].other_per_second
        wanted = CONNECTS_RATIO_MIN * bare[1]
        yield Mark(
            "connects a second, session resumed, room joined",
            f"at least {wanted:.0f} ({CONNECTS_RATIO_MIN:g} of {NODE}'s bare handshakes)",
            spread_text(ours),
            ours[1] >= wanted,
        )


def _chat_marks(report: Report) -> Iterator[Mark]:
    chat = report.durable.by_rate.get(CHAT_RATE) if report.durable is not None else None
    if chat is not None:
        found = chat.p99_over_commit_ms
        name = f"durable chat, {CHAT_RATE} messages/s: p99 over one commit, ms"
        yield Mark(
            name, f"at most {CHAT_OVER_COMMIT_MAX_MS:g}", spread_text(found), found[1] <= CHAT_OVER_COMMIT_MAX_MS
        )


def spread_text(figures: Three) -> str:
    """The median, and in brackets the least and the most if there are several."""
    least, middle, most = map(digits, figures)
    return middle if least == most else f"{middle} ({least} - {most})"


ROUND_FROM = 100
"""From here on figures are shown without decimals."""

THOUSANDS_FROM = 10_000
"""From here on they are shown in thousands."""


def digits(value: float) -> str:
    """Three digits that mean something, without an exponent."""
    if abs(value) >= THOUSANDS_FROM:
        return f"{value / 1000:.0f} k" if abs(value) >= ROUND_FROM * 1000 else f"{value / 1000:.3g} k"
    return f"{value:.0f}" if abs(value) >= ROUND_FROM else f"{value:.3g}"
