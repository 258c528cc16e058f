from html.parser import HTMLParser

from rooms.chat.model import MessageFile, Reacted
from rtserver.transcripts.page import QUOTE_CHARACTERS, QUOTES_KEPT, Page
from tests.rtserver.transcripts.samples import GROUP, HALL, NOON, said, transcript

DAY_MS = 86_400_000
EVIL = "<img src=x onerror=alert(1)>\"'&"

WITHOUT_END = frozenset({"meta", "img", "link", "script"})


class Seen(HTMLParser):
    """Which elements there are, and that each that is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in WITHOUT_END:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(*messages: object, **changes: object) -> str:
    writer = Page(transcript(**changes))  # type: ignore[arg-type]
    return (writer.start() + writer.page(HALL, messages) + writer.end()).decode()  # type: ignore[arg-type]


def test_what_people_typed_is_text() -> None:
    """In messages, names of files, rooms and projects: no element comes of it."""
    file = MessageFile("ab", EVIL, "image/png", 1)
    made = page(said(1, EVIL, files=(file,)), said(2, "hi", reply=1), title=EVIL, zone_name=EVIL)
    seen = Seen(made)
    assert not {"img", "script"} & set(seen.tags)
    assert seen.text.count("onerror=alert(1)") >= 4
    assert "default-src &#x27;none&#x27;" in made


def test_rooms_days_and_messages() -> None:
    """A heading for each room and each day; a room in which nobody wrote says so."""
    writer = Page(transcript({"nothing": "Nothing yet."}))
    raw = writer.start() + writer.page(HALL, [said(1, "one")])
    later = said(2, "two")
    raw += writer.page(HALL, [type(later)(2, NOON + DAY_MS, "m1", "two")]) + writer.page(GROUP, []) + writer.end()
    made = raw.decode()
    seen = Seen(made)
    assert (seen.tags.count("h2"), seen.tags.count("h3"), seen.tags.count("article")) == (2, 2, 2)
    assert seen.text.count("Nothing yet.") == 1
    assert made.index("Group 1") < made.index("Nothing yet.")


def test_a_message() -> None:
    """Who, of which class, when; edited, pinned; text in its language and direction; reactions."""
    message = said(
        1,
        "Cześć <@m1>",
        mentions=("m1",),
        language="pl",
        edited_at=NOON,
        pinned=True,
        reactions=(Reacted("👍", ("m1",)),),
    )
    made = page(message, words={"edited": "modifié", "pinned": "épinglé"})
    assert '<p class="text" dir="auto" lang="pl">Cześć @Claire Martin</p>' in made
    for part in ("<bdi>Janek</bdi>", "<bdi>klasa 7a</bdi>", ">16:13</time>", "modifié", "épinglé", "👍 1"):
        assert part in made


def test_a_teacher_is_marked() -> None:
    """Pupils are not: most are."""
    words = {"roles.teacher": "Enseignante"}
    assert "Enseignante" in page(said(1, "one", "m1"), words=words)
    assert "Enseignante" not in page(said(1, "one", "m2"), words=words)


def test_deleted() -> None:
    """A sentence in the place of the text; that it was edited before does not matter any more."""
    made = page(said(1, "", deleted=True, edited_at=NOON), words={"withdrawn": "Supprimé.", "edited": "modifié"})
    assert '<p class="text">Supprimé.</p>' in made
    assert "modifié" not in made


def test_answers_quote() -> None:
    """The beginning of what they answer; of an old one, which is not held any more, the number. A link in each case."""
    long = "a" * (QUOTE_CHARACTERS + 1)
    made = page(said(1, long), said(2, "yes", reply=1))
    assert f'<a href="#r1-1">answer <bdi dir="auto"><bdi>Janek</bdi>: {"a" * QUOTE_CHARACTERS}…</bdi></a>' in made
    many = [said(number, "old") for number in range(1, QUOTES_KEPT + 2)]
    made = page(*many, said(QUOTES_KEPT + 2, "yes", reply=1))
    assert '<a href="#r1-1">answer <bdi dir="auto">1</bdi></a>' in made


def test_numbers_of_rooms_are_apart() -> None:
    """A quote is never of another room's message with the same number."""
    writer = Page(transcript())
    made = (
        writer.start()
        + writer.page(HALL, [said(1, "secret")])
        + writer.page(GROUP, [said(2, "yes", reply=1)])
        + writer.end()
    ).decode()
    assert '<a href="#r2-1">answer <bdi dir="auto">1</bdi></a>' in made
    assert made.count("secret") == 1


def test_from_right_to_left() -> None:
    """In languages that are written so; a message follows its own letters."""
    assert '<html lang="ar" dir="rtl">' in page(language="ar")
    assert '<html lang="fr" dir="ltr">' in page(language="fr")
