"""The compose files as docker-compose reads them.

Debian's 1.29.2 brings the Compose specification's schema (compose_spec.json) and checks with it: the files have no
`version`, as that specification has it.
"""

import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml

from loadtests.topology.process import find_program

ROOT = Path(__file__).resolve().parents[2]
WHOLE, SINGLE = ROOT / "docker-compose.yml", ROOT / "compose.single.yml"
EXAMPLE = ROOT / ".env.example"

PASSWORDS = {name: f"{name.lower()}-value" for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD", "GRAFANA_PASSWORD")}
"""What .env.example leaves open."""


def filled_in(**others: str) -> str:
    """The .env that the example becomes."""
    given = PASSWORDS | others
    lines = EXAMPLE.read_text().splitlines()
    names = [line.partition("=")[0] for line in lines]
    assert set(given) <= set(names), "the example names every one"
    return "\n".join(
        f"{name}={given[name]}" if name in given else line for name, line in zip(names, lines, strict=True)
    )


def config(file: Path, environment: str) -> subprocess.CompletedProcess[str]:
    """What `docker-compose config` says of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".env") as env:
        env.write(environment)
        env.flush()
        return subprocess.run(
            [find_program("docker-compose", "docker-compose"), "-f", file, "--env-file", env.name, "config"],
            env={"PATH": "/usr/bin:/bin"},  # nothing of ours stands in for what .env does not say
            capture_output=True,
            text=True,
            check=False,
        )


def read(file: Path) -> dict[str, Any]:
    """All of a file, with its anchors and variables resolved."""
    done = config(file, filled_in())
    assert done.returncode == 0, done.stderr
    read: dict[str, Any] = yaml.safe_load(done.stdout)
    return read
