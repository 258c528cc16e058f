import "./groups.css";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ProjectView } from "../protocol/generated";
import { goTo, twinSpacePath } from "../route";
import { runningRooms } from "../state/groups";
import { isStaff, myself } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { whereabouts } from "./going";
import { useGroupsDialog } from "./groups";
import { isPupil } from "./useDraft";
import { useGoing } from "./useGoing";

/** Names of one line; of more only how many they are would be read. */
const NAMES_SHOWN = 8;

interface GroupsStripProps {
  /** The room that is open. */
  room: string | null;
}

/** Below a room's head while there are groups: for pupils where theirs is, for teachers how they are. */
export default function GroupsStrip({ room }: GroupsStripProps) {
  const view = useTwinSpace((state) => state.project?.view ?? null);
  const role = useTwinSpace((state) => myself(state)?.role ?? null);
  if (view?.groups == null || role === null || role === "visitor") {
    return null;
  }
  return isStaff(role) ? <ForTeachers view={view} /> : <ForPupils view={view} room={room} />;
}

function ForPupils({ view, room }: { view: ProjectView; room: string | null }) {
  const { t } = useTranslation();
  const me = useTwinSpace((state) => state.me);
  const where = useMemo(() => whereabouts(view, me), [view, me]);
  const [led, dismiss] = useGoing(where, room);
  const isOn = runningRooms(view.groups).length > 0;
  const nameOf = (id: string | null) => view.rooms.find((one) => one.id === id)?.name ?? "";
  const others = useNames(view.rooms.find(({ id }) => id === where.group)?.group ?? [], me);

  function go(id: string | null): void {
    if (me !== null && id !== null) {
      goTo(twinSpacePath(view.id, me, id));
    }
  }

  if (!isOn && !led.isOver) {
    return null;
  }
  const group = nameOf(where.group);
  const isThere = where.group !== null && where.group === room;
  const text = !isOn
    ? t("groups.strip.over")
    : where.group === null
      ? t("groups.strip.none")
      : !isThere
        ? t("groups.strip.elsewhere", { group })
        : others === null
          ? t("groups.strip.alone", { group })
          : t("groups.strip.with", { group, names: others });
  return (
    <section className="groups-strip" aria-label={t("groups.strip.label")}>
      <Icon name="people" />
      <p className="groups-strip__words" role="status">
        {text}
        {led.hasLeftCall && ` ${t("groups.strip.leftCall")}`}
      </p>
      {isThere && where.origin !== null && (
        <Button look="quiet" small onPress={() => go(where.origin)}>
          {t("groups.strip.back", { room: nameOf(where.origin) })}
        </Button>
      )}
      {where.group !== null && !isThere && (
        <Button look="primary" small onPress={() => go(where.group)}>
          {t("groups.strip.go")}
        </Button>
      )}
      {!isOn && <IconButton icon="close" label={t("common.dismiss")} small onPress={dismiss} />}
    </section>
  );
}

function ForTeachers({ view }: { view: ProjectView }) {
  const { t } = useTranslation();
  const openDialog = useGroupsDialog();
  const running = runningRooms(view.groups);
  const grouped = new Set(
    view.rooms.flatMap(({ id, group }) => (running.includes(id) ? (group ?? []) : [])),
  );
  const presence = useTwinSpace((state) => state.presence);
  const waiting = view.members
    .filter(
      (member) => isPupil(member) && presence[member.id] !== undefined && !grouped.has(member.id),
    )
    .map(({ id }) => id);
  const names = useNames(waiting, null);
  if (running.length === 0) {
    return null;
  }
  return (
    <section className="groups-strip" aria-label={t("groups.title")}>
      <Icon name="people" />
      <p className="groups-strip__words" role="status">
        {t("groups.strip.atWork", { count: running.length })}
        {names !== null && ` ${t("groups.strip.waiting", { names })}`}
      </p>
      <Button small onPress={openDialog}>
        {t("groups.strip.show")}
      </Button>
    </section>
  );
}

/** Their names as a list, without somebody; null when there is nobody. */
function useNames(members: readonly string[], without: string | null): string | null {
  const { t, i18n } = useTranslation();
  const names = useTwinSpace((state) => state.names);
  const others = members.filter((id) => id !== without);
  if (others.length === 0) {
    return null;
  }
  const shown = others.slice(0, NAMES_SHOWN).map((id) => names[id] ?? t("common.somebody"));
  const more = others.length - shown.length;
  const all =
    more > 0 ? [...shown, `+${new Intl.NumberFormat(i18n.language).format(more)}`] : shown;
  return new Intl.ListFormat(i18n.language).format(all);
}
