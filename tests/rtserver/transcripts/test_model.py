from rtserver.transcripts.model import Author, Transcript
from tests.rtserver.transcripts.samples import JAN, NOON, said, transcript


def test_names_stand_for_ids() -> None:
    """Of those whom the server found called; of others the id stays as it was typed."""
    message = said(1, "<@m1> and <@m2> and <@m9>", mentions=("m1", "m9"))
    assert transcript().readable(message) == "@Claire Martin and <@m2> and @m9"


def test_without_names() -> None:
    """An id in their place: one can still see that two messages are of the same person."""
    nameless = Author("m2", JAN.role, JAN.class_id, JAN.school_class, None)
    made: Transcript = transcript(authors={"m2": nameless})
    assert (made.name_of("m2"), made.name_of("gone")) == ("m2", "gone")


def test_times_are_of_its_zone() -> None:
    """And of the season there."""
    assert transcript().time_of(NOON).isoformat() == "2026-09-21T16:13:20+02:00"


def test_a_word_that_is_not_there() -> None:
    """The key stands: programs want no translations."""
    assert (transcript().word("yes"), transcript({"yes": "oui"}).word("yes")) == ("yes", "oui")
