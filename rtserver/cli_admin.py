"""The commands that administer: projects, classes, rooms, members and invitations.

They work beside a running server, which notices what they wrote. Results go to standard output, all else to standard
error, so that a script gets the id or the link alone.
"""

import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from rooms.model import ProjectPhase, Role
from rtserver.cli_output import BAD_INPUT, CommandFailed, moment, remark, say, say_json, say_list
from rtserver.cli_settings import Config, Data, group, settings_from

if TYPE_CHECKING:
    from rtserver.administration import Administration
    from rtserver.auth import Auth
    from rtserver.config import Settings
    from rtserver.shapes import MemberDetail, ProjectSummary

ORGANISATION_DEFAULT = "default"
ROLES_TO_ADD = tuple(role.value for role in Role if role is not Role.FOUNDER)
"""Founders come with their project; nobody is added as one."""

ORGANISATION_SHAPE = re.compile(r"[A-Za-z0-9._-]{1,64}")

Result = TypeVar("Result")
Work = Callable[["Administration", "Auth"], Awaitable[Result]]


def checked_organisation(value: str | None) -> str | None:
    """As typer asks for it."""
    if value is not None and not ORGANISATION_SHAPE.fullmatch(value):
        raise typer.BadParameter("1 to 64 letters, digits, dots, dashes or underscores")
    return value


def _role(value: str) -> str:
    if value not in ROLES_TO_ADD:
        raise typer.BadParameter(f"{_one_of(ROLES_TO_ADD)}, not {value!r}")
    return value


