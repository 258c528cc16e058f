import re
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import PydanticUndefined

from rtserver.config import ConfigInvalid, Settings
from rtserver.config_complaints import CHOICE
from rtserver.config_loading import load, unknown_variables

DOCUMENT = Path(__file__).parents[2] / "docs" / "administration.md"
UNITS = (
    "Seconds",
    "Bytes",
    "Commands",
    "Connections",
    "Volatile signals",
    "Open sockets",
    "Pages",
    "Pixels",
    "Events",
    "Missed events",
    "TCP port",
    "UDP port",
    "Worker processes",
    "Share",
    "Participants",
)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("RT_CONFIG", "RT_PORT", "RT_DATA"):
        monkeypatch.delenv(name, raising=False)


class TestSources:
    def test_defaults_need_nothing(self) -> None:
        settings = load()
        assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 8080, Path("data"))

    def test_options_win_over_variables_over_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "rtserver.toml").write_text('port = 1\nhost = "10.0.0.1"\nping_interval = 7')
        monkeypatch.setenv("RT_PORT", "2")
        monkeypatch.setenv("RT_HOST", "10.0.0.2")
        settings = load(port=3, host=None)
        assert (settings.port, settings.host, settings.ping_interval) == (3, "10.0.0.2", 7)

    def test_the_file_may_be_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "a.toml").write_text("port = 1")
        (tmp_path / "b.toml").write_text("port = 2")
        monkeypatch.setenv("RT_CONFIG", "a.toml")
        assert load().port == 1
        assert load(tmp_path / "b.toml").port == 2

    def test_empty_variables_set_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RT_PORT", "")
        assert load().port == 8080

    @pytest.mark.parametrize(
        "value", ["https://a.example,https://b.example:8443", ' ["https://a.example", "https://b.example:8443"]']
    )
    def test_origins_are_separated_by_commas_or_json(self, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RT_ALLOWED_ORIGINS", value)
        assert load().allowed_origins == ("https://a.example", "https://b.example:8443")

    def test_other_lists_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RT_MEDIA_PUBLIC_ADDRESSES", "192.0.2.7, 2001:db8::7")
        monkeypatch.setenv("RT_STUN_URLS", '["stun:a.example"]')
        monkeypatch.setenv("RT_TURN_URLS", "turn:a.example,turns:a.example:443?transport=tcp")
        monkeypatch.setenv("RT_TURN_SECRET", "s" * 32)
        settings = load()
        assert settings.media_public_addresses == ("192.0.2.7", "2001:db8::7")
        assert settings.ice.stun_urls == ("stun:a.example",)
        assert settings.ice.turn_urls == ("turn:a.example", "turns:a.example:443?transport=tcp")

    def test_the_secret_of_turn_is_not_shown(self) -> None:
        settings = load(turn_urls=["turn:a.example"], turn_secret="secret" * 6)
        assert "secretsecret" not in repr(settings)

    def test_origins_are_a_list_in_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "rtserver.toml").write_text('allowed_origins = ["https://a.example"]')
        assert load().allowed_origins == ("https://a.example",)

    def test_misspelt_variables_are_found(self) -> None:
        environment = {"RT_PORT": "1", "rt_host": "x", "RT_CONFIG": "x", "RT_POTR": "1", "PATH": "x", "ART_X": "x"}
        assert unknown_variables(environment) == ["RT_POTR"]


