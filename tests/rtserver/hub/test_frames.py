"""Frames beside another library's reader, and messages cut into any pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtserver.hub.frames import CLOSE_NORMAL, LENGTH_INLINE_MAX, Assembler, BrokenMessage, Opcode, frame
from tests.rtserver.hub.fakes import read_frames

quick = settings(max_examples=80, deadline=None, database=None, derandomize=True, print_blob=False)

MAX = 1000


class TestFrames:
    @pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
    @pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 1_000_000])
    def test_of_every_length_form(self, opcode: Opcode, size: int) -> None:
        """Another library reads the very same, and nothing is left over."""
        assert read_frames(frame(opcode, b"x" * size)) == [(opcode, b"x" * size)]

    @pytest.mark.parametrize("opcode", [Opcode.PING, Opcode.PONG])
    def test_of_control(self, opcode: Opcode) -> None:
        """As long as they may be (RFC 6455, 5.5)."""
        payload = b"p" * LENGTH_INLINE_MAX
        assert read_frames(frame(opcode, payload)) == [(opcode, payload)]

    def test_of_the_end(self) -> None:
        """Status 1000, without a reason."""
        assert read_frames(CLOSE_NORMAL) == [(Opcode.CLOSE, b"\x03\xe8")]

    @quick
    @given(st.lists(st.tuples(st.sampled_from([Opcode.TEXT, Opcode.BINARY]), st.text(max_size=200)), max_size=8))
    def test_one_behind_the_other(self, messages: list[tuple[Opcode, str]]) -> None:
        """Frames that were joined to one write are as many as they were."""
        sent = [(opcode, text.encode()) for opcode, text in messages]
        assert read_frames(b"".join(frame(*one) for one in sent)) == sent

    def test_the_shortest_form_is_used(self) -> None:
        """As the RFC demands (5.2): the lengths of heads are 2, 4 and 10 bytes."""
        heads = [len(frame(Opcode.TEXT, b"x" * size)) - size for size in (125, 126, 65_535, 65_536)]
        assert heads == [2, 4, 4, 10]


class TestAssembler:
    @quick
    @given(st.lists(st.tuples(st.booleans(), st.lists(st.binary(max_size=20), min_size=1, max_size=6)), max_size=5))
    def test_any_fragments(self, messages: list[tuple[bool, list[bytes]]]) -> None:
        """Whatever a message is cut into, the whole comes out, with its kind, when its last piece came."""
        assembler = Assembler(MAX)
        for is_text, pieces in messages:
            assert not assembler.is_waiting
            for at, piece in enumerate(pieces):
                first = Opcode.TEXT if is_text else Opcode.BINARY
                is_final = at == len(pieces) - 1
                message = assembler.add(first if at == 0 else Opcode.CONTINUATION, piece, is_final)
                assert message == ((b"".join(pieces), is_text) if is_final else None)
                assert assembler.is_waiting is not is_final

    def test_a_continuation_of_nothing(self) -> None:
        """Also behind a message that is whole."""
        assembler = Assembler(MAX)
        with pytest.raises(BrokenMessage):
            assembler.add(Opcode.CONTINUATION, b"x", is_final=True)
        assembler.add(Opcode.TEXT, b"x", is_final=True)
        with pytest.raises(BrokenMessage):
            assembler.add(Opcode.CONTINUATION, b"x", is_final=False)

    @pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
    def test_a_message_inside_a_message(self, opcode: Opcode) -> None:
        """Messages do not interleave (RFC 6455, 5.4)."""
        assembler = Assembler(MAX)
        assembler.add(Opcode.TEXT, b"x", is_final=False)
        with pytest.raises(BrokenMessage):
            assembler.add(opcode, b"y", is_final=True)

    def test_the_bound_is_of_the_whole(self) -> None:
        """Exactly as much as allowed is fine; it begins anew with each message."""
        assembler = Assembler(MAX)
        for _ in range(3):
            assert assembler.add(Opcode.BINARY, b"x" * (MAX - 1), is_final=False) is None
            assert assembler.add(Opcode.CONTINUATION, b"x", is_final=True) == (b"x" * MAX, False)
        assembler.add(Opcode.BINARY, b"x" * MAX, is_final=False)
        with pytest.raises(BrokenMessage):
            assembler.add(Opcode.CONTINUATION, b"x", is_final=False)

    def test_one_frame_over_the_bound(self) -> None:
        """Is too much at once."""
        with pytest.raises(BrokenMessage):
            Assembler(MAX).add(Opcode.TEXT, b"x" * (MAX + 1), is_final=True)
