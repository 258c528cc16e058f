"""The shipped Grafana dashboard: of Grafana's form, readable, and about metrics that there are.

Grafana publishes its schema as CUE and as JSON schema (grafana/grafana-foundation-sdk, `dashboard.jsonschema.json`);
neither its files nor a validator are at hand here. The Structs below are the part of it that the dashboard uses:
an unknown field, a missing one or a wrong type fails. The dashboard was once checked against the whole of v11.6.
"""

from itertools import combinations
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
import yaml
from msgspec import Struct

from tests.deploy.metric_names import known_metrics, metrics_in, unknown_metrics

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "grafana"

GRID_WIDTH = 24
"""Columns of Grafana's grid."""

UNITS = {"none", "ops", "reqps", "pps", "s", "bytes", "percentunit"}
"""Grafana's names of those that we use ("packages/grafana-data/src/valueFormats/categories.ts")."""

ROWS = ["People", "Latency", "Errors", "Many processes", "Calls", "Machine"]


class Form(Struct, frozen=True, forbid_unknown_fields=True):
    """What knows all of its fields."""


class DataSource(Form, frozen=True):
    type: Literal["prometheus", "grafana"]
    uid: str


class Place(Form, frozen=True):
    h: int
    w: int
    x: int
    y: int


class Target(Form, frozen=True):
    refId: str  # noqa: N815 - Grafana's name, as others below
    datasource: DataSource
    expr: str
    legendFormat: str  # noqa: N815
    editorMode: Literal["code"]  # noqa: N815
    range: bool


class Step(Form, frozen=True):
    color: str
    value: float


class Thresholds(Form, frozen=True):
    mode: Literal["absolute"]
    steps: list[Step]


class Color(Form, frozen=True):
    mode: Literal["palette-classic", "thresholds"]


class Field(Form, frozen=True):
    unit: str
    min: float
    color: Color
    thresholds: Thresholds
    max: float | None = None
    decimals: int | None = None
    custom: dict[str, Any] = {}


class FieldConfig(Form, frozen=True):
    defaults: Field
    overrides: list[Any]


class Row(Form, frozen=True, tag_field="type", tag="row"):
    id: int
    title: str
    collapsed: bool
    gridPos: Place  # noqa: N815
    panels: list[Any]


class Figure(Form, frozen=True):
    id: int
    title: str
    description: str
    datasource: DataSource
    gridPos: Place  # noqa: N815
    targets: list[Target]
    options: dict[str, Any]
    fieldConfig: FieldConfig  # noqa: N815


class Lines(Figure, frozen=True, tag_field="type", tag="timeseries"):
    """A graph."""


class Stat(Figure, frozen=True, tag_field="type", tag="stat"):
    """One number."""


class Annotation(Form, frozen=True):
    name: str
    datasource: DataSource
    enable: bool
    hide: bool
    iconColor: str  # noqa: N815
    type: str = ""
    expr: str = ""
    builtIn: int = 0  # noqa: N815


class Annotations(Form, frozen=True):
    list: list[Annotation]


class Variable(Form, frozen=True):
    name: str
    label: str
    type: Literal["query"]
    datasource: DataSource
    query: str
    refresh: Literal[0, 1, 2]
    includeAll: bool  # noqa: N815
    multi: bool
    allValue: str  # noqa: N815
    current: dict[str, list[str]]
    sort: int
    hide: Literal[0, 1, 2]
    options: list[Any]
    regex: str
    skipUrlSync: bool  # noqa: N815


class Templating(Form, frozen=True):
    list: list[Variable]


class TimeRange(Form, frozen=True):
    from_: str = msgspec.field(name="from")
    to: str


class Dashboard(Form, frozen=True):
    uid: str
    title: str
    description: str
    tags: list[str]
    timezone: Literal["browser"]
    editable: bool
    graphTooltip: Literal[0, 1, 2]  # noqa: N815
    time: TimeRange
    timepicker: dict[str, Any]
    refresh: str
    schemaVersion: int  # noqa: N815
    version: int
    links: list[Any]
    annotations: Annotations
    templating: Templating
    panels: list[Row | Lines | Stat]


