import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.chat.model import MessageFile, Reacted
from rtserver.transcripts.table import COLUMNS, FORMULA_STARTS, Table, harmless
from tests.rtserver.transcripts.samples import HALL, NOON, said, transcript


def rows(raw: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=separator))


def test_the_head() -> None:
    """A mark of UTF-8, without which spreadsheets read é as Ã©; keys for programs, words for persons."""
    assert Table(transcript()).start().startswith(b"\xef\xbb\xbf")
    assert rows(Table(transcript()).start()) == [list(COLUMNS)]
    assert rows(Table(transcript({"columns.name": "Nom"})).start())[0][COLUMNS.index("name")] == "Nom"


def test_a_row() -> None:
    """All that is known of a message, in words where there are some."""
    message = said(
        7,
        'He said: "<@m1>"\nhello',
        edited_at=NOON + 60_000,
        reply=3,
        mentions=("m1",),
        language="pl",
        reactions=(Reacted("👍", ("m1", "m2")), Reacted("🎉", ("m1",))),
        pinned=True,
        files=(MessageFile("ab", "map.png", "image/png", 1), MessageFile("cd", "text.pdf", "application/pdf", 1)),
    )
    writer = Table(transcript({"yes": "oui", "roles.pupil": "Élève"}))
    assert dict(zip(COLUMNS, rows(writer.page(HALL, [message]))[0], strict=True)) == {
        "room": "Class room",
        "message": "7",
        "time": "2026-09-21 16:13:20",
        "author": "m2",
        "name": "Janek",
        "role": "Élève",
        "class": "klasa 7a",
        "text": 'He said: "@Claire Martin"\nhello',
        "edited": "2026-09-21 16:14:20",
        "withdrawn": "",
        "reply_to": "3",
        "language": "pl",
        "reactions": "👍 2 🎉 1",
        "pinned": "oui",
        "files": "map.png, text.pdf",
    }
    assert writer.end() == b""


def test_semicolons() -> None:
    """For spreadsheets whose decimal sign is the comma; what is in quotes is no separator."""
    table = Table(transcript(separator=";"))
    assert rows(table.page(HALL, [said(1, "a;b,c")]), ";")[0][COLUMNS.index("text")] == "a;b,c"


def test_a_deleted_message_and_a_stranger() -> None:
    """They keep their place."""
    row = rows(Table(transcript()).page(HALL, [said(1, "", "gone", deleted=True)]))[0]
    assert (row[COLUMNS.index("withdrawn")], row[COLUMNS.index("author")], row[COLUMNS.index("name")]) == (
        "yes",
        "gone",
        "",
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\u00a0=1", "＝1", "＠x"])
def test_no_cell_is_a_formula(text: str) -> None:
    """Neither of a message nor of a name or a room, which people choose too."""
    assert harmless(text) == f"'{text}"


@given(st.text(max_size=20))
def test_a_cell_comes_back_as_it_was(text: str) -> None:
    """But for the mark before what would be a formula."""
    row = rows(Table(transcript()).page(HALL, [said(1, text.replace("\x00", ""))]))
    got = row[0][COLUMNS.index("text")]
    assert not got.lstrip().startswith(FORMULA_STARTS)
    assert got.removeprefix("'") == text.replace("\x00", "").removeprefix("'")
