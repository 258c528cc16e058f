"""Who is in the demo, and what they said before it began.

The space that French puts before "!", "?" and ":" is U+202F, at which no line breaks.
"""

from msgspec import Struct

from rtserver.shapes import NewClass, NewFounder, NewProject


class Pupil(Struct, frozen=True):
    """`key` names the pupil in the conversation and in nonces."""

    key: str
    roster_name: str
    alias: str
    class_name: str


class Line(Struct, frozen=True):
    """A message, `seconds` after the lesson began. `who`: a pupil's key, `first` or `second` founder."""

    seconds: int
    who: str
    text: str


FRENCH = NewClass("4e B", "Collège Jean-Moulin, Lyon", "FR", "Europe/Paris", ("fr",))
POLISH = NewClass("klasa 7a", "Szkoła Podstawowa nr 12, Lublin", "PL", "Europe/Warsaw", ("pl",))

PROJECT = NewProject(
    title="Nos rivières – Nasze rzeki",
    founders=(
        NewFounder("Claire Morel", "Mme Morel", FRENCH),
        NewFounder("Agnieszka Wójcik", "p. Agnieszka", POLISH),
    ),
    class_room_name="La rivière – Rzeka",
    staff_room_name="Salle des profs – Pokój nauczycielski",
)

PUPILS = (
    Pupil("ines", "Inès Benali", "Inès", FRENCH.name),
    Pupil("lucas", "Lucas Fontaine", "Lucas", FRENCH.name),
    Pupil("zosia", "Zofia Kaczmarek", "Zosia", POLISH.name),
    Pupil("kuba", "Jakub Lewandowski", "Kuba", POLISH.name),
)

CONVERSATION = (
    Line(
        0,
        "first",
        "Bonjour à toutes et à tous ! Dzień dobry! Today each team presents its river. "
        "Write in French, Polish or English, as you like.",
    ),
    Line(
        34,
        "second",
        "Dzień dobry z Lublina! U nas od rana pada, więc rzeka jest dziś wysoka 🌧️ Zosia, Kuba, zaczynacie?",
    ),
    Line(71, "zosia", "Hej! 👋 Nasza rzeka to Bystrzyca. Ma 70 km i płynie przez sam środek Lublina"),
    Line(
        104,
        "ines",
        "Salut ! Nous on en a deux : le Rhône et la Saône. Elles se rejoignent à Confluence, à 20 min du collège",
    ),
    Line(131, "kuba", "two rivers?? not fair 😄 which one is bigger"),
    Line(
        167,
        "lucas",
        "Le Rhône ! 812 km, il vient d'un glacier en Suisse. La Saône est plus calme, il y a des péniches partout",
    ),
    Line(195, "zosia", "péniche = ? mój tłumacz pisze „barka” ale na zdjęciu jest autobus na wodzie 😂"),
    Line(222, "ines", "haha yes it's a boat, long and flat. Il y a des gens qui habitent dedans !"),
    Line(
        268,
        "kuba",
        "U nas nie ma barek, za płytko. Ale jest Zalew Zemborzycki, latem tam pływamy i jeździmy rowerami dookoła",
    ),
    Line(
        301,
        "lucas",
        "L'eau est propre ? Chez nous c'est interdit de nager dans le Rhône, il y a trop de courant",
    ),
    Line(
        349,
        "zosia",
        "Różnie... w sierpniu czasem zamykają przez sinice (algae? the water gets green and you can't go in)",
    ),
    Line(
        402,
        "first",
        "Voilà une bonne question d'enquête : is our water clean? On pourrait mesurer la même chose des deux côtés.",
    ),
    Line(447, "second", "Świetny pomysł! Mamy paski do pH i azotanów. We can send you ten of them."),
    Line(480, "ines", "trop bien 🤩 on peut aller sur les quais jeudi après la cantine"),
    Line(512, "kuba", "my w piątek po lekcjach. the losers must say Szczebrzeszyn in front of the class"),
    Line(535, "lucas", "Chtché... quoi ?? 😅 ok deal"),
)
