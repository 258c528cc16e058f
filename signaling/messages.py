"""The wire of calls: commands of participants, their results, and what the server pushes to them.

Beside `rooms.messages`, and of the same make: a command travels as a Socket.IO event named by its tag. A participant is
one connection in the call of one room; which one is known from the connection and never from the payload. Durable
commands go to the stream `call:<room>`; everything else lives as long as the call.

Words are those of W3C WebRTC 1.0 (offer, answer, candidate, track) and of RFC 8829 (SDP), RFC 8839 (candidates).
"""

from enum import StrEnum
from typing import Annotated, Any

from msgspec import Meta, Struct

from rooms.errors import ErrorCode
from rooms.messages import Accepted, Command, Done, DurableCommand, Id, Milliseconds
from rooms.model import Medium, MemberId, RoomId

SDP_CHARACTERS_MAX = 57_344
"""Characters of a session description: Chromium's with all slots has 50,000, and 18,000 when its client leaves out
codecs that the server does not forward. With the packet around it, it stays below the 65,536 bytes of a packet."""

CANDIDATE_CHARACTERS_MAX = 1_024
"""Characters of one ICE candidate: the longest that browsers make, with relay and extensions, has about 300."""

ICE_SERVERS_MAX = 8
"""ICE servers that a client is told of: browsers warn from five on, and more slow gathering down."""

ParticipantId = str
Sdp = Annotated[str, Meta(min_length=1, max_length=SDP_CHARACTERS_MAX)]
Revision = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class ParticipantKind(StrEnum):
    """A person, or a device that shows a whole class: large for everybody, and never left out for want of slots."""

    PERSON = "person"
    CLASS_CAMERA = "class-camera"


class CallMode(StrEnum):
    """Who sends to whom. sfu: everybody to the server, which forwards. mesh: each to each, among teachers only."""

    MESH = "mesh"
    SFU = "sfu"


class Bandwidth(StrEnum):
    """How much of the call a participant takes: all slots, one picture, or sound only."""

    FULL = "full"
    ONE_CAMERA = "one-camera"
    AUDIO_ONLY = "audio-only"


class Quality(StrEnum):
    """How well a participant's own connection does, as its client measures it."""

    UNKNOWN = "unknown"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class SessionRole(StrEnum):
    """The two peer connections of a participant with the server: one sends its tracks, the other has the slots."""

    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"


class DescriptionType(StrEnum):
    """RTCSdpType, as far as peers of a mesh exchange it."""

    OFFER = "offer"
    ANSWER = "answer"


# --- Durable commands: they outlive connections, calls and restarts ---


class CallHold(DurableCommand, frozen=True, tag="call.hold"):
    """Teachers switch one medium of one pupil or visitor off in this call until they let it go. Answer: `Accepted`."""

    room: Id
    member: Id
    medium: Medium
    held: bool


class CallHoldPupils(DurableCommand, frozen=True, tag="call.hold_pupils"):
    """The same for everybody but teachers, those who come later included; single ones are let go with `call.hold`.

    Answer: `Accepted`.
    """

    room: Id
    medium: Medium
    held: bool


class CallRemove(DurableCommand, frozen=True, tag="call.remove"):
    """Teachers put a pupil or visitor out of the call of this room, or let them in again. Answer: `Accepted`."""

    room: Id
    member: Id
    removed: bool


class CallEnd(DurableCommand, frozen=True, tag="call.end"):
    """Teachers end the call of this room for everybody, who may begin a new one. Answer: `Accepted`."""

    room: Id


# --- Being in a call ---


class CallJoin(Command, frozen=True, tag="call.join"):
    """Take part in the call of a room that one has joined. Answer: `CallJoined`.

    `resume` is what an earlier `CallJoined` gave: after a dropped connection the same participant goes on, its media
    sessions with it. Without, or when it is too late, a new participant comes.
    """

    room: Id
    kind: ParticipantKind = ParticipantKind.PERSON
    resume: Id | None = None


class CallLeave(Command, frozen=True, tag="call.leave"):
    """Leave the call. Answer: `Done`."""

    room: Id


class CallPublish(Command, frozen=True, tag="call.publish"):
    """Offer a track to the call, muted or not; said again, only `muted` changes. Answer: `Done`."""

    room: Id
    medium: Medium
    muted: bool = False


class CallUnpublish(Command, frozen=True, tag="call.unpublish"):
    """Take a track back. Answer: `Done`."""

    room: Id
    medium: Medium


