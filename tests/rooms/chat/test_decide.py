"""`rooms.chat.decide`: posting, changing and withdrawing messages, and what is done to them."""

import pytest

from rooms import events
from rooms.chat.decide import ChatCommand, message_needed, no_language
from rooms.chat.messages import ChatCommand as NewCommand
from rooms.chat.model import MENTIONS_MAX, OWN_REACTIONS_MAX, PINS_MAX, REACTIONS, REACTIONS_MAX, Message, Reacted
from rooms.chat.state import WINDOW, recall
from rooms.errors import ErrorCode, Refused
from rooms.messages import MESSAGE_BYTES_MAX
from rooms.stream import Decision
from tests.rooms.chat.classroom import ChatRoom, full_room
from tests.rooms.samples import CLAIRE, CLASS_ROOM, MAREK, command, refusal

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


# --- What has to be recalled ---------------------------------------------------------------------------


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


def test_what_a_reply_answers_has_to_be_recalled(room: ChatRoom) -> None:
    """As what is edited; a message that answers none needs none."""
    full_room(room, WINDOW + 3)
    assert message_needed(room.state, command("chat.post", room=CLASS_ROOM, text="a", reply=2)) == 2
    assert message_needed(room.state, command("chat.post", room=CLASS_ROOM, text="a", reply=WINDOW)) is None


def test_no_new_command_is_left_out() -> None:
    """What is on the wire is decided here."""
    assert set(NewCommand.__args__) <= set(ChatCommand.__args__)


# --- Replies ------------------------------------------------------------------------------------------


def test_reply(room: ChatRoom) -> None:
    """A message says which one it answers."""
    first = room.post(room.zoe, "Ça va ?")
    assert room.message(room.post(room.jan, "Tak!", reply=first)).reply == first


def test_reply_survives_what_it_answers(room: ChatRoom) -> None:
    """Who has answered keeps the answer, and its number, when the first is withdrawn."""
    first = room.post(room.zoe, "Ça va ?")
    answer = room.post(room.jan, "Tak!", reply=first)
    room.do(room.zoe, "chat.delete", message=first)
    assert room.message(answer).reply == first
    assert refusal(room.post, room.jan, "Tak!", reply=first) is ErrorCode.MESSAGE_DELETED


@pytest.mark.parametrize("wanted", [2, 99])
def test_reply_to_nothing(room: ChatRoom, wanted: int) -> None:
    """Neither to what is no message, nor to one that is not there yet."""
    room.post(room.zoe, "Bonjour")
    room.do(room.zoe, "chat.edit", message=1, text="Bonsoir")
    assert refusal(room.post, room.jan, "a", reply=wanted) is ErrorCode.UNKNOWN_MESSAGE


def test_reply_does_not_tell_what_there_is(room: ChatRoom) -> None:
    """Who may not write is told so, whether or not the message exists."""
    room.post(room.zoe, "Bonjour")
    room.live.do(CLAIRE, "member.set_room_ban", member=room.jan, room=CLASS_ROOM, banned=True)
    for wanted in (1, 99):
        assert refusal(room.post, room.jan, "a", reply=wanted) is ErrorCode.ROOM_BANNED


# --- Mentions and language ----------------------------------------------------------------------------


def test_mentions(room: ChatRoom) -> None:
    """Who can read the room is called; an edit calls anew."""
    message = room.post(room.zoe, f"<@{room.jan}> et <@{CLAIRE}>, <@{room.jan}>")
    assert room.message(message).mentions == (room.jan, CLAIRE)
    room.do(room.zoe, "chat.edit", message=message, text=f"<@{MAREK}>")
    assert room.message(message).mentions == (MAREK,)
    assert len(room.message(message).mentions) <= MENTIONS_MAX


def test_who_may_not_read_is_not_called(room: ChatRoom) -> None:
    """Strangers, the banned, and visitors of a closed room: the text stays as typed."""
    visitor = room.live.add("visitor", None)
    room.live.do(CLAIRE, "member.set_room_ban", member=room.jan, room=CLASS_ROOM, banned=True)
    room.live.do(CLAIRE, "room.set_open", room=CLASS_ROOM, open=False)
    text = f"<@{room.jan}> <@stranger> <@{visitor}> <@{room.zoe}>"
    message = room.post(CLAIRE, text)
    assert (room.message(message).text, room.message(message).mentions) == (text, (room.zoe,))


