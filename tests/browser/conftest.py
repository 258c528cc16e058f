"""One browser for all tests of a worker, one server that most of them share, and people who come in."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect
from pytest_asyncio import is_async_test

import hatch_build
from tests.browser import chromium
from tests.browser.person import Person
from tests.browser.space import Space, open_space
from tests.browser.visits import Visit, Visitors
from tests.wire.server import Server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PICTURES = ROOT / "build" / "browser"
"""Where what the people of a failed test saw is kept."""

DEADLINE = 180
"""Seconds for one test that names no deadline of its own. What it waits for inside has a shorter one."""

PATIENCE_MS = 30_000
"""Milliseconds to wait for something to show, on a busy machine. Only a test that fails waits as long."""

QUICK: dict[str, Any] = {"database_poll_interval": 0.2, "presence_interval": 0.05, "presence_grace": 0.5}
"""Intervals that let tests be quick."""

FAILED = pytest.StashKey[bool]()

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(DEADLINE))
            if is_async_test(item):  # the browser lives in the loop of the session
                item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show the logs of the servers beside a failure, and remember it for the pictures."""
    report: Any = yield
    if report.failed:
        item.stash[FAILED] = True
        for server in Server.running:
            report.sections.append((f"log of the server at {server.url}", server.log_tail()))
    return report


@pytest.fixture(scope="session")
def built_page() -> None:
    """The page that is served is the one of the sources."""
    hatch_build.build(ROOT)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser of this worker; each person has a context of their own in it."""
    async with chromium.launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def server(built_page: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share; each has a project of its own on it."""
    server = Server(tmp_path_factory.mktemp("server"), **QUICK)
    server.start()
    yield server
    code, _ = server.stop()
    server.check_log()
    assert code == 0


@pytest.fixture
def own_server(built_page: None, tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes (and starts) a server for one test, with settings of its own; the test may stop and kill it."""
    servers: list[Server] = []

    def make(**settings: Any) -> Server:
        servers.append(Server(tmp_path, **{**QUICK, **settings}))
        return servers[-1].start()

    yield make
    for server in servers:
        server.close()
        server.check_log()


@pytest_asyncio.fixture(loop_scope="session")
async def space(server: Server) -> AsyncIterator[Space]:
    """A project on the shared server."""
    async with open_space(server) as space:
        yield space


@pytest_asyncio.fixture(loop_scope="session")
async def visit(
    request: pytest.FixtureRequest, browser: Browser, own_server: Callable[..., Server]
) -> AsyncIterator[Visit]:
    """Gives a person a browser of their own. Afterwards what happened behind every page is checked.

    After `own_server`, so that people leave before a server of the test's own ends: their pages would complain.
    """
    visitors = Visitors(browser)
    name = re.sub(r"\W+", "-", request.node.name)
    for old in PICTURES.glob(f"{name}-[0-9]*"):
        old.unlink()
    yield visitors.visit
    failed = request.node.stash.get(FAILED, False)
    try:
        if failed:
            await visitors.keep_pictures(PICTURES, name)
    finally:
        people = await visitors.leave()
    if not failed:
        for person in people:
            person.watcher.check()


@pytest_asyncio.fixture(loop_scope="session")
async def enter(visit: Visit, space: Space) -> Callable[..., Any]:
    """Lets a person of the shared server's project come in by their link."""

    async def come_in(name: str, **options: Any) -> Person:
        person = await visit(name, space.server, **options)
        await person.enter(await space.link(name))
        return person

    return come_in
