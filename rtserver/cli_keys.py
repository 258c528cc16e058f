"""The commands of API keys: what a portal's backend signs in with."""

from typing import TYPE_CHECKING, Annotated

import typer

from rtserver.cli_admin import ORGANISATION_DEFAULT, AsJson, administer, checked_organisation, existing
from rtserver.cli_output import BAD_INPUT, CommandFailed, moment, remark, say, say_json, say_list
from rtserver.cli_settings import Config, Data, group, settings_from

if TYPE_CHECKING:
    from rtserver.administration import Administration
    from rtserver.auth import ApiKey, Auth

key_app = group("API keys of portals.")


@key_app.command("create")
def key_create(
    name: Annotated[str, typer.Argument(help="What the key is for, such as 'Moodle of Lyon'")],
    organisation: Annotated[
        str | None,
        typer.Option(
            "--organisation",
            help=f"For all projects of this one (default: {ORGANISATION_DEFAULT}, or that of --project)",
            callback=checked_organisation,
        ),
    ] = None,
    project: Annotated[str | None, typer.Option("--project", help="For this project only")] = None,
    as_json: AsJson = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make a key for a portal's backend and print it: this once."""

    async def make(administration: "Administration", auth: "Auth") -> tuple[str, str]:
        if project is None:
            return await auth.create_key(name, organisation or ORGANISATION_DEFAULT)
        owner = (await administration.entry(project)).organisation
        if organisation not in (None, owner):
            raise CommandFailed(
                f"Project {project} is of organisation {owner}, not of {organisation}: leave --organisation out, "
                "or give a project of that one.",
                BAD_INPUT,
            )
        return await auth.create_key(name, owner, project)

    key_id, token = administer(settings_from(config, data=data), make)
    if as_json:
        return say_json({"id": key_id, "key": token})
    say(token)
    return remark(f"This is key {key_id}. It is shown only now; keep it where the portal keeps its secrets.")


@key_app.command("revoke")
def key_revoke(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Id of the key, as listed")],
    data: Data = None,
    config: Config = None,
) -> None:
    """End a key at once."""
    if not administer(existing(config, data), lambda _, auth: auth.revoke_key(key)):
        raise CommandFailed("There is no such key, or it is revoked already: see rtserver key list.")
    remark("Revoked.")


@key_app.command("list")
def key_list(as_json: AsJson = False, data: Data = None, config: Config = None) -> None:
    """List API keys, the revoked ones too. The keys themselves are stored nowhere."""
    keys: list[ApiKey] = administer(existing(config, data), lambda _, auth: auth.keys())
    say_list(
        "API keys",
        keys,
        [
            ("id", lambda row: row.id),
            ("name", lambda row: row.name),
            ("organisation", lambda row: row.organisation),
            ("project", lambda row: row.project or "all"),
            ("created", lambda row: moment(row.created_at)),
            ("revoked", lambda row: moment(row.revoked_at)),
        ],
        as_json=as_json,
    )
