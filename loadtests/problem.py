"""What keeps a measurement from being taken, said so that the reader knows what to do."""


class Problem(Exception):
    """A measurement cannot be taken, or is worth nothing. The message is one sentence with what to do."""
