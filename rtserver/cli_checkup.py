"""`rtserver check-config` and `rtserver doctor`: what will go wrong, before it does."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from rtserver.cli_output import BAD_INPUT, FAILED, say, say_json
from rtserver.cli_settings import Config, Data, Host, Port, settings_from

if TYPE_CHECKING:
    from rtserver.checkup.finding import Finding

MARKS = {"good": "ok", "hint": "hint", "fault": "FAULT"}
"""Words, not colours or signs: they are read aloud, mailed and searched for."""

MARK_WIDTH = max(map(len, MARKS.values()))

AsJson = Annotated[bool, typer.Option("--json", help="The same as JSON")]


def check_config(
    host: Host = None, port: Port = None, data: Data = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Say whether the settings are valid and fit together. Nothing is opened and nobody asked."""
    from rtserver.checkup.finding import fault
    from rtserver.checkup.settings import look_at
    from rtserver.config import ConfigInvalid

    try:
        findings = look_at(settings_from(config, host=host, port=port, data=data))
    except ConfigInvalid as error:
        _tell([fault("settings", complaint, "") for complaint in error.complaints], as_json)
        raise typer.Exit(BAD_INPUT) from None
    _tell(findings, as_json)


def doctor(
    host: Host = None, port: Port = None, data: Data = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Try everything that the settings name: database, Redis, certificate, ports, TURN. Nothing is changed."""
    from rtserver.checkup.doctor import examine
    from rtserver.checkup.finding import has_fault

    findings = asyncio.run(examine(settings_from(config, host=host, port=port, data=data)))
    _tell(findings, as_json)
    if has_fault(findings):
        raise typer.Exit(FAILED)


def _tell(findings: "list[Finding]", as_json: bool) -> None:
    if as_json:
        say_json(findings)
    else:
        for finding in findings:
            say(f"{MARKS[finding.level]:<{MARK_WIDTH}}  {finding.subject}: {finding.said}")
            if finding.advice:
                say(f"{'':<{MARK_WIDTH}}  -> {finding.advice}")
