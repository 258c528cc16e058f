"""What a check has found: one plain sentence, and what to do about it."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct


class Level(StrEnum):
    """`good`: as it should be. `hint`: it works, and somebody will be unhappy. `fault`: it does not work."""

    GOOD = "good"
    HINT = "hint"
    FAULT = "fault"


class Finding(Struct, frozen=True):
    """`subject`: what was looked at, in a word or two. `advice`: what to do, empty when there is nothing to be done.

    Neither sentence holds a password, a secret or anybody's name.
    """

    subject: str
    level: Level
    said: str
    advice: str = ""


def good(subject: str, said: str) -> Finding:
    """As it should be."""
    return Finding(subject, Level.GOOD, said)


def hint(subject: str, said: str, advice: str) -> Finding:
    """It works, and somebody will be unhappy."""
    return Finding(subject, Level.HINT, said, advice)


def fault(subject: str, said: str, advice: str) -> Finding:
    """It does not work."""
    return Finding(subject, Level.FAULT, said, advice)


def has_fault(findings: Iterable[Finding]) -> bool:
    """Whether something does not work."""
    return any(finding.level is Level.FAULT for finding in findings)