def test_language(room: ChatRoom) -> None:
    """As it is recognised when the message is posted, and when it is edited; null when it is not."""
    room.languages.update({"Bonjour": "fr", "Cześć": "pl"})
    message = room.post(room.zoe, "Bonjour")
    assert room.message(message).language == "fr"
    room.do(room.zoe, "chat.edit", message=message, text="Cześć")
    assert room.message(message).language == "pl"
    room.do(room.zoe, "chat.edit", message=message, text="hm")
    assert room.message(message).language is None
    assert no_language("Bonjour") is None


def test_language_is_corrected(room: ChatRoom) -> None:
    """By the author and by teachers of either class; null takes it away."""
    message = room.post(room.zoe, "Bonjour")
    for actor, language in ((room.zoe, "fr"), (MAREK, "fr-CA"), (CLAIRE, None)):
        room.do(actor, "chat.set_language", message=message, language=language)
        assert room.message(message).language == language
    assert room.ask(CLAIRE, "chat.set_language", message=message, language=None) == Decision()
    assert room.message(message).edited_at is None


def test_language_refused(room: ChatRoom) -> None:
    """Others leave it alone; what is no tag is none; a deleted message has none."""
    message = room.post(room.zoe, "Bonjour")
    ask = room.do
    assert refusal(ask, room.jan, "chat.set_language", message=message, language="fr") is ErrorCode.NOT_YOUR_MESSAGE
    for language in ("français", "fr_FR", "fr\n", "  "):
        code = refusal(ask, CLAIRE, "chat.set_language", message=message, language=language)
        assert code is ErrorCode.LANGUAGE_UNKNOWN
    room.live.do(CLAIRE, "member.set_capability", member=room.zoe, capability="post", allowed=False)
    assert refusal(ask, room.zoe, "chat.set_language", message=message, language="fr") is ErrorCode.CAPABILITY_OFF
    room.do(CLAIRE, "chat.delete", message=message)
    assert refusal(ask, CLAIRE, "chat.set_language", message=message, language="fr") is ErrorCode.MESSAGE_DELETED


# --- Reactions ----------------------------------------------------------------------------------------


def test_react(room: ChatRoom) -> None:
    """Each reaction once a member, in the order they came; what nobody gives any more is gone."""
    message = room.post(room.zoe, "On a gagné !")
    for actor, reaction, on in (
        (room.jan, "🎉", True),
        (room.zoe, "👍", True),
        (CLAIRE, "🎉", True),
        (room.jan, "👍", True),
        (room.zoe, "👍", False),
        (room.jan, "👍", False),
    ):
        room.do(actor, "chat.react", message=message, reaction=reaction, on=on)
    assert room.message(message).reactions == (Reacted("🎉", (room.jan, CLAIRE)),)


@pytest.mark.parametrize("on", [True, False])
def test_react_twice(room: ChatRoom, on: bool) -> None:
    """Asking for what is so is accepted and leads to nothing."""
    message = room.post(room.zoe, "Bonjour")
    room.do(room.jan, "chat.react", message=message, reaction="👍", on=True)
    room.do(room.jan, "chat.react", message=message, reaction="👍", on=on)
    assert room.ask(room.jan, "chat.react", message=message, reaction="👍", on=on) == Decision()


def test_react_refused(room: ChatRoom) -> None:
    """Locked, switched off, without a teacher, banned; to what was deleted, or is no message."""
    message = room.post(room.zoe, "Bonjour")
    asked = {"message": message, "reaction": "👍", "on": True}
    do, live = room.do, room.live
    assert refusal(room.ask, room.jan, "chat.react", teacher_present=False, **asked) is ErrorCode.NO_TEACHER_PRESENT
    live.do(CLAIRE, "room.set_lock", room=CLASS_ROOM, capability="react", locked=True)
    assert refusal(do, room.jan, "chat.react", **asked) is ErrorCode.ROOM_LOCKED
    assert refusal(room.ask, room.jan, "chat.post", text="a") is None
    live.do(CLAIRE, "room.set_lock", room=CLASS_ROOM, capability="react", locked=False)
    live.do(CLAIRE, "member.set_capability", member=room.jan, capability="react", allowed=False)
    assert refusal(do, room.jan, "chat.react", **asked) is ErrorCode.CAPABILITY_OFF
    live.do(CLAIRE, "member.set_room_ban", member=room.jan, room=CLASS_ROOM, banned=True)
    for wanted in (message, 99):
        assert refusal(do, room.jan, "chat.react", **{**asked, "message": wanted}) is ErrorCode.ROOM_BANNED
    assert refusal(do, CLAIRE, "chat.react", **{**asked, "message": 99}) is ErrorCode.UNKNOWN_MESSAGE
    room.do(room.zoe, "chat.delete", message=message)
    assert refusal(do, CLAIRE, "chat.react", **asked) is ErrorCode.MESSAGE_DELETED


