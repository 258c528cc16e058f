"""`signaling.participants`: the tracks of one participant, and what keeps them back."""

import pytest

from rooms.errors import ErrorCode, Refused
from rooms.model import DEFAULT_CAPABILITIES, Medium, Member, Role
from signaling.messages import ParticipantKind, Track
from signaling.participants import InCall
from signaling.rights import MediaRights

AUDIO, VIDEO = Medium.AUDIO, Medium.VIDEO
NOBODY: frozenset[Medium] = frozenset()


def rights(audio: ErrorCode | None = None) -> MediaRights:
    return MediaRights(None, None, {**dict.fromkeys(Medium), AUDIO: audio}, None, None)


@pytest.fixture
def zoe() -> InCall:
    member = Member("zoe", Role.PUPIL, "fr", DEFAULT_CAPABILITIES[Role.PUPIL])
    return InCall("p1", member, ParticipantKind.PERSON, "c1", "resume", rights())


def tracks(participant: InCall) -> tuple[Track, ...]:
    return participant.view().tracks


def test_what_is_sent(zoe: InCall) -> None:
    """Tracks that are published and not muted."""
    assert zoe.may_send() == ()
    zoe.publish(VIDEO, muted=False)
    zoe.publish(AUDIO, muted=True)
    assert zoe.may_send() == (VIDEO,)
    assert tracks(zoe) == (Track(VIDEO, False, False), Track(AUDIO, True, False))
    zoe.publish(AUDIO, muted=False)
    assert zoe.may_send() == (VIDEO, AUDIO)


def test_held(zoe: InCall) -> None:
    """Nothing of it goes out; a muted track may be offered all the same, to be ready."""
    zoe.set_rules(rights(), frozenset({AUDIO}))
    with pytest.raises(Refused) as refused:
        zoe.publish(AUDIO, muted=False)
    assert refused.value.code is ErrorCode.CALL_HELD
    zoe.publish(AUDIO, muted=True)
    assert tracks(zoe) == (Track(AUDIO, True, True),)
    assert zoe.view().held == (AUDIO,)


@pytest.mark.parametrize("reason", [None, ErrorCode.ROOM_LOCKED, ErrorCode.CAPABILITY_OFF])
def test_nobody_opens_the_microphone_of_somebody_else(zoe: InCall, reason: ErrorCode | None) -> None:
    """What a teacher stopped (None: by holding it) is muted when it is allowed again; the pupil switches it on."""
    zoe.publish(AUDIO, muted=False)
    zoe.set_rules(rights(reason), NOBODY if reason else frozenset({AUDIO}))
    assert zoe.may_send() == ()
    zoe.set_rules(rights(), NOBODY)
    assert tracks(zoe) == (Track(AUDIO, True, False),)
    assert zoe.may_send() == ()
    zoe.publish(AUDIO, muted=False)
    assert zoe.may_send() == (AUDIO,)


def test_a_missing_teacher_only_pauses(zoe: InCall) -> None:
    """It goes on by itself when one is back."""
    zoe.publish(AUDIO, muted=False)
    zoe.set_rules(rights(ErrorCode.NO_TEACHER_PRESENT), NOBODY)
    assert zoe.may_send() == ()
    assert tracks(zoe) == (Track(AUDIO, False, True),)
    zoe.set_rules(rights(), NOBODY)
    assert zoe.may_send() == (AUDIO,)


def test_muting_is_always_allowed(zoe: InCall) -> None:
    """Of what is published; a new track needs the right, muted or not."""
    zoe.publish(AUDIO, muted=False)
    zoe.set_rules(rights(ErrorCode.NO_TEACHER_PRESENT), NOBODY)
    zoe.publish(AUDIO, muted=True)
    with pytest.raises(Refused) as refused:
        zoe.publish(AUDIO, muted=False)
    assert refused.value.code is ErrorCode.NO_TEACHER_PRESENT
    del zoe.muted[AUDIO]
    with pytest.raises(Refused):
        zoe.publish(AUDIO, muted=True)


def test_away(zoe: InCall) -> None:
    """Without a connection."""
    assert not zoe.view().away
    zoe.connection = None
    assert zoe.view().away
