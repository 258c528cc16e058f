"""What is wrong with settings, in sentences for whoever wrote them.

They hold no value: it may be a database's password.
"""

import re

from pydantic import ValidationError
from pydantic_core import ErrorDetails

PLAIN = {
    "int": "it must be a whole number",
    "float": "it must be a number",
    "finite": "it must be a number",
    "bool": "it must be true or false",
    "string": "it must be text",
    "path": "it must be the name of a file or folder",
    "tuple": "it must be a list",
}
"""What kind of value is wanted, by how the names of the library's kinds of error begin, such as int_parsing."""

BOUNDS = {
    "greater_than": ("gt", "greater than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}
"""Kind of error -> where the bound is told, and how it is said."""

CHOICE = re.compile(r"\^\((\w+(?:\|\w+)+)\)\$")
"""The pattern of a setting that is one of several words."""


def complaints_of(error: ValidationError, prefix: str) -> list[str]:
    """All of them, one for each setting. `prefix`: what the names of the variables begin with."""
    return [_sentence(complaint, prefix) for complaint in error.errors(include_url=False, include_input=False)]


def _sentence(complaint: ErrorDetails, prefix: str) -> str:
    reason = _reason(complaint)
    if not complaint["loc"]:
        return f"The settings do not fit together: {reason}."
    name = str(complaint["loc"][0])
    if complaint["type"] == "extra_forbidden":
        return f"There is no setting named {name}."
    return f"The setting {name} ({prefix}{name.upper()}) is not valid: {reason}."


def _reason(complaint: ErrorDetails) -> str:
    """The second half of the sentence: our own words, where a rule of ours was broken; else plain ones."""
    kind, told = complaint["type"], complaint.get("ctx", {})
    if kind in BOUNDS:
        name, words = BOUNDS[kind]
        return f"it must be {words} {_number(told[name])}"
    choice = CHOICE.fullmatch(told.get("pattern", ""))
    if choice is not None:
        *others, last = choice[1].split("|")
        return f"it must be {', '.join(others)} or {last}"
    plain = PLAIN.get(kind.partition("_")[0])
    if plain is None:
        return complaint["msg"].removeprefix("Value error, ")
    return plain if len(complaint["loc"]) == 1 else plain.replace("it", "each of its entries", 1)


def _number(bound: float) -> str:
    return str(int(bound) if float(bound).is_integer() else bound)
