"""The last packets of a source, for whoever asks for one again (RFC 4585, 6.2.1)."""

from media.sequence_map import SEQUENCE_HALF, SEQUENCE_MASK

VIDEO_PACKETS = 512
"""Packets of a video that are kept: some seconds of a simulcast layer, more than any round trip to a school."""

AUDIO_PACKETS = 32
"""Packets of a voice that are kept: 640 ms; a later answer is of no use."""


class PacketCache:
    """Packets by their sequence number, each in the place of the one `size` before it."""

    __slots__ = ("_mask", "_packets", "_sequences")

    def __init__(self, size: int) -> None:
        """`size`: a power of two, so that places go round with sequence numbers."""
        if size & (size - 1) or not 0 < size <= SEQUENCE_HALF:
            raise ValueError(f"{size} is not a power of two up to {SEQUENCE_HALF}")
        self._mask = size - 1
        self._packets: list[bytes | None] = [None] * size
        self._sequences = [-1] * size

    def add(self, sequence: int, packet: bytes) -> bool:
        """Keep a packet. False: it is already here, or a newer one has its place, and whether it was is not known.

        What is not known must not go out: a repair may hold anything, and two packets of one number disclose the keys.
        """
        place = sequence & self._mask
        held = self._sequences[place]
        if held == sequence:
            return False
        if held >= 0 and (sequence - held) & SEQUENCE_MASK >= SEQUENCE_HALF:
            return False
        self._sequences[place] = sequence
        self._packets[place] = packet
        return True

    def get(self, sequence: int) -> bytes | None:
        """A packet, if it is still here."""
        place = sequence & self._mask
        return self._packets[place] if self._sequences[place] == sequence else None

    def clear(self) -> None:
        """Forget everything: the source may not send any more, or begins anew."""
        self._packets = [None] * len(self._packets)
        self._sequences = [-1] * len(self._sequences)
