/**
 * Takes a pupil's page, and their call, to the room of their group, and back: once for each change of the teacher's. A
 * teacher's, who is with a group when the groups end, goes back as well.
 */

import { useEffect, useState } from "react";
import { useCallClient } from "../call/callContext";
import type { Grouping } from "../protocol/generated";
import { goTo, twinSpacePath } from "../route";
import { findRoom } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { roomAfterVisit, roomToGoTo, visitedNow, type Whereabouts } from "./going";

export interface Led {
  /** The groups have ended since this page led to one. */
  isOver: boolean;
  /** One was in a call, which went along. */
  tookCall: boolean;
}

const NOT_LED: Led = { isOver: false, tookCall: false };

export function useGoing({ group, origin }: Whereabouts, open: string | null): [Led, () => void] {
  const call = useCallClient();
  const project = useTwinSpace((state) => state.project?.view.id ?? null);
  const me = useTwinSpace((state) => state.me);
  const [told, setTold] = useState(NOT_LED);

  useEffect(() => {
    if (project === null || me === null) {
      return;
    }
    const key = `rtserver.led.${project}.${me}`;
    const led = recallLed(key);
    if (group === led) {
      return;
    }
    const room = roomToGoTo({ group, origin }, led, open);
    rememberLed(key, group);
    // A group has a call for those who were in one. That of the class goes on, or is over.
    const tookCall = room !== null && call.takeAlong(room, group !== null);
    setTold({ isOver: group === null, tookCall });
    if (room !== null) {
      goTo(twinSpacePath(project, me, room));
    }
  }, [call, project, me, group, origin, open]);

  return [told, () => setTold(NOT_LED)];
}

/** Brings a teacher back who is with a group when the groups end, whoever has ended them. */
export function useComingBack(
  groups: Grouping | null | undefined,
  open: string | null,
): [Led, () => void] {
  const call = useCallClient();
  const project = useTwinSpace((state) => state.project?.view.id ?? null);
  const me = useTwinSpace((state) => state.me);
  // Closed: the lesson has ended, and its calls with it. Nobody begins one anew.
  const begins = useTwinSpace(
    (state) => groups != null && findRoom(state, groups.origin)?.open === true,
  );
  const [told, setTold] = useState(NOT_LED);

  useEffect(() => {
    if (project === null || me === null) {
      return;
    }
    const key = `rtserver.visited.${project}.${me}`;
    const before = recallLed(key);
    const back = roomAfterVisit(groups, before, open);
    const visited = back === null ? visitedNow(groups, before, open) : null;
    if (visited !== before) {
      rememberLed(key, visited);
    }
    if (back !== null) {
      // Pupils wait for the call of the class: a teacher who comes from a group's call begins it when none is on.
      setTold({ isOver: true, tookCall: call.takeAlong(back, begins) });
      goTo(twinSpacePath(project, me, back));
    } else if (groups?.on === true) {
      setTold(NOT_LED);
    }
  }, [call, project, me, groups, begins, open]);

  return [told, () => setTold(NOT_LED)];
}

/** In this tab only, and over a reload: whoever went back to the class room stays there. */
const inMemory = new Map<string, string>();

function recallLed(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return inMemory.get(key) ?? null; // storage is switched off
  }
}

function rememberLed(key: string, group: string | null): void {
  if (group === null) {
    inMemory.delete(key);
  } else {
    inMemory.set(key, group);
  }
  try {
    if (group === null) {
      sessionStorage.removeItem(key);
    } else {
      sessionStorage.setItem(key, group);
    }
  } catch {
    // As above.
  }
}
