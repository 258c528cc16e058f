"""`rooms.chat.changing`: what an event does to a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms import events
from rooms.chat.changing import CHANGING, changed, changed_message, message_of, reacted
from rooms.chat.model import Message, Reacted
from rooms.stream import Event

POSTED = events.ChatPosted("Salut <@jan>", reply=3, mentions=("jan",), language="fr")
MESSAGE = Message(7, 7000, "zoe", "Salut <@jan>", "nonce-0007", None, False, 3, ("jan",), "fr")
FULL = Message(7, 7000, "zoe", "a", "n", 8000, False, 3, ("jan",), "fr", (Reacted("👍", ("jan",)),), True)


def at_9(body: events.Body, actor: str = "jan") -> Event:
    return Event("room:hall", 9, 9000, actor, "nonce-0009", body)


def test_posted() -> None:
    """A message has the seq of its event, its author, its time and the author's nonce."""
    assert message_of(Event("room:hall", 7, 7000, "zoe", "nonce-0007", POSTED), POSTED) == MESSAGE


def test_edited() -> None:
    """With the text goes whom it mentions and its language; what others added stays."""
    edited = changed(FULL, at_9(events.ChatEdited(7, "b")))
    assert edited == Message(7, 7000, "zoe", "b", "n", 9000, False, 3, (), None, (Reacted("👍", ("jan",)),), True)


def test_deleted() -> None:
    """All that was said in it and of it is gone; its place, and what it answered, stays."""
    gone = Message(7, 7000, "zoe", "", "n", 8000, True, 3)
    assert changed(FULL, at_9(events.ChatDeleted(7))) == gone
    for body in (
        events.ChatEdited(7, "b", ("jan",), "pl"),
        events.ChatReacted(7, "👍", True),
        events.ChatPinned(7, True, FULL),
        events.ChatLanguageSet(7, "pl"),
    ):
        assert changed(gone, at_9(body)) is gone


def test_added() -> None:
    """The actor's reaction, the pin, the language."""
    assert changed(MESSAGE, at_9(events.ChatReacted(7, "👍", True))).reactions == (Reacted("👍", ("jan",)),)
    assert changed(MESSAGE, at_9(events.ChatPinned(7, True, MESSAGE))).pinned
    assert not changed(FULL, at_9(events.ChatPinned(7, False))).pinned
    assert changed(MESSAGE, at_9(events.ChatLanguageSet(7, None))).language is None
    assert changed(MESSAGE, at_9(POSTED)) is MESSAGE


def test_which_message() -> None:
    """Of each event that changes one; of others none."""
    bodies = (
        events.ChatEdited(7, "b"),
        events.ChatDeleted(7),
        events.ChatReacted(7, "👍", True),
        events.ChatPinned(7, False),
        events.ChatLanguageSet(7, None),
    )
    assert {type(body) for body in bodies} == set(CHANGING)
    assert {changed_message(body) for body in bodies} == {7}
    assert changed_message(POSTED) is changed_message(events.RoomOpenSet("hall", True)) is None


@pytest.mark.parametrize("on", [True, False])
def test_blanked_reaction(on: bool) -> None:
    """Of a message that was deleted since, the log tells only that there was something."""
    assert reacted(FULL.reactions, "", "zoe", on) is FULL.reactions


@given(
    st.lists(st.tuples(st.sampled_from("👍🎉💡"), st.sampled_from(("zoe", "jan", "ola")), st.booleans()), max_size=30)
)
def test_reactions_are_sets(asked: list[tuple[str, str, bool]]) -> None:
    """Whatever is asked, however often: who stands where is a set, in the order they came, and nothing is empty."""
    reactions: tuple[Reacted, ...] = ()
    expected: dict[str, dict[str, None]] = {}
    for reaction, member, on in asked:
        reactions = reacted(reactions, reaction, member, on)
        assert reacted(reactions, reaction, member, on) == reactions
        group = expected.setdefault(reaction, {})
        if on:
            group.setdefault(member)
        else:
            group.pop(member, None)
        if not group:
            del expected[reaction]
    assert reactions == tuple(Reacted(reaction, tuple(members)) for reaction, members in expected.items())
