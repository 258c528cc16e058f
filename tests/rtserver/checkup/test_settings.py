"""What settings say about themselves."""

from pathlib import Path
from typing import Any

import pytest

from rtserver.checkup.finding import Finding, Level
from rtserver.checkup.settings import look_at
from rtserver.config import Settings

PUBLIC: dict[str, Any] = {
    "host": "127.0.0.1",
    "public_url": "https://rt.example.eu",
    "media_host": "0.0.0.0",
    "media_udp_port": 5000,
    "media_tcp_port": 5000,
    "turn_urls": ("turns:turn.example.eu:443?transport=tcp",),
    "turn_secret": "a secret of some length",
}
"""As a school's server behind a proxy has it."""

SEVERAL: dict[str, Any] = {
    "redis_url": "redis://127.0.0.1/0",
    "database_url": "postgresql+asyncpg://rt@127.0.0.1/rt",
    "node_name": "one",
    "drain_notice": 5,
    "drain_spread": 5,
}


def found(**changed: Any) -> list[Finding]:
    return look_at(Settings(**changed))


@pytest.mark.parametrize("settings", [{}, PUBLIC, {**PUBLIC, **SEVERAL}, {"media": True, "metrics_port": 9464}])
def test_nothing_to_say(settings: dict[str, Any]) -> None:
    """As it comes, and as a server for others should be."""
    assert [one.level for one in found(**settings)] == [Level.GOOD]


@pytest.mark.parametrize(
    ("changed", "subject", "word"),
    [
        ({"public_url": "", "host": "0.0.0.0"}, "address", "RT_PUBLIC_URL"),
        ({"public_url": "http://rt.example.eu"}, "address", "microphone"),
        ({"host": "0.0.0.0"}, "address", "TLS ends before"),
        ({"media": False}, "calls", "no calls"),
        ({"media_host": ""}, "calls", "nobody else"),
        ({"media_udp_port": 0}, "calls", "other ones after each start"),
        ({"turn_urls": ()}, "calls", "no TURN server"),
        ({"turn_urls": ("turn:turn.example.eu:3478",)}, "calls", "by TLS on port 443"),
        ({**SEVERAL, "database_url": ""}, "several servers", "SQLite"),
        ({**SEVERAL, "node_name": ""}, "several servers", "no name"),
        ({**SEVERAL, "drain_notice": 0}, "several servers", "too late"),
        ({"metrics_port": 9464, "metrics_host": "0.0.0.0"}, "metrics", "every address"),
        ({"project_files_bytes_max": 1_000}, "pictures", "a whole project"),
    ],
)
def test_what_will_make_somebody_unhappy(changed: dict[str, Any], subject: str, word: str) -> None:
    """One thing wrong is one hint, which says what to do."""
    (hint,) = [
        one for one in found(**{**PUBLIC, **changed}) if one.subject == subject and word in one.said + one.advice
    ]
    assert hint.level is Level.HINT
    assert hint.advice


def test_no_secret_is_shown(tmp_path: Path) -> None:
    """Whatever is said about settings, passwords are not."""
    secret = "a-very-secret-word"
    told = found(
        **{**PUBLIC, **SEVERAL, "host": "0.0.0.0", "node_name": "", "turn_secret": secret},
        redis_ca=None,
    )
    assert told
    assert secret not in repr(told)
