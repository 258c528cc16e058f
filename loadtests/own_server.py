"""What measurements with a server of their own have in common: how they end, and tell what they found."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from loadtests.problem import Problem
from loadtests.sigterm import interrupted_by_sigterm

FINE = 0
MISSED = 1
NOT_MEASURED = 2

Report = TypeVar("Report")


def measured(name: str, measure: Callable[[], Report]) -> Report | None:
    """What `measure` gives; None when it could not, which one sentence on standard error has said."""
    try:
        with interrupted_by_sigterm():
            return measure()
    except Problem as problem:
        print(f"{name}: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"{name}: interrupted, nothing was written", file=sys.stderr)
    return None


def require_folder(report: Path | None) -> None:
    """Raise `Problem` when a report could not be written, before anything is measured."""
    if report is not None and not report.parent.is_dir():
        raise Problem(f"There is no folder {report.parent}: make it, or write {report.name} elsewhere.")


def tell(text: str, page: Callable[[], str], file: Path | None, json: str) -> None:
    """To people on standard output and, where a file is named, as a page; the last line is for programs."""
    print(text)
    if file is not None:
        file.write_text(page(), encoding="utf-8")
        print(f"written to {file}", file=sys.stderr)
    print(json)
