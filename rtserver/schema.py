"""Writes what others need of the wire's one definition: the page's TypeScript types, an AsyncAPI document for portals.

An OpenAPI document of their backends' API, too, and the words of saved chats from the page's catalogues.
`python -m rtserver.schema` writes them all, `--check` exits with 1 when one is stale.
"""

import enum
import json
import sys
import types
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct, UnsetType

from rooms import messages
from rooms.board import checks as board_checks
from rooms.board import decide as board_rules
from rooms.board import elements as board_elements
from rooms.board import messages as board_messages
from rooms.board.elements import Element
from rooms.chat import messages as chat_messages
from rooms.chat import model as chat_model
from rooms.errors import ERROR_TEXTS, ErrorCode
from rooms.events import Body
from rooms.lesson import messages as lesson_messages
from rooms.versions import SINCE
from rtserver import __version__
from rtserver.api import openapi
from rtserver.transcripts import words
from rtserver.wire import WIRE_PUSHES, WIRE_RESULTS
from signaling import messages as call_messages

ROOT = Path(__file__).resolve().parent.parent
TYPESCRIPT = ROOT / "web" / "src" / "protocol" / "generated.ts"
ASYNCAPI = ROOT / "docs" / "asyncapi.json"
OPENAPI = ROOT / "docs" / "openapi.json"
CATALOGUES = ROOT / "web" / "src" / "locales"
TRANSCRIPT_WORDS = ROOT / "rtserver" / "transcripts" / "words.json"

HEADER = "// Written by `make generate` from the message definitions in rooms/ and signaling/. Do not edit.\n"
CONSTANTS = {
    **{name: getattr(messages, name) for name in ("OLDEST_PROTOCOL_VERSION", "PROTOCOL_VERSION", "MESSAGE_BYTES_MAX")},
    **{name: getattr(messages, name) for name in ("SIGNAL_CHARACTERS_MAX", "HISTORY_PAGE_MAX")},
    **{name: getattr(chat_model, name) for name in ("REACTIONS", "REACTIONS_MAX", "PINS_MAX", "MENTIONS_MAX")},
    **{name: getattr(chat_messages, name) for name in ("SEARCH_CHARACTERS_MIN", "SEARCH_CHARACTERS_MAX")},
    **{name: getattr(board_elements, name) for name in ("COORDINATE_MAX", "EXTENT_MAX", "POINTS_MAX")},
    **{name: getattr(board_elements, name) for name in ("TEXT_CHARACTERS_MAX", "NAME_CHARACTERS_MAX")},
    **{name: getattr(board_elements, name) for name in ("COLOUR_CHARACTERS_MAX", "BOUND_MAX", "GROUPS_MAX")},
    **{name: getattr(board_checks, name) for name in ("FILL_LINES_MAX", "FILL_GAPS", "FILL_GAP_MIN")},
    **{name: getattr(board_checks, name) for name in ("CUSTOM_BYTES_MAX", "CUSTOM_DEPTH_MAX", "CUSTOM_VALUES_MAX")},
    **{name: getattr(board_rules, name) for name in ("ELEMENTS_MAX", "BOARD_BYTES_MAX")},
    **{name: getattr(board_messages, name) for name in ("CHANGES_MAX", "STROKE_POINTS_MAX", "SELECTED_MAX")},
    **{name: getattr(lesson_messages, name) for name in ("TIMER_SECONDS_MIN", "TIMER_SECONDS_MAX")},
    **{name: getattr(lesson_messages, name) for name in ("QUESTION_CHARACTERS_MAX", "CHOICE_CHARACTERS_MAX")},
    **{name: getattr(lesson_messages, name) for name in ("CHOICES_MIN", "CHOICES_MAX")},
    **{name: getattr(call_messages, name) for name in ("SDP_CHARACTERS_MAX", "CANDIDATE_CHARACTERS_MAX")},
}
PATTERNS = {
    "ELEMENT_ID": board_elements.ElementId,
    "ORDER_KEY": board_elements.OrderKey,
    "COLOUR": board_elements.Colour,
    "FILE_HASH": board_elements.FileHash,
}
"""Texts whose shape the page checks too; the patterns mean the same to JavaScript."""

