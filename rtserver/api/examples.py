"""A portal's first weeks, request by request: the examples in the OpenAPI document.

They are played in this order against a server in `tests/rtserver/api/test_examples.py`. Ids are those of the server
that plays it; what else is here is what it says, letter by letter.
"""

from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

from rooms.errors import ErrorCode, Refused
from rooms.messages import Failure
from rtserver.transcripts.page import POLICY, STYLE

AT = 1_790_000_000_000
"""When all of it takes place, milliseconds since 1970 UTC."""

MINUTE_MS = 60_000


class Example(Struct, frozen=True):
    """One request and its answer. `path`, `query`: their values by name; `media_type`: None for JSON, or nothing.

    `answer`: JSON, or the text of a file.
    """

    operation: str
    name: str
    status: int
    answer: Any = None
    path: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    idempotency_key: str | None = None
    body: Any = None
    media_type: str | None = None

    @property
    def is_well_formed(self) -> bool:
        """Whether its body is of the form described, whatever else may be wrong with it."""
        return self.status != HTTPStatus.BAD_REQUEST or self.answer["error"]["code"] != ErrorCode.INVALID


def _refused(code: ErrorCode, detail: str | None = None) -> dict[str, Any]:
    return {"error": msgspec.to_builtins(Failure.of(Refused(code, detail)))}


PROJECT = "p_Rivers00"
HERE = {"project": PROJECT}
LYON = {
    "name": "4e B",
    "school": "Collège Jean-Moulin",
    "country": "FR",
    "timezone": "Europe/Paris",
    "languages": ["fr"],
}
KRAKOW = {
    "name": "klasa 7a",
    "school": "Szkoła Podstawowa nr 12",
    "country": "PL",
    "timezone": "Europe/Warsaw",
    "languages": ["pl"],
}
ROME = {"name": "3C", "school": "Liceo Volta", "country": "IT", "timezone": "Europe/Rome", "languages": ["it"]}
FOUNDERS = [
    {"roster_name": "Claire Morel", "alias": "Mme Morel", "class": LYON},
    {"roster_name": "Agnieszka Wójcik", "alias": "p. Agnieszka", "class": KRAKOW},
]
OPENING = {"title": "Nos rivières – Nasze rzeki", "founders": FOUNDERS}
CLAIRE = {
    "id": "m_Claire00",
    "role": "founder",
    "class_id": "c_Lyon0000",
    "roster_name": "Claire Morel",
    "alias": "Mme Morel",
    "removed": False,
}
AGNIESZKA = {
    "id": "m_Agnieszka",
    "role": "founder",
    "class_id": "c_Krakow00",
    "roster_name": "Agnieszka Wójcik",
    "alias": "p. Agnieszka",
    "removed": False,
}
CLASSES = [{"id": "c_Lyon0000", **LYON}, {"id": "c_Krakow00", **KRAKOW}]
OPENED = {
    "id": PROJECT,
    "organisation": "lyon",
    "title": "Nos rivières – Nasze rzeki",
    "created_at": AT,
    "national": False,
    "phase": "draft",
    "classes": CLASSES,
    "founders": [CLAIRE, AGNIESZKA],
}
SUMMARY = {name: OPENED[name] for name in ("id", "organisation", "title", "created_at", "national")}
NEW_PUPIL = {"role": "pupil", "class_id": "c_Lyon0000", "roster_name": "Inès Benali", "alias": "Inès"}
INES = {"id": "m_Ines0000", **NEW_PUPIL, "removed": False}
NEW_VISITOR = {"role": "visitor", "class_id": None, "roster_name": "Mme la maire", "alias": "Mme la maire"}
VISITOR = {"id": "m_Visitor0", **NEW_VISITOR, "removed": False}
THIRD_CLASS = {"id": "c_Rome0000", **ROME}


def _room(room: str, kind: str, name: str) -> dict[str, Any]:
    return {"id": room, "kind": kind, "name": name, "open": False, "boards": [{"id": room, "name": ""}]}


CLASS_ROOM = _room("r_Class000", "class-room", "Class room")
STAFF_ROOM = _room("r_Staff000", "staff-room", "Staff room")
GROUP_ROOM = _room("r_Group000", "group-room", "Groupe 1")

