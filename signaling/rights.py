"""What the permissions say about one member in the call of one room, all at once: the call itself knows no roles."""

from msgspec import Struct

from rooms.errors import ErrorCode
from rooms.model import Medium
from rooms.permissions import PUBLISH_ACTIONS, Action, Standing, denial


class MediaRights(Struct, frozen=True):
    """Why a member may not do each thing now; None: they may.

    `join` as a person, `join_as_class_camera` as a device that shows a class, `publish` by medium, `raise_hand`, and
    `moderate` others: mute them once, ask them, lower their hands.
    """

    join: ErrorCode | None
    join_as_class_camera: ErrorCode | None
    publish: dict[Medium, ErrorCode | None]
    raise_hand: ErrorCode | None
    moderate: ErrorCode | None


def media_rights(standing: Standing) -> MediaRights:
    """The rights of somebody with this standing, whose room is that of the call."""
    return MediaRights(
        join=denial(standing, Action.JOIN_CALL),
        join_as_class_camera=denial(standing, Action.JOIN_AS_CLASS_CAMERA),
        publish={medium: denial(standing, action) for medium, action in PUBLISH_ACTIONS.items()},
        raise_hand=denial(standing, Action.RAISE_HAND),
        moderate=denial(standing, Action.MODERATE_CALL),
    )
