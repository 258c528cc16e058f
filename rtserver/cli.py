"""The command `rtserver`: serving, the demo, and (in `rtserver.cli_admin`) administration.

What goes wrong is said in one sentence on standard error: exit code 2 for bad input, 1 for anything else.
Heavy modules are imported by the commands that need them, so that `rtserver --help` is quick.
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from rooms.errors import ErrorCode, Refused
from rooms.ports import LogUnavailable
from rtserver import __version__, cli_admin, cli_care, cli_checkup, cli_keys
from rtserver.cli_output import BAD_INPUT, FAILED, CommandFailed, complain, say
from rtserver.cli_settings import Config, Data, Host, Port, group, settings_from

INTERRUPTED = 130
"""As shells count a program that Ctrl-C ended."""

BAD_INPUT_CODES = {
    ErrorCode.INVALID,
    ErrorCode.COUNTRY_UNKNOWN,
    ErrorCode.TIMEZONE_UNKNOWN,
    ErrorCode.LANGUAGE_UNKNOWN,
    ErrorCode.FOUNDERS_SAME_COUNTRY,
    ErrorCode.FOUNDERS_SAME_CLASS,
}
"""Refusals of what was typed; the others depend on what is stored."""

app = group("The live side of a TwinSpace: school classes meet in a room of their project.")
app.add_typer(cli_admin.project_app, name="project")
app.add_typer(cli_admin.class_app, name="class")
app.add_typer(cli_admin.room_app, name="room")
app.add_typer(cli_admin.member_app, name="member")
app.add_typer(cli_keys.key_app, name="key")


def _version(wanted: bool) -> None:
    if wanted:
        say(f"rtserver {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def serve(
    host: Host = None,
    port: Port = None,
    data: Data = None,
    config: Config = None,
    workers: Annotated[
        int, typer.Option("--workers", help="Processes, on consecutive ports; several need PostgreSQL", min=1, max=64)
    ] = 1,
    worker: Annotated[int | None, typer.Option("--worker", hidden=True)] = None,
    supervisor: Annotated[int, typer.Option("--supervisor", hidden=True)] = 0,
) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    from rtserver import serving

    if worker is not None:
        from rtserver.workers.process import begin

        begin(worker, supervisor)
    settings = settings_from(config, host=host, port=port, data=data)
    if workers > 1:
        from rtserver.workers.supervisor import supervise

        supervise(settings, workers, config)
    else:
        serving.run(settings, "choose another with --port", serving.plainly if worker is None else serving.quietly)


@app.command()
def demo(host: Host = None, port: Port = None, data: Data = None, config: Config = None) -> None:
    """Serve a French and a Polish class that share a project, and print a link for each person."""
    from rtserver import demo as demo_module
    from rtserver import serving

    settings = settings_from(config, host=host, port=port, data=data)
    if "log_level" not in settings.model_fields_set:  # the links are to be seen
        settings = settings.model_copy(update={"log_level": "warning"})
    serving.run(settings, "choose another with make run PORT=8081 (or --port)", demo_module.run)


@app.command()
def top(
    addresses: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NODE]...", help="Metrics addresses, such as 127.0.0.1:9464 (default: this server's)"),
    ] = None,
    interval: Annotated[float, typer.Option("--interval", help="Seconds between two looks", min=0.2, max=3600)] = 2.0,
    once: Annotated[bool, typer.Option("--once", help="Show it once, after one interval")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as JSON")] = False,
    config: Config = None,
) -> None:
    """Watch one or several nodes live, by their metrics; q ends it."""
    from rtserver.top import run as top_module

    if not addresses:
        settings = settings_from(config)
        if not settings.metrics_port:
            raise CommandFailed(
                "This server has no metrics port: set metrics_port (RT_METRICS_PORT), or name the nodes to watch, "
                "such as rtserver top 127.0.0.1:9464.",
                BAD_INPUT,
            )
        addresses = [top_module.own_address(settings.metrics_host, settings.metrics_port)]
    top_module.run(addresses, interval, once, as_json)


app.command()(cli_admin.invite)
app.command()(cli_checkup.check_config)
app.command()(cli_checkup.doctor)
for care in (cli_care.migrate, cli_care.backup, cli_care.restore, cli_care.endings, cli_care.copy):
    app.command()(care)


def run(arguments: Sequence[str]) -> int:
    """Run a command and return its exit code. Raises nothing."""
    try:
        return int(app(list(arguments) or ["--help"], prog_name="rtserver", standalone_mode=False) or 0)
    except typer.TyperException as error:
        complain(_one_line(error.format_message()))
        return error.exit_code
    except typer.Exit as end:
        return end.exit_code
    except (typer.Abort, KeyboardInterrupt):
        complain("Stopped.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has enough, as head does. Python would complain again when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except CommandFailed as failure:
        complain(str(failure))
        return failure.code
    except Refused as refusal:
        complain(refusal.message)
        return BAD_INPUT if refusal.code in BAD_INPUT_CODES else FAILED
    except Exception as error:  # noqa: BLE001 - the last one to catch it; a person is in front of the screen
        sentence, code = _explained(error)
        complain(sentence)
        return code


def _explained(error: Exception) -> tuple[str, int]:
    """A sentence and an exit code for what ended a command."""
    from media.engine import EngineUnavailable
    from rtserver.care.problem import CareFailed, FileUnusable
    from rtserver.config import ConfigInvalid
    from rtserver.database import AlreadyServed, MigrationFailed
    from rtserver.serving import CannotListen
    from rtserver.tls import CertificateUnusable

    reason = _one_line(str(error))
    if isinstance(error, ConfigInvalid | FileUnusable | CertificateUnusable):
        return reason, BAD_INPUT
    if isinstance(error, AlreadyServed | CareFailed | MigrationFailed | CannotListen):
        return reason, FAILED
    if isinstance(error, EngineUnavailable):
        return f"Calls cannot be served: {reason} (RT_MEDIA=false serves without them)", FAILED
    if isinstance(error, LogUnavailable | OSError) or type(error).__module__.startswith("sqlalchemy"):
        return f"The database cannot be used: {reason}", FAILED
    if isinstance(error, ValueError) and "SQLite" in reason:
        return reason, BAD_INPUT
    if os.environ.get("RT_LOG_LEVEL") == "debug":
        import traceback

        traceback.print_exception(error)
    return f"This is a mistake in rtserver itself ({type(error).__name__}); RT_LOG_LEVEL=debug shows where.", FAILED


def _one_line(text: str) -> str:
    """The first line: what follows are statements and links for programmers."""
    return (text.strip().splitlines() or [""])[0]


def main() -> None:
    """The console entry point."""
    sys.exit(run(sys.argv[1:]))
