"""Which worker listens where."""

from pathlib import Path
from typing import Any

import pytest

from rtserver.config import ConfigInvalid, Settings
from rtserver.workers.plan import NOTICE, SPREAD, plan_workers

POSTGRES = "postgresql+asyncpg://rt@127.0.0.1/rt"


def settings_of(**chosen: Any) -> Settings:
    return Settings(**{"database_url": POSTGRES, "port": 8080, **chosen})


def sentence(count: int = 3, **chosen: Any) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        plan_workers(settings_of(**chosen), count)
    return str(caught.value)


def test_consecutive_ports() -> None:
    """For everything that is listened on; media takes as many for each as it has workers of its own."""
    plans = plan_workers(
        settings_of(media_udp_port=9000, media_tcp_port=9000, media_workers=2, metrics_port=9464, host="::1"), 3
    )
    assert [plan.port for plan in plans] == [8080, 8081, 8082]
    assert [plan.number for plan in plans] == [0, 1, 2]
    last = plans[2].environment
    assert last["RT_PORT"] == "8082"
    assert (last["RT_MEDIA_UDP_PORT"], last["RT_MEDIA_TCP_PORT"], last["RT_METRICS_PORT"]) == ("9004", "9004", "9466")
    assert last["RT_HOST"] == "::1"


def test_ports_that_nobody_chose() -> None:
    """Are left to the system."""
    (first, _) = plan_workers(settings_of(), 2)
    assert set(first.environment) == {"RT_PORT", "RT_HOST", "RT_DRAIN_NOTICE", "RT_DRAIN_SPREAD"}


def test_ports_of_media_without_calls() -> None:
    """Are in nobody's way."""
    plan_workers(settings_of(media=False, media_tcp_port=8081), 3)


def test_names_for_the_load_balancer() -> None:
    """Each worker has one of its own, from the machine's."""
    names = [plan.environment["RT_NODE_NAME"] for plan in plan_workers(settings_of(node_name="node1"), 28)]
    assert names[:2] == ["node1a", "node1b"]
    assert names[25:] == ["node1z", "node1aa", "node1ab"]


def test_the_settings_file(tmp_path: Path) -> None:
    """Is read by each of them."""
    (first, _) = plan_workers(settings_of(), 2, tmp_path / "rt.toml")
    assert first.environment["RT_CONFIG"] == str(tmp_path / "rt.toml")


def test_drain() -> None:
    """They stand behind a load balancer, unless the operator says more about it than that."""
    (first, _) = plan_workers(settings_of(), 2)
    assert (first.environment["RT_DRAIN_NOTICE"], first.environment["RT_DRAIN_SPREAD"]) == (str(NOTICE), str(SPREAD))
    assert Settings(drain_notice=NOTICE, drain_spread=SPREAD).drain_deadline  # they go together
    (first, _) = plan_workers(settings_of(drain_spread=0), 2)
    assert not [name for name in first.environment if "DRAIN" in name]


def test_sqlite() -> None:
    """One process; the sentence says what to set."""
    assert sentence(database_url="") == (
        "SQLite serves one process: for several workers set database_url (RT_DATABASE_URL) to one of PostgreSQL."
    )


def test_a_port_of_the_systems_choice() -> None:
    """There is none behind it."""
    assert "choose the first with --port" in sentence(port=0)


def test_beyond_the_last_port() -> None:
    """Said with the setting that it is about."""
    assert "from port on (65534); they end at 65535" in sentence(port=65534)
    assert "from media_udp_port on (65531)" in sentence(media_udp_port=65531, media_workers=2)


def test_two_of_a_kind() -> None:
    """TCP ports of two kinds do not meet; a UDP port is another one than the TCP port of its number."""
    assert "would take port 8082 twice, from port and from metrics_port on" in sentence(metrics_port=8082)
    assert "would take port 8081 twice, from port and from media_tcp_port on" in sentence(media_tcp_port=8081)
    plan_workers(settings_of(media_udp_port=8080), 3)
