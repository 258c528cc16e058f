import { describe, expect, it } from "vitest";
import type { Body, Event, Message, ProjectJoined, RoomJoined } from "../protocol/generated";
import type { Outgoing } from "./outgoing";
import { type Action, EMPTY_STATE, reduce, type TwinSpaceState } from "./twinspace";

const NOW = 1_000_000;

function run(...actions: Action[]): TwinSpaceState {
  return actions.reduce(reduce, EMPTY_STATE);
}

function more(state: TwinSpaceState, ...actions: Action[]): TwinSpaceState {
  return actions.reduce(reduce, state);
}

function projectJoined(changes: Partial<ProjectJoined> = {}): Action {
  const joined: ProjectJoined = {
    position: { epoch: "e", seq: 10 },
    snapshot: {
      id: "p",
      title: "Rivers",
      national: false,
      phase: "active",
      classes: [],
      members: [
        {
          id: "me",
          role: "pupil",
          class_id: null,
          capabilities: [],
          room_bans: [],
          removed: false,
        },
      ],
      rooms: [
        {
          id: "r",
          kind: "class-room",
          name: "Class room",
          open: false,
          locked: [],
          boards: [{ id: "r", name: "" }],
        },
      ],
    },
    events: null,
    me: "me",
    roster: { names: [{ member: "me", name: "Zosia" }] },
    presence: [{ member: "me", rooms: ["r"] }],
    server_time: NOW,
    ...changes,
  };
  return { type: "project-joined", joined };
}

function message(id: number, changes: Partial<Message> = {}): Message {
  return {
    id,
    at: NOW + id,
    actor: "other",
    text: `text ${id}`,
    nonce: `nonce-${id}`,
    edited_at: null,
    deleted: false,
    reply: null,
    mentions: [],
    language: null,
    reactions: [],
    pinned: false,
    files: [],
    ...changes,
  };
}

function roomJoined(changes: Partial<RoomJoined> = {}): Action {
  const joined: RoomJoined = {
    room: "r",
    position: { epoch: "e", seq: 2 },
    snapshot: { messages: [message(1), message(2)], more: true },
    events: null,
    rights: { room: "r", denied: { post: null } },
    ...changes,
  };
  return { type: "room-joined", joined };
}

function roomEvent(seq: number, body: Body, changes: Partial<Event> = {}): Action {
  return { type: "event", now: NOW, event: event("room:r", seq, body, changes) };
}

function projectEvent(seq: number, body: Body): Action {
  return { type: "event", now: NOW, event: event("project:p", seq, body) };
}

function event(stream: string, seq: number, body: Body, changes: Partial<Event> = {}): Event {
  return { stream, seq, at: NOW + seq, actor: "other", nonce: null, body, ...changes };
}

function posted(text: string): Body {
  return { kind: "chat.posted", text };
}

function outgoing(changes: Partial<Outgoing> = {}): Outgoing {
  const message = { nonce: "mine", room: "r", text: "Hello", at: NOW };
  return { ...message, accepted: null, refusal: null, ...changes };
}

function texts(state: TwinSpaceState): string[] {
  return state.rooms.r?.messages.map(({ text }) => text) ?? [];
}

const joined = run(projectJoined(), roomJoined());

