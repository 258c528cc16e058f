"""People are shared out evenly: whole rooms where there are enough, parts of a room that is too large for one."""

from loadtests.generator.people import RoomPlan
from loadtests.generator.rooms import share_out


def room(number: int, size: int) -> RoomPlan:
    return RoomPlan(number, f"p_{number}", f"r_{number}", tuple(f"m_{number}_{member}" for member in range(size)))


def test_whole_rooms() -> None:
    taken = [0, 0]
    shares = share_out([room(number, 60) for number in range(4)], taken)
    assert taken == [120, 120]
    assert [(share.first, share.end) for share in shares[0]] == [(0, 60)] * 2


def test_a_large_room_is_split() -> None:
    taken = [0, 0, 0]
    shares = share_out([room(0, 1000)], taken)
    parts = sorted((share.first, share.end) for [share] in shares)
    assert parts == [(0, 333), (333, 666), (666, 1000)]
    assert sum(taken) == 1000


def test_fewer_rooms_than_processes() -> None:
    taken = [0, 0]
    share_out([room(0, 60)], taken)
    assert taken == [30, 30]


def test_later_rooms_go_where_fewer_people_are() -> None:
    taken = [60, 0]
    shares = share_out([room(1, 60), room(2, 60)], taken)
    assert len(shares[1]) >= 1
    assert sorted(taken) == [60, 120]
