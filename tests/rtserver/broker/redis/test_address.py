import pytest

from rtserver.broker.redis.address import Kind, RedisAddress, parse


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://redis", RedisAddress(Kind.SINGLE, (("redis", 6379),))),
        (
            "redis://:p%40ss@10.0.0.1:7000/3",
            RedisAddress(Kind.SINGLE, (("10.0.0.1", 7000),), database=3, password="p@ss"),
        ),
        ("rediss://me:pw@[::1]/", RedisAddress(Kind.SINGLE, (("::1", 6379),), True, username="me", password="pw")),
        (
            "redis+sentinel://:pw@one,two:7001/classes/2",
            RedisAddress(Kind.SENTINEL, (("one", 26379), ("two", 7001)), service="classes", database=2, password="pw"),
        ),
        ("rediss+sentinel://one/classes", RedisAddress(Kind.SENTINEL, (("one", 26379),), True, service="classes")),
        ("redis+cluster://one,two:7001", RedisAddress(Kind.CLUSTER, (("one", 6379), ("two", 7001)))),
        ("rediss+cluster://one/0", RedisAddress(Kind.CLUSTER, (("one", 6379),), True)),
        ("unix:///run/redis.sock", RedisAddress(Kind.SINGLE, path="/run/redis.sock")),
        (
            "unix://me:pw@/run/redis.sock?db=4",
            RedisAddress(Kind.SINGLE, path="/run/redis.sock", database=4, username="me", password="pw"),
        ),
    ],
)
def test_says_where_redis_is(url: str, address: RedisAddress) -> None:
    assert parse(url) == address


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("secret", "it must look like"),
        ("http://:secret@redis", "it must look like"),
        ("redis://", "it must look like"),
        ("redis://:secret@redis:port", "it must look like"),
        ("redis://:secret@redis:0", "it must look like"),
        ("redis://:secret@redis:70000", "it must look like"),
        ("redis://:secret@[::1", "it must look like"),
        ("redis://:secret@redis/0/1", "it must look like"),
        ("redis://:secret@one,two", "several hosts need"),
        ("redis://:secret@redis/first", "the database of Redis is a number"),
        ("redis://:secret@redis/-1", "the database of Redis is a number"),
        ("redis://:secret@redis?timeout=3", "no options"),
        ("redis://:secret#1@redis", "%23"),
        ("redis+sentinel://:secret@one", "the name of the service"),
        ("redis+cluster://:secret@one/1", "no database but 0"),
        ("unix://:secret@host/path", "a Unix socket must look like"),
        ("unix://", "a Unix socket must look like"),
        ("unix:///path?timeout=3", "a Unix socket must look like"),
    ],
)
def test_refuses_what_is_no_address_and_repeats_nothing_of_it(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        parse(url)
    assert says in str(refused.value)
    assert "secret" not in str(refused.value)


def test_shows_no_password() -> None:
    assert "secret" not in repr(parse("redis://somebody:secret@redis"))
    assert "somebody" not in repr(parse("redis://somebody:secret@redis"))
