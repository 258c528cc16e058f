"""`hatch_build.py`: what a newcomer is shown while the page's packages are installed."""

from pathlib import Path

import pytest

import hatch_build

FAKE_NODE = """#!/bin/sh
[ "$1" = --version ] && { echo v1; exit; }
echo "added 400 packages"
echo "npm warn deprecated something: use another" >&2
exit ${FAKE_STATUS:-0}
"""


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sources without any page, and a Node that only talks."""
    node = tmp_path / "node"
    node.write_text(FAKE_NODE)
    node.chmod(0o755)
    monkeypatch.setattr(hatch_build, "node", lambda: node)
    sources = tmp_path / "web"
    (sources / "node_modules").mkdir(parents=True)
    return sources


def test_installing_is_quiet(web: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """One line that says what takes so long; warnings of others' packages are nothing a newcomer can do about."""
    assert hatch_build.install(web)
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "rtserver: installing the page's packages (npm ci in web/, a minute the first time)\n"
    assert not hatch_build.install(web)


def test_what_fails_is_told_in_full(
    web: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All that npm had to say, and after it what failed; the next time it is tried again."""
    monkeypatch.setenv("FAKE_STATUS", "7")
    for _ in range(2):
        with pytest.raises(hatch_build.WebBuildError, match="ended with status 7"):
            hatch_build.install(web)
        err = capfd.readouterr().err
        assert "npm warn deprecated" in err
        assert "added 400 packages" in err


def test_building_for_who_only_runs_it(web: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`make run` says what is done; `make web`, for who changes the page, what the build has to say as well."""
    (web / "package.json").write_text("{}")
    static = web.parent / "rtserver" / "static"
    static.mkdir(parents=True)
    assert hatch_build.build(web.parent, quietly=True)
    assert "deprecated" not in capfd.readouterr().err
    assert hatch_build.build(web.parent)
    assert "deprecated" in capfd.readouterr().err
    (static / "index.html").write_text("")
    assert not hatch_build.build(web.parent)
