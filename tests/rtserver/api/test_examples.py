"""The story of the OpenAPI document is played, request by request: each example is what a server says."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from rooms.errors import ErrorCode, Refused
from rooms.messages import Failure
from rtserver.api import openapi
from rtserver.api.examples import FIRST_MESSAGES, STORY, Example
from rtserver.api.operations import OPERATIONS, Operation
from rtserver.http import JSON_TYPE, error_body
from tests.rtserver.api.support import api_client, write
from tests.rtserver.portal_fixtures import START, Backend, backend, opened

OF_ID = {operation.id: operation for operation in OPERATIONS}
ID = re.compile(r"\b[pcmr]_\w+")
"""What a server makes up: each example's own, and the same everywhere in the story."""

GUARDED = [operation for operation in OPERATIONS if operation.needs_key]


class Ids:
    """Which id of the story stands for which of the server."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def learn(self, told: Any, got: Any) -> None:
        """By comparing an answer with its example, place by place."""
        if isinstance(told, dict) and isinstance(got, dict):
            for name in told.keys() & got.keys():
                self.learn(told[name], got[name])
        elif isinstance(told, list) and isinstance(got, list):
            for one, other in zip(told, got, strict=False):
                self.learn(one, other)
        elif isinstance(told, str) and isinstance(got, str) and ID.fullmatch(told):
            self._known.setdefault(told, got)

    def real(self, told: Any) -> Any:
        """An example as this server would say it."""
        if isinstance(told, dict):
            return {name: self.real(value) for name, value in told.items()}
        if isinstance(told, list):
            return [self.real(value) for value in told]
        return ID.sub(lambda found: self._known.get(found[0], found[0]), told) if isinstance(told, str) else told


class Player:
    """Sends the requests of the story."""

    def __init__(self, on: Backend, client: TestClient[web.Request, web.Application], key: str) -> None:
        self._on = on
        self._client = client
        self._key = key
        self.ids = Ids()

    async def play(self, example: Example) -> None:
        """One request: status, kind and body of the answer are those of the example."""
        operation = OF_ID[example.operation]
        headers = {"Authorization": f"Bearer {self._key}"}
        if example.idempotency_key is not None:
            assert operation.can_be_resent
            headers["Idempotency-Key"] = example.idempotency_key
        path = "/api/v1" + operation.path.format(**self.ids.real(dict(example.path)))
        query = self.ids.real(dict(example.query))
        body = None if example.body is None else self.ids.real(example.body)
        async with self._client.request(operation.method, path, params=query, json=body, headers=headers) as response:
            text = await response.text(encoding="utf-8")
            assert response.status == example.status, f"{example.operation}, {example.name}: {text}"
            if example.answer is None:
                assert text == ""
                return
            assert response.headers["Content-Type"] == (example.media_type or JSON_TYPE)
        self._compare(example, text)

    def _compare(self, example: Example, text: str) -> None:
        if example.media_type is None:
            got, told = msgspec.json.decode(text), example.answer
        elif isinstance(example.answer, str):
            got, told = text, example.answer
        else:
            got, told = [msgspec.json.decode(line) for line in text.splitlines()], example.answer
        self.ids.learn(told, got)
        wanted = self.ids.real(told)
        if isinstance(wanted, dict) and "ticket" in wanted:
            wanted = {**wanted, "ticket": got["ticket"]}  # a secret, new each time
        assert got == wanted, f"{example.operation}, {example.name}"


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Backend]:
    async with backend(tmp_path) as made:
        yield made


@pytest.fixture
async def client(on: Backend) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    async with api_client(on) as made:
        yield made


async def test_the_story(on: Backend, client: TestClient[web.Request, web.Application]) -> None:
    """From opening a project to its figures; two messages are written when the first file is asked for."""
    player = Player(on, client, (await on.auth.create_key("Portal of Lyon", "lyon"))[1])
    is_written = False
    for example in STORY:
        if example.operation == "exportMessages" and not is_written:
            is_written = True
            for member, text, language in FIRST_MESSAGES:
                said = (player.ids.real(member), player.ids.real(text))
                await write(on, player.ids.real("r_Class000"), said, language=language)
        await player.play(example)
    assert is_written


@pytest.mark.parametrize("operation", GUARDED, ids=lambda one: one.id)
async def test_without_a_key(operation: Operation, client: TestClient[web.Request, web.Application]) -> None:
    """401, as the document says of each request, and before anything is looked at."""
    path = "/api/v1" + operation.path.format(project="p_Any", member="m_Any")
    async with client.request(operation.method, path) as response:
        answer = await response.read()
        assert response.status == 401
    assert msgspec.json.decode(answer) == {"error": msgspec.to_builtins(openapi.UNAUTHORIZED)}


@pytest.mark.parametrize("operation", [one for one in GUARDED if "{project}" in one.path], ids=lambda one: one.id)
async def test_unknown_project(
    operation: Operation, on: Backend, client: TestClient[web.Request, web.Application]
) -> None:
    """404, as the document says of each request that names one."""
    key = (await on.auth.create_key("Portal of Lyon", "lyon"))[1]
    path = "/api/v1" + operation.path.format(project="p_Any", member="m_Any")
    async with client.request(operation.method, path, headers={"Authorization": f"Bearer {key}"}) as response:
        answer = await response.read()
        assert response.status == 404
    assert msgspec.json.decode(answer) == {"error": msgspec.to_builtins(openapi.NOT_FOUND)}


@pytest.mark.parametrize("operation", GUARDED, ids=lambda one: one.id)
async def test_unknown_parameter(
    operation: Operation, on: Backend, client: TestClient[web.Request, web.Application]
) -> None:
    """400, with those that the document tells of the request."""
    project = await opened(on)
    headers = {"Authorization": f"Bearer {(await on.auth.create_key('Portal of Lyon', 'lyon'))[1]}"}
    path = "/api/v1" + operation.path.format(project=project.id, member="m_Any") + "?formt=csv"
    async with client.request(operation.method, path, headers=headers) as response:
        message = msgspec.json.decode(await response.read())["error"]["message"]
        assert response.status == 400
    said = re.search(r"\(formt: no parameter of this request; (?:there are (.+)|this request takes none)\)", message)
    assert said is not None
    assert set((said[1] or "").split(", ")) - {""} == {query.name for query in operation.queries}


@pytest.mark.parametrize("name", openapi.FORBIDDEN_FOR_ONE_PROJECT)
async def test_key_of_one_project(name: str, on: Backend, client: TestClient[web.Request, web.Application]) -> None:
    """403, as the document says of what takes a key of the organisation."""
    project = await opened(on)
    key = (await on.auth.create_key("Portal of a school", "lyon", project.id))[1]
    operation = OF_ID[name]
    headers = {"Authorization": f"Bearer {key}"}
    async with client.request(operation.method, f"/api/v1{operation.path}", headers=headers) as response:
        answer = await response.read()
        assert response.status == 403
    wanted = openapi.forbidden(openapi.FORBIDDEN_FOR_ONE_PROJECT[name])
    assert msgspec.json.decode(answer) == {"error": msgspec.to_builtins(wanted)}


def test_what_any_request_may_be_told() -> None:
    """The one example that is not played: a database that cannot be reached."""
    document = msgspec.json.decode(openapi.text())
    examples = document["paths"]["/projects"]["get"]["responses"]["default"]["content"][JSON_TYPE]["examples"]
    assert examples["unavailable"]["value"] == msgspec.to_builtins(error_body(Refused(ErrorCode.UNAVAILABLE)))
    assert isinstance(error_body(Refused(ErrorCode.UNAVAILABLE))["error"], Failure)


def test_time_of_the_story() -> None:
    """The tests' clock stands where the story takes place."""
    assert next(one for one in STORY if one.name == "opened").answer["created_at"] == START
