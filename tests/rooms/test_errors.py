"""`rooms.errors`: every refusal has a code and a sentence that helps."""

import re

import pytest

from rooms.errors import ERROR_TEXTS, ErrorCode, Refused

SAYS_WHAT_TO_DO = {
    "too_large": "Send it in smaller parts",
    "too_many_requests": "Wait",
    "not_joined": "Join",
    "not_in_call": "Join the call",
    "call_held": "Raise your hand",
    "version_unsupported": "Reload",
    "sign_in_required": "Open your invitation link",
    "ticket_invalid": "Ask for a new one",
    "session_ended": "Ask whoever gave you your link",
    "invitation_invalid": "Ask whoever gave it to you",
    "server_full": "Try again",
    "too_many_devices": "Close some windows",
    "other_group": "Your teacher can put you in a group",
    "room_closed": "A teacher opens it",
    "no_teacher_present": "Wait",
    "board_full": "Delete something, or go on with a new board",
    "file_type_refused": "Only pictures",
    "poll_open": "Close it first",
    "unavailable": "It will be tried again",
    "call_out_of_reach": "Load the page anew",
}
"""Codes after which a person can do something, and the words that say what."""

NOTHING_TO_DO = {
    "unknown_command",
    "invalid",
    "malformed",
    "unknown_participant",
    "offer_refused",
    "origin_refused",
    "api_key_invalid",
    "connect_timeout",
    "not_a_member",
    "unknown_project",
    "unknown_room",
    "unknown_member",
    "unknown_class",
    "unknown_message",
    "message_deleted",
    "project_not_started",
    "project_archived",
    "room_banned",
    "room_locked",
    "capability_off",
    "call_removed",
    "call_ended",
    "call_elsewhere",
    "call_on_other_server",
    "not_your_message",
    "poll_closed",
    "teachers_only",
    "founders_only",
    "founder_stays",
    "not_for_teachers",
    "not_for_staff_room",
    "other_class",
    "unknown_board",
    "unknown_element",
    "board_read_only",
    "board_last",
    "element_changed",
    "element_gone",
    "element_locked",
    "not_your_element",
    "link_refused",
    "undo_too_late",
    "export_off",
    "file_unreadable",
    "unknown_file",
    "country_unknown",
    "timezone_unknown",
    "language_unknown",
    "founders_same_country",
    "founders_same_class",
    "too_many",
    "internal",
    "shutting_down",
    "slow",
}
"""Codes after which the sentence says how things are, and whose business they are."""

RETRY = {
    "call_on_other_server",
    "call_out_of_reach",
    "too_many_requests",
    "server_full",
    "connect_timeout",
    "unavailable",
    "internal",
    "shutting_down",
    "slow",
}


def test_every_code_has_a_text() -> None:
    """No code without a sentence, no sentence without a code."""
    assert set(ERROR_TEXTS) == set(ErrorCode)


def test_codes_are_distinct_words() -> None:
    """Codes are unique, lower case, and what the member is called."""
    assert len({code.value for code in ErrorCode.__members__.values()}) == len(ErrorCode.__members__)
    for name, code in ErrorCode.__members__.items():
        assert code.value == name.lower()
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", code.value)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_texts_are_sentences_for_people(code: ErrorCode) -> None:
    """A capital, a full stop, no code words, short enough for a phone."""
    text = ERROR_TEXTS[code].message
    assert text[0].isupper()
    assert text.endswith(".")
    assert "_" not in text
    assert 15 <= len(text) <= 120


def test_texts_differ() -> None:
    """Two codes never say the same."""
    assert len({text.message for text in ERROR_TEXTS.values()}) == len(ERROR_TEXTS)


def test_every_code_was_thought_about() -> None:
    """Each code either says what to do or is one after which nothing can be done."""
    assert SAYS_WHAT_TO_DO.keys() | NOTHING_TO_DO == set(ErrorCode)
    assert not SAYS_WHAT_TO_DO.keys() & NOTHING_TO_DO


@pytest.mark.parametrize(("code", "words"), SAYS_WHAT_TO_DO.items())
def test_texts_say_what_to_do(code: str, words: str) -> None:
    """Where a person can do something about it, the sentence says what."""
    assert words in ERROR_TEXTS[ErrorCode(code)].message


def test_what_may_be_tried_again() -> None:
    """Only what passes by itself is marked for a retry."""
    assert {code for code, text in ERROR_TEXTS.items() if text.retry} == RETRY


def test_refused_carries_the_sentence() -> None:
    """A refusal reads as code for logs and as sentence for people."""
    refused = Refused(ErrorCode.TEACHERS_ONLY)
    assert (refused.code, refused.detail, refused.retry) == (ErrorCode.TEACHERS_ONLY, None, False)
    assert str(refused) == "teachers_only"
    assert refused.message == "Only teachers may do this."


def test_refused_carries_the_detail() -> None:
    """A detail stands behind the sentence."""
    refused = Refused(ErrorCode.TOO_MANY, "at most 60 rooms")
    assert str(refused) == "too_many: at most 60 rooms"
    assert refused.message.endswith("(at most 60 rooms)")
    assert Refused(ErrorCode.UNAVAILABLE).retry
