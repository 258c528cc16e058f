"""How the command line speaks: tables on a terminal, tab-separated lines into a pipe, JSON when asked for."""

import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import TypeVar

import msgspec

FAILED = 1
BAD_INPUT = 2

Row = TypeVar("Row")
Column = tuple[str, Callable[[Row], object]]
"""A heading, and how to get the cell from a row."""


class CommandFailed(Exception):
    """A command that cannot be carried out: the sentence that is printed, and the exit code."""

    def __init__(self, sentence: str, code: int = FAILED) -> None:
        super().__init__(sentence)
        self.code = code


def complain(sentence: str) -> None:
    """One plain sentence on standard error."""
    sys.stderr.write(f"rtserver: {sentence}\n")


def remark(sentence: str) -> None:
    """Something beside the result, on standard error: a pipe gets the result alone."""
    sys.stderr.write(f"{sentence}\n")


def say(text: str) -> None:
    """The result itself, on standard output."""
    sys.stdout.write(f"{text}\n")


def say_json(value: object) -> None:
    """`value` as indented JSON."""
    say(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def say_list(title: str, rows: Sequence[Row], columns: Sequence[Column[Row]], *, as_json: bool) -> None:
    """`rows` as a table with these columns, or whole, as JSON."""
    if as_json:
        say_json(rows)
    else:
        say_table(title, rows, columns)


def say_table(title: str, rows: Sequence[Row], columns: Sequence[Column[Row]]) -> None:
    """`rows` as a table; into a pipe, as lines of tab-separated cells without a heading."""
    cells = [[_cell(read(row)) for _, read in columns] for row in rows]
    if not sys.stdout.isatty():
        for line in cells:
            say("\t".join(line))
        return
    if not rows:
        say(f"{title}: none")
        return
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", title_style="bold", box=box.ROUNDED)
    for heading, _ in columns:
        # Ids are there to be copied: rather fold a name than one of them.
        table.add_column(heading, overflow="fold", no_wrap=heading == "id")
    for line in cells:
        table.add_row(*(Text(cell) for cell in line))  # Text: a name may look like markup
    Console().print(table)


def moment(milliseconds: int | None) -> str:
    """A time for people, in UTC."""
    if milliseconds is None:
        return ""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _cell(value: object) -> str:
    """Text that stays in its cell, whatever it is."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value.value if isinstance(value, Enum) else value)
    return "".join(character if character.isprintable() else " " for character in text)
