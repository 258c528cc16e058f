"""The one message of the comparison, as the servers read it and as it comes back."""

import msgspec
import pytest

from loadtests import frames
from loadtests.compare.signals import DATA_BYTES, SEQ_COUNT, Number, SignalWriter, is_signal, number_of
from rooms.messages import RoomSignal, Signalled


def unmasked(frame: bytes) -> bytes:
    """The payload of a client's frame of 126 to 65,535 bytes."""
    assert frame[0] == 0x81
    assert frame[1] == 0x80 | 126
    size = int.from_bytes(frame[2:4], "big")
    assert len(frame) == 8 + size
    return frames.masked(frame[8:], frame[4:8])


@pytest.mark.parametrize("room", ["r_1", "r_12", "r_123", "r_1234"])
@pytest.mark.parametrize("seq", [0, 1, 9_999, 10_000, 12_345_678, SEQ_COUNT - 1])
def test_a_signal_is_the_servers_command(room: str, seq: int) -> None:
    """However the number lies to the mask."""
    payload = unmasked(SignalWriter(room, sender=7).frame(seq))
    assert payload.startswith(b"42[")  # an event that asks for no ack
    name, signal = msgspec.json.decode(payload[2:], type=tuple[str, RoomSignal])
    assert name == "room.signal"
    assert signal.room == room
    assert not signal.latest
    assert len(signal.data.encode()) == DATA_BYTES
    assert signal.data.startswith(f"0007{seq:08d}")


def test_all_frames_of_a_sender_have_one_length() -> None:
    writer = SignalWriter("room-001", sender=3)
    assert len({len(writer.frame(seq)) for seq in (0, 1, 99_999, SEQ_COUNT - 1)}) == 1


def test_what_comes_back_has_its_number() -> None:
    data = unmasked(SignalWriter("r_1", sender=12).frame(345)).partition(b'"data":"')[2].partition(b'"')[0].decode()
    payload = b"42" + msgspec.json.encode(("signal", Signalled("r_1", "m_1", "bench", data)))
    assert is_signal(payload)
    assert number_of(payload) == Number(12, 345)


def test_other_events_are_no_signals() -> None:
    assert not is_signal(b'42["presence",{"changes":[]}]')
    assert not is_signal(b"2")


def test_a_signal_of_somebody_else_has_no_number() -> None:
    with pytest.raises(frames.BrokenStream, match="without a number"):
        number_of(b'42["signal",' + msgspec.json.encode({"data": "hello"}) + b"]")
