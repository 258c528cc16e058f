import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import type { Participant } from "../protocol/generated";
import { handPlace, isSpeaking } from "../state/callSelectors";
import { useTwinSpace } from "../state/store";
import { Avatar, classColour } from "../ui/Avatar";
import { Icon } from "../ui/Icon";
import { flagOf } from "../ui/places";
import { GROUP_MEASURES } from "./arrange";
import type { ClassPlaces } from "./scene";
import { SoundMark, Tile } from "./Tile";
import { TileMenu } from "./TileMenu";
import { usePerson } from "./usePerson";

interface ClassGroupProps {
  places: ClassPlaces;
  room: string;
  columns: number;
  tileWidth: number;
}

/** Those of one class who are in the call: their flag and name, tiles, and those without a picture. */
export function ClassGroup({ places, room, columns, tileWidth }: ClassGroupProps) {
  const { t } = useTranslation();
  const { classId, tiles, chips } = places;
  const classes = useTwinSpace((state) => state.project?.view.classes ?? null);
  const number = classes?.findIndex(({ id }) => id === classId) ?? -1;
  const schoolClass = classes?.[number];
  const name = schoolClass?.name ?? t("people.visitors");
  const inner = columns * tileWidth + (columns - 1) * GROUP_MEASURES.gap;
  return (
    <section
      className="call-class"
      aria-label={name}
      data-class-colour={classColour(schoolClass === undefined ? null : number)}
    >
      <h2 className="call-class__name">
        {schoolClass !== undefined && (
          <span aria-hidden="true">{flagOf(schoolClass.country)} </span>
        )}
        <bdi>{name}</bdi>
      </h2>
      {tiles.length > 0 && (
        <ul
          className="call-class__tiles"
          style={{ gridTemplateColumns: `repeat(${columns}, ${tileWidth}px)` }}
        >
          {tiles.map((participant) => (
            <li key={participant.id}>
              <Tile place={{ participant, medium: "video" }} room={room} />
            </li>
          ))}
        </ul>
      )}
      {chips.length > 0 && (
        <ul className="call-class__chips" style={{ "--inner": `${inner}px` } as CSSProperties}>
          {chips.map((participant) => (
            <li key={participant.id}>
              <Chip participant={participant} room={room} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Somebody without a picture, where there is no space for a tile. */
function Chip({ participant, room }: { participant: Participant; room: string }) {
  const { t } = useTranslation();
  const { id } = participant;
  const person = usePerson(participant);
  const isMe = useTwinSpace((state) => state.call.mine.me === id);
  const speaks = useTwinSpace((state) => isSpeaking(state, room, id));
  const hand = useTwinSpace((state) => handPlace(state, room, id));
  return (
    <div
      className="call-chip"
      data-testid="chip"
      data-participant={id}
      data-speaking={speaks}
      data-away={participant.away}
    >
      <Avatar name={person.name} classNumber={person.classNumber} country={null} />
      <span className="call-chip__name" dir="auto">
        {isMe ? t("call.tile.you", { name: person.name }) : person.name}
      </span>
      {hand !== null && (
        <span className="call-chip__hand">
          <Icon name="hand" size={16} />
          <span className="visually-hidden">{t("call.tile.hand", { place: hand })}</span>
        </span>
      )}
      <SoundMark participant={participant} speaks={speaks} />
      <TileMenu participant={participant} person={person} room={room} />
    </div>
  );
}
