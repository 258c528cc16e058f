"""The shared board of a room: its elements as an ordered log, and who may draw."""
