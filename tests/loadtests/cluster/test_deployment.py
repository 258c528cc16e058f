"""The meters."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from types import SimpleNamespace

import pytest

from loadtests.cluster.deployment import NO_LIMITS, Deployment, Usage
from loadtests.problem import Problem
from rtserver.config import Settings

TEXT = """# HELP rtserver_dropped_total Left out.
# TYPE rtserver_dropped_total counter
rtserver_dropped_total 7.0
# HELP rtserver_sockets Open sockets.
# TYPE rtserver_sockets gauge
rtserver_sockets{transport="polling"} 2.0
rtserver_sockets{transport="websocket"} 58.0
"""


class Node(BaseHTTPRequestHandler):
    """Tells its metrics."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(TEXT.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Not to standard error."""


@pytest.fixture
def port() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Node) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server.server_port
        server.shutdown()


def deployment(port: int, nodes: int = 1) -> Deployment:
    node = SimpleNamespace(name="node1", server=SimpleNamespace(host="127.0.0.1", settings={"metrics_port": port}))
    redis = SimpleNamespace(ask=lambda *_: b"# Server\r\nprocess_id:4711\r\n")
    return Deployment(SimpleNamespace(nodes=[node] * nodes, redis=redis), "key")  # type: ignore[arg-type]


def test_metrics_of_a_node(port: int) -> None:
    """Over all labels; and of all nodes together."""
    assert deployment(port).metric("rtserver_sockets") == 60
    assert deployment(port, nodes=2).metric_of_all("rtserver_dropped_total") == 14


def test_a_metric_that_is_not_there(port: int) -> None:
    with pytest.raises(Problem, match="no metric rtserver_tasks"):
        deployment(port).metric("rtserver_tasks")


def test_a_node_that_does_not_answer(port: int) -> None:
    found = deployment(port)
    found.nodes[0].server.settings["metrics_port"] = 1
    with pytest.raises(Problem, match="node1 does not tell its metrics"):
        found.metric("rtserver_sockets")


def test_usage_between_two_looks() -> None:
    used = Usage((3.0, 5.0), 1.0, 2.0, 4.0, 6.0) - Usage((1.0, 2.0), 0.5, 1.0, 2.0, 5.0)
    assert used == Usage((2.0, 3.0), 0.5, 1.0, 2.0, 1.0)
    assert used.all_nodes == 5.0
    assert used.each_second(2.0) == Usage((1.0, 1.5), 0.25, 0.5, 1.0, 0.5)


def test_limits_that_are_raised_are_settings() -> None:
    assert set(NO_LIMITS) <= set(Settings.model_fields)
