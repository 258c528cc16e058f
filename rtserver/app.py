"""The composition root: the only place where everything meets. Makes the application and serves it."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable

import structlog
from aiohttp import web
from aiohttp.web_runner import BaseSite

from media.engine import MediaEngine
from rtserver import health, http, pages, problems
from rtserver.administration import Administration, system_clock
from rtserver.api import routes as api
from rtserver.auth import Auth
from rtserver.broker.factory import new_broker
from rtserver.broker.port import Broker
from rtserver.calls import figures as call_figures
from rtserver.calls.settings import call_settings, check_reach, new_engine
from rtserver.calls.switchboard import Switchboard
from rtserver.chat.languages import Languages
from rtserver.chat.read_marks import ReadMarkStore
from rtserver.chat.search import ChatSearch
from rtserver.cluster.streams import StreamRelay
from rtserver.config import Settings
from rtserver.database import Database
from rtserver.ending import Ending
from rtserver.files import http as files
from rtserver.files.conversion import Conversion
from rtserver.files.export import BoardFiles
from rtserver.files.in_chat import ChatFiles
from rtserver.files.store import FileStore
from rtserver.files.uses import FileUses
from rtserver.hub.accepting import ErrorTeller
from rtserver.hub.admit import AdmissionRules
from rtserver.hub.asked import Tools
from rtserver.hub.engine import HubEngine
from rtserver.hub.hub import Hub
from rtserver.hub.one_port import BACKLOG, OnePort
from rtserver.hub.outbox import OutboxLimits
from rtserver.hub.polling import POST_BYTES_MAX
from rtserver.hub.server import HubServer
from rtserver.lesson.ballots import Ballots
from rtserver.live_stream import Clock
from rtserver.metrics.listener import MetricsListener
from rtserver.metrics.look import Watched
from rtserver.observability import identify
from rtserver.owners import Owners
from rtserver.sheets import http as sheets
from rtserver.statistics import Statistics
from rtserver.storage import SqlLog
from rtserver.teacher_marks import TeacherMarks
from rtserver.tls import Certificate
from rtserver.tracing import TRACING, check_tracing, start_tracing
from rtserver.transcripts import http as transcript_pages
from rtserver.transcripts.reading import Transcripts

log = structlog.get_logger(__name__)

THREAD_SWITCH_INTERVAL = 0.0005
"""Seconds until the event loop lets the database's thread run: at Python's 5 ms a busy loop starves commits."""

SHUTDOWN_DEADLINE = 3.0
"""Seconds for open requests to end when the server stops; sockets have been sent away by then."""

IDLE_DEADLINE = 75.0
"""Seconds that a connection may be open without a whole request on it: longer than proxies keep theirs. In the hour
that aiohttp gives, one client may take every file descriptor."""

GARBAGE_THRESHOLD = 20_000
"""New objects that outlive their makers before the collector looks at them: those of some hundred people coming in.
At Python's 700 it is at work all the time while a school comes in, and finds next to nothing."""

CERTIFICATE_LOOK_INTERVAL = 60.0
"""Seconds between two looks whether the certificate was renewed: it is renewed weeks before it ends."""

ADMINISTRATION = web.AppKey("administration", Administration)
"""Where the application keeps what the command line's demo needs to seed it."""


DOOR = web.AppKey("door", HubEngine)
"""Where it keeps who opens WebSockets that do not come by aiohttp."""

HUB = web.AppKey("hub", Hub)
"""Where it keeps whom everybody is connected to."""


async def create_app(
    settings: Settings, clock: Clock = system_clock, new_engine: Callable[[Settings], MediaEngine] = new_engine
) -> web.Application:
    """The application with its database open and migrated. `clock` gives milliseconds since 1970 UTC.

    Raises `AlreadyServed` when another process serves the same SQLite file, `MigrationFailed` when its tables are not
    for this version. Setting it up raises `EngineUnavailable` when the media workers cannot be started, as when a port
    is taken.
    """
    broker = new_broker(settings)
    database = await Database.open(
        settings.database, patience=settings.database_timeout, connections=settings.database_pool
    )
    try:
        database.lock_for_serving()
        await database.prepare()
    except BaseException:
        await database.close()
        raise
    store = SqlLog(database)
    relay = StreamRelay(broker) if broker.is_shared else None
    keep = (settings.chat_log_keep, settings.board_log_keep, settings.board_log_bytes)
    owners = Owners(store, store, clock, *keep, relay=relay)
    auth = Auth(database, settings, clock)
    administration = Administration(database, owners, auth, clock)
    switchboard = Switchboard(call_settings(settings), new_engine(settings) if settings.media else None, clock, broker)
    languages = Languages(is_on=settings.language_detection)
    kept = (ChatSearch(database), ReadMarkStore(database, clock), languages, Ballots(database), FileUses(database))
    tools = Tools(owners, store, store, auth, clock, settings.recovery_events_max, switchboard, *kept)
    identify(broker.node)
    hub = Hub(settings, tools, TeacherMarks(database), broker)
    server = _socket_server(settings, hub)
    hub.attach(server)

    app = web.Application(client_max_size=POST_BYTES_MAX)
    app[ADMINISTRATION] = administration
    app[DOOR] = server.eio
    app[HUB] = hub
    server.attach(app)
    http.prepare(app, settings)
    transcripts = Transcripts(owners, store, store, clock)
    statistics = Statistics(database, owners, clock)
    app.add_routes(api.routes(auth, administration, transcripts, statistics))
    app.add_routes(transcript_pages.routes(transcript_pages.Parts(auth, transcripts, hub.standing, clock)))
    app.add_routes(pages.routes(settings, auth, administration))
    app.add_routes(problems.routes(settings, auth, clock))
    app.add_routes(_file_routes(settings, database, owners, auth, hub, clock))
    ends = hub.lookout.sessions_ended
    app.add_routes(sheets.routes(sheets.Parts(settings, auth, database, owners, store, hub.standing, ends, clock)))
    app.add_routes(call_figures.routes(auth, administration, switchboard))
    aids = {"broker": lambda: broker.is_connected} if broker.is_shared else {}
    checks = _checks(settings, database, switchboard)
    health_routes = health.routes(checks, lambda: hub.drain.is_draining, aids)
    app.add_routes(health_routes)
    watched = _watched(settings, hub, server.eio, switchboard, broker, checks)
    metrics = MetricsListener(settings.metrics_host, settings.metrics_port, watched, health_routes)

    async def life(_: web.Application) -> AsyncIterator[None]:
        try:
            await metrics.start()
            start_tracing(settings, broker.node)
            await switchboard.start()
            await languages.start()
            await broker.start(hub)
            hub.start()
            yield
        finally:
            await metrics.stop()
            await TRACING.stop()
            await switchboard.stop()
            await owners.close()
            await broker.stop()
            await store.close()
            await database.close()

    async def send_everybody_away(_: web.Application) -> None:
        await hub.stop()
        await server.shutdown()

    app.cleanup_ctx.append(life)
    app.on_shutdown.append(send_everybody_away)  # before aiohttp waits for open requests: sockets are open ones
    return app


