"""The comparison: our server beside others that speak Socket.IO, in one run, on the same cores, doing the same work."""
