"""What values the command lines of load tests take: kinds for argparse, which say what is wrong with a value."""

import argparse
import math


def count(text: str) -> int:
    """A whole number of at least 1."""
    if (value := whole(text)) < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return value


def whole(text: str) -> int:
    """A whole number."""
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None


def positive(text: str) -> float:
    """A number of more than 0; not infinity."""
    value = not_negative(text)
    if value == 0:
        raise argparse.ArgumentTypeError("more than 0")
    return value


def not_negative(text: str) -> float:
    """A number of 0 or more; not infinity."""
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError("0 or more")
    return value
