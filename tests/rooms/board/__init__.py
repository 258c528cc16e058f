"""Tests of the rules of boards."""
