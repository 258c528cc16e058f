"""Calls on this process: whose connection is which participant, what the media engine is told, and what it tells."""
