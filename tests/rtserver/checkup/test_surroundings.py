"""What the settings name, tried with the real thing."""

import asyncio
import errno
import resource
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import trustme

from loadtests.topology.process import free_port
from loadtests.topology.redis import Redis
from rtserver.checkup import surroundings
from rtserver.checkup.finding import Finding, Level
from rtserver.config import Settings
from rtserver.database import Database
from tests.rtserver.certificates import Authority


def level(finding: Finding | None) -> Level | None:
    return None if finding is None else finding.level


class TestFolder:
    async def test_one_that_can_be_written(self, tmp_path: Path) -> None:
        """Also one that is still to be made; nothing is left in it."""
        for folder in (tmp_path, tmp_path / "not" / "yet"):
            assert level(await surroundings.look_at_folder(Settings(data=folder))) is Level.GOOD
        assert list(tmp_path.iterdir()) == []

    async def test_one_that_cannot(self) -> None:
        """Not even root may write there."""
        found = await surroundings.look_at_folder(Settings(data=Path("/proc/self")))
        assert level(found) is Level.FAULT

    async def test_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(surroundings, "FREE_BYTES_MIN", 2**62)
        assert level(await surroundings.look_at_folder(Settings(data=tmp_path))) is Level.HINT

    async def test_postgres_needs_none(self) -> None:
        assert await surroundings.look_at_folder(Settings(database_url="postgresql+asyncpg://rt@127.0.0.1/rt")) is None


class TestDatabase:
    async def test_sqlite(self, tmp_path: Path) -> None:
        """It is made at the first start, and brought up to date at each: nothing has to be done."""
        settings = Settings(data=tmp_path)
        assert await surroundings.look_at_database(settings) is None
        await (await Database.open(settings.database)).close()
        assert level(await surroundings.look_at_database(settings)) is Level.GOOD

    async def test_what_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "rtserver.db").write_bytes(b"no database at all" * 100)
        assert level(await surroundings.look_at_database(Settings(data=tmp_path))) is Level.FAULT

    async def test_one_that_is_not_there(self) -> None:
        """The sentence holds no password."""
        found = await surroundings.look_at_database(
            Settings(database_url="postgresql+asyncpg://rt:hush@127.0.0.1:1/rt")
        )
        assert found is not None
        assert found.level is Level.FAULT
        assert "hush" not in repr(found)

    async def test_tables_of_another_version(self, tmp_path: Path) -> None:
        """Of a database that others use, too, an operator says when its tables change."""
        settings = Settings(database_url=f"sqlite+aiosqlite:///{tmp_path}/others.db")
        found = await surroundings.look_at_database(settings)
        assert found is not None
        assert (found.level, "rtserver migrate" in found.advice) == (Level.FAULT, True)
        database = await Database.open(settings.database)
        await database.migrate()
        await database.close()
        assert level(await surroundings.look_at_database(settings)) is Level.GOOD


class TestRedis:
    async def test_not_set(self) -> None:
        assert await surroundings.look_at_redis(Settings()) is None

    async def test_there_and_gone(self, tmp_path: Path) -> None:
        with Redis(tmp_path / "redis") as server:
            settings = Settings(redis_url=server.url)
            assert level(await surroundings.look_at_redis(settings)) is Level.GOOD
        assert level(await surroundings.look_at_redis(settings)) is Level.FAULT


class TestCertificate:
    async def test_not_set(self) -> None:
        assert await surroundings.look_at_certificate(Settings()) is None

    @pytest.mark.parametrize(("days", "expected"), [(90, Level.GOOD), (5, Level.HINT), (-1, Level.FAULT)])
    async def test_until_when(self, tmp_path: Path, days: int, expected: Level) -> None:
        until = datetime.fromtimestamp(time.time(), UTC) + timedelta(days=days)
        issued = trustme.CA().issue_cert("rt.example.eu", not_after=until)
        certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
        issued.cert_chain_pems[0].write_to_path(certificate)
        issued.private_key_pem.write_to_path(key)
        found = await surroundings.look_at_certificate(Settings(tls_certificate=certificate, tls_key=key))
        assert level(found) is expected

    async def test_of_another_key(self, tmp_path: Path) -> None:
        authority = Authority()
        (certificate, _), (_, key) = authority.issue(tmp_path, "one"), authority.issue(tmp_path, "two")
        found = await surroundings.look_at_certificate(Settings(tls_certificate=certificate, tls_key=key))
        assert found is not None
        assert (found.level, "'Start'" in found.advice) == (Level.FAULT, True)

    def test_its_advice_names_the_section_that_has_it(self) -> None:
        """The one of HAProxy's certificates is another."""
        document = (Path(__file__).parents[3] / "docs" / "administration.md").read_text(encoding="utf-8")
        section = document.partition("\n## Start\n")[2].partition("\n## ")[0]
        assert "RT_TLS_CERTIFICATE" in section
        assert "RT_TLS_KEY" in section


PORTS: list[tuple[surroundings.Check, str, str, str, socket.SocketKind]] = [
    (surroundings.look_at_port, "port", "host", "TCP", socket.SOCK_STREAM),
    (surroundings.look_at_metrics_port, "metrics_port", "metrics_host", "TCP", socket.SOCK_STREAM),
    (surroundings.look_at_media_tcp_port, "media_tcp_port", "media_host", "TCP", socket.SOCK_STREAM),
    (surroundings.look_at_media_udp_port, "media_udp_port", "media_host", "UDP", socket.SOCK_DGRAM),
]


