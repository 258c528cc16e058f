"""Scrapes of nodes in a known state."""

from typing import Any

import msgspec
from prometheus_client import generate_latest

from rtserver.metrics.exposition import new_registry
from rtserver.metrics.figures import Figures
from rtserver.top.scrape import Scrape, parse
from tests.rtserver.metrics.states import FULL


def node(figures: Figures, at: float, **changed: Any) -> Scrape:
    """What a node says at a moment; `changed` from `FULL`."""
    state = msgspec.structs.replace(FULL, **changed)
    return parse(generate_latest(new_registry(figures, lambda: state)).decode(), at)


def busy() -> Figures:
    """After two seconds of work."""
    figures = Figures()
    figures.commands["chat.post", "ok"] = 80
    figures.commands["chat.post", "too_many_requests"] = 6
    figures.commands["board.change", "too_many_requests"] = 4
    figures.commands["board.change", "invalid"] = 1
    figures.frames, figures.dropped, figures.slow_closes = 4_000, 20, 2
    figures.resumes["room"], figures.resyncs["room"] = 5, 3
    for _ in range(99):
        figures.append.observe(0.0015)
    figures.append.observe(0.4)
    figures.fanout.observe(0.0002)
    figures.loop_lag.observe(0.0005)
    return figures
