"""docs/scaling.md says what the command says."""

import argparse
import shlex
from functools import cache
from pathlib import Path

import pytest

from loadtests.scale import command, tables
from loadtests.scale.sizing import Sizing

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "scaling.md").read_text(encoding="utf-8")

SIZES = 3


def cells(line: str) -> list[str]:
    return [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    """Of the table of sizes, its head aside: commands first."""
    begins = PAGE.index("| command: `python -m loadtests scale` |")
    return [cells(line) for line in PAGE[begins : PAGE.index("\n\n", begins)].splitlines()]


@cache
def simulated(options: str) -> tuple[dict[str, str], Sizing]:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    day, sizing = command.run(parser.parse_args(shlex.split(options)))
    return tables.figures(day, sizing), sizing


@pytest.mark.parametrize("column", range(1, SIZES + 1))
def test_the_table_of_sizes(column: int, rows: list[list[str]]) -> None:
    """Every row of every column, by the options at its head: run the command and copy, when it has changed."""
    wanted, _ = simulated(rows[0][column])
    assert {row[0]: row[column] for row in rows[1:]} == wanted


def test_what_is_used_at_the_peak(rows: list[list[str]]) -> None:
    """The table of what is bound by what has the shares of Europe."""
    _, europe = simulated(rows[0][SIZES])
    bound = PAGE[PAGE.index("## What is bound by what") : PAGE.index("## When to split")]
    used = {row[0]: row[2] for row in map(cells, bound.splitlines()) if len(row) > 2}
    for limit in europe.limits:
        assert used[limit.part].startswith(f"{limit.used * 100:.0f} %"), limit.part
