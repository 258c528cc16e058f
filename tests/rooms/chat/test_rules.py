"""`rooms.chat.rules`: the chat as it follows from its events."""

import msgspec
import pytest

from rooms import events
from rooms.chat.model import Message, Reacted
from rooms.chat.state import WINDOW, ChatState
from rooms.stream import Event
from tests.rooms.chat.classroom import RULES, ChatRoom, full_room
from tests.rooms.samples import CLAIRE, chat_with


def test_window(room: ChatRoom) -> None:
    """The newest messages are kept; `more` says that there were others."""
    full_room(room, WINDOW)
    assert (len(room.state.messages), room.state.more) == (WINDOW, False)
    room.post(room.zoe, "one more")
    assert (len(room.state.messages), room.state.more) == (WINDOW, True)
    assert (room.state.messages[0].id, room.state.messages[-1].id) == (2, WINDOW + 1)


def test_more_stays_true() -> None:
    """Older messages do not come back, also when a snapshot of a smaller window says so."""
    first = Message(7, 7000, "zoe", "a")
    state = RULES.apply(ChatState((first,), more=True), Event("room:hall", 8, 1, "zoe", None, events.ChatPosted("b")))
    assert state.more
    assert state.is_complete_from(7)
    assert not state.is_complete_from(6)


def test_older_messages_that_nobody_recalled_change_elsewhere(room: ChatRoom) -> None:
    """An edit of a message that is not at hand (another process decided it) leaves the state as it is."""
    full_room(room, WINDOW + 2)
    event = Event("room:hall", room.seq + 1, 1, room.zoe, None, events.ChatEdited(1, "changed"))
    assert RULES.apply(room.state, event) == room.state


# --- The state ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [events.RoomOpenSet("hall", True), events.Hidden()])
def test_events_of_other_streams(body: events.Body) -> None:
    """What is no chat leaves the chat as it is."""
    state = chat_with(("zoe", "a"))
    assert RULES.apply(state, Event("room:hall", 2, 1, "zoe", None, body)) is state


def test_states_are_values() -> None:
    """A new message makes a new state."""
    state = chat_with(("zoe", "a"))
    RULES.apply(state, Event("room:hall", 2, 1, "zoe", None, events.ChatDeleted(1)))
    assert state == chat_with(("zoe", "a"))


# --- Pins ---------------------------------------------------------------------------------------------


def test_pins_in_the_order_they_were_pinned(room: ChatRoom) -> None:
    """Not in that of the messages; who is let go and pinned again goes to the end."""
    full_room(room, 3)
    for message in (3, 1, 2):
        room.do(CLAIRE, "chat.pin", message=message, pinned=True)
    room.do(CLAIRE, "chat.pin", message=3, pinned=False)
    room.do(CLAIRE, "chat.pin", message=3, pinned=True)
    assert [pin.id for pin in room.state.pins] == [1, 2, 3]
    assert all(message.pinned for message in room.state.messages)


def test_pinned_messages_go_on_changing(room: ChatRoom) -> None:
    """Text, reactions and language, in the window and among the pins."""
    full_room(room, 2)
    room.do(CLAIRE, "chat.pin", message=1, pinned=True)
    room.do(room.zoe, "chat.edit", message=1, text="changed")
    room.do(room.jan, "chat.react", message=1, reaction="👍", on=True)
    room.do(room.zoe, "chat.set_language", message=1, language="fr")
    (pin,) = room.state.pins
    assert pin == room.state.messages[0]
    assert (pin.text, pin.language, pin.reactions) == ("changed", "fr", (Reacted("👍", (room.jan,)),))


def test_an_old_message_is_pinned_by_its_event_alone(room: ChatRoom) -> None:
    """Another process, which has it not at hand, has the same pins: the event brings what it needs."""
    old = Message(1, 1000, room.zoe, "long ago", "nonce-0001")
    full_room(room, WINDOW + 5)
    room.happen(CLAIRE, events.ChatPinned(1, True, old))
    (pin,) = room.state.pins
    assert pin == msgspec.structs.replace(old, pinned=True)
    room.happen(CLAIRE, events.ChatPinned(1, False))
    assert room.state.pins == ()


def test_a_pin_that_was_blanked(room: ChatRoom) -> None:
    """A log that is read again after the message was deleted brings nothing back."""
    full_room(room, WINDOW + 5)
    room.happen(CLAIRE, events.ChatPinned(1, True, None))
    room.happen(CLAIRE, events.ChatDeleted(1))
    assert room.state.pins == ()


def test_a_deleted_message_is_not_pinned_any_more(room: ChatRoom) -> None:
    """It leaves the pins and keeps its place in the chat."""
    full_room(room, 1)
    room.do(CLAIRE, "chat.pin", message=1, pinned=True)
    room.do(room.zoe, "chat.delete", message=1)
    assert room.state.pins == ()
    assert room.state.messages == (Message(1, 1000, room.zoe, "", "nonce-0001", deleted=True),)


# --- Stored snapshots ---------------------------------------------------------------------------------


def test_a_snapshot_of_the_first_servers() -> None:
    """Of a room whose log was pruned it is all there is: these bytes, of before reactions, are read for ever."""
    written = bytes.fromhex(
        "83a86d657373616765739187a26964cd0101a26174cd07d0a56163746f72a37a6f65a474657874a553616c7574a56e6f6e63"
        "65aa6e6f6e63652d30303031a96564697465645f6174c0a764656c65746564c2a46d6f7265c3a8726563616c6c656480"
    )
    assert RULES.version == 1
    assert RULES.decode(written) == ChatState((Message(257, 2000, "zoe", "Salut", "nonce-0001"),), more=True)


def test_snapshot_with_everything(room: ChatRoom) -> None:
    """What is stored is read as it was."""
    room.languages["Salut <@claire>"] = "fr"
    room.post(room.zoe, "Salut <@claire>")
    room.post(room.jan, "Cześć", reply=1)
    room.do(CLAIRE, "chat.pin", message=1, pinned=True)
    for reaction in ("👍", "❤️"):
        room.do(room.jan, "chat.react", message=1, reaction=reaction, on=True)
    assert RULES.decode(RULES.encode(room.state)) == room.state
    assert room.state.messages[0].mentions == (CLAIRE,)


def test_plain_messages_are_as_small_as_ever() -> None:
    """What a message has not got is not in its event: it goes out to everybody."""
    encoded = msgspec.json.encode(Event("room:hall", 1, 1, "zoe", None, events.ChatPosted("a")).body)
    assert encoded == b'{"kind":"chat.posted","text":"a"}'
