/** Where a lesson's timer, poll, calls for attention and end are shown: loaded when there is one of them. */

import { Suspense } from "react";
import { lazyWithWords } from "../locales/later";
import type { RoomView } from "../protocol/generated";
import { isLessonOver } from "../state/groups";
import { useTwinSpace } from "../state/store";

const LessonStrip = lazyWithWords("lesson", () => import("./LessonStrip"));

export function LessonPlace({ room }: { room: RoomView }) {
  const isNeeded = useTwinSpace(
    ({ project, lesson }) =>
      lesson.attention !== null ||
      (project !== null && isLessonOver(project.view, room)) ||
      project?.view.timer != null ||
      (project?.view.polls ?? []).length > 0,
  );
  return isNeeded ? (
    <Suspense fallback={null}>
      <LessonStrip room={room} />
    </Suspense>
  ) : null;
}