describe("following a room", () => {
  it("starts from the snapshot", () => {
    expect(texts(joined)).toEqual(["text 1", "text 2"]);
    expect(joined.rooms.r).toMatchObject({ more: true, behind: false });
    expect(joined.rights.r).toEqual({ post: null });
  });

  it("applies the next event", () => {
    const state = more(joined, roomEvent(3, posted("third")));
    expect(texts(state)).toEqual(["text 1", "text 2", "third"]);
    expect(state.rooms.r?.position.seq).toBe(3);
  });

  it("ignores what it has seen", () => {
    const state = more(joined, roomEvent(2, posted("again")), roomEvent(1, posted("again")));
    expect(state).toBe(joined);
  });

  it("is behind after a gap, and takes nothing until it has joined again", () => {
    const state = more(joined, roomEvent(5, posted("fifth")), roomEvent(6, posted("sixth")));
    expect(texts(state)).toEqual(["text 1", "text 2"]);
    expect(state.rooms.r).toMatchObject({ behind: true, position: { seq: 2 } });
  });

  it("catches up with the events of a join", () => {
    const missed = [3, 4, 5].map((seq) => event("room:r", seq, posted(`event ${seq}`)));
    const state = more(
      joined,
      roomEvent(5, posted("event 5")),
      roomJoined({ snapshot: null, events: missed, position: { epoch: "e", seq: 5 } }),
    );
    expect(texts(state)).toEqual(["text 1", "text 2", "event 3", "event 4", "event 5"]);
    expect(state.rooms.r).toMatchObject({ behind: false, position: { seq: 5 } });
  });

  it("replaces everything with a snapshot of another epoch", () => {
    const position = { epoch: "restored", seq: 1 };
    const snapshot = { messages: [message(1, { text: "restored" })], more: false };
    const state = more(joined, roomEvent(9, posted("lost")), roomJoined({ snapshot, position }));
    expect(texts(state)).toEqual(["restored"]);
    expect(state.rooms.r).toMatchObject({ behind: false, more: false, position });
  });

  it("counts a hidden event and shows nothing of it", () => {
    const state = more(joined, roomEvent(3, { kind: "hidden" }), roomEvent(4, posted("fourth")));
    expect(texts(state)).toEqual(["text 1", "text 2", "fourth"]);
  });

  it("counts an event of a kind that it does not know", () => {
    const unknown = { kind: "chat.pinned", message: 1 } as unknown as Body;
    const state = more(joined, roomEvent(3, unknown), roomEvent(4, posted("fourth")));
    expect(texts(state)).toEqual(["text 1", "text 2", "fourth"]);
  });

  it("edits, and marks it", () => {
    const state = more(joined, roomEvent(3, { kind: "chat.edited", message: 1, text: "better" }));
    expect(state.rooms.r?.messages[0]).toMatchObject({ text: "better", edited_at: NOW + 3 });
  });

  it("deletes, and an edit does not bring it back", () => {
    const state = more(
      joined,
      roomEvent(3, { kind: "chat.deleted", message: 1 }),
      roomEvent(4, { kind: "chat.edited", message: 1, text: "back" }),
    );
    expect(state.rooms.r?.messages[0]).toMatchObject({ text: "", deleted: true });
  });

  it("leaves alone what is older than what is loaded", () => {
    const snapshot = { messages: [message(7)], more: true };
    const before = run(projectJoined(), roomJoined({ snapshot, position: { epoch: "e", seq: 7 } }));
    const state = more(before, roomEvent(8, { kind: "chat.deleted", message: 3 }));
    expect(state.rooms.r?.messages).toBe(before.rooms.r?.messages);
    expect(state.rooms.r?.position.seq).toBe(8);
  });

  it("puts history in front, once", () => {
    const snapshot = { messages: [message(5)], more: true };
    const page = { messages: [message(3), message(4)], more: false };
    const state = run(
      projectJoined(),
      roomJoined({ snapshot, position: { epoch: "e", seq: 5 } }),
      { type: "history", room: "r", page, before: 5 },
      { type: "history", room: "r", page, before: 5 },
    );
    expect(texts(state)).toEqual(["text 3", "text 4", "text 5"]);
    expect(state.rooms.r?.more).toBe(false);
  });

  it("puts no history in front of a room that was read anew meanwhile", () => {
    const page = { messages: [message(3), message(4)], more: false };
    const snapshot = { messages: [message(80)], more: true };
    const position = { epoch: "e", seq: 80 };
    const state = run(projectJoined(), roomJoined({ snapshot, position }), {
      type: "history",
      room: "r",
      page,
      before: 5,
    });
    expect(texts(state)).toEqual(["text 80"]);
    expect(state.rooms.r?.more).toBe(true);
  });

  it("gives the same state from a snapshot as from events", () => {
    const events = [
      event("room:r", 3, posted("third"), { nonce: "nonce-3" }),
      event("room:r", 4, { kind: "chat.edited", message: 1, text: "better" }),
      event("room:r", 5, { kind: "chat.deleted", message: 2 }),
    ];
    const position = { epoch: "e", seq: 5 };
    const byEvents = more(joined, roomJoined({ snapshot: null, events, position }));
    const snapshot = {
      messages: [
        message(1, { text: "better", edited_at: NOW + 4 }),
        message(2, { text: "", deleted: true }),
        message(3, { text: "third" }),
      ],
      more: true,
    };
    const bySnapshot = run(projectJoined(), roomJoined({ snapshot, position }));
    expect(byEvents.rooms.r).toEqual(bySnapshot.rooms.r);
  });
});

