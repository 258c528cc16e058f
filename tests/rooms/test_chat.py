"""`rooms.chat`: posting, changing and withdrawing messages, and the window of the newest ones."""

from typing import Any

import pytest

from rooms import events
from rooms.chat import RECALLED_MAX, WINDOW, ChatRules, ChatState, decide, message_needed, recall
from rooms.errors import ErrorCode, Refused
from rooms.messages import MESSAGE_BYTES_MAX, Message
from rooms.permissions import Standing
from rooms.stream import Decision, Event
from tests.rooms.samples import CLAIRE, CLASS_ROOM, MAREK, LiveProject, chat_with, command, refusal

RULES = ChatRules()


class ChatRoom:
    """The open class room of an active project with a pupil of each class, and what is said in it."""

    def __init__(self) -> None:
        self.live = LiveProject()
        self.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=True)
        self.zoe = self.live.add("pupil", "fr")
        self.jan = self.live.add("pupil", "pl")
        self.state = RULES.empty("room:hall")
        self.seq = 0

    def standing(self, actor: str, teacher_present: bool = True) -> Standing:
        return self.live.state.standing(actor, teacher_present, CLASS_ROOM)

    def ask(self, actor: str, tag: str, teacher_present: bool = True, **fields: Any) -> Decision:
        """What a command leads to. Raises `Refused`."""
        wanted = command(tag, room=CLASS_ROOM, **fields)
        return decide(self.state, self.standing(actor, teacher_present), actor, wanted)

    def do(self, actor: str, tag: str, **fields: Any) -> int:
        """The same, applied; the seq of the last event."""
        for body in self.ask(actor, tag, **fields).bodies:
            self.seq += 1
            event = Event("room:hall", self.seq, self.seq * 1000, actor, f"nonce-{self.seq:04}", body)
            self.state = RULES.apply(self.state, event)
        return self.seq

    def post(self, actor: str, text: str) -> int:
        """The id of a new message."""
        return self.do(actor, "chat.post", text=text)

    def message(self, wanted: int) -> Message:
        found = self.state.find(wanted)
        assert found is not None
        return found


@pytest.fixture
def room() -> ChatRoom:
    return ChatRoom()


# --- Posting ------------------------------------------------------------------------------------------


def test_post(room: ChatRoom) -> None:
    """A message has the seq of its event, its author, its time and the author's nonce."""
    assert room.post(room.zoe, "Bonjour") == 1
    assert room.state.view().messages == (Message(1, 1000, room.zoe, "Bonjour", "nonce-0001"),)
    assert not room.state.view().more


@pytest.mark.parametrize(
    "text",
    [
        "  leading and trailing  ",
        "<img src=x onerror=alert(1)>",
        "line\r\nline\ttab",
        "Z\u0351a\u0489lgo",
        "\u202emirrored",
        "👨‍👩‍👧‍👦 🇫🇷 🇵🇱",
        "' OR 1=1; --",
        "\u0085\ufeff.",
        "\U0010ffff",
    ],
)
def test_text_is_kept_as_typed(room: ChatRoom, text: str) -> None:
    """Nothing is trimmed, escaped or normalised."""
    assert room.message(room.post(room.zoe, text)).text == text


