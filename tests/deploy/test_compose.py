"""docker-compose.yml: what it promises, and that it fits the files, settings and servers that it starts."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from loadtests.topology.haproxy import CONFIGURATION
from rtserver.config import PREFIX, Settings
from rtserver.config_loading import load, unknown_variables
from tests.deploy.compose_files import EXAMPLE, PASSWORDS, ROOT, SINGLE, WHOLE, config, filled_in, read

FOR_EVERYBODY = {"haproxy", "rtserver1", "rtserver2"}
"""Whose ports are published: TLS, and media."""

ONCE = {"migrate", "care"}

IN_THE_IMAGE = {"rtserver", "rtserver1", "rtserver2", "migrate", "care"}
"""The Dockerfile says as whom they run."""

BACKUPS = f"{ROOT / 'backups'}:/backups:rw"
"""What one service may write to outside of its own data."""


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return read(WHOLE)


@pytest.fixture(scope="module")
def services(whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
    services: dict[str, dict[str, Any]] = whole["services"]
    return services


@pytest.mark.parametrize("file", [WHOLE, SINGLE], ids=lambda path: path.name)
def test_containers_can_do_little(file: Path) -> None:
    """Not root, nothing to write to but their own data, no capability, a limit for the log or none that is ours."""
    for name, service in read(file)["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "privileged" not in service, name
        assert name in IN_THE_IMAGE or service["user"] not in ("root", "0"), name
        for volume in service.get("volumes", ()):
            source, _, mode = str(volume).rpartition(":")
            is_for_backups = (name, volume) == ("care", BACKUPS)
            assert mode == "ro" or not source.startswith("/") or is_for_backups, f"{name} may write to {volume}"


@pytest.mark.parametrize(("file", "server"), [(WHOLE, "rtserver1"), (SINGLE, "rtserver")], ids=["whole", "single"])
def test_backups_are_for_one_command_at_a_time(file: Path, server: str) -> None:
    """`run care` has the servers' own data, and the folder that no server sees; `up` does not start it."""
    services = read(file)["services"]
    care = services["care"]
    assert care["profiles"] == ["care"]
    assert care["restart"] == "no"
    assert BACKUPS in care["volumes"]
    assert all("/backups" not in str(service.get("volumes")) for name, service in services.items() if name != "care")
    assert care["image"] == services[server]["image"]
    data = [volume for volume in services[server].get("volumes", ()) if ":/data:" in volume]
    assert [volume for volume in care["volumes"] if volume != BACKUPS] == data
    assert "ports" not in care


def test_care_reaches_the_database(services: dict[str, dict[str, Any]]) -> None:
    """That of the servers, which is started where it does not run; without a server, which a restore needs stopped."""
    care, migrate = services["care"], services["migrate"]
    for key in ("environment", "networks", "depends_on"):
        assert care[key] == migrate[key], key
    assert set(care["depends_on"]) == {"postgres"}
    assert (set(read(SINGLE)["services"]["care"]) & {"networks", "depends_on"}) == set()


def test_the_commands_of_the_documents_are_there() -> None:
    """What docs/administration.md has typed under "With containers": the service, and the folder."""
    text = (ROOT / "docs" / "administration.md").read_text()
    user = re.search(r"^USER (\d+):(\d+)$", (ROOT / "deploy" / "Dockerfile").read_text(), re.M)
    assert user is not None
    assert f"install -d --owner={user[1]} --group={user[2]} --mode=700 backups" in text
    for compose in ("docker compose", "docker compose -f compose.single.yml"):
        for command in ("backup /backups/", "restore --check /backups/", "restore --replace /backups/"):
            assert f"{compose} run --rm care {command}" in text, command


def test_images_are_pinned(services: dict[str, dict[str, Any]]) -> None:
    """To a version, or it would be another server next year."""
    for name, service in services.items():
        assert re.fullmatch(r"[a-z/]+:v?\d[\w.-]*", service["image"]), name


