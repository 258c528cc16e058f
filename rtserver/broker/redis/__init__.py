"""The broker on Redis 7: pub/sub for messages, keys with a time to live for who is alive and what they keep."""
