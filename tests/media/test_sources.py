"""Tracks and their layers: gates, keyframe requests, what counts as sent."""

import pytest

from media.engine import Medium
from media.header_extensions import ABS_SEND_TIME_URI, AUDIO_LEVEL_URI
from media.keyframes import INTERVAL
from media.sources import SILENT_AFTER, Source, Track
from tests.media.desk import OPUS, PUBLISHED_IDS, SUBSCRIBED_IDS, VP8

NOW = 1000.0


class Camera:
    """A track and what was asked of it."""

    def __init__(self, layers: tuple[str, ...] = ()) -> None:
        self.asked: list[Source] = []
        self.track = Track("ana", Medium.VIDEO, "v", VP8, PUBLISHED_IDS, layers, self.asked.append)
        self.source = self.track.sources[0]
        self.source.bind(2)
        self.track.set_open(True)


@pytest.fixture
def camera() -> Camera:
    return Camera()


def test_layers_are_in_the_order_of_the_offer() -> None:
    """The lowest first; without simulcast there is one."""
    assert [source.rid for source in Camera(("q", "h", "f")).track.sources] == ["q", "h", "f"]
    assert [source.rid for source in Camera().track.sources] == [None]


def test_a_track_is_closed_until_it_is_opened() -> None:
    """Nobody's packets pass before somebody has said that they may."""
    assert not Track("ana", Medium.AUDIO, "a", OPUS, {}, (), lambda source: None).is_open


def test_closing_forgets_what_was_and_opening_begins_anew(camera: Camera) -> None:
    """Nothing from before can be sent again, nothing from between counts as lost."""
    source = camera.source
    source.cache.add(7, b"packet")
    source.losses.received(7, NOW)
    source.reception.add(7, 0, NOW)
    source.clock = (1, NOW)
    camera.track.set_open(False)
    assert source.cache.get(7) is None
    camera.track.set_open(True)
    assert source.losses.received(500, NOW) == ()
    assert source.reception.report() is None
    assert source.clock is None


def test_opening_what_is_open_changes_nothing(camera: Camera) -> None:
    """Plans are said again and again."""
    camera.source.cache.add(7, b"packet")
    camera.track.set_open(True)
    assert camera.source.cache.get(7) == b"packet"


def test_keyframes_are_asked_at_most_once_per_interval(camera: Camera) -> None:
    """Whoever comes within it is served by the next."""
    for _ in range(5):
        camera.source.want_keyframe(NOW)
    assert camera.asked == [camera.source]
    camera.source.tick(NOW + INTERVAL / 2)
    assert len(camera.asked) == 1
    camera.source.tick(NOW + INTERVAL)
    assert len(camera.asked) == 2


def test_nothing_is_asked_of_one_who_may_not_send_or_is_not_known(camera: Camera) -> None:
    """Nor of a voice."""
    camera.track.set_open(False)
    camera.source.want_keyframe(NOW)
    unknown = Camera(("q",))
    unknown.source.ssrc = None
    unknown.source.want_keyframe(NOW)
    voice = Track("ana", Medium.AUDIO, "a", OPUS, {}, (), camera.asked.append)
    voice.sources[0].bind(1)
    voice.set_open(True)
    voice.sources[0].want_keyframe(NOW)
    assert camera.asked == unknown.asked == []


def test_a_layer_counts_as_sent_while_its_packets_come(camera: Camera) -> None:
    """A sender stops a layer without a word."""
    assert not camera.source.is_sent(NOW)
    camera.source.heard_at = NOW
    assert camera.source.is_sent(NOW + SILENT_AFTER / 2)
    assert not camera.source.is_sent(NOW + SILENT_AFTER)


def test_bitrate_is_that_of_the_last_interval(camera: Camera) -> None:
    """Bits a second."""
    camera.source.octets = 1000
    camera.source.measure(2.0)
    assert camera.source.bitrate == 4000
    camera.source.measure(1.0)
    assert camera.source.bitrate == 0


def test_those_with_the_same_numbers_share_a_map(camera: Camera) -> None:
    """So that a packet is renumbered once for all of them; the same as ours need none."""
    theirs = {AUDIO_LEVEL_URI: 5, ABS_SEND_TIME_URI: 6}
    assert camera.track.extension_map(dict(theirs)) is camera.track.extension_map(dict(reversed(theirs.items())))
    assert camera.track.extension_map(theirs) is not None
    assert camera.track.extension_map(SUBSCRIBED_IDS) is None
