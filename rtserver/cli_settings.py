"""What the commands of `rtserver` share: the options that choose the settings, and how groups of commands look."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rtserver.cli_output import remark

if TYPE_CHECKING:
    from rtserver.config import Settings

Data = Annotated[Path | None, typer.Option("--data", help="Folder of the database (default: ./data)", file_okay=False)]
Config = Annotated[Path | None, typer.Option("--config", help="Settings file (TOML) (default: ./rtserver.toml)")]
Host = Annotated[str | None, typer.Option("--host", help="Address to listen on (default: 127.0.0.1)")]
Port = Annotated[int | None, typer.Option("--port", help="TCP port to listen on (default: 8080)", min=0, max=65535)]


def group(about: str) -> typer.Typer:
    """A group of commands; without a command it shows its help."""
    return typer.Typer(help=about, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def settings_from(config: Path | None, **overrides: Any) -> "Settings":
    """The settings, with the options that were given on top. Raises `ConfigInvalid`."""
    from rtserver.config_loading import load, unknown_variables

    for name in unknown_variables(os.environ):
        remark(f"rtserver: {name} is no setting; it is ignored.")
    return load(config, **overrides)