class CallMute(Command, frozen=True, tag="call.mute"):
    """Mute or unmute one's own track; a teacher may mute (not unmute) that of another `participant`. Answer: `Done`."""

    room: Id
    medium: Medium
    muted: bool
    participant: Id | None = None


class CallAsk(Command, frozen=True, tag="call.ask"):
    """A teacher asks a participant to switch a medium on: a `call_asked` to that one. Answer: `Done`."""

    room: Id
    participant: Id
    medium: Medium


class CallHand(Command, frozen=True, tag="call.hand"):
    """Raise or lower one's hand; a teacher may lower that of another `participant`. Answer: `Done`."""

    room: Id
    raised: bool
    participant: Id | None = None


class CallSetBandwidth(Command, frozen=True, tag="call.set_bandwidth"):
    """Take more or less of the call. `automatic`: the client chose, not the person. Answer: `Done`."""

    room: Id
    bandwidth: Bandwidth
    automatic: bool = False


class CallReportQuality(Command, frozen=True, tag="call.report_quality"):
    """How one's own connection does. Answer: `Done`."""

    room: Id
    quality: Quality


class CallWatch(Command, frozen=True, tag="call.watch"):
    """Whom one shows large: that one comes in the best layer and keeps a slot. Answer: `Done`."""

    room: Id
    participant: Id | None


# --- Media sessions with the server (mode sfu) ---


class CallOffer(Command, frozen=True, tag="call.offer"):
    """Offer a media session; the same role again is a renegotiation or an ICE restart. Answer: `CallAnswer`."""

    room: Id
    role: SessionRole
    sdp: Sdp


class CallSettled(Command, frozen=True, tag="call.settled"):
    """Both media sessions with the server are connected: as for us, the mesh may end. Answer: `Done`."""

    room: Id


class CallUseServer(Command, frozen=True, tag="call.use_server"):
    """A direct connection of the mesh does not come about: let the call go over the server. Answer: `Done`."""

    room: Id


class CallSlotsSeen(Command, frozen=True, tag="call.slots_seen"):
    """The tiles of all `call_slots` up to this revision were cleared: their new sources may begin. Answer: `Done`."""

    room: Id
    revision: Revision


class CallIceServers(Command, frozen=True, tag="call.ice_servers"):
    """Fresh credentials, before the old ones end. Answer: `IceServers`."""

    room: Id


# --- Between peers (mode mesh) ---


class CallDescribe(Command, frozen=True, tag="call.describe"):
    """Pass a session description on to another participant of the same mesh. Answer: `Done`."""

    room: Id
    to: Id
    type: DescriptionType
    sdp: Sdp


class CallCandidate(Command, frozen=True, tag="call.candidate"):
    """Pass an ICE candidate (RTCIceCandidateInit; empty: no more) on to another participant. Answer: `Done`."""

    room: Id
    to: Id
    candidate: Annotated[str, Meta(max_length=CANDIDATE_CHARACTERS_MAX)]
    mid: Annotated[str, Meta(max_length=64)] | None = None
    line: Annotated[int, Meta(ge=0, le=64)] | None = None


CallCommand = (
    CallHold
    | CallHoldPupils
    | CallRemove
    | CallEnd
    | CallJoin
    | CallLeave
    | CallPublish
    | CallUnpublish
    | CallMute
    | CallAsk
    | CallHand
    | CallSetBandwidth
    | CallReportQuality
    | CallWatch
    | CallOffer
    | CallSettled
    | CallUseServer
    | CallSlotsSeen
    | CallIceServers
    | CallDescribe
    | CallCandidate
)


# --- Results ---


class Track(Struct, frozen=True):
    """A track that a participant offers. `stopped`: a teacher, the room or a missing teacher keeps it back."""

    medium: Medium
    muted: bool
    stopped: bool


class Participant(Struct, frozen=True):
    """Somebody in the call. `away`: the connection dropped and has a moment to come back."""

    id: ParticipantId
    member: MemberId
    kind: ParticipantKind
    tracks: tuple[Track, ...]
    held: tuple[Medium, ...]
    bandwidth: Bandwidth
    automatic: bool
    quality: Quality
    away: bool


class CallView(Struct, frozen=True):
    """ "call": the whole call, to whoever enters the room while it goes on.

    `hands`: who is next, alternating between the classes. `paused`: no teacher is here, and pupils' media waits.
    `settling`: from mesh to sfu; peers keep their connections until it is over.
    """

    room: RoomId
    revision: int
    mode: CallMode
    settling: bool
    paused: bool
    pupils_held: tuple[Medium, ...]
    hands: tuple[ParticipantId, ...]
    participants: tuple[Participant, ...]


