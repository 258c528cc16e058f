"""`rooms.countries`: the list is the one of the product's owner."""

from collections import Counter

from rooms.countries import countries

WANTED = {
    "eu": "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK",
    "efta": "CH IS LI NO",
    "western-balkans-and-turkiye": "AL BA ME MK RS TR",
    "neighbouring": "AM AZ GE JO LB MD TN UA",
}


def test_every_country_is_in_its_group() -> None:
    """Exactly the wanted countries, each in its group."""
    got = {group: {code for code, country in countries().items() if country.group == group} for group in WANTED}
    assert got == {group: set(codes.split()) for group, codes in WANTED.items()}


def test_counts_by_group() -> None:
    """Twenty-seven of the Union, and eighteen others."""
    assert Counter(country.group for country in countries().values()) == {
        "eu": 27,
        "efta": 4,
        "western-balkans-and-turkiye": 6,
        "neighbouring": 8,
    }


def test_codes_and_names() -> None:
    """Codes are two capitals and the keys of the table; names are there and differ."""
    for code, country in countries().items():
        assert country.code == code
        assert len(code) == 2
        assert code.isascii()
        assert code.isupper()
        assert country.name.strip() == country.name != ""
    assert len({country.name for country in countries().values()}) == len(countries())


def test_names_that_are_easily_got_wrong() -> None:
    """Some names as the EU's style guide has them."""
    assert countries()["TR"].name == "Türkiye"
    assert countries()["CZ"].name == "Czechia"
    assert countries()["MK"].name == "North Macedonia"
    assert countries()["GR"].name == "Greece"
