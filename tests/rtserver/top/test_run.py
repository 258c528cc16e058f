"""The command: once, as JSON, in a terminal that is a real one, and when it cannot be shown."""

import codecs
import json
import os
import pty
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from rtserver import cli
from rtserver.cli_output import CommandFailed
from rtserver.metrics.figures import Figures
from rtserver.top import run as run_module
from rtserver.top.run import Nodes, as_plain, own_address, run
from rtserver.top.scrape import Scrape, Unreachable
from rtserver.top.view import Seen
from tests.rtserver.top.nodes import busy, node

GONE = Unreachable("nobody listens there.")


def answering(*rounds: Sequence[Scrape | Unreachable]) -> Callable[[Sequence[str]], list[Scrape | Unreachable]]:
    """What all nodes say, each time they are asked; the last is said again and again."""
    left = list(rounds)

    def ask(_urls: Sequence[str]) -> list[Scrape | Unreachable]:
        return list(left.pop(0) if len(left) > 1 else left[0])

    return ask


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets what nodes say; nobody waits between two looks."""
    monkeypatch.setattr(time, "sleep", lambda _seconds: None)

    def say(*rounds: Sequence[Scrape | Unreachable]) -> None:
        ask = answering(*rounds)
        monkeypatch.setattr(run_module, "Nodes", lambda addresses: Nodes(addresses, ask))

    return say


def test_looks() -> None:
    """Rates from the second look on; a node that was gone begins anew."""
    nodes = Nodes(
        ["n1:1"],
        answering([node(Figures(), 0.0)], [node(busy(), 2.0)], [GONE], [node(busy(), 6.0)], [node(busy(), 8.0)]),
    )
    seen = [nodes.look()[0].figures for _ in range(5)]
    assert seen[0] is None
    assert (getattr(seen[1], "name", None), getattr(seen[1], "frames", None)) == ("n1:1", 2_000)
    assert seen[2] is GONE
    assert seen[3] is None
    assert getattr(seen[4], "frames", None) == 0


def test_bad_address() -> None:
    """A sentence, before anybody is asked."""
    with pytest.raises(CommandFailed, match=r"^ftp://x is no address of a node: .*\.$"):
        Nodes(["ftp://x"])


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1:9464"),
        ("0.0.0.0", "127.0.0.1:9464"),
        ("::", "[::1]:9464"),
        ("10.0.0.7", "10.0.0.7:9464"),
    ],
)
def test_own_address(host: str, address: str) -> None:
    """Of a node that listens everywhere, the loopback one."""
    assert own_address(host, 9464) == address


def test_once(asked: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    """Into a pipe: 80 columns, no colour."""
    asked([node(Figures(), 0.0)], [node(busy(), 2.0)])
    run(["n1:1"], 2.0, once=True, as_json=False)
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "too_many_requests" in text


def test_json(asked: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    """Each node with its figures, or why there are none; then the command has failed."""
    asked([node(Figures(), 0.0), GONE], [node(busy(), 2.0), GONE])
    with pytest.raises(CommandFailed, match=r"^1 of 2 nodes cannot be reached\.$"):
        run(["n1:1", "n2:1"], 2.0, once=False, as_json=True)
    captured = capsys.readouterr()
    first, second = json.loads(captured.out)["nodes"]
    assert (first["name"], first["state"], first["connections"], first["slow_closes"]) == ("n1:1", "up", 4, 2)
    assert first["errors"] == {"invalid": 0.5, "too_many_requests": 5.0}
    assert 0.001 < first["append_p50"] < 0.002
    assert second == {"name": "n2:1", "state": "unreachable", "reason": "nobody listens there."}
    assert captured.err == "rtserver: n2:1 cannot be reached: nobody listens there.\n"


def test_plain_without_figures() -> None:
    """One that was not looked at twice."""
    assert as_plain(Seen("n1", None)) == {"name": "n1", "state": "unreachable", "reason": ""}


def test_no_terminal(asked: Callable[..., None], capsys: pytest.CaptureFixture[str]) -> None:
    """What to do instead is said."""
    asked([GONE])
    with pytest.raises(CommandFailed, match=r"use --once or --json\.$"):
        run(["n1:1"], 2.0, once=False, as_json=False)
    assert capsys.readouterr().out == ""


def test_without_a_metrics_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of this server, when no node is named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RT_METRICS_PORT", raising=False)
    assert cli.run(["top", "--once"]) == 2
    assert "set metrics_port (RT_METRICS_PORT), or name the nodes to watch" in capsys.readouterr().err


def test_this_server(
    asked: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By its settings."""
    asked([node(Figures(), 0.0)], [node(busy(), 2.0)])
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RT_METRICS_PORT", "9464")
    assert cli.run(["top", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["nodes"][0]["name"] == "127.0.0.1:9464"


class Terminal:
    """A real one: what is written to it, and a hand on its keys."""

    def __init__(self, controller: int, inside: int) -> None:
        self._controller = controller
        self._inside = inside
        self._text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()  # a letter may come in two parts

    def press(self, keys: str) -> None:
        os.write(self._controller, keys.encode())

    def until(self, text: str) -> str:
        """All that was written, once this stands in it."""
        while text not in self._text:
            self._text += self._decoder.decode(os.read(self._controller, 65_536))
        return self._text


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    controller, inside = pty.openpty()
    with os.fdopen(inside, "r", closefd=False) as keys, os.fdopen(os.dup(inside), "w") as screen:
        monkeypatch.setattr(sys, "stdin", keys)
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setenv("TERM", "xterm")
        try:
            yield Terminal(controller, inside)
        finally:
            monkeypatch.undo()
    os.close(inside)
    os.close(controller)


@pytest.mark.parametrize("key", ["q", "Q"])
def test_in_a_terminal(key: str, asked: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is drawn again at each look, other keys do nothing, and q ends it and gives the screen back."""
    asked([node(Figures(), 0.0)], [node(busy(), 2.0)])
    with terminal(monkeypatch) as screen:
        watching = threading.Thread(target=run, args=(["n1:1"], 0.2, False, False))
        watching.start()
        shown = screen.until("too_many_requests")
        assert "\x1b[?1049h" in shown, "not on a screen of its own"
        assert "n1:1: measuring ..." in shown
        screen.press("x" + key)
        screen.until("\x1b[?1049l")
        watching.join()