PRIMITIVES = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    bytes: "Uint8Array",
    type(None): "null",
    Any: "unknown",
}
UNIONS = {"Body": Body, "Element": Element}
"""Unions that have a name of their own."""

TAG_FIELDS = frozenset({"kind", "type"})
"""Tags that travel among the fields; that of a command is the name of its Socket.IO event."""


class _TypeScript:
    """Collects the declarations that the given types need."""

    def __init__(self) -> None:
        self.declared: dict[str, str] = {}

    def name(self, kind: Any) -> str:
        """The TypeScript of a Python type; declares it and what it refers to."""
        if kind in PRIMITIVES:
            return PRIMITIVES[kind]
        for name, union in UNIONS.items():
            if kind == union:
                self.declare_union(name, get_args(union))
                return name
        origin = get_origin(kind)
        if origin is Annotated:
            return self.name(get_args(kind)[0])
        if origin is Literal:
            return " | ".join(json.dumps(value) for value in get_args(kind))
        if origin in (Union, types.UnionType):
            return " | ".join(self.name(part) for part in get_args(kind) if part is not UnsetType)
        if origin is tuple and Ellipsis not in get_args(kind):
            return f"readonly [{', '.join(map(self.name, get_args(kind)))}]"
        if origin in (tuple, list, frozenset):
            return f"readonly {self._grouped(get_args(kind)[0])}[]"
        if origin is dict:
            return f"Readonly<Record<string, {self.name(get_args(kind)[1])}>>"
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return self._enum(kind)
        if isinstance(kind, type) and issubclass(kind, Struct):
            return self._struct(kind)
        raise TypeError(f"no TypeScript for {kind!r}")

    def declare_union(self, name: str, parts: Iterable[Any]) -> None:
        """`export type <name> = ...`."""
        if name not in self.declared:
            self.declared[name] = ""
            self.declared[name] = f"export type {name} =\n  | " + "\n  | ".join(map(self.name, parts)) + ";\n"

    def _grouped(self, kind: Any) -> str:
        name = self.name(kind)
        return f"({name})" if " " in name else name

    def _enum(self, kind: type[enum.Enum]) -> str:
        values = "\n  | ".join(json.dumps(member.value) for member in kind)
        self.declared.setdefault(kind.__name__, f"export type {kind.__name__} =\n  | {values};\n")
        return kind.__name__

    def _struct(self, kind: type[Struct]) -> str:
        name = kind.__name__
        if name in self.declared:
            return name
        self.declared[name] = ""
        lines = []
        config = kind.__struct_config__
        if config.tag is not None and config.tag_field in TAG_FIELDS:
            lines.append(f"  readonly {config.tag_field}: {json.dumps(config.tag)};")
        hints = get_type_hints(kind, include_extras=True)
        for field in msgspec.structs.fields(kind):
            optional = "" if field.required else "?"
            lines.append(f"  readonly {field.encode_name}{optional}: {self.name(hints[field.name])};")
        summary = (kind.__doc__ or "").strip().splitlines()[0]
        body = "\n".join(lines)
        self.declared[name] = f"/** {summary} */\nexport interface {name} {{\n{body}\n}}\n"
        return name


def _literal(value: int | float | tuple[str, ...]) -> str:
    """A constant in TypeScript; a list keeps the words that are in it as its type."""
    return f"{json.dumps(value, ensure_ascii=False)} as const" if isinstance(value, tuple) else str(value)


def _pattern(kind: Any) -> str:
    """The pattern of an annotated text, as it stands between slashes in JavaScript."""
    (meta,) = (meta for meta in get_args(kind) if isinstance(meta, msgspec.Meta) and meta.pattern is not None)
    return str(meta.pattern).replace("/", "\\/")


