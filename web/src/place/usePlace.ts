/** The arrangement of the room that is open, and how to change it. */

import { createContext, useContext, useMemo, useState } from "react";
import {
  type Arrangement,
  bringBeside,
  DEFAULTS,
  enlarge,
  fitted,
  nameOf,
  type Part,
  present,
  putAway,
  type Situation,
  type Size,
  sizeOf,
} from "./arrangement";
import { type Kept, type RoomKind, recallPlace, rememberPlace } from "./kept";
import type { Space } from "./space";

export interface Place {
  /** What is shown, as much of it as fits. */
  shown: Arrangement;
  isBoardOpen: boolean;
  sizeOf(part: Part): Size;
  /** Show it: as large as it was the last time, or large where there is no space beside. */
  bring(part: Part): void;
  enlarge(part: Part): void;
  putAway(part: Part): void;
}

const PlaceContext = createContext<Place | null>(null);

export const PlaceProvider = PlaceContext.Provider;

/** For whatever in a room wants to bring a part to the front. */
export function usePlaceOfRoom(): Place {
  const place = useContext(PlaceContext);
  if (place === null) {
    throw new Error("usePlaceOfRoom outside of a classroom");
  }
  return place;
}

interface PlaceQuestion {
  kind: RoomKind;
  /** One sees a room, whose boards one may open. */
  hasRoom: boolean;
  isCalling: boolean;
  spaceOf(isStaged: boolean): Space;
}

export function usePlace({ kind, hasRoom, isCalling, spaceOf }: PlaceQuestion): [Place, Space] {
  const [changed, setChanged] = useState<Partial<Record<RoomKind, Kept>>>({});
  const kept = useMemo(() => changed[kind] ?? recallPlace(kind), [changed, kind]);
  const isBoardOpen = hasRoom && kept.isBoardOpen;
  const now: Situation = { isCalling, isBoardOpen };
  const space = spaceOf(isCalling || isBoardOpen);
  const shown = fitted(arrangementOf(kept, now), space.capacity);

  function keep(change: (arrangement: Arrangement) => Arrangement, situation = now): void {
    const arrangement = change(arrangementOf(kept, situation));
    const next: Kept = {
      isBoardOpen: situation.isBoardOpen,
      arrangements: { ...kept.arrangements, [nameOf(situation)]: arrangement },
    };
    rememberPlace(kind, next);
    setChanged({ ...changed, [kind]: next });
  }

  /** What is there once `part` is shown. */
  const including = (part: Part): Situation =>
    part === "board" ? { ...now, isBoardOpen: true } : now;

  function bring(part: Part): void {
    const situation = including(part);
    const { capacity } = spaceOf(situation.isCalling || situation.isBoardOpen);
    keep((arrangement) => {
      if (capacity === 0) {
        return enlarge(arrangement, part);
      }
      // It comes as the last one, so that it is among those that fit.
      return sizeOf(arrangement, part) === "large"
        ? arrangement
        : bringBeside(putAway(arrangement, part), part);
    }, situation);
  }

  const place: Place = {
    shown,
    isBoardOpen,
    sizeOf: (part) => sizeOf(shown, part),
    bring,
    enlarge: (part) => keep((arrangement) => enlarge(arrangement, part), including(part)),
    putAway(part) {
      if (part === "board") {
        keep((arrangement) => arrangement, { ...now, isBoardOpen: false });
      } else {
        keep((arrangement) => putAway(arrangement, part));
      }
    },
  };
  return [place, space];
}

function arrangementOf(kept: Kept, situation: Situation): Arrangement {
  const name = nameOf(situation);
  return present(kept.arrangements[name] ?? DEFAULTS[name], situation);
}
