"""Tests of the pure rules. No sockets, no sleeps, no mocks."""
