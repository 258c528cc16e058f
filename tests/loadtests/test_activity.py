"""Rates add up, and a mixture keeps its proportions at another speed."""

import pytest

from loadtests.generator.activity import Activity, Topic, messages_a_second, scaled

POINTING = Activity(Topic.CURSOR, every=20, characters=64, burst=40, spacing=0.1, reason="")
SPEAKING = Activity(Topic.STROKE, every=2, characters=150, speakers=2, reason="")


def test_rates() -> None:
    assert POINTING.per_person == 2
    assert POINTING.in_room(60) == 120
    assert SPEAKING.in_room(60) == 1
    assert SPEAKING.people(1) == 1
    assert messages_a_second((POINTING, SPEAKING), 60) == 121


def test_another_speed() -> None:
    mixture = scaled((POINTING, SPEAKING), 60, rate=242)
    assert messages_a_second(mixture, 60) == pytest.approx(242)
    assert mixture[0].every == 10
    assert mixture[0].spacing == 0.05
    assert (mixture[0].burst, mixture[0].characters, mixture[1].speakers) == (40, 64, 2)


def test_only_chat_is_durable() -> None:
    assert [topic for topic in Topic if topic.is_durable] == [Topic.CHAT]
    assert Topic.STROKE.label == "stroke"
    assert not Topic.STROKE.is_replaced
