"""rtserver as an engine: real members in a real call."""

import pytest

from loadtests.media import director
from loadtests.media.engine import Load
from loadtests.media.ours import Ours
from loadtests.media.processes import MAIN, WORKER

pytestmark = pytest.mark.wire


def test_a_short_call() -> None:
    taken = director.measure(Ours(None), Load(2, 2), 0.1, 2.0, lambda text: None).taken
    assert (taken.video_streams, taken.audio_streams) == (4, 4)
    assert taken.counts.delivered > 100
    assert taken.counts.lost == taken.counts.duplicates == taken.counts.foreign == 0
    assert taken.cpu[WORKER] > 0
    assert taken.cpu[MAIN] >= 0


def test_two_calls_and_more_sounds_than_slots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loadtests.media.engine.CALL_PARTICIPANTS_MAX", 7)
    load = Load(6, 2)
    assert load.calls == 2
    taken = director.measure(Ours(None), load, 0.1, 2.0, lambda text: None).taken
    assert (taken.video_streams, taken.audio_streams) == (12, 10)
    assert taken.counts.lost == taken.counts.duplicates == 0
