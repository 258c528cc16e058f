"""The media engines: the embedded SFU on aiortc's parts, recording.

Nothing is here yet. A small MediaEngine protocol will be declared here, with the embedded engine
that forwards RTP without decoding it. A media worker is a program without policy, so this package
imports nothing of ours.
"""
