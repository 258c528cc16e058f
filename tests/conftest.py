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

WITH_CALLS = (
    "test_whole_lesson.py",
    "test_call_supervision.py",
    "test_calls.py",
    "test_call_page.py",
    "test_groups.py",
    "test_call_lines.py",
    "test_call_faces.py",
    "test_two_nodes.py",
)
"""Files whose browsers encode and decode pictures, the longest first. Three of them at a time are more than two cores
do: servers stand still for seconds, and pages take their line for a slow one."""

OTHERS_BETWEEN = 2
"""Files that are given away between two of those: as many as there are other processes."""


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


def _calls_apart(items: list[pytest.Item]) -> list[pytest.Item]:
    """The same, so that files with calls are not tried side by side."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    calls = sorted((path for path in files if path.name in WITH_CALLS), key=lambda path: WITH_CALLS.index(path.name))
    others = [path for path in files if path.name not in WITH_CALLS]
    order: list[Path] = []
    while calls:
        order.append(calls.pop(0))
        order += others[:OTHERS_BETWEEN]
        del others[:OTHERS_BETWEEN]
    return [item for path in (*order, *others) for item in files[path]]


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
    items.sort(key=_turn)  # stable: within a folder the order stays
    items[:] = _calls_apart(items)
    for item in items:
        if is_async_test(item) and not hasattr(item.obj, "hypothesis"):
            item.obj = _within(_deadline(item) - NOTICE_SECONDS, item.obj)
