"""Numbers of tracks."""

from loadtests.media.numbering import AUDIO, NUMBER, NUMBER_BYTES, VIDEO, is_video, track_number


def test_every_track_has_a_number_of_its_own() -> None:
    numbers = [track_number(publisher, medium) for publisher in range(8) for medium in (AUDIO, VIDEO)]
    assert numbers == list(range(16))
    assert [is_video(number) for number in numbers[:4]] == [False, True, False, True]


def test_a_number_is_six_bytes() -> None:
    assert len(NUMBER.pack(65535, 2**32 - 1)) == NUMBER_BYTES == 6
