import "./strip.css";
import type { RoomView } from "../protocol/generated";
import { isLessonOver } from "../state/groups";
import { pollShownIn } from "../state/lesson";
import { useTwinSpace } from "../state/store";
import { AttentionLine } from "./AttentionLine";
import { LessonOver } from "./LessonOver";
import { PollCard } from "./PollCard";
import { TimerLine } from "./TimerLine";

interface LessonStripProps {
  room: RoomView;
  isRefused: boolean;
}

/** What a teacher shows to all, below the head of the room. */
export default function LessonStrip({ room, isRefused }: LessonStripProps) {
  const timer = useTwinSpace((state) => state.project?.view.timer ?? null);
  const poll = useTwinSpace(({ project }) =>
    project === null || isRefused ? null : pollShownIn(project.view, room.id),
  );
  const isOver = useTwinSpace(
    ({ project }) => !isRefused && project !== null && isLessonOver(project.view, room),
  );
  const attention = useTwinSpace((state) => (isRefused ? null : state.lesson.attention));
  return (
    <div className="lesson-strip" data-testid="lesson-strip">
      {isOver && <LessonOver room={room} />}
      {attention !== null && (
        <AttentionLine key={attention.number} attention={attention} room={room} />
      )}
      {timer !== null && <TimerLine key={timer.ends_at} timer={timer} room={room.id} />}
      {poll !== null && <PollCard key={poll.id} poll={poll} room={room.id} />}
    </div>
  );
}
