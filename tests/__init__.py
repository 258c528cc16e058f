"""Tests of rtserver, in the folders of the packages they test."""
