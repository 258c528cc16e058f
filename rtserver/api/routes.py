"""The routes below `/api/v1`. Those of running calls are in `rtserver.calls.figures`."""

from aiohttp import web

from rtserver.administration import Administration
from rtserver.api.description import show_document
from rtserver.api.guard import Guard
from rtserver.api.portal import PortalApi
from rtserver.api.reports import ReportApi
from rtserver.auth import Auth
from rtserver.statistics import Statistics
from rtserver.transcripts.reading import Transcripts


def routes(
    auth: Auth, administration: Administration, transcripts: Transcripts, statistics: Statistics
) -> list[web.RouteDef]:
    """For an application that `rtserver.http.prepare` has set up."""
    guard = Guard(auth, administration)
    api = PortalApi(guard, administration)
    reports = ReportApi(guard, administration, transcripts, statistics)
    project = "/api/v1/projects/{project}"
    return [
        web.get("/api/v1/openapi.json", show_document),
        web.post("/api/v1/projects", api.open_project),
        web.get("/api/v1/projects", api.list_projects),
        web.get(project, api.show_project),
        web.patch(project, api.set_phase),
        web.post(f"{project}/classes", api.add_class),
        web.get(f"{project}/classes", api.list_classes),
        web.post(f"{project}/members", api.add_member),
        web.get(f"{project}/members", api.list_members),
        web.delete(f"{project}/members/{{member}}", api.remove_member),
        web.post(f"{project}/rooms", api.add_room),
        web.get(f"{project}/rooms", api.list_rooms),
        web.post(f"{project}/tickets", api.issue_ticket),
        # Without HEAD: it would make the whole file and send nothing of it.
        web.get(f"{project}/messages", reports.export_messages, allow_head=False),
        web.get(f"{project}/statistics", reports.show_figures),
        web.get("/api/v1/statistics", reports.list_figures),
    ]
