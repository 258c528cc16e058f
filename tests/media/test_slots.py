"""Who is shown, and where: nobody twice, class cameras always, and no picture moves without need."""

from hypothesis import given
from hypothesis import strategies as st

from media.engine import AUDIO_SLOTS, VIDEO_SLOTS, Medium, Reception
from media.slots import PLACES, Candidate, Slots, VideoSource, choose


def camera(name: str) -> Candidate:
    return Candidate(VideoSource(name, Medium.VIDEO))


def screen(name: str) -> Candidate:
    return Candidate(VideoSource(name, Medium.SCREEN))


def class_camera(name: str) -> Candidate:
    return Candidate(VideoSource(name, Medium.VIDEO), is_class_camera=True)


def sources(*candidates: Candidate) -> tuple[VideoSource, ...]:
    return tuple(candidate.source for candidate in candidates)


NAMES = st.sampled_from([f"p{number}" for number in range(14)])
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        st.builds(VideoSource, NAMES, st.sampled_from([Medium.VIDEO, Medium.VIDEO, Medium.SCREEN])),
        st.booleans(),
    ),
    max_size=24,
    unique_by=lambda candidate: candidate.source,
)
SPOKE = st.lists(NAMES, unique=True)


def test_the_order_of_importance() -> None:
    """The newest screen, class cameras, other screens, the large one, speakers by recency, who is shown, the rest."""
    old_screen, new_screen, classroom = screen("a"), screen("b"), class_camera("c")
    rest, shown, quiet, loud, large = camera("d"), camera("e"), camera("f"), camera("g"), camera("h")
    everybody = [rest, shown, quiet, loud, large, classroom, old_screen, new_screen]
    ranked = choose(everybody, len(everybody), shown=frozenset(sources(shown)), large="h", spoke=("g", "f", "b"))
    assert ranked == sources(new_screen, classroom, old_screen, large, loud, quiet, shown, rest)


def test_places_by_reception() -> None:
    """All, one, none."""
    assert PLACES == {Reception.FULL: VIDEO_SLOTS, Reception.ONE_CAMERA: 1, Reception.AUDIO_ONLY: 0}
    assert choose([camera("a")], 0) == ()


@given(candidates=CANDIDATES, places=st.integers(0, 9), shown=st.sets(NAMES), large=NAMES, spoke=SPOKE)
def test_shows_as_many_as_it_can_and_nobody_twice(
    candidates: list[Candidate], places: int, shown: set[str], large: str, spoke: list[str]
) -> None:
    """Only what can be shown, and all of it if there is room."""
    seen = frozenset(VideoSource(name, Medium.VIDEO) for name in shown)
    chosen = choose(candidates, places, shown=seen, large=large, spoke=spoke)
    assert len(set(chosen)) == len(chosen) == min(places, len(candidates))
    assert set(chosen) <= set(sources(*candidates))


@given(candidates=CANDIDATES, shown=st.sets(NAMES), large=NAMES, spoke=SPOKE)
def test_class_cameras_are_never_left_out(
    candidates: list[Candidate], shown: set[str], large: str, spoke: list[str]
) -> None:
    """A class without its picture is not in the lesson: they go before everything but one screen."""
    seen = frozenset(VideoSource(name, Medium.VIDEO) for name in shown)
    classes = [candidate.source for candidate in candidates if candidate.is_class_camera]
    chosen = choose(candidates, len(classes) + 1, shown=seen, large=large, spoke=spoke)
    assert set(classes) <= set(chosen)


@given(rounds=st.lists(st.tuples(CANDIDATES, SPOKE, st.integers(0, VIDEO_SLOTS)), max_size=12))
def test_what_stays_stays_where_it_is(rounds: list[tuple[list[Candidate], list[str], int]]) -> None:
    """Over any changes of people, speakers and reception, a slot changes only by need, and every change is told."""
    slots: Slots[VideoSource] = Slots(VIDEO_SLOTS)
    for candidates, spoke, places in rounds:
        before = list(slots.sources)
        wanted = choose(candidates, places, shown=frozenset(filter(None, before)), spoke=spoke)
        changed = slots.assign(wanted)
        filled = [source for source in slots.sources if source is not None]
        assert sorted(filled) == sorted(wanted)
        for slot, (old, new) in enumerate(zip(before, slots.sources, strict=True)):
            assert (slot in changed) == (old != new)
            if old in wanted:
                assert new == old


def test_a_speaker_takes_the_place_of_the_one_who_spoke_longest_ago() -> None:
    """And the other pictures do not move."""
    slots: Slots[VideoSource] = Slots(3)
    people = [camera(name) for name in "abcd"]
    slots.assign(choose(people, 3, spoke=("a", "b", "c")))
    assert slots.sources == list(sources(*people[:3]))
    shown = frozenset(filter(None, slots.sources))
    assert slots.assign(choose(people, 3, shown=shown, spoke=("d", "a", "b", "c"))) == (2,)
    assert slots.sources == list(sources(people[0], people[1], people[3]))


def test_silent_newcomers_push_nobody_out() -> None:
    """Who is shown has the better right."""
    slots: Slots[VideoSource] = Slots(2)
    slots.assign(sources(camera("x"), camera("y")))
    shown = frozenset(filter(None, slots.sources))
    assert slots.assign(choose([camera(name) for name in "abxy"], 2, shown=shown)) == ()


@given(rounds=st.lists(st.lists(st.integers(0, 8), unique=True, max_size=9), max_size=20))
def test_more_than_there_are_slots(rounds: list[list[int]]) -> None:
    """The first ones of what is wanted are placed when all are new; nothing is placed twice."""
    slots: Slots[int] = Slots(AUDIO_SLOTS)
    for wanted in rounds:
        slots.assign(wanted)
        filled = [source for source in slots.sources if source is not None]
        assert len(set(filled)) == len(filled) == min(len(wanted), AUDIO_SLOTS)
        assert set(filled) <= set(wanted)
