"""Figures as people read them."""

MS_PER_SECOND = 1000.0

WHOLE_FROM = 100
"""From here on decimals say nothing."""

ONE_DECIMAL_FROM = 10


def number(value: float) -> str:
    """With spaces between thousands; three digits that mean something below a hundred."""
    if value == round(value) or abs(value) >= WHOLE_FROM:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.1f}" if abs(value) >= ONE_DECIMAL_FROM else f"{value:.2f}"


def milliseconds(value: float) -> str:
    """A latency, in the unit that suits it."""
    if value >= MS_PER_SECOND:
        return seconds(value / MS_PER_SECOND)
    return f"{number(value)} ms"


def seconds(value: float) -> str:
    """A time."""
    return f"{number(value)} s"


def plural(count: float, word: str) -> str:
    """A count with its noun."""
    return f"{number(count)} {word}" if count == 1 else f"{number(count)} {word}s"
