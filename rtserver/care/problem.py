"""What goes wrong while caring for the data, as a sentence for the operator."""


class CareFailed(Exception):
    """It cannot be done, and nothing was changed. The message is one sentence that says what to do next."""


class FileUnusable(CareFailed):
    """The file is none of ours, or damaged, or not whole."""
