import "./groups.css";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCallClient } from "../call/callContext";
import type { ProjectView } from "../protocol/generated";
import { goTo, twinSpacePath, useRoute } from "../route";
import { runningRooms } from "../state/groups";
import { useTwinSpace } from "../state/store";
import { useConnection } from "../twinspace/connectionContext";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { useNotices } from "../ui/Notices";
import { isSame, moved, renamed, wanted, withOneMore } from "./draft";
import { GroupBox, shownName } from "./GroupBox";
import { PupilList } from "./PupilList";
import { RulePanel } from "./RulePanel";
import { type GroupsDraft, serverDraft, useDraft } from "./useDraft";

interface GroupsDialogProps {
  onClose(): void;
}

/** Where teachers put pupils into groups, see who is in which, and ask everybody back. */
export default function GroupsDialog({ onClose }: GroupsDialogProps) {
  const { t } = useTranslation();
  const view = useTwinSpace((state) => state.project?.view ?? null);
  return (
    <Dialog title={t("groups.title")} wide onClose={onClose}>
      {view !== null && <Arranging view={view} onClose={onClose} />}
    </Dialog>
  );
}

function Arranging({ view, onClose }: { view: ProjectView; onClose(): void }) {
  const { t } = useTranslation();
  const groups = useDraft(view);
  const isOn = runningRooms(view.groups).length > 0;
  if (groups.pupils.length === 0 && !isOn) {
    return <p className="dialog__text">{t("groups.noPupils")}</p>;
  }
  return (
    <>
      {!isOn && <p className="dialog__text">{t("groups.intro")}</p>}
      {isOn ? (
        <details className="groups__again">
          <summary>{t("groups.rule.again")}</summary>
          <RulePanel groups={groups} />
        </details>
      ) : (
        <RulePanel groups={groups} />
      )}
      <Groups view={view} groups={groups} onClose={onClose} />
      <Buttons view={view} groups={groups} isOn={isOn} onClose={onClose} />
    </>
  );
}

interface GroupsProps {
  view: ProjectView;
  groups: GroupsDraft;
  onClose(): void;
}

/** The groups side by side, and above them who is in none. */
function Groups({ view, groups, onClose }: GroupsProps) {
  const { t } = useTranslation();
  const call = useCallClient();
  const me = useTwinSpace((state) => state.me);
  const { draft, left, change } = groups;
  const [box, onMove] = useMoving(groups);
  const running = runningRooms(view.groups);
  const places = draft.map((group) => ({ key: group.key, name: shownName(t, group) }));

  function go(room: string | null): void {
    if (room !== null && me !== null) {
      call.takeAlong(room, false);
      goTo(twinSpacePath(view.id, me, room));
      onClose();
    }
  }

  return (
    <div ref={box} className="groups">
      <p className="field__hint">{t("groups.hint")}</p>
      {left.length > 0 && (
        <section className="groups__box groups__box--none" aria-label={t("groups.ungrouped")}>
          <header className="groups__box-head">
            <h3 className="groups__box-name">{t("groups.ungrouped")}</h3>
            <span className="groups__box-count">{t("groups.count", { count: left.length })}</span>
          </header>
          <PupilList
            label={t("groups.ungrouped")}
            members={left}
            room={null}
            at={null}
            places={places}
            onMove={onMove}
          />
        </section>
      )}
      <div className="groups__boxes">
        {draft.map((group) => (
          <GroupBox
            key={group.key}
            group={group}
            isRunning={group.room !== null && running.includes(group.room)}
            places={places}
            onMove={onMove}
            onRename={(name) => change(renamed(draft, group.key, name))}
            onRemove={() => change(draft.filter((one) => one !== group))}
            onGo={() => go(group.room)}
          />
        ))}
      </div>
      <Button
        look="quiet"
        small
        icon="plus"
        onPress={() => change(withOneMore(draft, groups.nameOf))}
      >
        {t("groups.add")}
      </Button>
    </div>
  );
}

/** Moves pupils. The focus goes with the one who was moved: the menu that it was on is gone. */
function useMoving(groups: GroupsDraft) {
  const box = useRef<HTMLDivElement>(null);
  const [last, setLast] = useState<{ member: string | undefined } | null>(null);
  useEffect(() => {
    if (last?.member !== undefined) {
      box.current?.querySelector<HTMLElement>(`[data-moves="${CSS.escape(last.member)}"]`)?.focus();
    }
  }, [last]);

  function onMove(members: readonly string[], to: string | null): void {
    groups.change(moved(groups.draft, members, to));
    setLast({ member: members[0] });
  }
  return [box, onMove] as const;
}

interface ButtonsProps {
  view: ProjectView;
  groups: GroupsDraft;
  isOn: boolean;
  onClose(): void;
}

function Buttons({ view, groups, isOn, onClose }: ButtonsProps) {
  const { t } = useTranslation();
  const connection = useConnection();
  const { attempt } = useNotices();
  const route = useRoute();
  const [isBusy, setBusy] = useState(false);
  const { draft } = groups;
  const isNamed = draft.every(({ room, name }) => room !== null || name.trim() !== "");
  const isNew = !isOn || !isSame(draft, serverDraft(view));
  const here = route.page === "twinspace" ? route.room : null;

  async function run(work: () => Promise<unknown>): Promise<void> {
    if (!isBusy) {
      setBusy(true);
      await attempt(work);
      setBusy(false);
    }
  }

  /** The dialog goes with the groups: a second press of what was this button would send everybody away again. */
  function bringBack(): void {
    void run(async () => {
      await connection.change("groups.end", {});
      onClose();
    });
  }

  const isStartable = draft.length > 0 && isNamed;
  // Buttons change their words and keep the focus: it would be lost with one that goes, or cannot be pressed any more.
  return (
    <div className="dialog__buttons">
      <Button look="quiet" onPress={onClose}>
        {t("common.close")}
      </Button>
      {view.groups != null && (
        <Button onPress={() => (isOn ? bringBack() : groups.change(serverDraft(view)))}>
          {t(isOn ? "groups.end" : "groups.last")}
        </Button>
      )}
      <Button
        look={isNew ? "primary" : "plain"}
        isDisabled={!isStartable}
        onPress={() =>
          void run(() =>
            connection.change("groups.form", {
              room: originOf(view, here),
              groups: wanted(draft, view.rooms),
            }),
          )
        }
      >
        {t(isOn ? "groups.rearrange" : "groups.start")}
      </Button>
    </div>
  );
}

/** Where the pupils come from: the room that the teacher is in, if everybody may be there. */
function originOf({ groups, rooms }: ProjectView, here: string | null): string {
  if (groups?.on === true) {
    return groups.origin;
  }
  const common = rooms.filter(({ kind, group }) => kind !== "staff-room" && group == null);
  const found = common.find(({ id }) => id === here) ?? common.find(isClassRoom) ?? common[0];
  return found?.id ?? "";
}

function isClassRoom({ kind }: { kind: string }): boolean {
  return kind === "class-room";
}
