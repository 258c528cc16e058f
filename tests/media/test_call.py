"""The rules of one call: who may send, who stands in whose slots and when, who speaks, who is gone."""

import pytest

from media.engine import (
    AUDIO_SLOTS,
    VIDEO_SLOTS,
    CallPlan,
    Medium,
    OfferRefused,
    Reception,
    Role,
    SessionLost,
    SlotsAssigned,
)
from media.sdp import Direction, Offer
from tests.media.desk import (
    H264,
    LOUD,
    QUIET,
    VP8,
    Desk,
    peer,
    publish_offer,
    rtp,
    section,
    subscribe_offer,
    wire,
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- Pictures -----------------------------------------------------------------------------------------


def test_a_picture_begins_when_its_slot_was_seen_with_a_keyframe(desk: Desk) -> None:
    """Assigned, cleared by the page, asked for a keyframe, then shown from that on."""
    desk.plan("ana", "ben")
    ana, ben = desk.publish("ana"), desk.subscribe("ben", sees=False)
    assert desk.shown("ben") == {"v0": ("ana", Medium.SCREEN), "v1": ("ana", Medium.VIDEO)}
    desk.film(ana, keyframe=True)
    assert not wire(ben).take_rtp(), "the page has not cleared the tile"
    wire(ana).take_rtcp()
    desk.see("ben")
    assert [(asked.fmt, asked.media_ssrc) for asked in wire(ana).take_rtcp()] == [(1, 3), (1, 2)]
    desk.film(ana)
    assert not wire(ben).take_rtp(), "not without a keyframe"
    desk.film(ana, keyframe=True)
    desk.film(ana)
    sent = wire(ben).take_rtp()
    assert len(sent) == 2
    assert {packet.ssrc for packet in sent} == {ben.pictures[1].sink.ssrc}


def test_the_first_assignment_says_that_nothing_was_shown_before(desk: Desk) -> None:
    """`after` is None until something was."""
    desk.plan("ana", "ben")
    desk.publish("ana")
    desk.subscribe("ben", sees=False)
    assigned = desk.assigned("ben")
    assert assigned is not None
    assert [slot.after for slot in assigned.slots] == [None] * VIDEO_SLOTS


def test_a_slot_that_changes_stops_at_once_and_says_after_what(desk: Desk) -> None:
    """No picture of the old source goes out any more; those of the new one are later than `after`."""
    desk.plan("ana", "ben", "eve", media=(Medium.VIDEO,))
    ana, eve = desk.publish("ana"), desk.publish("eve")
    ben = desk.subscribe("ben", subscribe_offer(pictures=1))
    desk.film(ana, keyframe=True)
    desk.film(eve, keyframe=True)
    (before,) = wire(ben).take_rtp()
    assert before.mark == b"ana"
    desk.change("ben", large="eve")
    assigned = desk.assigned("ben")
    assert assigned is not None
    (slot,) = assigned.slots
    assert (slot.source, slot.after) == ("eve", before.timestamp)
    desk.film(ana, keyframe=True)
    desk.film(eve, keyframe=True)
    assert not wire(ben).take_rtp()
    desk.see("ben")
    desk.film(ana, keyframe=True)
    desk.film(eve, keyframe=True)
    (after,) = wire(ben).take_rtp()
    assert after.mark == b"eve"
    assert 0 < (after.timestamp - before.timestamp) & 0xFFFFFFFF < 1 << 31
    assert after.sequence == (before.sequence + 1) & 0xFFFF
    assert after.picture == before.picture + 1


def test_seeing_an_older_revision_begins_nothing_newer(desk: Desk) -> None:
    """Two changes in a row: the first one's acknowledgement is not the second one's."""
    desk.plan("ana", "ben", "eve", media=(Medium.VIDEO,))
    ana, eve = desk.publish("ana"), desk.publish("eve")
    ben = desk.subscribe("ben", subscribe_offer(pictures=1))
    first = desk.assigned("ben")
    desk.change("ben", large="eve")
    desk.change("ben", large="ana")
    second = desk.assigned("ben")
    assert first is not None
    assert second is not None
    desk.call.slots_seen("ben", second.revision - 1)
    desk.film(ana, keyframe=True)
    desk.film(eve, keyframe=True)
    assert not wire(ben).take_rtp()
    desk.call.slots_seen("ben", second.revision)
    desk.film(ana, keyframe=True)
    assert [packet.mark for packet in wire(ben).take_rtp()] == [b"ana"]


def test_seeing_what_was_never_assigned_counts_for_nothing(desk: Desk) -> None:
    """A page cannot acknowledge in advance."""
    desk.plan("ana", "ben", media=(Medium.VIDEO,))
    ben = desk.subscribe("ben")
    desk.call.slots_seen("ben", 1000)
    desk.call.slots_seen("nobody", 1)
    ana = desk.publish("ana")
    desk.film(ana, keyframe=True)
    assert not wire(ben).take_rtp()
    desk.call.slots_seen("ben", 1000)  # of the worker before: this one has only just begun to count
    desk.film(ana, keyframe=True)
    assert not wire(ben).take_rtp()


def test_what_is_shown_is_not_interrupted_by_those_who_come(desk: Desk) -> None:
    """A newcomer gets another slot; the pictures of the first go on without a gap."""
    desk.plan("ana", "ben", "eve", media=(Medium.VIDEO,))
    ana, ben = desk.publish("ana"), desk.subscribe("ben")
    desk.film(ana, keyframe=True)
    desk.publish("eve")
    desk.film(ana)
    assert [packet.mark for packet in wire(ben).take_rtp()] == [b"ana", b"ana"]
    assert desk.shown("ben") == {"v0": ("ana", Medium.VIDEO), "v1": ("eve", Medium.VIDEO)}


def test_nobody_sees_oneself(desk: Desk) -> None:
    """Not one's own camera, and not one's own voice."""
    desk.plan("ana")
    ana, own = desk.publish("ana"), desk.subscribe("ana")
    desk.film(ana, keyframe=True)
    desk.speak(ana, packets=5)
    assert desk.shown("ana") == {}
    assert not wire(own).take_rtp()


@pytest.mark.parametrize(("reception", "expected"), [(Reception.ONE_CAMERA, 1), (Reception.AUDIO_ONLY, 0)])
def test_a_thin_line_gets_fewer_pictures_but_all_voices(desk: Desk, reception: Reception, expected: int) -> None:
    """The ladder: full, one camera, audio only; taking it stops the other pictures at once."""
    desk.plan("ana", "ben", "eve", media=(Medium.AUDIO, Medium.VIDEO))
    publishers = [desk.publish("ana"), desk.publish("eve")]
    ben = desk.subscribe("ben")
    for each in publishers:
        desk.film(each, keyframe=True)
    wire(ben).take_rtp()
    desk.change("ben", reception=reception)
    assert len(desk.shown("ben")) == expected
    for each in publishers:
        desk.film(each)
        desk.speak(each)
    sent = wire(ben).take_rtp()
    assert sum(packet.payload_type == VP8.payload_type for packet in sent) == expected
    assert sum(packet.payload_type != VP8.payload_type for packet in sent) == len(publishers)


def test_a_class_camera_stays_among_many(desk: Desk) -> None:
    """Everybody else makes room for it."""
    names = [f"p{index}" for index in range(VIDEO_SLOTS + 3)]
    desk.plan("ben", *names, media=(Medium.VIDEO,))
    ben = desk.subscribe("ben")
    for name in names:
        desk.publish(name)
    desk.change(names[-1], is_class_camera=True)
    assert (names[-1], Medium.VIDEO) in desk.shown("ben").values()
    assert len(desk.shown("ben")) == VIDEO_SLOTS == len(ben.pictures)


def test_a_source_is_only_put_where_its_codec_was_negotiated(desk: Desk) -> None:
    """H264 does not go to one who offered VP8 only."""
    desk.plan("ana", "ben", "eve", media=(Medium.VIDEO,))
    desk.publish("ana", publish_offer(codec=H264))
    desk.subscribe("ben", subscribe_offer(codecs=[VP8]))
    desk.subscribe("eve", subscribe_offer(codecs=[VP8, H264], name="eve"))
    assert desk.shown("ben") == {}
    assert desk.shown("eve") == {"v0": ("ana", Medium.VIDEO)}


def test_h264_begins_with_its_keyframe_and_keeps_its_payload(desk: Desk) -> None:
    """Forwarded as it is, with the subscriber's payload type."""
    desk.plan("ana", "ben", media=(Medium.VIDEO,))
    ana = desk.publish("ana", publish_offer(codec=H264))
    ben = desk.subscribe("ben")
    for number, payload in enumerate([b"\x41slice", b"\x67parameters", b"\x65picture"]):
        ana.received_rtp(rtp(H264.payload_type, number, number * 3000, 2, payload), desk.now)
    sent = wire(ben).take_rtp()
    assert [packet.payload for packet in sent] == [b"\x67parameters", b"\x65picture"]
    assert {packet.payload_type for packet in sent} == {H264.payload_type}


# --- Gates --------------------------------------------------------------------------------------------


def test_who_may_not_send_is_not_forwarded_from_the_very_next_packet(desk: Desk) -> None:
    """Muting is enforced here, not on the page; the slot is given back at once."""
    desk.plan("ana", "ben", media=(Medium.AUDIO, Medium.VIDEO))
    ana, ben = desk.publish("ana"), desk.subscribe("ben")
    desk.film(ana, keyframe=True)
    desk.speak(ana)
    assert len(wire(ben).take_rtp()) == 2
    desk.change("ana", may_send=(Medium.AUDIO,))
    desk.film(ana, keyframe=True)
    assert not wire(ben).take_rtp()
    assert desk.shown("ben") == {}
    desk.change("ana", may_send=())
    desk.speak(ana)
    assert not wire(ben).take_rtp()
    assert desk.counters.dropped["RTP that may not be sent"] == 2


def test_a_muted_voice_comes_back_without_a_hole(desk: Desk) -> None:
    """What was held back is not missed: sequence numbers go on."""
    desk.plan("ana", "ben", media=(Medium.AUDIO,))
    ana, ben = desk.publish("ana"), desk.subscribe("ben")
    desk.speak(ana, packets=2)
    desk.change("ana", may_send=())
    desk.speak(ana, packets=300)
    desk.change("ana", may_send=(Medium.AUDIO,))
    desk.speak(ana, packets=2)
    sent = wire(ben).take_rtp()
    first = sent[0].sequence
    assert [packet.sequence for packet in sent] == [(first + step) & 0xFFFF for step in range(4)]
    assert (sent[2].timestamp - sent[1].timestamp) & 0xFFFFFFFF >= 300 * 960
    assert not wire(ana).take_rtcp(), "nothing is asked for again"


def test_a_held_picture_comes_back_through_a_new_assignment(desk: Desk) -> None:
    """Like any new picture: acknowledged, and from a keyframe on."""
    desk.plan("ana", "ben", media=(Medium.VIDEO,))
    ana, ben = desk.publish("ana"), desk.subscribe("ben")
    desk.film(ana, keyframe=True)
    desk.change("ana", may_send=())
    desk.change("ana", may_send=(Medium.VIDEO,))
    desk.film(ana, keyframe=True)
    assert len(wire(ben).take_rtp()) == 1
    desk.see("ben")
    desk.film(ana)
    desk.film(ana, keyframe=True)
    assert len(wire(ben).take_rtp()) == 1


def test_nothing_of_a_held_track_is_sent_again(desk: Desk) -> None:
    """Asking for a retransmission is no way around the gate."""
    desk.plan("ana", "ben", media=(Medium.VIDEO,))
    ana, ben = desk.publish("ana"), desk.subscribe("ben")
    desk.film(ana, keyframe=True)
    (sent,) = wire(ben).take_rtp()
    desk.change("ana", may_send=())
    ben.packets_missed(sent.ssrc, [sent.sequence])
    assert not wire(ben).take_rtp()


# --- Voices -------------------------------------------------------------------------------------------


def test_the_last_who_spoke_are_heard(desk: Desk) -> None:
    """As many as there are slots; a silent one makes room for one who begins to speak, also of two who wait."""
    names = [f"p{index}" for index in range(AUDIO_SLOTS + 1)]
    desk.plan("ben", *names, media=(Medium.AUDIO,))
    ben = desk.subscribe("ben")
    publishers = [desk.publish(name) for name in names]
    for each in publishers:
        desk.speak(each, QUIET)
    assert len(wire(ben).take_rtp()) == AUDIO_SLOTS
    desk.now += 1
    for each in publishers[1:]:
        desk.speak(each, LOUD, packets=5)
    last = wire(ben).take_rtp()[-1]
    assert last.payload == names[-1].encode()
    desk.speak(publishers[0], QUIET)
    assert not wire(ben).take_rtp()


def test_speakers_hear_as_many_as_the_others(desk: Desk) -> None:
    """In a call of one more than there are slots everybody hears everybody else: one's own voice takes no place."""
    names = [f"p{index}" for index in range(AUDIO_SLOTS + 1)]
    desk.plan(*names, media=(Medium.AUDIO,))
    publishers = [desk.publish(name) for name in names]
    subscribers = [desk.subscribe(name) for name in names]
    for each in publishers:
        desk.speak(each, LOUD, packets=3)
    for subscriber in subscribers:
        wire(subscriber).take_rtp()
    for each in publishers:
        desk.speak(each, LOUD)
    for name, subscriber in zip(names, subscribers, strict=True):
        heard = {packet.payload for packet in wire(subscriber).take_rtp()}
        assert heard == {other.encode() for other in names if other != name}


def test_a_voice_without_levels_is_heard(desk: Desk) -> None:
    """Not every client has the header extension."""
    desk.plan("ana", "ben", media=(Medium.AUDIO,))
    ana, ben = desk.publish("ana"), desk.subscribe("ben")
    desk.speak(ana, None)
    assert [packet.payload for packet in wire(ben).take_rtp()] == [b"ana"]


def test_one_with_few_places_hears_who_spoke_last(desk: Desk) -> None:
    """A client may offer a single section of sound."""
    desk.plan("ana", "ben", "eve", media=(Medium.AUDIO,))
    ana, eve = desk.publish("ana"), desk.publish("eve")
    ben = desk.subscribe("ben", subscribe_offer(voices=1, pictures=0))
    desk.speak(ana, packets=5)
    desk.speak(eve, packets=5)
    desk.wait(0.1)
    wire(ben).take_rtp()
    desk.speak(ana, QUIET)
    desk.speak(eve, QUIET)
    assert [packet.payload for packet in wire(ben).take_rtp()] == [b"eve"]


def test_who_speaks_is_told_and_so_is_silence(desk: Desk) -> None:
    """From the levels in the packets; nothing is decoded."""
    desk.plan("ana", "ben", media=(Medium.AUDIO,))
    ana = desk.publish("ana")
    for _ in range(10):
        desk.speak(ana, packets=5)
        desk.wait(0.1)
    assert desk.speakers() == ("ana",)
    for _ in range(15):
        desk.speak(ana, QUIET, packets=5)
        desk.wait(0.1)
    assert desk.speakers() == ()


def test_one_who_is_muted_speaks_no_more(desk: Desk) -> None:
    """The frame around the tile goes with the sound."""
    desk.plan("ana", "ben", media=(Medium.AUDIO,))
    ana = desk.publish("ana")
    for _ in range(10):
        desk.speak(ana, packets=5)
        desk.wait(0.1)
    desk.change("ana", may_send=())
    desk.wait(0.1)
    assert desk.speakers() == ()


# --- Sessions -----------------------------------------------------------------------------------------


def test_whoever_is_not_planned_any_more_has_no_session(desk: Desk) -> None:
    """Removing somebody ends both transports and frees the slots."""
    desk.plan("ana", "ben")
    ana, own, ben = desk.publish("ana"), desk.subscribe("ana"), desk.subscribe("ben")
    desk.plan("ben")
    assert wire(ana).is_closed
    assert wire(own).is_closed
    assert not wire(ben).is_closed
    assert desk.shown("ben") == {}
    assert desk.call.sessions == 1


def test_an_ice_restart_keeps_the_session(desk: Desk) -> None:
    """The same identity again: the same transport and the same streams."""
    desk.plan("ana", "ben")
    ana = desk.publish("ana")
    again = desk.call.session("ana", Role.PUBLISH, publish_offer(name="ana"))
    assert again is ana
    assert desk.port.restarted == [wire(ana)]


def test_sections_do_not_change_under_an_ice_restart(desk: Desk) -> None:
    """The answer could not be right."""
    desk.plan("ana")
    desk.publish("ana")
    with pytest.raises(OfferRefused, match="sections"):
        desk.call.session("ana", Role.PUBLISH, publish_offer(name="ana", screen=False))


def test_a_new_identity_replaces_the_session_at_the_others_too(desk: Desk) -> None:
    """After a reload: the old transport is closed, others get the new tracks in acknowledged slots."""
    desk.plan("ana", "ben", media=(Medium.VIDEO,))
    old, ben = desk.publish("ana"), desk.subscribe("ben")
    desk.film(old, keyframe=True)
    new = desk.publish("ana", publish_offer(name="reloaded"))
    assert wire(old).is_closed
    desk.film(new, keyframe=True)
    assert len(wire(ben).take_rtp()) == 1
    desk.see("ben")
    desk.film(new, keyframe=True)
    assert len(wire(ben).take_rtp()) == 1


def test_a_new_subscriber_counts_revisions_on(desk: Desk) -> None:
    """An acknowledgement of the old session that is still on its way begins nothing in the new one."""
    desk.plan("ana", "ben", media=(Medium.VIDEO,))
    desk.publish("ana")
    desk.subscribe("ben", sees=False)
    before = desk.assigned("ben")
    desk.subscribe("ben", subscribe_offer(name="reloaded"), sees=False)
    after = desk.assigned("ben")
    assert before is not None
    assert after is not None
    assert after.revision > before.revision


def test_a_lost_publisher_is_told_and_its_slots_are_free(desk: Desk) -> None:
    """So that the page makes a new session."""
    desk.plan("ana", "ben")
    ana = desk.publish("ana")
    desk.subscribe("ben")
    ana.lost("silent")
    assert SessionLost("room", "ana", Role.PUBLISH) in desk.events
    assert desk.shown("ben") == {}


def test_a_lost_subscriber_is_told_and_sent_nothing_more(desk: Desk) -> None:
    """Its sinks are nobody's any more."""
    desk.plan("ana", "ben")
    ana, ben = desk.publish("ana"), desk.subscribe("ben")
    desk.film(ana, keyframe=True)
    sent = len(wire(ben).take_rtp())
    wire(ben).close()
    ben.lost("silent")
    desk.film(ana, keyframe=True)
    assert sent == 1
    assert SessionLost("room", "ben", Role.SUBSCRIBE) in desk.events
    assert all(not source.sinks and not source.awaiting for track in ana.tracks.values() for source in track.sources)


def test_what_a_replaced_session_says_counts_no_more(desk: Desk) -> None:
    """Its end is no loss."""
    desk.plan("ana", "ben")
    old = desk.publish("ana")
    desk.publish("ana", publish_offer(name="reloaded"))
    old.lost("closed")
    assert not [event for event in desk.events if isinstance(event, SessionLost)]


@pytest.mark.parametrize("role", list(Role))
def test_an_offer_without_anything_for_us_is_refused(desk: Desk, role: Role) -> None:
    """It says what is missing."""
    desk.plan("ana")
    empty = Offer((section("audio", "0", Direction.INACTIVE, [], {}),), peer())
    with pytest.raises(OfferRefused, match="needs a section"):
        desk.call.session("ana", role, empty)
    assert desk.port.wires == []


def test_an_offer_of_a_stranger_is_refused(desk: Desk) -> None:
    """Only those of the plan have sessions."""
    desk.plan("ana")
    with pytest.raises(OfferRefused, match="not in the call"):
        desk.call.answer("eve", Role.PUBLISH, "v=0")


def test_an_empty_plan_ends_everything(desk: Desk) -> None:
    """As the parent says when a call is over."""
    desk.plan("ana", "ben")
    desk.publish("ana")
    desk.subscribe("ben")
    desk.call.plan(CallPlan("room", ()))
    assert desk.call.sessions == 0
    assert all(each.is_closed for each in desk.port.wires)


def test_slots_are_told_before_anything_of_them_is_sent(desk: Desk) -> None:
    """In any order of coming and going, a packet goes out in a slot only for the source that was told last."""
    names = ["ana", "eve", "joe"]
    desk.plan("ben", *names, media=(Medium.VIDEO,))
    ben = desk.subscribe("ben", subscribe_offer(pictures=2))
    publishers = {name: desk.publish(name) for name in names}
    mids = {slot.sink.ssrc: slot.mid for slot in ben.pictures}
    for turn in range(60):
        desk.change("ben", large=names[turn % 3])
        desk.change(names[turn % 2], may_send=(Medium.VIDEO,) if turn % 5 else ())
        if turn % 4:
            desk.see("ben")
        for publisher in publishers.values():
            desk.film(publisher, keyframe=turn % 2 == 0)
        shown = desk.shown("ben")
        for packet in wire(ben).take_rtp():
            assert shown[mids[packet.ssrc]][0].encode() == packet.mark
        desk.now += 0.6


def test_slots_of_all_are_told_as_a_whole(desk: Desk) -> None:
    """Each assignment names every slot."""
    desk.plan("ana", "ben")
    desk.publish("ana")
    desk.subscribe("ben")
    assert all(len(event.slots) == VIDEO_SLOTS for event in desk.events if isinstance(event, SlotsAssigned))
