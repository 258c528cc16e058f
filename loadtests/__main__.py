"""`python -m loadtests`: run, ramp, compare, media, faults or scale; its exit status can gate a deployment."""

import argparse
import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

from loadtests import options as command_line
from loadtests.problem import Problem

FINE = 0
MISSED = 1
NOT_MEASURED = 2

OWN_SERVER = {
    "faults": "loadtests.faults.command",
    "media": "loadtests.media.command",
    "run append": "loadtests.append.command",
    "run board": "loadtests.board.command",
    "run cluster": "loadtests.cluster.command",
    "scale": "loadtests.scale.command",
}
"""Measurements with options, needs and a server of their own, and where they are."""

STANDARD_OUTPUT = "-"
"""The file name that means it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = command_line.parser()
    if given[:1] == ["compare"]:
        return _compare(given[1:])
    for command in OWN_SERVER:
        words = command.split()
        if given[: len(words)] == words:
            return _own_server(command, given[len(words) :])
    options = parser.parse_args(given)
    try:
        return _measure(options, given)
    except Problem as problem:
        print(f"loadtests: {problem}", file=sys.stderr)
        return NOT_MEASURED
    except KeyboardInterrupt:
        print("loadtests: interrupted, nothing was written", file=sys.stderr)
        return NOT_MEASURED


def _measure(options: argparse.Namespace, given: list[str]) -> int:
    _require_extra()
    from loadtests import ramp, running
    from loadtests.live import Screen
    from loadtests.results import model, page, terminal

    _require_writable(options.report)
    _require_writable(None if options.json in (None, STANDARD_OUTPUT) else Path(options.json))
    asked = running.order(options, given)
    with Screen() as screen:
        if options.command == "ramp":
            result = ramp.ramp(asked, ramp.Limits.of(options, asked), screen)
        else:
            result = running.run(asked, screen)
    print("\n".join(terminal.lines(result)))
    if options.report is not None:
        options.report.write_text(page.render(result), encoding="utf-8")
        print(f"written to {options.report}", file=sys.stderr)
    if options.json is not None:
        encoded = model.encode(result).decode()
        if options.json == STANDARD_OUTPUT:
            print(encoded)
        else:
            Path(options.json).write_text(encoded + "\n", encoding="utf-8")
    return FINE if result.verdict.is_passed else MISSED


def _compare(given: list[str]) -> int:
    """Another package has its own options, and needs more to be installed."""
    from loadtests.compare.command import add_arguments
    from loadtests.compare.command import main as compare

    parser = argparse.ArgumentParser(prog="python -m loadtests compare")
    add_arguments(parser)
    return compare(parser.parse_args(given))


def _own_server(command: str, given: list[str]) -> int:
    """As with `compare`; each brings a server of its own."""
    try:
        _require_extra()
    except Problem as problem:
        print(f"{command.rpartition(' ')[2]}: {problem}", file=sys.stderr)
        return NOT_MEASURED
    module = importlib.import_module(OWN_SERVER[command])
    parser = argparse.ArgumentParser(prog=f"python -m loadtests {command}")
    module.add_arguments(parser)
    status: int = module.main(parser.parse_args(given), given)
    return status


def _require_extra() -> None:
    try:
        import hdrh.histogram  # noqa: F401 - only whether it is there
    except ModuleNotFoundError:
        raise Problem('The load tests need more than the server: pip install "rtserver[loadtests]".') from None


def _require_writable(file: Path | None) -> None:
    """Before anything is measured: a result that cannot be written is lost."""
    if file is None:
        return
    if not file.parent.is_dir():
        raise Problem(f"There is no folder {file.parent}: make it, or write {file.name} elsewhere.")
    try:
        file.open("ab").close()
    except OSError as error:
        raise Problem(f"{file} cannot be written ({error.strerror}): choose another file.") from None


if __name__ == "__main__":
    sys.exit(main())
