"""Origins and addresses; `test_config` has the settings that are made of them."""

from urllib.parse import urlsplit

import pytest

from rtserver.origins import is_address, is_origin, origin_of, reachable


@pytest.mark.parametrize(
    "text", ["https://rt.example.eu", "http://127.0.0.1:8080", "https://[2001:db8::1]:8443", "https://xn--klasa-0ta.pl"]
)
def test_what_browsers_send(text: str) -> None:
    assert is_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "rt.example.eu",
        "https://RT.example.eu",
        "https://rt.example.eu/",
        "https://rt.example.eu/path",
        "https://rt.example.eu:443",
        "http://rt.example.eu:80",
        "https://*.example.eu",
        "https://rt.example.eu:port",
        "https://zażółć.pl",
        "ftp://rt.example.eu",
        "https://user@rt.example.eu",
        "null",
    ],
)
def test_what_they_do_not(text: str) -> None:
    assert not is_origin(text)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("192.0.2.1", True),
        ("2001:db8::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("rt.example.eu", False),
        ("", False),
    ],
)
def test_addresses(text: str, is_one: bool) -> None:
    assert is_address(text) is is_one


def test_other_names_of_a_host() -> None:
    parts = urlsplit("http://127.0.0.1:8080")
    assert origin_of(parts, "localhost") == "http://localhost:8080"
    assert origin_of(parts, "::1") == "http://[::1]:8080"
    assert origin_of(urlsplit("https://a.eu:443"), "b.eu") == "https://b.eu"


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("::1", "[::1]"),
        ("192.0.2.1", "192.0.2.1"),
        ("Rt.Example.eu", "rt.example.eu"),
    ],
)
def test_where_a_server_is_reached(host: str, name: str) -> None:
    """One that listens on every address is at least at the loopback one."""
    assert reachable(host) == name
