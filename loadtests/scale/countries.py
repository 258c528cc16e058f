"""The countries of eTwinning in 2017, the clocks of their schools, and how much of the programme each is taken to be.

Nothing here was measured. The list: the 28 states of the Union of that year and the eight others that took full part.
The share of a country is that of its people, in millions on 1 January 2017 (Eurostat's demo_pjan, rounded; the United
Nations' estimate where it has none): how many schools of each country take part, and how eagerly, differs from that,
but it moves the peaks of the day by little, since four of five of these people live by two clocks.
"""

from msgspec import Struct

SCHOOLS = 181_000
"""Schools of the programme in 2017, as it counted them itself. Told beside the shares; nothing is computed from it."""


class Country(Struct, frozen=True):
    """`code`: ISO 3166-1 alpha-2. `timezone`: the IANA name of the one by which most of its schools ring (the Canary
    Islands, the Azores and the lands overseas go by their capital's here). `millions`: of people."""

    code: str
    timezone: str
    millions: float


COUNTRIES = (
    Country("AL", "Europe/Tirane", 2.88),
    Country("AT", "Europe/Vienna", 8.77),
    Country("BA", "Europe/Sarajevo", 3.51),
    Country("BE", "Europe/Brussels", 11.35),
    Country("BG", "Europe/Sofia", 7.10),
    Country("CY", "Asia/Nicosia", 0.85),
    Country("CZ", "Europe/Prague", 10.58),
    Country("DE", "Europe/Berlin", 82.52),
    Country("DK", "Europe/Copenhagen", 5.75),
    Country("EE", "Europe/Tallinn", 1.32),
    Country("ES", "Europe/Madrid", 46.53),
    Country("FI", "Europe/Helsinki", 5.50),
    Country("FR", "Europe/Paris", 66.99),
    Country("GB", "Europe/London", 65.81),
    Country("GR", "Europe/Athens", 10.77),
    Country("HR", "Europe/Zagreb", 4.15),
    Country("HU", "Europe/Budapest", 9.80),
    Country("IE", "Europe/Dublin", 4.78),
    Country("IS", "Atlantic/Reykjavik", 0.34),
    Country("IT", "Europe/Rome", 60.59),
    Country("LI", "Europe/Vaduz", 0.04),
    Country("LT", "Europe/Vilnius", 2.85),
    Country("LU", "Europe/Luxembourg", 0.59),
    Country("LV", "Europe/Riga", 1.95),
    Country("MK", "Europe/Skopje", 2.07),
    Country("MT", "Europe/Malta", 0.46),
    Country("NL", "Europe/Amsterdam", 17.08),
    Country("NO", "Europe/Oslo", 5.26),
    Country("PL", "Europe/Warsaw", 37.97),
    Country("PT", "Europe/Lisbon", 10.31),
    Country("RO", "Europe/Bucharest", 19.64),
    Country("RS", "Europe/Belgrade", 7.04),
    Country("SE", "Europe/Stockholm", 10.00),
    Country("SI", "Europe/Ljubljana", 2.07),
    Country("SK", "Europe/Bratislava", 5.44),
    Country("TR", "Europe/Istanbul", 79.81),
)

BY_CODE = {country.code: country for country in COUNTRIES}


def share(country: Country) -> float:
    """Of all, from 0 to 1."""
    return country.millions / sum(one.millions for one in COUNTRIES)
