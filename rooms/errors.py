"""Every refusal the rules and the hub can give: a code, a sentence for people, and whether trying again helps.

The page translates by code; the English sentence is for the makers of other clients and for logs. A code, once
released, keeps its meaning.
"""

from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    """Why a request was refused. The value is what travels on the wire."""

    # The request itself
    UNKNOWN_COMMAND = "unknown_command"
    INVALID = "invalid"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_MANY_REQUESTS = "too_many_requests"
    NOT_JOINED = "not_joined"
    NOT_IN_CALL = "not_in_call"
    UNKNOWN_PARTICIPANT = "unknown_participant"
    OFFER_REFUSED = "offer_refused"
    # Getting in
    VERSION_UNSUPPORTED = "version_unsupported"
    ORIGIN_REFUSED = "origin_refused"
    SIGN_IN_REQUIRED = "sign_in_required"
    TICKET_INVALID = "ticket_invalid"
    SESSION_ENDED = "session_ended"
    INVITATION_INVALID = "invitation_invalid"
    API_KEY_INVALID = "api_key_invalid"
    SERVER_FULL = "server_full"
    CONNECT_TIMEOUT = "connect_timeout"
    TOO_MANY_DEVICES = "too_many_devices"
    # Membership and rights
    NOT_A_MEMBER = "not_a_member"
    UNKNOWN_PROJECT = "unknown_project"
    UNKNOWN_ROOM = "unknown_room"
    UNKNOWN_MEMBER = "unknown_member"
    UNKNOWN_CLASS = "unknown_class"
    UNKNOWN_MESSAGE = "unknown_message"
    MESSAGE_DELETED = "message_deleted"
    PROJECT_NOT_STARTED = "project_not_started"
    PROJECT_ARCHIVED = "project_archived"
    ROOM_BANNED = "room_banned"
    OTHER_GROUP = "other_group"
    ROOM_CLOSED = "room_closed"
    ROOM_LOCKED = "room_locked"
    CAPABILITY_OFF = "capability_off"
    NO_TEACHER_PRESENT = "no_teacher_present"
    CALL_REMOVED = "call_removed"
    CALL_ENDED = "call_ended"
    CALL_HELD = "call_held"
    CALL_ELSEWHERE = "call_elsewhere"
    CALL_ON_OTHER_SERVER = "call_on_other_server"
    CALL_OUT_OF_REACH = "call_out_of_reach"
    NOT_YOUR_MESSAGE = "not_your_message"
    TEACHERS_ONLY = "teachers_only"
    FOUNDERS_ONLY = "founders_only"
    FOUNDER_STAYS = "founder_stays"
    NOT_FOR_TEACHERS = "not_for_teachers"
    NOT_FOR_STAFF_ROOM = "not_for_staff_room"
    OTHER_CLASS = "other_class"
    # The board
    UNKNOWN_BOARD = "unknown_board"
    UNKNOWN_ELEMENT = "unknown_element"
    BOARD_READ_ONLY = "board_read_only"
    BOARD_FULL = "board_full"
    BOARD_LAST = "board_last"
    ELEMENT_CHANGED = "element_changed"
    ELEMENT_GONE = "element_gone"
    ELEMENT_LOCKED = "element_locked"
    NOT_YOUR_ELEMENT = "not_your_element"
    LINK_REFUSED = "link_refused"
    UNDO_TOO_LATE = "undo_too_late"
    EXPORT_OFF = "export_off"
    # The lesson
    POLL_OPEN = "poll_open"
    POLL_CLOSED = "poll_closed"
    # Files
    FILE_TYPE_REFUSED = "file_type_refused"
    FILE_UNREADABLE = "file_unreadable"
    UNKNOWN_FILE = "unknown_file"
    # The domain's own consistency
    COUNTRY_UNKNOWN = "country_unknown"
    TIMEZONE_UNKNOWN = "timezone_unknown"
    LANGUAGE_UNKNOWN = "language_unknown"
    FOUNDERS_SAME_COUNTRY = "founders_same_country"
    FOUNDERS_SAME_CLASS = "founders_same_class"
    TOO_MANY = "too_many"
    # The server
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"
    SHUTTING_DOWN = "shutting_down"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What a code means: `message` for people, `retry` true when the same request may succeed later by itself."""

    message: str
    retry: bool = False


ERROR_TEXTS: dict[ErrorCode, ErrorText] = {
    ErrorCode.UNKNOWN_COMMAND: ErrorText("The server does not know this command."),
    ErrorCode.INVALID: ErrorText("A field is missing, unknown or of the wrong kind."),
    ErrorCode.MALFORMED: ErrorText("The packet could not be read."),
    ErrorCode.TOO_LARGE: ErrorText("This is too long. Send it in smaller parts."),
    ErrorCode.TOO_MANY_REQUESTS: ErrorText("Too much at once. Wait a moment.", retry=True),
    ErrorCode.NOT_JOINED: ErrorText("Join the room first."),
    ErrorCode.NOT_IN_CALL: ErrorText("Join the call first."),
    ErrorCode.UNKNOWN_PARTICIPANT: ErrorText("There is nobody of that name in this call now."),
    ErrorCode.OFFER_REFUSED: ErrorText("The media session could not be set up with this offer."),
    ErrorCode.VERSION_UNSUPPORTED: ErrorText("This page is of another version than the server. Reload it."),
    ErrorCode.ORIGIN_REFUSED: ErrorText("Pages of this site may not connect to this server."),
    ErrorCode.SIGN_IN_REQUIRED: ErrorText("Open your invitation link, or come in through your portal."),
    ErrorCode.TICKET_INVALID: ErrorText("This ticket was used already or has expired. Ask for a new one."),
    ErrorCode.SESSION_ENDED: ErrorText("You have been signed out. Ask whoever gave you your link for a new one."),
    ErrorCode.INVITATION_INVALID: ErrorText(
        "This invitation was used already or has expired. Ask whoever gave it to you for a new one."
    ),
    ErrorCode.API_KEY_INVALID: ErrorText("This API key is not valid here."),
    ErrorCode.SERVER_FULL: ErrorText("The server is full. Try again in a minute.", retry=True),
    ErrorCode.CONNECT_TIMEOUT: ErrorText("The connection was opened but never used.", retry=True),
    ErrorCode.TOO_MANY_DEVICES: ErrorText("You have this open too many times. Close some windows, then reload."),
    ErrorCode.NOT_A_MEMBER: ErrorText("You are not a member of this project."),
    ErrorCode.UNKNOWN_PROJECT: ErrorText("There is no such project."),
    ErrorCode.UNKNOWN_ROOM: ErrorText("There is no such room in this project."),
    ErrorCode.UNKNOWN_MEMBER: ErrorText("There is no such member in this project."),
    ErrorCode.UNKNOWN_CLASS: ErrorText("There is no such class in this project."),
    ErrorCode.UNKNOWN_MESSAGE: ErrorText("There is no such message in this room."),
    ErrorCode.MESSAGE_DELETED: ErrorText("This message has been deleted."),
    ErrorCode.PROJECT_NOT_STARTED: ErrorText("The teachers are still preparing this project."),
    ErrorCode.PROJECT_ARCHIVED: ErrorText("This project is archived: it can be read, not changed."),
    ErrorCode.ROOM_BANNED: ErrorText("A teacher has asked you to stay out of this room."),
    ErrorCode.OTHER_GROUP: ErrorText("This room is another group's. Your teacher can put you in a group."),
    ErrorCode.ROOM_CLOSED: ErrorText("The room is closed. A teacher opens it."),
    ErrorCode.ROOM_LOCKED: ErrorText("A teacher has paused this for everyone in the room."),
    ErrorCode.CAPABILITY_OFF: ErrorText("A teacher has switched this off for you."),
    ErrorCode.NO_TEACHER_PRESENT: ErrorText("No teacher is here just now. Wait until one is back."),
    ErrorCode.CALL_REMOVED: ErrorText("A teacher has asked you to leave this call."),
    ErrorCode.CALL_ENDED: ErrorText("A teacher has ended the call for everybody. A new one can be started."),
    ErrorCode.CALL_HELD: ErrorText("A teacher has switched this off. Raise your hand to ask for it."),
    ErrorCode.CALL_ELSEWHERE: ErrorText("You went on with this call in another window."),
    ErrorCode.CALL_ON_OTHER_SERVER: ErrorText("The call is on another server: you are being taken there.", retry=True),
    ErrorCode.CALL_OUT_OF_REACH: ErrorText(
        "The call is on another server that cannot be reached from here. Load the page anew, or try again in a minute.",
        retry=True,
    ),
    ErrorCode.NOT_YOUR_MESSAGE: ErrorText("Only its author may change this message."),
    ErrorCode.TEACHERS_ONLY: ErrorText("Only teachers may do this."),
    ErrorCode.FOUNDERS_ONLY: ErrorText("Only the founders of the project may do this."),
    ErrorCode.FOUNDER_STAYS: ErrorText("The founders of a project cannot be removed from it."),
    ErrorCode.NOT_FOR_TEACHERS: ErrorText("This cannot be switched off for teachers."),
    ErrorCode.NOT_FOR_STAFF_ROOM: ErrorText("The staff room is always open to teachers, and only to them."),
    ErrorCode.OTHER_CLASS: ErrorText("Only a teacher of that class may do this."),
    ErrorCode.UNKNOWN_BOARD: ErrorText("There is no such board in this room."),
    ErrorCode.UNKNOWN_ELEMENT: ErrorText("This is not on the board any more."),
    ErrorCode.BOARD_READ_ONLY: ErrorText("A teacher has not given you the pen for this board."),
    ErrorCode.BOARD_FULL: ErrorText("The board is full. Delete something, or go on with a new board."),
    ErrorCode.BOARD_LAST: ErrorText("A room keeps at least one board."),
    ErrorCode.ELEMENT_CHANGED: ErrorText("Somebody else has changed this before you."),
    ErrorCode.ELEMENT_GONE: ErrorText("Somebody else has deleted this."),
    ErrorCode.ELEMENT_LOCKED: ErrorText("A teacher has locked this."),
    ErrorCode.NOT_YOUR_ELEMENT: ErrorText("Only who drew this may change it."),
    ErrorCode.LINK_REFUSED: ErrorText("The board takes no links to other sites."),
    ErrorCode.UNDO_TOO_LATE: ErrorText("This was cleared too long ago to be put back."),
    ErrorCode.EXPORT_OFF: ErrorText("A teacher has not allowed to save this board."),
    ErrorCode.POLL_OPEN: ErrorText("A poll is open in this room. Close it first."),
    ErrorCode.POLL_CLOSED: ErrorText("This poll is closed: no more votes are counted."),
    ErrorCode.FILE_TYPE_REFUSED: ErrorText("Only pictures (PNG, JPEG, WebP, GIF) and PDF files can be put in."),
    ErrorCode.FILE_UNREADABLE: ErrorText("This file is damaged or cannot be read."),
    ErrorCode.UNKNOWN_FILE: ErrorText("There is no such file in this project."),
    ErrorCode.COUNTRY_UNKNOWN: ErrorText("This is not the code of an eTwinning country."),
    ErrorCode.TIMEZONE_UNKNOWN: ErrorText("This is not the name of a time zone, such as Europe/Paris."),
    ErrorCode.LANGUAGE_UNKNOWN: ErrorText("This is not a language code, such as fr or pl."),
    ErrorCode.FOUNDERS_SAME_COUNTRY: ErrorText(
        "The two founding classes must be of two countries, unless the project is national."
    ),
    ErrorCode.FOUNDERS_SAME_CLASS: ErrorText("The two founders must be of two different classes."),
    ErrorCode.TOO_MANY: ErrorText("There is no space for more of these."),
    ErrorCode.UNAVAILABLE: ErrorText("The server cannot store this just now. It will be tried again.", retry=True),
    ErrorCode.INTERNAL: ErrorText("Something went wrong on the server.", retry=True),
    ErrorCode.SHUTTING_DOWN: ErrorText("The server is restarting.", retry=True),
    ErrorCode.SLOW: ErrorText("The connection was too slow to keep up.", retry=True),
}


class Refused(Exception):
    """A request that is refused. Raised by the rules, mapped once to the wire by the hub or the HTTP API.

    `detail` is for the makers of clients (which field, which limit); it never holds a message or a name.
    `retry_after`: seconds after which it may be asked again, where that is known.
    """

    def __init__(self, code: ErrorCode, detail: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(code.value if detail is None else f"{code.value}: {detail}")
        self.code = code
        self.detail = detail
        self.retry_after = retry_after

    @property
    def message(self) -> str:
        """The sentence for people, with the detail behind it where there is one."""
        sentence = ERROR_TEXTS[self.code].message
        return sentence if self.detail is None else f"{sentence} ({self.detail})"

    @property
    def retry(self) -> bool:
        """True when the same request may succeed later by itself."""
        return ERROR_TEXTS[self.code].retry
