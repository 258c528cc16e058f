"""The OpenAPI document: valid, complete, current, and its examples are of the form that it describes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from rtserver.api import openapi
from rtserver.api.examples import STORY
from rtserver.api.operations import OPERATIONS, Tag
from tests.rtserver.api.support import api_client
from tests.rtserver.portal_fixtures import backend

DOCUMENT: dict[str, Any] = json.loads(openapi.text())
ROOT = Path(__file__).parents[3]
DESCRIBED = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
HERE = "urn:openapi"
REGISTRY: Registry[Any] = Registry().with_resource(HERE, DRAFT202012.create_resource(DOCUMENT))

FILES = ("text/", "application/jsonl")
"""Media types whose examples are text."""


def contents(operation: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Where, which media type, and its description: of the request and all its answers."""
    found = [("request", operation.get("requestBody", {}))]
    found += [(status, response) for status, response in operation["responses"].items()]
    return [(where, kind, content) for where, body in found for kind, content in body.get("content", {}).items()]


def require_valid(schema: dict[str, Any], value: Any) -> None:
    reference = schema.get("$ref")
    checked = {"$ref": f"{HERE}{reference}"} if reference else schema
    Draft202012Validator(checked, registry=REGISTRY).validate(value)


def test_is_valid() -> None:
    """As the specification of OpenAPI 3.1 says."""
    OpenAPIV31SpecValidator(DOCUMENT).validate()


def test_is_current() -> None:
    """What lies in the tree is what would be written now: else run `make generate`."""
    assert (ROOT / "docs" / "openapi.json").read_text() == openapi.text(), "run `make generate`"


async def test_every_route_is_in_it(tmp_path: Path) -> None:
    """And nothing that there is not."""
    async with backend(tmp_path) as on, api_client(on) as client:
        routes = {
            (route.resource.canonical.removeprefix("/api/v1"), route.method.lower())
            for route in client.app.router.routes()
            if route.resource is not None and route.method != "HEAD"
        }
        async with client.get("/api/v1/openapi.json") as response:
            shown = await response.text()
            assert (response.status, response.content_type) == (200, "application/json")
            assert response.headers["Cache-Control"].startswith("public")
    assert routes == set(DESCRIBED)
    assert shown == openapi.text()


@pytest.mark.parametrize("query", ["formt=yaml", "limit=2", "="])
async def test_the_document_takes_no_parameters(tmp_path: Path, query: str) -> None:
    """As every other request it refuses those that it does not know, in the same words."""
    path = f"/api/v1/openapi.json?{query}"
    async with backend(tmp_path) as on, api_client(on) as client, client.get(path) as response:
        error = (await response.json())["error"]
        assert (response.status, error["code"]) == (400, "invalid")
        assert response.headers["Cache-Control"] == "no-store"
    assert f"({query.partition('=')[0]}: no parameter of this request; this request takes none)" in error["message"]


@pytest.mark.parametrize(("path", "method"), DESCRIBED)
def test_examples_are_of_its_form(path: str, method: str) -> None:
    """Each of each request and answer; there is one for each body that was thought of."""
    operation = DOCUMENT["paths"][path][method]
    for where, kind, content in contents(operation):
        if path == "/openapi.json":
            continue  # the answer is this document
        examples = content.get("examples", {})
        assert examples, f"no example: {where}, {kind}"
        for example in examples.values():
            if kind.startswith(FILES):
                assert isinstance(example["value"], str)
            else:
                require_valid(content["schema"], example["value"])
            for line in example["value"].splitlines() if kind.startswith("application/jsonl") else ():
                require_valid(content["schema"]["x-line"], json.loads(line))


def test_examples_are_looked_at() -> None:
    """A wrong one would be seen."""
    with pytest.raises(Exception, match="is a required property"):
        require_valid({"$ref": "#/components/schemas/Ticket"}, {"ticket": "x"})


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.id)
def test_every_parameter_is_described(operation: Any) -> None:
    """Those of the path, those behind the question mark, and what makes a request safe to be sent again."""
    described = DOCUMENT["paths"][operation.path][operation.method]["parameters"]
    names = [one["name"] for one in described]
    wanted = re.findall(r"{(\w+)}", operation.path) + [query.name for query in operation.queries]
    assert names == wanted + (["Idempotency-Key"] if operation.can_be_resent else [])
    assert all(one["description"] for one in described)
    used = {name for example in STORY if example.operation == operation.id for name in example.query}
    assert used <= set(names)


def test_operations_are_distinct_and_have_a_chapter() -> None:
    """Generators of clients name functions by the ids."""
    assert len({one.id for one in OPERATIONS}) == len(OPERATIONS)
    assert [tag["name"] for tag in DOCUMENT["tags"]] == [tag.value for tag in Tag]
    assert {one.operation for one in STORY} == {one.id for one in OPERATIONS} - {"showDocument"}


def test_the_guide_names_every_request() -> None:
    """docs/portals.md has a line for each."""
    guide = (ROOT / "docs" / "portals.md").read_text()
    where = {"showDocument": "/api/v1"}  # it stands outside of the table, whose paths begin there
    requests = [f"{one.method.upper()} {where.get(one.id, '')}{one.path}" for one in OPERATIONS]
    missing = [request for request in requests if f"`{request}" not in guide]
    assert missing == []
