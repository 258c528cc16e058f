"""What is assumed of lessons. No figure here was measured: change them in a copy, and the peaks change in proportion.

What people do in a lesson, and how often, is that of the scenario `lesson` (loadtests/scenarios/lesson.py), which is a
lively one from its first second to its last.
"""

from datetime import time

from msgspec import Struct

LESSONS_A_WEEK = 1.0
"""Live lessons of an active project in a week of school: more than most have, and what a plan should bear."""

SCHOOL_DAYS = 5
"""In a week; projects are spread over them evenly."""

BUSY_DAY = 1.5
"""The busiest day of a term to its mean: the weeks before Christmas, the European Day of Languages."""

LESSON_MINUTES = 45

ARRIVE_SECONDS = 120
"""After the bell, within which everybody has come."""

ARRIVE_MOSTLY = 30
"""Seconds after the bell at which most come: a triangle, so the busiest second has twice the mean."""

SCHOOL_ENDS = time(15, 5)
"""By a class's own clock; no lesson goes beyond it, or begins before the first bell."""


class Bell(Struct, frozen=True):
    """`at`: by the clock of the class that invites. `weight`: how readily it is chosen for a lesson together."""

    at: time
    weight: float


BELLS = (
    Bell(time(8, 0), 0.5),
    Bell(time(8, 50), 1.0),
    Bell(time(9, 45), 1.0),
    Bell(time(10, 40), 1.0),
    Bell(time(11, 35), 1.0),
    Bell(time(12, 30), 0.5),
    Bell(time(13, 25), 0.5),
    Bell(time(14, 20), 0.25),
)
"""Everywhere the same, to the second: schools differ by minutes, and each minute would make the storm smaller."""

CLASS_MEAN = 21.0
CLASS_SPREAD = 4.0
CLASS_LEAST, CLASS_MOST = 8, 30
"""Pupils of a class: about the mean of lower secondary schools in the OECD ("Education at a Glance")."""


class Form(Struct, frozen=True):
    """How two classes meet. `pupils_a_device`: how many share one; None: the whole class, before one screen.

    `weight`: of all lessons. `call`, `board`: share of these lessons that use it. `cameras`: share of the devices in a
    call that send a picture. Each class has a teacher with a device besides.
    """

    name: str
    weight: float
    pupils_a_device: int | None
    call: float
    board: float
    cameras: float


FORMS = (
    Form("class to class", 0.40, None, 0.95, 0.30, 1.00),
    Form("in groups", 0.35, 4, 0.60, 0.50, 0.50),
    Form("one device each", 0.25, 1, 0.40, 0.50, 0.25),
)

TURN_SHARE = 0.10
"""Of those in calls whose school lets out nothing but TLS on port 443."""

TICKET_SHARE = 0.70
"""Of those who come who were signed in by a portal's ticket just now; the others resume a session."""

CROSSING_SHARE = 0.02
"""Of lessons whose members are on two processes, half and half: the balancer brings a project together on one."""

VOICES = 2
"""Who speak at once in a call; the others' microphones send next to nothing (DTX)."""

SHOWN_MAX = 9
"""Pictures that one is sent at most: `VIDEO_SLOTS` of media/engine.py."""

DATABASE_POOL = 10
"""Connections of one process to PostgreSQL: the setting `database_pool` as it is shipped."""

PARTICIPANTS_MAX = 60
"""Of one call: `PARTICIPANTS_MAX` of signaling/call.py."""

LINK_MBPS = 10_000.0
"""Of one machine: a network card of 10 Gb/s. The only figure here that somebody else's price list has to answer."""

STROKE_BYTES = 1_020
"""Of a finished stroke in the log: an element as a page makes it, 5.10 MB for 5,000 (docs/performance.md, Boards)."""

ENVELOPE_BYTES = 120
"""Of a message on the line besides its own characters: Socket.IO, WebSocket, TLS, TCP/IP."""

TERM_WEEKS = 15
"""Of school, for what is stored."""

MONTH_DAYS = 20
"""Of school, for what is sent."""
