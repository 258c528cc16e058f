"""`rooms.chat.state`: what is at hand of a chat, and what has to be recalled."""

from rooms.chat.model import Message
from rooms.chat.rules import ChatRules
from rooms.chat.state import RECALLED_MAX, WINDOW, ChatState, recall
from rooms.errors import ErrorCode
from rooms.messages import ChatView
from rooms.stream import Decision
from tests.rooms.chat.classroom import ChatRoom, full_room
from tests.rooms.samples import CLAIRE, refusal


def test_view(room: ChatRoom) -> None:
    """A newcomer gets the newest messages and all pinned ones, of any age."""
    full_room(room, WINDOW)
    room.do(CLAIRE, "chat.pin", message=1, pinned=True)
    pinned = room.message(1)
    room.post(room.jan, "one more")
    assert room.state.view() == ChatView(room.state.messages, more=True, pins=(pinned,), marks=())
    assert room.state.messages[0].id == 2


def test_pinned_messages_are_at_hand(room: ChatRoom) -> None:
    """Also when they have left the window: nothing has to be recalled."""
    full_room(room, 1)
    room.do(CLAIRE, "chat.pin", message=1, pinned=True)
    full_room(room, WINDOW + 1)
    assert room.state.messages[0].id > 1
    assert room.state.find(1) == room.state.pins[0]


def test_complete_from() -> None:
    """When older messages exist, what is older than the window may be one of them."""
    state = ChatState((Message(7, 7000, "zoe", "a"),), more=True)
    assert state.is_complete_from(7)
    assert not state.is_complete_from(6)
    assert ChatState().is_complete_from(1)


def test_recalled_messages_are_edited_and_deleted(room: ChatRoom) -> None:
    """An older message changes like any other, and the window does not."""
    full_room(room, WINDOW + 2)
    window = room.state.messages
    older = Message(1, 1000, room.zoe, "message 1", "nonce-0001")
    assert refusal(room.ask, room.zoe, "chat.delete", message=1) is ErrorCode.UNKNOWN_MESSAGE
    room.state = recall(room.state, (older,))
    room.do(room.zoe, "chat.edit", message=1, text="changed")
    assert room.message(1).text == "changed"
    assert refusal(room.do, room.jan, "chat.delete", message=1) is ErrorCode.NOT_YOUR_MESSAGE
    room.do(CLAIRE, "chat.delete", message=1)
    assert (room.message(1).text, room.message(1).deleted) == ("", True)
    assert room.ask(CLAIRE, "chat.delete", message=1) == Decision()
    assert room.state.messages == window


def test_message_that_leaves_the_window_after_its_recall(room: ChatRoom) -> None:
    """A message that is at hand twice changes in both places."""
    full_room(room, 2)
    room.state = recall(room.state, (room.message(1),))
    room.do(room.zoe, "chat.edit", message=1, text="changed")
    assert room.state.messages[0].text == room.state.recalled[1].text == "changed"


def test_recalled_messages_are_bounded() -> None:
    """The oldest recall goes first."""
    state = ChatState()
    for number in range(1, RECALLED_MAX + 3):
        state = recall(state, (Message(number, 0, "zoe", "a"),))
    assert list(state.recalled) == list(range(3, RECALLED_MAX + 3))


def test_snapshot_leaves_out_what_was_recalled(room: ChatRoom) -> None:
    """A stored snapshot holds the window and whether there is more."""
    full_room(room, WINDOW + 1)
    room.do(room.zoe, "chat.edit", message=5, text="five")
    again = ChatRules().decode(ChatRules().encode(recall(room.state, (Message(1, 1000, room.zoe, "a"),))))
    assert again == room.state
    assert again.recalled == {}