def test_how_many_reactions(room: ChatRoom) -> None:
    """So many different ones; one that is there can be joined in, and one that is gone makes room."""
    message = room.post(room.zoe, "Bonjour")
    people = (room.zoe, room.jan, CLAIRE, MAREK)
    for number, reaction in enumerate(REACTIONS[:REACTIONS_MAX]):
        room.do(people[number // OWN_REACTIONS_MAX], "chat.react", message=message, reaction=reaction, on=True)
    further = {"message": message, "reaction": REACTIONS[REACTIONS_MAX], "on": True}
    with pytest.raises(Refused) as refused:
        room.do(MAREK, "chat.react", **further)
    assert (refused.value.code, refused.value.detail) == (
        ErrorCode.TOO_MANY,
        "at most 20 different reactions to a message",
    )
    room.do(MAREK, "chat.react", message=message, reaction=REACTIONS[0], on=True)
    room.do(room.zoe, "chat.react", message=message, reaction=REACTIONS[1], on=False)
    room.do(MAREK, "chat.react", **further)
    assert len(room.message(message).reactions) == REACTIONS_MAX


def test_how_many_reactions_of_one_person(room: ChatRoom) -> None:
    """So many, whether others gave them too; one taken back makes room. What one has already given is no more."""
    message = room.post(room.zoe, "Bonjour")
    for reaction in REACTIONS[:OWN_REACTIONS_MAX]:
        for person in (room.zoe, room.jan):
            room.do(person, "chat.react", message=message, reaction=reaction, on=True)
    further = {"message": message, "reaction": REACTIONS[OWN_REACTIONS_MAX], "on": True}
    with pytest.raises(Refused) as refused:
        room.do(room.jan, "chat.react", **further)
    assert (refused.value.code, refused.value.detail) == (
        ErrorCode.TOO_MANY,
        "at most 6 reactions of one person to a message",
    )
    room.do(room.jan, "chat.react", message=message, reaction=REACTIONS[0], on=True)
    room.do(room.jan, "chat.react", message=message, reaction=REACTIONS[0], on=False)
    room.do(room.jan, "chat.react", **further)


# --- Pins ---------------------------------------------------------------------------------------------


def test_pin(room: ChatRoom) -> None:
    """Teachers of either class pin and let go; to ask for what is so leads to nothing."""
    message = room.post(room.zoe, "Lundi, 9 h")
    posted = room.message(message)
    assert room.ask(CLAIRE, "chat.pin", message=message, pinned=True).bodies == (
        events.ChatPinned(message, True, posted),
    )
    assert room.ask(CLAIRE, "chat.pin", message=message, pinned=False) == Decision()
    room.do(CLAIRE, "chat.pin", message=message, pinned=True)
    assert room.ask(MAREK, "chat.pin", message=message, pinned=True) == Decision()
    assert room.ask(MAREK, "chat.pin", message=message, pinned=False).bodies == (events.ChatPinned(message, False),)


def test_pin_refused(room: ChatRoom) -> None:
    """To pupils, also what they wrote; of what was deleted, or is no message."""
    message = room.post(room.zoe, "Lundi, 9 h")
    assert refusal(room.do, room.zoe, "chat.pin", message=message, pinned=True) is ErrorCode.TEACHERS_ONLY
    assert refusal(room.do, CLAIRE, "chat.pin", message=99, pinned=True) is ErrorCode.UNKNOWN_MESSAGE
    room.do(room.zoe, "chat.delete", message=message)
    assert refusal(room.do, CLAIRE, "chat.pin", message=message, pinned=True) is ErrorCode.MESSAGE_DELETED


def test_how_many_pins(room: ChatRoom) -> None:
    """The eleventh waits until one is let go, or deleted."""
    full_room(room, PINS_MAX + 2)
    for message in range(1, PINS_MAX + 1):
        room.do(CLAIRE, "chat.pin", message=message, pinned=True)
    eleventh = {"message": PINS_MAX + 1, "pinned": True}
    assert refusal(room.do, CLAIRE, "chat.pin", **eleventh) is ErrorCode.TOO_MANY
    room.do(CLAIRE, "chat.pin", message=3, pinned=False)
    room.do(CLAIRE, "chat.pin", **eleventh)
    room.do(CLAIRE, "chat.delete", message=4)
    room.do(CLAIRE, "chat.pin", message=PINS_MAX + 2, pinned=True)
    assert len(room.state.pins) == PINS_MAX
