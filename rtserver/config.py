"""Settings: from a TOML file and RT_* variables (which win). Every limit's description has its unit.

`RT_CONFIG` names the file (default: `rtserver.toml` in the working directory, if there is one).
docs/administration.md lists them all; a test compares that list with this file.
"""

import math
import os
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from rtserver.broker.redis.address import parse as parse_redis_url
from rtserver.config_checks import (
    as_list,
    checked_addresses,
    checked_collector,
    checked_origins,
    checked_public_url,
    checked_short_name,
)
from rtserver.config_ports import PortRange, meetings, ranges_of
from rtserver.database_address import with_driver
from rtserver.origins import LOOPBACK_NAMES, origin_of, reachable
from signaling.ice import LIFETIME_S, IceSettings

CONFIG_FILE_DEFAULT = "rtserver.toml"
CONFIG_VARIABLE = "RT_CONFIG"
PREFIX = "RT_"

PORT_MAX = 65_535

DRAIN_REST = 5.0
"""Seconds of an end in which nobody moves: for those who stay beyond their moment, and for what is under way."""

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]


class ConfigInvalid(Exception):
    """The settings cannot be used. The message is one sentence; it holds no setting's value.

    `complaints`: all sentences that can be said at once, the message the first of them.
    """

    def __init__(self, *complaints: str) -> None:
        super().__init__(complaints[0])
        self.complaints = complaints


