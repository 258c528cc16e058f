"""The command: looks again and again, until `q`, or once for scripts."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

import msgspec
from rich.console import Console
from rich.live import Live

from rtserver.cli_output import BAD_INPUT, CommandFailed, complain, say_json
from rtserver.top.figures import HISTOGRAMS, NodeFigures, measure
from rtserver.top.scrape import METRICS_PATH, Scrape, Unreachable, metrics_url, scrape_all
from rtserver.top.view import Seen, view

QUIT_KEYS = b"qQ"

KEYS_AT_ONCE = 64
"""Bytes: nobody types faster than that between two looks."""

FIRST_INTERVAL = 1.0
"""Seconds between the first two looks: rates need two, and somebody waits for them."""

QUANTILES = {"p50": 0.5, "p99": 0.99}

WIDTH_IN_PIPES = 80
"""Columns of what is written once into a pipe or a file."""

Ask = Callable[[Sequence[str]], list[Scrape | Unreachable]]


class Nodes:
    """The nodes that are watched, with what each said last."""

    def __init__(self, addresses: Sequence[str], ask: Ask = scrape_all) -> None:
        """Raises `CommandFailed` for what is no address."""
        try:
            self._urls = [metrics_url(address) for address in addresses]
        except ValueError as error:
            raise CommandFailed(f"{error}.", BAD_INPUT) from None
        self._names = [url.split("://", 1)[1].removesuffix(METRICS_PATH) for url in self._urls]
        self._ask = ask
        self._before: list[Scrape | None] = [None] * len(self._urls)

    def look(self) -> list[Seen]:
        """Ask all of them; what happened since the last look."""
        seen: list[Seen] = []
        for at, (name, found) in enumerate(zip(self._names, self._ask(self._urls), strict=True)):
            before = self._before[at]
            if isinstance(found, Unreachable):
                self._before[at] = None
                seen.append(Seen(name, found))
            else:
                self._before[at] = found
                seen.append(Seen(name, None if before is None else measure(name, before, found)))
        return seen


def run(addresses: Sequence[str], interval: float, once: bool, as_json: bool) -> None:
    """Show the nodes. Raises `CommandFailed` when there is no terminal, and, shown once, when a node is missing."""
    nodes = Nodes(addresses)
    if once or as_json:
        _show_once(nodes, interval, as_json)
    elif not (sys.stdout.isatty() and sys.stdin.isatty()):
        raise CommandFailed("There is no terminal to show this in: use --once or --json.", BAD_INPUT)
    else:
        _show(nodes, interval)


def own_address(host: str, port: int) -> str:
    """Where the node of these settings is asked from the same machine; one that listens everywhere is at loopback."""
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared with, not listened on
    return f"[{reachable}]:{port}" if ":" in reachable else f"{reachable}:{port}"


def _show_once(nodes: Nodes, interval: float, as_json: bool) -> None:
    seen = nodes.look()
    if any(one.figures is None for one in seen):
        time.sleep(interval)
        seen = nodes.look()
    missing = [one for one in seen if isinstance(one.figures, Unreachable)]
    if as_json:
        say_json({"nodes": [as_plain(one) for one in seen]})
        for one in missing:
            complain(f"{one.name} cannot be reached: {one.figures}")
    else:
        console = Console() if sys.stdout.isatty() else Console(width=WIDTH_IN_PIPES)
        console.print(view(seen, _time(), has_keys=False))
    if missing:
        raise CommandFailed(f"{len(missing)} of {len(seen)} nodes cannot be reached.")


def _show(nodes: Nodes, interval: float) -> None:
    with Keyboard() as keyboard, Live(screen=True, auto_refresh=False) as live:
        wait = min(interval, FIRST_INTERVAL)
        while True:
            live.update(view(nodes.look(), _time(), has_keys=True), refresh=True)
            if keyboard.quits_within(wait):
                return
            wait = interval


class Keyboard:
    """The terminal's keys, each as it is pressed and not shown. Ctrl-C stays what it is."""

    def __enter__(self) -> Self:
        self._file = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._file)
        tty.setcbreak(self._file)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def quits_within(self, seconds: float) -> bool:
        """Whether somebody presses `q` within so many seconds, or the terminal is gone."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if select.select([self._file], [], [], left)[0]:
                keys = os.read(self._file, KEYS_AT_ONCE)  # not sys.stdin: it would keep what select cannot see
                if not keys or any(key in QUIT_KEYS for key in keys):
                    return True
        return False


def as_plain(seen: Seen) -> dict[str, Any]:
    """For JSON: figures with their quantiles in seconds, or why there are none."""
    if not isinstance(seen.figures, NodeFigures):
        return {"name": seen.name, "state": "unreachable", "reason": str(seen.figures or "")}
    plain = msgspec.structs.asdict(seen.figures)
    plain.pop("distributions")
    gauges = plain.pop("gauges")
    quantiles = {
        f"{name}_{label}": seen.figures.quantile(name, share)
        for name in HISTOGRAMS
        for label, share in QUANTILES.items()
    }
    return {**plain, **gauges, **quantiles}


def _time() -> str:
    return datetime.now().astimezone().strftime("%H:%M:%S")
