from pathlib import Path

from rtserver.transcripts.table import COLUMNS
from rtserver.transcripts.words import generated, words_of

CATALOGUES = Path(__file__).parents[3] / "web" / "src" / "locales"
SERVED = Path(__file__).parents[3] / "rtserver" / "transcripts" / "words.json"


def test_are_current() -> None:
    """What lies in the tree is what would be written now: else run `make generate`."""
    assert SERVED.read_text(encoding="utf-8") == generated(CATALOGUES), "run `make generate`"


def test_nearest_language() -> None:
    """A region's own, the language's, English; whatever somebody sends."""
    assert [words_of(tag)[0] for tag in ("fr", "fr-CA", "FR-ca", "xx", "", "../en", "notes")] == [
        *["fr"] * 3,
        *["en"] * 4,
    ]


def test_every_language_has_all_words() -> None:
    """Those of the table's columns and of the page."""
    languages = [path.stem for path in CATALOGUES.glob("*.json") if path.name != "notes.json"]
    assert len(languages) >= 8
    wanted = {"title", "saved", "nothing", "answer", "pinned", "yes", "withdrawn", "edited", "roles.teacher"}
    for language in languages:
        found, words = words_of(language)
        assert found == language
        assert wanted | {f"columns.{name}" for name in COLUMNS} <= set(words)
