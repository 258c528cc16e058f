"""A media worker without media: does what the test's offers say, so that its parent can be tried.

Run as `fake_worker.py [how it starts] <descriptor>`.
"""

import os
import signal
import socket
import sys

from media.engine import CallPlan, SpeakersChanged, WorkerFigures
from media.protocol import (
    Answered,
    Counted,
    FiguresWanted,
    FromWorker,
    Happened,
    Offered,
    Planned,
    Ready,
    Refused,
    Seen,
    Setup,
    ToWorker,
    Unable,
    encode,
    worker_side,
)

ANSWER = "an answer of worker {worker}, process {pid}, to {participant} among {planned}"


class FakeWorker:
    """Keeps the plans that it was told."""

    def __init__(self, connection: socket.socket, start: str) -> None:
        self.connection = connection
        self.start = start
        self.worker = 0
        self.plans: dict[str, CallPlan] = {}
        self.hangs = False

    def run(self) -> None:
        decoder = worker_side()
        while data := self.connection.recv(1 << 16):
            for message in decoder.feed(data):
                if not self.hangs:
                    self.take(message)
        if self.start == "stubborn":
            signal.pause()

    def say(self, message: FromWorker) -> None:
        self.connection.sendall(encode(message))

    def take(self, message: ToWorker) -> None:
        match message:
            case Setup():
                self.worker = message.worker
                self.begin(message)
            case Planned(plan=plan):
                self.plans[plan.call] = plan
                if not plan.participants:
                    del self.plans[plan.call]
            case Offered():
                self.answer(message)
            case Seen():  # says so, as an event
                self.say(Happened(SpeakersChanged(message.call, (message.participant, str(message.revision)))))
            case FiguresWanted(request=request):
                self.say(Counted(request, WorkerFigures(self.worker, 0.0, len(self.plans), 0, {}, ())))

    def begin(self, setup: Setup) -> None:
        match self.start:
            case "unable":
                self.say(Unable("the port is taken"))
            case "garbage":
                self.connection.sendall(b"\xff" * 100)
            case "silent":
                pass
            case "exit":
                sys.exit(3)
            case _:
                self.say(Ready(setup.udp_port or 40_000, setup.tcp_port or 40_001))

    def answer(self, offer: Offered) -> None:
        planned = [one.name for plan in self.plans.values() for one in plan.participants if plan.call == offer.call]
        match offer.sdp:
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case "hang":
                self.hangs = True
            case "refuse":
                self.say(Refused(offer.request, "no fingerprint"))
            case "mix up":
                self.say(Counted(offer.request, WorkerFigures(self.worker, 0.0, 0, 0, {}, ())))
            case "garbage":
                self.connection.sendall(b"\xff" * 100)
            case "events":
                for call in ("room", "elsewhere"):
                    self.say(Happened(SpeakersChanged(call, ("p1",))))
                self.say(Answered(offer.request, "done"))
            case _:
                text = ANSWER.format(
                    worker=self.worker, pid=os.getpid(), participant=offer.participant, planned=planned
                )
                self.say(Answered(offer.request, text))


if __name__ == "__main__":
    *start, descriptor = sys.argv[1:]
    FakeWorker(socket.socket(fileno=int(descriptor)), start[0] if start else "").run()
