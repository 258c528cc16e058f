"""Bringing the settings together, and saying what is wrong with them."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict, SettingsError

from rtserver.config import CONFIG_VARIABLE, PREFIX, ConfigInvalid, Settings, config_file
from rtserver.config_complaints import complaints_of


def load(config: Path | None = None, **overrides: Any) -> Settings:
    """The settings: those of `overrides` that are not None, over the environment, over the file.

    `config` is the TOML file; None: see `config_file`. Raises `ConfigInvalid`, also when a file that
    was named is missing.
    """
    if config is None and CONFIG_VARIABLE in os.environ:
        config = config_file()
    if config is not None and not config.is_file():
        raise ConfigInvalid(f"There is no configuration file {config}.")

    class Loaded(Settings):
        model_config = SettingsConfigDict(toml_file=config)

    try:
        return Loaded(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as error:
        raise ConfigInvalid(*complaints_of(error, PREFIX)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"The configuration file is not valid TOML: {error}.") from None
    except (SettingsError, OSError) as error:
        raise ConfigInvalid(f"The settings cannot be read: {error}.") from None


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """RT_* variables that set nothing: misspelt ones, mostly."""
    known = {CONFIG_VARIABLE, *(PREFIX + name.upper() for name in Settings.model_fields)}
    return sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)
