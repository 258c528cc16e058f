"""The words of a transcript in each language of the page: `words.json`, which `make generate` takes from the page's.

The server has no catalogues of its own, and the page's are not in the wheel: what is written into files is copied.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

ENGLISH = "en"
"""Stands in for languages that there is no catalogue of."""

OWN_BRANCH = "transcript.file."
"""Keys of the catalogue that are there for files only."""

BORROWED = {"withdrawn": "chat.deleted", "edited": "chat.edited"}
"""Words that the page has for the same thing."""

BORROWED_BRANCH = "roles."

NOTES = "notes.json"
"""Lies beside the catalogues."""


@cache
def _all_words() -> Mapping[str, Mapping[str, str]]:
    words: dict[str, dict[str, str]] = json.loads(files("rtserver.transcripts").joinpath("words.json").read_bytes())
    return words


def words_of(language: str) -> tuple[str, Mapping[str, str]]:
    """The language nearest to a BCP 47 tag that there are words in, and those."""
    known = _all_words()
    found = next((tag for tag in (language, language.partition("-")[0].lower()) if tag in known), ENGLISH)
    return found, known[found]


def languages() -> tuple[str, ...]:
    """Those that there are words in."""
    return tuple(_all_words())


def generated(catalogues: Path) -> str:
    """What `words.json` should hold, taken from the folder of the page's catalogues."""
    words = {
        path.stem: _taken(dict(_flat(json.loads(path.read_text(encoding="utf-8")))))
        for path in sorted(catalogues.glob("*.json"))
        if path.name != NOTES
    }
    return json.dumps(words, indent=1, ensure_ascii=False) + "\n"


def _taken(texts: Mapping[str, str]) -> dict[str, str]:
    own = {key.removeprefix(OWN_BRANCH): text for key, text in texts.items() if key.startswith(OWN_BRANCH)}
    roles = {key: text for key, text in texts.items() if key.startswith(BORROWED_BRANCH)}
    return {**own, **{key: texts[name] for key, name in BORROWED.items()}, **roles}


def _flat(branch: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in branch.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield above + key, str(value)
