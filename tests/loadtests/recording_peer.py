"""In place of a peer: takes down what it is asked to send; the test plays the server."""


class RecordingPeer:
    """Answers each command with its number, and sends nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        self.sent: list[object] = []

    def ask(self, command: object) -> int:
        self.sent.append(command)
        return len(self.sent)

    def tell(self, command: object) -> None:
        self.sent.append(command)
