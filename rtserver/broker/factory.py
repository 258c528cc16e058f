"""Which broker a server has, as its settings say."""

import ssl
import time

from rtserver.broker.memory import LonelyBroker, new_node_id
from rtserver.broker.port import Broker
from rtserver.broker.redis.address import parse
from rtserver.broker.redis.broker import RedisBroker
from rtserver.broker.redis.routes import Nobody, Way
from rtserver.config import ConfigInvalid, Settings


def new_broker(settings: Settings) -> Broker:
    """The broker, not started yet. Raises `ConfigInvalid` when the authority of Redis' certificate cannot be read."""
    if not settings.redis_url:
        return LonelyBroker()
    address = parse(settings.redis_url)
    tls = _trust(settings) if address.is_encrypted else None
    return RedisBroker(address, settings.redis_prefix, tls, node=new_node_id(settings.node_name))


async def try_redis(settings: Settings) -> float:
    """Seconds in which Redis lets this process in, and out again. Raises `BrokerUnavailable`, and as `new_broker`."""
    address = parse(settings.redis_url)
    way = Way(address, _trust(settings) if address.is_encrypted else None, "rtserver-try")
    begun = time.perf_counter()
    (await way.connect(Nobody())).close()
    return time.perf_counter() - begun


def _trust(settings: Settings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=settings.redis_ca)
    except OSError:  # ssl.SSLError is one
        raise ConfigInvalid(
            f"The file {settings.redis_ca} (RT_REDIS_CA) holds no certificate that can be read: give the PEM file "
            "of the authority that signed Redis' certificate."
        ) from None
