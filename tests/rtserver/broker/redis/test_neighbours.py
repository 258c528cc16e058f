from rtserver.broker.redis.neighbours import Neighbours

LIFETIME = 6.0


def neighbours() -> Neighbours:
    """Connected long ago."""
    made = Neighbours("me", LIFETIME)
    made.connected(-100.0)
    return made


def test_one_that_was_seen_and_is_gone_is_lost_once() -> None:
    them = neighbours()
    assert them.listed(["me", "a", "b"], 0.0) == []
    assert them.listed(["me", "b"], 2.0) == ["a"]
    assert them.listed(["me", "b"], 4.0) == []


def test_one_that_comes_back_can_be_lost_again() -> None:
    them = neighbours()
    them.listed(["a"], 0.0)
    assert them.listed([], 2.0) == ["a"]
    assert them.listed(["a"], 4.0) == []
    assert them.listed([], 6.0) == ["a"]


def test_oneself_is_never_lost() -> None:
    them = neighbours()
    them.listed(["me"], 0.0)
    assert them.listed([], 2.0) == []
    assert not them.ended("me")


def test_after_a_connection_nobody_is_missed_until_all_could_be_back() -> None:
    """Redis may have come back empty, and others need longer to notice."""
    them = neighbours()
    them.listed(["a", "b"], 0.0)
    them.connected(10.0)
    assert them.listed([], 10.1) == []
    assert them.listed(["a"], 12.0) == []
    assert them.listed(["a"], 15.9) == []
    assert them.listed(["a"], 16.0) == ["b"]


def test_a_farewell_is_news_once() -> None:
    them = neighbours()
    them.listed(["a"], 0.0)
    assert them.ended("a")
    assert not them.ended("a")
    assert them.listed(["a"], 1.0) == [], "an answer that was under way still lists it"
    assert them.listed([], 2.0) == []


def test_a_farewell_of_one_that_was_never_listed_is_news() -> None:
    assert neighbours().ended("short")
