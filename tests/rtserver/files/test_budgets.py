from collections.abc import Callable

import pytest

from rooms.errors import ErrorCode, Refused
from rtserver.files import budgets
from rtserver.files.budgets import AT_ONCE_MAX, BYTES, LOOKS, SAVINGS, SENDINGS, FileBudgets
from rtserver.http import HttpRefused

NOW = 1_790_000_000_000
SECOND = 1_000
PROJECT = "p1"


def check_refused(ask: Callable[..., None], *arguments: object) -> None:
    with pytest.raises(Refused) as refused:
        ask(*arguments)
    assert refused.value.code is ErrorCode.TOO_MANY_REQUESTS
    assert refused.value.retry
    assert refused.value.retry_after


def send(to: FileBudgets, member: str, now: int) -> None:
    to.begin(PROJECT, member, now)
    to.end(PROJECT, member)


def test_files_are_counted_and_come_back_with_time() -> None:
    made = FileBudgets()
    for _ in range(SENDINGS.burst):
        send(made, "leo", NOW)
    check_refused(send, made, "leo", NOW)
    send(made, "leo", NOW + round(SECOND / SENDINGS.per_second))


def test_bytes_are_counted_and_come_back_with_time() -> None:
    made = FileBudgets()
    made.came(PROJECT, "leo", BYTES.burst, NOW)
    check_refused(made.came, PROJECT, "leo", 1_000_000, NOW)
    made.came(PROJECT, "leo", 1_000_000, NOW + round(1_000_000 / BYTES.per_second) * SECOND)


def test_saved_boards_are_counted_apart() -> None:
    made = FileBudgets()
    for _ in range(SAVINGS.burst):
        made.save(PROJECT, "leo", NOW)
    check_refused(made.save, PROJECT, "leo", NOW)
    send(made, "leo", NOW)


def test_pictures_that_are_asked_for_are_counted_apart_and_come_back_soon() -> None:
    made = FileBudgets()
    for _ in range(LOOKS.burst):
        made.look(PROJECT, "leo", NOW)
    check_refused(made.look, PROJECT, "leo", NOW)
    send(made, "leo", NOW)
    made.look(PROJECT, "zoe", NOW)
    for _ in range(round(LOOKS.per_second)):
        made.look(PROJECT, "leo", NOW + SECOND)


def test_who_is_over_a_limit_is_told_when_to_come_back() -> None:
    made = FileBudgets()
    for _ in range(SAVINGS.burst):
        made.save(PROJECT, "leo", NOW)
    with pytest.raises(HttpRefused) as refused:
        made.save(PROJECT, "leo", NOW)
    assert refused.value.retry_after == 10


def test_few_are_under_way_at_once() -> None:
    made = FileBudgets()
    for _ in range(AT_ONCE_MAX):
        made.begin(PROJECT, "leo", NOW)
    check_refused(made.begin, PROJECT, "leo", NOW)
    made.end(PROJECT, "leo")
    made.begin(PROJECT, "leo", NOW)


def test_nobody_uses_up_what_is_anothers() -> None:
    """Nor what is their own in another project."""
    made = FileBudgets()
    for _ in range(SENDINGS.burst):
        send(made, "leo", NOW)
    send(made, "zoe", NOW)
    made.begin("p2", "leo", NOW)


def test_those_who_have_not_sent_for_longest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """But nobody whose file is under way."""
    monkeypatch.setattr(budgets, "MEMBERS_MAX", 3)
    made = FileBudgets()
    for _ in range(AT_ONCE_MAX):
        made.begin(PROJECT, "busy", NOW)
    for member in ("idle", "zoe", "leo", "jan"):
        for _ in range(SENDINGS.burst):
            send(made, member, NOW)
    check_refused(made.begin, PROJECT, "busy", NOW)
    check_refused(send, made, "jan", NOW)
    send(made, "idle", NOW)


def test_ending_what_was_forgotten_is_no_error() -> None:
    FileBudgets().end(PROJECT, "leo")
