"""The countries whose classes take part in eTwinning: data with a source note, read from `data/countries.json`."""

from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct


class Country(Struct, frozen=True):
    """A country: `code` is ISO 3166-1 alpha-2, `name` English, `group` how it takes part."""

    code: str
    name: str
    group: str


class _CountryFile(Struct, frozen=True):
    source: str
    countries: tuple[Country, ...]


@cache
def countries() -> dict[str, Country]:
    """All countries by code."""
    raw = files("rooms").joinpath("data", "countries.json").read_bytes()
    listed = msgspec.json.decode(raw, type=_CountryFile).countries
    return {country.code: country for country in listed}
