"""For all tests: one that hangs ends as a failed test, with what it waited for, instead of taking its process along;
and the files with the longest ones come first, by turns."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_asyncio import is_async_test

pytest_plugins = ["tests.postgres"]

NOTICE_SECONDS = 10
"""How much sooner the test's own deadline is than that of pytest-timeout, which can only end the whole process.
pytest-timeout stays for what blocks the loop."""


HERE = Path(__file__).parent

BUSY = ("browser",)
WAITING = ("deploy", "wire", "loadtests", "contract")
"""Folders whose files take tens of seconds each: with browsers, which want all of the processor, and with servers,
which mostly wait. pytest-xdist gives files away in the order of collection (with --no-loadscope-reorder): these come
first, for were one of them the last, the other processes would wait for it; and by turns, so that neither all processes
wait nor all of them want the processor."""


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(HERE).parts[0]


def _by_turns(items: list[pytest.Item]) -> dict[Path, float]:
    """When each of the long files comes, from 0 to 1: either kind is spread evenly over the whole time."""
    turns: dict[Path, float] = {}
    for folders in (BUSY, WAITING):
        files = list(dict.fromkeys(item.path for item in items if _folder(item) in folders))
        turns |= {file: (place + 0.5) / len(files) for place, file in enumerate(files)}
    return turns


def _within(seconds: float, test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    @functools.wraps(test)
    async def run(*arguments: Any, **named: Any) -> None:
        async with asyncio.timeout(seconds):
            await test(*arguments, **named)

    return run


def _deadline(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0] if marker else item.config.getini("timeout"))


@pytest.hookimpl(trylast=True)  # the folders have given theirs before
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    turns = _by_turns(items)
    last = 1.0
    items.sort(key=lambda item: turns.get(item.path, last))  # stable: within a file the order stays
    for item in items:
        if is_async_test(item) and not hasattr(item.obj, "hypothesis"):
            item.obj = _within(_deadline(item) - NOTICE_SECONDS, item.obj)
