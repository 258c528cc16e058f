import { describe, expect, it } from "vitest";
import type { Body, ProjectView, RoomView } from "../protocol/generated";
import {
  EMPTY_LESSON,
  hearInLesson,
  joinLesson,
  type LessonAction,
  ledBy,
  pollShownIn,
  reduceLesson,
  withLesson,
} from "./lesson";

function room(id: string, kind: RoomView["kind"]): RoomView {
  return { id, kind, name: id, open: true, locked: [], boards: [] };
}

const VIEW: ProjectView = {
  id: "p",
  title: "Rivers",
  national: false,
  phase: "active",
  classes: [],
  members: [],
  rooms: [room("hall", "class-room"), room("staff", "staff-room"), room("group", "group-room")],
};

function opened(id: string, at = "hall"): Body {
  const choices = ["Yes", "No"];
  return {
    kind: "poll.opened",
    room: at,
    poll: id,
    question: "Ready?",
    choices,
    poll_kind: "yes_no",
  };
}

function viewAfter(...bodies: Body[]): ProjectView {
  return bodies.reduce(withLesson, VIEW);
}

describe("the timer", () => {
  it("is set, set anew and stopped", () => {
    const set: Body = { kind: "timer.set", ends_at: 90_000, seconds: 90 };
    expect(viewAfter(set).timer).toEqual({ ends_at: 90_000, seconds: 90 });
    expect(viewAfter(set, { ...set, ends_at: 95_000, seconds: 5 }).timer?.seconds).toBe(5);
    expect(viewAfter(set, { kind: "timer.set", ends_at: null, seconds: null }).timer).toBeNull();
  });
});

describe("polls", () => {
  it("are opened, closed and put away", () => {
    const poll = { id: "q1", room: "hall", question: "Ready?", choices: ["Yes", "No"] };
    const isOpen = { ...poll, kind: "yes_no", counts: null };
    expect(viewAfter(opened("q1")).polls).toEqual([isOpen]);
    const closed: Body = { kind: "poll.closed", room: "hall", poll: "q1", counts: [2, 1] };
    expect(viewAfter(opened("q1"), closed).polls).toEqual([{ ...isOpen, counts: [2, 1] }]);
    const away: Body = { kind: "poll.put_away", room: "hall", poll: "q1" };
    expect(viewAfter(opened("q1"), closed, away).polls).toEqual([]);
  });

  it("take the place of the one before in their room only", () => {
    const view = viewAfter(opened("q1"), opened("q2", "group"), opened("q3"));
    expect(view.polls?.map(({ id }) => id)).toEqual(["q2", "q3"]);
  });

  it("that this reader was never shown change nothing", () => {
    const closed: Body = { kind: "poll.closed", room: "hall", poll: "q9", counts: [2, 1] };
    expect(viewAfter(opened("q1"), closed).polls?.[0]?.counts).toBeNull();
  });

  it("of the class room are shown in groups' rooms that have none", () => {
    const view = viewAfter(opened("q1"));
    expect(pollShownIn(view, "hall")?.id).toBe("q1");
    expect(pollShownIn(view, "group")?.id).toBe("q1");
    expect(pollShownIn(view, "staff")).toBeNull();
    expect(pollShownIn(withLesson(view, opened("q2", "group")), "group")?.id).toBe("q2");
    expect(pollShownIn(VIEW, "hall")).toBeNull();
  });
});

describe("what is told beside the log", () => {
  const run = (...actions: LessonAction[]) => actions.reduce(reduceLesson, EMPTY_LESSON);

  it("is counted together with one's own vote", () => {
    const progress = { room: "hall", poll: "q1", votes: 7 };
    const lesson = run(
      { type: "voted", poll: "q1", choice: 1 },
      { type: "poll-progress", progress },
    );
    expect(lesson.ballots).toEqual({ q1: { votes: 7, choice: 1 } });
    const back = reduceLesson(lesson, { type: "voted", poll: "q1", choice: null });
    expect(back.ballots.q1).toEqual({ votes: 7, choice: null });
  });

  it("is what the server says after a join", () => {
    const before = run({ type: "voted", poll: "q1", choice: 1 });
    const ballot = { room: "hall", poll: "q2", votes: 3, choice: 0 };
    expect(joinLesson(before, [ballot]).ballots).toEqual({ q2: { votes: 3, choice: 0 } });
    expect(joinLesson(before).ballots).toEqual({});
  });

  it("is one's own vote in a poll that was closed meanwhile, as long as its result is shown", () => {
    const before = run(
      { type: "voted", poll: "q1", choice: 1 },
      { type: "voted", poll: "q2", choice: 0 },
    );
    const closed: Body = { kind: "poll.closed", room: "hall", poll: "q1", counts: [2, 1] };
    const { polls } = viewAfter(opened("q1"), closed, opened("q2", "group"));
    const joined = joinLesson(
      before,
      [{ room: "group", poll: "q2", votes: 4, choice: null }],
      polls,
    );
    expect(joined.ballots.q1?.choice).toBe(1);
    expect(joined.ballots.q2).toEqual({ votes: 4, choice: null });
    expect(joinLesson(joined, [], viewAfter(opened("q3")).polls).ballots).toEqual({});
  });

  it("leads to a board until one is there, or the lesson is over", () => {
    const view = { x: 1, y: 2, width: 3, height: 4 };
    const asked = { room: "hall", part: "board", by: "claire", board: "rivers", view } as const;
    const led = ledBy(asked);
    expect(led).toEqual({ room: "hall", board: "rivers", view, by: "claire" });
    expect(ledBy({ room: "hall", part: "board", by: "claire" })).toBeNull();
    const going = run({ type: "led", led });
    expect(reduceLesson(going, { type: "attention", attention: null }).led).toBe(led);
    expect(reduceLesson(going, { type: "led", led: null }).led).toBeNull();
    expect(hearInLesson(going, { kind: "lesson.ended", room: "hall" }).led).toBeNull();
  });

  it("tells one call for attention from the next", () => {
    const attention = { room: "hall", part: "board", by: "claire" } as const;
    const first = run({ type: "attention", attention });
    const second = reduceLesson(first, { type: "attention", attention });
    expect(first.attention).toEqual({ ...attention, number: 1 });
    expect(second.attention?.number).toBe(2);
    expect(reduceLesson(second, { type: "attention", attention: null }).attention).toBeNull();
  });
});
