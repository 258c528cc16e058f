"""Logs: one JSON object a line on standard error, with ids only. Never names, text or tokens."""

import hashlib
import io
import logging
import re
import secrets
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from aiohttp.http_exceptions import HttpProcessingError

from rtserver import __version__

QUIET_LOGGERS = (
    "engineio.server",
    "socketio.server",
    "aiohttp.access",
    "aiohttp.internal",
    "aiohttp.websocket",
    "alembic.runtime.migration",
)
"""Libraries that would write addresses, payloads or a line per request."""

LOG_NAME_CHARACTERS = 16
"""64 bits: no two connections of a log share a name."""


def log_name(sid: str) -> str:
    """What a connection is called in the log: with its sid itself anybody could poll and post in its member's place."""
    return hashlib.sha256(sid.encode()).hexdigest()[:LOG_NAME_CHARACTERS]


CLIENT_LOGGERS = ("engineio.server", "socketio.server", "aiohttp.server")
"""Libraries that complain about what clients do."""


class OnlyBugs(logging.Filter):
    """Of such complaints only those about ourselves, and without the client's address, sid or origin.

    The exception of a malformed request would quote its line or header, be it one with a cookie or an API key.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None or isinstance(error, ConnectionError | HttpProcessingError):
            return False
        record.msg, record.args = str(record.msg).partition("%")[0], ()
        return True


REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
"""What a proxy may name a request (HAProxy `unique-id-format %[uuid]`); anything else is named anew."""

REQUEST_ID_BYTES = 8
"""Random bytes of a request's name when no proxy has named it."""

_process: dict[str, str | int] = {"version": __version__}
"""What every line says of the process that has written it."""


def identify(node: str) -> None:
    """Say in every line from now on which process has written it: its name among those of the deployment."""
    _process["node"] = node


def identify_worker(number: int) -> None:
    """Say so, too, which of the workers of this machine it is."""
    _process["worker"] = number


def request_name(given: str | None) -> str:
    """What a request is called in the log: as the proxy has named it, so that both logs can be read together."""
    return given if given is not None and REQUEST_ID.fullmatch(given) else secrets.token_hex(REQUEST_ID_BYTES)


def _add_process(_logger: object, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    entry.update(_process)
    return entry


class Lossy(io.TextIOBase):
    """A file to which a line that cannot be written is lost, and nothing else.

    A full disk must not break what the line tells of: who logs that a message could not be stored has yet to answer
    its sender. (The handlers of `logging` are as forgiving.)
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        """As much of it as can be written."""
        with suppress(OSError):
            return self._file.write(text)
        return len(text)

    def flush(self) -> None:
        """What cannot be written stays in the file's own buffer until it can, as long as there is room."""
        with suppress(OSError):
            self._file.flush()


def set_up_logging(level: str) -> None:
    """Write logs of at least `level` (debug, info, warning, error) to standard error as JSON, libraries' too."""
    about: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_process,
    ]
    written: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=about + written,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, Lossy(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*about, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[libraries], force=True)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in CLIENT_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, OnlyBugs) for known in logger.filters):
            logger.addFilter(OnlyBugs())
