"""Calls: who is in, what they publish, offer/answer/candidate relay, mesh or SFU, ICE servers.

Pure rules, as in `rooms`: `call` is the call of a room while it goes on, `holds` what teachers decided there for
longer. May import `rooms` and no I/O library.
"""