def test_only_tls_and_media_come_in(whole: dict[str, Any], services: dict[str, dict[str, Any]]) -> None:
    """From outside; what only the servers need is on networks without a way out."""
    for name, service in services.items():
        for port in service.get("ports", ()):
            is_local = isinstance(port, str) and port.startswith("127.0.0.1:")
            assert is_local or name in FOR_EVERYBODY, f"{name} publishes {port}"
    inside = {name for name, network in whole["networks"].items() if (network or {}).get("internal")}
    for name in ("postgres", "redis", "prometheus", "migrate"):
        assert set(services[name]["networks"]) <= inside, name
    assert "store" not in services["haproxy"]["networks"], "whoever breaks into it does not see the database"


def test_media_ports_are_the_nodes(services: dict[str, dict[str, Any]]) -> None:
    """One of each kind for each, the same outside as inside: browsers are told the port that the node has."""
    taken: set[tuple[int, int, str]] = set()
    for name in ("rtserver1", "rtserver2"):
        settings = services[name]["environment"]
        published = {(port["published"], port["target"], port["protocol"]) for port in services[name]["ports"]}
        udp, tcp = int(settings["RT_MEDIA_UDP_PORT"]), int(settings["RT_MEDIA_TCP_PORT"])
        assert published == {(udp, udp, "udp"), (tcp, tcp, "tcp")}
        taken |= published
    assert len(taken) == 4


