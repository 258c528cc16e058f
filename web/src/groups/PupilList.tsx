import {
  Button,
  GridList,
  GridListItem,
  isTextDropItem,
  useDragAndDrop,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import { classOf, findMember, presentNow } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Avatar } from "../ui/Avatar";
import { Icon } from "../ui/Icon";
import { MoveMenu, type Place } from "./MoveMenu";

/** What is dragged here is a pupil, and nothing else can be dropped. */
const PUPIL = "application/x-rtserver-pupil";

interface PupilListProps {
  /** The name of the group. */
  label: string;
  members: readonly string[];
  /** The group's room, when it is at work: who is not there is marked. */
  room: string | null;
  /** This group among the others: null is none. */
  at: string | null;
  places: readonly Place[];
  onMove(members: readonly string[], to: string | null): void;
}

/** The pupils of a group, each to be dragged to another or moved by a menu; and the place to drop others at. */
export function PupilList({ label, members, room, at, places, onMove }: PupilListProps) {
  const { t } = useTranslation();
  const names = useTwinSpace((state) => state.names);
  const nameOf = (id: string) => names[id] ?? t("common.somebody");
  const { dragAndDropHooks } = useDragAndDrop<{ id: string }>({
    getItems: (keys) =>
      [...keys].map((id) => ({ [PUPIL]: String(id), "text/plain": nameOf(String(id)) })),
    acceptedDragTypes: [PUPIL],
    getDropOperation: () => "move",
    async onRootDrop({ items }) {
      const pupils = items.filter(isTextDropItem);
      onMove(await Promise.all(pupils.map((item) => item.getText(PUPIL))), at);
    },
  });
  return (
    <GridList
      aria-label={label}
      className="pupils"
      items={members.map((id) => ({ id }))}
      dependencies={[names, places, room]}
      dragAndDropHooks={dragAndDropHooks}
      renderEmptyState={() => <p className="pupils__none">{t("groups.nobody")}</p>}
    >
      {({ id }) => (
        <GridListItem id={id} textValue={nameOf(id)} className="pupil">
          <Button
            slot="drag"
            className="pupil__grip"
            aria-label={t("groups.drag", { name: nameOf(id) })}
          >
            <Icon name="grip" />
          </Button>
          <Pupil id={id} name={nameOf(id)} room={room} />
          <MoveMenu
            member={id}
            name={nameOf(id)}
            at={at}
            places={places}
            onMove={(to) => onMove([id], to)}
          />
        </GridListItem>
      )}
    </GridList>
  );
}

function Pupil({ id, name, room }: { id: string; name: string; room: string | null }) {
  const { t } = useTranslation();
  const own = useTwinSpace((state) => classOf(state, id));
  const rooms = useTwinSpace((state) => presentNow(state)[id] ?? null);
  const isBarred = useTwinSpace(
    (state) => room !== null && findMember(state, id)?.room_bans.includes(room) === true,
  );
  const isElsewhere = rooms !== null && room !== null && !rooms.includes(room);
  const ofPlace = isBarred
    ? t("people.keptOut") // why they are not there, until somebody lets them in
    : isElsewhere
      ? t("groups.elsewhere")
      : null;
  const mark = rooms === null ? t("groups.away") : ofPlace;
  return (
    <>
      <Avatar
        name={name}
        classNumber={own?.number ?? null}
        country={own?.schoolClass.country ?? null}
        isHere={rooms !== null}
      />
      <span className="pupil__words">
        <span className="pupil__name" dir="auto">
          {name}
        </span>
        {mark !== null && <span className="pupil__mark">{mark}</span>}
      </span>
    </>
  );
}
