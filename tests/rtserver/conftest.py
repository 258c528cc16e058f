"""What holds for all tests of the server."""

import pytest

PATIENCE = 30.0
"""Seconds that the server waits for its own parts: a machine that stands still is not what these tests look for."""


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that want less set it themselves, later."""
    for deadline in ("rtserver.health.READY_DEADLINE", "rtserver.metrics.look.ANSWER_DEADLINE"):
        monkeypatch.setattr(deadline, PATIENCE)
