import pytest

from rtserver.broker.redis.keys import CLUSTER_BUCKETS, SLOTS, Keys, slot_of


@pytest.mark.parametrize(
    ("name", "slot"),
    [
        (b"123456789", 0x31C3),  # the specification's own example
        (b"{user1000}.following", slot_of(b"user1000")),
        (b"foo{}{bar}", 8363),  # an empty tag is none; as CLUSTER KEYSLOT answers
        (b"foo{{bar}}zap", slot_of(b"{bar")),
        (b"foo{bar", 15278),
    ],
)
def test_slots_are_those_of_the_specification(name: bytes, slot: int) -> None:
    assert slot_of(name) == slot


def test_the_buckets_of_a_cluster_lie_evenly_over_its_slots() -> None:
    slots = [bucket.slot for bucket in Keys("rtserver", is_cluster=True).buckets]
    assert [slot // (SLOTS // CLUSTER_BUCKETS) for slot in slots] == list(range(CLUSTER_BUCKETS))


@pytest.mark.parametrize("is_cluster", [False, True])
def test_all_keys_of_a_bucket_lie_in_its_slot(is_cluster: bool) -> None:
    for bucket in Keys("rtserver", is_cluster).buckets:
        names = [
            bucket.nodes,
            bucket.node("a"),
            bucket.of("a"),
            bucket.base + "values:room:1",
            bucket.sign("a").decode(),
        ]
        assert {slot_of(name.encode()) for name in names} == {bucket.slot}


def test_a_key_lies_always_in_the_same_bucket_and_many_in_all() -> None:
    keys, again = Keys("rtserver", is_cluster=True), Keys("rtserver", is_cluster=True)
    names = [f"room:{number}" for number in range(1000)]
    assert [keys.bucket_of(name) for name in names] == [again.bucket_of(name) for name in names]
    assert {keys.bucket_of(name) for name in names} == set(keys.buckets)


def test_deployments_share_nothing() -> None:
    one, other = Keys("one", is_cluster=False), Keys("other", is_cluster=False)
    assert one.channel("room:1") == b"one:room:1"
    assert {one.channel("a"), one.farewells, one.buckets[0].nodes}.isdisjoint(
        {other.channel("a"), other.farewells, other.buckets[0].nodes}
    )
