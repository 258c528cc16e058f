"""The process: settings, wiring, HTTP, auth, storage, broker, the Socket.IO hub and its fan-out, CLI."""

__version__ = "0.1.0"
