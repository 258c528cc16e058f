"""Calls: who is in, what they publish, offer/answer/candidate relay, mesh or SFU, ICE servers.

Pure rules, as in ``rooms``; nothing is here yet. The roster of a call (participants, tracks, mute,
hand, speaking, quality) will live here, and with it who may negotiate with whom. May import
``rooms`` and no I/O library.
"""