DASHBOARD = msgspec.json.decode((FOLDER / "dashboards" / "rtserver.json").read_bytes(), type=Dashboard)
FIGURES = [panel for panel in DASHBOARD.panels if isinstance(panel, Figure)]
EXPRESSIONS = [target.expr for panel in FIGURES for target in panel.targets]


def provisioned(path: str) -> Any:
    return yaml.safe_load((FOLDER / "provisioning" / path).read_text())


def test_rows() -> None:
    """In the order in which somebody looks: who is there, do they wait, what goes wrong, why."""
    assert [panel.title for panel in DASHBOARD.panels if isinstance(panel, Row)] == ROWS


def test_each_id_and_title_once() -> None:
    """A link to a panel leads to one."""
    assert len({panel.id for panel in DASHBOARD.panels}) == len(DASHBOARD.panels)
    assert len({panel.title for panel in DASHBOARD.panels}) == len(DASHBOARD.panels)


@pytest.mark.parametrize("panel", FIGURES, ids=lambda panel: str(panel.title))
def test_a_panel(panel: Figure) -> None:
    """Has a title, an explanation, a unit, and queries each with a name of its own, of the provisioned source."""
    assert panel.title.strip()
    assert panel.description.endswith(".")
    assert panel.fieldConfig.defaults.unit in UNITS
    assert len({target.refId for target in panel.targets}) == len(panel.targets) > 0
    assert {source.uid for source in (panel.datasource, *(target.datasource for target in panel.targets))} == {
        provisioned("datasources/prometheus.yml")["datasources"][0]["uid"]
    }
    if isinstance(panel, Lines):
        assert all(target.legendFormat for target in panel.targets), "a line without a name"


def test_nothing_overlaps() -> None:
    """On the grid, and nothing stands beyond its edge."""
    for one, other in combinations([panel.gridPos for panel in DASHBOARD.panels], 2):
        beside = one.x + one.w <= other.x or other.x + other.w <= one.x
        below = one.y + one.h <= other.y or other.y + other.h <= one.y
        assert beside or below, (one, other)
    for place in (panel.gridPos for panel in DASHBOARD.panels):
        assert min(place.x, place.y) >= 0
        assert place.x + place.w <= GRID_WIDTH


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query(expression: str) -> None:
    """Asks for metrics that somebody tells."""
    assert metrics_in(expression)
    assert unknown_metrics(expression) == set()


def test_everything_of_ours_is_shown() -> None:
    """A metric that nobody looks at costs, and helps nobody."""
    ours = {name for name in known_metrics() if name.startswith("rtserver_")}
    ours -= {name for name in ours if name.endswith(("_count", "_sum", "_created"))}
    assert ours - set().union(*(metrics_in(expression) for expression in EXPRESSIONS)) == set()


def test_the_variable() -> None:
    """Names the nodes that there are; every query on nodes keeps to those that were chosen."""
    (variable,) = DASHBOARD.templating.list
    assert unknown_metrics(variable.query) == set()
    for expression in EXPRESSIONS:
        assert "$node" in expression or "haproxy_" in expression, expression


def test_provisioning() -> None:
    """The folder where docker-compose.yml mounts the dashboards, and the Prometheus that it starts."""
    path = provisioned("dashboards/rtserver.yml")["providers"][0]["options"]["path"]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    mounts = dict(mount.split(":")[:2] for mount in compose["services"]["grafana"]["volumes"])
    assert mounts["./deploy/grafana/dashboards"] == path
    assert mounts["./deploy/grafana/provisioning"] == "/etc/grafana/provisioning"
    url = provisioned("datasources/prometheus.yml")["datasources"][0]["url"]
    assert url == "http://prometheus:9090"
    assert "prometheus" in compose["services"]
