/** Takes a pupil's page to the room of their group, and back: once for each change of the teacher's. */

import { useEffect, useState } from "react";
import { goTo, twinSpacePath } from "../route";
import { useStore, useTwinSpace } from "../state/store";
import { roomToGoTo, type Whereabouts } from "./going";

export interface Led {
  /** The groups have ended since this page led to one. */
  isOver: boolean;
  /** The call that one was in was left on the way. */
  hasLeftCall: boolean;
}

const NOT_LED: Led = { isOver: false, hasLeftCall: false };

export function useGoing({ group, origin }: Whereabouts, open: string | null): [Led, () => void] {
  const store = useStore();
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
    const isCalling = store.getState().call.mine.phase !== "out";
    const room = roomToGoTo({ group, origin }, led, open);
    rememberLed(key, group);
    setTold({ isOver: group === null, hasLeftCall: isCalling && room !== null });
    if (room !== null) {
      goTo(twinSpacePath(project, me, room));
    }
  }, [store, project, me, group, origin, open]);

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
