"""What is wrong with settings, in sentences for whoever wrote them.

They hold no value: it may be a database's password.
"""

from pydantic import ValidationError
from pydantic_core import ErrorDetails


def complaints_of(error: ValidationError, prefix: str) -> list[str]:
    """All of them, one for each setting. `prefix`: what the names of the variables begin with."""
    return [_sentence(complaint, prefix) for complaint in error.errors(include_url=False, include_input=False)]


def _sentence(complaint: ErrorDetails, prefix: str) -> str:
    reason = complaint["msg"].removeprefix("Value error, ")
    if not complaint["loc"]:
        return f"The settings do not fit together: {reason}."
    name = str(complaint["loc"][0])
    if complaint["type"] == "extra_forbidden":
        return f"There is no setting named {name}."
    return f"The setting {name} ({prefix}{name.upper()}) is not valid: {reason}."
