"""The result for people: lines for a terminal, and a page of HTML that stands for itself."""

from collections.abc import Callable, Iterator, Sequence

from loadtests import machine
from loadtests.compare.targets import digits
from loadtests.machine import Cores as NoCores
from loadtests.results import sheet, svg
from loadtests.results.page import escape
from loadtests.results.plots import CANVASES, Canvas
from loadtests.results.svg import Frame, Linear, Tick
from loadtests.scale import assumptions, units
from loadtests.scale.day import MINUTE, Day, Peak, Point
from loadtests.scale.sizing import Sizing

HOUR = 3600
GIGABITS = 1e3

PEAK_HEAD = ("at the peak", "how much", "UTC")
CORE_HEAD = ("cores, each wholly used", "how many")
RUN_HEAD = ("what to run", "how much")
LIMIT_HEAD = ("what cannot be spread", "used at the peak", "full at")
UNIT_HEAD = ("what one costs", "how much", "measured")

PEAKS: tuple[tuple[str, str], ...] = (
    ("lessons", "lessons at the same time"),
    ("people", "people connected"),
    ("callers", "of these in calls"),
    ("messages", "messages a second"),
    ("signals", "of these volatile"),
    ("strokes", "of these parts of strokes"),
    ("deliveries", "deliveries a second"),
    ("appends", "appends to the database a second"),
    ("redis", "messages through Redis a second"),
    ("pictures", "pictures on screens"),
    ("packets", "media packets a second, sent"),
    ("hub_mbps", "Mb/s to people, without calls"),
    ("media_out_mbps", "Mb/s of media, sent"),
    ("media_in_mbps", "Mb/s of media, received"),
    ("turn_mbps", "Mb/s of these through TURN"),
)
"""Names of `Demand`, and what they are."""

CURVE_HOURS = (5, 16)
"""UTC: in no country is there a lesson before or after, in summer as in winter."""

WIDEST_TOP, WIDEST_BOTTOM, RIGHT = 22, 30, 16
"""Space around a plot, for labels."""

CURVES: tuple[tuple[str, Callable[[Point], float]], ...] = (
    ("people connected", lambda point: point.demand.people),
    ("people who come in a quarter of an hour", lambda point: point.arrivals),
    ("Mb/s of media, sent", lambda point: point.demand.media_out_mbps),
)

MEANING = (
    "A simulation, multiplied with costs that were measured on one machine. Lessons, their forms and their bells are "
    "assumptions: loadtests/scale/assumptions.py and countries.py have all of them."
)


def clock(seconds: int) -> str:
    """Seconds after midnight as people write them; the seconds only where there are any."""
    hours, rest = divmod(seconds, HOUR)
    text = f"{hours:02}:{rest // MINUTE:02}"
    return f"{text}:{rest % MINUTE:02}" if rest % MINUTE else text


def terminal(day: Day, sizing: Sizing) -> str:
    """For standard output."""
    lines = [summary(day), ""]
    for _, head, rows in _tables(day, sizing):
        lines += [*sheet.columns([head, *rows]), ""]
    return "\n".join([*lines, *(f"Note: {remark}" for remark in remarks())])


def page(day: Day, sizing: Sizing, command: str) -> str:
    """For a browser; nothing is loaded from anywhere."""
    heading = f"{day.plan.projects} projects on {day.plan.day:%A}, {day.plan.day}"
    sections = [
        f'<section><h1>{escape(heading)}</h1><p class="lead">{escape(summary(day))}</p></section>',
        sheet.notes(remarks()),
        *(_plot(name, [(point.at, of(point)) for point in day.curve]) for name, of in CURVES),
        *(sheet.figures(meaning, head, rows) for meaning, head, rows in _tables(day, sizing)),
        sheet.tested([MEANING], command),
    ]
    place = machine.describe_shared(NoCores(None, None))
    return sheet.document("scale", place, heading, sections)


def summary(day: Day) -> str:
    """What was simulated."""
    of = "any of the 36 countries" if day.plan.country is None else f"{day.plan.country} and any other"
    return (
        f"{day.plan.projects} active projects with classes of {of}, {day.plan.day:%A} {day.plan.day}, seed "
        f"{day.plan.seed}: {day.totals.lessons} lessons, {day.totals.people} times somebody comes in, "
        f"{digits(day.totals.appends / 1e6)} million appends, {digits(day.totals.deliveries / 1e9)} thousand million "
        "deliveries."
    )


def remarks() -> list[str]:
    """What has to be known to trust the figures."""
    names = "; ".join(unit.name for unit in units.ALL if unit.is_preliminary)
    return [
        "Nobody has run this: one machine with 2 cores was measured, and what many cost is that many times as much.",
        f"Not on the page of figures (a busy machine, another program's word, or a setting): {names}.",
    ]


def figures(day: Day, sizing: Sizing) -> dict[str, str]:
    """Each peak, each core and what to run, by the words for it: what docs/scaling.md has in its table."""
    return {row[0]: row[1] for rows in (_peak_rows(day), _core_rows(sizing), _run_rows(day, sizing)) for row in rows}