class IceServer(Struct, frozen=True):
    """RTCIceServer. Credentials are bound to the member and end with `IceServers.expires_at`."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class IceServers(Struct, frozen=True):
    """RTCConfiguration.iceServers. `relay_only`: RTCConfiguration.iceTransportPolicy is to be "relay"."""

    servers: tuple[IceServer, ...]
    expires_at: Milliseconds
    relay_only: bool


class CallJoined(Struct, frozen=True):
    """One is in the call, as `me`. `resumed`: as the participant of before, whose media sessions are still there.

    `video_slots` and `audio_slots`: how many recvonly sections of each kind the offer for `subscribe` is to have.
    """

    me: ParticipantId
    resume: str
    resumed: bool
    call: CallView
    ice: IceServers
    video_slots: int
    audio_slots: int


class CallAnswer(Struct, frozen=True):
    """The server's answer to an offer (RFC 8829)."""

    sdp: str


# --- Pushes ---


class CallChanged(Struct, frozen=True):
    """ "call_changed": what is new since the revision before: everything but participants is given whole.

    To everybody in the room. A call without participants is over.
    """

    room: RoomId
    revision: int
    mode: CallMode
    settling: bool
    paused: bool
    pupils_held: tuple[Medium, ...]
    hands: tuple[ParticipantId, ...]
    changed: tuple[Participant, ...]
    left: tuple[ParticipantId, ...]


class CallLeft(Struct, frozen=True, omit_defaults=True):
    """ "call_left": this connection was taken out of the call, and why. `by`: who has ended it for everybody."""

    room: RoomId
    code: ErrorCode
    by: MemberId | None = None


class CallAsked(Struct, frozen=True):
    """ "call_asked": a teacher asks this participant to switch a medium on."""

    room: RoomId
    medium: Medium
    by: ParticipantId


class CallSpeaking(Struct, frozen=True):
    """ "call_speaking": who speaks now, the loudest first. Volatile."""

    room: RoomId
    speakers: tuple[ParticipantId, ...]


class Slot(Struct, frozen=True):
    """What one video section of the subscribe session shows, named by its mid.

    Clear the tile when `participant` changes. The first picture of the new source has an RTP timestamp later than
    `after` (32 bits, wraps around; None: the slot has shown nothing yet).
    """

    mid: str
    participant: ParticipantId | None
    medium: Medium | None
    after: int | None


class CallSlots(Struct, frozen=True):
    """ "call_slots": all video slots of this participant. Answer with `call.slots_seen`: the server waits for it."""

    room: RoomId
    revision: int
    slots: tuple[Slot, ...]


class CallRebuild(Struct, frozen=True):
    """ "call_rebuild": the server has lost its media sessions: make both anew, at once."""

    room: RoomId


class CallDescription(Struct, frozen=True):
    """ "call_description": a session description of another participant of the mesh. `from` is a word of Python."""

    room: RoomId
    sender: ParticipantId
    type: DescriptionType
    sdp: str


class CallPeerCandidate(Struct, frozen=True):
    """ "call_candidate": an ICE candidate of another participant of the mesh."""

    room: RoomId
    sender: ParticipantId
    candidate: str
    mid: str | None
    line: int | None


CALL_PUSHES: dict[str, Any] = {
    "call": CallView,
    "call_changed": CallChanged,
    "call_left": CallLeft,
    "call_asked": CallAsked,
    "call_speaking": CallSpeaking,
    "call_slots": CallSlots,
    "call_rebuild": CallRebuild,
    "call_description": CallDescription,
    "call_candidate": CallPeerCandidate,
}
"""The name of each Socket.IO event about calls that the server sends, and what it carries."""

CALL_RESULTS: dict[type[Command], Any] = {
    CallHold: Accepted,
    CallHoldPupils: Accepted,
    CallRemove: Accepted,
    CallEnd: Accepted,
    CallJoin: CallJoined,
    CallLeave: Done,
    CallPublish: Done,
    CallUnpublish: Done,
    CallMute: Done,
    CallAsk: Done,
    CallHand: Done,
    CallSetBandwidth: Done,
    CallReportQuality: Done,
    CallWatch: Done,
    CallOffer: CallAnswer,
    CallSettled: Done,
    CallUseServer: Done,
    CallSlotsSeen: Done,
    CallIceServers: IceServers,
    CallDescribe: Done,
    CallCandidate: Done,
}
"""What each command is answered with."""
