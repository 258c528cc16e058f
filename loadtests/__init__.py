"""The load generator, its scenarios and reports: how an ops team proves a server will hold.

Sees the server as a client does, so of ours it imports the message definitions only
(``rooms.messages``, ``signaling.messages``).
"""
