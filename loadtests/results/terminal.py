"""A result as lines for a terminal."""

from loadtests.results.model import Latency, Result
from loadtests.results.words import milliseconds, number, seconds
from loadtests.scenarios.scenario import WARM_UP

PASSED = "PASSED"
MISSED = "MISSED"


def lines(result: Result) -> list[str]:
    """The verdict first, then what it rests on."""
    verdict, figures = result.verdict, result.figures
    rows = [_row(one) for one in figures.latencies if one.stage != WARM_UP]
    return [
        f"{PASSED if verdict.is_passed else MISSED}: {verdict.sentence}",
        "",
        *(_check(check.is_met, check.name, check.measured, check.wanted) for check in verdict.checks),
        "",
        *([*_columns([_HEAD, *rows]), ""] if rows else ()),
        _generator(result),
        *(f"Note: {warning}" for warning in verdict.warnings),
    ]


_HEAD = ("stage", "what", "count", "p50", "p90", "p99", "p99.9", "max")


def _check(is_met: bool, name: str, measured: str, wanted: str) -> str:
    return f"  {'ok    ' if is_met else 'MISSED'}  {name}: {measured} (wanted: {wanted})"


def _row(latency: Latency) -> tuple[str, ...]:
    values = (latency.p50_ms, latency.p90_ms, latency.p99_ms, latency.p999_ms, latency.max_ms)
    return (latency.stage, latency.name, number(latency.count), *map(milliseconds, values))


def _generator(result: Result) -> str:
    generator, connections = result.figures.generator, result.figures.connections
    processes = "1 process" if generator.processes == 1 else f"{generator.processes} processes"
    return (
        f"{number(connections.entered)} people came in within {seconds(connections.entrance_s)}. Generator: "
        f"{processes}, busiest {generator.busy:.0%} of a core, late by {milliseconds(generator.late_p99_ms)} and "
        f"reading within {milliseconds(generator.turn_p99_ms)} (p99)."
    )


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    found: list[str] = []
    for row in rows:
        words = [cell.ljust(width) for cell, width in zip(row[:2], widths[:2], strict=True)]
        values = [cell.rjust(width) for cell, width in zip(row[2:], widths[2:], strict=True)]
        found.append("  " + "  ".join([*words, *values]))
    return found
