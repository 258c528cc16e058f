"""What one lesson asks for."""

import pytest

from loadtests.scale import assumptions
from loadtests.scale.demand import FIELDS, Demand, board_bytes, chat_bytes, demand, joins, packets, streams, values
from loadtests.scale.lessons import Lesson
from loadtests.scenarios.lesson import CHAT
from loadtests.scenarios.lesson import Lesson as Scenario
from media.engine import VIDEO_SLOTS
from rtserver.config import Settings
from signaling.call import PARTICIPANTS_MAX

SIXTY = Lesson(0, "PL", "DE", "one device each", 60, has_board=True, has_call=False, cameras=0)
QUIET = Lesson(0, "PL", "DE", "one device each", 60, has_board=False, has_call=False, cameras=0)
CALL = Lesson(0, "PL", "DE", "class to class", 4, has_board=False, has_call=True, cameras=4)


def test_constants_of_the_product() -> None:
    """The plan would be wrong when they changed and it did not."""
    assert assumptions.SHOWN_MAX == VIDEO_SLOTS
    assert assumptions.PARTICIPANTS_MAX == PARTICIPANTS_MAX
    assert Settings.model_fields["database_pool"].default == assumptions.DATABASE_POOL


def test_as_the_load_test_plays_it() -> None:
    """Of a room of 60: its messages, finished strokes besides; chat reaches its sender, too."""
    asked = demand(SIXTY)
    played = sum(one.in_room(60) for one in Scenario().activities(60, 1))
    finished = asked.appends - CHAT.in_room(60)
    assert finished == pytest.approx(60 / 15)
    assert asked.messages == pytest.approx(played + finished)
    assert asked.deliveries == pytest.approx(asked.signals * 59 + asked.appends * 60)


def test_without_a_board_nobody_draws() -> None:
    """What is left is chat, and marks of typing."""
    asked = demand(QUIET)
    assert (asked.strokes, asked.pictures, asked.packets, asked.media_out_mbps, asked.turn_mbps) == (0, 0, 0, 0, 0)
    assert asked.appends == pytest.approx(CHAT.in_room(60))
    assert board_bytes(QUIET) == 0
    assert chat_bytes(QUIET) == pytest.approx(chat_bytes(SIXTY))


@pytest.mark.parametrize(
    ("people", "cameras", "pictures"), [(4, 4, 12), (4, 1, 3), (20, 20, 180), (60, 2, 118), (2, 0, 0)]
)
def test_nobody_is_sent_themselves(people: int, cameras: int, pictures: int) -> None:
    """And nobody more than there are places for."""
    assert streams(people, cameras)[0] == pictures


def test_a_call_as_it_was_measured() -> None:
    """Of 144 pictures and 120 voices, and of 4 and 4: the packets that docs/performance.md has."""
    assert packets(144, 120) == pytest.approx(15_455)
    assert packets(4, 4) == pytest.approx(463, abs=1)


def test_what_a_call_of_two_classes_takes() -> None:
    """Twelve pictures and two voices each, by hand."""
    asked = demand(CALL)
    assert asked.media_out_mbps == pytest.approx(12 * 0.498 + 8 * 0.04)
    assert asked.media_in_mbps == pytest.approx(4 * 2.15 + 2 * 0.04)
    assert asked.turn_mbps == pytest.approx((asked.media_out_mbps + asked.media_in_mbps) * assumptions.TURN_SHARE)
    assert asked.callers == 4


def test_joins_of_one_person() -> None:
    """Project and room always."""
    assert [joins(one) for one in (QUIET, CALL, SIXTY)] == [2, 3, 3]


def test_values_are_in_the_order_of_their_names() -> None:
    """The curves count on it."""
    assert dict(zip(FIELDS, values(Demand(lessons=1, turn_mbps=2)), strict=True))["turn_mbps"] == 2
