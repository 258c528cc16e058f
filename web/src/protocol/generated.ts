// Written by `make generate` from the message definitions in rooms/ and signaling/. Do not edit.

export const OLDEST_PROTOCOL_VERSION = 1;
export const PROTOCOL_VERSION = 3;
export const MESSAGE_BYTES_MAX = 8192;
export const SIGNAL_CHARACTERS_MAX = 1024;
export const HISTORY_PAGE_MAX = 100;
export const REACTIONS = ["👍", "❤️", "😂", "😮", "😢", "🎉", "👏", "🙏", "🤔", "✅", "❌", "❓", "☀️", "🌍", "⭐", "💡", "🔥", "👀", "🙌", "💪", "🎨", "🎵", "📚", "🥳"] as const;
export const REACTIONS_MAX = 20;
export const PINS_MAX = 10;
export const MENTIONS_MAX = 20;
export const SEARCH_CHARACTERS_MIN = 2;
export const SEARCH_CHARACTERS_MAX = 100;
export const COORDINATE_MAX = 10000000.0;
export const EXTENT_MAX = 50000.0;
export const POINTS_MAX = 4000;
export const TEXT_CHARACTERS_MAX = 10000;
export const NAME_CHARACTERS_MAX = 200;
export const COLOUR_CHARACTERS_MAX = 32;
export const BOUND_MAX = 500;
export const GROUPS_MAX = 20;
export const FILL_LINES_MAX = 10000;
export const FILL_GAPS = 4.0;
export const FILL_GAP_MIN = 0.1;
export const CUSTOM_BYTES_MAX = 4096;
export const CUSTOM_DEPTH_MAX = 5;
export const CUSTOM_VALUES_MAX = 500;
export const ELEMENTS_MAX = 10000;
export const BOARD_BYTES_MAX = 20000000;
export const CHANGES_MAX = 500;
export const STROKE_POINTS_MAX = 120;
export const SELECTED_MAX = 50;
export const TIMER_SECONDS_MIN = 10;
export const TIMER_SECONDS_MAX = 10800;
export const QUESTION_CHARACTERS_MAX = 200;
export const CHOICE_CHARACTERS_MAX = 80;
export const CHOICES_MIN = 2;
export const CHOICES_MAX = 6;
export const SDP_CHARACTERS_MAX = 57344;
export const CANDIDATE_CHARACTERS_MAX = 1024;
export const ELEMENT_ID_SHAPE = /^(?!(__(proto|(define|lookup)(G|S)etter)__|constructor|hasOwnProperty|isPrototypeOf|propertyIsEnumerable|to(Locale)?String|valueOf)$)[A-Za-z0-9_-]{1,64}(?!\n)$/;
export const ORDER_KEY_SHAPE = /^[A-Za-z][0-9A-Za-z]{0,79}(?!\n)$/;
export const COLOUR_SHAPE = /^(#[0-9A-Fa-f]{3,8}|[A-Za-z]*|(rgba?|hsla?|hwb|(ok)?lab|(ok)?lch)\([0-9A-Za-z.,%\/ +-]*\))(?!\n)$/;
export const FILE_HASH_SHAPE = /^[0-9a-f]{64}(?!\n)$/;

export type ErrorCode =
  | "unknown_command"
  | "invalid"
  | "malformed"
  | "too_large"
  | "too_many_requests"
  | "not_joined"
  | "not_in_call"
  | "unknown_participant"
  | "offer_refused"
  | "version_unsupported"
  | "origin_refused"
  | "sign_in_required"
  | "ticket_invalid"
  | "session_ended"
  | "invitation_invalid"
  | "api_key_invalid"
  | "server_full"
  | "connect_timeout"
  | "too_many_devices"
  | "not_a_member"
  | "unknown_project"
  | "unknown_room"
  | "unknown_member"
  | "unknown_class"
  | "unknown_message"
  | "message_deleted"
  | "project_not_started"
  | "project_archived"
  | "room_banned"
  | "other_group"
  | "room_closed"
  | "room_locked"
  | "capability_off"
  | "no_teacher_present"
  | "call_removed"
  | "call_ended"
  | "call_held"
  | "call_elsewhere"
  | "call_on_other_server"
  | "call_out_of_reach"
  | "not_your_message"
  | "teachers_only"
  | "founders_only"
  | "founder_stays"
  | "not_for_teachers"
  | "not_for_staff_room"
  | "other_class"
  | "unknown_board"
  | "unknown_element"
  | "board_read_only"
  | "board_full"
  | "board_last"
  | "element_changed"
  | "element_gone"
  | "element_locked"
  | "not_your_element"
  | "link_refused"
  | "undo_too_late"
  | "export_off"
  | "poll_open"
  | "poll_closed"
  | "file_type_refused"
  | "file_unreadable"
  | "unknown_file"
  | "country_unknown"
  | "timezone_unknown"
  | "language_unknown"
  | "founders_same_country"
  | "founders_same_class"
  | "too_many"
  | "unavailable"
  | "internal"
  | "shutting_down"
  | "slow";

/** The auth object of the Socket.IO CONNECT packet. */
export interface ConnectAuth {
  readonly version: number;
  readonly ticket?: string | null;
  readonly session?: string | null;
  readonly member?: string | null;
  readonly page?: string | null;
}

/** Why a command was refused. `retry`: the same may succeed later by itself; `retry_after`: in so many seconds. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry: boolean;
  readonly retry_after?: number | null;
}

/** Founders activate or archive the project. Answer: `Accepted`. */
export interface ProjectSetPhase {
  readonly nonce: string;
  readonly phase: ProjectPhase;
}

export type ProjectPhase =
  | "draft"
  | "active"
  | "archived";

/** A durable command is in the log: `seq` of its (last) event. A resend gets the same. */
export interface Accepted {
  readonly seq: number;
}

/** Founders add a class. Answer: `Accepted`. */
export interface ClassAdd {
  readonly nonce: string;
  readonly name: string;
  readonly school: string;
  readonly country: string;
  readonly timezone: string;
  readonly languages: readonly string[];
}

/** Teachers add pupils of their class and visitors; founders its teachers too. Answer: `Accepted`. */
export interface MemberAdd {
  readonly nonce: string;
  readonly role: Role;
  readonly class_id: string | null;
  readonly roster_name: string;
  readonly alias: string;
}

export type Role =
  | "founder"
  | "teacher"
  | "pupil"
  | "pupil-admin"
  | "visitor";

/** Remove a person from the project for good. Their connections end at once. Answer: `Accepted`. */
export interface MemberRemove {
  readonly nonce: string;
  readonly member: string;
}

/** Allow or take away one capability of one person. Answer: `Accepted`. */
export interface MemberSetCapability {
  readonly nonce: string;
  readonly member: string;
  readonly capability: Capability;
  readonly allowed: boolean;
}

export type Capability =
  | "post"
  | "react"
  | "draw"
  | "publish-audio"
  | "publish-video"
  | "publish-screen";

/** Ask a person to stay out of one room, or let them in again. Answer: `Accepted`. */
export interface MemberSetRoomBan {
  readonly nonce: string;
  readonly member: string;
  readonly room: string;
  readonly banned: boolean;
}

/** Teachers make a group room. Answer: `Accepted`. */
export interface RoomAdd {
  readonly nonce: string;
  readonly name: string;
}

/** Teachers open a room for pupils, or close it. Answer: `Accepted`. */
export interface RoomSetOpen {
  readonly nonce: string;
  readonly room: string;
  readonly open: boolean;
}

/** Teachers pause one capability for everybody in a room, or allow it again. Answer: `Accepted`. */
export interface RoomSetLock {
  readonly nonce: string;
  readonly room: string;
  readonly capability: Capability;
  readonly locked: boolean;
}

/** Post a message, at most `MESSAGE_BYTES_MAX` bytes of UTF-8. Answer: `Accepted`; its seq is the message's id. */
export interface ChatPost {
  readonly nonce: string;
  readonly room: string;
  readonly text: string;
  readonly reply?: number | null;
  readonly files?: readonly SentFile[];
}

/** A file that goes with a message. `file`: its id, from the answer to the upload for this room; `name`: as it is */
export interface SentFile {
  readonly file: string;
  readonly name: string;
}

/** Change the text of one's own message. Answer: `Accepted`. */
export interface ChatEdit {
  readonly nonce: string;
  readonly room: string;
  readonly message: number;
  readonly text: string;
}

/** Withdraw one's own message; a teacher anybody's. Answer: `Accepted`. */
export interface ChatDelete {
  readonly nonce: string;
  readonly room: string;
  readonly message: number;
}

/** Follow the project. With a `position`, what was missed since then; else a snapshot. Answer: `ProjectJoined`. */
export interface ProjectJoin {
  readonly position?: Position | null;
}

/** Where a reader stands: `seq` is the last event seen (0: none), `epoch` names the log it was seen in. */
export interface Position {
  readonly epoch: string;
  readonly seq: number;
}

/** Either `snapshot` (start from it) or `events` (apply them to what you have), up to `position`. */
export interface ProjectJoined {
  readonly position: Position;
  readonly snapshot: ProjectView | null;
  readonly events: readonly Event[] | null;
  readonly me: string;
  readonly roster: Roster;
  readonly presence: readonly MemberPresence[];
  readonly server_time: number;
  readonly ballots?: readonly Ballot[];
}

/** The project as one member sees it: pupils and visitors do not see the staff room. */
export interface ProjectView {
  readonly id: string;
  readonly title: string;
  readonly national: boolean;
  readonly phase: ProjectPhase;
  readonly classes: readonly SchoolClass[];
  readonly members: readonly MemberView[];
  readonly rooms: readonly RoomView[];
  readonly groups?: Grouping | null;
  readonly timer?: Timer | null;
  readonly polls?: readonly Poll[];
}

/** A group of pupils of one school. */
export interface SchoolClass {
  readonly id: string;
  readonly name: string;
  readonly school: string;
  readonly country: string;
  readonly timezone: string;
  readonly languages: readonly string[];
}

/** A member as others see them. `room_bans` are the rooms they were asked to stay out of. */
export interface MemberView {
  readonly id: string;
  readonly role: Role;
  readonly class_id: string | null;
  readonly capabilities: readonly Capability[];
  readonly room_bans: readonly string[];
  readonly removed: boolean;
}

/** A room as a member sees it in the list, its boards in their order. */
export interface RoomView {
  readonly id: string;
  readonly kind: RoomKind;
  readonly name: string;
  readonly open: boolean;
  readonly locked: readonly Capability[];
  readonly boards: readonly BoardView[];
  readonly group?: readonly string[] | null;
  readonly circle?: readonly string[] | null;
  readonly group_number?: number | null;
  readonly lesson_over?: boolean;
}

export type RoomKind =
  | "class-room"
  | "staff-room"
  | "group-room";

/** A board in the list of its room. An empty name: the page's word for a board. */
export interface BoardView {
  readonly id: string;
  readonly name: string;
}

/** The groups that there are now, or (`on` is false) those that there were last. */
export interface Grouping {
  readonly origin: string;
  readonly rooms: readonly string[];
  readonly on?: boolean;
}

/** A time that runs for the whole project, and still stands there when it is over. */
export interface Timer {
  readonly ends_at: number;
  readonly seconds: number;
}

/** A question to those who are in a room. `counts`: how many chose each, once it is closed; null: it is open. */
export interface Poll {
  readonly id: string;
  readonly room: string;
  readonly question: string;
  readonly choices: readonly string[];
  readonly kind?: PollKind;
  readonly counts?: readonly number[] | null;
}

export type PollKind =
  | "yes_no"
  | "how_sure"
  | "free";

/** Something that has happened: the `seq`-th of its stream (from 1, without gaps), `at` milliseconds since 1970 UTC. */
export interface Event {
  readonly stream: string;
  readonly seq: number;
  readonly at: number;
  readonly actor: string;
  readonly nonce: string | null;
  readonly body: Body;
}

export type Body =
  | ProjectOpened
  | ProjectPhaseSet
  | ClassAdded
  | MemberAdded
  | MemberRemoved
  | CapabilitySet
  | RoomBanSet
  | RoomAdded
  | RoomOpenSet
  | RoomLockSet
  | GroupsFormed
  | GroupsEnded
  | ChatPosted
  | ChatEdited
  | ChatDeleted
  | ChatReacted
  | ChatPinned
  | ChatLanguageSet
  | CallHeld
  | CallPupilsHeld
  | CallRemoved
  | BoardAdded
  | BoardRenamed
  | BoardMoved
  | BoardRemoved
  | BoardChanged
  | BoardCleared
  | BoardClearUndone
  | BoardHidden
  | BoardShown
  | BoardPolicySet
  | TimerChanged
  | PollOpened
  | PollClosed
  | PollRemoved
  | CallEnded
  | LessonEnded
  | Hidden;

/** A project was opened by its two founders. `national`: its classes may be of one country. */
export interface ProjectOpened {
  readonly kind: "project.opened";
  readonly title: string;
  readonly national: boolean;
}

/** The project was activated, archived or put back to draft. */
export interface ProjectPhaseSet {
  readonly kind: "project.phase_set";
  readonly phase: ProjectPhase;
}

/** A class joined the project. */
export interface ClassAdded {
  readonly kind: "class.added";
  readonly class_id: string;
  readonly name: string;
  readonly school: string;
  readonly country: string;
  readonly timezone: string;
  readonly languages: readonly string[];
}

/** A person joined. Names are not in the log: ask for the roster. */
export interface MemberAdded {
  readonly kind: "member.added";
  readonly member: string;
  readonly role: Role;
  readonly class_id: string | null;
}

/** A person was removed for good: every session and connection ends. */
export interface MemberRemoved {
  readonly kind: "member.removed";
  readonly member: string;
}

/** One capability of one person was switched. */
export interface CapabilitySet {
  readonly kind: "member.capability_set";
  readonly member: string;
  readonly capability: Capability;
  readonly allowed: boolean;
}

/** A person was asked to stay out of a room, or let in again. */
export interface RoomBanSet {
  readonly kind: "member.room_ban_set";
  readonly member: string;
  readonly room: string;
  readonly banned: boolean;
}

/** A room was made. Rooms start closed. `group_number`: see `Room`. */
export interface RoomAdded {
  readonly kind: "room.added";
  readonly room: string;
  readonly room_kind: RoomKind;
  readonly name: string;
  readonly group_number?: number | null;
}

/** A teacher opened or closed a room. */
export interface RoomOpenSet {
  readonly kind: "room.open_set";
  readonly room: string;
  readonly open: boolean;
}

/** A teacher paused one capability for everybody in a room, or allowed it again. */
export interface RoomLockSet {
  readonly kind: "room.lock_set";
  readonly room: string;
  readonly capability: Capability;
  readonly locked: boolean;
}

/** Pupils were sent into groups, or these were arranged anew. `origin`: the room they come from and go back to. */
export interface GroupsFormed {
  readonly kind: "groups.formed";
  readonly origin: string;
  readonly groups: readonly Group[];
}

/** Some pupils, and the group room in which they are by themselves. Nobody may be in it yet. */
export interface Group {
  readonly room: string;
  readonly members: readonly string[];
}

/** Everybody was asked back from the groups. */
export interface GroupsEnded {
  readonly kind: "groups.ended";
}

/** A message. Its id is this event's seq. What a plain one has not got is left out. Fields: see `Message`. */
export interface ChatPosted {
  readonly kind: "chat.posted";
  readonly text: string;
  readonly reply?: number | null;
  readonly mentions?: readonly string[];
  readonly language?: string | null;
  readonly files?: readonly MessageFile[];
}

/** A picture or a document that came with a message; all but its name is what the server knows of it. */
export interface MessageFile {
  readonly file: string;
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly width?: number | null;
  readonly height?: number | null;
}

/** The author changed the text of a message, and with it whom it mentions, and its language. */
export interface ChatEdited {
  readonly kind: "chat.edited";
  readonly message: number;
  readonly text: string;
  readonly mentions?: readonly string[];
  readonly language?: string | null;
}

/** A message was withdrawn by its author or a teacher, with its reactions and its pin. Blanked in the log too. */
export interface ChatDeleted {
  readonly kind: "chat.deleted";
  readonly message: number;
}

/** The actor put a reaction to a message, or took it back. */
export interface ChatReacted {
  readonly kind: "chat.reacted";
  readonly message: number;
  readonly reaction: string;
  readonly on: boolean;
}

/** A teacher pinned a message, or let it go. `content`: the message as it was before; it may be an old one. */
export interface ChatPinned {
  readonly kind: "chat.pinned";
  readonly message: number;
  readonly pinned: boolean;
  readonly content?: Message | null;
}

/** A chat message as it is now; a deleted one keeps its place, without text. Times: milliseconds since 1970 UTC. */
export interface Message {
  readonly id: number;
  readonly at: number;
  readonly actor: string;
  readonly text: string;
  readonly nonce?: string | null;
  readonly edited_at?: number | null;
  readonly deleted?: boolean;
  readonly reply?: number | null;
  readonly mentions?: readonly string[];
  readonly language?: string | null;
  readonly reactions?: readonly Reacted[];
  readonly pinned?: boolean;
  readonly files?: readonly MessageFile[];
}

/** One reaction to a message, and who gave it, in the order they came; there is always somebody. */
export interface Reacted {
  readonly reaction: string;
  readonly members: readonly string[];
}

/** The author or a teacher said which language (BCP 47) a message is in; null: none. */
export interface ChatLanguageSet {
  readonly kind: "chat.language_set";
  readonly message: number;
  readonly language: string | null;
}

/** A teacher switched one medium of a person off in the call of this room, or let it go. */
export interface CallHeld {
  readonly kind: "call.held";
  readonly member: string;
  readonly medium: Medium;
  readonly held: boolean;
}

export type Medium =
  | "audio"
  | "video"
  | "screen";

/** A teacher switched one medium of everybody but teachers off, or let it go; single holds of it are forgotten. */
export interface CallPupilsHeld {
  readonly kind: "call.pupils_held";
  readonly medium: Medium;
  readonly held: boolean;
}

/** A teacher put a person out of the call of this room, or let them in again. */
export interface CallRemoved {
  readonly kind: "call.removed";
  readonly member: string;
  readonly removed: boolean;
}

/** A room got a further board, behind its others. */
export interface BoardAdded {
  readonly kind: "board.added";
  readonly board: string;
  readonly room: string;
  readonly name: string;
}

/** A board got a name. */
export interface BoardRenamed {
  readonly kind: "board.renamed";
  readonly board: string;
  readonly room: string;
  readonly name: string;
}

/** A board was put in front of another of its room; null: to the end. */
export interface BoardMoved {
  readonly kind: "board.moved";
  readonly board: string;
  readonly room: string;
  readonly before: string | null;
}

/** A board was taken out of its room's list. */
export interface BoardRemoved {
  readonly kind: "board.removed";
  readonly board: string;
  readonly room: string;
}

/** Elements were drawn, changed or deleted (`isDeleted`), all at once. */
export interface BoardChanged {
  readonly kind: "board.changed";
  readonly elements: readonly BoardElement[];
}

/** An element and what the server keeps beside it. */
export interface BoardElement {
  readonly element: Element;
  readonly version: number;
  readonly creator: string;
  readonly class_id: string | null;
  readonly editor: string;
  readonly at: number;
  readonly held?: boolean;
}

export type Element =
  | Rectangle
  | Diamond
  | Ellipse
  | TextElement
  | Line
  | Arrow
  | FreeDraw
  | Image
  | Frame
  | MagicFrame
  | Embeddable
  | Iframe;

/** A rectangle. */
export interface Rectangle {
  readonly type: "rectangle";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
}

/** How corners are rounded: 1 legacy, 2 proportional, 3 adaptive radius; `value` its size, where one was chosen. */
export interface Roundness {
  readonly type: 1 | 2 | 3;
  readonly value?: number;
}

/** An arrow or a text that is bound to the element which names it. */
export interface BoundElement {
  readonly id: string;
  readonly type: "arrow" | "text";
}

/** A diamond. */
export interface Diamond {
  readonly type: "diamond";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
}

/** An ellipse. */
export interface Ellipse {
  readonly type: "ellipse";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
}

/** A text, alone or in a container. `original_text` is the text before it was wrapped. */
export interface TextElement {
  readonly type: "text";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
  readonly fontSize: number;
  readonly fontFamily: number;
  readonly text: string;
  readonly textAlign: "left" | "center" | "right";
  readonly verticalAlign: "top" | "middle" | "bottom";
  readonly containerId: string | null;
  readonly originalText: string;
  readonly autoResize: boolean;
  readonly lineHeight: number;
}

/** A line of any number of points. */
export interface Line {
  readonly type: "line";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
  readonly points: readonly (readonly [number, number])[];
  readonly lastCommittedPoint: readonly [number, number] | null;
  readonly startBinding: Binding | null;
  readonly endBinding: Binding | null;
  readonly startArrowhead: "arrow" | "bar" | "dot" | "circle" | "circle_outline" | "triangle" | "triangle_outline" | "diamond" | "diamond_outline" | "crowfoot_one" | "crowfoot_many" | "crowfoot_one_or_many" | null;
  readonly endArrowhead: "arrow" | "bar" | "dot" | "circle" | "circle_outline" | "triangle" | "triangle_outline" | "diamond" | "diamond_outline" | "crowfoot_one" | "crowfoot_many" | "crowfoot_one_or_many" | null;
}

/** Where an end of an arrow is fixed to an element. `fixed_point` is the elbow arrows'. */
export interface Binding {
  readonly elementId: string;
  readonly focus: number;
  readonly gap: number;
  readonly fixedPoint?: readonly [number, number] | null;
}

/** An arrow, curved, straight or with elbows. */
export interface Arrow {
  readonly type: "arrow";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
  readonly points: readonly (readonly [number, number])[];
  readonly lastCommittedPoint: readonly [number, number] | null;
  readonly startBinding: Binding | null;
  readonly endBinding: Binding | null;
  readonly startArrowhead: "arrow" | "bar" | "dot" | "circle" | "circle_outline" | "triangle" | "triangle_outline" | "diamond" | "diamond_outline" | "crowfoot_one" | "crowfoot_many" | "crowfoot_one_or_many" | null;
  readonly endArrowhead: "arrow" | "bar" | "dot" | "circle" | "circle_outline" | "triangle" | "triangle_outline" | "diamond" | "diamond_outline" | "crowfoot_one" | "crowfoot_many" | "crowfoot_one_or_many" | null;
  readonly elbowed: boolean;
  readonly fixedSegments?: readonly FixedSegment[] | null;
  readonly startIsSpecial?: boolean | null;
  readonly endIsSpecial?: boolean | null;
}

/** A segment of an elbow arrow that a person has put where it is. */
export interface FixedSegment {
  readonly start: readonly [number, number];
  readonly end: readonly [number, number];
  readonly index: number;
}

/** A stroke of the pen. `pressures` is empty when they are simulated, else one for each point. */
export interface FreeDraw {
  readonly type: "freedraw";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
  readonly points: readonly (readonly [number, number])[];
  readonly pressures: readonly number[];
  readonly simulatePressure: boolean;
  readonly lastCommittedPoint: readonly [number, number] | null;
}

/** A picture; `file_id` names one that was uploaded to this project. */
export interface Image {
  readonly type: "image";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
  readonly fileId: string | null;
  readonly status: "pending" | "saved" | "error";
  readonly scale: readonly [number, number];
  readonly crop: Crop | null;
}

/** The visible part of a picture, in pixels of the picture. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly naturalWidth: number;
  readonly naturalHeight: number;
}

/** A frame that holds others. */
export interface Frame {
  readonly type: "frame";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
  readonly name: string | null;
}

/** A frame of the editor's generator; to us a frame. */
export interface MagicFrame {
  readonly type: "magicframe";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
  readonly name: string | null;
}

/** A place for another site, which stays empty: foreign links are refused. */
export interface Embeddable {
  readonly type: "embeddable";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
}

/** A place for generated pages, which stays empty. */
export interface Iframe {
  readonly type: "iframe";
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly angle: number;
  readonly strokeColor: string;
  readonly backgroundColor: string;
  readonly fillStyle: "hachure" | "cross-hatch" | "solid" | "zigzag";
  readonly strokeWidth: number;
  readonly strokeStyle: "solid" | "dashed" | "dotted";
  readonly roundness: Roundness | null;
  readonly roughness: number;
  readonly opacity: number;
  readonly seed: number;
  readonly index: string;
  readonly isDeleted: boolean;
  readonly groupIds: readonly string[];
  readonly frameId: string | null;
  readonly boundElements: readonly BoundElement[] | null;
  readonly link: string | null;
  readonly locked: boolean;
  readonly customData?: Readonly<Record<string, unknown>>;
}

/** A teacher cleared what one person had drawn, or (null) everything; named by this event's seq. */
export interface BoardCleared {
  readonly kind: "board.cleared";
  readonly member: string | null;
}

/** What was cleared is back. Who follows the board takes a new snapshot. */
export interface BoardClearUndone {
  readonly kind: "board.clear_undone";
  readonly clear: number;
}

/** A teacher put elements aside for review: only teachers see them. */
export interface BoardHidden {
  readonly kind: "board.hidden";
  readonly elements: readonly string[];
}

/** Elements that were put aside can be seen by all again. */
export interface BoardShown {
  readonly kind: "board.shown";
  readonly elements: readonly BoardElement[];
}

/** A teacher decided who may draw, change others' work, and save the board. */
export interface BoardPolicySet {
  readonly kind: "board.policy_set";
  readonly policy: BoardPolicy;
}

/** What teachers decided about a board. */
export interface BoardPolicy {
  readonly drawers?: Drawers;
  readonly members?: readonly string[];
  readonly class_id?: string | null;
  readonly change_others?: boolean;
  readonly export?: boolean;
}

export type Drawers =
  | "nobody"
  | "teachers"
  | "chosen"
  | "class"
  | "all";

/** A teacher set the project's timer, or (null) stopped it. Fields: see `Timer`. */
export interface TimerChanged {
  readonly kind: "timer.set";
  readonly ends_at: number | null;
  readonly seconds: number | null;
}

/** A teacher asked a question in a room. Fields: see `Poll`. */
export interface PollOpened {
  readonly kind: "poll.opened";
  readonly room: string;
  readonly poll: string;
  readonly question: string;
  readonly choices: readonly string[];
  readonly poll_kind: PollKind;
}

/** The voting has ended; `counts`: how many chose each. */
export interface PollClosed {
  readonly kind: "poll.closed";
  readonly room: string;
  readonly poll: string;
  readonly counts: readonly number[];
}

/** The result of a poll was taken off the screens. */
export interface PollRemoved {
  readonly kind: "poll.put_away";
  readonly room: string;
  readonly poll: string;
}

/** A teacher ended the call of a room for everybody who was in it. `by`: null for the system. */
export interface CallEnded {
  readonly kind: "call.ended";
  readonly room: string;
  readonly by: string | null;
}

/** A teacher ended the lesson in a room, which is closed until the next one. What else that stopped is in events. */
export interface LessonEnded {
  readonly kind: "lesson.ended";
  readonly room: string;
}

/** What a reader gets in place of an event that it may not see: the numbering stays without gaps. Never stored. */
export interface Hidden {
  readonly kind: "hidden";
}

/** Names of all members, removed ones included (their messages remain). */
export interface Roster {
  readonly names: readonly NamedMember[];
}

/** The name of a member for this reader: the roster name within one's own class, else the alias. */
export interface NamedMember {
  readonly member: string;
  readonly name: string;
}

/** A member who is here, on however many devices, and the rooms they are in. */
export interface MemberPresence {
  readonly member: string;
  readonly rooms: readonly string[];
}

/** An open poll as one member finds it: how many have voted until now, and what this member chose (or null). */
export interface Ballot {
  readonly room: string;
  readonly poll: string;
  readonly votes: number;
  readonly choice: number | null;
}

/** The names of the members, as this member may see them. Answer: `Roster`. */
export interface ProjectRoster {

}

/** Enter a room and follow its chat. Answer: `RoomJoined`. */
export interface RoomJoin {
  readonly room: string;
  readonly position?: Position | null;
}

/** Either `snapshot` (start from it) or `events` (apply them to what you have), up to `position`. */
export interface RoomJoined {
  readonly room: string;
  readonly position: Position;
  readonly snapshot: ChatView | null;
  readonly events: readonly Event[] | null;
  readonly rights: Rights;
  readonly marks?: readonly ReadMark[];
}

/** The newest messages of a room, oldest first. `more`: older ones exist (`chat.history`). */
export interface ChatView {
  readonly messages: readonly Message[];
  readonly more: boolean;
  readonly pins?: readonly Message[];
  readonly marks?: readonly ReadMark[];
}

/** Up to which message of a room a member has read. */
export interface ReadMark {
  readonly member: string;
  readonly message: number;
}

/** What this member may do in a room now: for each action `null`, or the code of why not. */
export interface Rights {
  readonly room: string;
  readonly denied: Readonly<Record<string, ErrorCode | null>>;
}

/** Leave a room. Answer: `Done`. */
export interface RoomLeave {
  readonly room: string;
}

/** It was done; there is nothing to say about it. */
export interface Done {

}

/** Something volatile for everybody in the room: not logged, may be dropped. Answer: `Done`. */
export interface RoomSignal {
  readonly room: string;
  readonly topic: string;
  readonly data: string;
  readonly latest?: boolean;
}

/** A page of messages older than message `before`: the newest of them, or of those after message `after` the oldest. */
export interface ChatHistory {
  readonly room: string;
  readonly before: number;
  readonly limit?: number;
  readonly after?: number | null;
}

/** The messages that were asked for, oldest first. `more`: there are more of them than these. */
export interface HistoryPage {
  readonly messages: readonly Message[];
  readonly more: boolean;
}

/** Make a one-time link with which a person gets in. Earlier unused links end. Answer: `Invitation`. */
export interface InvitationCreate {
  readonly member: string;
}

/** A one-time link for a person. Shown once; only its hash is kept. */
export interface Invitation {
  readonly member: string;
  readonly url: string;
  readonly expires_at: number;
}

/** Sign out: the session ends on every connection that uses it. Answer: `Done`. */
export interface SessionEnd {

}

/** Put a reaction to a message, or take one's own back. Answer: `Accepted`. */
export interface ChatReact {
  readonly nonce: string;
  readonly room: string;
  readonly message: number;
  readonly reaction: "\ud83d\udc4d" | "\u2764\ufe0f" | "\ud83d\ude02" | "\ud83d\ude2e" | "\ud83d\ude22" | "\ud83c\udf89" | "\ud83d\udc4f" | "\ud83d\ude4f" | "\ud83e\udd14" | "\u2705" | "\u274c" | "\u2753" | "\u2600\ufe0f" | "\ud83c\udf0d" | "\u2b50" | "\ud83d\udca1" | "\ud83d\udd25" | "\ud83d\udc40" | "\ud83d\ude4c" | "\ud83d\udcaa" | "\ud83c\udfa8" | "\ud83c\udfb5" | "\ud83d\udcda" | "\ud83e\udd73";
  readonly on: boolean;
}

/** Teachers keep a message in sight of everybody, or let it go; `PINS_MAX` at a time. Answer: `Accepted`. */
export interface ChatPin {
  readonly nonce: string;
  readonly room: string;
  readonly message: number;
  readonly pinned: boolean;
}

/** The author or a teacher corrects the language of a message (BCP 47; null: none). Answer: `Accepted`. */
export interface ChatSetLanguage {
  readonly nonce: string;
  readonly room: string;
  readonly message: number;
  readonly language: string | null;
}

/** Say that one has read up to this message; it only moves forward. Answer: `Done`. */
export interface ChatRead {
  readonly room: string;
  readonly message: number;
}

/** Messages that hold all of these words or beginnings of words, the newest first, in one room or (null) in all. */
export interface ChatSearch {
  readonly room: string | null;
  readonly text: string;
  readonly before?: MessagePlace | null;
  readonly limit?: number;
}

/** A message and its room. */
export interface MessagePlace {
  readonly room: string;
  readonly message: number;
}

/** What was found, the newest first. `more`: there is more (ask with `before`). */
export interface SearchPage {
  readonly hits: readonly SearchHit[];
  readonly more: boolean;
}

/** A message that was found. `before`: the message before it in its room, null when it is the first. */
export interface SearchHit {
  readonly room: string;
  readonly message: Message;
  readonly before: number | null;
}

/** Teachers add a board to a room, behind the others. Answer: `Accepted`. */
export interface BoardAdd {
  readonly nonce: string;
  readonly room: string;
  readonly name: string;
}

/** Teachers give a board a name. Answer: `Accepted`. */
export interface BoardRename {
  readonly nonce: string;
  readonly board: string;
  readonly name: string;
}

/** Teachers put a board in front of another of its room; null: to the end. Answer: `Accepted`. */
export interface BoardMove {
  readonly nonce: string;
  readonly board: string;
  readonly before: string | null;
}

/** Teachers take a board out of the list; the last one of a room stays. Answer: `Accepted`. */
export interface BoardRemove {
  readonly nonce: string;
  readonly board: string;
}

/** Draw, change or delete elements. Elements that are bound to each other are taken together or not at all. */
export interface BoardChange {
  readonly nonce: string;
  readonly board: string;
  readonly changes: readonly Change[];
}

/** An element as it is to be. `base`: the server's version that this was made upon; 0: it is new. */
export interface Change {
  readonly base: number;
  readonly element: Element;
}

/** The changes are in the log, at `seq`, those in `superseded` excepted. */
export interface BoardAnswered {
  readonly seq: number;
  readonly superseded: readonly Superseded[] | null;
}

/** A change that was not taken, why, and the element as it is (null: it is not there, or not to be seen). */
export interface Superseded {
  readonly id: string;
  readonly code: ErrorCode;
  readonly element: BoardElement | null;
}

/** Teachers clear what one person drew, or (null) everything. Answer: `Accepted`; its seq names the clearing. */
export interface BoardClear {
  readonly nonce: string;
  readonly board: string;
  readonly member: string | null;
}

/** Teachers put back what was cleared, within `rooms.board.decide.UNDO_CLEAR_MS`. Answer: `Accepted`. */
export interface BoardUndoClear {
  readonly nonce: string;
  readonly board: string;
  readonly clear: number;
}

/** Teachers put elements aside for review, or show them again. Answer: `Accepted`. */
export interface BoardSetHidden {
  readonly nonce: string;
  readonly board: string;
  readonly elements: readonly string[];
  readonly hidden: boolean;
}

/** Teachers say who may draw, change others' work, and save the board. Answer: `Accepted`. */
export interface BoardSetPolicy {
  readonly nonce: string;
  readonly board: string;
  readonly policy: BoardPolicy;
}

/** Follow a board of a room that one has joined. Answer: `BoardJoined`. */
export interface BoardJoin {
  readonly board: string;
  readonly position?: Position | null;
}

/** Either `snapshot` (start from it) or nothing; then `events` to apply, up to `position`. */
export interface BoardJoined {
  readonly board: string;
  readonly position: Position;
  readonly snapshot: BoardSnapshot | null;
  readonly snapshot_position: Position | null;
  readonly events: readonly Event[];
  readonly rights: BoardRights;
}

/** A board as it was at the answer's position: its first page (`pages` in all: `board.page`), and the rest. */
export interface BoardSnapshot {
  readonly pages: number;
  readonly count: number;
  readonly first: BoardPage;
  readonly policy: BoardPolicy;
  readonly hidden: readonly string[];
  readonly undoable: readonly number[];
}

/** A page of elements: a JSON array of `BoardElement`, compressed (zlib, RFC 1950). */
export interface BoardPage {
  readonly page: number;
  readonly elements: Uint8Array;
}

/** "board_rights" and in `BoardJoined`: what this member may do on a board: `null`, or the code of why not. */
export interface BoardRights {
  readonly board: string;
  readonly denied: Readonly<Record<string, ErrorCode | null>>;
}

/** A further page of the snapshot that one was given on joining. Answer: `BoardPage`. */
export interface BoardPageGet {
  readonly board: string;
  readonly page: number;
}

/** Follow a board no longer. Answer: `Done`. */
export interface BoardLeave {
  readonly board: string;
}

/** How the board came to be: events later than `after`. Answer: `BoardHistoryPage`. */
export interface BoardHistory {
  readonly board: string;
  readonly after: number;
  readonly limit?: number;
}

/** Events of a board, oldest first. `pruned`: those up to this seq are no longer kept; `head`: the newest seq. */
export interface BoardHistoryPage {
  readonly events: readonly Event[];
  readonly pruned: number;
  readonly head: number;
}

/** Where one points, and what one has selected; only the newest counts. Answer: `Done`. */
export interface BoardCursor {
  readonly board: string;
  readonly x: number;
  readonly y: number;
  readonly tool?: "pointer" | "laser";
  readonly pressed?: boolean;
  readonly selected?: readonly string[];
}

/** Points appended to a stroke that is being drawn, relative to its beginning, from the `offset`-th on. */
export interface BoardStroke {
  readonly board: string;
  readonly stroke: string;
  readonly offset: number;
  readonly points: readonly (readonly [number, number])[];
  readonly look?: StrokeLook | null;
  readonly over?: boolean;
}

/** How a stroke in progress looks, and where it begins. */
export interface StrokeLook {
  readonly x: number;
  readonly y: number;
  readonly color: string;
  readonly width: number;
  readonly opacity: number;
}

/** Teachers: the part of the board that one sees, for those who follow; only the newest counts. Answer: `Done`. */
export interface BoardViewport {
  readonly board: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Teachers bring everybody to a part of the board. Answer: `Done`. */
export interface BoardBring {
  readonly board: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Teachers send pupils into groups, or arrange anew the groups that there are. Answer: `Accepted`. */
export interface GroupsForm {
  readonly nonce: string;
  readonly room: string;
  readonly groups: readonly WantedGroup[];
}

/** A group in a group room that there is, or (`room` is null) in a new one of that `name`. */
export interface WantedGroup {
  readonly room: string | null;
  readonly name: string | null;
  readonly members: readonly string[];
  readonly number?: number | null;
}

/** Teachers ask everybody back: the groups' rooms close; each group may still read its own. Answer: `Accepted`. */
export interface GroupsEnd {
  readonly nonce: string;
}

/** Teachers set the project's timer anew, or (null) stop it. Answer: `Accepted`. */
export interface TimerSet {
  readonly nonce: string;
  readonly room: string;
  readonly seconds: number | null;
}

/** Teachers ask a question in a room, one at a time; a closed one makes place for it. Answer: `Accepted`. */
export interface PollOpen {
  readonly nonce: string;
  readonly room: string;
  readonly question: string;
  readonly choices: readonly string[];
  readonly kind?: PollKind;
}

/** Choose (from 0), choose anew, or (null) take it back, as long as the poll is open. Answer: `Done`. */
export interface PollVote {
  readonly nonce: string;
  readonly room: string;
  readonly poll: string;
  readonly choice: number | null;
}

/** Teachers end the voting; everybody sees how many chose what. Answer: `Accepted`. */
export interface PollClose {
  readonly nonce: string;
  readonly room: string;
  readonly poll: string;
}

/** Teachers take the result of a closed poll off everybody's screen. Answer: `Accepted`. */
export interface PollPutAway {
  readonly nonce: string;
  readonly room: string;
  readonly poll: string;
}

/** Teachers end the lesson that goes on in a room, all at once. Answer: `Accepted`. */
export interface LessonEnd {
  readonly nonce: string;
  readonly room: string;
}

/** Teachers ask everybody who may read a room to look at a part of it; not more than one in 3 s. Answer: `Done`. */
export interface AttentionCall {
  readonly room: string;
  readonly part: Part;
  readonly board?: string | null;
  readonly view?: BoardArea | null;
}

export type Part =
  | "call"
  | "board"
  | "chat"
  | "people"
  | "teacher";

/** A part of a board, in pixels of the board. */
export interface BoardArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Teachers switch one medium of one pupil or visitor off in this call until they let it go. Answer: `Accepted`. */
export interface CallHold {
  readonly nonce: string;
  readonly room: string;
  readonly member: string;
  readonly medium: Medium;
  readonly held: boolean;
}

/** The same for everybody but teachers, those who come later included; single ones are let go with `call.hold`. */
export interface CallHoldPupils {
  readonly nonce: string;
  readonly room: string;
  readonly medium: Medium;
  readonly held: boolean;
}

/** Teachers put a pupil or visitor out of the call of this room, or let them in again. Answer: `Accepted`. */
export interface CallRemove {
  readonly nonce: string;
  readonly room: string;
  readonly member: string;
  readonly removed: boolean;
}

/** Teachers end the call of this room for everybody, who may begin a new one. Answer: `Accepted`. */
export interface CallEnd {
  readonly nonce: string;
  readonly room: string;
}

/** Take part in the call of a room that one has joined. Answer: `CallJoined`. */
export interface CallJoin {
  readonly room: string;
  readonly kind?: ParticipantKind;
  readonly resume?: string | null;
}

export type ParticipantKind =
  | "person"
  | "class-camera";

/** One is in the call, as `me`. `resumed`: as the participant of before, whose media sessions are still there. */
export interface CallJoined {
  readonly me: string;
  readonly resume: string;
  readonly resumed: boolean;
  readonly call: CallView;
  readonly ice: IceServers;
  readonly video_slots: number;
  readonly audio_slots: number;
}

/** "call": the whole call, to whoever enters the room while it goes on. */
export interface CallView {
  readonly room: string;
  readonly revision: number;
  readonly mode: CallMode;
  readonly settling: boolean;
  readonly paused: boolean;
  readonly pupils_held: readonly Medium[];
  readonly hands: readonly string[];
  readonly participants: readonly Participant[];
}

export type CallMode =
  | "mesh"
  | "sfu";

/** Somebody in the call. `away`: the connection dropped and has a moment to come back. */
export interface Participant {
  readonly id: string;
  readonly member: string;
  readonly kind: ParticipantKind;
  readonly tracks: readonly Track[];
  readonly held: readonly Medium[];
  readonly bandwidth: Bandwidth;
  readonly automatic: boolean;
  readonly quality: Quality;
  readonly away: boolean;
}

/** A track that a participant offers. `stopped`: a teacher, the room or a missing teacher keeps it back. */
export interface Track {
  readonly medium: Medium;
  readonly muted: boolean;
  readonly stopped: boolean;
}

export type Bandwidth =
  | "full"
  | "one-camera"
  | "audio-only";

export type Quality =
  | "unknown"
  | "good"
  | "fair"
  | "poor";

/** RTCConfiguration.iceServers. `relay_only`: RTCConfiguration.iceTransportPolicy is to be "relay". */
export interface IceServers {
  readonly servers: readonly IceServer[];
  readonly expires_at: number;
  readonly relay_only: boolean;
}

/** RTCIceServer. Credentials are bound to the member and end with `IceServers.expires_at`. */
export interface IceServer {
  readonly urls: readonly string[];
  readonly username?: string | null;
  readonly credential?: string | null;
}

/** Leave the call. Answer: `Done`. */
export interface CallLeave {
  readonly room: string;
}

/** Offer a track to the call, muted or not; said again, only `muted` changes. Answer: `Done`. */
export interface CallPublish {
  readonly room: string;
  readonly medium: Medium;
  readonly muted?: boolean;
}

/** Take a track back. Answer: `Done`. */
export interface CallUnpublish {
  readonly room: string;
  readonly medium: Medium;
}

/** Mute or unmute one's own track; a teacher may mute (not unmute) that of another `participant`. Answer: `Done`. */
export interface CallMute {
  readonly room: string;
  readonly medium: Medium;
  readonly muted: boolean;
  readonly participant?: string | null;
}

/** A teacher asks a participant to switch a medium on: a `call_asked` to that one. Answer: `Done`. */
export interface CallAsk {
  readonly room: string;
  readonly participant: string;
  readonly medium: Medium;
}

/** Raise or lower one's hand; a teacher may lower that of another `participant`. Answer: `Done`. */
export interface CallHand {
  readonly room: string;
  readonly raised: boolean;
  readonly participant?: string | null;
}

/** Take more or less of the call. `automatic`: the client chose, not the person. Answer: `Done`. */
export interface CallSetBandwidth {
  readonly room: string;
  readonly bandwidth: Bandwidth;
  readonly automatic?: boolean;
}

/** How one's own connection does. Answer: `Done`. */
export interface CallReportQuality {
  readonly room: string;
  readonly quality: Quality;
}

/** Whom one shows large: that one comes in the best layer and keeps a slot. Answer: `Done`. */
export interface CallWatch {
  readonly room: string;
  readonly participant: string | null;
}

/** Offer a media session; the same role again is a renegotiation or an ICE restart. Answer: `CallAnswer`. */
export interface CallOffer {
  readonly room: string;
  readonly role: SessionRole;
  readonly sdp: string;
}

export type SessionRole =
  | "publish"
  | "subscribe";

/** The server's answer to an offer (RFC 8829). */
export interface CallAnswer {
  readonly sdp: string;
}

/** Both media sessions with the server are connected: as for us, the mesh may end. Answer: `Done`. */
export interface CallSettled {
  readonly room: string;
}

/** A direct connection of the mesh does not come about: let the call go over the server. Answer: `Done`. */
export interface CallUseServer {
  readonly room: string;
}

/** The tiles of all `call_slots` up to this revision were cleared: their new sources may begin. Answer: `Done`. */
export interface CallSlotsSeen {
  readonly room: string;
  readonly revision: number;
}

/** Fresh credentials, before the old ones end. Answer: `IceServers`. */
export interface CallIceServers {
  readonly room: string;
}

/** Pass a session description on to another participant of the same mesh. Answer: `Done`. */
export interface CallDescribe {
  readonly room: string;
  readonly to: string;
  readonly type: DescriptionType;
  readonly sdp: string;
}

export type DescriptionType =
  | "offer"
  | "answer";

/** Pass an ICE candidate (RTCIceCandidateInit; empty: no more) on to another participant. Answer: `Done`. */
export interface CallCandidate {
  readonly room: string;
  readonly to: string;
  readonly candidate: string;
  readonly mid?: string | null;
  readonly line?: number | null;
}

/** Which ways there are for the media of calls. Answer: `Rehearsal`. */
export interface RehearsalBegin {

}

/** `calls`: whether there are calls on this server. `ice`: what to try; credentials end within minutes. */
export interface Rehearsal {
  readonly calls: boolean;
  readonly ice: IceServers;
}

/** Answered at once, so that a client can measure its way to the server and back. Answer: `Done`. */
export interface RehearsalEcho {

}

/** Offer a media session that belongs to no call and ends by itself within seconds. Answer: `CallAnswer`. */
export interface RehearsalOffer {
  readonly sdp: string;
}

/** "session": a ticket was exchanged for this session. Keep it, present it from now on. */
export interface SessionGranted {
  readonly session: string;
  readonly member: string;
  readonly expires_at: number;
}

/** "signal": what a member signalled in a room. The member comes from the connection, never from the payload. */
export interface Signalled {
  readonly room: string;
  readonly member: string;
  readonly topic: string;
  readonly data: string;
}

/** "presence": who came, moved or left since the last one. A member with `rooms: null` is gone. */
export interface PresenceChanged {
  readonly changes: readonly PresenceChange[];
}

/** One member of a presence diff. */
export interface PresenceChange {
  readonly member: string;
  readonly rooms: readonly string[] | null;
}

/** "expelled": this connection was taken out of a room, and why. */
export interface RoomExpelled {
  readonly room: string;
  readonly code: ErrorCode;
}

/** "bye": the server ends this connection for good. Do not come back by yourself. */
export interface Bye {
  readonly code: ErrorCode;
  readonly message: string;
}

/** "moving": go to another server. Close the connection after `after_ms` and come back at once. */
export interface Moving {
  readonly after_ms: number;
  readonly node?: string | null;
}

/** "problem": something that could not be answered by an ack, such as a packet that could not be read. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry: boolean;
  readonly retry_after?: number | null;
}

/** "read_marks": how far members have read, of those who have read on since the last one; at most one a second. */
export interface ReadMarks {
  readonly room: string;
  readonly marks: readonly ReadMark[];
}

/** "mentioned": a message calls you, in a room that this connection is not in. Volatile. */
export interface Mentioned {
  readonly room: string;
  readonly message: number;
}

/** "board_cursor": where a member points on a board. */
export interface BoardCursorMoved {
  readonly board: string;
  readonly member: string;
  readonly x: number;
  readonly y: number;
  readonly tool: "pointer" | "laser";
  readonly pressed: boolean;
  readonly selected: readonly string[];
}

/** "board_stroke": points of a stroke in progress. Who misses some waits for the finished element. */
export interface BoardStrokeDrawn {
  readonly board: string;
  readonly member: string;
  readonly stroke: string;
  readonly offset: number;
  readonly points: readonly (readonly [number, number])[];
  readonly look: StrokeLook | null;
  readonly over: boolean;
}

/** "board_viewport": the part of the board that a teacher sees, for those who follow. */
export interface BoardViewportMoved {
  readonly board: string;
  readonly member: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** "board_brought": a teacher brings everybody to a part of the board. */
export interface BoardBrought {
  readonly board: string;
  readonly member: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** "poll_progress": how many have voted until now, to all who may read the room; at most one a second. */
export interface PollProgress {
  readonly room: string;
  readonly poll: string;
  readonly votes: number;
}

/** "attention": a teacher asks all who may read the room to look at a part of it. `board` and `view`: as asked. */
export interface Attention {
  readonly room: string;
  readonly part: Part;
  readonly by: string;
  readonly board?: string | null;
  readonly view?: BoardArea | null;
}

/** "call_changed": what is new since the revision before: everything but participants is given whole. */
export interface CallChanged {
  readonly room: string;
  readonly revision: number;
  readonly mode: CallMode;
  readonly settling: boolean;
  readonly paused: boolean;
  readonly pupils_held: readonly Medium[];
  readonly hands: readonly string[];
  readonly changed: readonly Participant[];
  readonly left: readonly string[];
}

/** "call_left": this connection was taken out of the call, and why. `by`: who has ended it for everybody. */
export interface CallLeft {
  readonly room: string;
  readonly code: ErrorCode;
  readonly by?: string | null;
}

/** "call_asked": a teacher asks this participant to switch a medium on. */
export interface CallAsked {
  readonly room: string;
  readonly medium: Medium;
  readonly by: string;
}

/** "call_speaking": who speaks now, the loudest first. Volatile. */
export interface CallSpeaking {
  readonly room: string;
  readonly speakers: readonly string[];
}

/** "call_slots": all video slots of this participant. Answer with `call.slots_seen`: the server waits for it. */
export interface CallSlots {
  readonly room: string;
  readonly revision: number;
  readonly slots: readonly Slot[];
}

/** What one video section of the subscribe session shows, named by its mid. */
export interface Slot {
  readonly mid: string;
  readonly participant: string | null;
  readonly medium: Medium | null;
  readonly after: number | null;
}

/** "call_rebuild": the server has lost its media sessions: make both anew, at once. */
export interface CallRebuild {
  readonly room: string;
}

/** "call_description": a session description of another participant of the mesh. `from` is a word of Python. */
export interface CallDescription {
  readonly room: string;
  readonly sender: string;
  readonly type: DescriptionType;
  readonly sdp: string;
}

/** "call_candidate": an ICE candidate of another participant of the mesh. */
export interface CallPeerCandidate {
  readonly room: string;
  readonly sender: string;
  readonly candidate: string;
  readonly mid: string | null;
  readonly line: number | null;
}

/** Every command: its fields, and what it is answered with. */
export interface Commands {
  "project.set_phase": { params: ProjectSetPhase; result: Accepted };
  "class.add": { params: ClassAdd; result: Accepted };
  "member.add": { params: MemberAdd; result: Accepted };
  "member.remove": { params: MemberRemove; result: Accepted };
  "member.set_capability": { params: MemberSetCapability; result: Accepted };
  "member.set_room_ban": { params: MemberSetRoomBan; result: Accepted };
  "room.add": { params: RoomAdd; result: Accepted };
  "room.set_open": { params: RoomSetOpen; result: Accepted };
  "room.set_lock": { params: RoomSetLock; result: Accepted };
  "chat.post": { params: ChatPost; result: Accepted };
  "chat.edit": { params: ChatEdit; result: Accepted };
  "chat.delete": { params: ChatDelete; result: Accepted };
  "project.join": { params: ProjectJoin; result: ProjectJoined };
  "project.roster": { params: ProjectRoster; result: Roster };
  "room.join": { params: RoomJoin; result: RoomJoined };
  "room.leave": { params: RoomLeave; result: Done };
  "room.signal": { params: RoomSignal; result: Done };
  "chat.history": { params: ChatHistory; result: HistoryPage };
  "invitation.create": { params: InvitationCreate; result: Invitation };
  "session.end": { params: SessionEnd; result: Done };
  "chat.react": { params: ChatReact; result: Accepted };
  "chat.pin": { params: ChatPin; result: Accepted };
  "chat.set_language": { params: ChatSetLanguage; result: Accepted };
  "chat.read": { params: ChatRead; result: Done };
  "chat.search": { params: ChatSearch; result: SearchPage };
  "board.add": { params: BoardAdd; result: Accepted };
  "board.rename": { params: BoardRename; result: Accepted };
  "board.move": { params: BoardMove; result: Accepted };
  "board.remove": { params: BoardRemove; result: Accepted };
  "board.change": { params: BoardChange; result: BoardAnswered };
  "board.clear": { params: BoardClear; result: Accepted };
  "board.undo_clear": { params: BoardUndoClear; result: Accepted };
  "board.set_hidden": { params: BoardSetHidden; result: Accepted };
  "board.set_policy": { params: BoardSetPolicy; result: Accepted };
  "board.join": { params: BoardJoin; result: BoardJoined };
  "board.page": { params: BoardPageGet; result: BoardPage };
  "board.leave": { params: BoardLeave; result: Done };
  "board.history": { params: BoardHistory; result: BoardHistoryPage };
  "board.cursor": { params: BoardCursor; result: Done };
  "board.stroke": { params: BoardStroke; result: Done };
  "board.viewport": { params: BoardViewport; result: Done };
  "board.bring": { params: BoardBring; result: Done };
  "groups.form": { params: GroupsForm; result: Accepted };
  "groups.end": { params: GroupsEnd; result: Accepted };
  "timer.set": { params: TimerSet; result: Accepted };
  "poll.open": { params: PollOpen; result: Accepted };
  "poll.vote": { params: PollVote; result: Done };
  "poll.close": { params: PollClose; result: Accepted };
  "poll.put_away": { params: PollPutAway; result: Accepted };
  "lesson.end": { params: LessonEnd; result: Accepted };
  "attention.call": { params: AttentionCall; result: Done };
  "call.hold": { params: CallHold; result: Accepted };
  "call.hold_pupils": { params: CallHoldPupils; result: Accepted };
  "call.remove": { params: CallRemove; result: Accepted };
  "call.end": { params: CallEnd; result: Accepted };
  "call.join": { params: CallJoin; result: CallJoined };
  "call.leave": { params: CallLeave; result: Done };
  "call.publish": { params: CallPublish; result: Done };
  "call.unpublish": { params: CallUnpublish; result: Done };
  "call.mute": { params: CallMute; result: Done };
  "call.ask": { params: CallAsk; result: Done };
  "call.hand": { params: CallHand; result: Done };
  "call.set_bandwidth": { params: CallSetBandwidth; result: Done };
  "call.report_quality": { params: CallReportQuality; result: Done };
  "call.watch": { params: CallWatch; result: Done };
  "call.offer": { params: CallOffer; result: CallAnswer };
  "call.settled": { params: CallSettled; result: Done };
  "call.use_server": { params: CallUseServer; result: Done };
  "call.slots_seen": { params: CallSlotsSeen; result: Done };
  "call.ice_servers": { params: CallIceServers; result: IceServers };
  "call.describe": { params: CallDescribe; result: Done };
  "call.candidate": { params: CallCandidate; result: Done };
  "rehearsal.begin": { params: RehearsalBegin; result: Rehearsal };
  "rehearsal.echo": { params: RehearsalEcho; result: Done };
  "rehearsal.offer": { params: RehearsalOffer; result: CallAnswer };
}

/** Every Socket.IO event that the server sends, and what it carries. */
export interface Pushes {
  event: Event;
  rights: Rights;
  session: SessionGranted;
  signal: Signalled;
  presence: PresenceChanged;
  expelled: RoomExpelled;
  bye: Bye;
  moving: Moving;
  problem: Problem;
  read_marks: ReadMarks;
  mentioned: Mentioned;
  board_rights: BoardRights;
  board_cursor: BoardCursorMoved;
  board_stroke: BoardStrokeDrawn;
  board_viewport: BoardViewportMoved;
  board_brought: BoardBrought;
  poll_progress: PollProgress;
  attention: Attention;
  call: CallView;
  call_changed: CallChanged;
  call_left: CallLeft;
  call_asked: CallAsked;
  call_speaking: CallSpeaking;
  call_slots: CallSlots;
  call_rebuild: CallRebuild;
  call_description: CallDescription;
  call_candidate: CallPeerCandidate;
}
