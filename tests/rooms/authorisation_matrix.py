"""Who may do what, and when: the design's table, written down apart from the code that enforces it.

To be read from top to bottom by a teacher: the FIRST row whose conditions all hold gives the answer. A column that a
row does not name does not matter to it. What no row answers is a hole in the table, and the tests fail.

Nothing is imported from `rooms` on purpose: names are the words that travel on the wire.
"""

from typing import NamedTuple

# --- The words of the table -------------------------------------------------------------------------

STAFF = "founder teacher"
OTHERS = "pupil pupil-admin visitor"
MEMBERS = f"{STAFF} {OTHERS}"
SYSTEM = "system"  # the command line and the portals' API
ANYBODY = f"{MEMBERS} {SYSTEM}"

UPON_OTHERS_MESSAGES = "delete_others set_language_others"
CHAT = f"read_room post signal edit_own edit_others delete_own {UPON_OTHERS_MESSAGES} react pin save_chat"
WRITE = "post signal edit_own"
PUBLISH = "publish_audio publish_video publish_screen"
TAKE_PART = f"join_call {PUBLISH} raise_hand"
RUN_A_CALL = "join_as_class_camera moderate_call"
CALL = f"{TAKE_PART} {RUN_A_CALL} hold_in_call"
RUN_A_BOARD = "moderate_board arrange_boards"
RUN_GROUPS = "form_groups end_groups"
BOARD = f"draw {RUN_A_BOARD}"
RUN_A_LESSON = "lead_lesson end_lesson"
LESSON = f"{RUN_A_LESSON} vote"
TO_A_ROOM = "open_room lock_room"
SET_UPON = "set_capability set_room_ban"
UPON_SOMEBODY = f"add_member invite_member remove_member {SET_UPON} hold_in_call"
IN_A_ROOM = f"{CHAT} {CALL} {BOARD} {LESSON} {TO_A_ROOM} set_room_ban form_groups"
FOR_STAFF = f"pin save_chat {TO_A_ROOM} add_room {RUN_A_CALL} {RUN_A_BOARD} {RUN_A_LESSON} {RUN_GROUPS} {UPON_SOMEBODY}"
FOR_FOUNDERS = "add_class set_phase"
WHEN_ARCHIVED = "enter_project read_room save_chat invite_member remove_member"
NOT_WHEN_ARCHIVED_FOR_SYSTEM = (
    f"{WRITE} edit_others delete_own {UPON_OTHERS_MESSAGES} react pin {CALL} {BOARD} {LESSON} {TO_A_ROOM} {RUN_GROUPS} "
    f"add_room add_member {SET_UPON} add_class"
)
NOT_WHEN_ARCHIVED = f"{NOT_WHEN_ARCHIVED_FOR_SYSTEM} set_phase"
ALL_ACTIONS = f"{WHEN_ARCHIVED} {NOT_WHEN_ARCHIVED}"

COLUMNS: dict[str, str] = {
    # who asks
    "who": ANYBODY,
    "standing": "member removed stranger system",  # stranger: of another project, or of none
    "able": "on off -",  # the asker's capability for this, see below
    "banned": "yes no -",  # from this room
    # what for, and when
    "does": ALL_ACTIONS,
    "phase": "draft active archived",
    "teacher": "present away",  # is a teacher of the project here, or only just gone?
    # in which room
    "room": "class-room group-room staff-room foreign -",  # foreign: of another project, or of none
    "door": "open closed -",
    "group": "own other -",  # a room of groups: is the asker in the one that it belongs to?
    "lock": "locked unlocked -",  # the same capability in this room, for everybody
    # upon whom
    "upon": f"{MEMBERS} -",
    "upon_is": "here self removed unknown -",
    "upon_class": "same other none -",  # as seen from the asker; visitors have none
}
"""Every column and what may stand in it; "-" where the question does not arise."""

CAPABILITY_OF = {
    **dict.fromkeys(WRITE.split(), "post"),
    "react": "react",
    "draw": "draw",
    "publish_audio": "publish-audio",
    "publish_video": "publish-video",
    "publish_screen": "publish-screen",
}
"""Which capability the columns `able` and `lock` are about; of what needs none, that of posting, as any other."""


class Case(NamedTuple):
    """One question to the table: a value for every column."""

    who: str
    standing: str
    able: str
    banned: str
    does: str
    phase: str
    teacher: str
    room: str
    door: str
    group: str
    lock: str
    upon: str
    upon_is: str
    upon_class: str


