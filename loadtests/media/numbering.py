"""The number at the end of every packet: who sent it, and the how manieth of its track it is.

A server that forwards gives every subscriber sequence numbers of its own, so these cannot tell what was lost on the way
from the publisher; the last bytes of the payload, which only a decoder would look at, can.
"""

import struct

NUMBER = struct.Struct("!HI")
"""The track's number in the run, and the packet's in the track."""

NUMBER_BYTES = NUMBER.size

AUDIO, VIDEO = 0, 1
MEDIA = 2


def track_number(publisher: int, medium: int) -> int:
    """Of a publisher's `AUDIO` or `VIDEO`."""
    return publisher * MEDIA + medium


def is_video(track: int) -> bool:
    """Which of the two a track is."""
    return track % MEDIA == VIDEO
