"""What happens inside Redis in one piece. Every key of a script lies in one bucket, that is in one slot of a cluster.

A bucket has these keys, each behind `<prefix>:{<tag>}:`

    nodes          set       names of nodes, also of such as have ended and were not cleared yet
    node:<node>    string    there while the node lives: it has a time to live, refreshed by the node's signs
    of:<node>      set       names of the keys that hold something of the node's
    values:<key>   hash      node -> what it keeps
    claim:<key>    string    the node that has claimed it

Whatever a node puts or claims is refused once its own key is gone: a process that stood still must come back as if it
were new. No clock but Redis' own is asked.
"""

import hashlib
from dataclasses import dataclass

GONE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return redis.error_reply('GONE the node has no sign of life') end
"""


@dataclass(frozen=True, slots=True)
class Script:
    """Text in Lua, called by its hash."""

    text: str

    @property
    def sha(self) -> str:
        """As SCRIPT LOAD gives it."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


JOIN = Script("""
-- KEYS: node, nodes, of · ARGV: node, milliseconds to live -> names of the keys that hold something of the node's
redis.call('SET', KEYS[1], '1', 'PX', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[1])
return redis.call('SMEMBERS', KEYS[3])
""")

SIGN = Script(
    GONE
    + """
-- KEYS: node, nodes · ARGV: base, milliseconds to live -> nodes that live, nodes that do not
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local living, dead = {}, {}
for _, node in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    local list = redis.call('EXISTS', ARGV[1] .. 'node:' .. node) == 1 and living or dead
    list[#list + 1] = node
end
return {living, dead}
"""
)

BURY = Script("""
-- KEYS: node, nodes, of · ARGV: base, node, how many keys at once -> 1: call it again, 0: done, or the node lives
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
for _, name in ipairs(redis.call('SPOP', KEYS[3], ARGV[3])) do
    local key = ARGV[1] .. name
    if string.sub(name, 1, 7) == 'values:' then
        redis.call('HDEL', key, ARGV[2])
    elseif redis.call('GET', key) == ARGV[2] then
        redis.call('DEL', key)
    end
end
if redis.call('EXISTS', KEYS[3]) == 1 then return 1 end
redis.call('SREM', KEYS[2], ARGV[2])
return 0
""")

PUT = Script(
    GONE
    + """
-- KEYS: node, of, values:<key> · ARGV: node, name of the key, value
redis.call('HSET', KEYS[3], ARGV[1], ARGV[3])
redis.call('SADD', KEYS[2], ARGV[2])
return 1
"""
)

REMOVE = Script("""
-- KEYS: node, of, values:<key> · ARGV: node, name of the key
redis.call('HDEL', KEYS[3], ARGV[1])
redis.call('SREM', KEYS[2], ARGV[2])
return 1
""")

VALUES = Script("""
-- KEYS: values:<key> · ARGV: base -> node, value, node, value ...; those of dead nodes are cleared
local found, living = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #found, 2 do
    if redis.call('EXISTS', ARGV[1] .. 'node:' .. found[i]) == 1 then
        living[#living + 1] = found[i]
        living[#living + 1] = found[i + 1]
    else
        redis.call('HDEL', KEYS[1], found[i])
    end
end
return living
""")

CLAIM = Script(
    GONE
    + """
-- KEYS: node, of, claim:<key> · ARGV: node, name of the key, base -> the node that holds it
local holder = redis.call('GET', KEYS[3])
if holder and redis.call('EXISTS', ARGV[3] .. 'node:' .. holder) == 1 then return holder end
redis.call('SET', KEYS[3], ARGV[1])
redis.call('SADD', KEYS[2], ARGV[2])
return ARGV[1]
"""
)

RELEASE = Script("""
-- KEYS: node, of, claim:<key> · ARGV: node, name of the key
if redis.call('GET', KEYS[3]) == ARGV[1] then redis.call('DEL', KEYS[3]) end
redis.call('SREM', KEYS[2], ARGV[2])
return 1
""")

ALL = (JOIN, SIGN, BURY, PUT, REMOVE, VALUES, CLAIM, RELEASE)
"""Each is loaded when a connection is made."""
