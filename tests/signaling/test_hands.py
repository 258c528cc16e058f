"""`signaling.hands`: whose turn it is, fairly between the classes."""

from hypothesis import given
from hypothesis import strategies as st

from signaling.hands import Hands


def raised(*hands: str) -> Hands:
    """Hands called after their class: "f1" is of class f; "-1" of a visitor."""
    made = Hands()
    for hand in hands:
        made.raise_hand(hand, class_of(hand))
    return made


def class_of(hand: str) -> str | None:
    return None if hand[0] == "-" else hand[0]


def test_nobody() -> None:
    """An empty queue; lowering what is not up does nothing."""
    hands = raised()
    hands.lower("f1", by_teacher=True)
    hands.forget("f1")
    assert hands.order() == ()
    assert "f1" not in hands.order()


def test_classes_alternate() -> None:
    """However quick one class was; within a class the first is first."""
    hands = raised("f1", "f2", "f3", "p1", "p2")
    assert hands.order() == ("f1", "p1", "f2", "p2", "f3")
    assert "f3" in hands.order()


def test_whoever_was_served_least_recently_is_next() -> None:
    """Also across hands that come later."""
    hands = raised("f1", "f2", "p1")
    hands.lower("f1", by_teacher=True)
    assert hands.order() == ("p1", "f2")
    hands.lower("p1", by_teacher=True)
    hands.raise_hand("p2", "p")
    assert hands.order() == ("f2", "p2")
    hands.raise_hand("i1", "i")
    assert hands.order() == ("i1", "f2", "p2")


def test_a_hand_that_is_up_keeps_its_place() -> None:
    """Raising it again does not help, nor hurt."""
    hands = raised("f1", "f2", "f1")
    assert hands.order() == ("f1", "f2")


def test_withdrawn_hands() -> None:
    """Cost the class no turn, unless it was the next: then the teacher has called on it."""
    hands = raised("f1", "f2", "p1")
    hands.lower("f2", by_teacher=False)
    hands.raise_hand("f3", "f")
    assert hands.order() == ("f1", "p1", "f3")
    hands.lower("f1", by_teacher=False)
    assert hands.order() == ("p1", "f3")


def test_a_teacher_calls_on_whom_they_like() -> None:
    """That was the turn of the class, too."""
    hands = raised("f1", "f2", "p1")
    hands.lower("f2", by_teacher=True)
    assert hands.order() == ("p1", "f1")


def test_who_leaves_takes_no_turn() -> None:
    """The class goes on with the next."""
    hands = raised("f1", "f2", "p1")
    hands.forget("f1")
    assert hands.order() == ("f2", "p1")


def test_visitors_have_one_turn_together() -> None:
    """They are in no class."""
    assert raised("-1", "-2", "f1").order() == ("-1", "f1", "-2")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("raise", "raise", "next", "lower", "forget")), st.sampled_from("fpi-"), st.integers(0, 4)
    ),
    max_size=40,
)


@given(STEPS)
def test_fair_whatever_happens(steps: list[tuple[str, str, int]]) -> None:
    """Everybody who waits is in the order once, in turn within their class; and no class twice while another waits."""
    hands, waiting = Hands(), list[str]()
    for step, class_name, number in steps:
        name = f"{class_name}{number}"
        if step == "raise":
            hands.raise_hand(name, class_of(name))
            if name not in waiting:
                waiting.append(name)
            continue
        if step == "next" and waiting:
            name = hands.order()[0]
        if step == "forget":
            hands.forget(name)
        else:
            hands.lower(name, by_teacher=step == "next")
        if name in waiting:
            waiting.remove(name)
    order = hands.order()
    assert sorted(order) == sorted(waiting)
    for class_name in "fpi-":
        assert [name for name in order if name[0] == class_name] == [name for name in waiting if name[0] == class_name]
    for place, name in enumerate(order):
        others = {other[0] for other in order[place + 1 :]} - {name[0]}
        again = next((later for later in range(place + 1, len(order)) if order[later][0] == name[0]), len(order))
        assert others <= {other[0] for other in order[place + 1 : again]}, (
            "each other class comes before this one again"
        )


@given(STEPS)
def test_serving_the_next_shifts_the_order(steps: list[tuple[str, str, int]]) -> None:
    """What is shown as the order is the order in which they are served, when nobody else comes."""
    hands = Hands()
    for _, class_name, number in steps:
        hands.raise_hand(f"{class_name}{number}", class_of(class_name))
    promised, served = hands.order(), []
    while hands.order():
        served.append(hands.order()[0])
        hands.lower(served[-1], by_teacher=True)
    assert tuple(served) == promised
