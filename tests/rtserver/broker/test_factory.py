from pathlib import Path
from typing import Any

import pytest

from loadtests.topology.certificates import Authority
from rtserver.broker.factory import new_broker
from rtserver.broker.memory import LonelyBroker
from rtserver.broker.redis.broker import RedisBroker
from rtserver.config import ConfigInvalid
from rtserver.config_loading import load


def test_without_an_address_there_is_one_process() -> None:
    assert isinstance(new_broker(load()), LonelyBroker)


@pytest.mark.parametrize(
    "url", ["redis://redis", "redis+sentinel://one/classes", "redis+cluster://one", "unix:///path"]
)
def test_with_an_address_it_is_redis(url: str) -> None:
    assert isinstance(new_broker(load(redis_url=url)), RedisBroker)


def test_an_own_authority_is_trusted(tmp_path: Path) -> None:
    file = Authority(tmp_path).certificate
    assert isinstance(new_broker(load(redis_url="rediss://redis", redis_ca=file)), RedisBroker)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_authority_that_cannot_be_read_stops_the_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigInvalid, match=r"ca\.pem \(RT_REDIS_CA\) holds no certificate that can be read: give"):
        new_broker(load(redis_url="rediss://redis", redis_ca=file))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"redis_url": "redis://:secret@redis?x=1"}, "redis_url (RT_REDIS_URL) is not valid: it takes no options"),
        ({"redis_url": "https://:secret@redis"}, "redis_url (RT_REDIS_URL) is not valid: it must look like redis://"),
        ({"redis_url": "redis://redis", "redis_ca": Path("ca.pem")}, "begin redis_url with rediss"),
        ({"redis_prefix": "a:b"}, "redis_prefix (RT_REDIS_PREFIX) is not valid"),
        ({"redis_prefix": ""}, "redis_prefix (RT_REDIS_PREFIX) is not valid"),
    ],
)
def test_settings_that_cannot_be_used_stop_the_start(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigInvalid) as refused:
        load(**settings)
    assert says in str(refused.value)
    assert "secret" not in str(refused.value)


def test_settings_show_no_password() -> None:
    settings = load(redis_url="redis://:secret@redis")
    assert "secret" not in repr(settings)
    assert "secret" not in str(settings)
