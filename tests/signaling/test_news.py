"""`signaling.news`: the whole call and differences to it, for those who come at any time."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from signaling.messages import Bandwidth, CallChanged, CallMode, CallView, Participant, ParticipantKind, Quality
from signaling.news import Head, News

QUIET = Head(CallMode.SFU, False, False, (), ())


def participant(name: str, quality: str = "unknown") -> Participant:
    return Participant(
        name, f"m-{name}", ParticipantKind.PERSON, (), (), Bandwidth.FULL, False, Quality(quality), False
    )


def people(*names: str, **qualities: str) -> dict[str, Participant]:
    return {name: participant(name, qualities.get(name, "unknown")) for name in (*names, *qualities)}


class Viewer:
    """A client: a snapshot and what the differences make of it."""

    def __init__(self, view: CallView) -> None:
        self.revision = view.revision
        self.head = head_of(view)
        self.participants = {each.id: each for each in view.participants}

    def take(self, changed: CallChanged) -> None:
        assert changed.revision == self.revision + 1
        self.revision += 1
        self.head = head_of(changed)
        for each in changed.changed:
            self.participants[each.id] = each
        for name in changed.left:
            self.participants.pop(name, None)


def head_of(told: CallView | CallChanged) -> Head:
    return Head(told.mode, told.settling, told.paused, told.pupils_held, told.hands)


def test_nothing_to_tell() -> None:
    """Of a call that nobody has come to, and of one in which nothing is new."""
    news = News("hall")
    assert news.take(QUIET, {}) is None
    assert news.take(msgspec.structs.replace(QUIET, paused=True), {}) is None
    assert news.take(QUIET, people("a")) is not None
    assert news.take(QUIET, people("a")) is None


def test_differences() -> None:
    """Who is new or different is told whole, who left by name; revisions are dense."""
    news = News("hall")
    first = news.take(QUIET, people("a", "b"))
    assert first is not None
    assert (first.revision, first.room) == (1, "hall")
    assert [each.id for each in first.changed] == ["a", "b"]
    second = news.take(QUIET, people("b", "c", b="poor"))
    assert second is not None
    assert (second.revision, second.left) == (2, ("a",))
    assert {each.id: each.quality for each in second.changed} == {"b": Quality.POOR, "c": Quality.UNKNOWN}


def test_the_head_alone() -> None:
    """Is news, too."""
    news = News("hall")
    news.take(QUIET, people("a"))
    changed = news.take(msgspec.structs.replace(QUIET, hands=("a",)), people("a"))
    assert changed is not None
    assert (changed.hands, changed.changed, changed.left) == (("a",), (), ())


def test_the_end_is_told() -> None:
    """Once."""
    news = News("hall")
    news.take(QUIET, people("a"))
    end = news.take(QUIET, {})
    assert end is not None
    assert end.left == ("a",)
    assert news.take(QUIET, {}) is None


def test_who_was_shown_early_and_is_gone() -> None:
    """A newcomer has seen somebody whom no difference has told of: the next one takes them back."""
    news = News("hall")
    news.take(QUIET, people("a"))
    viewer = Viewer(news.show(QUIET, people("a", "b", a="poor")))
    changed = news.take(QUIET, people("a"))
    assert changed is not None
    viewer.take(changed)
    assert viewer.participants == people("a")


def test_what_was_shown_early_and_is_past() -> None:
    """The same of everything else: a newcomer saw a pause that was over before it was told."""
    news = News("hall")
    news.take(QUIET, people("a"))
    viewer = Viewer(news.show(msgspec.structs.replace(QUIET, paused=True), people("a")))
    changed = news.take(QUIET, people("a"))
    assert changed is not None
    viewer.take(changed)
    assert viewer.head == QUIET
    assert news.take(QUIET, people("a")) is None


STATES = st.lists(
    st.tuples(
        st.sampled_from(("show", "take", "neither")),
        st.dictionaries(st.sampled_from("abc"), st.sampled_from(("good", "poor")), max_size=3),
        st.booleans(),
    ),
    max_size=30,
)


@given(STATES)
def test_every_viewer_sees_the_same(states: list[tuple[str, dict[str, str], bool]]) -> None:
    """Whenever somebody came: their snapshot and the differences after it are the call as it is."""
    news, viewers = News("hall"), list[Viewer]()
    for step, qualities, paused in [*states, ("take", {"a": "fair"}, False)]:
        head, participants = msgspec.structs.replace(QUIET, paused=paused), people(**qualities)
        if step == "show":
            viewers.append(Viewer(news.show(head, participants)))
        if step == "take":
            changed = news.take(head, participants)
            for viewer in viewers:
                if changed is not None:
                    viewer.take(changed)
                assert viewer.participants == participants
                assert viewer.head == head or not participants
