"""The set-up as a portal does it: projects, members and tickets over the server's HTTP API."""

from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from typing import Any

import msgspec
from msgspec import Struct

from loadtests.entrance import Seat
from loadtests.peer import Address
from loadtests.problem import Problem

ANSWER_DEADLINE = 30.0
"""Seconds for one request: a server that takes longer is not there."""

NO_KEY = (401, 403)
"""How the server answers to a key that it does not know, or that may not open projects."""

FOUNDERS = 2
"""They come with the project and are its first two members."""

SCHOOLS = (
    ("4e B", "Collège Jean-Moulin", "FR", "Europe/Paris", "fr"),
    ("7a", "Szkoła nr 12", "PL", "Europe/Warsaw", "pl"),
)


class LessonPlan(Struct, frozen=True):
    """A project of two classes: its class room, and its members, the founders first."""

    project: str
    room: str
    members: tuple[str, ...]


class Portal:
    """A portal's backend with the key of an organisation. Requests raise `Problem` when they are refused."""

    def __init__(self, address: Address, key: str, connect: Callable[[float], HTTPConnection] | None = None) -> None:
        """`connect`: how to connect, given a deadline in seconds, when it is not plain HTTP to `address`."""
        if connect is None:
            self._connection = HTTPConnection(address.host, address.port, timeout=ANSWER_DEADLINE)
        else:
            self._connection = connect(ANSWER_DEADLINE)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def open_lesson(self, title: str, members: int) -> LessonPlan:
        """An active project with `members` people in it: two founders, and pupils of their classes by turns."""
        founders = [_founder(number) for number in range(FOUNDERS)]
        opened = self._ask("POST", "/api/v1/projects", {"title": title, "founders": founders})
        project = f"/api/v1/projects/{opened['id']}"
        classes = [founder["class_id"] for founder in opened["founders"]]
        people = [founder["id"] for founder in opened["founders"]]
        for number in range(members - FOUNDERS):
            pupil = {
                "role": "pupil",
                "roster_name": f"Pupil {number}",
                "alias": f"P{number}",
                "class_id": classes[number % len(classes)],
            }
            people.append(self._ask("POST", f"{project}/members", pupil)["id"])
        self._ask("PATCH", project, {"phase": "active"})
        rooms = self._ask("GET", f"{project}/rooms")["rooms"]
        room = next(room["id"] for room in rooms if room["kind"] == "class-room")
        return LessonPlan(opened["id"], room, tuple(people[:members]))

    def seats(self, plan: LessonPlan) -> list[Seat]:
        """A place with a ticket for every member. Use them soon: tickets live a minute."""
        return [
            Seat(plan.project, plan.room, member, ticket=self.ticket(plan.project, member)) for member in plan.members
        ]

    def ticket(self, project: str, member: str) -> str:
        """With which a member signs in once, within a minute."""
        ticket: str = self._ask("POST", f"/api/v1/projects/{project}/tickets", {"member": member})["ticket"]
        return ticket

    def archive(self, project: str) -> None:
        """Everybody may read it, nobody may write: what is left of a run does no harm."""
        self._ask("PATCH", f"/api/v1/projects/{project}", {"phase": "archived"})

    def require_key(self) -> None:
        """Return when the key is one that may open projects. Raises `Problem`."""
        self._ask("GET", "/api/v1/projects?limit=1")

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        encoded = None if body is None else msgspec.json.encode(body)
        try:
            self._connection.request(method, path, encoded, self._headers)
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as error:
            raise Problem(f"The server does not answer {method} {path} ({error}): see its log.") from None
        if response.status in NO_KEY:
            raise Problem(
                "The server does not take this API key: make one on its machine with `rtserver key create NAME` "
                "and give it with --key or RT_LOADTEST_KEY. The key of one project alone is not enough."
            )
        if response.status >= 400:
            raise Problem(
                f"The server refused {method} {path} with {response.status}: {answer.decode(errors='replace')}"
            )
        return msgspec.json.decode(answer)


def _founder(number: int) -> dict[str, object]:
    name, school, country, timezone, language = SCHOOLS[number]
    school_class = {
        "name": name,
        "school": school,
        "country": country,
        "timezone": timezone,
        "languages": [language],
    }
    return {"roster_name": f"Teacher {number}", "alias": f"T{number}", "class": school_class}