def test_the_settings_are_settings(services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each RT_ variable is one, each value is taken, and the parts find each other by them."""
    for name in ("rtserver1", "rtserver2", "migrate", "care"):
        environment = {key: str(value) for key, value in services[name]["environment"].items()}
        assert unknown_variables(environment) == []
        with monkeypatch.context() as patch:
            for key, value in environment.items():
                patch.setenv(key, value)
            settings = load()
        assert settings.secure
        assert settings.database.startswith("postgresql+asyncpg://rtserver:postgres_password-value@postgres:5432/")
        assert settings.redis_url == "redis://:redis_password-value@redis:6379/0"
        assert settings.drain_notice + settings.drain_spread > 0
    postgres = services["postgres"]["environment"]
    assert (postgres["POSTGRES_USER"], postgres["POSTGRES_DB"]) == ("rtserver", "rtserver")
    assert postgres["POSTGRES_PASSWORD"] == PASSWORDS["POSTGRES_PASSWORD"]


def test_a_node_may_drain(services: dict[str, dict[str, Any]]) -> None:
    """It is given longer than it takes, and the balancer longer than it needs to notice."""
    balancer = CONFIGURATION.read_text()
    looks = re.search(r"inter (\d+)s fastinter (\d+)ms .* fall 2 ", balancer)
    assert looks is not None
    noticed = int(looks[1]) + int(looks[2]) / 1000
    for name in ("rtserver1", "rtserver2"):
        environment = services[name]["environment"]
        assert services[name]["stop_grace_period"] == "30s"
        assert float(environment["RT_DRAIN_DEADLINE"]) < 30
        assert float(environment["RT_DRAIN_NOTICE"]) >= 2 * noticed


def test_tables_come_first(services: dict[str, dict[str, Any]]) -> None:
    """Once, before any server, when the database answers."""
    assert services["migrate"]["command"] == ["migrate"]
    assert services["migrate"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert services["migrate"]["restart"] == "on-failure"
    for name in ("rtserver1", "rtserver2"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert services[name]["image"] == services["migrate"]["image"]


def test_everything_is_watched(services: dict[str, dict[str, Any]]) -> None:
    """Each service that stays says whether it works, and starts again."""
    for name, service in services.items():
        assert ("healthcheck" in service) is (name not in ONCE), name
        if name not in ONCE:
            assert service["restart"] == "unless-stopped", name


def test_what_is_mounted_is_there(services: dict[str, dict[str, Any]]) -> None:
    """Certificates and backups aside, which are the operator's; HAProxy's is the very file that the other tests run."""
    mounted = {
        source
        for service in services.values()
        for source in (str(volume).split(":")[0] for volume in service.get("volumes", ()))
        if source.startswith("/")
    }
    mounted -= {str(ROOT / "certificates"), BACKUPS.partition(":")[0]}
    assert str(CONFIGURATION) in mounted
    for source in mounted:
        assert Path(source).exists(), source


def test_haproxy_knows_the_nodes(services: dict[str, dict[str, Any]]) -> None:
    """By the names and the port that they have here; its ports are those that are published."""
    listed = re.findall(
        r"^    server (\w+) (\S+):(\d+) ", (CONFIGURATION.parent / "nodes-compose.cfg").read_text(), re.M
    )
    named = [(services[name]["environment"]["RT_NODE_NAME"], name, "8080") for name in ("rtserver1", "rtserver2")]
    assert listed == named * 2
    assert "RT_PORT=8080" in (ROOT / "deploy" / "Dockerfile").read_text()
    balancer = services["haproxy"]
    known = {name: value for name, value in balancer["environment"].items() if name.startswith("BALANCER_")}
    assert set(known) == set(re.findall(r"\$\{(\w+)-", CONFIGURATION.read_text()))
    published = {port["published"]: port["target"] for port in balancer["ports"]}
    assert published == {443: int(known["BALANCER_HTTPS"][1:]), 80: int(known["BALANCER_HTTP"][1:])}
    assert str(int(known["BALANCER_PRIVATE"][1:])) in " ".join(balancer["healthcheck"]["test"])


def test_prometheus_finds_everybody(services: dict[str, dict[str, Any]]) -> None:
    """At the ports where they tell."""
    scraped = yaml.safe_load((ROOT / "deploy" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    targets = {target for job in scraped for static in job["static_configs"] for target in static["targets"]}
    port = services["rtserver1"]["environment"]["RT_METRICS_PORT"]
    assert {f"rtserver1:{port}", f"rtserver2:{port}", "haproxy:8404"} <= targets
    for name in ("rtserver1", "rtserver2", "haproxy", "prometheus", "grafana"):
        assert "watch" in services[name]["networks"], name


@pytest.mark.parametrize("missing", [*PASSWORDS, "PUBLIC_URL", "MEDIA_ADDRESSES"])
def test_what_must_be_filled_in(missing: str) -> None:
    """It does not start without, and says what to do."""
    refused = config(WHOLE, filled_in(**{missing: ""}))
    assert refused.returncode != 0
    assert ".env" in refused.stderr


def test_no_secret_is_in_a_file() -> None:
    """The example has none, and no process is started with one among its words."""
    text = EXAMPLE.read_text()
    assert [line for line in text.splitlines() if "PASSWORD=" in line] == [f"{name}=" for name in PASSWORDS]
    for service in read(WHOLE)["services"].values():
        for words in (service.get("command"), service.get("healthcheck", {}).get("test"), service.get("labels")):
            assert not any(value in str(words) for value in PASSWORDS.values())
    for ignored in (".gitignore", ".dockerignore"):
        lines = (ROOT / ignored).read_text().splitlines()
        assert any(line in lines for line in ("/certificates/", "certificates")), ignored
        assert any(line in lines for line in ("/.env", ".*")), ignored


def test_the_single_server_is_the_default() -> None:
    """Nothing has to be filled in, and it is for this machine only."""
    done = config(SINGLE, "")
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == {"rtserver", "care"}
    server = services["rtserver"]
    assert all(str(port).startswith("127.0.0.1:") for port in server["ports"])
    assert {name.removeprefix(PREFIX).lower() for name in server["environment"]} <= set(Settings.model_fields)


def test_the_single_server_may_end_by_itself() -> None:
    """It is given longer than it takes."""
    server = read(SINGLE)["services"]["rtserver"]
    assert float(server["stop_grace_period"].removesuffix("s")) > Settings.model_fields["drain_deadline"].default


def test_the_single_server_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """What others need who reach it, as settings; what is not given is as without them."""
    given = {
        "RT_PUBLIC_URL": "https://rt.example.eu",
        "RT_MEDIA_PUBLIC_ADDRESSES": "192.0.2.7",
        "RT_ALLOWED_ORIGINS": "https://portal.example.eu,https://other.example.eu",
        "RT_TURN_URLS": "turns:turn.example.eu:443?transport=tcp",
        "RT_TURN_SECRET": "of-the-turn-server",
    }
    done = config(SINGLE, "".join(f"{name}={value}\n" for name, value in given.items()))
    assert yaml.safe_load(done.stdout)["services"]["rtserver"]["environment"] == given
    for name, value in yaml.safe_load(config(SINGLE, "").stdout)["services"]["rtserver"]["environment"].items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert not any((settings.allowed_origins, settings.turn_urls, settings.turn_secret))
