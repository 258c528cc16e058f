"""Logs: JSON lines, levels, and what of the libraries' words is kept out."""

import json
import logging
import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp.http_exceptions import BadStatusLine

from rtserver import __version__, observability
from rtserver.observability import (
    CLIENT_LOGGERS,
    QUIET_LOGGERS,
    OnlyBugs,
    identify,
    log_name,
    request_name,
    set_up_logging,
)

LEVELS = ("debug", "info", "warning", "error")


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Logging is the process's: other tests get it back as it was."""
    monkeypatch.setattr(observability, "_process", {"version": __version__})
    root = logging.getLogger()
    handlers, level, configuration = root.handlers[:], root.level, structlog.get_config()
    names = {*QUIET_LOGGERS, *CLIENT_LOGGERS}
    levels = {name: logging.getLogger(name).level for name in names}
    filters = {name: logging.getLogger(name).filters[:] for name in names}
    root.handlers[:] = []
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**configuration)
    for name in names:
        logging.getLogger(name).setLevel(levels[name])
        logging.getLogger(name).filters[:] = filters[name]


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was logged: each line is one JSON object, all on standard error."""
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """The event, its level, when, and what belongs to it; a line stays a line."""
    set_up_logging("info")
    structlog.get_logger("x").info("socket.slow", connection="abc", text="two\nlines", number=5)
    (entry,) = written(capsys)
    moment = entry.pop("timestamp")
    said = {"event": "socket.slow", "level": "info", "connection": "abc", "text": "two\nlines", "number": 5}
    assert entry == {**said, "version": __version__}
    assert moment.endswith("Z")


@pytest.mark.parametrize("least", LEVELS)
def test_levels(least: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Of at least the level that was chosen."""
    set_up_logging(least)
    logger = structlog.get_logger("x")
    for level in LEVELS:
        getattr(logger, level)("something")
    assert [entry["level"] for entry in written(capsys)] == list(LEVELS[LEVELS.index(least) :])


def test_unknown_level() -> None:
    """Settings do not let one through."""
    with pytest.raises(KeyError):
        set_up_logging("loud")


def test_exceptions(capsys: pytest.CaptureFixture[str]) -> None:
    """With their traceback, in one line."""
    set_up_logging("info")
    try:
        raise ZeroDivisionError("a bug")
    except ZeroDivisionError:
        structlog.get_logger("x").exception("command.failed")
    (entry,) = written(capsys)
    assert "Traceback (most recent call last)" in entry["exception"]
    assert entry["level"] == "error"


def test_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    """Its version is in each line, and its name as soon as it has one; in lines of libraries, too."""
    set_up_logging("info")
    structlog.get_logger("x").info("before")
    identify("node-1")
    structlog.get_logger("x").info("after")
    logging.getLogger("some.library").warning("of a library")
    before, after, library = written(capsys)
    assert ("node" in before, before["version"]) == (False, __version__)
    assert (after["node"], after["version"]) == (library["node"], library["version"]) == ("node-1", __version__)


def test_lines_of_libraries(capsys: pytest.CaptureFixture[str]) -> None:
    """Are JSON like ours: level, logger, and a traceback in the same line."""
    set_up_logging("info")
    try:
        raise ZeroDivisionError("a bug")
    except ZeroDivisionError:
        logging.getLogger("asyncio").exception("Task exception was never %s", "retrieved")
    (entry,) = written(capsys)
    assert (entry["event"], entry["level"]) == ("Task exception was never retrieved", "error")
    assert entry["logger"] == "asyncio"
    assert "ZeroDivisionError: a bug" in entry["exception"]


@pytest.mark.parametrize("given", ["3f2b8c1e-6d54-4f0a-9a77-0c1d2e3f4a5b", "A1b2C3d4"])
def test_a_request_that_a_proxy_has_named(given: str) -> None:
    """Keeps its name: the proxy's log says the same."""
    assert request_name(given) == given


@pytest.mark.parametrize(
    "given", [None, "", "short", "x" * 65, "two words", 'a"quote-in-it', "line\nbreak", "Inès-Benali"]
)
def test_any_other_request(given: str | None) -> None:
    """Is named anew, each by its own: what stands in a header may be anything."""
    first, second = request_name(given), request_name(given)
    assert first != second
    assert first != given
    assert len(first) == 16


def test_context(capsys: pytest.CaptureFixture[str]) -> None:
    """What was bound to the context is in each line."""
    set_up_logging("info")
    with structlog.contextvars.bound_contextvars(project="p1"):
        structlog.get_logger("x").info("something")
    assert written(capsys)[0]["project"] == "p1"


def test_set_up_twice(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line once, with the newer level; no filter twice."""
    set_up_logging("info")
    set_up_logging("error")
    structlog.get_logger("x").warning("quiet")
    structlog.get_logger("x").error("loud")
    logging.getLogger("some.library").warning("once")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    for name in CLIENT_LOGGERS:
        assert len([one for one in logging.getLogger(name).filters if isinstance(one, OnlyBugs)]) == 1


@pytest.mark.parametrize("name", QUIET_LOGGERS)
def test_libraries_that_talk_too_much(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Addresses and payloads are not for the log."""
    set_up_logging("debug")
    logging.getLogger(name).info("127.0.0.1 GET /socket.io/?sid=secret")
    logging.getLogger(name).warning("secret is not an accepted origin.")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", CLIENT_LOGGERS)
def test_complaints_about_clients(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Not those about what a client sent; a bug of ours is, without what came with it."""
    set_up_logging("info")
    logger = logging.getLogger(name)
    logger.error("Invalid session %s", "secret")
    for error in (ConnectionResetError(), BadStatusLine("GET /secret")):
        try:
            raise error
        except (ConnectionError, BadStatusLine):
            logger.exception("Error handling request from %s", "secret")
    assert capsys.readouterr().err == ""
    try:
        raise ZeroDivisionError("a bug")
    except ZeroDivisionError:
        logger.exception("Error handling request from %s", "secret")
    (entry,) = written(capsys)
    assert "ZeroDivisionError: a bug" in entry["exception"]
    assert "Error handling request" in entry["event"]
    assert "secret" not in json.dumps({**entry, "exception": ""})


def test_log_name() -> None:
    """A connection's name in the log: the same each time, and not the sid."""
    assert log_name("abc") == log_name("abc") != log_name("abd")
    assert "abc" not in log_name("abc")
    assert len(log_name("abc")) == 16


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that cannot be written is lost, and whoever writes it goes on."""
    with suppress(OSError), Path("/dev/full").open("w", buffering=1) as full:  # full(4); to close it fails, too
        with pytest.raises(OSError, match="No space left"):
            full.write("to see that it is full\n")
        monkeypatch.setattr("sys.stderr", full)
        set_up_logging("info")
        written = 0
        for _ in range(1_000):  # more than a buffer holds
            structlog.get_logger().warning("disk.full")
            written += 1
    assert written == 1_000


def test_a_disk_with_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written later is in the log."""
    file = (tmp_path / "log").open("w", buffering=1)
    monkeypatch.setattr("sys.stderr", file)
    set_up_logging("info")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        structlog.get_logger().warning("disk.full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    structlog.get_logger().warning("disk.fine")
    file.close()
    assert [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()][-1] == "disk.fine"