@pytest.mark.parametrize(("look", "port", "host", "protocol", "kind"), PORTS, ids=[name for _, name, *_ in PORTS])
class TestPorts:
    """All are looked at in one way, and told of in the same words."""

    async def test_taken_and_free(
        self, look: surroundings.Check, port: str, host: str, protocol: str, kind: socket.SocketKind
    ) -> None:
        """When it is taken, it is so by rtserver itself, as a rule."""
        with socket.socket(socket.AF_INET, kind) as taken:
            number = free_port()  # given back it is nobody else's
            taken.bind(("127.0.0.1", number))
            if kind is socket.SOCK_STREAM:
                taken.listen()
            settings = _only(**{port: number})
            found = await look(settings)
        assert found is not None
        place = f"127.0.0.1 {protocol} port {number}"
        assert (found.level, found.said) == (Level.GOOD, f"{place} is in use, by rtserver itself when it runs.")
        found = await look(settings)
        assert found is not None
        assert (found.level, found.said) == (Level.GOOD, f"{place} can be listened on.")

    async def test_an_address_of_others(
        self, look: surroundings.Check, port: str, host: str, protocol: str, kind: socket.SocketKind
    ) -> None:
        found = await look(_only(**{port: 40_000, host: "192.0.2.1"}))
        assert found is not None
        assert found.level is Level.FAULT
        assert found.said.startswith(f"192.0.2.1 {protocol} port 40000 cannot be listened on (")
        assert found.advice == f"Set RT_{host.upper()} to an address of this machine."

    async def test_one_that_only_root_may_have(
        self,
        look: surroundings.Check,
        port: str,
        host: str,
        protocol: str,
        kind: socket.SocketKind,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        async def refuse(*_: object) -> None:
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(surroundings, "_bind_for_a_moment", refuse)
        found = await look(_only(**{port: 443}))
        assert found is not None
        assert (found.level, found.advice) == (Level.FAULT, f"Choose another with RT_{port.upper()}.")


def _only(**chosen: Any) -> Settings:
    """Settings that take no port but the chosen ones."""
    return Settings(**{"port": 0, **chosen})


@pytest.mark.parametrize("look", [look for look, port, *_ in PORTS if port != "port"])
async def test_ports_that_are_not_set(look: surroundings.Check) -> None:
    assert await look(Settings()) is None


async def test_a_port_that_the_system_chooses() -> None:
    """The main one is always listened on; its address can be a wrong one all the same."""
    found = await surroundings.look_at_port(Settings(port=0))
    assert found is not None
    assert (found.level, found.said) == (Level.GOOD, "127.0.0.1 TCP port 0 (a free one) can be listened on.")
    found = await surroundings.look_at_port(Settings(host="192.0.2.1", port=0))
    assert found is not None
    assert (found.level, found.advice) == (Level.FAULT, "Set RT_HOST to an address of this machine.")


async def test_the_ports_of_all_media_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is tried; the one that is in use is named."""
    taken: set[int] = set()

    async def take(_: object, port: int) -> None:
        if port in taken:
            raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(surroundings, "_bind_for_a_moment", take)
    settings = Settings(media_udp_port=9000, media_workers=3)
    found = await surroundings.look_at_media_udp_port(settings)
    assert found is not None
    assert found.said == "127.0.0.1 UDP ports 9000 to 9002 can be listened on."
    taken.add(9002)
    found = await surroundings.look_at_media_udp_port(settings)
    assert found is not None
    assert found.said == "127.0.0.1 UDP port 9002 is in use, by rtserver itself when it runs."


@pytest.mark.parametrize("host", ["", "0.0.0.0", "localhost"])
@pytest.mark.parametrize(
    ("look", "name"), [(surroundings.look_at_port, ""), (surroundings.look_at_metrics_port, "metrics_")]
)
async def test_hosts_as_they_are_written(look: surroundings.Check, name: str, host: str) -> None:
    """Names, and every address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = _only(**{f"{name}host": host, f"{name}port": taken.getsockname()[1]})
    assert level(await look(settings)) is Level.GOOD


async def test_open_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system allows at most, against what people need."""
    for hard, expected in ((resource.RLIM_INFINITY, Level.GOOD), (10_200, Level.GOOD), (4_096, Level.HINT)):
        monkeypatch.setattr(resource, "getrlimit", lambda _, hard=hard: (1_024, hard))
        assert level(await surroundings.look_at_files(Settings())) is expected


class TestDeadline:
    async def test_a_check_that_hangs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async def hang(_: Settings) -> Finding | None:
            await asyncio.Event().wait()
            return None

        monkeypatch.setattr(surroundings, "DEADLINE", 0.01)
        found = await surroundings.within_deadline("Redis", hang, Settings())
        assert found is not None
        assert (found.subject, found.level) == ("Redis", Level.FAULT)

    async def test_a_check_with_a_mistake(self) -> None:
        """The others go on; what went wrong is named, what it was about is not: it may be a password."""

        async def stumble(_: Settings) -> Finding | None:
            raise KeyError("hush")

        found = await surroundings.within_deadline("disk", stumble, Settings())
        assert found is not None
        assert found.level is Level.FAULT
        assert "KeyError" in found.said
        assert "hush" not in found.said
        assert "firewall" not in found.advice