class Row:
    """A sentence, the answer it gives, and the conditions under which it does."""

    def __init__(self, sentence: str, answer: str, **conditions: str) -> None:
        for column, words in conditions.items():
            unknown = set(words.split()) - set(COLUMNS[column].split())
            assert not unknown, f"{sentence}: {unknown} in column {column}"
        self.sentence = sentence
        self.answer = answer
        self.conditions = [
            (Case._fields.index(column), frozenset(words.split())) for column, words in conditions.items()
        ]
        self.does = frozenset(conditions.get("does", ALL_ACTIONS).split())

    def holds(self, case: Case) -> bool:
        """Whether all conditions hold."""
        return all(case[index] in words for index, words in self.conditions)


# fmt: off
TABLE = (
    # --- Is this person in the project? ---
    Row("Who is not in the project may do nothing in it.",
        "not_a_member", standing="stranger"),
    Row("Who was removed from the project may do nothing in it.",
        "not_a_member", standing="removed"),
    Row("While the project is a draft, only founders and teachers come in.",
        "project_not_started", who=OTHERS, phase="draft"),
    Row("An archived project is read-only: one may enter and read; its staff may save chats, invite and remove.",
        "project_archived", who=MEMBERS, phase="archived", does=NOT_WHEN_ARCHIVED),
    Row("... for portals and the command line, too; but they take it up again.",
        "project_archived", standing="system", phase="archived", does=NOT_WHEN_ARCHIVED_FOR_SYSTEM),

    # --- Is it there, and may one be there? ---
    Row("Nothing can be done upon a person who is not in the project, or not any more.",
        "unknown_member", does=UPON_SOMEBODY, upon_is="unknown removed"),
    Row("A room of another project does not exist here.",
        "unknown_room", does=IN_A_ROOM, room="foreign"),
    Row("For pupils and visitors the staff room does not exist.",
        "unknown_room", who=OTHERS, does=IN_A_ROOM, room="staff-room"),
    Row("Who is banned from a room may do nothing in it, not even read.",
        "room_banned", who=OTHERS, does=IN_A_ROOM, banned="yes"),
    Row("A group's room is for this group: no other pupil and no visitor does anything there, or reads it.",
        "other_group", who=OTHERS, does=IN_A_ROOM, group="other"),
    Row("For a visitor, a closed room is closed: nothing in it, not even reading.",
        "room_closed", who="visitor", does=IN_A_ROOM, door="closed"),

    # --- Whose business is it? ---
    Row("Nobody edits the messages of others, teachers neither.",
        "not_your_message", who=MEMBERS, does="edit_others"),
    Row("Pupils and visitors do not delete the messages of others, or say which language they are in.",
        "not_your_message", who=OTHERS, does=UPON_OTHERS_MESSAGES),
    Row("Pinning messages, saving chats, opening, locking and making rooms, running calls, boards and groups, all upon "
        "persons: founders and teachers only.",
        "teachers_only", who=OTHERS, does=FOR_STAFF),
    Row("Classes and the project's phase are for founders.",
        "founders_only", who="teacher pupil pupil-admin visitor", does=FOR_FOUNDERS),
    Row("... who may.",
        "allowed", who="founder", does=FOR_FOUNDERS),

    # --- Adding and inviting persons ---
    Row("Nobody adds a founder: a project has the two who opened it.",
        "founders_only", who=MEMBERS, does="add_member", upon="founder"),
    Row("A founder or teacher may always invite themselves: another device.",
        "allowed", who=STAFF, does="invite_member", upon_is="self"),
    Row("Nobody else invites a founder.",
        "founders_only", who=STAFF, does="invite_member", upon="founder"),
    Row("Founders add and invite the teachers of their class.",
        "allowed", who="founder", does="add_member invite_member", upon="teacher", upon_class="same"),
    Row("... and of no other: a teacher made for it would read the names of its pupils.",
        "other_class", who="founder", does="add_member invite_member", upon="teacher", upon_class="other"),
    Row("Teachers do not add or invite teachers.",
        "founders_only", who="teacher", does="add_member invite_member", upon="teacher"),
    Row("Pupils are added and invited by the founder or teacher of their class.",
        "allowed", who=STAFF, does="add_member invite_member", upon="pupil pupil-admin", upon_class="same"),
    Row("... and by no other: names stay in their class.",
        "other_class", who=STAFF, does="add_member invite_member", upon="pupil pupil-admin", upon_class="other"),
    Row("Visitors are added and invited by any founder or teacher.",
        "allowed", who=STAFF, does="add_member invite_member", upon="visitor"),

    # --- Removing persons ---
    Row("A founder stays, whoever asks.",
        "founder_stays", does="remove_member", upon="founder"),
    Row("Teachers are removed by founders only, not even by themselves.",
        "founders_only", who="teacher", does="remove_member", upon="teacher"),
    Row("Teachers are removed by founders; pupils and visitors by any founder or teacher, of either class.",
        "allowed", who=STAFF, does="remove_member"),

    # --- Capabilities and room bans ---
    Row("From founders and teachers nothing is taken away, whoever asks.",
        "not_for_teachers", does=SET_UPON, upon=STAFF),
    Row("In a call nobody holds them or puts them out, whoever asks.",
        "not_for_teachers", does="hold_in_call", upon=STAFF),
    Row("The staff room is not opened, closed or locked, and nobody is banned from it or its call, whoever asks.",
        "not_for_staff_room", does=f"{TO_A_ROOM} set_room_ban hold_in_call", room="staff-room"),
    Row("Nobody goes into groups from the staff room, for nobody could go back there, whoever asks.",
        "not_for_staff_room", does="form_groups", room="staff-room"),
    Row("No lesson ends in the staff room, which does not close, whoever asks.",
        "not_for_staff_room", does="end_lesson", room="staff-room"),
    Row("Any founder or teacher switches the capabilities and room bans of pupils and visitors of either class.",
        "allowed", who=STAFF, does=SET_UPON),

    # --- Rooms ---
    Row("Founders and teachers make rooms, and open, close, lock and unlock them.",
        "allowed", who=STAFF, does=f"add_room {TO_A_ROOM}"),
    Row("They send the pupils of any class into groups, and ask them back.",
        "allowed", who=STAFF, does=RUN_GROUPS),

    # --- Being there and reading ---
    Row("Every member comes into the project.",
        "allowed", who=MEMBERS, does="enter_project"),
    Row("Whoever may be in a room may read it, pupils also while it is closed.",
        "allowed", who=MEMBERS, does="read_room"),
    Row("Founders and teachers take the chat of a room home as a file.",
        "allowed", who=STAFF, does="save_chat"),

    # --- Writing ---
    Row("Founders and teachers write and react always, delete and pin what anybody wrote, and correct its language.",
        "allowed", who=STAFF, does=f"{WRITE} delete_own {UPON_OTHERS_MESSAGES} react pin"),
    Row("Pupils and visitors write, and take back what they wrote, in open rooms only.",
        "room_closed", who=OTHERS, does=f"{WRITE} delete_own", door="closed"),
    Row("To write they need the capability (not to take back).",
        "capability_off", who=OTHERS, does=WRITE, able="off"),
    Row("While posting is locked in the room, pupils and visitors do not write (but take back).",
        "room_locked", who="pupil visitor", does=WRITE, lock="locked"),
    Row("Pupils and visitors write, and take back, only while a teacher is present.",
        "no_teacher_present", who=OTHERS, does=f"{WRITE} delete_own", teacher="away"),
    Row("Then they may; pupil-admins also while the room is locked.",
        "allowed", who=OTHERS, does=f"{WRITE} delete_own"),

    # --- Reacting ---
    Row("Pupils and visitors react in open rooms only.",
        "room_closed", who=OTHERS, does="react", door="closed"),
    Row("To react they need the capability.",
        "capability_off", who=OTHERS, does="react", able="off"),
    Row("While reacting is locked in the room, pupils and visitors do not react.",
        "room_locked", who="pupil visitor", does="react", lock="locked"),
    Row("Pupils and visitors react only while a teacher is present.",
        "no_teacher_present", who=OTHERS, does="react", teacher="away"),
    Row("Then they may; pupil-admins also while reacting is locked.",
        "allowed", who=OTHERS, does="react"),

    # --- Calls ---
    Row("Founders and teachers take part in calls with all they have, run them, and show their class by a camera.",
        "allowed", who=STAFF, does=f"{TAKE_PART} {RUN_A_CALL}"),
    Row("... and hold the media of pupils and visitors of either class, or put them out.",
        "allowed", who=STAFF, does="hold_in_call"),
    Row("Pupils and visitors take part in open rooms only.",
        "room_closed", who=OTHERS, does=TAKE_PART, door="closed"),
    Row("To send sound, picture or screen they need the capability for it (not to be there or to raise a hand).",
        "capability_off", who=OTHERS, does=PUBLISH, able="off"),
    Row("While it is locked in the room, pupils and visitors do not send it.",
        "room_locked", who="pupil visitor", does=PUBLISH, lock="locked"),
    Row("Pupils and visitors come in, send and raise hands only while a teacher is present.",
        "no_teacher_present", who=OTHERS, does=TAKE_PART, teacher="away"),
    Row("Then they take part; pupil-admins send also what is locked.",
        "allowed", who=OTHERS, does=TAKE_PART),

    # --- Boards (who may draw on one board is its teachers' to say besides: `rooms.board`) ---
    Row("Founders and teachers draw always, moderate boards, and make, name, order and remove them; in the staff room "
        "too.",
        "allowed", who=STAFF, does=BOARD),
    Row("Pupils and visitors draw in open rooms only.",
        "room_closed", who=OTHERS, does="draw", door="closed"),
    Row("To draw they need the capability.",
        "capability_off", who=OTHERS, does="draw", able="off"),
    Row("While drawing is locked in the room, pupils and visitors do not draw.",
        "room_locked", who="pupil visitor", does="draw", lock="locked"),
    Row("Pupils and visitors draw only while a teacher is present.",
        "no_teacher_present", who=OTHERS, does="draw", teacher="away"),
    Row("Then they may; pupil-admins also while drawing is locked.",
        "allowed", who=OTHERS, does="draw"),

    # --- Leading a lesson ---
    Row("Founders and teachers lead: timer, polls, calls for attention, and the end. They vote like anybody.",
        "allowed", who=STAFF, does=LESSON),
    Row("Pupils and visitors vote in open rooms only.",
        "room_closed", who=OTHERS, does="vote", door="closed"),
    Row("Pupils and visitors vote only while a teacher is present.",
        "no_teacher_present", who=OTHERS, does="vote", teacher="away"),
    Row("Then they may, muted or not.",
        "allowed", who=OTHERS, does="vote"),

    # --- The command line and the portals ---
    Row("The system may do everything else.",
        "allowed", who=SYSTEM),
)
# fmt: on


