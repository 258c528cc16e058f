"""What is generated from the message definitions: current, complete, and true to what is really sent."""

import enum
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rooms import messages
from rooms.errors import ERROR_TEXTS, ErrorCode
from rooms.events import Body
from rooms.model import Capability, Medium, ProjectPhase, Role, RoomKind
from rooms.versions import SINCE
from rtserver import schema
from rtserver.wire import WIRE_PUSHES, WIRE_RESULTS
from signaling import messages as call_messages
from tests.rtserver.hub.support import examples

COMMANDS = {str(kind.__struct_config__.tag): kind for kind in WIRE_RESULTS}
DOCUMENT: dict[str, Any] = json.loads(schema.asyncapi())
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
TYPESCRIPT = schema.typescript()

TRAVELLING = sorted(
    {*WIRE_RESULTS, *WIRE_RESULTS.values(), *WIRE_PUSHES.values(), messages.ConnectAuth, messages.Failure},
    key=lambda kind: kind.__name__,
)


@pytest.fixture
def files(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The generated files' places, in a folder of the test's own."""
    monkeypatch.setattr(schema, "ROOT", tmp_path)
    monkeypatch.setattr(schema, "TYPESCRIPT", tmp_path / "web" / "generated.ts")
    monkeypatch.setattr(schema, "ASYNCAPI", tmp_path / "docs" / "asyncapi.json")
    monkeypatch.setattr(schema, "OPENAPI", tmp_path / "docs" / "openapi.json")
    monkeypatch.setattr(schema, "TRANSCRIPT_WORDS", tmp_path / "words.json")
    return tmp_path


class TestFiles:
    def test_are_current(self) -> None:
        """What lies in the tree is what would be written now: else run `make generate`."""
        assert schema.TYPESCRIPT.read_text() == TYPESCRIPT, "run `make generate`"
        assert schema.ASYNCAPI.read_text() == schema.asyncapi(), "run `make generate`"

    def test_are_the_same_each_time(self) -> None:
        """No order of a set or a dictionary gets in."""
        assert (schema.typescript(), schema.asyncapi()) == (TYPESCRIPT, schema.asyncapi())

    def test_written_and_checked(
        self, files: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Missing or stale ones are named and fail the check; written ones pass it."""
        monkeypatch.setattr("sys.argv", ["schema", "--check"])
        assert schema.main() == 1
        assert capsys.readouterr().err.count("is stale") == 4
        monkeypatch.setattr("sys.argv", ["schema"])
        assert schema.main() == 0
        monkeypatch.setattr("sys.argv", ["schema", "--check"])
        assert schema.main() == 0
        (files / "docs" / "asyncapi.json").write_text("{}")
        assert schema.main() == 1
        assert capsys.readouterr().err == "docs/asyncapi.json is stale: run `make generate`\n"


# --- TypeScript ---


def declaration(name: str) -> str:
    """The text of one exported interface or type."""
    found = re.search(
        rf"^export (?:interface|type) {name}\b.*?(?=^export |^/\*\* |\Z)", TYPESCRIPT, re.DOTALL | re.MULTILINE
    )
    assert found is not None, f"{name} is not declared"
    return found.group()


class TestTypeScript:
    @pytest.mark.parametrize("tag", sorted(COMMANDS))
    def test_every_command(self, tag: str) -> None:
        """With its fields and its result."""
        params, result = COMMANDS[tag].__name__, WIRE_RESULTS[COMMANDS[tag]].__name__
        assert f'  "{tag}": {{ params: {params}; result: {result} }};' in declaration("Commands")
        fields = set(re.findall(r"readonly (\w+)\??:", declaration(params)))
        assert fields == set(COMMANDS[tag].__struct_fields__)
        assert declaration(result)

    @pytest.mark.parametrize("name", sorted(WIRE_PUSHES))
    def test_every_push(self, name: str) -> None:
        """With what it carries."""
        assert f"  {name}: {WIRE_PUSHES[name].__name__};" in declaration("Pushes")
        assert declaration(WIRE_PUSHES[name].__name__)

    def test_every_error_code(self) -> None:
        """No more and no fewer."""
        assert set(re.findall(r'"(\w+)"', declaration("ErrorCode"))) == {code.value for code in ErrorCode}

    def test_every_event_body(self) -> None:
        """Told apart by `kind`."""
        for kind in WIRE_PUSHES["event"].__annotations__["body"].__args__:
            assert f'readonly kind: "{kind.__struct_config__.tag}";' in declaration(kind.__name__)
            assert f"| {kind.__name__}" in declaration("Body")

    def test_optional_fields(self) -> None:
        """A default makes a field optional; None is `null`."""
        assert "readonly position?: Position | null;" in declaration("RoomJoin")
        assert "readonly room: string;" in declaration("RoomJoin")

    def test_constants(self) -> None:
        """The limits that the page has to know."""
        for name in (
            "OLDEST_PROTOCOL_VERSION",
            "PROTOCOL_VERSION",
            "MESSAGE_BYTES_MAX",
            "SIGNAL_CHARACTERS_MAX",
            "HISTORY_PAGE_MAX",
        ):
            assert f"export const {name} = {getattr(messages, name)};" in TYPESCRIPT
        for name in ("SDP_CHARACTERS_MAX", "CANDIDATE_CHARACTERS_MAX"):
            assert f"export const {name} = {getattr(call_messages, name)};" in TYPESCRIPT

    def test_patterns(self) -> None:
        """Shapes of texts that the page has to know, as JavaScript writes them: a slash would end one."""
        patterns = dict(re.findall(r"^export const (\w+)_SHAPE = /(.+)/;$", TYPESCRIPT, re.MULTILINE))
        assert patterns.keys() == schema.PATTERNS.keys()
        assert patterns["FILE_HASH"] == r"^[0-9a-f]{64}(?!\n)$"
        assert re.search(r"(?<!\\)/", patterns["COLOUR"]) is None
        assert re.fullmatch(patterns["COLOUR"].replace("\\/", "/"), "rgb(0 0 0 / 50%)")

    def test_what_is_referred_to_is_declared(self) -> None:
        """No name without a declaration."""
        noise = r'/\*\*.*?\*/|//.*?$|"[^"]*"|^export const \w+_SHAPE = .*?$'
        code = re.sub(noise, "", TYPESCRIPT, flags=re.DOTALL | re.MULTILINE)
        declared = set(re.findall(r"^export (?:interface|type) (\w+)", TYPESCRIPT, re.MULTILINE))
        used = set(re.findall(r"\b[A-Z][a-z]\w*", code)) - {"Readonly", "Record", "Uint8Array"}
        assert used == declared

    def test_a_type_it_does_not_know(self) -> None:
        """Is an error, not a guess."""
        with pytest.raises(TypeError, match="no TypeScript"):
            schema._TypeScript().name(complex)


# --- AsyncAPI ---


def references(node: object) -> Iterator[str]:
    """Every `$ref`, and every target of a `discriminator`, below a node."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            elif key == "mapping" and isinstance(value, dict):
                yield from value.values()
            else:
                yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def resolve(reference: str) -> Any:
    node: Any = DOCUMENT
    for step in reference.removeprefix("#/").split("/"):
        node = node[step]
    return node


def is_wrong(value: Any, rule: dict[str, Any]) -> bool:
    """Whether there is any complaint. What is looked at ends with the first: unions stand in unions here."""
    return next(complaints(value, rule), None) is not None


def complaints(value: Any, rule: dict[str, Any], path: str = "$") -> Iterator[str]:
    """What a value breaks of a JSON Schema, as far as msgspec writes them."""
    if "$ref" in rule:
        yield from complaints(value, resolve(rule["$ref"]), path)
        return
    known = {"title", "description", "default", "discriminator", "type", "enum", "const", "anyOf", "properties"}
    known |= {"required", "additionalProperties", "items", "minItems", "maxItems", "minLength", "maxLength"}
    known |= {"pattern", "minimum", "maximum", "exclusiveMinimum", "prefixItems", "contentEncoding"}
    assert set(rule) <= known, f"this test does not know {set(rule) - known}"
    if "anyOf" in rule and all(is_wrong(value, part) for part in rule["anyOf"]):
        yield f"{path}: none of anyOf"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{path}: {value!r} not in enum"
    if "const" in rule and value != rule["const"]:
        yield f"{path}: {value!r} is not {rule['const']!r}"
    kinds: dict[str, Any] = {
        "object": dict,
        "array": list,
        "string": str,
        "integer": int,
        "number": (int, float),
        "boolean": bool,
        "null": type(None),
    }
    if "type" in rule:
        kind = kinds[rule["type"]]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            yield f"{path}: {value!r} is no {rule['type']}"
            return
    if isinstance(value, dict):
        properties = rule.get("properties", {})
        extra = rule.get("additionalProperties", True)
        yield from (f"{path}: {name} is missing" for name in rule.get("required", []) if name not in value)
        for name, item in value.items():
            if name in properties:
                yield from complaints(item, properties[name], f"{path}.{name}")
            elif isinstance(extra, dict):
                yield from complaints(item, extra, f"{path}.{name}")
            elif not extra:
                yield f"{path}: {name} is unknown"
    elif isinstance(value, list):
        if not rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value)):
            yield f"{path}: {len(value)} items"
        first = rule.get("prefixItems", [])
        for at, item in enumerate(value):
            of_item = first[at] if at < len(first) else rule.get("items", {})
            yield from complaints(item, of_item or {}, f"{path}[{at}]")
    elif isinstance(value, str):
        if not rule.get("minLength", 0) <= len(value) <= rule.get("maxLength", len(value)):
            yield f"{path}: {len(value)} characters"
        if "pattern" in rule and not re.search(rule["pattern"], value):
            yield f"{path}: {value!r} does not match"
    elif isinstance(value, int) and not rule.get("minimum", value) <= value <= rule.get("maximum", value):
        yield f"{path}: {value} out of range"


def fields_of(kind: Any, value: Any) -> Any:
    """What travels of it: a command without its tag, which is the name of the Socket.IO event."""
    return {name: part for name, part in value.items() if name != "command"} if kind in WIRE_RESULTS else value


class TestAsyncApi:
    def test_every_reference_resolves(self) -> None:
        """There are many."""
        found = set(references(DOCUMENT))
        assert len(found) > len(COMMANDS) * 3
        for reference in found:
            assert resolve(reference) is not None

    def test_every_command_and_push(self) -> None:
        """A message each, in the operation of its direction."""
        declared = DOCUMENT["components"]["messages"]
        assert set(declared) == set(COMMANDS) | set(WIRE_PUSHES) == set(DOCUMENT["channels"]["project"]["messages"])
        for action, names in (("receive", set(COMMANDS)), ("send", set(WIRE_PUSHES))):
            (operation,) = [one for one in DOCUMENT["operations"].values() if one["action"] == action]
            assert {one["$ref"].rpartition("/")[2] for one in operation["messages"]} == names
        for tag, kind in COMMANDS.items():
            assert declared[tag]["payload"]["$ref"].endswith(f"/{kind.__name__}")
            assert declared[tag]["x-ack"]["ok"]["$ref"].endswith(f"/{WIRE_RESULTS[kind].__name__}")
            assert declared[tag]["summary"] == (kind.__doc__ or "").strip() != ""

    def test_every_error(self) -> None:
        """Its sentence, and whether to try again."""
        assert DOCUMENT["x-errors"] == {
            code.value: {"message": text.message, "retry": text.retry} for code, text in ERROR_TEXTS.items()
        }

    @pytest.mark.parametrize("kind", TRAVELLING, ids=lambda kind: kind.__name__)
    def test_schemas_accept_what_is_sent(self, kind: Any) -> None:
        """Examples of every branch, encoded as the server does; what is left out of an example may be left out."""
        rule = {"$ref": f"#/components/schemas/{kind.__name__}"}
        for example in examples(kind):
            value = msgspec.convert(example, kind)
            assert list(complaints(fields_of(kind, example), rule)) == []
            sent = json.loads(msgspec.json.encode(value))
            assert list(complaints(fields_of(kind, sent), rule)) == []

    @pytest.mark.parametrize("kind", TRAVELLING, ids=lambda kind: kind.__name__)
    def test_schemas_refuse_what_is_not(self, kind: Any) -> None:
        """A required field left out, or of another kind; a field of a command that there is not."""
        rule = {"$ref": f"#/components/schemas/{kind.__name__}"}
        example = fields_of(kind, examples(kind)[0])
        for field in msgspec.structs.fields(kind):
            if field.required:
                without = {name: value for name, value in example.items() if name != field.encode_name}
                assert list(complaints(without, rule))
            assert list(complaints({**example, field.encode_name: object()}, rule))
        if kind.__struct_config__.forbid_unknown_fields:
            assert list(complaints({**example, "unknown": 1}, rule))
        if kind in WIRE_RESULTS:
            assert list(complaints({**example, "command": kind.__struct_config__.tag}, rule))

    def test_enums_are_closed(self) -> None:
        """The values of the code, each."""
        for kind in (
            ErrorCode,
            *(part for part in (*vars(messages).values(), *vars(call_messages).values()) if _is_enum(part)),
        ):
            if kind.__name__ in SCHEMAS:
                assert set(SCHEMAS[kind.__name__]["enum"]) == {member.value for member in kind}


def _is_enum(part: object) -> bool:
    return isinstance(part, type) and issubclass(part, enum.Enum)


def test_versions() -> None:
    """Which ones are spoken, and what came later than the first."""
    assert DOCUMENT["x-protocol-versions"] == {"oldest": 1, "newest": 3}
    described = DOCUMENT["components"]["messages"].items()
    since = {name: each["x-since"] for name, each in described if "x-since" in each}
    chat = ("chat.react", "chat.pin", "chat.set_language", "chat.read", "chat.search", "read_marks", "mentioned")
    timer = ("timer.set", "attention.call", "attention")
    ends = ("call.end", "lesson.end")
    poll = ("poll.open", "poll.vote", "poll.close", "poll.put_away", "poll_progress")
    rehearsal = ("rehearsal.begin", "rehearsal.echo", "rehearsal.offer")
    groups = ("groups.form", "groups.end")
    assert since == {"moving": 2, **dict.fromkeys((*chat, *timer, *ends, *poll, *groups, *rehearsal), 3)}
    fields = {name: each["x-fields-since"] for name, each in described if "x-fields-since" in each}
    assert fields == {"chat.post": {"reply": 3, "files": 3}, "chat.history": {"after": 3}}


# --- What is written by hand ---

DOCS = Path(__file__).parents[2] / "docs"
PROTOCOL, PORTALS = ((DOCS / name).read_text() for name in ("protocol.md", "portals.md"))


def sample(guide: str, language: str) -> str:
    """The first block of code in a language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found.group(1)


def shorthands(guide: str) -> Iterator[str]:
    """Every name in backticks; in "`board.added`, `.renamed`" the later ones have the first one's beginning."""
    beginning = ""
    for name in re.findall(r"`(\.?[a-z_]+(?:\.[a-z_]+)?)(?=[` {])", guide):
        if name.startswith("."):
            yield beginning + name
        else:
            beginning = name.partition(".")[0] if "." in name else beginning
            yield name


class TestTheGuides:
    def test_the_version(self) -> None:
        """Told in a sentence, and used by all samples: the newest."""
        newest = str(messages.PROTOCOL_VERSION)
        assert re.findall(r"The version described here is \*\*(\d+)\*\*", PROTOCOL) == [newest]
        assert f"speaks versions {messages.OLDEST_PROTOCOL_VERSION} to {newest}." in PROTOCOL
        for guide, language in ((PROTOCOL, "js"), (PORTALS, "html")):
            assert set(re.findall(r"\bversion: (\d+)", guide)) == {newest}
            assert f"version: {newest}, ticket" in sample(guide, language)
            assert f"version: {newest}, session" in sample(guide, language)

    def test_what_came_later(self) -> None:
        """Stands in the row of its version."""
        for version, row in re.findall(r"^\| (\d) \| (.*`.*) \|$", PROTOCOL, re.MULTILINE):
            came = {name for name, since in {**SINCE.commands, **SINCE.pushes}.items() if since == int(version)}
            fields = {pair for pair, since in SINCE.fields.items() if since == int(version)}
            named = set(re.findall(r"`([\w.]+)`", row))
            assert named == came | {name for pair in fields for name in pair}

    def test_the_length_of_the_sample(self) -> None:
        """As long as the sentence before it says."""
        assert "Twenty lines are a chat" in PORTALS
        assert len(sample(PORTALS, "html").splitlines()) == 20

    def test_every_command_push_and_event(self) -> None:
        """Stands somewhere on the page, also those events that do not travel: they are in the document and the log."""
        named = set(shorthands(PROTOCOL))
        assert {*COMMANDS, *WIRE_PUSHES} - named == set()
        bodies = {str(kind.__struct_config__.tag) for kind in Body.__args__}
        assert bodies - named - {"hidden"} == set()
        assert '{"kind": "hidden"}' in PROTOCOL

    def test_nothing_that_there_is_not(self) -> None:
        """A name with a dot is that of a command or an event."""
        bodies = {str(kind.__struct_config__.tag) for kind in Body.__args__}
        named = {name for name in shorthands(PROTOCOL) if "." in name and not name.startswith("snapshot.")}
        assert named - {*COMMANDS, *bodies} == {"asyncapi.json"}

    def test_the_fields_of_an_event(self) -> None:
        """In the table those of the code, in their order, where a row gives them; a mark for what may be left out."""
        table = PROTOCOL.partition("## Events, and never missing one")[2].partition("\n## ")[0]
        rows = dict(re.findall(r"`([a-z]+\.[a-z_]+) \{([^`…]*)\}`", table))
        assert len(rows) > 25
        for kind in Body.__args__:
            tag = str(kind.__struct_config__.tag)
            fields = [one.name + ("" if one.required else "?") for one in msgspec.structs.fields(kind)]
            if tag in rows:
                assert re.sub(r": \[.*?\]", "", rows[tag]) == ", ".join(fields)

    def test_every_signal_of_the_page(self) -> None:
        """The server looks at no topic; what the page says by them, other clients of the room have to know."""
        texts = (path.read_text() for path in sorted((DOCS.parent / "web" / "src").rglob("*.ts*")))
        topics = {topic for text in texts for topic in re.findall(r'\btopic: "([a-z0-9_-]+)", data: ', text)}
        assert topics
        assert topics - set(shorthands(PROTOCOL)) == set()

    @pytest.mark.parametrize("kind", [Role, Capability, ProjectPhase, RoomKind, Medium], ids=lambda kind: kind.__name__)
    def test_every_word_of_a_list(self, kind: type[enum.Enum]) -> None:
        """What commands and events are filled with."""
        assert {f"`{word.value}`" for word in kind if f"`{word.value}`" not in PROTOCOL} == set()

    def test_every_error(self) -> None:
        """With its sentence and whether to try again, and none that there is not."""
        table = PROTOCOL.partition("## Error codes")[2]
        rows = re.findall(r"^\| `(\w+)` \| *(yes)? *\| (.+) \|$", table, re.MULTILINE)
        assert [code for code, _, _ in rows] == list(dict.fromkeys(code for code, _, _ in rows))
        told = {code: (message, retry == "yes") for code, retry, message in rows}
        assert told == {code.value: (text.message, text.retry) for code, text in ERROR_TEXTS.items()}
        assert set(told) == {code.value for code in ErrorCode}

    def test_the_fields_of_a_problem(self) -> None:
        """Those of the document; a mark for what may be left out."""
        problem = SCHEMAS["Problem"]
        fields = [name + ("" if name in problem["required"] else "?") for name in problem["properties"]]
        assert f"| `problem` | `{{{', '.join(fields)}}}` |" in PROTOCOL
