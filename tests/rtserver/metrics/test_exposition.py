"""The metrics as they are written out: names, labels, values, and what Prometheus's own linter says."""

import re
import subprocess
from pathlib import Path

import msgspec
import pytest
from prometheus_client import generate_latest

from rooms.errors import ErrorCode
from rtserver import __version__
from rtserver.metrics.exposition import new_registry
from rtserver.metrics.figures import COMMAND_NAMES, DONE, UNKNOWN, Figures
from rtserver.top.scrape import Scrape, parse
from tests.rtserver.metrics.states import FULL

LABELS = {"direction", "kind", "le", "mode", "node", "reason", "result", "transport", "type", "version", "worker"}
"""All that a metric of ours may have; none of them is a person's."""


def text_of(figures: Figures, state: object = FULL) -> str:
    return generate_latest(new_registry(figures, lambda: state)).decode()  # type: ignore[arg-type,return-value]


def read(figures: Figures, state: object = FULL) -> Scrape:
    return parse(text_of(figures, state), 0.0)


def test_what_the_process_is() -> None:
    """Of people, of work, of the disk, of the broker and of media."""
    found = read(Figures())
    assert found.sum("rtserver_build_info", version=__version__, node="node-1") == 1
    assert found.by_label("rtserver_sockets", "transport") == {"websocket": 3, "polling": 1}
    expected = {
        "sockets_limit": 100,
        "connections": 4,
        "projects": 1,
        "rooms": 2,
        "boards": 1,
        "calls": 1,
        "participants": 2,
        "outbox_bytes": 77,
        "draining": 0,
        "database_up": 1,
        "disk_free_bytes": 10,
        "disk_size_bytes": 100,
        "broker_connected": 1,
        "broker_lag_seconds": 0.002,
        "broker_dropped_total": 5,
        "media_workers": 1,
        "media_workers_wanted": 1,
        "media_cpu_seconds_total": 1.5,
        "media_dropped_total": 3,
    }
    assert {name: found.sum(f"rtserver_{name}") for name in expected} == expected
    assert found.by_label("rtserver_media_packets_total", "direction") == {"received": 10, "sent": 40}
    assert found.by_label("rtserver_media_loss_ratio", "direction") == {"received": pytest.approx(0.2), "sent": 0.5}


def test_what_was_counted() -> None:
    """Counters, and a histogram whose buckets add up."""
    figures = Figures()
    figures.answered("chat.post", None)
    figures.frames, figures.dropped, figures.slow_closes, figures.crowded_closes = 9, 8, 7, 6
    figures.resumes["room"], figures.resyncs["board"] = 6, 5
    for seconds in (0.0001, 0.003, 9.0):
        figures.append.observe(seconds)
    found = read(figures)
    assert found.sum("rtserver_commands_total", type="chat.post", result=DONE) == 1
    assert found.sum("rtserver_frames_sent_total") == 9
    assert found.sum("rtserver_dropped_total") == 8
    assert found.sum("rtserver_slow_closes_total") == 7
    assert found.sum("rtserver_crowded_closes_total") == 6
    assert found.sum("rtserver_resumes_total", kind="room") == 6
    assert found.sum("rtserver_resyncs_total", kind="board") == 5
    buckets = found.by_label("rtserver_append_seconds_bucket", "le")
    assert (buckets["0.00025"], buckets["0.004"], buckets["5.0"], buckets["+Inf"]) == (1, 2, 2, 3)
    assert found.sum("rtserver_append_seconds_count") == 3
    assert found.sum("rtserver_append_seconds_sum") == pytest.approx(9.0031)


def test_what_there_is_none_of_is_not_told() -> None:
    """A process that is alone has no broker: an alert must not take it for a lost one."""
    alone = msgspec.structs.replace(FULL, broker=None, media=None, disk=None)
    text = text_of(Figures(), alone)
    assert not re.search(r"rtserver_(broker|media|disk)_", text)


def test_the_process_itself() -> None:
    """Its CPU, memory and files come from the client library."""
    text = text_of(Figures())
    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds"):
        assert f"\n{name} " in text


def test_labels_are_few() -> None:
    """No id of a person, and no value that a client has made up."""
    figures = Figures()
    for code in ErrorCode:
        for name in ("chat.post", "made.up", "Inès"):
            figures.commands.setdefault((name if name in COMMAND_NAMES else UNKNOWN, code.value), 1)
    found = read(figures)
    ours = [(name, dict(labels)) for name, labels in found.values if name.startswith("rtserver_")]
    assert {label for _, labels in ours for label in labels} == LABELS
    types = {labels["type"] for name, labels in ours if name == "rtserver_commands_total"}
    assert types == COMMAND_NAMES | {UNKNOWN}


def test_promtool_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    """Names, units and help as Prometheus wants them; what is not ours (`python_info` ...) has its own maintainers."""
    text = text_of(Figures())
    ours = [line for line in text.splitlines() if re.match(r"(# (HELP|TYPE) )?rtserver_", line)]
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input="\n".join(ours) + "\n", capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")
