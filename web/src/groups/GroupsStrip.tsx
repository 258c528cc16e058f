import "./groups.css";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useCallClient } from "../call/callContext";
import { isolated } from "../locales/filling";
import { directionOf } from "../locales/languages";
import type { ProjectView } from "../protocol/generated";
import { goTo, twinSpacePath } from "../route";
import { callIn } from "../state/callSelectors";
import { runningRooms } from "../state/groups";
import { isStaff, myself } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { groupedPupils, keptOut, stillBehind, whereabouts } from "./going";
import { useGroupsDialog } from "./groups";
import { roomName } from "./roomName";
import { isPupil } from "./useDraft";
import { type Led, useComingBack, useGoing } from "./useGoing";

/** Names of one line; of more only how many they are would be read. On a phone the words after them are to be read too. */
const NAMES_SHOWN = 8;
const NAMES_ON_PHONE = 3;

/** Pages go to their groups by themselves within a second or two; whoever is named has not. */
const GOING_MS = 5_000;

interface GroupsStripProps {
  /** The room that is open. */
  room: string | null;
  isPhone: boolean;
}

/** Below a room's head while there are groups: for pupils where theirs is, for teachers how they are. */
export default function GroupsStrip({ room, isPhone }: GroupsStripProps) {
  const view = useTwinSpace((state) => state.project?.view ?? null);
  const role = useTwinSpace((state) => myself(state)?.role ?? null);
  if (view?.groups == null || role === null || role === "visitor") {
    return null;
  }
  const Strip = isStaff(role) ? ForTeachers : ForPupils;
  return <Strip view={view} room={room} isPhone={isPhone} />;
}

interface StripProps extends GroupsStripProps {
  view: ProjectView;
}

function ForPupils({ view, room, isPhone }: StripProps) {
  const { t } = useTranslation();
  const me = useTwinSpace((state) => state.me);
  const where = useMemo(() => whereabouts(view, me), [view, me]);
  const [led, dismiss] = useGoing(where, room);
  const isOn = runningRooms(view.groups).length > 0;
  const nameOf = useRoomNames(view);
  const goWithCall = useGoingWithCall(view);
  const isOpen = where.group !== null && where.group === room;
  const isRefused = useIsRefused(where.group);
  const isThere = isOpen && !isRefused;
  const ofCall = useWordsOfCall(led, isThere || led.isOver ? room : null);
  const mates = view.rooms.find(({ id }) => id === where.group)?.group ?? [];
  const others = useNames(mates, me, isPhone ? NAMES_ON_PHONE : NAMES_SHOWN);

  const isLessonOver = view.rooms.find(({ id }) => id === room)?.lesson_over === true;
  if (!isOn && (!led.isOver || isLessonOver)) {
    return null;
  }
  const group = nameOf(where.group);
  const text = !isOn
    ? t("groups.strip.over")
    : where.group === null
      ? t("groups.strip.none")
      : isRefused
        ? t("groups.strip.refused", { group })
        : !isThere
          ? t("groups.strip.elsewhere", { group })
          : others === null
            ? t("groups.strip.alone", { group })
            : t("groups.strip.with", { group, names: others });
  return (
    <section
      className="strip"
      data-wide={isOpen || isRefused || !isOn}
      aria-label={t("groups.strip.label")}
    >
      <Icon name="people" />
      <p className="strip__words" role="status">
        {text} {ofCall} {!isOn && t("groups.strip.read")}
      </p>
      {isOpen && where.origin !== null && (
        <BackButton
          room={nameOf(where.origin)}
          isPhone={isPhone}
          onPress={() => goWithCall(where.origin, false)}
        />
      )}
      {where.group !== null && !isOpen && !isRefused && (
        <Button look="primary" small onPress={() => goWithCall(where.group, true)}>
          {t("groups.strip.go")}
        </Button>
      )}
      {!isOn && <IconButton icon="close" label={t("common.dismiss")} small onPress={dismiss} />}
    </section>
  );
}