def _tables(day: Day, sizing: Sizing) -> Iterator[tuple[str, sheet.Row, list[sheet.Row]]]:
    """Each with what it means."""
    yield "What is asked for at the busiest moments.", PEAK_HEAD, list(_peak_rows(day))
    yield "What that is in processor time, if all peaks came at once.", CORE_HEAD, list(_core_rows(sizing))
    yield "What carries it, with cores to spare and one machine lost.", RUN_HEAD, list(_run_rows(day, sizing))
    yield "What is full first, from the top.", LIMIT_HEAD, list(_limit_rows(sizing))
    yield "What all of it was multiplied with, and where that was measured.", UNIT_HEAD, list(_unit_rows())


def _peak_rows(day: Day) -> Iterator[sheet.Row]:
    def row(name: str, peak: Peak) -> sheet.Row:
        return (name, digits(peak.value), clock(peak.at))

    for name, text in PEAKS:
        yield row(text, day.peaks[name])
    storm = day.storm
    yield row("people who come within a minute", storm.minute)
    yield row("connections in one second", storm.connections)
    yield ("of these with a ticket fetched just now", digits(storm.sign_ins), clock(storm.connections.at))
    yield row("joins in one second", storm.joins)


def _core_rows(sizing: Sizing) -> Iterator[sheet.Row]:
    cores = sizing.cores
    for name, value in (
        ("deliveries", cores.deliveries),
        ("appends, in rtserver", cores.appends),
        ("crossing to another process", cores.crossing),
        ("rooms that are open", cores.rooms),
        ("coming in, in the worst second", cores.entrances),
        ("tickets in that second", cores.tickets),
        ("processes of rtserver, all of that", cores.hub),
        ("media workers", cores.media),
        ("PostgreSQL", cores.database),
        ("Redis", cores.redis),
        ("HAProxy", cores.balancer),
    ):
        yield (name, digits(value))


def _run_rows(day: Day, sizing: Sizing) -> Iterator[sheet.Row]:
    plan = day.plan
    yield ("cores of a machine", str(plan.cores))
    yield ("of these used at the peak, one machine lost", f"{plan.use:.0%}")
    yield ("machines for rtserver", str(sizing.machines))
    yield ("processes of rtserver, all together", str(sizing.processes))
    yield ("media workers, all together", str(sizing.media_workers))
    yield ("their memory, all together, GB", digits(sizing.memory))
    yield ("media out of one machine, Gb/s", digits(sizing.machine_mbps / GIGABITS))
    yield ("people who move when a machine is lost", str(sizing.moved))
    yield ("cores of PostgreSQL", str(sizing.database_cores))
    yield (f"connections to PostgreSQL, at {assumptions.DATABASE_POOL} a process", str(sizing.database_connections))
    yield (f"chat it keeps of a term of {assumptions.TERM_WEEKS} weeks, GB", digits(sizing.chat_term))
    yield ("boards of a term, before they are pruned, GB", digits(sizing.board_term))
    yield (f"sent to people in a month of {assumptions.MONTH_DAYS} days of school, TB", digits(sizing.sent_month))
    yield ("machines for HAProxy", str(sizing.balancers))
    yield ("cores of HAProxy", str(sizing.balancer_cores))
    yield ("memory of HAProxy's connections, GB", digits(sizing.balancer_memory))


def _limit_rows(sizing: Sizing) -> Iterator[sheet.Row]:
    for limit in sizing.limits:
        yield (f"{limit.part}: {limit.means}", f"{limit.used:.0%}", f"{digits(limit.grows)} times this peak")


def _unit_rows() -> Iterator[sheet.Row]:
    for unit in units.ALL:
        yield (unit.name, f"{unit.value:g} {unit.unit}", unit.where)


# --- The curves ---


def _plot(name: str, points: Sequence[tuple[int, float]]) -> str:
    first, last = (hour * HOUR for hour in CURVE_HOURS)
    shown = [(at, value) for at, value in points if first <= at <= last]
    drawn = "".join(_curve(canvas, name, shown, first, last) for canvas in CANVASES)
    return f"<section>{drawn}</section>"


def _curve(canvas: Canvas, name: str, points: Sequence[tuple[int, float]], first: int, last: int) -> str:
    frame = Frame(
        canvas.left,
        WIDEST_TOP,
        canvas.width - canvas.left - RIGHT,
        canvas.height - WIDEST_TOP - WIDEST_BOTTOM,
    )
    scale = Linear(max(value for _, value in points), ticks_wanted=3)
    line = [(frame.x((at - first) / (last - first)), frame.y(scale.position(value))) for at, value in points]
    hours = [
        Tick((hour * HOUR - first) / (last - first), f"{hour}:00") for hour in range(CURVE_HOURS[0], CURVE_HOURS[1] + 1)
    ]
    parts = [
        svg.left_axis(frame, scale.ticks(digits)),
        svg.area(line, frame.top + frame.height, "area"),
        svg.path(line, "line volume"),
        svg.text(frame.left, frame.top - 9, f"{name}, by UTC", "caption start"),
        svg.bottom_axis(frame, hours, canvas.letters, canvas.width),
    ]
    return svg.document(canvas.width, canvas.height, parts, f"{name}, over the day", f"plot {canvas.name}")
