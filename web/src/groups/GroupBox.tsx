import type { TFunction } from "i18next";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import { SHORT_TEXT_MAX } from "../twinspace/NewRoomDialog";
import { IconButton } from "../ui/Button";
import type { DraftGroup } from "./draft";
import type { Place } from "./MoveMenu";
import { PupilList } from "./PupilList";
import { roomName } from "./roomName";

interface GroupBoxProps {
  group: DraftGroup;
  /** The groups are at work, and this is one of them. */
  isRunning: boolean;
  places: readonly Place[];
  onMove(members: readonly string[], to: string | null): void;
  onRename(name: string): void;
  onRemove(): void;
  onGo(): void;
}

/** A group: its name, its pupils, and the way into its room. */
export function GroupBox(props: GroupBoxProps) {
  const { group, isRunning, places, onMove, onRename, onRemove, onGo } = props;
  const { t } = useTranslation();
  const id = useId();
  const name = shownName(t, group);
  return (
    <section className="groups__box" aria-label={name}>
      <header className="groups__box-head">
        {group.room === null ? (
          <>
            <label className="visually-hidden" htmlFor={id}>
              {t("groups.nameLabel")}
            </label>
            <input
              id={id}
              className="groups__box-name-box"
              dir="auto"
              value={name}
              maxLength={SHORT_TEXT_MAX}
              autoComplete="off"
              onChange={(event) => onRename(event.currentTarget.value)}
            />
          </>
        ) : (
          <h3 className="groups__box-name" dir="auto">
            {name}
          </h3>
        )}
        <span className="groups__box-count">
          {t("groups.count", { count: group.members.length })}
        </span>
        {isRunning && (
          <IconButton icon="door" label={t("groups.goTo", { name })} small onPress={onGo} />
        )}
        <IconButton icon="trash" label={t("groups.remove", { name })} small onPress={onRemove} />
      </header>
      <PupilList
        label={name}
        members={group.members}
        room={isRunning ? group.room : null}
        at={group.key}
        places={places}
        onMove={onMove}
      />
    </section>
  );
}

/** What a group is called for this reader, before it has a room, too. */
export function shownName(t: TFunction, { name, number }: DraftGroup): string {
  return roomName(t, { kind: "group-room", name, group_number: number });
}
