import "./people.css";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { MemberView, SchoolClass } from "../protocol/generated";
import { useOpenSheet } from "../sheet/sheet";
import { isStaff, myself, presentNow } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { classColour } from "../ui/Avatar";
import { Button, IconButton } from "../ui/Button";
import { useNow } from "../ui/hooks";
import { clockTime, countryName, flagOf } from "../ui/places";
import { AddPersonDialog } from "./AddPersonDialog";
import { Person } from "./Person";
import { ListSkeleton } from "./Skeletons";

interface PeoplePaneProps {
  room: string | null;
  /** In a drawer: close it. */
  onClose?: () => void;
}

export function PeoplePane({ room, onClose }: PeoplePaneProps) {
  const { t } = useTranslation();
  const project = useTwinSpace((state) => state.project?.view ?? null);
  const isTeacher = useTwinSpace((state) => isStaff(myself(state)?.role ?? "pupil"));
  const hasClass = useTwinSpace((state) => myself(state)?.class_id != null);
  const [isAdding, setAdding] = useState(false);
  const openSheet = useOpenSheet();
  const members = project?.members.filter((member) => !member.removed) ?? [];
  const visitors = members.filter((member) => member.class_id === null);

  return (
    <section
      className="pane people"
      id="people"
      tabIndex={-1}
      data-testid="people"
      aria-label={t("people.title")}
    >
      <div className="pane__header">
        <h2 className="pane__title">{t("people.title")}</h2>
        {onClose !== undefined && (
          <IconButton icon="close" label={t("common.close")} onPress={onClose} />
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard */}
      <div className="pane__scroller" tabIndex={0}>
        {project === null && <ListSkeleton />}
        {project?.classes.map((schoolClass, number) => (
          <ClassSection
            key={schoolClass.id}
            schoolClass={schoolClass}
            number={number}
            members={members.filter((member) => member.class_id === schoolClass.id)}
            room={room}
          />
        ))}
        {visitors.length > 0 && (
          <section className="class-section" data-class-colour="none">
            <h3 className="class-section__name">{t("people.visitors")}</h3>
            <PersonList members={visitors} room={room} />
          </section>
        )}
      </div>
      {isTeacher && project !== null && (
        <div className="pane__footer people__footer">
          {project.phase !== "archived" && (
            <Button small icon="plus" onPress={() => setAdding(true)}>
              {t("people.add")}
            </Button>
          )}
          {hasClass && (
            <Button small icon="print" onPress={openSheet}>
              {t("people.links")}
            </Button>
          )}
        </div>
      )}
      {isAdding && <AddPersonDialog onClose={() => setAdding(false)} />}
    </section>
  );
}

interface ClassSectionProps {
  schoolClass: SchoolClass;
  number: number;
  members: MemberView[];
  room: string | null;
}

function ClassSection({ schoolClass, number, members, room }: ClassSectionProps) {
  const { t, i18n } = useTranslation();
  const { name, school, country } = schoolClass;
  const here = useTwinSpace(
    (state) => members.filter(({ id }) => presentNow(state)[id] !== undefined).length,
  );
  return (
    <section className="class-section" data-class-colour={classColour(number)} aria-label={name}>
      <h3 className="class-section__name">
        <span aria-hidden="true">{flagOf(country)}</span> <bdi>{name}</bdi>
      </h3>
      <p className="class-section__facts">
        <bdi>{school}</bdi> · {countryName(country, i18n.language)}
      </p>
      <p className="class-section__facts">
        <LocalTime schoolClass={schoolClass} />
        {here > 0 && ` · ${t("people.presentCount", { count: here })}`}
      </p>
      {members.length === 0 ? (
        <p className="class-section__facts">{t("people.empty")}</p>
      ) : (
        <PersonList members={members} room={room} />
      )}
    </section>
  );
}

const MINUTE_MS = 60_000;

function LocalTime({ schoolClass }: { schoolClass: SchoolClass }) {
  const { t, i18n } = useTranslation();
  const now = useNow(MINUTE_MS);
  const there = clockTime(now, i18n.language, schoolClass.timezone);
  const isSame = there === clockTime(now, i18n.language);
  return (
    <span className="class-section__time">
      {t(isSame ? "people.sameTime" : "people.localTime", { time: there })}
    </span>
  );
}

function PersonList({ members, room }: { members: MemberView[]; room: string | null }) {
  const { i18n } = useTranslation();
  const order = useTwinSpace((state) => {
    const collator = new Intl.Collator(i18n.language);
    const rank = (member: MemberView) => (state.presence[member.id] === undefined ? 2 : 0);
    const staff = (member: MemberView) => (isStaff(member.role) ? 0 : 1);
    const name = (member: MemberView) => state.names[member.id] ?? "";
    return [...members].sort(
      (a, b) => rank(a) + staff(a) - (rank(b) + staff(b)) || collator.compare(name(a), name(b)),
    );
  });
  return (
    <ul className="person-rows">
      {order.map((member) => (
        <li key={member.id}>
          <Person member={member} room={room} />
        </li>
      ))}
    </ul>
  );
}
