"""A process in a known state, with everything that there may be."""

from media.engine import CallFigures, SubscriberFigures, TrackFigures, WorkerFigures
from media.engine import Medium as EngineMedium
from rtserver.metrics.exposition import BrokerState, DiskState, MediaState, State

WORKER = WorkerFigures(
    worker=0,
    cpu_seconds=1.5,
    packets_received=10,
    packets_sent=40,
    dropped={"no session": 3},
    calls=(
        CallFigures(
            "c1",
            (
                TrackFigures("a", EngineMedium.AUDIO, None, 5, 0.1, 1000, 0, 0),
                TrackFigures("b", EngineMedium.AUDIO, None, 5, 0.3, 1000, 0, 0),
            ),
            (SubscriberFigures("a", 40, 0, 0.5, 1000, 1000, {}),),
        ),
    ),
)

FULL = State(
    node="node-1",
    sockets={"websocket": 3, "polling": 1},
    sockets_limit=100,
    connections=4,
    projects=1,
    rooms=2,
    boards=1,
    calls={"mesh": 0, "sfu": 1},
    participants=2,
    outbox_bytes=77,
    is_draining=False,
    is_database_up=True,
    disk=DiskState(free=10, size=100),
    broker=BrokerState(is_connected=True, lag=0.002, dropped=5),
    media=MediaState(wanted=1, workers=(WORKER,)),
)
