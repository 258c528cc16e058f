import { useMemo } from "react";
import { classOf, isStaff, myself } from "../state/selectors";
import { useStore } from "../state/store";
import type { People } from "./boardSession";
import { colourOfClass } from "./colours";
import type { BoardClient } from "./ports";

/** Who is who on a board, as of the moment when it is asked for. */
export function useBoardPeople(client: BoardClient, room: string): People {
  const store = useStore();
  return useMemo(
    () => ({
      drawer() {
        const state = store.getState();
        const { rights } = client.getState();
        return {
          me: state.me,
          isStaff: isStaff(myself(state)?.role ?? "pupil"),
          mayDraw: (rights.draw ?? null) === null,
          mayChangeOthers: (rights.change_others ?? null) === null,
        };
      },
      colourOf(member) {
        return colourOfClass(classOf(store.getState(), member)?.number ?? null);
      },
      isHere(member) {
        return store.getState().presence[member]?.includes(room) === true;
      },
    }),
    [store, client, room],
  );
}
