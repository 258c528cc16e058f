import { useTranslation } from "react-i18next";
import { classOf } from "../state/selectors";
import { useTwinSpace } from "../state/store";
import { Avatar } from "../ui/Avatar";
import type { Mentionable } from "./mentions";
import type { MentionBox } from "./useMentionBox";

/** What a box says of the list, for screen readers: the focus stays in the box. */
export function mentionAria(box: MentionBox, id: string) {
  return {
    "aria-autocomplete": "list" as const,
    "aria-haspopup": "listbox" as const,
    ...(box.offers.length === 0
      ? {}
      : { "aria-controls": id, "aria-activedescendant": optionId(id, box.active) }),
  };
}

/** Whom one may mean with what stands behind the @. */
export function MentionList({ box, id }: { box: MentionBox; id: string }) {
  const { t } = useTranslation();
  if (box.offers.length === 0) {
    return null;
  }
  return (
    <div id={id} className="mention-list" role="listbox" aria-label={t("chat.mentionWhom")}>
      {box.offers.map((person, index) => (
        <Option
          key={person.id}
          id={optionId(id, index)}
          person={person}
          isActive={index === box.active}
          onChoose={() => box.choose(person)}
        />
      ))}
    </div>
  );
}

interface OptionProps {
  id: string;
  person: Mentionable;
  isActive: boolean;
  onChoose(): void;
}

function Option({ id, person, isActive, onChoose }: OptionProps) {
  const own = useTwinSpace((state) => classOf(state, person.id));
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the focus stays in the box
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the box
    <div
      id={id}
      className="mention-option"
      role="option"
      aria-selected={isActive}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onChoose}
    >
      <Avatar
        name={person.name}
        classNumber={own?.number ?? null}
        country={own?.schoolClass.country ?? null}
        isHere={person.isHere}
      />
      <bdi className="mention-option__name">{person.name}</bdi>
      {own !== null && <bdi className="mention-option__class">{own.schoolClass.name}</bdi>}
    </div>
  );
}

function optionId(list: string, index: number): string {
  return `${list}-${index}`;
}
