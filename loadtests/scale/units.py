"""What one of each thing costs, and where that was measured: the only figures that the plan multiplies with.

All are of one machine (AMD EPYC, 2 cores, Linux 6.18.44, Python 3.11.7). `found_in` is a piece of docs/performance.md
that holds the figure as it stands there, and a test looks for it; a figure without one was taken on a busy machine by
the command that it names, and is the less certain one.
"""

from msgspec import Struct

PERFORMANCE = "docs/performance.md"


class Unit(Struct, frozen=True):
    """A cost. `where`: the place or the command that gives it. `found_in`: see above."""

    name: str
    value: float
    unit: str
    where: str
    found_in: str | None = None

    @property
    def is_preliminary(self) -> bool:
        """Whether it does not stand on the page of figures."""
        return self.found_in is None


DELIVERY = Unit(
    "delivery, at 20 k a second",
    10.0,
    "µs of a core",
    f"{PERFORMANCE}, What falls short",
    "p99 follows the cost of a delivery, 10 µs here",
)

ENTRANCE = Unit(
    "coming in: connection, session, project, room",
    0.55,
    "ms of a core",
    f"{PERFORMANCE}, What bounds it",
    "costs about 0.55 ms of processor time",
)

CONNECTION = Unit("idle connection", 18.6, "KiB of memory", f"{PERFORMANCE}, Figures", "| 18.6 (18.5 - 18.7) |")

PACKET = Unit(
    "media packet received by a subscriber",
    9.2,
    "µs of a core",
    f"{PERFORMANCE}, Calls, 6 x 24",
    "| 6 x 24 = 144 pictures, 120 voices | ours | 9.2 (8.8 - 9.6) |",
)

PICTURE_RATE = Unit("picture", 498.0, "kb/s", f"{PERFORMANCE}, Calls", "(VP8, 640x360, 498 kb/s)")

PICTURES_AND_VOICES = Unit(
    "144 pictures and 120 voices", 15_455.0, "packets/s", f"{PERFORMANCE}, Calls, 6 x 24", "| 14.2 | 15,455 |"
)

VOICE_PACKETS = 50.0
"""Packets a second of a voice: 20 ms of Opus in each (RFC 7587); who is silent sends next to none."""

PICTURE_PACKETS = (PICTURES_AND_VOICES.value - 120 * VOICE_PACKETS) / 144
"""Packets a second of a picture: what is left of those above."""

VOICE_RATE = Unit("voice", 40.0, "kb/s", "web/src/call/encodings.ts, AUDIO_BITRATE")

LAYERS_RATE = Unit("camera in three layers", 2_150.0, "kb/s", "web/src/call/encodings.ts, BITRATES")

APPEND = Unit(
    "append to PostgreSQL, in the process of rtserver",
    433.0,
    "µs of a core",
    f"{PERFORMANCE}, Many processes; python -m loadtests run append",
    "the server used 433 us (387 - 439) an append",
)

APPEND_DATABASE = Unit(
    "append to PostgreSQL, in PostgreSQL", 660.0, "µs of a core", "python -m loadtests run cluster --only hop, chat"
)

APPENDS_KEPT = Unit(
    "appends by one process that were kept, p99 14 ms",
    2_000.0,
    "appends/s",
    "python -m loadtests run append --rate 2000",
)

CHAT_BYTES = Unit(
    "chat message in PostgreSQL: event, nonce, text, their indexes",
    943.0,
    "bytes",
    "pg_database_size before and after python -m loadtests run append --rate 2000",
)

ROW_BYTES = 650.0
"""Bytes of an event in PostgreSQL besides its body: rows of `events` and `nonces` with their indexes, from the same."""

HOP = Unit(
    "delivery that crosses to another process, besides",
    4.7,
    "µs of a core",
    f"{PERFORMANCE}, Many processes; python -m loadtests run cluster --only hop",
    "**4.7 us** (2.2 - 7.5)",
)

REDIS_MESSAGE = Unit(
    "message in Redis, at 100 to 200 a second", 50.0, "µs of a core", "python -m loadtests run cluster --only hop"
)

PROCESS = Unit(
    "process of rtserver",
    126.0,
    "MB of memory",
    f"{PERFORMANCE}, Many processes; python -m loadtests run cluster --only rooms",
    "126 MB, then 148, 170, 212",
)

ROOM = Unit(
    "room with two people, or six",
    84.0,
    "kB of memory",
    f"{PERFORMANCE}, Many processes; python -m loadtests run cluster --only rooms",
    "84 kB a room at first",
)

ROOM_IDLE = Unit(
    "open room in which nobody says anything",
    106.0,
    "µs of a core a second",
    f"{PERFORMANCE}, Many processes; python -m loadtests run cluster --only rooms",
    "106 us a second and room in the end",
)

DATABASE_IDLE = Unit(
    "what PostgreSQL does for one process that is idle",
    1.9,
    "ms of a core a second",
    "python -m loadtests run cluster --only hop",
)

BALANCER_CONNECTION = Unit(
    "connection with TLS in HAProxy", 40.0, "KB of memory", "HAProxy's own figure, deploy/haproxy/haproxy.cfg"
)

BALANCER_DELIVERY = Unit(
    "delivery that passes HAProxy, with TLS",
    12.8,
    "µs of a core",
    f"{PERFORMANCE}, Many processes; python -m loadtests run cluster --only restart",
    "12.8 us a delivery (12.6 - 12.8)",
)

BALANCER_ENTRANCE = Unit(
    "coming in past HAProxy, with TLS",
    1.0,
    "ms of a core",
    "processor time of HAProxy during run idle --rooms 3, 180 people",
)

ALL = (
    DELIVERY,
    ENTRANCE,
    CONNECTION,
    PACKET,
    PICTURE_RATE,
    PICTURES_AND_VOICES,
    VOICE_RATE,
    LAYERS_RATE,
    APPEND,
    APPEND_DATABASE,
    APPENDS_KEPT,
    CHAT_BYTES,
    HOP,
    REDIS_MESSAGE,
    PROCESS,
    ROOM,
    ROOM_IDLE,
    DATABASE_IDLE,
    BALANCER_CONNECTION,
    BALANCER_DELIVERY,
    BALANCER_ENTRANCE,
)