function ForTeachers({ view, room, isPhone }: StripProps) {
  const { t } = useTranslation();
  const openDialog = useGroupsDialog();
  const nameOf = useRoomNames(view);
  const goWithCall = useGoingWithCall(view);
  const [led, dismiss] = useComingBack(view.groups, room);
  const ofCall = useWordsOfCall(led, room);
  const origin = view.groups?.origin ?? null;
  const running = runningRooms(view.groups);
  const grouped = groupedPupils(view);
  const presence = useTwinSpace((state) => state.presence);
  const barred = keptOut(view);
  const isWaiting = (id: string) => !grouped.has(id) || barred.includes(id);
  const waiting = view.members
    .filter(
      (member) => isPupil(member) && presence[member.id] !== undefined && isWaiting(member.id),
    )
    .map(({ id }) => id);
  const most = isPhone ? NAMES_ON_PHONE : NAMES_SHOWN;
  const names = useNames(waiting, null, most);
  const behind = useNames(useLasting(stillBehind(view, presence), GOING_MS), null, most);
  if (running.length === 0) {
    const isLessonOver = view.rooms.find(({ id }) => id === room)?.lesson_over === true;
    return led.isOver && !isLessonOver ? (
      <section className="strip" aria-label={t("groups.title")}>
        <Icon name="people" />
        <p className="strip__words" role="status">
          {t("groups.strip.over")} {ofCall}
        </p>
        <IconButton icon="close" label={t("common.dismiss")} small onPress={dismiss} />
      </section>
    ) : null;
  }
  return (
    <section className="strip" aria-label={t("groups.title")}>
      <Icon name="people" />
      <p className="strip__words" role="status">
        {t("groups.strip.atWork", { count: running.length })}
        {behind !== null && ` ${t("groups.strip.behind", { room: nameOf(origin), names: behind })}`}
        {names !== null && ` ${t("groups.strip.waiting", { names })}`}
      </p>
      {room !== null && running.includes(room) ? (
        <>
          <BackButton
            room={nameOf(origin)}
            isPhone={isPhone}
            onPress={() => goWithCall(origin, false)}
          />
          <IconButton small icon="people" label={t("groups.strip.show")} onPress={openDialog} />
        </>
      ) : (
        <Button small onPress={openDialog}>
          {t("groups.strip.show")}
        </Button>
      )}
    </section>
  );
}

interface BackButtonProps {
  room: string;
  isPhone: boolean;
  onPress(): void;
}

/** Back to where the groups came from; a phone has no width to say where that is. */
function BackButton({ room, isPhone, onPress }: BackButtonProps) {
  const { t } = useTranslation();
  const whole = t("groups.strip.back", { room });
  return (
    <Button look="quiet" small onPress={onPress} {...(isPhone ? { "aria-label": whole } : {})}>
      {isPhone ? t("groups.strip.backShort") : whole}
    </Button>
  );
}

/** Whether the call of whoever was in one goes on where they have been led. */
function useWordsOfCall({ isOver, tookCall }: Led, room: string | null): string | null {
  const { t } = useTranslation();
  const mine = useTwinSpace(({ call }) => call.mine);
  const isOn = useTwinSpace((state) => room !== null && callIn(state, room) !== null);
  if (!tookCall || room === null || mine.room !== room) {
    return null;
  }
  if (mine.phase === "in") {
    return t(isOver ? "groups.strip.backInCall" : "groups.strip.inCall");
  }
  const isGone = mine.phase === "out" && mine.refusal === null && !isOn;
  return isOver && isGone ? t("groups.strip.callOver") : null;
}

/** Whether the server lets a pupil into the room of their group now; a closed one often is not theirs in a moment. */
function useIsRefused(group: string | null): boolean {
  const isBarred = useTwinSpace(
    (state) => group !== null && myself(state)?.room_bans.includes(group) === true,
  );
  const isShut = useTwinSpace((state) => group !== null && state.refusedRooms[group] !== undefined);
  const isShutLong = useLasting(isShut && group !== null ? [group] : [], GOING_MS).length > 0;
  return isBarred || isShutLong;
}

/** What the rooms are called. */
function useRoomNames({ rooms }: ProjectView): (id: string | null) => string {
  const { t } = useTranslation();
  return (id) => {
    const room = rooms.find((one) => one.id === id);
    return room === undefined ? "" : roomName(t, room);
  };
}

/** Goes to a room, and takes the call along that one is in. `begins`: whether the room is to have one then. */
function useGoingWithCall(view: ProjectView): (id: string | null, begins: boolean) => void {
  const call = useCallClient();
  const me = useTwinSpace((state) => state.me);
  return (id, begins) => {
    if (me !== null && id !== null) {
      call.takeAlong(id, begins);
      goTo(twinSpacePath(view.id, me, id));
    }
  };
}

/** Those of some who are still the same after a while: who goes meanwhile is never named. */
function useLasting(ids: readonly string[], milliseconds: number): readonly string[] {
  const all = ids.join(" ");
  const [lasting, setLasting] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setLasting(all), milliseconds);
    return () => clearTimeout(timer);
  }, [all, milliseconds]);
  return ids.filter((id) => lasting.split(" ").includes(id));
}

/** Their names as a list of at most so many, without somebody; null when there is nobody. */
function useNames(members: readonly string[], without: string | null, most: number): string | null {
  const { t, i18n } = useTranslation();
  const names = useTwinSpace((state) => state.names);
  const others = members.filter((id) => id !== without);
  if (others.length === 0) {
    return null;
  }
  const direction = directionOf(i18n.language);
  const shown = others
    .slice(0, most)
    .map((id) => isolated(names[id] ?? t("common.somebody"), direction));
  const more = others.length - shown.length;
  const all =
    more > 0 ? [...shown, `+${new Intl.NumberFormat(i18n.language).format(more)}`] : shown;
  return new Intl.ListFormat(i18n.language).format(all);
}