class TestBadSettings:
    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("port = 70000", r"The setting port \(RT_PORT\) is not valid: .*65535\."),
            ("port = 'x'", r"The setting port \(RT_PORT\) is not valid: it must be a whole number\."),
            ("ping_interval = 0", r"The setting ping_interval .*greater than 0\."),
            ("connections_max = 0", r"The setting connections_max .*greater than 0\."),
            ("log_level = 'loud'", r"The setting log_level .*it must be debug, info, warning or error\."),
            ("prot = 1", r"There is no setting named prot\."),
            ("port = ", r"The configuration file is not valid TOML: .*"),
            ("allowed_origins = ['*']", r"The setting allowed_origins .*'\*' is not an origin.*"),
            ("public_url = 'rt.example.eu'", r"The setting public_url .* https://rt\.example\.eu, without a path\."),
        ],
    )
    def test_are_one_sentence(self, tmp_path: Path, text: str, said: str) -> None:
        (tmp_path / "rtserver.toml").write_text(text)
        with pytest.raises(ConfigInvalid) as caught:
            load()
        assert re.fullmatch(said, str(caught.value))

    def test_in_variables_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RT_ALLOWED_ORIGINS", "[x")
        with pytest.raises(ConfigInvalid, match=r"allowed_origins .*it begins with \[ and is no list in JSON"):
            load()

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"node_name": "a b"}, "it must have 1 to 32 letters (a to z), digits, dashes or underscores."),
            ({"node_name": "a\n"}, "it must have 1 to 32 letters (a to z), digits, dashes or underscores."),
            ({"redis_prefix": ""}, "it must have 1 to 32 letters (a to z), digits, dashes or underscores."),
            ({"trace_endpoint": "http://[::1"}, "it must look like http://127.0.0.1:4318, without a name or password."),
        ],
    )
    def test_of_names_and_addresses(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            load(**given)
        assert str(caught.value).endswith(f" is not valid: {said}")

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            (
                {"metrics_port": 8080},
                "port (RT_PORT) and metrics_port (RT_METRICS_PORT) would both take TCP port 8080:",
            ),
            (
                {"media_tcp_port": 8080},
                "port (RT_PORT) and media_tcp_port (RT_MEDIA_TCP_PORT) would both take TCP port 8080:",
            ),
            (
                {"media_tcp_port": 9463, "media_workers": 2, "metrics_port": 9464},
                "metrics_port (RT_METRICS_PORT) and media_tcp_port (RT_MEDIA_TCP_PORT) would both take TCP port 9464 "
                "(media takes 2 in a row, one a worker):",
            ),
        ],
    )
    def test_of_ports_that_meet(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            load(**given)
        assert str(caught.value) == f"The settings do not fit together: {said} choose another number for one of them."

    @pytest.mark.parametrize(
        "given",
        [
            {"media_udp_port": 8080},
            {"media_udp_port": 9000, "media_tcp_port": 9000},
            {"media_tcp_port": 8080, "media": False},
            {"media_tcp_port": 8080, "media_host": "192.0.2.7"},
            {"port": 0, "metrics_port": 0, "media_tcp_port": 0},
        ],
    )
    def test_of_ports_that_do_not(self, given: dict[str, Any]) -> None:
        load(**given)

    @pytest.mark.parametrize(
        ("given", "said"),
        [
            ({"media_public_addresses": ["rt.example.eu"]}, "'rt.example.eu' is not an IP address"),
            ({"media_public_addresses": ["0.0.0.0"]}, "'0.0.0.0' is not an IP address"),
            ({"media_udp_port": 65_535, "media_workers": 2}, "consecutive ports, and those end at 65535"),
            ({"media_tcp_port": 65_530, "media_workers": 7}, "consecutive ports, and those end at 65535"),
            ({"media_workers": 0}, "media_workers"),
            ({"mesh_participants_max": 5}, "mesh_participants_max"),
            ({"stun_urls": ["turn.example.eu"]}, "'turn.example.eu' is no STUN server"),
            ({"turn_urls": ["stun:turn.example.eu"], "turn_secret": "s" * 32}, "is no TURN server"),
            ({"turn_urls": ["turn:turn.example.eu"]}, "TURN servers need their secret"),
            ({"turn_urls": ["turn:turn.example.eu"], "turn_secret": "short"}, "TURN servers need their secret"),
            ({"relay_only": True}, "without a TURN server"),
            ({"stun_urls": [f"stun:s{at}.example.eu" for at in range(9)]}, "at most 8 ICE servers"),
            ({"turn_lifetime": 0}, "turn_lifetime"),
        ],
    )
    def test_of_calls(self, given: dict[str, Any], said: str) -> None:
        with pytest.raises(ConfigInvalid, match=said) as caught:
            load(**given)
        assert "short" not in str(caught.value)

    def test_of_a_drain_that_takes_too_long(self) -> None:
        with pytest.raises(ConfigInvalid, match=r"drain_deadline has to be 5 seconds longer than drain_notice"):
            load(drain_notice=10, drain_spread=11)
        assert load(drain_notice=10, drain_spread=10).drain_deadline == 25

    @pytest.mark.parametrize("one", ["tls_certificate", "tls_key"])
    def test_half_a_certificate(self, one: str) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            load(**{one: Path("x.pem")})
        assert str(caught.value) == (
            "The settings do not fit together: "
            "tls_certificate and tls_key (RT_TLS_CERTIFICATE, RT_TLS_KEY) belong together: set both."
        )

    @pytest.mark.parametrize(
        ("name", "value"),
        [("event_loop", "trio"), ("websocket_driver", "wsproto"), ("hot_room_window", -1), ("hot_room_window", 1)],
    )
    def test_of_the_sockets(self, name: str, value: Any) -> None:
        with pytest.raises(ConfigInvalid, match=rf"The setting {name} \(RT_{name.upper()}\) is not valid: "):
            load(**{name: value})

    def test_of_a_missing_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(ConfigInvalid, match=r"There is no configuration file .*a\.toml\."):
            load(tmp_path / "a.toml")
        monkeypatch.setenv("RT_CONFIG", "b.toml")
        with pytest.raises(ConfigInvalid, match=r"b\.toml"):
            load()

    def test_that_are_not_text(self, tmp_path: Path) -> None:
        (tmp_path / "rtserver.toml").write_bytes(b"\xff\xfe")
        with pytest.raises(ConfigInvalid, match="TOML"):
            load()

    def test_do_not_show_a_password(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("RT_DATABASE_URL", "postgresql://u:secret@h/d")
        monkeypatch.setenv("RT_PORT", "x")
        with pytest.raises(ConfigInvalid) as caught:
            load()
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None

    @pytest.mark.parametrize(
        "origin",
        [
            "https://a.example/",
            "https://a.example/x",
            "https://a.example:443",
            "http://a.example:80",
            "https://A.example",
            "HTTPS://a.example",
            "https://*.example",
            "https://",
            "a.example",
            "ws://a.example",
            "null",
            "",
            "https://ü.example",
            "https://u@a.example",
            "https://a.example?x",
            "https://a.example:x",
            "https://a.example:70000",
            "https://[::1",
        ],
    )
    def test_that_no_browser_would_send_as_origin(self, origin: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigInvalid):
            load(allowed_origins=[origin])

    @pytest.mark.parametrize("origin", ["https://a.example", "http://a.example:8080", "http://[::1]:8080"])
    def test_that_browsers_send_are_taken(self, origin: str) -> None:
        assert load(allowed_origins=[origin]).allowed_origins == (origin,)


class TestAddresses:
    @pytest.mark.parametrize(
        ("given", "url", "origins"),
        [
            ({}, "http://127.0.0.1:8080", {"http://127.0.0.1:8080", "http://localhost:8080"}),
            ({"port": 80}, "http://127.0.0.1:80", {"http://127.0.0.1", "http://localhost"}),
            ({"host": "localhost"}, "http://localhost:8080", {"http://127.0.0.1:8080", "http://localhost:8080"}),
            ({"host": "0.0.0.0"}, "http://127.0.0.1:8080", {"http://127.0.0.1:8080", "http://localhost:8080"}),
            ({"host": "::"}, "http://127.0.0.1:8080", {"http://127.0.0.1:8080", "http://localhost:8080"}),
            ({"host": "::1"}, "http://[::1]:8080", {"http://[::1]:8080"}),
            ({"host": "10.0.0.1"}, "http://10.0.0.1:8080", {"http://10.0.0.1:8080"}),
            ({"public_url": "https://rt.example.eu/"}, "https://rt.example.eu", {"https://rt.example.eu"}),
            ({"public_url": "https://localhost"}, "https://localhost", {"https://localhost", "https://127.0.0.1"}),
        ],
    )
    def test_of_links_and_of_own_pages(self, given: dict[str, Any], url: str, origins: set[str]) -> None:
        settings = load(**given)
        assert settings.url == url
        assert settings.own_origins == origins

    def test_are_secure_by_https(self) -> None:
        assert load(public_url="https://rt.example.eu").secure
        assert not load().secure

    def test_are_secure_with_a_certificate(self) -> None:
        files: dict[str, Any] = {"tls_certificate": Path("chain.pem"), "tls_key": Path("key.pem")}
        settings = load(**files)
        assert (settings.secure, settings.url) == (True, "https://127.0.0.1:8080")
        assert settings.own_origins == {"https://127.0.0.1:8080", "https://localhost:8080"}
        assert load(**files, public_url="https://rt.example.eu").url == "https://rt.example.eu"

    def test_of_the_database(self, tmp_path: Path) -> None:
        assert load(data=Path("here")).database == f"sqlite+aiosqlite:///{tmp_path / 'here' / 'rtserver.db'}"
        for scheme in ("postgresql", "postgres", "postgresql+asyncpg"):
            assert load(database_url=f"{scheme}://x/y").database == "postgresql+asyncpg://x/y"
        assert load(database_url="sqlite:///x/y.db").database == "sqlite+aiosqlite:///x/y.db"

    def test_of_a_database_that_rtserver_has_no_driver_for(self) -> None:
        with pytest.raises(ConfigInvalid) as caught:
            load(database_url="mysql://u:secret@h/d")
        assert str(caught.value).startswith(
            "The setting database_url (RT_DATABASE_URL) is not valid: it must look like "
            "postgresql://user:password@host/database or sqlite:///path/to/file.db;"
        )
        assert "secret" not in str(caught.value)


class TestPlainWords:
    def test_every_pattern_is_a_choice_of_words(self) -> None:
        """What another one means, nobody can read out of it: such a setting needs a validator with a sentence."""
        for name, field in Settings.model_fields.items():
            for told in field.metadata:
                pattern = getattr(told, "pattern", None)
                assert pattern is None or CHOICE.fullmatch(pattern), name


def documented() -> dict[str, tuple[str, str]]:
    """The settings table of docs/administration.md: name, default, description."""
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \|$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (default, description) for name, default, description in rows}


def shown(default: object) -> str:
    if default in (None, "", ()):
        return ""
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, float) and default.is_integer():
        default = int(default)
    return f"`{default}`"


class TestDocumentation:
    def test_lists_every_setting_as_it_is(self) -> None:
        """When this fails, the right table is in the difference that pytest shows."""
        is_so = {
            name: (shown(field.default), str(field.description).replace("|", "\\|"))
            for name, field in Settings.model_fields.items()
        }
        assert documented() == is_so

    def test_every_setting_has_a_default_and_a_description(self) -> None:
        for name, field in Settings.model_fields.items():
            assert field.default is not PydanticUndefined, name
            assert field.description, name

    def test_every_number_has_a_unit(self) -> None:
        for name, field in Settings.model_fields.items():
            if isinstance(field.default, int | float) and not isinstance(field.default, bool):
                assert str(field.description).startswith(UNITS), name
