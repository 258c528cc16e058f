"""The real programs that rtserver runs on and beside, as plain processes of one's own, for tests and measurements."""
