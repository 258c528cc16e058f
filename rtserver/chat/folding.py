"""Words as they are compared when somebody searches: without case, accents and what else differs by keyboard or habit.

Both databases compare what comes out of here letter by letter, so a search finds the same in each, whichever version of
Unicode or language they were set up with. Changed only together with a migration that makes all words anew.

`fold`: Unicode's full case folding and compatibility decomposition (Unicode Standard, sections 3.11 and 5.18), marks
dropped, and a few letters that Unicode holds for letters of their own: who has no Polish keyboard writes "zolty".
"""

import unicodedata
from functools import lru_cache
from hashlib import blake2b

from rooms.chat.mentions import MENTION
from rooms.stream import StreamName

WORD_CHARACTERS_MAX = 32
"""Of a word, what is compared: longer ones are rare, and a message may be one line of a thousand letters."""

QUERY_WORDS_MAX = 8
"""Words of a query that are looked for: with so many, all that is left is what was meant."""

ROOM_KEY_CHARACTERS = 5
"""What each word begins with, to tell rooms apart: 32 million values, each character one byte a word."""

ROOMS_AT_HAND = 4_096
"""Rooms whose key need not be reckoned again."""

DROPPED = frozenset({"Mn", "Me", "Cf"})
"""Categories that do not divide a word: marks, harakat among them, and signs that nobody sees."""

ALIKE = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ŋ": "n", "ı": "i", "ĸ": "k",
    "æ": "ae", "œ": "oe", "þ": "th", "ə": "e",
    "ґ": "г", "ђ": "д", "є": "е",
    "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ء": "",
    "ـ": "",  # tatweel only stretches a word
    "ʼ": " ", "ʻ": " ", "ʹ": " ", "ˈ": " ",  # letters by name, apostrophes by use
}  # fmt: skip
"""Letters that no decomposition brings together, and what they are taken for."""


class _Letters(dict[int, str]):
    """What each character becomes, found out when it comes first. There are no more of them than Unicode has."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _folded(chr(code))
        return found


def _folded(character: str) -> str:
    """What one character of a folded and decomposed text becomes: letters and digits, nothing, or a gap."""
    if character in ALIKE:
        return ALIKE[character]
    category = unicodedata.category(character)
    if category in DROPPED:
        return ""
    if category == "Nd":
        return str(unicodedata.digit(character))
    return character if category[0] in "LN" or category == "Mc" else " "


_letters = _Letters()


def fold(text: str) -> str:
    """A text as it is compared: words of letters and digits, with gaps between them."""
    if text.isascii():
        return text.lower().translate(_letters)
    # Folded again: what is decomposed may bring capitals.
    return unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_letters)


@lru_cache(ROOMS_AT_HAND)
def _room_key(stream: StreamName) -> str:
    """The words of a room lie together in an index, so that a search costs what its room is worth, not all rooms.

    Two rooms may have the same one: the room itself has to be compared, too.
    """
    number = int.from_bytes(blake2b(stream.encode(), digest_size=8).digest(), "big")
    digits = "abcdefghijklmnopqrstuvwxyz012345"
    return "".join(digits[(number >> 5 * place) % len(digits)] for place in range(ROOM_KEY_CHARACTERS))


def words_of(stream: StreamName, text: str) -> str:
    """What a message of a room is found by: its words, each once, in a line. Mentions are ids, and no words."""
    key = _room_key(stream)
    if "<@" in text:
        text = MENTION.sub(" ", text)
    return " ".join(sorted({key + word[:WORD_CHARACTERS_MAX] for word in fold(text).split()}))


def wanted_words(typed: str) -> tuple[str, ...]:
    """The words, or beginnings of words, that somebody looks for; each once, `QUERY_WORDS_MAX` at most."""
    found = dict.fromkeys(word[:WORD_CHARACTERS_MAX] for word in fold(typed).split())
    return tuple(found)[:QUERY_WORDS_MAX]


def beginnings(stream: StreamName, words: tuple[str, ...]) -> tuple[str, ...]:
    """What words of a room begin with that somebody looks for."""
    key = _room_key(stream)
    return tuple(key + word for word in words)
