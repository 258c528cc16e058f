/** What a lesson is led with: the timer and polls of the project, and what is told beside its log. Pure. */

import type {
  Attention,
  Ballot,
  BoardArea,
  Body,
  Poll,
  PollProgress,
  ProjectView,
} from "../protocol/generated";

/** A call to look at a part of a room; `number` tells one from the next. */
export interface AttentionCall extends Attention {
  number: number;
}

/** The board that everybody has been asked to open, and the part of it that they are brought to, if there is one. */
export interface Led {
  room: string;
  board: string;
  view: BoardArea | null;
  by: string;
}

export interface LessonState {
  /** The server's clock less `performance.now`, in milliseconds: known from the first join on. */
  clock: number;
  /** By poll: how many have voted, as far as was told, and what this reader has chosen. */
  ballots: Record<string, { votes: number; choice: number | null }>;
  attention: AttentionCall | null;
  /** Until one is there: the board may have to be loaded first. */
  led: Led | null;
}

export const EMPTY_LESSON: LessonState = { clock: 0, ballots: {}, attention: null, led: null };

export type LessonAction =
  | { type: "clock"; clock: number }
  | { type: "poll-progress"; progress: PollProgress }
  | { type: "voted"; poll: string; choice: number | null }
  | { type: "attention"; attention: Attention | null }
  | { type: "led"; led: Led | null };

export function reduceLesson(lesson: LessonState, action: LessonAction): LessonState {
  switch (action.type) {
    case "clock":
      return { ...lesson, clock: action.clock };
    case "poll-progress":
      return withBallot(lesson, action.progress.poll, { votes: action.progress.votes });
    case "voted":
      return withBallot(lesson, action.poll, { choice: action.choice });
    case "attention": {
      const number = (lesson.attention?.number ?? 0) + 1;
      const attention = action.attention === null ? null : { ...action.attention, number };
      return { ...lesson, attention };
    }
    case "led":
      return { ...lesson, led: action.led };
  }
}

/**
 * What whoever joins is told of the open polls: all of it, whatever was known. Of one that was closed meanwhile the server
 * does not know any more who chose what: this page does, as long as its result is shown.
 */
export function joinLesson(
  lesson: LessonState,
  ballots: readonly Ballot[] = [],
  polls: readonly Poll[] = [],
): LessonState {
  const told = ballots.map(({ poll, votes, choice }) => [poll, { votes, choice }] as const);
  const known = polls.flatMap(({ id, counts }) => {
    const ballot = lesson.ballots[id];
    return counts == null || ballot === undefined ? [] : [[id, ballot] as const];
  });
  return { ...lesson, ballots: Object.fromEntries([...known, ...told]) };
}

/** What an event of the project means beside it: when a lesson is over, nobody is to look anywhere any more. */
export function hearInLesson(lesson: LessonState, body: Body): LessonState {
  return body.kind === "lesson.ended" ? { ...lesson, attention: null, led: null } : lesson;
}

/** Where a call for attention leads to on a board; null when it is about no certain one. */
export function ledBy({ room, board, view, by }: Attention): Led | null {
  return board == null ? null : { room, board, view: view ?? null, by };
}

/** The project after something has happened to its timer or a poll. */
export function withLesson(view: ProjectView, body: Body): ProjectView {
  const polls = view.polls ?? [];
  switch (body.kind) {
    case "timer.set": {
      const { ends_at, seconds } = body;
      return { ...view, timer: ends_at === null || seconds === null ? null : { ends_at, seconds } };
    }
    case "poll.opened": {
      const { kind: _, poll: id, poll_kind: kind, ...asked } = body;
      const others = polls.filter(({ room }) => room !== body.room);
      return { ...view, polls: [...others, { id, kind, ...asked, counts: null }] };
    }
    case "poll.closed": {
      const close = (poll: Poll) =>
        poll.id === body.poll ? { ...poll, counts: body.counts } : poll;
      return { ...view, polls: polls.map(close) };
    }
    case "poll.put_away":
      return { ...view, polls: polls.filter(({ id }) => id !== body.poll) };
    default:
      return view;
  }
}

/** The poll that is shown in a room: its own; in a group's room that of the class room, where all were asked. */
export function pollShownIn(view: ProjectView, roomId: string): Poll | null {
  const polls = view.polls ?? [];
  const own = polls.find(({ room }) => room === roomId);
  const kindOf = (id: string) => view.rooms.find((room) => room.id === id)?.kind;
  if (own !== undefined || kindOf(roomId) !== "group-room") {
    return own ?? null;
  }
  return polls.find(({ room }) => kindOf(room) === "class-room") ?? null;
}

function withBallot(
  lesson: LessonState,
  poll: string,
  changes: Partial<LessonState["ballots"][string]>,
): LessonState {
  const before = lesson.ballots[poll] ?? { votes: 0, choice: null };
  return { ...lesson, ballots: { ...lesson.ballots, [poll]: { ...before, ...changes } } };
}
