"""`rooms.chat.files`: which files go with a message, and what they are called."""

import pytest

from rooms.chat.changing import changed
from rooms.chat.decide import Around, decide
from rooms.chat.files import UploadedFile, file_name
from rooms.chat.model import FILES_MAX, Message, MessageFile
from rooms.chat.state import ChatState
from rooms.errors import ErrorCode, Refused
from rooms.events import ChatDeleted, ChatPosted
from rooms.messages import ChatPost, SentFile
from rooms.stored import blanked
from rooms.stream import Event
from tests.rooms.samples import CLAIRE, CLASS_ROOM, LiveProject

PHOTO, SHEET = "a" * 64, "b" * 64
UPLOADED = {
    PHOTO: UploadedFile("image/jpeg", 2_000, 640, 480),
    SHEET: UploadedFile("application/pdf", 9_000, None, None),
}


def posted(*sent: SentFile, text: str = "") -> ChatPosted:
    """What a teacher's message with files leads to."""
    standing = LiveProject().state.standing(CLAIRE, True, CLASS_ROOM)
    around = Around(lambda _: True, lambda _: "fr", UPLOADED)
    (body,) = decide(ChatState(), standing, CLAIRE, ChatPost("nonce-0001", CLASS_ROOM, text, None, sent), around).bodies
    assert isinstance(body, ChatPosted)
    return body


def test_what_is_said_of_a_file_is_what_the_server_knows() -> None:
    """All but its name; of no words there is no language."""
    body = posted(SentFile(PHOTO, "Łódź.jpg"), SentFile(SHEET, "Blatt 1.pdf"))
    assert body == ChatPosted(
        "",
        files=(
            MessageFile(PHOTO, "Łódź.jpg", "image/jpeg", 2_000, 640, 480),
            MessageFile(SHEET, "Blatt 1.pdf", "application/pdf", 9_000),
        ),
    )


def test_words_may_stand_beside_it_and_spaces_are_none() -> None:
    """The text is kept as typed, unless there is nothing in it."""
    assert (posted(SentFile(PHOTO, "a.jpg"), text=" Voilà ").text, posted(SentFile(PHOTO, "a.jpg")).language) == (
        " Voilà ",
        None,
    )
    assert posted(SentFile(PHOTO, "a.jpg"), text=" \n").text == ""


def test_the_same_file_twice_is_one() -> None:
    """A picture that was chosen twice."""
    assert [file.name for file in posted(SentFile(PHOTO, "a.jpg"), SentFile(PHOTO, "b.jpg")).files] == ["a.jpg"]


@pytest.mark.parametrize(("sent", "text"), [((), ""), ((), "  "), ((SentFile("c" * 64, "a.png"),), "")])
def test_neither_words_nor_files_or_files_of_others(sent: tuple[SentFile, ...], text: str) -> None:
    """A message has something in it, and only what its author has uploaded for this room."""
    with pytest.raises(Refused) as refused:
        posted(*sent, text=text)
    assert refused.value.code is (ErrorCode.UNKNOWN_FILE if sent else ErrorCode.INVALID)


def test_a_withdrawn_message_has_no_files() -> None:
    """Neither it nor what the log holds of it."""
    message = Message(1, 1, "m1", "Voilà", files=(MessageFile(PHOTO, "a.jpg", "image/jpeg", 1, 1, 1),))
    assert changed(message, Event("room:r", 2, 2, "m1", None, ChatDeleted(1))).files == ()
    body = blanked(ChatPosted("Voilà", files=message.files))
    assert body == ChatPosted("")


def test_a_handful_at_once() -> None:
    """As many as stand side by side."""
    assert FILES_MAX == 4


@pytest.mark.parametrize(
    ("given", "media_type", "name"),
    [
        ("kot.png", "image/png", "kot.png"),
        ("IMG_1.JPEG", "image/jpeg", "IMG_1.JPEG"),
        ("photo.HEIC", "image/jpeg", "photo.jpg"),
        ("drawing.gif", "image/png", "drawing.png"),
        ("v1.2 final", "application/pdf", "v1.2 final.pdf"),
        ("../../etc/passwd", "image/png", "etcpasswd.png"),
        ("C:\\Users\\lea\\a.png", "image/png", "CUsersleaa.png"),
        ("gepj.\u202efdp.png", "image/png", "gepj.fdp.png"),
        ('a"b<c>\x07d|e.png', "image/png", "abcde.png"),
        (".png", "image/png", "png.png"),
        ("...", "application/pdf", "file.pdf"),
        ("صورة الصف.jpg", "image/jpeg", "صورة الصف.jpg"),
        ("x" * 119, "application/pdf", "x" * 116 + ".pdf"),
        ("con.pdf.exe", "application/pdf", "con.pdf.pdf"),
    ],
)
def test_names(given: str, media_type: str, name: str) -> None:
    """As given, without what misleads, and with the ending of what it is."""
    assert file_name(given, media_type) == name


def test_names_that_nothing_can_hold() -> None:
    """Half a surrogate pair, which JSON can say."""
    with pytest.raises(Refused):
        file_name("a\ud800.png", "image/png")
