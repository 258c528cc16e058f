"""Who asks the API, and what they may see.

A portal presents `Authorization: Bearer <API key>`. A key is for one project or for all projects of an organisation;
what lies outside looks as if it did not exist.
"""

from http import HTTPStatus

from aiohttp import web

from rooms.errors import ErrorCode, Refused
from rooms.model import ProjectId
from rtserver.administration import Administration
from rtserver.auth import ApiKey, Auth
from rtserver.http import HttpRefused
from rtserver.http_query import require_known

BEARER = "bearer "


class Guard:
    """Who asks, and what they may see."""

    def __init__(self, auth: Auth, administration: Administration) -> None:
        self._auth = auth
        self._administration = administration

    async def admit(self, request: web.Request, *queries: str) -> tuple[ApiKey, ProjectId]:
        """The key, and the project of the path, which is in the key's scope. `queries`: as in `key`."""
        key = await self.key(request, *queries)
        project = request.match_info["project"]
        await self.require_scope(key, project)
        return key, project

    async def key(self, request: web.Request, *queries: str) -> ApiKey:
        """The API key of a request. `queries`: what may stand behind its question mark. Raises `Refused`."""
        header = request.headers.get("Authorization", "")
        if header[: len(BEARER)].lower() != BEARER:
            raise Refused(ErrorCode.API_KEY_INVALID, "send it as Authorization: Bearer <key>")
        key = await self._auth.key(header[len(BEARER) :].strip())
        if key is None:
            raise Refused(ErrorCode.API_KEY_INVALID)
        require_known(request, queries)
        return key

    async def organisation_key(self, request: web.Request, what: str) -> ApiKey:
        """A key that is not for one project only. `what`: that takes one. Raises `Refused`."""
        key = await self.key(request)
        if key.project is not None:
            raise HttpRefused(HTTPStatus.FORBIDDEN, ErrorCode.API_KEY_INVALID, key_too_narrow(what))
        return key

    async def require_scope(self, key: ApiKey, project: ProjectId) -> None:
        """Outside of its scope a key cannot tell what exists from what does not."""
        if key.project is not None and key.project != project:
            raise Refused(ErrorCode.UNKNOWN_PROJECT)
        entry = await self._administration.entry(project)
        if entry.organisation != key.organisation:
            raise Refused(ErrorCode.UNKNOWN_PROJECT)


def key_too_narrow(what: str) -> str:
    """Why a key of one project does not do for `what`."""
    return f"this key is for one project; {what} takes one of the organisation"