@pytest.mark.parametrize("character", ["a", "é", "ł", "€", "字", "😀"])
def test_size_is_counted_in_bytes(room: ChatRoom, character: str) -> None:
    """Exactly 8192 bytes of UTF-8 are allowed, one byte more is not, whatever the letters."""
    width = len(character.encode())
    full = character * (MESSAGE_BYTES_MAX // width)
    full += "a" * (MESSAGE_BYTES_MAX - len(full.encode()))
    assert len(full.encode()) == 8192
    assert room.message(room.post(room.zoe, full)).text == full
    with pytest.raises(Refused) as refused:
        room.post(room.zoe, full + "a")
    assert refused.value.code is ErrorCode.TOO_LARGE
    assert refused.value.detail == "8193 bytes, at most 8192"
    assert refusal(room.do, room.zoe, "chat.edit", message=1, text=full + "é") is ErrorCode.TOO_LARGE


@pytest.mark.parametrize("text", [" ", "\n\t \u00a0\u2003", "a\x00b", "\x00", "\ud83d", "a\udc00"])
def test_texts_that_cannot_be_kept(room: ChatRoom, text: str) -> None:
    """Blank texts, NUL and halves of surrogate pairs are refused, posting and editing."""
    message = room.post(room.zoe, "Bonjour")
    assert refusal(room.post, room.zoe, text) is ErrorCode.INVALID
    assert refusal(room.do, room.zoe, "chat.edit", message=message, text=text) is ErrorCode.INVALID


def test_refusals_do_not_repeat_the_text(room: ChatRoom) -> None:
    """The reason for a refusal goes to logs: it never holds what a person wrote."""
    for text in ("secret\x00", "secret" * 2000, "secret\ud800"):
        with pytest.raises(Refused) as refused:
            room.post(room.zoe, text)
        assert "secret" not in refused.value.message


def test_post_needs_permission(room: ChatRoom) -> None:
    """Without a teacher pupils wait, and teachers do not."""
    assert refusal(room.ask, room.zoe, "chat.post", teacher_present=False, text="a") is ErrorCode.NO_TEACHER_PRESENT
    assert refusal(room.ask, CLAIRE, "chat.post", teacher_present=False, text="a") is None


# --- Editing ------------------------------------------------------------------------------------------


def test_edit_own(room: ChatRoom) -> None:
    """The author changes the text; place, time and nonce stay, and when it was edited is shown."""
    message = room.post(room.zoe, "Bnjour")
    room.post(room.jan, "Cześć")
    room.do(room.zoe, "chat.edit", message=message, text="Bonjour")
    assert room.message(message) == Message(1, 1000, room.zoe, "Bonjour", "nonce-0001", edited_at=3000)
    assert [each.id for each in room.state.messages] == [1, 2]


@pytest.mark.parametrize("actor", ["jan", CLAIRE, MAREK])
def test_nobody_edits_others(room: ChatRoom, actor: str) -> None:
    """Neither pupils nor teachers put words into somebody's mouth."""
    message = room.post(room.zoe, "Bonjour")
    asker = room.jan if actor == "jan" else actor
    assert refusal(room.do, asker, "chat.edit", message=message, text="x") is ErrorCode.NOT_YOUR_MESSAGE


def test_edit_to_the_same(room: ChatRoom) -> None:
    """Editing to the same text is accepted and leads to nothing."""
    message = room.post(room.zoe, "Bonjour")
    assert room.ask(room.zoe, "chat.edit", message=message, text="Bonjour") == Decision()
    assert room.message(message).edited_at is None


def test_edit_deleted(room: ChatRoom) -> None:
    """What was withdrawn stays withdrawn."""
    message = room.post(room.zoe, "Bonjour")
    room.do(room.zoe, "chat.delete", message=message)
    assert refusal(room.do, room.zoe, "chat.edit", message=message, text="a") is ErrorCode.MESSAGE_DELETED


# --- Deleting -----------------------------------------------------------------------------------------


def test_delete_own(room: ChatRoom) -> None:
    """The message keeps its place, without its text."""
    message = room.post(room.zoe, "Oups")
    room.do(room.zoe, "chat.delete", message=message)
    assert room.message(message) == Message(1, 1000, room.zoe, "", "nonce-0001", deleted=True)


@pytest.mark.parametrize("teacher", [CLAIRE, MAREK])
def test_teachers_delete_any(room: ChatRoom, teacher: str) -> None:
    """A teacher of either class withdraws what a pupil wrote."""
    message = room.post(room.zoe, "Oups")
    room.do(teacher, "chat.delete", message=message)
    assert room.message(message).deleted
    assert room.message(message).actor == room.zoe


def test_pupils_do_not_delete_others(room: ChatRoom) -> None:
    """Only the author and teachers."""
    message = room.post(room.zoe, "Bonjour")
    assert refusal(room.do, room.jan, "chat.delete", message=message) is ErrorCode.NOT_YOUR_MESSAGE


def test_delete_twice(room: ChatRoom) -> None:
    """Deleting what is deleted is accepted and leads to nothing."""
    message = room.post(room.zoe, "Oups")
    room.do(room.zoe, "chat.delete", message=message)
    assert room.ask(room.zoe, "chat.delete", message=message) == Decision()
    assert room.ask(CLAIRE, "chat.delete", message=message) == Decision()


def test_delete_own_when_muted(room: ChatRoom) -> None:
    """A pupil who may not write any more may still take back what was written, but not change it."""
    message = room.post(room.zoe, "Oups")
    room.live.do(CLAIRE, "member.set_capability", member=room.zoe, capability="post", allowed=False)
    assert refusal(room.ask, room.zoe, "chat.edit", message=message, text="a") is ErrorCode.CAPABILITY_OFF
    assert len(room.ask(room.zoe, "chat.delete", message=message).bodies) == 1


@pytest.mark.parametrize("wanted", [2, 99])
def test_unknown_message(room: ChatRoom, wanted: int) -> None:
    """What is no message (the event of an edit, a later seq) cannot be edited or deleted."""
    room.post(room.zoe, "Bonjour")
    room.do(room.zoe, "chat.edit", message=1, text="Bonsoir")
    assert refusal(room.do, room.zoe, "chat.edit", message=wanted, text="a") is ErrorCode.UNKNOWN_MESSAGE
    assert refusal(room.do, CLAIRE, "chat.delete", message=wanted) is ErrorCode.UNKNOWN_MESSAGE


def test_who_may_not_read_learns_nothing(room: ChatRoom) -> None:
    """Whether a message exists is not told to somebody banned from the room."""
    room.post(room.zoe, "Bonjour")
    room.live.do(CLAIRE, "member.set_room_ban", member=room.jan, room=CLASS_ROOM, banned=True)
    for wanted in (1, 99):
        assert refusal(room.do, room.jan, "chat.delete", message=wanted) is ErrorCode.ROOM_BANNED


# --- The window and older messages --------------------------------------------------------------------


def full_room(room: ChatRoom, count: int) -> ChatRoom:
    """The room after so many messages of Zoé."""
    for number in range(1, count + 1):
        room.post(room.zoe, f"message {number}")
    return room


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


def test_which_message_has_to_be_recalled(room: ChatRoom) -> None:
    """Only one that is older than the window, and not at hand."""
    full_room(room, WINDOW + 3)
    post = command("chat.post", room=CLASS_ROOM, text="a")
    assert message_needed(room.state, post) is None
    needed = {
        wanted: message_needed(room.state, command("chat.delete", room=CLASS_ROOM, message=wanted))
        for wanted in (1, 3, 4, WINDOW + 3, WINDOW + 4)
    }
    assert needed == {1: 1, 3: 3, 4: None, WINDOW + 3: None, WINDOW + 4: None}
    edit = command("chat.edit", room=CLASS_ROOM, message=3, text="a")
    assert message_needed(room.state, edit) == 3
    assert message_needed(recall(room.state, (Message(3, 3000, room.zoe, "message 3"),)), edit) is None


def test_nothing_to_recall_in_a_short_chat(room: ChatRoom) -> None:
    """When everything is at hand a miss means that there is no such message."""
    assert message_needed(room.state, command("chat.delete", room=CLASS_ROOM, message=1)) is None
    room.post(room.zoe, "a")
    assert message_needed(room.state, command("chat.delete", room=CLASS_ROOM, message=9)) is None


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


def test_older_messages_that_nobody_recalled_change_elsewhere(room: ChatRoom) -> None:
    """An edit of a message that is not at hand (another process decided it) leaves the state as it is."""
    full_room(room, WINDOW + 2)
    event = Event("room:hall", room.seq + 1, 1, room.zoe, None, events.ChatEdited(1, "changed"))
    assert RULES.apply(room.state, event) == room.state


# --- The state ----------------------------------------------------------------------------------------


def test_snapshot_leaves_out_what_was_recalled(room: ChatRoom) -> None:
    """A stored snapshot holds the window and whether there is more."""
    full_room(room, WINDOW + 1)
    room.do(room.zoe, "chat.edit", message=5, text="five")
    again = RULES.decode(RULES.encode(recall(room.state, (Message(1, 1000, room.zoe, "a"),))))
    assert again == room.state
    assert again.recalled == {}


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