ROWS_OF = {action: [row for row in TABLE if action in row.does] for action in ALL_ACTIONS.split()}


def deciding_row(case: Case) -> Row | None:
    """The first row that holds."""
    for row in ROWS_OF[case.does]:
        if row.holds(case):
            return row
    return None


SENDING = {"audio": "publish_audio", "video": "publish_video", "screen": "publish_screen"}
FOR_WHO_IS_IN_THE_CALL = (
    "leave unpublish set_bandwidth report_quality watch "
    "offer settled use_server slots_seen ice_servers describe candidate"
)

ASKED_OVER_HTTP = "save_chat"
"""Actions of requests that no command is for."""

ARRANGING = "add rename move remove"
DRAWING = "change cursor stroke"
MODERATING = "clear undo_clear set_hidden set_policy viewport bring"
READING = "join history"
FOR_WHO_FOLLOWS_A_BOARD = "page leave"
LEADING = "timer.set poll.open poll.close poll.put_away attention.call"

COMMANDS: dict[str, dict[str, str]] = {
    "project.join": {"always": "enter_project"},
    "project.roster": {"always": "enter_project"},
    "project.set_phase": {"always": "set_phase"},
    "class.add": {"always": "add_class"},
    "member.add": {"always": "add_member"},
    "member.remove": {"always": "remove_member"},
    "member.set_capability": {"always": "set_capability"},
    "member.set_room_ban": {"always": "set_room_ban"},
    "invitation.create": {"always": "invite_member"},
    "room.add": {"always": "add_room"},
    "room.set_open": {"always": "open_room"},
    "room.set_lock": {"always": "lock_room"},
    "groups.form": {"always": "form_groups"},
    "groups.end": {"always": "end_groups"},
    "room.join": {"always": "read_room"},
    "room.leave": {"always": ""},  # going is always allowed
    "room.signal": {"always": "signal"},
    "chat.history": {"always": "read_room"},
    "chat.post": {"always": "post"},
    "chat.edit": {"own": "read_room edit_own", "other": "read_room edit_others"},
    "chat.delete": {"own": "read_room delete_own", "other": "read_room delete_others"},
    "chat.react": {"always": "react"},
    "chat.pin": {"always": "pin"},
    "chat.set_language": {"own": "read_room edit_own", "other": "read_room set_language_others"},
    "session.end": {"always": ""},  # signing out too
    "call.join": {"person": "join_call", "class-camera": "join_call join_as_class_camera"},
    "call.publish": SENDING,
    "call.mute": {**SENDING, "other": "moderate_call"},
    "call.hand": {"own": "raise_hand", "other": "moderate_call"},
    "call.ask": {"always": "moderate_call"},
    "call.hold": {"always": "hold_in_call"},
    "call.hold_pupils": {"always": "moderate_call"},
    "call.remove": {"always": "hold_in_call"},
    "call.end": {"always": "moderate_call"},
    **{f"call.{name}": {"always": ""} for name in FOR_WHO_IS_IN_THE_CALL.split()},
    **{f"board.{name}": {"always": "arrange_boards"} for name in ARRANGING.split()},
    **{f"board.{name}": {"always": "draw"} for name in DRAWING.split()},
    **{f"board.{name}": {"always": "moderate_board"} for name in MODERATING.split()},
    **{f"board.{name}": {"always": "read_room"} for name in READING.split()},
    **{f"board.{name}": {"always": ""} for name in FOR_WHO_FOLLOWS_A_BOARD.split()},
    **{name: {"always": "lead_lesson"} for name in LEADING.split()},
    "poll.vote": {"always": "vote"},
    "lesson.end": {"always": "end_lesson"},
}
"""Which actions each command asks for, in this order: for what is one's own and somebody else's, or for what one sends.

One's own sound and hand may always be switched off.
"""
