"""Sends the recorded tracks of one publisher: numbers and times are written into a packet, then it is protected."""

import random
import struct
from collections.abc import Sequence

from pylibsrtp import Error

from loadtests.media import rtcp
from loadtests.media.numbering import NUMBER, NUMBER_BYTES
from loadtests.media.recording import PICTURE_ID_OFFSET, Recording
from loadtests.media.srtp import Buffer, protect
from loadtests.media.transport import DATAGRAM_BYTES_MAX, Transport

KEYFRAME_INTERVAL = 0.3
"""Seconds within which browsers do not make another keyframe."""

REPORT_INTERVAL = 1.0
"""Seconds between two sender reports of a track."""

PICTURE_IDS = 1 << 15

_NUMBERS = struct.Struct("!HII")
_NUMBERS_OFFSET = 2
_PICTURE_ID = struct.Struct("!H")
_LONG = 0x8000
"""The M bit of a picture id of 15 bits."""


class SentTrack:
    """One track on its way. `number`: in the run (see `numbering`); `due`: seconds, when its next frame is."""

    def __init__(self, recording: Recording, number: int, due: float, is_numbered: bool = True) -> None:
        """`is_numbered`: write the packet's number behind its payload. A decoder would not bear it."""
        self.number = number
        self.due = due
        self.ssrc = random.getrandbits(31)
        self.recording = recording
        self.packets = 0
        """Sent so far: the last one's number at the end of its payload."""
        self._interval = float(recording.interval)
        self._number_bytes = NUMBER_BYTES if is_numbered else 0
        tail = bytes(self._number_bytes)
        self._frames = [[packet + tail for packet in frame.packets] for frame in recording.frames]
        self._offset = recording.offset
        self._index = 0
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(31)
        self._picture = 0
        self._bytes = 0
        self._keyframe_at = 0.0

    def ask_keyframe(self, now: float) -> None:
        """The recording begins with the only one."""
        if self.recording.is_video and now - self._keyframe_at >= KEYFRAME_INTERVAL:
            self._index = 0
            self._keyframe_at = now

    def send_frame(self, transport: Transport, buffer: Buffer, now: float) -> int:
        """The next one, in packets as many as it takes; how many the socket did not take."""
        recording, offset = self.recording, self._offset
        view, length, handle = buffer.view, buffer.length, transport.outbound.handle
        refused = 0
        for packet in self._frames[self._index]:
            size = len(packet)
            view[:size] = packet
            _NUMBERS.pack_into(view, _NUMBERS_OFFSET, self._sequence, self._timestamp, self.ssrc)
            if recording.is_video:
                _PICTURE_ID.pack_into(view, offset + PICTURE_ID_OFFSET, _LONG | self._picture)
            self.packets += 1
            if self._number_bytes:
                NUMBER.pack_into(view, size - NUMBER_BYTES, self.number, self.packets & 0xFFFFFFFF)
            self._sequence = self._sequence + 1 & 0xFFFF
            self._bytes += size - offset
            length[0] = size
            if protect(handle, buffer.memory, length):
                raise ValueError("a packet that cannot be protected")
            try:
                transport.socket.send(view[: length[0]])
            except (BlockingIOError, ConnectionRefusedError):
                refused += 1
        self._index = (self._index + 1) % len(self._frames)
        self._timestamp = self._timestamp + recording.clock_step & 0xFFFFFFFF
        self._picture = (self._picture + 1) % PICTURE_IDS
        # A generator that was kept from its core does not send what it missed all at once: no camera does.
        self.due = max(self.due + self._interval, now)
        return refused

    def report(self) -> bytes:
        """The sender report of now."""
        return rtcp.sender_report(self.ssrc, self._timestamp, self.packets, self._bytes)


class Publisher:
    """The tracks of one peer, and what the server asks of it."""

    def __init__(self, transport: Transport, tracks: Sequence[SentTrack]) -> None:
        self.transport = transport
        self.tracks = tuple(tracks)
        self._report_at = 0.0
        self.keyframes_wanted = 0
        self.repairs_wanted = 0

    def tick(self, now: float) -> None:
        """Do what is due besides sending frames."""
        self.transport.tick(now)
        if self.transport.is_ready and now >= self._report_at:
            self._report_at = now + REPORT_INTERVAL
            for track in self.tracks:
                if track.packets:
                    self.transport.send(self.transport.outbound.protect_rtcp(track.report()))

    def receive(self, now: float) -> None:
        """Everything that the server has sent."""
        while True:
            try:
                datagram = self.transport.socket.recv(DATAGRAM_BYTES_MAX)
            except (BlockingIOError, ConnectionRefusedError):
                return
            if len(datagram) > 1 and datagram[1] in rtcp.TYPES and datagram[0] >> 6 == 2:
                self._take_rtcp(datagram, now)
            else:
                self.transport.take(datagram)

    def _take_rtcp(self, datagram: bytes, now: float) -> None:
        try:
            compound = self.transport.inbound.unprotect_rtcp(datagram)
        except Error:
            return
        self.repairs_wanted += rtcp.repairs_wanted(compound)
        if rtcp.wants_keyframe(compound):
            self.keyframes_wanted += 1
            for track in self.tracks:
                track.ask_keyframe(now)
