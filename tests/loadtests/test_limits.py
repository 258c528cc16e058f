"""Each limit of the server that would spoil a run has a sentence with the setting to raise."""

import pytest

from loadtests.generator.limits import spoiled, spoiled_connection
from rooms.errors import ErrorCode
from rooms.messages import Failure


@pytest.mark.parametrize(
    ("code", "is_signal", "setting"),
    [
        (ErrorCode.TOO_MANY_REQUESTS, True, "RT_SIGNALS_RATE, RT_SIGNALS_BURST"),
        (ErrorCode.TOO_MANY_REQUESTS, False, "RT_MEMBER_COMMANDS_RATE and RT_MEMBER_COMMANDS_BURST"),
        (ErrorCode.SERVER_FULL, False, "RT_CONNECTIONS_MAX"),
        (ErrorCode.TOO_MANY_DEVICES, False, "RT_CONNECTIONS_PER_MEMBER"),
        (ErrorCode.TOO_MANY, False, "--size"),
    ],
)
def test_a_refusal(code: ErrorCode, is_signal: bool, setting: str) -> None:
    sentence = spoiled(Failure(code, "", retry=True), is_signal)
    assert sentence is not None
    assert sentence.startswith(f"The run met a limit ({code})")
    assert setting in sentence


def test_another_refusal_is_a_finding() -> None:
    assert spoiled(Failure(ErrorCode.ROOM_CLOSED, "", retry=False), is_signal=False) is None


def test_a_connection_that_was_refused() -> None:
    full = 'no WebSocket: HTTP/1.1 503 {"error":{"code":"server_full","message":"The server is full."}}'
    assert "RT_CONNECTIONS_MAX" in (spoiled_connection(full) or "")
    assert spoiled_connection("Connection reset by peer") is None
