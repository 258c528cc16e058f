"""The OpenAPI 3.1 document of the API: from the operations, the Structs of their bodies, and examples that were played.

`make generate` writes it to docs/openapi.json; a server shows it at /api/v1/openapi.json.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from itertools import groupby
from typing import Any

import msgspec

from rooms.errors import ERROR_TEXTS, ErrorCode, Refused
from rooms.messages import Failure
from rtserver import __version__
from rtserver.api.examples import STORY, Example
from rtserver.api.guard import key_too_narrow
from rtserver.api.operations import OPERATIONS, Operation, Tag
from rtserver.api.portal import IDEMPOTENCY_KEY_MAX
from rtserver.api.shapes import Refusal
from rtserver.http import JSON_TYPE, STATUS
from rtserver.transcripts.model import TranscriptLine

VERSION = "3.1.1"
"""Of the OpenAPI Specification."""

REFERENCE = "#/components/schemas/{name}"
DESCRIPTION = (
    "The API for the backends of portals. Each request carries `Authorization: Bearer <API key>`; what a key may not "
    "see does not exist for it. Times are milliseconds since 1970 UTC. See docs/portals.md."
)
PARAMETERS = {
    "project": "The id of the project.",
    "member": "The id of the member.",
}
UNAUTHORIZED = Failure.of(Refused(ErrorCode.API_KEY_INVALID, "send it as Authorization: Bearer <key>"))
NOT_FOUND = Failure.of(Refused(ErrorCode.UNKNOWN_PROJECT))
OTHERS = (
    ErrorCode.INVALID,
    ErrorCode.TOO_LARGE,
    ErrorCode.TOO_MANY,
    ErrorCode.TOO_MANY_REQUESTS,
    ErrorCode.UNAVAILABLE,
    ErrorCode.INTERNAL,
)
"""What any request may be refused with; the statuses are those of docs/portals.md."""

FORBIDDEN_FOR_ONE_PROJECT = {"openProject": "opening projects", "showMedia": "watching the media workers"}
"""What takes a key of the organisation, and how its refusal calls it."""

UNKNOWN_THINGS = {
    "addMember": (ErrorCode.UNKNOWN_CLASS,),
    "removeMember": (ErrorCode.UNKNOWN_MEMBER,),
    "issueTicket": (ErrorCode.UNKNOWN_MEMBER,),
    "exportMessages": (ErrorCode.UNKNOWN_ROOM,),
}
"""What else may not be there, besides the project."""


@cache
def text() -> str:
    """The document as JSON."""
    return json.dumps(_document(), indent=2, ensure_ascii=False, default=dict) + "\n"


def _document() -> dict[str, Any]:
    kinds: set[type[msgspec.Struct]] = {Refusal, TranscriptLine}
    kinds.update(kind for one in OPERATIONS for kind in (one.body, one.answer) if kind is not None)
    ordered = sorted(kinds, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(ordered, ref_template=REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    return {
        "openapi": VERSION,
        "info": {
            "title": "rtserver",
            "version": __version__,
            "description": DESCRIPTION,
        },
        "servers": [{"url": "/api/v1", "description": "The server that shows this document."}],
        "security": [{"key": []}],
        "tags": [{"name": tag.value} for tag in Tag],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer", "description": "An API key."}},
        },
    }


def _operation(operation: Operation) -> dict[str, Any]:
    told = [example for example in STORY if example.operation == operation.id]
    described: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.tag.value],
        "summary": operation.summary,
        "parameters": _parameters(operation, told),
        "responses": _responses(operation, told),
    }
    if operation.body is not None:
        examples = {one.name: {"value": one.body} for one in told if one.body is not None and one.is_well_formed}
        described["requestBody"] = {
            "required": True,
            "content": {JSON_TYPE: {"schema": _reference(operation.body), "examples": examples}},
        }
    if not operation.needs_key:
        described["security"] = []
    return described


def _parameters(operation: Operation, told: Sequence[Example]) -> list[dict[str, Any]]:
    parameters: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": PARAMETERS[name],
            "schema": {"type": "string"},
            "example": next(one.path[name] for one in told),
        }
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    parameters += [
        {"name": query.name, "in": "query", "description": query.text, "schema": query.schema}
        for query in operation.queries
    ]
    if operation.can_be_resent:
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "The same request with the same key takes effect once.",
                "schema": {"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_MAX},
                "example": next((one.idempotency_key for one in told if one.idempotency_key), "change-1"),
            }
        )
    return parameters


def _responses(operation: Operation, told: Sequence[Example]) -> dict[str, Any]:
    responses = {str(operation.status.value): _success(operation, told)}
    for status, codes in groupby(sorted(_refusals(operation), key=_status), key=_status):
        examples = {one.name: {"value": one.answer} for one in told if one.status == status}
        if status == HTTPStatus.UNAUTHORIZED:
            examples["without a key"] = {"value": {"error": msgspec.to_builtins(UNAUTHORIZED)}}
        if status == HTTPStatus.NOT_FOUND:
            examples["unknown project"] = {"value": {"error": msgspec.to_builtins(NOT_FOUND)}}
        responses[str(status.value)] = _refusal(status.phrase, codes, examples)
    if operation.id in FORBIDDEN_FOR_ONE_PROJECT:
        what = FORBIDDEN_FOR_ONE_PROJECT[operation.id]
        examples = {"key of one project": {"value": {"error": msgspec.to_builtins(forbidden(what))}}}
        responses["403"] = _refusal("The key is for one project", [ErrorCode.API_KEY_INVALID], examples)
    if operation.needs_key:
        unavailable = {"value": {"error": msgspec.to_builtins(Failure.of(Refused(ErrorCode.UNAVAILABLE)))}}
        responses["default"] = _refusal("Anything else", OTHERS, {"unavailable": unavailable})
    return responses


def forbidden(what: str) -> Failure:
    """How a key of one project is refused what takes one of the organisation."""
    return Failure.of(Refused(ErrorCode.API_KEY_INVALID, key_too_narrow(what)))


def _refusals(operation: Operation) -> set[ErrorCode]:
    codes = {*operation.refusals, *UNKNOWN_THINGS.get(operation.id, ())}
    if operation.needs_key:
        codes.add(ErrorCode.API_KEY_INVALID)
    if "{project}" in operation.path:
        codes.add(ErrorCode.UNKNOWN_PROJECT)
    if operation.body is not None:
        codes.add(ErrorCode.MALFORMED)
    return codes


def _success(operation: Operation, told: Sequence[Example]) -> dict[str, Any]:
    answered = [one for one in told if one.status == operation.status]
    if operation.files:
        return {"description": "The file", "content": {kind: _file(kind, answered) for kind in operation.files}}
    if operation.answer is None:
        return {"description": "Done"}
    examples = {one.name: {"value": one.answer} for one in answered}
    content = {JSON_TYPE: {"schema": _reference(operation.answer), "examples": examples}}
    return {"description": _first_line(operation.answer), "content": content}


def _file(kind: str, answered: Sequence[Example]) -> dict[str, Any]:
    """A media type whose body is no JSON. Of JSON lines the schema of each is given beside."""
    if kind == JSON_TYPE:
        return {"schema": {"type": "object"}}
    schema: dict[str, Any] = {"type": "string"}
    if kind.startswith("application/jsonl"):
        schema = {
            "type": "string",
            "description": "On each line a TranscriptLine.",
            "x-line": _reference(TranscriptLine),
        }
    examples = {one.name: {"value": as_text(one.answer)} for one in answered if one.media_type == kind}
    return {"schema": schema, "examples": examples}


def as_text(answer: str | Sequence[Mapping[str, Any]]) -> str:
    """The text of a file; of JSON lines it is told by their values."""
    if isinstance(answer, str):
        return answer
    return "".join(msgspec.json.encode(line).decode() + "\n" for line in answer)


def _refusal(words: str, codes: Iterable[ErrorCode], examples: Mapping[str, Any]) -> dict[str, Any]:
    said = "; ".join(f"`{code.value}`: {ERROR_TEXTS[code].message}" for code in sorted(codes))
    content: dict[str, Any] = {"schema": _reference(Refusal)}
    if examples:
        content["examples"] = examples
    return {"description": f"{words}. {said}", "content": {JSON_TYPE: content}}


def _status(code: ErrorCode) -> HTTPStatus:
    return STATUS[code]


def _reference(kind: type[msgspec.Struct]) -> dict[str, str]:
    return {"$ref": REFERENCE.format(name=kind.__name__)}


def _first_line(kind: type[msgspec.Struct]) -> str:
    return (kind.__doc__ or "").strip().splitlines()[0]
