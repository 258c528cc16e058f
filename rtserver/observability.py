"""Logs: one JSON object a line on standard error, with ids only. Never names, text or tokens."""

import hashlib
import logging
import sys

import structlog
from aiohttp.http_exceptions import HttpProcessingError

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


def set_up_logging(level: str) -> None:
    """Write logs of at least `level` (debug, info, warning, error) to standard error as JSON."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(message)s", force=True)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.ERROR)
    for name in CLIENT_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, OnlyBugs) for known in logger.filters):
            logger.addFilter(OnlyBugs())
