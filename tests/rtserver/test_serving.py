"""What happens before the server listens."""

import asyncio
import resource

import pytest
import uvloop
from structlog.testing import capture_logs

from rtserver import serving
from rtserver.config import Settings, load


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """The process's limits of open files, as a test sets them; the real ones stay as they are."""
    limits = {"soft": 1024, "hard": 4096}

    def set_limits(_: int, wanted: tuple[int, int]) -> None:
        assert wanted[0] <= limits["hard"], "only root may go beyond the hard limit"
        limits["soft"], limits["hard"] = wanted

    monkeypatch.setattr(resource, "getrlimit", lambda _: (limits["soft"], limits["hard"]))
    monkeypatch.setattr(resource, "setrlimit", set_limits)
    return limits


def test_the_usual_limit_of_files_is_raised(files: dict[str, int]) -> None:
    """As far as the connections need it, without a word."""
    with capture_logs() as lines:
        serving.allow_files(connections=3000)
    assert files == {"soft": 3000 + serving.FILES_BESIDES, "hard": 4096}
    assert lines == []


def test_too_few_files_are_told(files: dict[str, int]) -> None:
    """All that the system allows is taken, and the operator learns what to raise."""
    with capture_logs() as lines:
        serving.allow_files(connections=10_000)
    assert files["soft"] == files["hard"] == 4096
    assert [(line["event"], line["allowed"]) for line in lines] == [("files.too_few", 4096)]


@pytest.mark.parametrize("soft", [50_000, resource.RLIM_INFINITY])
def test_a_limit_that_is_high_enough_stays(files: dict[str, int], soft: int) -> None:
    """Nothing is lowered."""
    files.update(soft=soft, hard=soft)
    serving.allow_files(connections=3000)
    assert files["soft"] == soft


@pytest.mark.parametrize(("chosen", "kind"), [("asyncio", asyncio.SelectorEventLoop), ("uvloop", uvloop.Loop)])
def test_the_event_loop_that_was_chosen(chosen: str, kind: type) -> None:
    """Is the one that serves."""
    seen: list[asyncio.AbstractEventLoop] = []

    async def serve(_: Settings) -> None:
        seen.append(asyncio.get_running_loop())

    serving.run(load(event_loop=chosen, port=0), "", serve)
    assert isinstance(seen[0], kind)