def typescript() -> str:
    """The page's protocol types."""
    script = _TypeScript()
    script.name(ErrorCode)
    script.name(messages.ConnectAuth)
    script.name(messages.Failure)
    commands = [
        f"  {json.dumps(command.__struct_config__.tag)}: "
        f"{{ params: {script.name(command)}; result: {script.name(result)} }};"
        for command, result in WIRE_RESULTS.items()
    ]
    pushes = [f"  {name}: {script.name(kind)};" for name, kind in WIRE_PUSHES.items()]
    constants = [f"export const {name} = {_literal(value)};" for name, value in CONSTANTS.items()]
    constants += [f"export const {name}_SHAPE = /{_pattern(kind)}/;" for name, kind in PATTERNS.items()]
    return "\n".join(
        [
            HEADER,
            *constants,
            "",
            *script.declared.values(),
            "/** Every command: its fields, and what it is answered with. */",
            "export interface Commands {",
            *commands,
            "}\n",
            "/** Every Socket.IO event that the server sends, and what it carries. */",
            "export interface Pushes {",
            *pushes,
            "}\n",
        ]
    )


def asyncapi() -> str:
    """The AsyncAPI 3.0 document: a channel of Socket.IO events, JSON Schemas from the Structs."""
    kinds = [*WIRE_RESULTS, *WIRE_RESULTS.values(), *WIRE_PUSHES.values(), messages.ConnectAuth]
    kinds.append(messages.Failure)
    _, schemas = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    for command in WIRE_RESULTS:
        _leave_tag_out(schemas[command.__name__], command)
    documents: dict[str, Any] = {}
    for command, result in WIRE_RESULTS.items():
        documents[str(command.__struct_config__.tag)] = {
            "summary": (command.__doc__ or "").strip(),
            "payload": {"$ref": f"#/components/schemas/{command.__name__}"},
            "x-ack": {"ok": {"$ref": f"#/components/schemas/{result.__name__}"}},
        }
    for name, kind in WIRE_PUSHES.items():
        documents[name] = {
            "summary": (kind.__doc__ or "").strip(),
            "payload": {"$ref": f"#/components/schemas/{kind.__name__}"},
        }
    for name, since in {**SINCE.commands, **SINCE.pushes}.items():
        documents[name]["x-since"] = since
    for (command_name, field), since in SINCE.fields.items():
        documents[command_name].setdefault("x-fields-since", {})[field] = since
    sent = [str(command.__struct_config__.tag) for command in WIRE_RESULTS]

    def references(names: Iterable[str]) -> list[dict[str, str]]:
        return [{"$ref": f"#/channels/project/messages/{name}"} for name in names]

    document = {
        "asyncapi": "3.0.0",
        "info": {
            "title": "rtserver",
            "version": __version__,
            "description": "Socket.IO 4 at /socket.io/?project=<id>. See docs/protocol.md.",
        },
        "channels": {
            "project": {
                "address": "/socket.io/",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in documents},
            }
        },
        "operations": {
            "command": {
                "action": "receive",
                "channel": {"$ref": "#/channels/project"},
                "messages": references(sent),
            },
            "push": {
                "action": "send",
                "channel": {"$ref": "#/channels/project"},
                "messages": references(WIRE_PUSHES),
            },
        },
        "components": {"messages": documents, "schemas": schemas},
        "x-protocol-versions": {"oldest": messages.OLDEST_PROTOCOL_VERSION, "newest": messages.PROTOCOL_VERSION},
        "x-errors": {code.value: {"message": text.message, "retry": text.retry} for code, text in ERROR_TEXTS.items()},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _leave_tag_out(schema: dict[str, Any], command: type[Struct]) -> None:
    """A command's tag is the name of its Socket.IO event: no client sends it among the fields."""
    tag_field = command.__struct_config__.tag_field
    del schema["properties"][tag_field]
    schema["required"].remove(tag_field)


def main() -> int:
    """Write or check all files; the exit status."""
    wanted = {
        TYPESCRIPT: typescript(),
        ASYNCAPI: asyncapi(),
        OPENAPI: openapi.text(),
        TRANSCRIPT_WORDS: words.generated(CATALOGUES),
    }
    if "--check" in sys.argv[1:]:
        stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
        for path in stale:
            sys.stderr.write(f"{path.relative_to(ROOT)} is stale: run `make generate`\n")
        return 1 if stale else 0
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