def _file_routes(
    settings: Settings, database: Database, owners: Owners, auth: Auth, hub: Hub, clock: Clock
) -> list[web.RouteDef]:
    store, uses = FileStore(database), FileUses(database)
    conversion = Conversion(settings.picture_pixels_max, settings.pdf_pages_max)
    boards, chats = BoardFiles(owners, store, settings.url), ChatFiles(database, store, uses)
    return files.routes(files.Parts(settings, auth, store, conversion, boards, uses, chats, hub.standing, clock))


def _watched(
    settings: Settings,
    hub: Hub,
    sockets: HubEngine,
    switchboard: Switchboard,
    broker: Broker,
    checks: dict[str, health.Check],
) -> Watched:
    """What metrics are made of."""
    return Watched(
        hub=hub,
        sockets=sockets,
        switchboard=switchboard,
        broker=broker,
        database=checks["database"],
        media_workers=settings.media_workers,
        sockets_limit=settings.connections_max,
        folder=None if settings.database_url else settings.data,
    )


def _checks(settings: Settings, database: Database, switchboard: Switchboard) -> dict[str, health.Check]:
    checks = {"database": health.database_check(database)}
    if switchboard.has_calls:
        checks["media"] = call_figures.media_check(switchboard, settings.media_workers)
    return checks


def _socket_server(settings: Settings, hub: Hub) -> HubServer:
    origins = sorted(settings.own_origins | set(settings.allowed_origins))
    return HubServer(
        async_mode="aiohttp",
        cors_allowed_origins=origins,
        ping_interval=settings.ping_interval,
        ping_timeout=settings.ping_timeout,
        max_http_buffer_size=POST_BYTES_MAX,
        admission_rules=AdmissionRules(
            own_origins=settings.own_origins,
            allowed_origins=frozenset(settings.allowed_origins),
            connections_max=settings.connections_max,
            is_draining=lambda: hub.drain.is_draining,
        ),
        outbox_limits=OutboxLimits(durable=settings.outbox_bytes_max, volatile=settings.volatile_bytes_max),
        receiver=hub,
        connect_deadline=settings.connect_deadline,
        hot_room_window=settings.hot_room_window,
    )


async def serve(
    settings: Settings, ending: Ending, on_ready: Callable[[web.Application], object] | None = None
) -> None:
    """Serve until `ending` says so. `on_ready` is called once the port is open.

    Raises `OSError` when the port cannot be opened, `CertificateUnusable`, `AlreadyServed` as `create_app`.
    """
    sys.setswitchinterval(THREAD_SWITCH_INTERVAL)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(ErrorTeller())
    ending.listen()
    certificate, reloading = None, None
    if settings.tls_certificate is not None and settings.tls_key is not None:
        certificate = Certificate(settings.tls_certificate, settings.tls_key)
    check_reach(settings)
    check_tracing(settings)
    app = await create_app(settings)
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=SHUTDOWN_DEADLINE,
        keepalive_timeout=IDLE_DEADLINE,
        # No client of ours compresses what it sends; a megabyte that unpacks to a gigabyte is unpacked before it is
        # refused, for whoever sends it.
        auto_decompress=False,
    )
    await runner.setup()
    try:
        await _site(settings, runner, app, certificate).start()
        if certificate is not None:
            reloading = loop.create_task(_reload(certificate))
        _spare_garbage_collection()
        log.info("server.ready", url=settings.url)
        if on_ready is not None:
            on_ready(app)
        await ending.asked()
        await app[HUB].leave(ending.hurry)
    finally:
        if reloading is not None:
            reloading.cancel()
        await runner.cleanup()


def _spare_garbage_collection() -> None:
    """Let the collector look at what comes and goes, and not, again and again, at what stays as long as the process."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


def _site(settings: Settings, runner: web.AppRunner, app: web.Application, certificate: Certificate | None) -> BaseSite:
    context = None if certificate is None else certificate.context
    if settings.websocket_driver == "aiohttp":
        return web.TCPSite(runner, settings.host, settings.port, ssl_context=context, backlog=BACKLOG)
    return OnePort(runner, settings.host, settings.port, app[DOOR], context)


async def _reload(certificate: Certificate) -> None:
    while True:
        await asyncio.sleep(CERTIFICATE_LOOK_INTERVAL)
        certificate.reload()
