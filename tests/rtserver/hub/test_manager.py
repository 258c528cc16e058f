"""`HubManager` beside the stock manager of python-socketio: the same rooms, found otherwise."""

from collections.abc import Callable
from typing import Any

import pytest
import socketio
from hypothesis import given, settings
from hypothesis import strategies as st

from rtserver.hub.manager import HubManager

sids = st.sampled_from(["s1", "s2", "s3", "s4"])
rooms = st.sampled_from(["red", "blue", 5, None])
changes = st.lists(
    st.one_of(
        st.tuples(st.just("enter"), sids, rooms),
        st.tuples(st.just("leave"), sids, rooms),
        st.tuples(st.just("close"), rooms),
        st.tuples(st.just("disconnect"), sids),
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None, database=None, derandomize=True, print_blob=False)
@given(changes)
def test_rooms_are_those_of_the_stock_manager(steps: list[tuple[Any, ...]]) -> None:
    """Whoever enters and leaves what: the index says the same as looking through all rooms."""
    ours, theirs = HubManager(), socketio.AsyncManager()
    for manager in (ours, theirs):
        for number in range(1, 5):
            manager.basic_enter_room(f"s{number}", "/", None, eio_sid=f"e{number}")
            manager.basic_enter_room(f"s{number}", "/", f"s{number}", eio_sid=f"e{number}")
    connected = {"s1", "s2", "s3", "s4"}
    for step, *how in steps:
        if step in ("enter", "leave", "disconnect") and how[0] not in connected:
            continue
        if step in ("enter", "leave", "close") and how[-1] is None:
            continue
        for manager in (ours, theirs):
            if step == "enter":
                manager.basic_enter_room(how[0], "/", how[1])
            elif step == "leave":
                manager.basic_leave_room(how[0], "/", how[1])
            elif step == "close":
                manager.basic_close_room(how[0], "/")
            else:
                manager.basic_disconnect(how[0], "/")
        if step == "disconnect":
            connected.discard(how[0])
        for room in ("red", "blue", 5, None, "s1", "s4", ["red", "s2"], ["blue", "red", 5], "nowhere"):
            same = [dict(manager.get_participants("/", room)) for manager in (ours, theirs)]
            assert same[0] == same[1], room
        for sid in ("s1", "s2", "s3", "s4"):
            assert set(ours.get_rooms(sid, "/")) == set(theirs.get_rooms(sid, "/"))
            assert ours.is_connected(sid, "/") == theirs.is_connected(sid, "/")
            assert ours.sid_from_eio_sid(f"e{sid[1]}", "/") == theirs.sid_from_eio_sid(f"e{sid[1]}", "/")
    for sid in connected:
        ours.basic_disconnect(sid, "/")
    assert (ours.rooms, ours._rooms_of) == ({}, {})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda manager: manager.basic_enter_room("s1", "/", "s2"),
        lambda manager: manager.basic_close_room("s2", "/"),
        lambda manager: manager.basic_enter_room("s1", "/nowhere", "red"),
    ],
    ids=["another's own room", "closing a sid's room", "another namespace"],
)
def test_what_the_stock_manager_refuses(wrong: Callable[[Any], None]) -> None:
    """Ours refuses, too."""
    for manager in (HubManager(), socketio.AsyncManager()):
        for number in (1, 2):
            manager.basic_enter_room(f"s{number}", "/", None, eio_sid=f"e{number}")
            manager.basic_enter_room(f"s{number}", "/", f"s{number}", eio_sid=f"e{number}")
        with pytest.raises(ValueError, match=r"sid"):
            wrong(manager)
