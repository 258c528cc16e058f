"""Servers as subprocesses, the Node process of the npm clients, and classrooms on a server."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.wire.classroom import Classroom, NewDriver, open_classroom
from tests.wire.clients import POLLING, Kind, NpmDriver
from tests.wire.server import Server

DEADLINE = 120
"""Seconds for one test that names no deadline of its own. What it waits for inside has a shorter one."""

HERE = Path(__file__).parent

QUICK: dict[str, Any] = {
    "database_poll_interval": 0.2,
    "presence_interval": 0.05,
    "presence_grace": 0.3,
    "media": False,
}
"""Intervals that let tests be quick; those of calls have servers of their own."""

GENEROUS: dict[str, Any] = {
    "commands_rate": 5_000,
    "commands_burst": 20_000,
    "member_signals_rate": 5_000,
    "member_signals_burst": 20_000,
    "member_commands_rate": 5_000,
    "member_commands_burst": 20_000,
    "signals_rate": 5_000,
    "signals_burst": 20_000,
    "connections_per_member": 100,
    "recovery_events_max": 40,
}
"""Limits that tests of something else do not run into, and one that they reach soon."""

LONG_RUNNING = {**GENEROUS, "recovery_events_max": 5_000}
"""For tests in which clients always resume by position."""


DRIVERS = ("picows", "aiohttp")
"""Who carries WebSockets: tests in which there are any are made with each."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "websocket_driver" in metafunc.fixturenames:
        drivers = DRIVERS[:1] if metafunc.definition.get_closest_marker("one_driver") else DRIVERS
        metafunc.parametrize("websocket_driver", drivers, indirect=True, scope="module")


def _has_a_websocket(item: pytest.Item) -> bool:
    """Whether the client that the test is about may use one: there is no second driver for polling."""
    values = item.callspec.params.values() if isinstance(item, pytest.Function) and hasattr(item, "callspec") else ()
    return not any(value == "polling" or (isinstance(value, Kind) and value.transports == POLLING) for value in values)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items[:] = [
        item
        for item in items
        if not (isinstance(item, pytest.Function) and hasattr(item, "callspec"))
        or item.callspec.params.get("websocket_driver") != DRIVERS[1]
        or _has_a_websocket(item)
    ]
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.wire)
            # Python's Engine.IO client does not read the answers to its own POSTs.
            item.add_marker(pytest.mark.filterwarnings("ignore:Unclosed connection:ResourceWarning"))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(DEADLINE))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Show the logs of the servers beside a failure."""
    report: Any = yield
    if report.failed:
        for server in Server.running:
            report.sections.append((f"log of the server at {server.url}", server.log_tail()))
    return report


@pytest.fixture(scope="session")
def driver() -> Iterator[NewDriver]:
    """Gives the Node process, started when it is needed first."""
    started: list[NpmDriver] = []

    def get() -> NpmDriver:
        if not started:
            started.append(NpmDriver())
        return started[0]

    yield get
    for one in started:
        one.close()


@pytest.fixture(scope="module")
def websocket_driver(request: pytest.FixtureRequest) -> str:
    """The setting of that name."""
    return str(request.param)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """Gives the server with a driver, started when it is needed first."""
    started: dict[str, Server] = {}

    def get(driver: str) -> Server:
        if driver not in started:
            made = Server(
                tmp_path_factory.mktemp("server"), **QUICK, **GENEROUS, log_level="debug", websocket_driver=driver
            )
            started[driver] = made.start()
        return started[driver]

    yield get
    codes = [server.stop()[0] for server in started.values()]
    for server in started.values():
        server.check_log()
    assert not any(codes)


@pytest.fixture(scope="module")
def server(servers: Callable[[str], Server], websocket_driver: str) -> Server:
    """The server that most tests share; each has a project of its own on it."""
    return servers(websocket_driver)


@pytest.fixture
def own_server(tmp_path: Path, websocket_driver: str) -> Iterator[Callable[..., Server]]:
    """Makes (and starts) a server for one test, with settings of its own."""
    servers: list[Server] = []

    def make(**settings: Any) -> Server:
        servers.append(Server(tmp_path, **{**QUICK, "websocket_driver": websocket_driver, **settings}))
        return servers[-1].start()

    yield make
    for server in servers:
        server.close()
        server.check_log()


@pytest.fixture
async def open_room(driver: NewDriver) -> AsyncIterator[Callable[..., Any]]:
    """Opens classrooms on a given server."""
    async with AsyncExitStack() as stack:

        async def enter(server: Server) -> Classroom:
            return await stack.enter_async_context(open_classroom(server, driver))

        yield enter


@pytest.fixture
async def classroom(server: Server, open_room: Callable[..., Any]) -> Classroom:
    """A classroom on the shared server."""
    return await open_room(server)
