/** What stands where in a call: who is large, and who stands with their class. Pure. */

import type { Medium, Participant } from "../protocol/generated";
import { isSending } from "../state/callSelectors";
import type { TileGroup } from "./arrange";

/** One picture, or its place while there is none. */
export interface Place {
  participant: Participant;
  medium: Exclude<Medium, "audio">;
}

export interface ClassPlaces {
  /** Null: visitors, who belong to no class. */
  classId: string | null;
  tiles: Participant[];
  /** Those without a picture, when there are too many people for a tile each. */
  chips: Participant[];
}

export interface Scene {
  /** Shown as large as it goes: a screen, whom one has chosen, the class cameras, or to a class camera the others. */
  main: Place[];
  /** Large too, beside that. */
  aside: Place[];
  /** Everybody else. */
  classes: ClassPlaces[];
}

export interface SceneQuestion {
  participants: readonly Participant[];
  me: string | null;
  /** Whom one has made large. */
  watching: string | null;
  /** Ids of participants whose camera can be shown now. */
  pictured: ReadonlySet<string>;
  /** The ids of the classes in the order of the project. */
  classes: readonly string[];
  classOf(member: string): string | null;
}

/** With more people than this, those without a picture get no tile: it would be taken from those who have one. */
export const TILES_MAX = 9;

export function sceneOf(question: SceneQuestion): Scene {
  const { participants, me, watching } = question;
  const others = participants.filter(({ id }) => id !== me);
  const watched = participants.find(({ id }) => id === watching);
  const screens = others.filter((other) => isSending(other, "screen")).map(place("screen"));
  const cameras = others
    .filter(({ kind, id }) => kind === "class-camera" && id !== watching)
    .map(place("video"));
  const [first, aside] = shareOut(watched ? [place("video")(watched)] : [], screens, cameras);
  const main = first.length > 0 ? first : othersOf(question);
  const large = new Set(
    [...main, ...aside].filter(({ medium }) => medium === "video").map((at) => at.participant.id),
  );
  const rest = participants.filter(({ id }) => !large.has(id));
  return { main, aside, classes: inClasses(rest, question) };
}

/** In front of a classroom the others are large; one's own class sees small what it sends. */
function othersOf({ participants, me, pictured }: SceneQuestion): Place[] {
  if (participants.find(({ id }) => id === me)?.kind !== "class-camera") {
    return [];
  }
  const others = participants.filter(({ id }) => id !== me);
  const isCrowded = others.length > TILES_MAX;
  return others.filter(({ id }) => !isCrowded || pictured.has(id)).map(place("video"));
}

/** The first kind of large picture that there is takes the middle, the other kinds stand beside it. */
function shareOut(...kinds: [Place[], Place[], Place[]]): [Place[], Place[]] {
  const [watched, screens, cameras] = kinds;
  if (watched.length > 0) {
    return [watched, [...screens, ...cameras]];
  }
  const [screen, ...otherScreens] = screens;
  return screen === undefined ? [cameras, []] : [[screen], [...otherScreens, ...cameras]];
}

function place(medium: Place["medium"]): (participant: Participant) => Place {
  return (participant) => ({ participant, medium });
}

function inClasses(
  people: readonly Participant[],
  { me, pictured, classes, classOf }: SceneQuestion,
): ClassPlaces[] {
  const isCrowded = people.length > TILES_MAX;
  const groups: ClassPlaces[] = [];
  for (const classId of [...classes, null]) {
    const members = people.filter(({ member }) => classOf(member) === classId);
    if (members.length > 0) {
      const ordered = [
        ...members.filter(({ id }) => id === me),
        ...members.filter(({ id }) => id !== me),
      ];
      const hasTile = ({ id }: Participant) => !isCrowded || pictured.has(id);
      groups.push({
        classId,
        tiles: ordered.filter(hasTile),
        chips: ordered.filter((person) => !hasTile(person)),
      });
    }
  }
  return groups;
}

export function sizesOf(classes: readonly ClassPlaces[]): TileGroup[] {
  return classes.map(({ tiles, chips }) => ({ tiles: tiles.length, chips: chips.length }));
}
