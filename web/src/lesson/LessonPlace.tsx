/** Where a lesson's timer, poll, calls for attention and end are shown: loaded when there is one of them. */

import { Suspense } from "react";
import { lazyWithWords } from "../locales/later";
import type { RoomView } from "../protocol/generated";
import { isLessonOver } from "../state/groups";
import { useTwinSpace } from "../state/store";

const LessonStrip = lazyWithWords("lesson", () => import("./LessonStrip"));

interface LessonPlaceProps {
  room: RoomView;
  /** One is not let into this room: what is shown in every room is shown here, too, and nothing of this one. */
  isRefused: boolean;
}

export function LessonPlace({ room, isRefused }: LessonPlaceProps) {
  const isNeeded = useTwinSpace(
    ({ project, lesson }) =>
      project?.view.timer != null ||
      (!isRefused &&
        (lesson.attention !== null ||
          (project !== null && isLessonOver(project.view, room)) ||
          (project?.view.polls ?? []).length > 0)),
  );
  return isNeeded ? (
    <Suspense fallback={null}>
      <LessonStrip room={room} isRefused={isRefused} />
    </Suspense>
  ) : null;
}