class Settings(BaseSettings):
    """All that can be set. Durations are seconds, sizes bytes, rates per second."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    # Where it listens and under which address people reach it
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port to listen on; 0 takes a free one")
    public_url: str = Field(default="", description="Address in people's links; empty: http://HOST:PORT")
    tls_certificate: Path | None = Field(
        default=None, description="PEM file with the certificate chain, when rtserver itself ends TLS; read on change"
    )
    tls_key: Path | None = Field(default=None, description="PEM file with the certificate's key, without a password")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Origins of portals whose pages may connect and embed, such as "
        "https://portal.example.eu; several in RT_ALLOWED_ORIGINS: separated by commas",
    )

    # Where data lies
    data: Path = Field(default=Path("data"), description="Folder for the SQLite database")
    database_url: str = Field(
        default="",
        description="Its URL, such as postgresql://user:password@host/name; empty: SQLite in the data folder",
    )
    database_pool: int = Field(
        default=10, ge=4, le=200, description="Connections of one process to PostgreSQL; SQLite has its own number"
    )
    database_timeout: Seconds = Field(
        default=5, description="Seconds a statement may take, waiting for others included, before it is given up"
    )
    database_poll_interval: Seconds = Field(
        default=0.5, description="Seconds between looks for what other processes wrote"
    )

    # Other processes of the deployment
    redis_url: str = Field(
        default="",
        repr=False,
        description="Redis 7 through which processes tell each other at once; empty: there is one process, or they "
        "find by looking. redis://:password@host:6379/0, rediss:// with TLS, redis+sentinel://host1,host2/service, "
        "redis+cluster://host1,host2, unix:///path",
    )
    redis_ca: Path | None = Field(
        default=None, description="PEM file with the authority of Redis' certificate; empty: the system's authorities"
    )
    node_name: str = Field(
        default="",
        description="Name by which the load balancer knows this server: those whose call is carried here are sent here",
    )
    redis_prefix: str = Field(
        default="rtserver",
        description="What all keys and channels in Redis begin with: another one for each deployment that shares it",
    )

    # Getting in
    ticket_lifetime: Seconds = Field(default=60, description="Seconds in which a portal's ticket must be used")
    invitation_lifetime: Seconds = Field(default=14 * 86400, description="Seconds in which an invitation must be used")
    session_lifetime: Seconds = Field(
        default=180 * 86400, description="Seconds until a session must be renewed: a term"
    )
    connect_deadline: Seconds = Field(default=10, description="Seconds from the first request to a signed-in socket")
    offline_page: bool = Field(default=True, description="Whether browsers keep the page for times without a network")

    # Presence and supervision
    presence_grace: Seconds = Field(default=10, description="Seconds a dropped connection still counts as here")
    teacher_grace: Seconds = Field(
        default=60, description="Seconds pupils may go on writing after the last teacher dropped"
    )
    presence_interval: Seconds = Field(default=0.25, description="Seconds between two presence diffs")

    # Socket.IO
    event_loop: str = Field(
        default="asyncio", pattern="^(asyncio|uvloop)$", description="Event loop: asyncio, or uvloop where it is faster"
    )
    websocket_driver: str = Field(
        default="picows",
        pattern="^(picows|aiohttp)$",
        description="Library for WebSockets: picows, or aiohttp as the slower fallback",
    )
    hot_room_window: Annotated[float, Field(ge=0, le=0.1)] = Field(
        default=0.004, description="Seconds that signals of a very busy room may be collected into one write; 0: never"
    )
    ping_interval: Seconds = Field(default=25, description="Seconds between heartbeats")
    ping_timeout: Seconds = Field(default=20, description="Seconds to wait for a heartbeat's answer")

    # The end of this process
    drain_notice: Annotated[float, Field(ge=0)] = Field(
        default=0,
        description="Seconds after SIGTERM in which new sockets are sent elsewhere and nobody here notices: as long as "
        "the load balancer needs to see it in /readyz; 0 without one",
    )
    drain_spread: Annotated[float, Field(ge=0)] = Field(
        default=0,
        description="Seconds over which everybody is then asked to move, so that the other servers are not met by all "
        "at once; 0: at once, for a server that is alone",
    )
    drain_deadline: Seconds = Field(
        default=25, description="Seconds after SIGTERM in which the process is gone, whatever hangs"
    )

    # Limits, per member and per connection, never per address: a whole class shares one
    connections_max: Count = Field(default=10_000, description="Open sockets of this process")
    connections_per_member: Count = Field(default=8, description="Open sockets of one member: devices and tabs")
    packet_bytes_max: Count = Field(
        default=131_072, description="Bytes of one message from a client; a long stroke on a board takes the most"
    )
    commands_rate: Seconds = Field(default=20, description="Commands a second and connection, in the long run")
    commands_burst: Count = Field(
        default=400, description="Commands of one connection at once: a queue written offline"
    )
    signals_rate: Seconds = Field(default=30, description="Volatile signals a second and connection, in the long run")
    signals_burst: Count = Field(default=60, description="Volatile signals of one connection at once")
    member_signals_rate: Seconds = Field(default=60, description="Volatile signals a second of one member, all devices")
    member_signals_burst: Count = Field(default=120, description="Volatile signals of one member, all devices, at once")
    member_commands_rate: Seconds = Field(default=40, description="Commands a second of one member over all devices")
    member_commands_burst: Count = Field(default=800, description="Commands of one member over all devices at once")
    board_signals_rate: Seconds = Field(
        default=60,
        description="Volatile signals on boards (cursors, parts of strokes) a second and connection, in the long run",
    )
    board_signals_burst: Count = Field(default=120, description="Volatile signals on boards of one connection at once")
    board_bytes_rate: Count = Field(
        default=65_536,
        description="Bytes of changes of boards a second of one member, in the long run; everybody on the board gets "
        "them. Teachers, who import files: 8 times as many",
    )
    board_bytes_burst: Count = Field(
        default=1_048_576, description="Bytes of changes of boards of one member at once. Teachers: 8 times as many"
    )
    outbox_bytes_max: Count = Field(
        default=4_194_304, description="Bytes waiting for one socket before it is closed as SLOW"
    )
    volatile_bytes_max: Count = Field(
        default=262_144, description="Bytes waiting for one socket before signals are dropped"
    )
    recovery_events_max: Count = Field(
        default=500, description="Missed events sent on a join; beyond it a snapshot is sent"
    )

    # Calls
    media: bool = Field(default=True, description="Whether there are calls; false: no media worker is started")
    media_workers: Annotated[int, Field(gt=0, le=64)] = Field(
        default=1, description="Worker processes that forward media; each call lives on one of them"
    )
    media_host: str = Field(default="", description="Address that media is received on; empty: HOST")
    media_udp_port: int = Field(
        default=0,
        ge=0,
        le=PORT_MAX,
        description="UDP port of media; 0 takes a free one, several workers take consecutive ones",
    )
    media_tcp_port: int = Field(
        default=0, ge=0, le=PORT_MAX, description="TCP port of media for networks without UDP; as media_udp_port"
    )
    media_udp: bool = Field(default=True, description="Whether media may come by UDP; false: by TCP only")
    media_public_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="IP addresses under which people reach the media ports, when the server cannot see them itself "
        "(NAT, containers); several in RT_MEDIA_PUBLIC_ADDRESSES: separated by commas",
    )
    mesh_participants_max: Annotated[int, Field(ge=0, le=4)] = Field(
        default=2, description="Participants of a call of teachers that goes from browser to browser; 0: never"
    )
    stun_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="STUN servers that browsers are told of, such as stun:turn.example.eu:3478"
    )
    turn_urls: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="TURN servers that browsers are told of, such as turns:turn.example.eu:443?transport=tcp",
    )
    turn_secret: str = Field(default="", repr=False, description="What the TURN servers have as static-auth-secret")
    turn_lifetime: Seconds = Field(
        default=LIFETIME_S, description="Seconds in which credentials for the TURN servers can be used"
    )
    relay_only: bool = Field(
        default=False, description="Whether media goes by way of the TURN server only, so that nobody sees an address"
    )

    # Pictures and documents on boards and in chats
    file_bytes_max: Count = Field(
        default=10_000_000, description="Bytes of one file that is put on a board or sent in a chat"
    )
    picture_pixels_max: Count = Field(
        default=60_000_000, description="Pixels of one picture before it is scaled down: phones take 50 million"
    )
    pdf_pages_max: Count = Field(default=30, description="Pages of one PDF that is put on boards")
    member_files_bytes_max: Count = Field(
        default=50_000_000, description="Bytes of the files that one pupil or visitor may put into a project"
    )
    project_files_bytes_max: Count = Field(
        default=500_000_000, description="Bytes of all files of a project, as they are stored"
    )

    # Chat
    language_detection: bool = Field(
        default=True,
        description="Whether the server tells in which of a project's languages a message is written, on its own, "
        "without any network; false: no model is loaded",
    )

    # Retention
    chat_log_keep: Count = Field(default=5_000, description="Events of a room kept in the log behind its snapshot")

    board_log_keep: Count = Field(
        default=20_000, description="Events of a board kept in the log behind its snapshot, for its replay"
    )
    board_log_bytes: Count = Field(
        default=100_000_000, description="Bytes of those events of a board that are kept at most, when they are large"
    )

    log_level: str = Field(
        default="info", pattern="^(debug|info|warning|error)$", description="Least level that is logged"
    )
    metrics_host: str = Field(default="127.0.0.1", description="Address to listen on for those who watch the server")
    metrics_port: int = Field(
        default=0, ge=0, le=PORT_MAX, description="TCP port of metrics and health, not for the public; 0: none"
    )
    trace_endpoint: str = Field(
        default="",
        description="Where traces of commands go (OTLP over HTTP), such as http://127.0.0.1:4318; empty: none",
    )
    trace_sample: Annotated[float, Field(ge=0, le=1)] = Field(
        default=0.01, description="Share of commands that are traced, from 0 to 1"
    )

    @field_validator("public_url")
    @classmethod
    def _address_only(cls, url: str) -> str:
        return checked_public_url(url)

    @field_validator("trace_endpoint")
    @classmethod
    def _collector(cls, url: str) -> str:
        return checked_collector(url)

    @field_validator("node_name", "redis_prefix")
    @classmethod
    def _short_name(cls, name: str, about: ValidationInfo) -> str:
        may_be_empty = about.field_name == "node_name"
        return name if may_be_empty and not name else checked_short_name(name)

    @field_validator("database_url")
    @classmethod
    def _database_address(cls, url: str) -> str:
        """With the driver that rtserver has, whether it was written or not: nobody else has to think of it."""
        return with_driver(url) if url else url

    @model_validator(mode="after")
    def _both_files(self) -> Self:
        if (self.tls_certificate is None) is not (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key (RT_TLS_CERTIFICATE, RT_TLS_KEY) belong together: set both")
        return self

    @field_validator("redis_url")
    @classmethod
    def _redis_address(cls, url: str) -> str:
        if url:
            parse_redis_url(url)
        return url

    @model_validator(mode="after")
    def _authority_for_tls(self) -> Self:
        if self.redis_ca is not None and not self.redis_url.startswith("rediss"):
            raise ValueError("redis_ca (RT_REDIS_CA) is for connections with TLS: begin redis_url with rediss")
        return self

    @model_validator(mode="after")
    def _ice_fits_together(self) -> Self:
        _ = self.ice
        return self

    @model_validator(mode="after")
    def _drain_in_time(self) -> Self:
        if self.drain_deadline < self.drain_notice + self.drain_spread + DRAIN_REST:
            raise ValueError(
                f"drain_deadline has to be {DRAIN_REST:.0f} seconds longer than drain_notice and drain_spread together"
            )
        return self

    @model_validator(mode="after")
    def _ports_for_all_workers(self) -> Self:
        if max(self.media_udp_port, self.media_tcp_port) + self.media_workers - 1 > PORT_MAX:
            raise ValueError(f"media_workers need consecutive ports, and those end at {PORT_MAX}")
        return self

    @model_validator(mode="after")
    def _ports_apart(self) -> Self:
        for met in meetings(ranges_of(self)):
            is_one_of_several = self.media_workers > 1 and met.other.setting.startswith("media_")
            several = f" (media takes {self.media_workers} in a row, one a worker)" if is_one_of_several else ""
            raise ValueError(
                f"{_named(met.one)} and {_named(met.other)} would both take {met.one.protocol} port "
                f"{met.port}{several}: choose another number for one of them"
            )
        return self

    @field_validator("allowed_origins", "media_public_addresses", "stun_urls", "turn_urls", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return as_list(value)

    @field_validator("allowed_origins")
    @classmethod
    def _exact_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return checked_origins(origins)

    @field_validator("media_public_addresses")
    @classmethod
    def _addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        return checked_addresses(addresses)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then the file."""
        file = settings_cls.model_config.get("toml_file") or config_file()
        toml = TomlConfigSettingsSource(settings_cls, toml_file=file)
        return init_settings, env_settings, toml

    @property
    def url(self) -> str:
        """The address in people's links, without a slash at its end."""
        scheme = "http" if self.tls_certificate is None else "https"
        return self.public_url or f"{scheme}://{reachable(self.host)}:{self.port}"

    @property
    def own_origins(self) -> frozenset[str]:
        """The origins of the server's own pages. A loopback address has two usual names; both count."""
        parts = urlsplit(self.url)
        names = {parts.hostname or ""}
        if parts.hostname in LOOPBACK_NAMES:
            names |= set(LOOPBACK_NAMES)
        return frozenset(origin_of(parts, name) for name in names)

    @property
    def ice(self) -> IceSettings:
        """The ICE servers that clients are told of."""
        return IceSettings(
            self.stun_urls, self.turn_urls, self.turn_secret, math.ceil(self.turn_lifetime), self.relay_only
        )

    @property
    def media_address(self) -> str:
        """The address that media is received on."""
        return self.media_host or self.host

    @property
    def secure(self) -> bool:
        """True when people reach the server by https, be it by way of a proxy."""
        return self.url.startswith("https:")

    @property
    def database(self) -> str:
        """The SQLAlchemy URL."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data.absolute() / 'rtserver.db'}"


def _named(ports: PortRange) -> str:
    """The setting, and the variable that sets it."""
    return f"{ports.setting} ({PREFIX}{ports.setting.upper()})"


def config_file() -> Path:
    """The TOML file that is read when nothing else is said; it need not exist."""
    return Path(os.environ.get(CONFIG_VARIABLE, CONFIG_FILE_DEFAULT))