describe("messages on their way", () => {
  const waiting = more(joined, { type: "outgoing", held: [outgoing()] });
  const own = { actor: "me", nonce: "mine" };

  it("give way to their own event", () => {
    const state = more(waiting, roomEvent(3, posted("Hello"), own));
    expect(state.outgoing).toEqual([]);
    expect(texts(state)).toEqual(["text 1", "text 2", "Hello"]);
  });

  it("do not give way to somebody else's event of the same nonce", () => {
    const state = more(waiting, roomEvent(3, posted("Hello"), { actor: "other", nonce: "mine" }));
    expect(state.outgoing).toHaveLength(1);
  });

  it("stay, as sent, between their ack and their event", () => {
    const state = more(
      waiting,
      { type: "accepted", nonce: "mine", seq: 3 },
      { type: "outgoing", held: [] },
    );
    expect(state.outgoing).toMatchObject([{ nonce: "mine", accepted: 3 }]);
    expect(more(state, roomEvent(3, posted("Hello"), own)).outgoing).toEqual([]);
  });

  it("go with their ack when the event came first", () => {
    const state = more(
      waiting,
      roomEvent(3, posted("Hello"), own),
      { type: "outgoing", held: [outgoing()] },
      { type: "accepted", nonce: "mine", seq: 3 },
    );
    expect(state.outgoing).toEqual([]);
  });

  it("are settled by a snapshot that has them", () => {
    const snapshot = { messages: [message(3, { actor: "me", nonce: "mine" })], more: true };
    const state = more(waiting, roomJoined({ snapshot, position: { epoch: "e", seq: 3 } }));
    expect(state.outgoing).toEqual([]);
  });

  it("are settled by a snapshot beyond their seq", () => {
    const accepted = more(waiting, { type: "accepted", nonce: "mine", seq: 3 });
    const snapshot = { messages: [message(99)], more: true };
    const state = more(accepted, roomJoined({ snapshot, position: { epoch: "e", seq: 99 } }));
    expect(state.outgoing).toEqual([]);
  });

  it("stay, with the reason, when they were refused", () => {
    const refusal = { code: "room_closed", message: "The room is closed." } as const;
    const state = more(waiting, { type: "outgoing", held: [outgoing({ refusal })] });
    expect(state.outgoing).toMatchObject([{ refusal }]);
  });
});

