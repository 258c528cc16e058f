"""A test that hangs ends as a failed test, with what it waited for, instead of taking its process along."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pytest_asyncio import is_async_test

pytest_plugins = ["tests.postgres"]

NOTICE_SECONDS = 10
"""How much sooner the test's own deadline is than that of pytest-timeout, which can only end the whole process.
pytest-timeout stays for what blocks the loop."""


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
    for item in items:
        if is_async_test(item) and not hasattr(item.obj, "hypothesis"):
            item.obj = _within(_deadline(item) - NOTICE_SECONDS, item.obj)