def _one_of(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON")]
Organisation = Annotated[
    str,
    typer.Option("--organisation", help="Whose project it is: what API keys are for", callback=checked_organisation),
]
ProjectArgument = Annotated[str, typer.Argument(metavar="PROJECT", help="Id of the project")]
MemberArgument = Annotated[str, typer.Argument(metavar="MEMBER", help="Id of the member")]
ProjectOption = Annotated[str | None, typer.Option("--project", help="Id of the member's project; saves a search")]


project_app = group("Projects: the spaces that classes share.")
class_app = group("Classes of a project.")
room_app = group("Rooms of a project.")
member_app = group("Teachers, pupils and visitors.")


# --- Projects --------------------------------------------------------------------------------------------------------


@project_app.command("create")
def project_create(
    title: Annotated[str | None, typer.Argument(help="Title of the project", show_default=False)] = None,
    founder: Annotated[list[str], typer.Option(help="Name of the teacher; twice, like all that follow")] = [],  # noqa: B006
    school_class: Annotated[list[str], typer.Option("--class", help="Name of their class, such as 4e B")] = [],  # noqa: B006
    school: Annotated[list[str], typer.Option(help="Name of their school")] = [],  # noqa: B006
    country: Annotated[list[str], typer.Option(help="Country of the class, such as FR")] = [],  # noqa: B006
    timezone: Annotated[list[str], typer.Option(help="Its time zone, such as Europe/Paris")] = [],  # noqa: B006
    languages: Annotated[list[str], typer.Option(help="Its languages, such as fr or de,fr")] = [],  # noqa: B006
    alias: Annotated[list[str], typer.Option(help="The teacher's name for the other class (default: as above)")] = [],  # noqa: B006
    national: Annotated[bool, typer.Option("--national", help="Both classes may be of one country")] = False,
    organisation: Organisation = ORGANISATION_DEFAULT,
    as_json: AsJson = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Open a project: two teachers, two classes. On a terminal, what is left out is asked for.

    The options of the first teacher come first: --founder A --class 4e ... --founder B --class 7a ...
    """
    from rtserver.shapes import NewProject

    answers = {
        "founder": founder,
        "class": school_class,
        "school": school,
        "country": country,
        "timezone": timezone,
        "languages": languages,
    }
    if title is None and sys.stdin.isatty():
        title = str(typer.prompt("Title of the project"))
    if title is None:
        raise CommandFailed("Give the title of the project.", BAD_INPUT)
    if not any(answers.values()) and sys.stdin.isatty():
        answers = _ask_for_founders()
    for option, values in answers.items():
        if len(values) != 2:
            raise CommandFailed(f"Give --{option} twice: for the first founder, then for the second.", BAD_INPUT)
    if len(alias) not in (0, 2):
        raise CommandFailed("Give --alias twice or not at all.", BAD_INPUT)
    founders = [
        {
            "roster_name": answers["founder"][which],
            "alias": (alias or answers["founder"])[which],
            "class": {
                "name": answers["class"][which],
                "school": answers["school"][which],
                "country": answers["country"][which].upper(),
                "timezone": answers["timezone"][which],
                "languages": _listed(answers["languages"][which]),
            },
        }
        for which in (0, 1)
    ]
    new = _checked({"title": title, "national": national, "founders": founders}, NewProject)
    settings = settings_from(config, data=data)
    opened = administer(settings, lambda administration, _: administration.open_project(organisation, new))
    if as_json:
        return say_json(opened)
    say(opened.id)
    remark(f"{opened.title} is a draft. Invite its founders, and activate it when pupils may come in:")
    for member in opened.founders:
        remark(f"  rtserver invite {member.id}    # {member.roster_name}")
    return remark(f"  rtserver project activate {opened.id}")


@project_app.command("list")
def project_list(
    organisation: Annotated[str | None, typer.Option("--organisation", help="Only those of one organisation")] = None,
    as_json: AsJson = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """List projects, oldest first."""

    async def collect(administration: "Administration", _: "Auth") -> list["ProjectSummary"]:
        page = await administration.projects(organisation)
        found = list(page.projects)
        while page.next is not None:
            page = await administration.projects(organisation, page.next)
            found += page.projects
        return found

    found = administer(existing(config, data), collect)
    say_list(
        "Projects",
        found,
        [
            ("id", lambda row: row.id),
            ("title", lambda row: row.title),
            ("phase", lambda row: row.phase),
            ("organisation", lambda row: row.organisation),
            ("created", lambda row: moment(row.created_at)),
        ],
        as_json=as_json,
    )


@project_app.command("activate")
def project_activate(project: ProjectArgument, data: Data = None, config: Config = None) -> None:
    """Start a project, or an archived one again: its members come in."""
    _set_phase(project, ProjectPhase.ACTIVE, existing(config, data))


@project_app.command("archive")
def project_archive(project: ProjectArgument, data: Data = None, config: Config = None) -> None:
    """Archive a project: everybody may read it, nobody may write."""
    _set_phase(project, ProjectPhase.ARCHIVED, existing(config, data))


def _set_phase(project: str, phase: ProjectPhase, settings: "Settings") -> None:
    changed = administer(settings, lambda administration, _: administration.set_phase(project, phase))
    remark(f"{changed.title} is {changed.phase.value} now.")


# --- Classes, rooms and members --------------------------------------------------------------------------------------


@class_app.command("add")
def class_add(
    project: ProjectArgument,
    name: Annotated[str, typer.Argument(help="Name of the class, such as 3C")],
    school: Annotated[str, typer.Option(help="Name of its school")],
    country: Annotated[str, typer.Option(help="Its country, such as IT")],
    timezone: Annotated[str, typer.Option(help="Its time zone, such as Europe/Rome")],
    languages: Annotated[str, typer.Option(help="Its languages, such as it or de,it")],
    as_json: AsJson = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Add a class to a project."""
    from rtserver.shapes import NewClass

    given = {"name": name, "school": school, "country": country.upper(), "timezone": timezone}
    new = _checked({**given, "languages": _listed(languages)}, NewClass)
    settings = existing(config, data)
    added = administer(settings, lambda administration, _: administration.add_class(project, new))
    return say_json(added) if as_json else say(added.id)


@class_app.command("list")
def class_list(project: ProjectArgument, as_json: AsJson = False, data: Data = None, config: Config = None) -> None:
    """List the classes of a project, in the order of joining."""
    classes = administer(existing(config, data), lambda administration, _: administration.classes(project))
    say_list(
        "Classes",
        classes,
        [
            ("id", lambda row: row.id),
            ("name", lambda row: row.name),
            ("school", lambda row: row.school),
            ("country", lambda row: row.country),
            ("time zone", lambda row: row.timezone),
            ("languages", lambda row: ",".join(row.languages)),
        ],
        as_json=as_json,
    )


@room_app.command("list")
def room_list(project: ProjectArgument, as_json: AsJson = False, data: Data = None, config: Config = None) -> None:
    """List the rooms of a project, the staff room too, oldest first."""
    rooms = administer(existing(config, data), lambda administration, _: administration.rooms(project))
    say_list(
        "Rooms",
        rooms,
        [
            ("id", lambda row: row.id),
            ("name", lambda row: row.name),
            ("kind", lambda row: row.kind),
            ("open", lambda row: row.open),
            ("boards", lambda row: len(row.boards)),
        ],
        as_json=as_json,
    )


@member_app.command("add")
def member_add(
    project: ProjectArgument,
    name: Annotated[str, typer.Argument(help="Full name, seen by the own class only")],
    role: Annotated[str, typer.Option(metavar="ROLE", help=_one_of(ROLES_TO_ADD), callback=_role)],
    school_class: Annotated[
        str | None, typer.Option("--class", help="Name or id of the class; none for visitors")
    ] = None,
    alias: Annotated[str | None, typer.Option(help="Name that the partner class sees; pupils must have one")] = None,
    as_json: AsJson = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Add a person to a project."""
    from rtserver.shapes import NewMember

    if alias is None and Role(role) in (Role.PUPIL, Role.PUPIL_ADMIN):
        raise CommandFailed("Give --alias: the partner class never sees a pupil's full name.", BAD_INPUT)
    new = _checked({"role": role, "roster_name": name, "alias": alias or name}, NewMember)

    async def add(administration: "Administration", _: "Auth") -> "MemberDetail":
        from msgspec.structs import replace

        class_id = None if school_class is None else await _find_class(administration, project, school_class)
        return await administration.add_member(project, replace(new, class_id=class_id))

    added = administer(existing(config, data), add)
    if as_json:
        return say_json(added)
    say(added.id)
    return remark(f"Their link: rtserver invite {added.id} --project {project}")


@member_app.command("list")
def member_list(project: ProjectArgument, as_json: AsJson = False, data: Data = None, config: Config = None) -> None:
    """List the members of a project."""

    async def collect(administration: "Administration", _: "Auth") -> tuple[list["MemberDetail"], dict[str, str]]:
        names = {known.id: f"{known.name} ({known.country})" for known in await administration.classes(project)}
        return await administration.members(project), names

    members, classes = administer(existing(config, data), collect)
    say_list(
        "Members",
        members,
        [
            ("id", lambda row: row.id),
            ("name", lambda row: row.roster_name),
            ("alias", lambda row: row.alias),
            ("role", lambda row: row.role),
            ("class", lambda row: classes.get(row.class_id or "")),
            ("removed", lambda row: row.removed),
        ],
        as_json=as_json,
    )


@member_app.command("sign-out")
def member_sign_out(
    member: MemberArgument, project: ProjectOption = None, data: Data = None, config: Config = None
) -> None:
    """Sign a person out of every device, and end their unused links: for a device that was lost."""

    async def end(administration: "Administration", auth: "Auth") -> None:
        where = project or await administration.project_of(member)
        await auth.end_sessions_of_member(where, (await administration.member(where, member)).id)

    administer(existing(config, data), end)
    remark(f"Signed out. Their new link: rtserver invite {member}")


@member_app.command("remove")
def member_remove(
    member: MemberArgument,
    project: ProjectOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Remove a person from a project for good; their connections end at once."""
    settings = existing(config, data)
    if sys.stdin.isatty() and not yes and not typer.confirm(f"Remove {member} for good?"):
        raise CommandFailed("Nobody was removed.")

    async def remove(administration: "Administration", _: "Auth") -> None:
        await administration.remove_member(project or await administration.project_of(member), member)

    administer(settings, remove)
    remark("Removed.")


def invite(member: MemberArgument, project: ProjectOption = None, data: Data = None, config: Config = None) -> None:
    """Print a one-time link for a person. Their earlier unused links end."""

    async def make(administration: "Administration", _: "Auth") -> tuple[str, int]:
        return await administration.invite(project or await administration.project_of(member), member)

    url, expires_at = administer(existing(config, data), make)
    say(url)
    remark(f"For one use, until {moment(expires_at)}. Give it to nobody else.")


# --- Helpers ---------------------------------------------------------------------------------------------------------


def existing(config: Path | None, data: Path | None) -> "Settings":
    """Settings for a command that needs what others have made: a mistyped folder must not become a new database."""
    settings = settings_from(config, data=data)
    if not settings.database_url and not (settings.data / "rtserver.db").exists():
        raise CommandFailed(f"There is no database in {settings.data} yet; rtserver project create makes one.")
    return settings


def administer(settings: "Settings", work: Work[Result]) -> Result:
    """Do it with the database that the settings name, and say what went wrong in one sentence."""
    import asyncio

    from rtserver.administration import administering
    from rtserver.observability import set_up_logging

    set_up_logging("error")

    async def run() -> Result:
        async with administering(settings) as (administration, auth):
            return await work(administration, auth)

    return asyncio.run(run())


def _checked(given: dict[str, Any], shape: type[Result]) -> Result:
    """What was typed, as the shape that the rules take."""
    import msgspec

    from rtserver.shapes import complaint

    try:
        return msgspec.convert(given, shape)
    except msgspec.ValidationError as error:
        raise CommandFailed(f"This cannot be used: {complaint(error)}.", BAD_INPUT) from None


def _listed(languages: str) -> list[str]:
    return [language.strip() for language in languages.split(",") if language.strip()]


def _ask_for_founders() -> dict[str, list[str]]:
    questions = {
        "founder": "name of the teacher",
        "class": "name of the class",
        "school": "name of the school",
        "country": "country, such as FR",
        "timezone": "time zone, such as Europe/Paris",
        "languages": "languages, such as fr or de,fr",
    }
    answers: dict[str, list[str]] = {option: [] for option in questions}
    for which in ("First", "Second"):
        for option, question in questions.items():
            answers[option].append(str(typer.prompt(f"{which} founder: {question}")))
    return answers


async def _find_class(administration: "Administration", project: str, wanted: str) -> str:
    classes = await administration.classes(project)
    found = [known.id for known in classes if wanted in (known.id, known.name)]
    if len(found) > 1:
        raise CommandFailed(f"Several classes are named {wanted}: give the id of one ({', '.join(found)}).", BAD_INPUT)
    if not found:
        names = ", ".join(known.name for known in classes)
        raise CommandFailed(f"There is no class {wanted} in this project: its classes are {names}.")
    return found[0]
