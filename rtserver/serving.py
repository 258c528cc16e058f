"""Starting the server from the command line: logging, a port that is free, an end without a traceback."""

import asyncio
import errno
import resource
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from rtserver.config import Settings
from rtserver.ending import Ending
from rtserver.observability import set_up_logging

log = structlog.get_logger(__name__)

FILES_BESIDES = 200
"""Open files beside connections: the database's, the log's, pages under way, and some to spare."""

Serve = Callable[[Settings, Ending], Awaitable[None]]


class CannotListen(Exception):
    """The address or port cannot be used. The message is a sentence for whoever started the server."""


def run(settings: Settings, advice: str, serve: Serve) -> None:
    """Run `serve` until it ends or Ctrl-C. `advice` says what to do when the port is taken.

    Raises `CannotListen`, and what `rtserver.app.serve` raises.
    """
    set_up_logging(settings.log_level)
    allow_files(settings.connections_max)
    settings = settings.model_copy(update={"port": free_port(settings, advice)})
    # The server itself ends on Ctrl-C by returning; this is for one that comes before it listens.
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=_loop_factory(settings)) as runner:
        runner.run(_watched(settings, advice, serve))


def _loop_factory(settings: Settings) -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The event loop that was chosen; None: asyncio's own."""
    if settings.event_loop == "asyncio":
        return None
    import uvloop

    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def plainly(settings: Settings, ending: Ending) -> None:
    """Serve, and say where."""
    from rtserver.app import serve
    from rtserver.cli_output import remark

    await serve(settings, ending, on_ready=lambda _: remark(f"Serving {settings.url} until Ctrl-C."))


async def quietly(settings: Settings, ending: Ending) -> None:
    """Serve, one of several: the supervisor says where."""
    from rtserver.app import serve

    await serve(settings, ending)


def allow_files(connections: int) -> None:
    """Let this process open as many files as it needs for its connections; said when the system does not allow that.

    The usual soft limit of 1,024 files is a relic of select(); a process may raise it up to the hard limit by itself.
    """
    wanted = connections + FILES_BESIDES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    if allowed < wanted:
        log.warning("files.too_few", allowed=allowed, wanted=wanted, advice="raise `ulimit -n` or LimitNOFILE=")


def listen_for_a_moment(settings: Settings) -> int:
    """Open the port that the settings name, and close it again: which one it was. Raises `OSError`."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family) as probe:
        return int(probe.getsockname()[1])


def free_port(settings: Settings, advice: str) -> int:
    """The port of `settings` if it can be opened, or a free one for port 0. Raises `CannotListen`.

    Asked before anything is written: a demo that cannot be served must not end the links of the one that is.
    """
    try:
        return listen_for_a_moment(settings)
    except OSError as error:
        raise cannot_listen(settings, error, advice) from None


def cannot_listen(settings: Settings, error: OSError, advice: str) -> CannotListen:
    """The sentence for an `OSError` of listening."""
    if error.errno == errno.EADDRINUSE:
        return CannotListen(f"Port {settings.port} is taken by another program: {advice}.")
    return CannotListen(f"{settings.host} port {settings.port} cannot be listened on: {error.strerror or error}.")


async def _watched(settings: Settings, advice: str, serve: Serve) -> None:
    try:
        await serve(settings, Ending(settings.drain_deadline))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise cannot_listen(settings, error, advice) from None
        raise