FIRST_MESSAGES = ((CLAIRE["id"], "Bonjour la Pologne !", "fr"), (INES["id"], "=Cześć <@m_Agnieszka> 👋", None))
"""Who says what in the class room, and in which language: what the exports hold."""

LINES = [
    {
        "room": CLASS_ROOM["id"],
        "room_name": "Class room",
        "id": number,
        "at": AT,
        "author": member["id"],
        "author_name": name,
        "author_role": member["role"],
        "class_id": "c_Lyon0000",
        "text": text,
        "edited_at": None,
        "deleted": False,
        "reply": None,
        "mentions": mentions,
        "language": language,
        "reactions": [],
        "pinned": False,
        "files": [],
    }
    for number, member, name, text, mentions, language in (
        (1, CLAIRE, "Mme Morel", "Bonjour la Pologne !", [], "fr"),
        (2, INES, "Inès", "=Cześć <@m_Agnieszka> 👋", ["m_Agnieszka"], None),
    )
]
TABLE = (
    '\ufeff"room","message","time","author","name","role","class","text","edited","withdrawn","reply_to","language",'
    '"reactions","pinned","files"\r\n'
    '"Class room","1","2026-09-21 16:13:20","m_Claire00","Claire Morel","founder","4e B","Bonjour la Pologne !","","",'
    '"","fr","","",""\r\n'
    '"Class room","2","2026-09-21 16:13:20","m_Ines0000","Inès Benali","pupil","4e B","\'=Cześć @Agnieszka Wójcik 👋",'
    '"","","","","","",""\r\n'
)
PAGE = (
    '<!doctype html>\n<html lang="fr" dir="ltr">\n<head>\n<meta charset="utf-8">\n'
    f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="referrer" content="no-referrer">\n'
    f"<title>Nos rivières – Nasze rzeki – Discussion</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n"
    "<h1><bdi>Nos rivières – Nasze rzeki</bdi></h1>\n"
    '<p>Discussion · enregistrée le <time datetime="2026-09-21T16:13:20+02:00">2026-09-21 16:13</time> · '
    "<bdi>Europe/Paris</bdi></p>\n</header>\n<main>\n"
    "<section>\n<h2><bdi>Groupe 1</bdi></h2>\n"
    '<p class="nothing">Rien n’a été écrit ici.</p>\n</section>\n</main>\n</body>\n</html>\n'
)
FIGURES = {
    "project": PROJECT,
    "phase": "active",
    "classes": 3,
    "members": {"founder": 2, "pupil": 1},
    "removed_members": 1,
    "rooms": 3,
    "open_rooms": 0,
    "boards": 3,
    "messages": 2,
    "files": 0,
    "file_bytes": 0,
    "days": [{"date": "2026-09-21", "messages": 2, "active_members": 2}],
}
SAME_COUNTRY = {**OPENING, "founders": [FOUNDERS[0], {**FOUNDERS[1], "class": {**KRAKOW, "country": "FR"}}]}

