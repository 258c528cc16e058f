"""For all tests: one that hangs ends as a failed test, with what it waited for, instead of taking its process along;
and the files with the longest ones come first."""

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

LONGEST_FIRST = ("browser", "deploy", "wire", "loadtests", "contract")
"""Folders whose files take tens of seconds each, with browsers and servers. pytest-xdist gives files away in the order
of collection (with --no-loadscope-reorder): were one of these the last, the other processes would wait for it."""

SPREAD = ("browser/test_call", "browser/test_two_nodes", "browser/test_groups")
"""Files whose browsers encode and decode pictures as long as they wait for anything: three of them at once take most of
the processor from each other. They are spread over the first three folders."""

SPREAD_OVER = len(LONGEST_FIRST[:3])


def _turn(path: Path) -> float:
    folder = path.relative_to(HERE).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


def _turns(items: list[pytest.Item]) -> dict[Path, float]:
    """When each file comes: the folders in their order, some files evenly among them."""
    paths = list(dict.fromkeys(item.path for item in items))
    spread = [path for path in paths if path.relative_to(HERE).as_posix().startswith(SPREAD)]
    others = sorted(set(paths) - set(spread), key=lambda path: (_turn(path), paths.index(path)))
    long = [path for path in others if _turn(path) < SPREAD_OVER]
    turns = {path: float(place) for place, path in enumerate(others)}
    return turns | {path: place * len(long) / len(spread) - 0.5 for place, path in enumerate(spread)}


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
    turns = _turns(items)
    items.sort(key=lambda item: turns[item.path])  # stable: within a file the order stays
    for item in items:
        if is_async_test(item) and not hasattr(item.obj, "hypothesis"):
            item.obj = _within(_deadline(item) - NOTICE_SECONDS, item.obj)
