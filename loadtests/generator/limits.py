"""Refusals that would spoil a run, and which setting of the server prevents them."""

from rooms.messages import Failure

SETTINGS_OF = {
    "server_full": "the server takes no more connections: raise RT_CONNECTIONS_MAX on the test server",
    "too_many_devices": (
        "a member has too many connections open: raise RT_CONNECTIONS_PER_MEMBER on the test server, "
        "or wait until an earlier run's connections are gone"
    ),
    "too_many": "a project takes no more members: ask for smaller rooms with --size",
}
"""What each refusal means for a run."""

TOO_MANY_REQUESTS = "too_many_requests"

SIGNALS_LIMITED = (
    "the server limits how many signals one person may send: raise RT_SIGNALS_RATE, RT_SIGNALS_BURST, "
    "RT_MEMBER_SIGNALS_RATE and RT_MEMBER_SIGNALS_BURST on the test server, or ask for a lower --rate"
)
COMMANDS_LIMITED = (
    "the server limits how many commands one person may send: raise RT_COMMANDS_RATE, RT_COMMANDS_BURST, "
    "RT_MEMBER_COMMANDS_RATE and RT_MEMBER_COMMANDS_BURST on the test server, or ask for a lower --rate"
)


def spoiled(failure: Failure, is_signal: bool) -> str | None:
    """One sentence when a refusal is a limit of the server that the run must not meet; None for any other refusal."""
    code = str(failure.code)
    if code == TOO_MANY_REQUESTS:
        return sentence(code, SIGNALS_LIMITED if is_signal else COMMANDS_LIMITED)
    return sentence(code, SETTINGS_OF[code]) if code in SETTINGS_OF else None


def spoiled_connection(reason: str) -> str | None:
    """The same for the reason why a connection ended, which has the code in it."""
    for code, meaning in SETTINGS_OF.items():
        if f'"{code}"' in reason:
            return sentence(code, meaning)
    return None


def sentence(code: str, meaning: str) -> str:
    """What the user reads."""
    return f"The run met a limit ({code}): {meaning}."