STORY = (
    Example("openProject", "opened", 201, OPENED, idempotency_key="project-4711", body=OPENING),
    Example(
        "openProject", "one country", 400,
        _refused(ErrorCode.FOUNDERS_SAME_COUNTRY),
        body=SAME_COUNTRY,
    ),
    Example(
        "listProjects", "first page", 200, {"projects": [{**SUMMARY, "phase": "draft"}], "next": None},
        query={"limit": "50"},
    ),
    Example(
        "listProjects", "no number", 400,
        _refused(ErrorCode.INVALID, "limit: a number from 1 to 200"),
        query={"limit": "all"},
    ),
    Example("showProject", "a draft", 200, OPENED, HERE),
    Example(
        "addMember", "a name missing", 400,
        _refused(ErrorCode.INVALID, "Object missing required field `alias`"), HERE,
        body={"role": "pupil", "class_id": "c_Lyon0000", "roster_name": "Inès Benali"},
    ),
    Example("addMember", "a pupil", 201, INES, HERE, idempotency_key="user-815-in-4711", body=NEW_PUPIL),
    Example("addMember", "a visitor", 201, VISITOR, HERE, idempotency_key="user-816-in-4711", body=NEW_VISITOR),
    Example(
        "issueTicket", "too early", 409, _refused(ErrorCode.PROJECT_NOT_STARTED), HERE,
        body={"member": "m_Ines0000"},
    ),
    Example(
        "setPhase", "no phase", 400,
        _refused(ErrorCode.INVALID, "Not one of the known values - at `$.phase`"), HERE, body={"phase": "begun"},
    ),
    Example("setPhase", "begin", 200, {**OPENED, "phase": "active"}, HERE, body={"phase": "active"}),
    Example("addClass", "a third class", 201, THIRD_CLASS, HERE, idempotency_key="class-9-in-4711", body=ROME),
    Example(
        "addClass", "no such country", 400, _refused(ErrorCode.COUNTRY_UNKNOWN, "XX"), HERE,
        body={**ROME, "country": "XX"},
    ),
    Example("listClasses", "three classes", 200, {"classes": [*CLASSES, THIRD_CLASS]}, HERE),
    Example("addRoom", "a group room", 201, GROUP_ROOM, HERE, idempotency_key="room-1", body={"name": "Groupe 1"}),
    Example(
        "addRoom", "without a name", 400,
        _refused(ErrorCode.INVALID, "Expected `str` of length >= 1 - at `$.name`"), HERE, body={"name": ""},
    ),
    Example("listRooms", "three rooms", 200, {"rooms": [CLASS_ROOM, STAFF_ROOM, GROUP_ROOM]}, HERE),
    Example(
        "issueTicket", "for nobody", 400, _refused(ErrorCode.INVALID, "Object missing required field `member`"), HERE,
        body={},
    ),
    Example(
        "issueTicket", "for a pupil", 201, {"ticket": "kq3…", "expires_at": AT + MINUTE_MS}, HERE,
        body={"member": "m_Ines0000"},
    ),
    Example(
        "exportMessages", "JSON lines", 200, LINES, HERE, {"format": "jsonl"},
        media_type="application/jsonl; charset=utf-8",
    ),
    Example(
        "exportMessages", "a table", 200, TABLE, HERE,
        {"format": "csv", "room": "r_Class000", "names": "roster", "timezone": "Europe/Paris"},
        media_type="text/csv; charset=utf-8; header=present",
    ),
    Example(
        "exportMessages", "a page", 200, PAGE, HERE,
        {"format": "html", "room": "r_Group000", "language": "fr", "timezone": "Europe/Paris"},
        media_type="text/html; charset=utf-8",
    ),
    Example(
        "exportMessages", "unknown time zone", 400,
        _refused(ErrorCode.TIMEZONE_UNKNOWN), HERE,
        {"format": "csv", "timezone": "Europe/Atlantis"},
    ),
    Example("removeMember", "the visitor leaves", 204, None, {**HERE, "member": "m_Visitor0"}),
    Example(
        "removeMember", "a founder", 409, _refused(ErrorCode.FOUNDER_STAYS),
        {**HERE, "member": "m_Claire00"},
    ),
    Example(
        "listMembers", "those who were removed, too", 200,
        {"members": [CLAIRE, AGNIESZKA, INES, {**VISITOR, "removed": True}]}, HERE,
    ),
    Example("showStatistics", "of a month", 200, FIGURES, HERE, {"days": "30"}),
    Example(
        "showStatistics", "too many days", 400, _refused(ErrorCode.INVALID, "days: a number from 1 to 366"), HERE,
        {"days": "1000"},
    ),
    Example(
        "listStatistics", "too many projects", 400, _refused(ErrorCode.INVALID, "limit: a number from 1 to 50"),
        query={"limit": "200"},
    ),
    Example("listStatistics", "all of them", 200, {"projects": [FIGURES], "next": None}, query={"days": "30"}),
    Example("listCalls", "no call goes on", 200, {"calls": []}, HERE),
    Example("showMedia", "no calls on this server", 200, {"workers": []}),
    Example(
        "setPhase", "the end", 200,
        {**OPENED, "phase": "archived", "classes": [*CLASSES, THIRD_CLASS]}, HERE, body={"phase": "archived"},
    ),
    Example("addClass", "too late", 409, _refused(ErrorCode.PROJECT_ARCHIVED), HERE, body=ROME),
    Example("addMember", "too late", 409, _refused(ErrorCode.PROJECT_ARCHIVED), HERE, body=NEW_PUPIL),
    Example("addRoom", "too late", 409, _refused(ErrorCode.PROJECT_ARCHIVED), HERE, body={"name": "Groupe 2"}),
)  # fmt: skip
