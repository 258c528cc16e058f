"""`media.stun`: requests of an independent implementation are read, everything else is not."""

import struct

import pytest
from aioice import stun as aioice_stun
from hypothesis import given
from hypothesis import strategies as st

from media.stun import BindingRequest, binding_response, read_binding_request, role_conflict

PASSWORD = b"a password of ours"


def check(nominate: bool = False, controlled: bool = False, password: bytes = PASSWORD, **more: object) -> bytes:
    """A connectivity check as aioice makes it."""
    message = aioice_stun.Message(aioice_stun.Method.BINDING, aioice_stun.Class.REQUEST)
    message.attributes.update({"USERNAME": "ours:theirs", "PRIORITY": 42, **more})
    message.attributes["ICE-CONTROLLED" if controlled else "ICE-CONTROLLING"] = 1
    if nominate:
        message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(password)
    return bytes(message)


def read(data: bytes) -> BindingRequest:
    request = read_binding_request(data)
    assert request is not None
    return request


@pytest.mark.parametrize("nominate", [False, True])
@pytest.mark.parametrize("controlled", [False, True])
def test_a_check_is_read(nominate: bool, controlled: bool) -> None:
    """User name, nomination, role, and who signed it."""
    request = read(check(nominate, controlled))
    assert request.username == b"ours:theirs"
    assert request.nominates is nominate
    assert request.is_controlled is controlled
    assert request.is_signed(PASSWORD)
    assert not request.is_signed(b"another password")


def test_forged() -> None:
    """Who does not know the password has signed something else."""
    assert not read(check(password=b"guessed")).is_signed(PASSWORD)


def test_without_fingerprint() -> None:
    """FINGERPRINT is not needed: MESSAGE-INTEGRITY covers more."""
    data = check()[:-8]
    data = data[:2] + struct.pack("!H", len(data) - 20) + data[4:]
    assert read(data).is_signed(PASSWORD)


def test_without_signature() -> None:
    """It is no check."""
    message = aioice_stun.Message(aioice_stun.Method.BINDING, aioice_stun.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    assert read_binding_request(bytes(message)) is None


def test_without_user_name() -> None:
    """It is no check."""
    message = aioice_stun.Message(aioice_stun.Method.BINDING, aioice_stun.Class.REQUEST)
    message.add_message_integrity(PASSWORD)
    assert read_binding_request(bytes(message)) is None


def test_attributes_after_the_signature_count_for_nothing() -> None:
    """Nobody can add USE-CANDIDATE to a check of another."""
    data = check()[:-8] + struct.pack("!HH", 0x0025, 0)
    data = data[:2] + struct.pack("!H", len(data) - 20) + data[4:]
    request = read_binding_request(data)
    assert request is None or not request.nominates


@pytest.mark.parametrize("kind", [aioice_stun.Class.RESPONSE, aioice_stun.Class.INDICATION, aioice_stun.Class.ERROR])
def test_other_messages(kind: aioice_stun.Class) -> None:
    """We ask nothing, so there are no answers for us."""
    message = aioice_stun.Message(aioice_stun.Method.BINDING, kind)
    message.attributes["USERNAME"] = "ours:theirs"
    message.add_message_integrity(PASSWORD)
    assert read_binding_request(bytes(message)) is None


@given(st.data())
def test_any_change_is_found(data: st.DataObject) -> None:
    """A byte that was changed makes it no request, or one that is not signed."""
    message = bytearray(check(nominate=True))
    position = data.draw(st.integers(0, len(message) - 1))
    message[position] ^= data.draw(st.integers(1, 255))
    request = read_binding_request(bytes(message))
    assert request is None or not request.is_signed(PASSWORD)


@given(st.binary(max_size=200))
def test_garbage(data: bytes) -> None:
    """Nothing is read from it, and nothing is raised."""
    assert read_binding_request(data) is None


@given(st.binary(max_size=100).filter(lambda body: len(body) % 4 == 0))
def test_garbage_behind_a_proper_header(body: bytes) -> None:
    """The same when it begins as a check does."""
    request = read_binding_request(struct.pack("!HHI12s", 1, len(body), 0x2112A442, bytes(12)) + body)
    assert request is None or not request.is_signed(PASSWORD)


@pytest.mark.parametrize(
    ("host", "seen"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_response(host: str, seen: str) -> None:
    """aioice reads it: the address as we see it, signed."""
    request = read(check())
    response = aioice_stun.parse_message(binding_response(request, host, 50_000, PASSWORD))
    assert response.message_class is aioice_stun.Class.RESPONSE
    assert response.transaction_id == request.transaction
    assert response.attributes["XOR-MAPPED-ADDRESS"] == (seen, 50_000)
    assert "FINGERPRINT" in response.attributes
    assert response.check_message_integrity(PASSWORD)


def test_a_role_conflict() -> None:
    """aioice reads the error."""
    request = read(check(controlled=True))
    response = aioice_stun.parse_message(role_conflict(request, PASSWORD))
    assert response.message_class is aioice_stun.Class.ERROR
    assert response.error_code == 487
    assert response.check_message_integrity(PASSWORD)
