"""Every request of the API, described: of this, and of the Structs that the handlers use, OpenAPI is made."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from msgspec import Struct

from rooms.errors import ErrorCode
from rooms.model import SchoolClass
from rtserver.administration import PAGE_MAX
from rtserver.api.reports import DAYS_DEFAULT, DAYS_MAX, FIGURES_PAGE_MAX, FiguresPage
from rtserver.api.shapes import Classes, Members, NewRoom, PhaseChange, Rooms, Ticket, TicketRequest
from rtserver.calls.figures import Calls, Workers
from rtserver.shapes import MemberDetail, NewClass, NewMember, NewProject, Page, ProjectDetail, RoomDetail
from rtserver.statistics import ProjectFigures
from rtserver.transcripts.model import Format, Names
from rtserver.transcripts.request import MEDIA_TYPES, Separator
from rtserver.transcripts.words import ENGLISH


class Tag(StrEnum):
    """The chapters of the document."""

    PROJECTS = "Projects"
    MEMBERS = "Classes, members and rooms"
    TICKETS = "Getting in"
    REPORTS = "Chats and figures"
    CALLS = "Running calls"
    DOCUMENT = "This document"


class Query(Struct, frozen=True):
    """What may stand behind the question mark. `schema`: JSON Schema."""

    name: str
    text: str
    schema: Mapping[str, Any]


class Operation(Struct, frozen=True):
    """A request. `path`: below `/api/v1`; `body`, `answer`: as JSON, None without; `files`: media types instead.

    `refusals`: what it may be refused with, besides what every request may be.
    """

    id: str
    method: str
    path: str
    tag: Tag
    summary: str
    answer: type[Struct] | None = None
    status: HTTPStatus = HTTPStatus.OK
    body: type[Struct] | None = None
    files: tuple[str, ...] = ()
    queries: tuple[Query, ...] = ()
    refusals: tuple[ErrorCode, ...] = ()
    needs_key: bool = True

    @property
    def can_be_resent(self) -> bool:
        """Whether it heeds an Idempotency-Key: what changes something, but for tickets, each of which is new."""
        return self.method != "get" and self.answer is not Ticket


def _number(name: str, text: str, default: int, maximum: int) -> Query:
    return Query(name, text, {"type": "integer", "minimum": 1, "maximum": maximum, "default": default})


def _choice(name: str, text: str, default: StrEnum) -> Query:
    return Query(name, text, {"type": "string", "enum": [one.value for one in type(default)], "default": default.value})


AFTER = Query("after", "The `next` of the page before.", {"type": "string"})
DAYS = _number("days", "How many days back, today included (UTC).", DAYS_DEFAULT, DAYS_MAX)
EXPORT = (
    _choice(
        "format", "JSON lines for programs, a table for a spreadsheet, a page to read and print.", Format.JSON_LINES
    ),
    Query("room", "One room. Without it: all but the staff room.", {"type": "string"}),
    _choice("names", "Aliases, names of the classes’ lists, or none.", Names.ALIAS),
    Query(
        "language",
        "Of the words in a page (BCP 47). The refusal of one that there are no words in names those that there are.",
        {"type": "string", "default": ENGLISH},
    ),
    Query("timezone", "Of the times in a table or page: an IANA name.", {"type": "string", "default": "UTC"}),
    _choice("separator", "Between the cells of a table.", Separator.COMMA),
)
FIGURES_LIMIT = _number("limit", "Projects of one page.", FIGURES_PAGE_MAX, FIGURES_PAGE_MAX)
CLASS_REFUSALS = (ErrorCode.COUNTRY_UNKNOWN, ErrorCode.TIMEZONE_UNKNOWN, ErrorCode.LANGUAGE_UNKNOWN)

PROJECT = "/projects/{project}"
OPERATIONS = (
    Operation(
        "showDocument", "get", "/openapi.json", Tag.DOCUMENT, "This document", needs_key=False,
        files=("application/json",), refusals=(ErrorCode.INVALID,),
    ),
    Operation(
        "openProject", "post", "/projects", Tag.PROJECTS,
        "Open a project with its two founders and their classes, as a draft",
        ProjectDetail, HTTPStatus.CREATED, NewProject,
        refusals=(
            ErrorCode.INVALID, *CLASS_REFUSALS, ErrorCode.FOUNDERS_SAME_COUNTRY, ErrorCode.FOUNDERS_SAME_CLASS
        ),
    ),
    Operation(
        "listProjects", "get", "/projects", Tag.PROJECTS, "The projects that the key is for, oldest first", Page,
        queries=(_number("limit", "Projects of one page.", PAGE_MAX, PAGE_MAX), AFTER), refusals=(ErrorCode.INVALID,),
    ),
    Operation("showProject", "get", PROJECT, Tag.PROJECTS, "A project with its classes and founders", ProjectDetail),
    Operation(
        "setPhase", "patch", PROJECT, Tag.PROJECTS,
        "Let everybody in (`active`), make it read-only (`archived`), or let only teachers in (`draft`)",
        ProjectDetail, body=PhaseChange, refusals=(ErrorCode.INVALID,),
    ),
    Operation(
        "addClass", "post", f"{PROJECT}/classes", Tag.MEMBERS, "Add a class",
        SchoolClass, HTTPStatus.CREATED, NewClass,
        refusals=(ErrorCode.INVALID, *CLASS_REFUSALS, ErrorCode.PROJECT_ARCHIVED),
    ),
    Operation("listClasses", "get", f"{PROJECT}/classes", Tag.MEMBERS, "All classes", Classes),
    Operation(
        "addMember", "post", f"{PROJECT}/members", Tag.MEMBERS,
        "Add a person. Their own class sees the roster name, everybody else the alias",
        MemberDetail, HTTPStatus.CREATED, NewMember, refusals=(ErrorCode.INVALID, ErrorCode.PROJECT_ARCHIVED),
    ),
    Operation("listMembers", "get", f"{PROJECT}/members", Tag.MEMBERS, "All members, the removed ones too", Members),
    Operation(
        "removeMember", "delete", f"{PROJECT}/members/{{member}}", Tag.MEMBERS,
        "Remove a person for good, and end their connections within a second",
        status=HTTPStatus.NO_CONTENT, refusals=(ErrorCode.FOUNDER_STAYS,),
    ),
    Operation(
        "addRoom", "post", f"{PROJECT}/rooms", Tag.MEMBERS, "Add a group room, closed until a teacher opens it",
        RoomDetail, HTTPStatus.CREATED, NewRoom, refusals=(ErrorCode.INVALID, ErrorCode.PROJECT_ARCHIVED),
    ),
    Operation("listRooms", "get", f"{PROJECT}/rooms", Tag.MEMBERS, "All rooms, the staff room too", Rooms),
    Operation(
        "issueTicket", "post", f"{PROJECT}/tickets", Tag.TICKETS,
        "A ticket with which a member’s browser connects: one use, one minute",
        Ticket, HTTPStatus.CREATED, TicketRequest, refusals=(ErrorCode.INVALID, ErrorCode.PROJECT_NOT_STARTED),
    ),
    Operation(
        "exportMessages", "get", f"{PROJECT}/messages", Tag.REPORTS,
        "The messages as they are now, room by room, oldest first; deleted ones without their text",
        files=tuple(MEDIA_TYPES.values()), queries=EXPORT, refusals=(ErrorCode.INVALID, ErrorCode.TIMEZONE_UNKNOWN),
    ),
    Operation(
        "showStatistics", "get", f"{PROJECT}/statistics", Tag.REPORTS, "A project in figures, of nobody in particular",
        ProjectFigures, queries=(DAYS,), refusals=(ErrorCode.INVALID,),
    ),
    Operation(
        "listStatistics", "get", "/statistics", Tag.REPORTS,
        "The projects that the key is for in figures, oldest first. Nobody is a member of two: they may be added up",
        FiguresPage, queries=(DAYS, FIGURES_LIMIT, AFTER),
        refusals=(ErrorCode.INVALID,),
    ),
    Operation(
        "listCalls", "get", f"{PROJECT}/calls", Tag.CALLS,
        "The calls that go on in this process, and how their media does", Calls,
    ),
    Operation(
        "showMedia", "get", "/media", Tag.CALLS, "What the media workers do", Workers,
        refusals=(ErrorCode.API_KEY_INVALID,),
    ),
)  # fmt: skip
