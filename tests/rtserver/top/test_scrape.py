"""Asking a node: its address, its answer, and the sentence when there is none."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from prometheus_client import generate_latest

from loadtests.topology.process import free_port
from rtserver.metrics.exposition import new_registry
from rtserver.metrics.figures import Figures
from rtserver.top import scrape as scrape_module
from rtserver.top.scrape import Scrape, Unreachable, metrics_url, parse, scrape, scrape_all
from tests.rtserver.metrics.states import FULL

METRICS = generate_latest(new_registry(Figures(), lambda: FULL))


class Node(HTTPServer):
    """Answers what a test says."""

    def __init__(self) -> None:
        self.status, self.body = 200, METRICS
        self.may_answer = threading.Event()
        self.may_answer.set()
        super().__init__(("127.0.0.1", 0), NodeHandler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/metrics"


class NodeHandler(BaseHTTPRequestHandler):
    server: Node

    def do_GET(self) -> None:
        self.server.may_answer.wait()
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def node() -> Iterator[Node]:
    node = Node()
    serving = threading.Thread(target=node.serve_forever, args=(0.01,))
    serving.start()
    yield node
    node.may_answer.set()
    node.shutdown()
    serving.join()
    node.server_close()


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("127.0.0.1:9464", "http://127.0.0.1:9464/metrics"),
        ("[::1]:9464", "http://[::1]:9464/metrics"),
        ("https://n1.example.eu", "https://n1.example.eu/metrics"),
        ("http://n1.example.eu:9464/", "http://n1.example.eu:9464/metrics"),
        ("http://n1.example.eu/rt/metrics", "http://n1.example.eu/rt/metrics"),
    ],
)
def test_addresses(address: str, url: str) -> None:
    """A host and a port are enough."""
    assert metrics_url(address) == url


@pytest.mark.parametrize("address", ["ftp://x:1", "file:///etc/passwd", "", "http://"])
def test_bad_addresses(address: str) -> None:
    """Are refused with a sentence."""
    with pytest.raises(ValueError, match="is no address of a node"):
        metrics_url(address)


def test_an_answer(node: Node) -> None:
    """As a table of values, and when it came."""
    first, second = scrape(node.url), scrape(node.url)
    assert second.at >= first.at
    assert first.sum("rtserver_sockets") == 4
    assert first.sum("rtserver_sockets", transport="polling") == 1
    assert first.sum("no_such_metric") == 0
    assert first.by_label("rtserver_sockets", "transport") == {"websocket": 3, "polling": 1}
    assert first.label("rtserver_build_info", "node") == "node-1"
    assert first.label("no_such_metric", "node") == ""


def test_nobody_listens() -> None:
    """What to look at is said."""
    with pytest.raises(Unreachable, match=r"^nobody listens there; it must run with RT_METRICS_PORT set\.$"):
        scrape(f"http://127.0.0.1:{free_port()}/metrics")


def test_no_such_host() -> None:
    """The resolver's words."""
    with pytest.raises(Unreachable, match=r".+\.$"):
        scrape("http://node.invalid:9464/metrics")


@pytest.mark.parametrize(("status", "body"), [(404, b""), (200, b"<html>"), (200, b"up 1\n"), (200, b"\xff")])
def test_another_port(node: Node, status: int, body: bytes) -> None:
    """That of the page, or of another program."""
    node.status, node.body = status, body
    with pytest.raises(Unreachable, match=r"as if that were not its metrics port\.$"):
        scrape(node.url)


def test_one_that_hangs(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is not waited for."""
    monkeypatch.setattr(scrape_module, "ANSWER_DEADLINE", 0.05)
    node.may_answer.clear()
    with pytest.raises(Unreachable, match=r"^it does not answer within 0\.05 s\.$"):
        scrape(node.url)


def test_several(node: Node) -> None:
    """Each by itself, in the order in which they were named."""
    there, gone = scrape_all([node.url, f"http://127.0.0.1:{free_port()}/metrics"])
    assert isinstance(there, Scrape)
    assert isinstance(gone, Unreachable)


def test_what_is_no_text() -> None:
    """Of another program, or not metrics at all."""
    with pytest.raises(ValueError, match="not of rtserver"):
        parse("up 1\n", 0.0)
