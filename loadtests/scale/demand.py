"""What one lesson asks of the servers in each second, from its bell to its end. Pure arithmetic."""

from msgspec import Struct, structs

from loadtests.generator.activity import Activity
from loadtests.scale import assumptions, units
from loadtests.scale.lessons import Lesson
from loadtests.scenarios.lesson import CHAT, CURSOR, STROKE, TYPING

KILO = 1e3
MEGABIT_BYTES = 1e6 / 8
SECONDS = assumptions.LESSON_MINUTES * 60


class Demand(Struct, frozen=True):
    """All of it a second, but for `lessons`, `people` and `callers`, who are there, and `pictures` on screens.

    `messages` are sent by people, `signals` of them volatile, `strokes` of these parts of strokes in progress;
    `appends` are durable. Mb/s: `hub` to people (past the balancer), `media_out` from the media workers, `media_in` to
    them, `turn` through a TURN server.
    """

    lessons: float = 0.0
    people: float = 0.0
    callers: float = 0.0
    messages: float = 0.0
    signals: float = 0.0
    strokes: float = 0.0
    deliveries: float = 0.0
    appends: float = 0.0
    redis: float = 0.0
    pictures: float = 0.0
    packets: float = 0.0
    hub_mbps: float = 0.0
    media_out_mbps: float = 0.0
    media_in_mbps: float = 0.0
    turn_mbps: float = 0.0


FIELDS = Demand.__struct_fields__


def values(demand: Demand) -> tuple[float, ...]:
    """In the order of `FIELDS`."""
    return structs.astuple(demand)


def demand(lesson: Lesson) -> Demand:
    """Of one lesson."""
    people = lesson.devices
    chat = CHAT.in_room(people)
    told = [TYPING, CURSOR, STROKE] if lesson.has_board else [TYPING]
    signals = sum(one.in_room(people) for one in told)
    finished = people / STROKE.every if lesson.has_board else 0.0
    appends = chat + finished
    hub_bytes = (
        sum(_bytes(one) * one.in_room(people) * (people - 1) for one in told)
        + _bytes(CHAT) * chat * people
        + (assumptions.STROKE_BYTES + assumptions.ENVELOPE_BYTES) * finished * people
    )
    pictures, voices = streams(people, lesson.cameras) if lesson.has_call else (0, 0)
    out = (pictures * units.PICTURE_RATE.value + voices * units.VOICE_RATE.value) / KILO
    speaking = assumptions.VOICES if lesson.has_call else 0
    into = (lesson.cameras * units.LAYERS_RATE.value + speaking * units.VOICE_RATE.value) / KILO
    return Demand(
        lessons=1,
        people=people,
        callers=people if lesson.has_call else 0,
        messages=signals + appends,
        signals=signals,
        strokes=STROKE.in_room(people) if lesson.has_board else 0,
        deliveries=signals * (people - 1) + appends * people,
        appends=appends,
        # An append is told whether or not anybody listens; a signal only where members are on another process, too.
        redis=appends + signals * assumptions.CROSSING_SHARE,
        pictures=pictures,
        packets=packets(pictures, voices),
        hub_mbps=hub_bytes / MEGABIT_BYTES,
        media_out_mbps=out,
        media_in_mbps=into,
        turn_mbps=(out + into) * assumptions.TURN_SHARE,
    )


def chat_bytes(lesson: Lesson) -> float:
    """What the database keeps of the chat of a whole lesson."""
    return SECONDS * CHAT.in_room(lesson.devices) * units.CHAT_BYTES.value


def board_bytes(lesson: Lesson) -> float:
    """The same of its board, before the log of the board is pruned."""
    strokes = lesson.devices / STROKE.every if lesson.has_board else 0.0
    return SECONDS * strokes * (units.ROW_BYTES + assumptions.STROKE_BYTES)


def streams(people: int, cameras: int) -> tuple[int, int]:
    """Pictures and voices that all in a call are sent together: nobody sees, or hears, themselves."""
    shown = assumptions.SHOWN_MAX
    pictures = cameras * min(shown, max(0, cameras - 1)) + (people - cameras) * min(shown, cameras)
    return pictures, people * min(assumptions.VOICES, people - 1)


def packets(pictures: float, voices: float) -> float:
    """Of media, a second."""
    return pictures * units.PICTURE_PACKETS + voices * units.VOICE_PACKETS


def joins(lesson: Lesson) -> int:
    """What one person joins on coming in: project and room, and where there are, board and call."""
    return 2 + lesson.has_board + lesson.has_call


def _bytes(activity: Activity) -> float:
    return activity.characters + assumptions.ENVELOPE_BYTES
