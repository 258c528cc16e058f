"""Asking nodes for their metrics, and what came of it as a flat table."""

import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

METRICS_PATH = "/metrics"

ANSWER_DEADLINE = 3.0
"""Seconds: a node takes up to two to ask its database."""

BYTES_MAX = 4_000_000
"""A node has some tens of kilobytes to say; what is more is something else."""

Labels = tuple[tuple[str, str], ...]
Series = tuple[str, Labels]
"""A metric's name and its labels, sorted."""


class Scrape(Struct, frozen=True):
    """What a node said. `at`: seconds of a monotonic clock."""

    at: float
    values: Mapping[Series, float]

    def sum(self, name: str, **labels: str) -> float:
        """Over all series of a name that have these labels; 0 when there is none."""
        return sum(self.by_label(name, "", **labels).values())

    def by_label(self, name: str, label: str, **labels: str) -> dict[str, float]:
        """The sums for each value of a label, of those series that have these labels."""
        found: dict[str, float] = {}
        for (of, given), value in self.values.items():
            has = dict(given)
            if of == name and all(has.get(key) == wanted for key, wanted in labels.items()):
                key = has.get(label, "")
                found[key] = found.get(key, 0.0) + value
        return found

    def label(self, name: str, label: str) -> str:
        """The value of a label, of the first series of a name that has it."""
        return next((dict(given).get(label, "") for (of, given) in self.values if of == name), "")


class Unreachable(Exception):
    """A node did not answer with metrics. The message is a sentence that says why, without the address."""


def metrics_url(address: str) -> str:
    """The URL of `host:port`, of `http://host:port`, or as it is when it has a path. Raises `ValueError`."""
    url = address if "://" in address else f"http://{address}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{address} is no address of a node: it must look like 127.0.0.1:9464")
    return url.rstrip("/") + METRICS_PATH if parts.path in ("", "/") else url


def scrape(url: str) -> Scrape:
    """Ask one node. Raises `Unreachable`."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_DEADLINE) as response:  # noqa: S310 - http(s): `metrics_url`
            text = response.read(BYTES_MAX).decode()
        return parse(text, time.monotonic())
    except urllib.error.HTTPError as error:
        raise Unreachable(f"it answers {error.code}, as if that were not its metrics port.") from None
    except urllib.error.URLError as error:
        raise Unreachable(_reason(error.reason)) from None
    except OSError as error:
        raise Unreachable(_reason(error)) from None
    except ValueError:
        raise Unreachable("its answer is no metrics of rtserver, as if that were not its metrics port.") from None


def scrape_all(urls: Sequence[str]) -> list[Scrape | Unreachable]:
    """Ask all nodes at the same time."""
    with ThreadPoolExecutor(max_workers=len(urls)) as threads:
        return list(threads.map(_scrape_or_say, urls))


def parse(text: str, at: float) -> Scrape:
    """Metrics in Prometheus's text format. Raises `ValueError`."""
    values: dict[Series, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            values[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    if not any(name == "rtserver_build_info" for name, _ in values):
        raise ValueError("not of rtserver")
    return Scrape(at, values)


def _scrape_or_say(url: str) -> Scrape | Unreachable:
    try:
        return scrape(url)
    except Unreachable as error:
        return error


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return f"it does not answer within {ANSWER_DEADLINE:g} s."
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there; it must run with RT_METRICS_PORT set."
    return f"{getattr(error, 'strerror', None) or error}."
