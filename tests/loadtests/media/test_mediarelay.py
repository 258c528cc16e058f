"""aiortc's MediaRelay as an engine."""

import pytest

from loadtests.media import director, mediarelay
from loadtests.media.engine import Load
from loadtests.media.mediarelay import MediaRelay
from loadtests.problem import Problem


@pytest.mark.wire
def test_a_short_call() -> None:
    engine = MediaRelay(None)
    taken = director.measure(engine, Load(2, 1), 0.1, 2.0, lambda text: None).taken
    assert (taken.video_streams, taken.audio_streams) == (2, 2)
    assert taken.counts.delivered > 30
    assert taken.counts.lost == taken.counts.foreign == 0
    assert taken.cpu["server"] > 0
    assert engine.version.startswith("aiortc 1.")


@pytest.mark.wire
def test_a_refusal_is_a_problem() -> None:
    engine = MediaRelay(None)
    engine.start(Load(1, 1))
    try:
        with pytest.raises(Problem, match="refused publish with 500"):
            engine._ask("publish", {"call": 0})
        assert engine.streams_each(Load(1, 1)) == (1, 1)
    finally:
        engine.stop()
    engine.stop()


def test_a_program_that_ends_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mediarelay, "PROGRAM", ("/bin/sh", "-c", "echo no room here; exit 1"))
    engine = MediaRelay(None)
    with pytest.raises(Problem, match="no room here"):
        engine.start(Load(1, 1))
    engine.stop()
