"""Everything at once."""

import socket
from pathlib import Path

from rtserver.checkup.doctor import examine
from rtserver.checkup.finding import Level
from rtserver.config import Settings


async def test_a_fresh_installation(tmp_path: Path) -> None:
    """What is not set is not spoken of."""
    found = await examine(Settings(data=tmp_path, port=0))
    assert [(one.subject, one.level) for one in found] == [
        ("data folder", Level.GOOD),
        ("port", Level.GOOD),
        ("open files", Level.GOOD),
    ]


async def test_what_is_wrong_is_told_beside_what_is_not(tmp_path: Path) -> None:
    """Hints of the settings come first, then what was tried."""
    settings = Settings(data=tmp_path, port=0, media=False, redis_url="redis://127.0.0.1:1/0")
    found = await examine(settings)
    levels = {one.subject: one.level for one in found}
    assert found[0].subject == "calls"
    assert (levels["Redis"], levels["port"]) == (Level.FAULT, Level.GOOD)


async def test_all_ports_that_are_set(tmp_path: Path) -> None:
    """As the help promises."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        metrics, media = one.getsockname()[1], two.getsockname()[1]
    found = await examine(
        Settings(data=tmp_path, port=0, metrics_port=metrics, media_tcp_port=media, media_udp_port=media)
    )
    assert [one.subject for one in found] == [
        "data folder",
        "port",
        "metrics port",
        "media by TCP",
        "media by UDP",
        "open files",
    ]
