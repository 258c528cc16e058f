import { useId } from "react";
import { useTranslation } from "react-i18next";
import { SHORT_TEXT_MAX } from "../twinspace/NewRoomDialog";
import { IconButton } from "../ui/Button";
import type { DraftGroup } from "./draft";
import type { Place } from "./MoveMenu";
import { PupilList } from "./PupilList";

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
  return (
    <section className="groups__box" aria-label={group.name}>
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
              value={group.name}
              maxLength={SHORT_TEXT_MAX}
              autoComplete="off"
              onChange={(event) => onRename(event.currentTarget.value)}
            />
          </>
        ) : (
          <h3 className="groups__box-name" dir="auto">
            {group.name}
          </h3>
        )}
        <span className="groups__box-count">
          {t("groups.count", { count: group.members.length })}
        </span>
        {isRunning && (
          <IconButton
            icon="door"
            label={t("groups.goTo", { name: group.name })}
            small
            onPress={onGo}
          />
        )}
        <IconButton
          icon="trash"
          label={t("groups.remove", { name: group.name })}
          small
          onPress={onRemove}
        />
      </header>
      <PupilList
        label={group.name}
        members={group.members}
        room={isRunning ? group.room : null}
        at={group.key}
        places={places}
        onMove={onMove}
      />
    </section>
  );
}
