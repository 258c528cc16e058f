"""The media engines: what carries the sound and pictures of calls.

`engine` declares the seam; `embedded` is the engine that starts media workers and speaks to them (`supervisor`,
`protocol`); `worker` is the program that forwards RTP without decoding it. A media worker has no policy, so this
package imports nothing of ours.
"""
