"""Who speaks, from audio levels: soon, calmly, and without cutting the first word."""

from hypothesis import given
from hypothesis import strategies as st

from media.speakers import VOICE_HOLD, WINDOW, SpeakerDetector, Voices

PACKET_TIME = 0.02
LOUD, NORMAL, ROOM, SILENT = 15, 28, 60, 127


class Talk:
    """Some people with a microphone, packet by packet."""

    def __init__(self) -> None:
        self.detector = SpeakerDetector()
        self.now = 10.0

    def go(self, seconds: float, **levels: int) -> tuple[str, ...]:
        """Everybody sends this level for a while. Who speaks at the end."""
        for _ in range(round(seconds / PACKET_TIME)):
            self.now += PACKET_TIME
            for name, level in levels.items():
                self.detector.level(name, level, self.now)
            self.detector.speakers(self.now)
        return self.detector.speakers(self.now)


def test_a_speaker_is_found_within_a_second_and_lost_after_another() -> None:
    """Two windows of each."""
    talk = Talk()
    assert talk.go(1.0, anna=ROOM, ben=ROOM) == ()
    assert talk.go(2 * WINDOW + 0.1, anna=NORMAL, ben=ROOM) == ("anna",)
    assert talk.go(0.2, anna=ROOM, ben=ROOM) == ("anna",)
    assert talk.go(3 * WINDOW, anna=ROOM, ben=ROOM) == ()


def test_a_cough_is_no_speech() -> None:
    """A tenth of a second, however loud."""
    talk = Talk()
    assert talk.go(0.1, anna=LOUD) == ()
    assert talk.go(2.0, anna=ROOM) == ()


def test_the_loudest_comes_first_and_the_order_is_calm() -> None:
    """One passes another only when clearly louder."""
    talk = Talk()
    assert talk.go(2.0, anna=NORMAL, ben=LOUD) == ("ben", "anna")
    assert talk.go(2.0, anna=LOUD - 2, ben=LOUD) == ("ben", "anna")
    assert talk.go(2.0, anna=LOUD, ben=NORMAL) == ("anna", "ben")


def test_packets_that_stop_are_silence() -> None:
    """A muted microphone, or one with DTX, sends nothing."""
    talk = Talk()
    talk.go(2.0, anna=NORMAL)
    talk.now += 2 * WINDOW
    talk.detector.speakers(talk.now)
    talk.now += 2 * WINDOW
    talk.detector.speakers(talk.now)
    assert talk.detector.speakers(talk.now + 2 * WINDOW) == ()


def test_whoever_is_gone_does_not_speak() -> None:
    """At once."""
    talk = Talk()
    talk.go(2.0, anna=NORMAL, ben=NORMAL)
    talk.detector.forget("anna")
    talk.detector.forget("nobody")
    assert talk.detector.speakers(talk.now) == ("ben",)


@given(packets=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 127), st.floats(0, 0.3)), max_size=200))
def test_speakers_are_people_who_were_heard(packets: list[tuple[str, int, float]]) -> None:
    """Each once, and all of them active lately."""
    detector, now, active = SpeakerDetector(), 0.0, set()
    for name, level, time in packets:
        now += time
        detector.level(name, level, now)
        if level <= 35:
            active.add(name)
        speakers = detector.speakers(now)
        assert len(set(speakers)) == len(speakers)
        assert set(speakers) <= active


# --- Whose voice is forwarded ---


def say(voices: Voices, name: str, now: float, packets: int = 2, level: int = NORMAL) -> list[bool]:
    return [voices.level(name, level, now + place * PACKET_TIME) for place in range(packets)]


def test_everybody_is_heard_while_there_is_room() -> None:
    """From the first packet on."""
    voices = Voices(3)
    assert voices.level("anna", ROOM, 0.0)
    assert voices.level("ben", SILENT, 0.0)
    assert voices.names == ("anna", "ben")


def test_a_new_voice_takes_the_place_of_the_longest_silent() -> None:
    """Within two packets, and nobody else moves."""
    voices = Voices(2)
    for name in ("anna", "ben", "carla"):
        voices.level(name, ROOM, 0.0)
    say(voices, "anna", 5.0)
    assert say(voices, "carla", 6.0) == [False, True]
    assert voices.names == ("anna", "carla")
    assert voices.by_recency() == ("carla", "anna")


def test_nobody_is_interrupted() -> None:
    """A place is free only when its voice has been silent for a moment."""
    voices = Voices(1)
    voices.level("anna", ROOM, 0.0)
    say(voices, "anna", 5.0)
    assert say(voices, "ben", 5.1) == [False, False]
    assert voices.names == ("anna",)
    assert voices.level("ben", NORMAL, 5.1 + VOICE_HOLD)
    assert voices.names == ("ben",)


def test_a_click_is_no_voice() -> None:
    """One loud packet moves nobody."""
    voices = Voices(1)
    voices.level("anna", ROOM, 0.0)
    for place in range(20):
        assert not voices.level("ben", LOUD if place % 2 else ROOM, place * PACKET_TIME)


def test_a_place_that_becomes_free_goes_to_who_spoke_last() -> None:
    """Without waiting for the next word."""
    voices = Voices(1)
    for name in ("anna", "ben", "carla"):
        voices.level(name, ROOM, 0.0)
    say(voices, "anna", 1.0)
    say(voices, "carla", 1.1)
    assert voices.forget("anna")
    assert voices.names == ("carla",)
    assert not voices.forget("ben")
    assert voices.forget("carla")
    assert not voices.forget("carla")
    assert len(voices.names) == 0


@given(
    places=st.integers(1, 4),
    packets=st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 127), st.booleans()), max_size=200),
)
def test_places_are_full_and_changes_are_told(places: int, packets: list[tuple[str, int, bool]]) -> None:
    """As many voices as there are people or places, each once."""
    voices, now, people = Voices(places), 0.0, set[str]()
    for name, level, leaves in packets:
        now += 0.1
        before, last = voices.names, voices.by_recency()[-1:]
        changed = voices.forget(name) if leaves else voices.level(name, level, now)
        people = people - {name} if leaves else people | {name}
        comes_forward = last == (name,) and voices.by_recency()[-1:] != last
        assert changed <= (set(voices.names) != set(before) or comes_forward)
        assert changed >= (set(voices.names) != set(before))
        assert set(voices.names) <= people
        assert len(set(voices.names)) == len(voices.names) == min(places, len(people))
