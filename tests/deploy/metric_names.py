"""Which metrics there are, and which ones an expression of PromQL asks for."""

import re

from rtserver.metrics.exposition import new_registry
from rtserver.metrics.figures import Figures
from tests.rtserver.metrics.states import FULL

NAME = re.compile(r"\b(?:rtserver|process|python|haproxy)_[a-z0-9_]+\b|\bup\b|\bALERTS\b")

OF_OTHERS = {
    "up",
    "ALERTS",
    "haproxy_server_status",
    "haproxy_backend_http_responses_total",
}
"""Prometheus's own, and those of HAProxy's exporter (its sources: addons/promex/README) that we use."""


def known_metrics() -> set[str]:
    """Every series that a process of rtserver may tell, by its name."""
    families = new_registry(Figures(), lambda: FULL).collect()
    return {sample.name for family in families for sample in family.samples}


def metrics_in(expression: str) -> set[str]:
    """The metrics that an expression asks for; what stands in quotes is a value."""
    return set(NAME.findall(re.sub(r'"[^"]*"|\'[^\']*\'', '""', expression)))


def unknown_metrics(expression: str) -> set[str]:
    """Those of them that nobody tells."""
    return metrics_in(expression) - known_metrics() - OF_OTHERS
