import msgspec

from rooms.chat.model import MessageFile, Reacted
from rtserver.transcripts.json_lines import JsonLines
from rtserver.transcripts.model import TranscriptLine
from tests.rtserver.transcripts.samples import HALL, NOON, said, transcript


def test_a_message_is_a_line() -> None:
    """Also one with line breaks in it: JSON says them otherwise."""
    writer = JsonLines(transcript())
    lines = writer.page(HALL, [said(1, "one\ntwo\u2028three"), said(2, "")]).decode().split("\n")
    assert [msgspec.json.decode(line, type=TranscriptLine).text for line in lines[:-1]] == ["one\ntwo\u2028three", ""]
    assert (lines[-1], writer.start(), writer.end()) == ("", b"", b"")


def test_all_that_a_message_has() -> None:
    """Ids as the API has them, so that a portal finds its own users again."""
    file = MessageFile("ab" * 32, "map.png", "image/png", 1200, 640, 480)
    given = (Reacted("👍", ("m1",)),)
    message = said(
        7, "<@m1>", edited_at=NOON + 1, reply=3, mentions=("m1",), language="pl", reactions=given, files=(file,)
    )
    line = msgspec.json.decode(JsonLines(transcript()).page(HALL, [message]), type=TranscriptLine)
    assert (line.room, line.room_name, line.id, line.at) == ("r1", "Class room", 7, NOON)
    assert (line.author, line.author_name, line.author_role, line.class_id) == ("m2", "Janek", "pupil", "c2")
    assert (line.text, line.mentions, line.reply, line.edited_at) == ("<@m1>", ("m1",), 3, NOON + 1)
    assert (line.language, line.reactions, line.files, line.pinned) == ("pl", given, (file,), False)


def test_a_deleted_message_keeps_its_place() -> None:
    """Without text, as the server itself has none any more."""
    line = msgspec.json.decode(JsonLines(transcript()).page(HALL, [said(1, "", deleted=True)]), type=TranscriptLine)
    assert (line.deleted, line.text, line.id) == (True, "", 1)


def test_somebody_who_is_not_known() -> None:
    """Nothing is made up."""
    line = msgspec.json.decode(JsonLines(transcript()).page(HALL, [said(1, "", "gone")]), type=TranscriptLine)
    assert (line.author, line.author_name, line.author_role) == ("gone", None, None)