describe("following the project", () => {
  it("opens, closes and locks rooms", () => {
    const state = more(
      joined,
      projectEvent(11, { kind: "room.open_set", room: "r", open: true }),
      projectEvent(12, { kind: "room.lock_set", room: "r", capability: "post", locked: true }),
      projectEvent(13, { kind: "room.lock_set", room: "r", capability: "post", locked: true }),
    );
    expect(state.project?.view.rooms[0]).toMatchObject({ open: true, locked: ["post"] });
    const unlocked = more(
      state,
      projectEvent(14, { kind: "room.lock_set", room: "r", capability: "post", locked: false }),
    );
    expect(unlocked.project?.view.rooms[0]?.locked).toEqual([]);
  });

  it("ends a lesson until the room is opened again, and with it what all are to look at", () => {
    const attention = { room: "r", part: "board", by: "other" } as const;
    const closed = { kind: "room.open_set", room: "r", open: false } as const;
    const over = more(
      joined,
      { type: "attention", attention },
      projectEvent(11, closed),
      projectEvent(12, { kind: "lesson.ended", room: "r" }),
      projectEvent(13, closed),
    );
    expect(over.project?.view.rooms[0]?.lesson_over).toBe(true);
    expect(over.lesson.attention).toBeNull();
    const next = more(over, projectEvent(14, { ...closed, open: true }), projectEvent(15, closed));
    expect(next.project?.view.rooms[0]?.lesson_over).toBe(false);
  });

  it("keeps one's own choice of a poll that was closed while one was away", () => {
    const poll = { room: "r", poll: "q", question: "?", choices: ["a", "b"], poll_kind: "free" };
    const asked = projectEvent(11, { kind: "poll.opened", ...poll } as Body);
    const voted = more(joined, asked, { type: "voted", poll: "q", choice: 1 });
    const closed = event("project:p", 12, {
      kind: "poll.closed",
      room: "r",
      poll: "q",
      counts: [0, 1],
    });
    const position = { epoch: "e", seq: 12 };
    const back = more(voted, projectJoined({ snapshot: null, events: [closed], position }));
    expect(back.project?.view.polls?.[0]?.counts).toEqual([0, 1]);
    expect(back.lesson.ballots.q?.choice).toBe(1);
  });

  it("adds members with what their role may do, changes that and removes them", () => {
    const state = more(
      joined,
      projectEvent(11, { kind: "member.added", member: "new", role: "pupil", class_id: "c" }),
      projectEvent(12, {
        kind: "member.capability_set",
        member: "new",
        capability: "post",
        allowed: false,
      }),
      projectEvent(13, { kind: "member.room_ban_set", member: "new", room: "r", banned: true }),
      projectEvent(14, { kind: "member.removed", member: "new" }),
    );
    expect(state.project?.view.members[1]).toEqual({
      id: "new",
      role: "pupil",
      class_id: "c",
      capabilities: ["react", "draw", "publish-audio", "publish-video"],
      room_bans: ["r"],
      removed: true,
    });
  });

  it("adds classes and rooms, and takes up the phase", () => {
    const facts = { name: "7a", school: "SP 28", country: "PL", timezone: "Europe/Warsaw" };
    const state = more(
      joined,
      projectEvent(11, { kind: "class.added", class_id: "c", languages: ["pl"], ...facts }),
      projectEvent(12, {
        kind: "room.added",
        room: "g",
        room_kind: "group-room",
        name: "Group 1",
        group_number: 1,
      }),
      projectEvent(13, { kind: "project.phase_set", phase: "archived" }),
    );
    const view = state.project?.view;
    expect(view?.classes).toEqual([{ id: "c", languages: ["pl"], ...facts }]);
    expect(view?.rooms[1]).toEqual({
      id: "g",
      kind: "group-room",
      name: "Group 1",
      open: false,
      locked: [],
      boards: [{ id: "g", name: "" }],
      group_number: 1,
    });
    expect(view?.phase).toBe("archived");
  });

  it("knows the boards of each room, in their order", () => {
    const group = {
      kind: "room.added",
      room: "g",
      room_kind: "group-room",
      name: "Group",
    } as const;
    const bodies: Body[] = [
      group,
      { kind: "board.added", board: "b1", room: "r", name: "Oder" },
      { kind: "board.added", board: "b2", room: "r", name: "Loire" },
      { kind: "board.added", board: "b3", room: "g", name: "Group's" },
    ];
    const added = more(joined, ...bodies.map((body, at) => projectEvent(11 + at, body)));
    const boards = (state: TwinSpaceState, room: number) =>
      state.project?.view.rooms[room]?.boards.map(({ id, name }) => `${id} ${name}`.trim());
    expect(boards(added, 0)).toEqual(["r", "b1 Oder", "b2 Loire"]);
    expect(boards(added, 1)).toEqual(["g", "b3 Group's"]);

    const inFront: Body = { kind: "board.moved", board: "b2", room: "r", before: "r" };
    const toTheEnd: Body = { kind: "board.moved", board: "r", room: "r", before: null };
    const moved = more(added, projectEvent(15, inFront), projectEvent(16, toTheEnd));
    expect(boards(moved, 0)).toEqual(["b2 Loire", "b1 Oder", "r"]);

    const named: Body = { kind: "board.renamed", board: "b2", room: "r", name: "Start" };
    const removed: Body = { kind: "board.removed", board: "r", room: "r" };
    const last = more(moved, projectEvent(17, named), projectEvent(18, removed));
    expect(boards(last, 0)).toEqual(["b2 Start", "b1 Oder"]);
    expect(boards(last, 1)).toEqual(boards(added, 1));
  });

  it("is behind after a gap and catches up", () => {
    const late = { kind: "room.open_set", room: "r", open: true } as const;
    const state = more(joined, projectEvent(12, late));
    expect(state.project).toMatchObject({ behind: true, position: { seq: 10 } });
    const events = [event("project:p", 11, { kind: "hidden" }), event("project:p", 12, late)];
    const caughtUp = more(
      state,
      projectJoined({ snapshot: null, events, position: { epoch: "e", seq: 12 } }),
    );
    expect(caughtUp.project).toMatchObject({ behind: false, position: { seq: 12 } });
    expect(caughtUp.project?.view.rooms[0]?.open).toBe(true);
  });

  it("ignores streams that it does not follow", () => {
    const stray: Action = { type: "event", now: NOW, event: event("room:x", 1, posted("no")) };
    expect(more(joined, stray)).toBe(joined);
  });
});

describe("people", () => {
  it("come, move and go", () => {
    const state = more(joined, {
      type: "presence",
      changes: [
        { member: "other", rooms: ["r"] },
        { member: "me", rooms: null },
      ],
    });
    expect(state.presence).toEqual({ other: ["r"] });
  });

  it("type until they stop, post, or are silent for five seconds", () => {
    const mark = (data: string): Action => {
      const signal = { room: "r", member: "other", topic: "typing", data };
      return { type: "signal", now: NOW, signal };
    };
    const typing = more(joined, mark("1"));
    expect(Object.keys(typing.typing.r ?? {})).toEqual(["other"]);
    expect(more(typing, mark("0")).typing.r).toEqual({});
    expect(more(typing, roomEvent(3, posted("done"))).typing.r).toEqual({});
    const later: Action = { type: "typing-expired", now: NOW + 5_001 };
    expect(more(typing, later).typing.r).toEqual({});
  });

  it("do not see their own typing", () => {
    const signal = { room: "r", member: "me", topic: "typing", data: "1" };
    expect(more(joined, { type: "signal", now: NOW, signal })).toBe(joined);
  });
});

describe("a room that one may not enter", () => {
  it("is refused with the reason until it is joined", () => {
    const refused = more(joined, { type: "room-refused", room: "r", code: "room_banned" });
    expect(refused.refusedRooms).toEqual({ r: "room_banned" });
    expect(more(refused, roomJoined()).refusedRooms).toEqual({});
  });
});
