"""Logs: one JSON object a line on standard error, with ids only. Never names, text or tokens."""

import logging
import sys

import structlog

QUIET_LOGGERS = ("engineio.server", "socketio.server", "aiohttp.access", "alembic.runtime.migration")
"""Libraries that would write addresses, payloads or a line per request."""


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
